"""Doors for visitors: what a developer wants to know before registering, the registration and its mailed link (S1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, flash, session, url_for

from app.access import links
from app.access.guard import actor_or_none, public
from app.access.links import AccessLink, Entrance, Purpose
from app.core import identifiers
from app.core.crypto import token
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, current_locale, speak_to
from app.core.limits import PUBLIC_FORM, limiter
from app.integrations.forms.registering import RegisterForm
from app.integrations.models import PartnerRegistration
from app.integrations.queries import links as technical
from app.integrations.service import registering
from app.integrations.words import LINK_KINDS
from app.people import landing, sessions
from app.people import queries as people
from app.playbooks.outline import said
from app.settings.models import vendor

blueprint = Blueprint("integrations_public", __name__)


@blueprint.get("/developers")
@public
def developers() -> Response:
    """API documentation and whatever else may be read before registering."""
    return render_page(
        "integrations/developers.html",
        groups=technical.by_kind(technical.public_links()),
        kinds=LINK_KINDS,
        said=said,
    )


@blueprint.route("/partners/register", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def register() -> Response:
    form = RegisterForm(data={"country": _likely_country(), "submission_key": token()})
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = registering.register(
                form.to_details(),
                submission_key=form.submission_key.data,
                locale=current_locale(),
                suspicious=form.is_suspicious,
            )
        if saved:
            return redirect_see_other(url_for(".registered", ref=made.ref))
    form.set_traps()
    return render_page("integrations/register.html", form=form, status=form.status)


def _likely_country() -> str:
    """By the language spoken; where several are possible, or none, the vendor's own country."""
    by_language = {"pl": "PL", "nl": "NL", "fi": "FI", "fr": "FR"}.get(current_locale(), "")
    ours = vendor().country
    return by_language or (ours if ours in identifiers.COUNTRIES else next(iter(identifiers.COUNTRIES)))


@blueprint.get("/partners/registered/<ref>")
@public
def registered(ref: str) -> Response:
    """The receipt. It repeats nothing of what was typed, and is the same for every address."""
    known = db.session.scalar(sa.select(PartnerRegistration.ref).where(PartnerRegistration.ref == ref))
    if known is None:
        raise NotFound
    return render_page("integrations/registered.html", ref=known)


# --- the mailed link --------------------------------------------------------------------------------------------------


def _registration(link: AccessLink) -> PartnerRegistration:
    found = db.session.get(PartnerRegistration, link.subject_id)
    if found is None:
        raise NotFound
    return found


def _about(link: AccessLink) -> tuple[Any, Any, Any]:
    found = _registration(link)
    speak_to(found.locale)
    return (
        _("Your software partner panel"),
        _(
            "With this you confirm the registration of %(company)s. Your panel opens at once.",
            company=found.company_name,
        ),
        _("Confirm and open the panel"),
    )


def _enter(link: AccessLink, secret: str) -> Response:
    """The link proves the mailbox, as a sign-in link does; staff and whoever has a password or an app show more."""
    done = registering.confirm(link)
    here = actor_or_none()
    if here is not None and here.id == done.person.id:
        session["organisation"] = done.partner.organisation_id
        return redirect_see_other(url_for("integrations_panel.home"))
    if not done.signs_in:
        sessions.end()
        flash(_("Your registration is confirmed. Please sign in."), "done")
        return redirect_see_other(url_for("people_public.sign_in", next=url_for("integrations_panel.home")))
    if done.person.has_totp:
        sessions.wait_for_code(done.person, url_for("integrations_panel.home"))
        return redirect_see_other(url_for("people_public.code"))
    response = landing.go_in(done.person, url_for("integrations_panel.home"))
    session["organisation"] = done.partner.organisation_id  # who works for a reseller too begins with what is new
    return response


def _signs_in(link: AccessLink) -> int | None:
    """0 stands for somebody who is no person yet: whoever is signed in here is somebody else."""
    found = db.session.get(PartnerRegistration, link.subject_id)
    if found is None:
        return None
    holder = people.by_email(found.email)
    return holder.id if holder is not None else 0


def _afterwards(link: AccessLink) -> tuple[Any, str, Any] | None:
    if link.used_at is None:
        return (
            _l("Register once more: it takes two minutes, and a new link comes at once."),
            url_for("integrations_public.register"),
            _l("Register as a software partner"),
        )
    return _l("You have confirmed this registration: please sign in."), url_for("people_public.sign_in"), _l("Sign in")


links.ENTRANCES[Purpose.PARTNER_REGISTRATION] = Entrance(
    about=_about, enter=_enter, signs_in=_signs_in, what_next=_afterwards
)
