"""Accounts at the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.carried import number_in
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers import queries, service, story
from app.customers.compare import choice_rows, conflict_rows
from app.customers.fields import file_header, file_row
from app.customers.forms import AccountForm
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.customers.queries import Filter

blueprint = Blueprint("customers_desk", __name__, url_prefix="/desk/accounts")


@blueprint.get("")
@requires(P.ACCOUNTS_READ)
def accounts() -> Response:
    by = _filter()
    query = queries.narrowed(queries.visible_to(actor()), by)
    return render_page(
        "customers/desk_accounts.html",
        fragment="customers/_desk_rows.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        total=queries.count(query),
        by=by,
        resellers=queries.resellers_to_choose(),
        service_options=[(str(service.id), service.name) for service in catalogue.everything()],
    )


@blueprint.get("/accounts.<any(csv, xlsx):format>")
@requires(P.ACCOUNTS_READ)
def accounts_file(format: str) -> Response:
    by = _filter()
    rows = queries.everything(queries.narrowed(queries.visible_to(actor()), by), by.sort)
    header = [*file_header(), _("Credited reseller"), _("State")]
    states = {AccountState.ACTIVE: _("Active"), AccountState.ARCHIVED: _("Archived"), AccountState.MERGED: _("Merged")}
    return table_response(
        format,
        _("accounts"),
        header,
        (
            [
                *file_row(found),
                found.reseller.organisation.name if found.reseller else "",
                states[AccountState(found.state)],
            ]
            for found in rows
        ),
    )


@blueprint.get("/<ref>")
@requires(P.ACCOUNTS_READ)
def account(ref: str) -> ResponseReturnValue:
    found = queries.whole(queries.visible_to(actor()), ref)
    if found.state == AccountState.MERGED and found.merged_into is not None and "old" not in request.args:
        return redirect(url_for(".account", ref=found.merged_into.ref, merged=found.ref), 302)
    return render_page(
        "customers/desk_account.html",
        account=found,
        told=story.history_of(found),
        parts=story.parts(found, story.DESK_PARTS),
        merged=request.args.get("merged", "")[:20],
    )


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@requires(P.ACCOUNTS_EDIT)
def edit(ref: str) -> Response:
    found = _live(ref)
    form = AccountForm(data={**_values(found), "version": str(found.version)})
    if form.is_submitted() and request.form.get("do") == "country":
        return render_page("customers/desk_edit.html", account=found, form=form, conflict=None)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.edit(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The account was saved."), "done")
                return redirect_see_other(url_for(".account", ref=ref))
        except service.AccountMovedOn:
            now_there = queries.whole(queries.visible_to(actor()), ref)
            form.version.data = str(now_there.version)  # a second press saves
            return render_page(
                "customers/desk_edit.html",
                account=now_there,
                form=form,
                conflict=conflict_rows(now_there, form.to_details()),
                status=409,
            )
    return render_page("customers/desk_edit.html", account=found, form=form, conflict=None, status=form.status)


@blueprint.get("/<ref>/merge")
@requires(P.ACCOUNTS_MERGE)
def merge(ref: str) -> ResponseReturnValue:
    """First the other account is chosen, then the values."""
    found = _live(ref)
    typed = request.args.get("with", "").strip()
    if typed:
        return _merge_page(found, _live(typed))
    q = request.args.get("q", "").strip()[:200]
    everything = queries.visible_to(actor()).where(Account.state == AccountState.ACTIVE, Account.id != found.id)
    return render_page(
        "customers/desk_merge.html",
        fragment="customers/_merge_choices.html",
        account=found,
        q=q,
        found=queries.page(queries.narrowed(everything, Filter(q=q)), "name", None).items[:10] if q else [],
        matches=[] if q else queries.matches(found, found.name_sort, beside=found.id),
    )


@blueprint.post("/<ref>/merge")
@requires(P.ACCOUNTS_MERGE)
def merge_now(ref: str) -> ResponseReturnValue:
    found, other = _live(ref), _live(request.form.get("with", ""))
    chosen = {field: request.form.get(field, "survivor") for field in (*COMPANY_FIELDS, "reseller")}
    versions = number_in(request.form.get("version")), number_in(request.form.get("other_version"))
    try:
        service.merge(found.id, other.id, versions, chosen, actor())
    except service.AccountMovedOn as moved:
        return _merge_page(_live(ref), _live(other.ref), chosen, str(moved.message), 409)
    except DomainError as error:
        return _merge_page(_live(ref), _live(other.ref), chosen, str(error.message), 422)
    flash(_("The account %(ref)s was merged into this one.", ref=other.ref), "done")
    return redirect_see_other(url_for(".account", ref=ref))


def _merge_page(
    survivor: Account, other: Account, chosen: dict[str, str] | None = None, message: str = "", status: int = 200
) -> Response:
    if survivor.id == other.id:
        abort(404)
    return render_page(
        "customers/desk_merge_values.html",
        survivor=survivor,
        other=other,
        rows=choice_rows(survivor, other, ("survivor", "other"), chosen or {}),
        errors=[message] if message else [],
        status=status,
    )


def _live(ref: str) -> Account:
    found = queries.whole(queries.visible_to(actor()), ref)
    if not found.is_live:
        raise service.AccountClosed
    return found


def _values(found: Account) -> dict[str, Any]:
    return {field: getattr(found, field) for field in COMPANY_FIELDS}


def _filter() -> Filter:
    asked = request.args
    state = asked.get("state", AccountState.ACTIVE)
    return replace(
        Filter.of(asked), reseller=asked.get("reseller", "")[:20], state=state if state in set(AccountState) else ""
    )
