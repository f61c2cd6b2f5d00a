"""What somebody on the customer's side says about themselves: name, phone, language, and whether they are reminded."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import identifiers
from app.core.errors import FieldError
from app.core.i18n import LOCALES, _l
from app.core.identifiers import Invalid
from app.plans.models import PlanContact
from app.plans.party import Hand
from app.plans.service.changing import changing, put, record
from app.plans.service.people import contact_in


@dataclass(frozen=True)
class OwnDetails:
    name: str
    phone: str
    locale: str


def set_own(contact: PlanContact, details: OwnDetails) -> PlanContact:
    """Other details of one's own. The address stays: it is proved by the link, and staff change it.

    Raises:
        FieldError: the name or the phone number cannot be.
        PlanArchived, NotFound
    """
    hand = Hand(contact=contact)
    with changing(contact.plan_id, hand) as plan:
        mine = contact_in(plan, contact.ref)
        try:
            name = identifiers.clean_line(details.name)
            phone = identifiers.normalise_phone(details.phone, plan.country) if details.phone.strip() else None
        except Invalid as error:
            raise FieldError("phone", error.message) from error
        if not name:
            raise FieldError("name", _l("Enter your name"))
        locale = details.locale if details.locale in LOCALES else mine.locale
        changes = put(mine, name=name[:200], phone=phone, locale=locale)
        if changes:
            record(mine, "plan_contact.edited", hand, changes, plan=plan)
    return mine


def set_reminders(contact: PlanContact, on: bool) -> PlanContact:
    """Whether digests are mailed. Pressed twice, it is as it was said.

    Raises:
        NotFound
    """
    hand = Hand(contact=contact)
    with changing(contact.plan_id, hand, archived_too=True) as plan:
        mine = contact_in(plan, contact.ref)
        changes = put(mine, reminders=on)
        if changes:
            record(mine, "plan_contact.reminders_set", hand, changes, plan=plan)
    return mine
