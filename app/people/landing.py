"""Where people land after signing in, and how an answer signs them in."""

from __future__ import annotations

from flask import Response, current_app, url_for

from app.access.roles import OrganisationKind
from app.core.htmx import redirect_see_other
from app.core.i18n import forget_choice
from app.core.paths import own_path
from app.people import sessions
from app.people.models import Person
from app.settings import processes
from app.settings.processes import Process


def home_of(person: Person) -> str:
    """Staff work at the desk, people of an organisation in its panel; others are told what they can do."""
    return "/desk" if person.is_staff else panel_of(person) or url_for("people_my.home")


def panel_of(person: Person) -> str | None:
    """Where the people of the organisation that the person works for now begin; None for others, and while the process
    of its kind is switched off."""
    if person.membership is None:
        return None
    kind = OrganisationKind(person.membership.organisation.kind)
    if kind == OrganisationKind.RESELLER:
        return "/panel" if processes.is_on(Process.RESELLERS) else None
    home = _HOMES[kind]
    return url_for(home) if processes.has_page(home) else None


def may_see_people(person: Person) -> bool:
    """Whether the page of the organisation's people is open: with the programme that the organisation is part of."""
    held = person.membership
    return held is not None and processes.is_on(_PROGRAMMES[OrganisationKind(held.organisation.kind)])


_PROGRAMMES = {
    OrganisationKind.RESELLER: Process.RESELLERS,
    OrganisationKind.SERVICE_PARTNER: Process.RESELLERS,
    OrganisationKind.SOFTWARE_PARTNER: Process.SOFTWARE_PARTNERS,
}
_HOMES = {
    OrganisationKind.SERVICE_PARTNER: "followups_panel.followups",
    OrganisationKind.SOFTWARE_PARTNER: "integrations_panel.home",
}


def go_in(person: Person, next: str | None) -> Response:
    """Begins the session and leads to where the person wanted to go."""
    sessions.begin(person)
    wanted = own_path(next) or home_of(person)
    if person.is_staff and not person.has_totp and needs_totp():
        wanted = url_for("people_my.authenticator", next=wanted)
    return forget_choice(redirect_see_other(wanted))  # a person's language follows the person, not the browser


def needs_totp() -> bool:
    """Whether administrators must, and other staff should, sign in with a code. A demonstration is for looking."""
    return not current_app.config["GANGWAY"].demo
