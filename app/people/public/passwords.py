"""A new password by a mailed link."""

from __future__ import annotations

from flask import Response, flash, url_for

from app.access import links
from app.access.guard import public
from app.access.links import AccessLink, Entrance, LinkClosed, Purpose
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.limits import limiter
from app.people import queries, sessions
from app.people.forms import AddressForm, NewPasswordForm
from app.people.public import blueprint
from app.people.service import secrets


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@public
@limiter.limit("10 per minute", methods=["POST"])
def forgotten() -> Response:
    """Asks for the link. The answer is the same whether the address is known or not."""
    form = AddressForm()
    if form.validate_on_submit():
        secrets.ask_for_reset(form.email.data)
        return redirect_see_other(url_for("people_public.reset_sent"))
    return render_page("people/forgotten.html", form=form, status=422 if form.problems else 200)


@blueprint.get("/password/forgotten/sent")
@public
def reset_sent() -> Response:
    return render_page("people/reset_sent.html")


@blueprint.route("/password/new", methods=["GET", "POST"])
@public
@limiter.limit("30 per minute", methods=["POST"])
def new_password() -> Response:
    """Where the reset link leads."""
    link = links.in_scope(Purpose.PASSWORD_RESET)
    if link is None:
        return redirect_see_other(url_for("people_public.forgotten"))
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            secrets.reset_password(link, form.password.data)
        except LinkClosed:
            return redirect_see_other(url_for("people_public.forgotten"))
        except DomainError as error:
            form.fail(error)
        else:
            sessions.end()
            flash(str(_("Your new password is set. You are signed out everywhere; please sign in with it.")), "done")
            return redirect_see_other(url_for("people_public.sign_in"))
    person = queries.by_id(link.subject_id)
    return render_page("people/new_password.html", form=form, email=person.email, status=422 if form.problems else 200)


def _about(link: AccessLink) -> tuple[object, object, object]:
    return (
        _l("Choose a new password"),
        _l("On the next page you choose a new password. It ends every session you have open."),
        _l("Go on"),
    )


def _enter(link: AccessLink, secret: str) -> Response:
    sessions.end()
    links.enter_scope(link)
    return redirect_see_other(url_for("people_public.new_password"))


def _ask_again(link: AccessLink) -> tuple[object, str, object]:
    return _l("You can ask for a new one at any time."), url_for("people_public.forgotten"), _l("Mail me a new link")


links.ENTRANCES[Purpose.PASSWORD_RESET] = Entrance(
    about=_about, enter=_enter, signs_in=lambda link: link.subject_id, what_next=_ask_again
)
