"""For administrators: services, programs of the vendor's own with tokens and roles; and everybody's tokens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.scopes import NAMES, Scope
from app.api import queries as everybodys
from app.api.forms import ServiceForm, ServiceRolesForm, TokenForm, WithdrawalForm
from app.api.my import own, shown_once
from app.api.queries import Found, Narrowed, State, Whose
from app.api.words import STATES
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
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
        states=STATES,
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


WHOSE = {Whose.STAFF: _l("Staff"), Whose.RESELLERS: _l("Resellers"), Whose.SERVICES: _l("Services")}


@blueprint.get("/tokens")
@requires(P.STAFF_MANAGE)
def tokens() -> Response:
    by = _narrowed()
    if everybodys.is_a_token(request.args.get("q", "")):
        return redirect_see_other(url_for(".tokens", q=by.q))  # so that the address does not keep it
    return render_page(
        "api/desk_tokens.html",
        fragment="api/_desk_token_rows.html",
        page=everybodys.page(by, request.args.get("cursor")),
        tabs=_tabs(by),
        by=by,
        whose=[("", _("Everybody")), *WHOSE.items()],
        states=STATES,
        names=NAMES,
    )


@blueprint.get("/tokens.<any(csv, xlsx):format>")
@requires(P.STAFF_MANAGE)
def tokens_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("In whose name"),
        _("E-mail address"),
        _("Company"),
        _("Name"),
        _("What it may do"),
        _("Made"),
        _("Works until"),
        _("Last used"),
        _("State"),
        _("Withdrawn"),
    ]
    return table_response(format, _("tokens"), header, (_columns(each) for each in everybodys.everything(_narrowed())))


@blueprint.route("/tokens/<ref>/withdrawal", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def take_away(ref: str) -> Response:
    """Asks first. Whoever comes too late, after the owner or another administrator, sees how it stands."""
    found = everybodys.one(ref)
    form = WithdrawalForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.take_away(found.token, actor())
            if saved:
                flash(_("The token is withdrawn. Nothing opens with it any more."), "done")
                return redirect_see_other(url_for(".tokens"))
        except Conflict as late:
            form.refused(late)
        found = everybodys.one(ref)  # what was read before the refusal is no longer held
    return render_page(
        "api/desk_token_withdrawal.html",
        token=found.token,
        state=found.state,
        told=service.is_told(found.token.person, actor()),
        form=form,
        names=NAMES,
        states=STATES,
        status=form.status,
    )


def _narrowed() -> Narrowed:
    state, whose = request.args.get("state", ""), request.args.get("whose", "")
    return Narrowed(
        State(state) if state in set(State) else None,
        Whose(whose) if whose in set(Whose) else None,
        everybodys.asked(request.args.get("q", "")),
    )


def _tabs(by: Narrowed) -> list[dict[str, Any]]:
    counts = everybodys.counts(by)
    kept: dict[str, Any] = {"whose": by.whose.value if by.whose else None, "q": by.q or None}
    tabs: list[dict[str, Any]] = [{"label": _("All"), "url": url_for(".tokens", **kept), "current": by.state is None}]
    return tabs + [
        {
            "label": label,
            "url": url_for(".tokens", state=state.value, **kept),
            "current": state is by.state,
            "count": counts[state] if counts[state] <= COUNT_CAP else "10,000+",
        }
        for state, (_sign, label) in STATES.items()
    ]


def _columns(found: Found) -> list[Any]:
    token = found.token
    return [
        token.ref,
        token.person.name,
        "" if token.person.is_service else token.person.email,
        token.organisation.name if token.organisation else "",
        token.name,
        ", ".join(str(NAMES[Scope(scope)]) for scope in token.scopes),
        token.created_at,
        token.works_until,
        token.last_used_at,
        STATES[found.state][1],
        token.revoked_at,
    ]
