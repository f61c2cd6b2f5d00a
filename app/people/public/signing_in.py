"""Signing in by password or mailed link, with a code for whoever has an authenticator app; signing out."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from app.access import links
from app.access.guard import actor_or_none, public
from app.access.links import AccessLink, Entrance, Purpose
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.limits import PUBLIC_FORM, limiter
from app.core.paths import own_path
from app.people import landing, sessions
from app.people.forms import AddressForm, CodeForm, SignInForm
from app.people.models import Person
from app.people.public import blueprint
from app.people.service import entering
from app.people.tries import TooManyTries

BY_ADDRESS = PUBLIC_FORM
"""Tries from one address, where a whole office may sit; wrong ones are counted in the database, see `tries`."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(BY_ADDRESS, methods=["POST"])
def sign_in() -> Response:
    person = actor_or_none()
    if person is not None and request.method == "GET":
        return redirect_see_other(own_path(request.args.get("next")) or landing.home_of(person))
    form = SignInForm(data={"next": own_path(request.args.get("next"))})
    if form.validate_on_submit():
        try:
            person = entering.by_password(form.email.data, form.password.data, request.remote_addr)
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            return _next_step(person, form.next.data)
    return render_page("people/sign_in.html", form=form, status=422 if form.problems else 200)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
@limiter.limit(BY_ADDRESS, methods=["POST"])
def code() -> Response:
    """The second step."""
    half = sessions.waiting_for_code()
    if half is None:
        return redirect_see_other(url_for("people_public.sign_in"))
    person, next = half
    form = CodeForm()
    if form.validate_on_submit():
        try:
            person = entering.by_code(person.id, form.code.data)
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            return landing.go_in(person, next)
    return render_page("people/code.html", form=form, status=422 if form.problems else 200)


@blueprint.route("/sign-in/link", methods=["GET", "POST"])
@public
@limiter.limit("10 per minute", methods=["POST"])
def link() -> Response:
    """Asks for a mailed link. The answer is the same whether the address is known or not."""
    form = AddressForm(data={"next": own_path(request.args.get("next"))})
    if form.validate_on_submit():
        entering.ask_for_link(form.email.data, own_path(form.next.data))
        return redirect_see_other(url_for("people_public.link_sent"))
    return render_page("people/link.html", form=form, status=422 if form.problems else 200)


@blueprint.get("/sign-in/link/sent")
@public
def link_sent() -> Response:
    return render_page("people/link_sent.html")


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    sessions.end()
    flash(str(_("You are signed out.")), "done")
    return redirect_see_other(url_for("people_public.sign_in"))


def _next_step(person: Person, next: str | None) -> Response:
    if person.has_totp:
        sessions.wait_for_code(person, own_path(next))
        return redirect_see_other(url_for("people_public.code"))
    return landing.go_in(person, next)


def _about(link: AccessLink) -> tuple[object, object, object]:
    return _l("Sign in"), _l("This link signs you in on this browser. It works once."), _l("Sign in")


def _enter(link: AccessLink, secret: str) -> Response:
    person, next = entering.by_link(link)
    return _next_step(person, next)


def _ask_again(link: AccessLink) -> tuple[object, str, object]:
    return _l("You can ask for a new one at any time."), url_for("people_public.link"), _l("Mail me a new link")


links.ENTRANCES[Purpose.SIGN_IN] = Entrance(
    about=_about, enter=_enter, signs_in=lambda link: link.subject_id, what_next=_ask_again
)
