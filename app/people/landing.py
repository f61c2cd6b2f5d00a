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
    """Staff work at the desk, resellers in the panel; others are told what they can do."""
    if person.is_staff:
        return "/desk"
    if person.membership_role(OrganisationKind.RESELLER) is not None and processes.is_on(Process.RESELLERS):
        return "/panel"
    return panel_of_service_partner(person) or url_for("people_my.home")


def panel_of_service_partner(person: Person) -> str | None:
    """Where the people of a service partner begin; None for others, and while the process is switched off."""
    if person.membership_role(OrganisationKind.SERVICE_PARTNER) is None:
        return None
    return url_for(_HOME) if processes.has_page(_HOME) else None


_HOME = "followups_panel.followups"


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
