"""Coming in for the first time, by an invitation."""

from __future__ import annotations

from flask import Response, flash, url_for

from app.access import links
from app.access.guard import actor_or_none, public
from app.access.links import AccessLink, Entrance, LinkClosed, Purpose
from app.core.db import db
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.limits import limiter
from app.people import landing, queries, sessions
from app.people.forms import WelcomeForm
from app.people.models import Invitation, Person
from app.people.public import blueprint
from app.people.service import places
from app.settings.models import vendor


@blueprint.route("/welcome", methods=["GET", "POST"])
@public
@limiter.limit("30 per minute", methods=["POST"])
def welcome() -> Response:
    """Where an invitation leads somebody who has no sign-in yet: name, language, password."""
    link = links.in_scope(Purpose.MEMBERSHIP) or links.in_scope(Purpose.INVITATION)
    if link is None:
        return redirect_see_other(url_for("people_public.sign_in"))
    email, name, locale, is_staff, place = _invited(link)
    form = WelcomeForm(data={"name": name, "locale": locale})
    if form.validate_on_submit():
        accept = places.accept_membership if link.purpose == Purpose.MEMBERSHIP else places.accept_invitation
        try:
            person = accept(link, form.to_details())
        except LinkClosed:
            return redirect_see_other(url_for("people_public.sign_in"))
        except DomainError as error:
            form.fail(error)
        else:
            return _in(person)
    return render_page(
        "people/welcome.html",
        form=form,
        email=email,
        is_staff=is_staff,
        place=place,
        status=422 if form.problems else 200,
    )


def _in(person: Person) -> Response:
    if person.has_totp:
        sessions.wait_for_code(person, None)
        return redirect_see_other(url_for("people_public.code"))
    return landing.go_in(person, None)


def _invited(link: AccessLink) -> tuple[str, str, str, bool, str]:
    """Address, name, language, whether it is to the desk, and the name of the place."""
    if link.purpose == Purpose.MEMBERSHIP:
        asked = queries.invitation_by_id(link.subject_id)
        holder = queries.by_email(asked.email)
        is_staff = holder is not None and holder.is_staff
        return asked.email, asked.name, asked.locale, is_staff, asked.organisation.name
    person = queries.by_id(link.subject_id)
    held = person.membership
    place = vendor().name if person.is_staff or held is None else held.organisation.name
    return person.email, person.name, person.locale, person.is_staff, place


def _about_invitation(link: AccessLink) -> tuple[object, object, object]:
    return (
        _l("You are invited"),
        _l("On the next page you choose how to sign in. It takes a minute."),
        _l("Accept the invitation"),
    )


def _enter_invitation(link: AccessLink, secret: str) -> Response:
    person = queries.by_id(link.subject_id)
    here = actor_or_none()
    if here is not None and here.id == person.id:
        return redirect_see_other(landing.home_of(here))
    if person.signed_in_at is not None or person.password_hash is not None:
        sessions.end()
        flash(str(_("You have a sign-in here already: please use it.")), "done")
        return redirect_see_other(url_for("people_public.sign_in"))
    sessions.end()
    links.enter_scope(link)
    return redirect_see_other(url_for("people_public.welcome"))


def _about_membership(link: AccessLink) -> tuple[object, object, object]:
    asked = queries.invitation_by_id(link.subject_id)
    return (
        _("You are invited"),
        _("%(name)s invites you to work together here.", name=asked.organisation.name),
        _("Accept the invitation"),
    )


def _enter_membership(link: AccessLink, secret: str) -> Response:
    """Somebody who has a sign-in only gains a place; others say first who they are. The link proves the mailbox, as a
    sign-in link does; staff and people with an app show more before they are in."""
    person = _holder(link)
    if person is None or person.signed_in_at is None:
        sessions.end()
        links.enter_scope(link)
        return redirect_see_other(url_for("people_public.welcome"))
    person = places.accept_membership(link, None)
    here = actor_or_none()
    if here is not None and here.id == person.id:
        return redirect_see_other(landing.home_of(person))
    if person.is_staff or person.password_hash is not None:
        sessions.end()
        flash(str(_("You have a new place here. Please sign in.")), "done")
        return redirect_see_other(url_for("people_public.sign_in"))
    return _in(person)


def _holder(link: AccessLink) -> Person | None:
    asked = db.session.get(Invitation, link.subject_id)
    return queries.by_email(asked.email) if asked is not None else None


def _membership_signs_in(link: AccessLink) -> int | None:
    """0 stands for somebody who is no person yet: whoever is signed in here is somebody else."""
    holder = _holder(link)
    return holder.id if holder is not None else 0


def _sign_in_instead(link: AccessLink) -> tuple[object, str, object] | None:
    if link.used_at is None:
        return None
    return _l("You have accepted this invitation: please sign in."), url_for("people_public.sign_in"), _l("Sign in")


links.ENTRANCES[Purpose.INVITATION] = Entrance(
    about=_about_invitation,
    enter=_enter_invitation,
    signs_in=lambda link: link.subject_id,
    what_next=_sign_in_instead,
)
links.ENTRANCES[Purpose.MEMBERSHIP] = Entrance(
    about=_about_membership, enter=_enter_membership, signs_in=_membership_signs_in, what_next=_sign_in_instead
)
