"""Accepting the terms, filing an acceptance that came by mail, and asking again when new ones come (R5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict
from app.core.files import Received
from app.core.i18n import LOCALES, _l
from app.documents import queries as documents
from app.documents import service as evidence
from app.documents.models import Acceptance, DocumentKind, DocumentText, DocumentVersion
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails
from app.partners.models import Reseller, ResellerState
from app.people.models import Membership, Organisation, Person
from app.people.queries import owners_of
from app.settings.models import vendor


class TermsReplaced(Conflict):
    """Newer terms came into force while these were read."""

    def __init__(self) -> None:
        super().__init__(_l("Newer terms came into force in the meantime. Please read and accept those."))


def accept(
    reseller: Reseller,
    version: DocumentVersion,
    text: DocumentText,
    by: Person,
    *,
    address: str | None,
    user_agent: str | None,
) -> Acceptance:
    """An owner accepts exactly the words that were shown. The same version again gives the first acceptance.

    Raises:
        TermsReplaced: the version shown is not in force (any more).
    """
    with write():
        found = lock(Reseller, reseller.id)
        if documents.number_in_force(DocumentKind.RESELLER_TERMS) != version.number:
            raise TermsReplaced
        first = _valid(found, version)
        if first is not None:
            return first
        return _keep(
            found,
            version,
            text,
            evidence.Evidence(name=by.name, accepted_at=now(), person_id=by.id, address=address, user_agent=user_agent),
            by,
        )


def file(
    reseller: Reseller,
    version: DocumentVersion,
    text: DocumentText,
    *,
    name: str,
    accepted_at: datetime,
    received: Received,
    by: Person,
) -> Acceptance:
    """Staff file an acceptance that came by mail, with the mail as evidence. It may be one of an earlier version.

    Raises:
        FieldError: the day lies before the publication or in the future.
    """
    evidence.check_accepted_on(accepted_at, version)
    upload = evidence.keep_upload(received, by)
    with write():
        found = lock(Reseller, reseller.id)
        db.session.add(upload)
        db.session.flush()
        return _keep(
            found,
            version,
            text,
            evidence.Evidence(name=name, accepted_at=accepted_at, filed_by_id=by.id, upload=upload),
            by,
        )


def _valid(reseller: Reseller, version: DocumentVersion) -> Acceptance | None:
    if reseller.terms_version < version.number:
        return None
    return db.session.scalar(
        sa.select(Acceptance)
        .where(Acceptance.organisation_id == reseller.organisation_id, Acceptance.version_id == version.id)
        .order_by(Acceptance.id.desc())
        .limit(1)
    )


def _keep(
    reseller: Reseller, version: DocumentVersion, text: DocumentText, proof: evidence.Evidence, by: Person
) -> Acceptance:
    organisation = db.session.get_one(Organisation, reseller.organisation_id)
    kept = evidence.accept(organisation, text, version, proof)
    old = reseller.terms_version
    reseller.terms_version = max(old, version.number)
    reseller.version += 1
    history.record(
        reseller,
        "reseller.terms_filed" if proof.filed_by_id else "reseller.terms_accepted",
        by,
        {"terms": (old, version.number), "acceptance": (None, kept.ref), "sha256": (None, kept.sha256)},
    )
    _send_copies(reseller, organisation, kept, by)
    return kept


def _send_copies(reseller: Reseller, organisation: Organisation, kept: Acceptance, by: Person) -> None:
    def copy(for_vendor: bool) -> emails.TermsAccepted:
        return emails.TermsAccepted(
            for_vendor=for_vendor,
            organisation=organisation.name,
            accepted_by=kept.accepted_by_name,
            accepted_at=kept.accepted_at,
            filed_by=by.name if kept.filed_by_id else None,
            address=kept.address,
            user_agent=kept.user_agent,
            version=kept.version.number,
            title=kept.text.title,
            language=kept.text.locale,
            body=kept.text.body,
            sha256=kept.sha256,
            ref=kept.ref,
            reseller_ref=reseller.ref,
        )

    conversation = f"reseller:{reseller.ref}"
    for person in owners_of(reseller.organisation_id):
        outbox.post(copy(False), Recipient.of(person), conversation=conversation)
    ours = vendor()
    locale = ours.default_locale if ours.default_locale in LOCALES else "en"
    outbox.post(copy(True), Recipient(ours.contact_email, ours.name, locale), conversation=conversation)


@evidence.published.connect
def ask_again(version: DocumentVersion, **_more: Any) -> None:
    """New terms came into force: the owners of every active reseller are asked, in the same `write()`."""
    if version.kind != DocumentKind.RESELLER_TERMS:
        return
    rows = db.session.execute(
        sa.select(Reseller.ref, Organisation.name, Person)
        .join(Organisation, Organisation.id == Reseller.organisation_id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Organisation.kind == OrganisationKind.RESELLER,
            Reseller.state == ResellerState.ACTIVE,
            Reseller.terms_version < version.number,
            Membership.ended_at.is_(None),
            Membership.role == MemberRole.OWNER,
            Person.closed_at.is_(None),
        )
        .order_by(Reseller.id, Person.id)
    )
    for ref, organisation, person in rows:
        outbox.post(
            emails.TermsToAccept(organisation=organisation, version=version.number),
            Recipient.of(person),
            conversation=f"reseller:{ref}",
        )
