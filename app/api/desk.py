"""Services: programs of the vendor's own with tokens and roles, for administrators."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.scopes import NAMES
from app.api.forms import ServiceForm, ServiceRolesForm, TokenForm
from app.api.my import own, shown_once
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.people import queries, sessions
from app.people.models import Person
from app.people.service import tokens as service

blueprint = Blueprint("api_desk", __name__, url_prefix="/desk/api")


@blueprint.get("")
@requires(P.STAFF_MANAGE)
def services() -> Response:
    found = queries.services()
    return render_page("api/desk_services.html", services=[(one, service.roles_in_words(one)) for one in found])


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def new() -> Response:
    form = ServiceForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.make_service(form.name.data, frozenset(form.roles.data), actor())
        if saved:
            flash(_("The service is made. It needs a token."), "done")
            return redirect_see_other(url_for(".one", ref=made.ref))
    return render_page("api/desk_service_new.html", form=form, status=form.status)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def one(ref: str) -> Response:
    found = _service(ref)
    form = ServiceRolesForm(data={"roles": sorted(found.staff_roles)})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.set_service_roles(found, frozenset(form.roles.data), actor())
        if saved:
            flash(_("The roles are changed."), "done")
            return redirect_see_other(url_for(".one", ref=ref))
    return render_page(
        "api/desk_service.html",
        service=found,
        form=form,
        tokens=queries.tokens_of(found),
        names=NAMES,
        withdraw_url=lambda token_ref: url_for(".withdraw", ref=ref, token_ref=token_ref),
        status=form.status,
    )


@blueprint.route("/<ref>/token", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def token(ref: str) -> Response:
    found = _service(ref)
    if found.closed_at is not None:
        raise NotFound
    if not sessions.is_fresh():
        return redirect_see_other(url_for("people_my.proof", next=url_for(".token", ref=ref)))
    form = TokenForm.of(found)
    if form.validate_on_submit():
        with form.attempt() as saved:
            made, secret = service.make(found, form.to_details(), actor())
        if saved:
            return shown_once(made, secret, url_for(".one", ref=ref))
    return render_page("api/token_new.html", form=form, service=found, status=form.status)


@blueprint.post("/<ref>/tokens/<token_ref>/withdrawal")
@requires(P.STAFF_MANAGE)
def withdraw(ref: str, token_ref: str) -> Response:
    service.withdraw(own(_service(ref).id, token_ref), actor())
    flash(_("The token is withdrawn. Nothing opens with it any more."), "done")
    return redirect_see_other(url_for(".one", ref=ref))


@blueprint.post("/<ref>/closing")
@requires(P.STAFF_MANAGE)
def close(ref: str) -> Response:
    service.close_service(_service(ref), actor())
    flash(_("The service is closed. Nothing opens with its tokens any more."), "done")
    return redirect_see_other(url_for(".services"))


def _service(ref: str) -> Person:
    found = queries.by_ref(ref)
    if found is None or not found.is_service:
        raise NotFound
    return found
