"""Giving a lead to a service partner (T2), and taking it back.

All of it stands under one named lock, `BALANCE`: whoever assigns ranks anew inside it, so that assignments made at the
same moment share the companies as if they had come one after the other. The verbs that end in `_within` belong into
somebody else's `write()`. Whoever locks rows before calls `hold` first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _, _l
from app.customers import service as customers
from app.customers.models import Account
from app.followups.areas import place_of
from app.followups.choosing import Code, Ranked, rank, reason_for, suggestion
from app.followups.models import ALIVE, BALANCE, ENDED, Assignment, AssignmentState, FollowUp, ServicePartner
from app.followups.queries import partners as queries
from app.history.service import record
from app.leads.models import Lead, LeadState
from app.people.models import Person
from app.settings.models import vendor


@dataclass(frozen=True)
class Choice:
    """Who gets the lead."""

    partner_id: int | None = None
    """None: whoever is proposed when it happens."""
    wish_id: int | None = None
    """Whom the customer asked for, knows, or was referred by."""
    override: str = ""
    """Why another one than the proposed."""
    seen: bool = False
    """A page showed a suggestion, and it has to be the same still: `suggested_id`, None for nobody."""
    suggested_id: int | None = None
    replaces: str | None = None
    """The reference of the assignment that holds, as the page showed it, "" for none: it is handed back with this
    choice. None: whichever holds."""
    keep: bool = False
    """Whom the lead is with already keeps it: the assignment that holds is given back as it is."""
    key: str | None = None
    """Of the form: sent twice it is one assignment."""


class ChoiceMovedOn(Conflict):
    """What the page showed holds no longer: look at it again."""


class SuggestionChanged(ChoiceMovedOn):
    """Somebody else is proposed now than the page showed."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "Another service partner is suggested now than when you opened this page. Nothing was saved. "
                "Look at the new list and choose again."
            )
        )


class AssignedMeanwhile(ChoiceMovedOn):
    """The lead has another assignment than the page showed."""

    def __init__(self, partner: str) -> None:
        super().__init__(
            _l(
                "This company was assigned to %(partner)s in the meantime. Nothing was saved by you.",
                partner=partner,
            )
            if partner
            else _l("The assignment of this company was taken back in the meantime. Nothing was saved by you.")
        )


class NotToAssign(Conflict):
    """The lead is closed, or the company does not want the total service."""


class AssignmentEnded(Conflict):
    """It was handed back or declined before."""

    def __init__(self) -> None:
        super().__init__(_l("This assignment has ended already."))


AFTER_ASSIGNING: list[Callable[[Assignment, Assignment | None, Person | None], None]] = []
"""Called inside the `write()` with a new assignment, the one that it replaced, and who did it."""


def ranking(lead: Lead, wish_id: int | None) -> list[Ranked]:
    """How the service partners stand for this lead at this moment."""
    own = vendor()
    place = place_of(lead.country, lead.postcode)
    return rank(queries.candidates(lead), wish_id, place, today(own.timezone), own.clearly_nearer_km)


def hold(lead_id: int) -> None:
    """The company's locks, then the balance of the partners, inside this `write()` and before any row: whoever converts
    a lead or merges accounts takes the former too. Taken twice it is held as it was."""
    keys = db.session.scalars(
        sa.union(
            sa.select(Lead.company_key).where(Lead.id == lead_id),
            sa.select(Account.company_key).join(Lead, Lead.account_id == Account.id).where(Lead.id == lead_id),
        )
    )
    for key in sorted(keys):
        lock_named(f"company:{key}")
    lock_named(BALANCE)


def assign(lead_id: int, choice: Choice, by: Person) -> Assignment:
    """What `assign_within` does, as one story."""
    with write():
        return assign_within(lead_id, choice, by)


def assign_within(lead_id: int, choice: Choice, by: Person | None) -> Assignment:
    """Gives the lead to a service partner, inside this `write()`, with the ranking as it is now kept beside it. An
    assignment that holds is handed back for it, if `choice` knows of it.

    Raises:
        SuggestionChanged, AssignedMeanwhile: the page showed something else.
        NotToAssign: the lead is closed, or the company said no to the total service.
        FieldError: `partner`: nobody can be proposed, or it has the lead already; `override`: the reason is missing.
    """
    hold(lead_id)
    if choice.key and (made := db.session.scalar(sa.select(Assignment).where(Assignment.key == choice.key))):
        return made
    lead = lock(Lead, lead_id)
    _refuse(lead)
    replaced = queries.active_assignment(lead.id)
    if replaced is not None and choice.keep and replaced.partner_id == choice.partner_id:
        return replaced
    if choice.replaces is not None and (replaced.ref if replaced else "") != choice.replaces:
        raise AssignedMeanwhile(replaced.partner.organisation.name if replaced else "")
    ranked = ranking(lead, choice.wish_id)
    suggested_id = suggestion(ranked)
    chosen_id = _chosen(choice, ranked, suggested_id)
    override = choice.override if chosen_id != suggested_id else ""
    if replaced is not None:
        _end(replaced, lead, AssignmentState.HANDED_BACK, override, by)
    partner = lock(ServicePartner, chosen_id)
    made = Assignment(
        lead_id=lead.id,
        partner_id=partner.id,
        suggested_id=suggested_id,
        wish_id=choice.wish_id,
        ranking=[one.to_json() for one in ranked],
        override=override,
        by_id=by.id if by else None,
        key=choice.key,
        assigned_at=now(),
        ended_at=None,
    )
    db.session.add(made)
    partner.last_assigned_at = made.assigned_at
    _put(lead, partner.organisation_id, by)
    db.session.flush()
    _record_choice(lead, made, by)
    record(partner, "service_partner.assigned", by, {"lead": (None, lead.ref)})
    for tell in AFTER_ASSIGNING:
        tell(made, replaced, by)
    return made


def _chosen(choice: Choice, ranked: list[Ranked], suggested_id: int | None) -> int:
    """Whom the choice means, as the ranking is now."""
    if choice.seen and suggested_id != choice.suggested_id:
        raise SuggestionChanged
    chosen_id = choice.partner_id if choice.partner_id is not None else suggested_id
    if chosen_id is None:
        raise FieldError("partner", _l("Nobody can be proposed now. Choose a service partner and say why."))
    line = reason_for(ranked, chosen_id)
    if line is None:
        raise FieldError("partner", _l("Choose one of the service partners"))
    if line.code == Code.CURRENT:
        raise FieldError("partner", _l("This service partner has the company already."))
    if chosen_id != suggested_id and not choice.override:
        raise FieldError("override", _l("Say why another service partner than the suggested one is chosen"))
    if choice.wish_id is not None and reason_for(ranked, choice.wish_id) is None:
        raise FieldError("wish", _l("Choose one of the service partners"))
    return chosen_id


def hand_back_within(found: Assignment, why: str, by: Person | None) -> Assignment:
    """Takes the lead from the partner, inside this `write()`; it may be proposed again for it. `by` None: by itself.

    Raises:
        AssignmentEnded: it does not hold any more.
    """
    return _ended(found, AssignmentState.HANDED_BACK, why, by)


def decline_within(found: Assignment, why: str, by: Person | None) -> Assignment:
    """It is not possible for the partner, which is not proposed again for this lead; inside this `write()`.

    Raises:
        AssignmentEnded: it does not hold any more.
    """
    return _ended(found, AssignmentState.DECLINED, why, by)


def _ended(found: Assignment, state: AssignmentState, why: str, by: Person | None) -> Assignment:
    hold(found.lead_id)
    lead = lock(Lead, found.lead_id)
    _end(found, lead, state, why, by)
    _put(lead, None, by)
    db.session.flush()
    return found


def _end(found: Assignment, lead: Lead, state: AssignmentState, why: str, by: Person | None) -> None:
    found = lock(Assignment, found.id)
    if not found.is_active:
        raise AssignmentEnded
    found.state, found.ended_why, found.ended_at = state, why, now()
    db.session.flush()  # frees the lead for another one
    partner = lock(ServicePartner, found.partner_id)
    told = {"partner_why": (None, why)} if why else {}
    names = queries.names([partner.id])
    declined = state == AssignmentState.DECLINED
    verb = "lead.partner_declined" if declined else "lead.partner_handed_back"
    record(lead, verb, by, {"partner": (names[partner.id], None), **told})
    verb = "service_partner.declined" if declined else "service_partner.handed_back"
    record(partner, verb, by, {"lead": (lead.ref, None), **({"reason": (None, why)} if why else {})})


def _record_choice(lead: Lead, made: Assignment, by: Person | None) -> None:
    named = (made.partner_id, made.suggested_id, made.wish_id)
    names = queries.names(id for id in named if id is not None)
    changes: dict[str, tuple[object, object]] = {"partner": (None, names[made.partner_id])}
    if made.wish_id is not None:
        changes["partner_wish"] = (None, names[made.wish_id])
    if made.override:
        changes["partner_suggested"] = (None, names[made.suggested_id] if made.suggested_id else None)
        changes["partner_override"] = (None, made.override)
    record(lead, "lead.partner_assigned", by, changes)


def _put(lead: Lead, organisation_id: int | None, by: Person | None) -> None:
    """On the lead, and once it is a customer on the account too."""
    lead.assigned_organisation_id = organisation_id
    if lead.account_id is not None and lead.state == LeadState.CONVERTED:
        customers.put_partner(lock(Account, lead.account_id), organisation_id, by)


def _refuse(lead: Lead) -> None:
    if lead.state not in ALIVE:
        raise NotToAssign(_l("This lead is closed. No service partner can be chosen for it."))
    if not queries.may_have_partner(lead):
        raise NotToAssign(
            _l(
                "A service partner is chosen once the company said yes, or yes in principle, to the total service. "
                "Note that on the lead first."
            )
        )


def _part_after_merge(closed: Account, survivor: Account, by: Person) -> None:
    """Two accounts are one, and one service partner works for it: a lead that was with another one is taken back from
    there, unless a follow-up about it is open, which a coordinator ends."""
    lock_named(BALANCE)
    found = db.session.scalars(
        sa.select(Assignment)
        .join(Lead, Lead.id == Assignment.lead_id)
        .join(ServicePartner, ServicePartner.id == Assignment.partner_id)
        .where(
            Lead.account_id.in_((closed.id, survivor.id)),
            Assignment.state == AssignmentState.ACTIVE,
            ServicePartner.organisation_id != survivor.partner_organisation_id,
            ~sa.exists().where(FollowUp.lead_id == Lead.id, FollowUp.state.not_in(ENDED)),
        )
        .order_by(Assignment.id)
    ).all()
    for held in found:
        lead = lock(Lead, held.lead_id)
        _end(held, lead, AssignmentState.HANDED_BACK, _("The accounts were merged."), by)
        lead.assigned_organisation_id = None


customers.MOVES.append(_part_after_merge)
