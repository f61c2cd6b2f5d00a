"""Resellers at the desk: the list, and one reseller with people, addresses, accesses, terms and applications."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import identifiers
from app.core.carried import number_in
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.documents import queries as documents
from app.documents.models import DocumentKind
from app.history import service as history
from app.partners import parts, queries, told
from app.partners.desk.door import blueprint
from app.partners.forms import MoveForm
from app.partners.models import AccessState, Reseller, ResellerState
from app.partners.queries import Standing
from app.partners.service import accesses
from app.people.queries import members_of, names_of


@blueprint.get("/desk/resellers")
@requires(P.RESELLERS_READ)
def resellers() -> Response:
    standing, q, sort = _asked()
    query = queries.resellers(actor(), standing, q)
    key = Reseller.name_sort if sort == "name" else Reseller.created_at
    page = page_of(query, key, Reseller.id, descending=sort != "name", cursor=request.args.get("cursor"))
    return render_page(
        "partners/resellers.html",
        fragment="partners/_resellers.html",
        page=page,
        count=capped_count(query),
        standing=standing,
        q=q,
        sort=sort,
        in_force=documents.number_in_force(DocumentKind.RESELLER_TERMS),
        Standing=Standing,
    )


@blueprint.get("/desk/resellers.<any(csv, xlsx):format>")
@requires(P.RESELLERS_READ)
def resellers_file(format: str) -> Response:
    standing, q, sort = _asked()
    in_force = documents.number_in_force(DocumentKind.RESELLER_TERMS)
    key = Reseller.name_sort if sort == "name" else Reseller.created_at
    query = queries.with_people(queries.resellers(actor(), standing, q))
    rows = everything_of(query, key, Reseller.id, descending=sort != "name")
    header = [
        _("Reference"),
        _("Reseller"),
        _("Country"),
        _("Company number"),
        _("City"),
        _("Contact person"),
        _("E-mail address"),
        _("Phone"),
        _("Language"),
        _("State"),
        _("Reason for the suspension"),
        _("Terms accepted"),
        _("Terms in force"),
        _("Since"),
    ]
    return table_response(format, _("resellers"), header, (_row(reseller, in_force) for reseller in rows))


def _row(found: Reseller, in_force: int) -> list[Any]:
    owner = found.organisation.first_owner
    return [
        found.ref,
        found.organisation.name,
        found.country,
        identifiers.show_company_number(found.country, found.company_key.partition(":")[2]),
        found.city,
        found.contact_name,
        owner.email if owner else "",
        identifiers.show_phone(owner.phone) if owner and owner.phone else "",
        NAMES.get(owner.locale, owner.locale) if owner else "",
        told.RESELLER_STATES[ResellerState(found.state)],
        found.suspension,
        found.terms_version or None,
        in_force or None,
        found.created_at,
    ]


def _asked() -> tuple[Standing | None, str, str]:
    wish = request.args.get("state", "")
    standing = Standing(wish) if wish in {str(one) for one in Standing} else None
    sort = "name" if request.args.get("sort") == "name" else "newest"
    return standing, request.args.get("q", "")[:200], sort


@blueprint.get("/desk/resellers/<ref>")
@requires(P.RESELLERS_READ)
def reseller(ref: str) -> Response:
    return page_about(queries.reseller(actor(), ref))


def page_about(found: Reseller, *, conflict: object = "", status: int = 200) -> Response:
    held = queries.accesses_of(found)
    known = {access.system_id for access in held}
    applications = queries.applications_of(found)
    origin = next((one for one in applications if one.reseller_id == found.id), None)
    return render_page(
        "partners/reseller.html",
        reseller=found,
        members=members_of(found.organisation),
        links=queries.links_of(found),
        accesses=held,
        next_states={access.id: accesses.next_states(access.state) if found.is_active else () for access in held},
        unasked=[system for system in queries.systems() if system.offered and system.id not in known],
        acceptances=documents.acceptances_of(found.organisation, DocumentKind.RESELLER_TERMS),
        in_force=documents.number_in_force(DocumentKind.RESELLER_TERMS),
        applications=applications,
        origin=origin,
        shown_number=identifiers.show_company_number(origin.country, origin.company_number) if origin else "",
        number_rule=identifiers.rule_of(origin.country, "company_number") if origin else None,
        entries=told.timeline(history.entries_of(found, limit=20)),
        access_states=told.ACCESS_STATES,
        application_states=told.APPLICATION_STATES,
        conflict=conflict,
        suspended_by=names_of([found.suspended_by_id]).get(found.suspended_by_id or 0, ""),
        status=status,
        A=AccessState,
        parts=parts.of(found),
    )


@blueprint.post("/desk/resellers/<ref>/accesses/<int:id>")
@requires(P.RESELLERS_MANAGE)
def move_access(ref: str, id: int) -> Response:
    found = queries.reseller(actor(), ref)
    try:
        state = AccessState(request.form.get("state", ""))
    except ValueError:
        raise NotFound from None
    try:
        accesses.move(found, id if id < 2_000_000_000 else 0, state, MoveForm().to_details(), actor())
    except Conflict as error:
        return page_about(found, conflict=error.message, status=409)
    flash(str(_("The state of the access is saved.")), "done")
    return redirect_see_other(url_for(".reseller", ref=ref, _anchor="accesses"))


@blueprint.post("/desk/resellers/<ref>/accesses/<int:id>/closure")
@requires(P.RESELLERS_MANAGE)
def close_access(ref: str, id: int) -> Response:
    """The access is closed in the system itself too."""
    found = queries.reseller(actor(), ref)
    try:
        accesses.close(found, id if id < 2_000_000_000 else 0, actor())
    except accesses.AccessMoved as error:
        return page_about(found, conflict=error.message, status=409)
    flash(str(_("Noted: the access is closed.")), "done")
    return redirect_see_other(url_for(".reseller", ref=ref, _anchor="accesses"))


@blueprint.post("/desk/resellers/<ref>/accesses")
@requires(P.RESELLERS_MANAGE)
def ask_access(ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    try:
        accesses.ask(found, number_in(request.form.get("system")), actor())
    except Conflict as error:
        return page_about(found, conflict=error.message, status=409)
    flash(str(_("The access is asked for.")), "done")
    return redirect_see_other(url_for(".reseller", ref=ref, _anchor="accesses"))
