"""How support is agreed: drafted and proposed by staff, confirmed by both sides, in force until the next (S7)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.cooperation.emails import SupportInForce, SupportProposed
from app.cooperation.models import UNDER_WAY, AgreementState, SupportAgreement
from app.cooperation.service import telling
from app.cooperation.service.holding import MovedOn, company_of, held, put
from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, Forbidden, NotFound
from app.core.i18n import _l
from app.documents import queries as documents
from app.documents.models import DocumentKind
from app.history.service import record
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import Person
from app.settings.models import vendor


@dataclass(frozen=True)
class AgreementDetails:
    """What is agreed, in canonical forms."""

    customer_first: str
    customer_channel: str
    customer_contact: str
    partner_channel: str
    partner_contact: str
    answer_hours: int | None
    training: str
    training_on: date | None
    deviation: str
    remarks: str


class UnderWay(Conflict):
    """There is a draft or a proposal already."""

    def __init__(self) -> None:
        super().__init__(_l("A new version of the agreement is under way already. Open it to go on with it."))


class NotADraft(Conflict):
    """It was proposed meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("This version is proposed or in force. Only a draft can be changed."))


class NotProposed(Conflict):
    """It was taken back, or is in force already."""

    def __init__(self) -> None:
        super().__init__(_l("This version is not proposed any more. Look at how it stands now."))


class ProposedAnew(Conflict):
    """Whoever confirms read other words."""

    def __init__(self) -> None:
        super().__init__(_l("The proposal was changed since you opened this page. Please read it again."))


def draft(partner_id: int, details: AgreementDetails, by: Person) -> SupportAgreement:
    """The next version, as a draft. The same form sent twice is one.

    Raises:
        UnderWay: somebody else has begun one.
        CooperationEnded
    """
    with write():
        partner = held(partner_id)
        newest = db.session.scalar(
            sa.select(SupportAgreement)
            .where(SupportAgreement.partner_id == partner.id)
            .order_by(SupportAgreement.number.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        if newest is not None and newest.state in UNDER_WAY:
            if newest.state == AgreementState.DRAFT and details_of(newest) == details:
                return newest
            raise UnderWay
        made = SupportAgreement(
            partner_id=partner.id,
            number=newest.number + 1 if newest else 1,
            drafted_by_id=by.id,
            created_at=now(),
            **asdict(details),
        )
        db.session.add(made)
        db.session.flush()
        told = {name: (None, _plain(value)) for name, value in asdict(details).items() if value}
        record(made, "support_agreement.drafted", by, {"number": (None, made.number), **told})
    return made


def edit(agreement_id: int, seen: int, details: AgreementDetails, by: Person) -> SupportAgreement:
    """Other words of a draft. The same again changes nothing.

    Raises:
        MovedOn, NotADraft, CooperationEnded
    """
    with write():
        _partner, agreement = _held(agreement_id)
        if agreement.state != AgreementState.DRAFT:
            raise NotADraft
        if details_of(agreement) == details:
            return agreement
        if agreement.version != seen:
            raise MovedOn
        agreement.version += 1
        record(agreement, "support_agreement.edited", by, put(agreement, asdict(details)))
    return agreement


def discard(agreement_id: int, seen: int, by: Person) -> None:
    """Throws a draft away. Its number is given again; the software partner never saw it in this form.

    Raises:
        MovedOn, NotADraft, CooperationEnded
    """
    with write():
        _partner, agreement = _held(agreement_id)
        if agreement.state != AgreementState.DRAFT:
            raise NotADraft
        if agreement.version != seen:
            raise MovedOn
        record(agreement, "support_agreement.discarded", by, {"number": (agreement.number, None)})
        db.session.delete(agreement)


def propose(agreement_id: int, seen: int, by: Person) -> SupportAgreement:
    """Shows it to the software partner, whose owners are mailed; from now on nobody changes it. Twice is once.

    Raises:
        MovedOn: the draft was changed since it was looked at.
        CooperationEnded
    """
    with write():
        partner, agreement = _held(agreement_id)
        if agreement.state == AgreementState.PROPOSED:
            return agreement
        if agreement.state != AgreementState.DRAFT:
            raise NotADraft
        if agreement.version != seen:
            raise MovedOn
        agreement.state = AgreementState.PROPOSED
        agreement.proposed_at = now()
        agreement.invoicing_number = documents.number_in_force(DocumentKind.INVOICING_PROCESS) or None
        agreement.version += 1
        record(agreement, "support_agreement.proposed", by, {"number": (None, agreement.number)})
        telling.tell(partner, telling.owners(partner), SupportProposed(company_of(partner), agreement.number))
        steps.done(partner, "support_proposed", by)
    return agreement


def take_back(agreement_id: int, seen: int, by: Person) -> SupportAgreement:
    """A proposal is a draft again; what was confirmed counts no more. Twice is once.

    Raises:
        NotProposed: both sides have confirmed it meanwhile.
        MovedOn, CooperationEnded
    """
    with write():
        _partner, agreement = _held(agreement_id)
        if agreement.state == AgreementState.DRAFT:
            return agreement
        if agreement.state != AgreementState.PROPOSED:
            raise NotProposed
        if agreement.version != seen:
            raise MovedOn
        agreement.state = AgreementState.DRAFT
        agreement.proposed_at = agreement.invoicing_number = None
        agreement.vendor_by_id = agreement.vendor_at = agreement.partner_by_id = agreement.partner_at = None
        agreement.version += 1
        record(agreement, "support_agreement.taken_back", by, {"number": (agreement.number, None)})
    return agreement


def confirm(agreement_id: int, seen: int, by: Person, *, for_vendor: bool) -> SupportAgreement:
    """One side agrees: the vendor's colleague, or an owner of the software partner. With both it is in force, and the
    former one is superseded. Confirmed twice, nothing more happens.

    Raises:
        ProposedAnew: it was taken back and proposed with other words since it was read.
        NotProposed, Forbidden, CooperationEnded
        NotFound: it is another software partner's.
    """
    if not policy.allows(by, P.COOPERATION_MANAGE if for_vendor else P.SOFTWARE_OWNER):
        raise Forbidden
    with write():
        partner, agreement = _held(agreement_id)
        if not for_vendor and (by.membership is None or by.membership.organisation_id != partner.organisation_id):
            raise NotFound
        side = "vendor" if for_vendor else "partner"
        if agreement.version == seen and getattr(agreement, f"{side}_at") is not None:
            return agreement
        if agreement.state != AgreementState.PROPOSED:
            raise NotProposed
        if agreement.version != seen:
            raise ProposedAnew
        setattr(agreement, f"{side}_by_id", by.id)
        setattr(agreement, f"{side}_at", now())
        record(agreement, f"support_agreement.confirmed_by_{side}", by, {"number": (None, agreement.number)})
        if agreement.vendor_at is not None and agreement.partner_at is not None:
            _put_in_force(partner, agreement, by)
    return agreement


def _put_in_force(partner: SoftwarePartner, agreement: SupportAgreement, by: Person) -> None:
    former = db.session.scalar(
        sa.select(SupportAgreement)
        .where(SupportAgreement.partner_id == partner.id, SupportAgreement.state == AgreementState.IN_FORCE)
        .execution_options(populate_existing=True)
    )
    if former is not None:
        former.state = AgreementState.SUPERSEDED
        record(former, "support_agreement.superseded", by, {"number": (former.number, agreement.number)})
        db.session.flush()  # there is one in force at any time
    agreement.state = AgreementState.IN_FORCE
    agreement.in_force_at = now()
    db.session.flush()
    record(agreement, "support_agreement.in_force", by, {"number": (None, agreement.number)})
    company = company_of(partner)
    ours = telling.colleagues(partner, agreement.drafted_by_id, agreement.vendor_by_id)
    telling.tell(partner, ours, SupportInForce(company, agreement.number, partner.ref))
    telling.tell(partner, telling.owners(partner), SupportInForce(company, agreement.number, ""))
    steps.done(partner, "support_agreed", by)


def trained(agreement_id: int, day: date, by: Person) -> SupportAgreement:
    """The software partner's support team was trained on that day. Said again, the day is corrected.

    Raises:
        FieldError: the day has not come.
        NotADraft: the agreement is not in force.
        CooperationEnded
    """
    if day > today(vendor().timezone):
        raise FieldError("on", _l("This day lies in the future. Enter the day on which the training was held."))
    with write():
        partner, agreement = _held(agreement_id)
        if agreement.state != AgreementState.IN_FORCE:
            raise NotProposed
        changes = put(agreement, {"trained_on": day})
        if not changes:
            return agreement
        record(agreement, "support_agreement.team_trained", by, changes)
        steps.done(partner, "support_training", by, {"on": day.isoformat()})
    return agreement


def details_of(agreement: SupportAgreement) -> AgreementDetails:
    return AgreementDetails(**{name: getattr(agreement, name) for name in AgreementDetails.__dataclass_fields__})


def _held(agreement_id: int) -> tuple[SoftwarePartner, SupportAgreement]:
    known = db.session.get(SupportAgreement, agreement_id)
    if known is None:
        raise NotFound
    return held(known.partner_id), lock(SupportAgreement, agreement_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
