"""One's own tokens."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.scopes import NAMES, open_to
from app.api.forms import TokenForm
from app.api.words import STATES
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.people import landing, queries, sessions
from app.people.models import ApiToken
from app.people.service import tokens as service

blueprint = Blueprint("api_my", __name__, url_prefix="/profile/tokens")


@blueprint.get("")
@requires(P.TOKENS)
def tokens() -> Response:
    return render_page(
        "api/tokens.html",
        tokens=queries.tokens_of(actor()),
        names=NAMES,
        states=STATES,
        may_make=bool(open_to(actor())),
        withdraw_url=lambda ref: url_for(".withdraw", ref=ref),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.TOKENS)
def make() -> Response:
    """The characters are on the page that answers, and nowhere else: neither in the session, which is a cookie, nor in
    an address. Loading it again finds the name taken."""
    person = actor()
    if not sessions.is_fresh():
        return redirect_see_other(url_for("people_my.proof", next=url_for(".make")))
    if landing.needs_totp() and person.is_administrator and not person.has_totp:
        return redirect_see_other(url_for("people_my.authenticator", next=url_for(".make")))
    form = TokenForm.of(person)
    if form.validate_on_submit():
        place = person.membership
        with form.attempt() as saved:
            made, secret = service.make(
                person, form.to_details(), person, None if person.is_staff or place is None else place.organisation_id
            )
        if saved:
            return shown_once(made, secret, url_for(".tokens"))
    return render_page("api/token_new.html", form=form, service=None, status=form.status)


def shown_once(made: ApiToken, secret: str, back: str) -> Response:
    return render_page("api/token_made.html", token=made, secret=secret, back_url=back)


@blueprint.post("/<ref>/withdrawal")
@requires(P.TOKENS)
def withdraw(ref: str) -> Response:
    service.withdraw(own(actor().id, ref), actor())
    flash(_("The token is withdrawn. Nothing opens with it any more."), "done")
    return redirect_see_other(url_for(".tokens"))


def own(person_id: int, ref: str) -> ApiToken:
    """Raises NotFound: this person or service has no such token."""
    found = queries.token_by_ref(ref)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found
