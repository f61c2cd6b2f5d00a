"""The list of leads, a lead's page, its notes and its edit page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers import queries as accounts
from app.customers.compare import conflict_rows
from app.customers.fields import name_of, shown
from app.customers.models import COMPANY_FIELDS
from app.history.service import entries_of
from app.leads import queries, states, story
from app.leads.desk import blueprint
from app.leads.desk.compare import competition_columns, competition_rows
from app.leads.forms.decision import DecisionForm, StaffNoteForm
from app.leads.forms.edit import LeadForm
from app.leads.models import Lead, LeadGroup, LeadState, Submission
from app.leads.queries import desk as at_desk
from app.leads.queries.desk import Filter
from app.leads.service import editing, notes
from app.people.queries import names_of

ALL = "all"


@blueprint.get("/leads")
@requires(P.LEADS_READ)
def leads() -> Response:
    by = _filter()
    visible = queries.visible_to(actor())
    return render_page(
        "leads/desk_leads.html",
        fragment="leads/_desk_rows.html",
        listing=at_desk.page(at_desk.narrowed(visible, by), by.sort, request.args.get("cursor")),
        tabs=_tabs(by, at_desk.counts(at_desk.narrowed(visible, by, group=False))),
        by=by,
        resellers=accounts.resellers_to_choose(),
        service_options=[(str(service.id), service.name) for service in catalogue.everything()],
    )


@blueprint.get("/leads/leads.<any(csv, xlsx):format>")
@requires(P.LEADS_READ)
def leads_file(format: str) -> Response:
    by = _filter()
    rows = at_desk.everything(at_desk.narrowed(queries.visible_to(actor()), by), by.sort)
    header = [
        _("Reference"),
        _("State"),
        _("Reseller"),
        *(str(name_of(field)) for field in COMPANY_FIELDS),
        _("Services"),
        _("Shops"),
        _("Registered"),
        _("Promised by"),
    ]
    return table_response(format, _("leads"), header, (_columns(lead) for lead in rows))


def _columns(lead: Lead) -> list[Any]:
    return [
        lead.ref,
        str(states.STATE_NAMES[lead.state]),
        lead.reseller.organisation.name,
        *(shown(field, getattr(lead, field), lead.country) for field in COMPANY_FIELDS),
        ", ".join(held.service.name for held in lead.services),
        ", ".join(shop.url for shop in lead.shops),
        lead.created_at,
        lead.answer_by if lead.is_open else None,
    ]


@blueprint.get("/leads/<ref>")
@requires(P.LEADS_READ)
def lead(ref: str) -> Response:
    return lead_page(queries.find_by_ref(actor(), ref))


def lead_page(
    found: Lead, *, form: DecisionForm | None = None, note: StaffNoteForm | None = None, status: int = 200
) -> Response:
    """All there is about a lead: for its own address, and for a form on it that has to be shown again."""
    form = form or DecisionForm(formdata=None, data={"version": str(found.version)})
    entries = entries_of(found)
    names = {service.code: service.name for service in catalogue.everything()}
    competing = at_desk.competition_for(found.company_key)
    others = [each for each in competing.leads if each.id != found.id]
    return render_page(
        "leads/desk_lead.html",
        lead=found,
        said=states.said(found, staff=True),
        told=story.timeline(found, entries, names_of(entry.actor_id for entry in entries), names, staff=True),
        notes=queries.notes_of(found, internal=True),
        note_form=note or StaffNoteForm.on(found, formdata=None),
        form=form,
        errors=list(form.problems) + list(note.problems if note else []),
        submissions=[(sent, _differences(found, sent, names)) for sent in queries.submissions_of(found)],
        requests=queries.change_requests_of(found),
        competing=competing,
        others=others,
        columns=competition_columns(competing),
        rows=competition_rows(competing),
        languages=", ".join(at_desk.languages_of({found.reseller_id})),
        may_decide=may(P.LEADS_DECIDE) and found.state == LeadState.SUBMITTED,
        parts=story.parts(found),
        status=status,
    )


def _differences(lead: Lead, sent: Submission, names: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """What was sent beside what the lead says now; None when it was erased."""
    content = sent.content
    if content is None:
        return None
    rows: list[dict[str, Any]] = []
    for field in COMPANY_FIELDS:
        then, now = content.get(field) or "", getattr(lead, field) or ""
        if then or now:
            country = str(content.get("country") or lead.country)
            values = [shown(field, then, country), shown(field, now, lead.country)]
            rows.append({"label": name_of(field, lead.country), "values": values, "differs": then != now})
    services = [names.get(str(code), str(code)) for code in content.get("services") or []]
    now_services = [held.service.name for held in lead.services]
    rows.append(
        {"label": _("Services"), "values": [services, now_services], "differs": set(services) != set(now_services)}
    )
    shops = [_shop_words(shop) for shop in content.get("shops") or []]
    now_shops = [_shop_words({"url": shop.url, "platform": shop.platform}) for shop in lead.shops]
    rows.append({"label": _("Shops"), "values": [shops, now_shops], "differs": set(shops) != set(now_shops)})
    return rows


def _shop_words(shop: Any) -> str:
    if isinstance(shop, dict):
        return " ".join(str(part) for part in (shop.get("url"), shop.get("platform")) if part)
    if isinstance(shop, list):
        return " ".join(str(part) for part in shop if part)
    return str(shop)


@blueprint.post("/leads/<ref>/notes")
@requires(P.LEADS_EDIT)
def add_note(ref: str) -> Response:
    found = queries.find_by_ref(actor(), ref)
    form = StaffNoteForm.on(found)
    if form.validate_on_submit():
        with form.attempt() as saved:
            notes.add(found.id, form.note.data, actor(), internal=form.internal.data, asks=form.asks.data)
        if saved:
            flash(_("The note was added."), "done")
            return redirect_see_other(url_for(".lead", ref=ref) + "#notes")
    return lead_page(queries.find_by_ref(actor(), ref), note=form, status=form.status)


@blueprint.post("/leads/<ref>/notes/read")
@requires(P.LEADS_EDIT)
def notes_read(ref: str) -> Response:
    """The reseller's note needs no answer."""
    notes.needs_no_answer(queries.find_by_ref(actor(), ref).id)
    flash(_("The note is marked as read."), "done")
    return redirect_see_other(url_for(".lead", ref=ref))


@blueprint.route("/leads/<ref>/edit", methods=["GET", "POST"])
@requires(P.LEADS_EDIT)
def edit(ref: str) -> ResponseReturnValue:
    found = queries.find_by_ref(actor(), ref)
    if not found.is_editable:
        raise editing.LeadNotEditable(_("This lead can no longer be edited. An account is edited on its own page."))
    form = LeadForm.of(found, found.version)
    del form.note  # staff change it themselves, and ask nobody
    if form.is_submitted() and form.rearrange(request.form.get("do", "")):
        return _edit_page(found, form)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                editing.edit(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The lead was saved."), "done")
                return redirect_see_other(url_for(".lead", ref=ref))
        except editing.LeadMovedOn:
            now_there = queries.find_by_ref(actor(), ref)
            form.version.data = str(now_there.version)  # a second press saves
            return _edit_page(now_there, form, _conflict(now_there, form), 409)
    return _edit_page(queries.find_by_ref(actor(), ref), form, status=form.status)


def _edit_page(
    found: Lead, form: LeadForm, conflict: list[dict[str, Any]] | None = None, status: int = 200
) -> Response:
    return render_page("leads/desk_edit.html", lead=found, form=form, conflict=conflict, status=status)


def _conflict(now_there: Lead, form: LeadForm) -> list[dict[str, Any]]:
    typed = form.to_details()
    rows = conflict_rows(now_there, typed.company)
    names = {service.code: service.name for service in catalogue.everything()}
    held = [row.service.code for row in now_there.services]
    rows.append(
        {
            "label": _("Services"),
            "values": [[names.get(code, code) for code in held], [names.get(code, code) for code in typed.services]],
            "differs": set(held) != set(typed.services),
        }
    )
    shops = [shop.url for shop in now_there.shops]
    typed_shops = [shop.url for shop in typed.shops]
    rows.append({"label": _("Shops"), "values": [shops, typed_shops], "differs": set(shops) != set(typed_shops)})
    return rows


def _filter() -> Filter:
    asked = request.args
    group = asked.get("group", LeadGroup.CHECKING)
    return Filter(
        q=asked.get("q", "").strip()[:200],
        group=group if group in set(LeadGroup) else "",
        reseller=asked.get("reseller", "")[:20],
        service=asked.get("service", ""),
        flagged=asked.get("flagged") == "1",
        sort=asked.get("sort", "changed") if asked.get("sort") in at_desk.SORTS else "changed",
    )


def _tabs(by: Filter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name not in ("group", "cursor")}
    tabs: list[dict[str, Any]] = [
        {
            "label": states.GROUP_NAMES[group],
            "url": url_for(".leads", **{**kept, "group": group.value}),
            "current": by.group == group,
            "count": counts[group] if counts[group] <= 10_000 else "10,000+",
        }
        for group in LeadGroup
    ]
    tabs.append({"label": _("All"), "url": url_for(".leads", **{**kept, "group": ALL}), "current": not by.group})
    return tabs
