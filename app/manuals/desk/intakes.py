"""Intakes at the desk: the queue, and one with every section by language, to return or accept."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _, _l
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.history.service import entries_of
from app.manuals import pictures, sections, told_intake
from app.manuals.desk import blueprint
from app.manuals.forms.judging import AcceptForm, ReturnForm
from app.manuals.models import Intake, Section, SectionCode
from app.manuals.queries import intakes as queries
from app.manuals.queries import judged, publications
from app.manuals.queries.judged import Tab
from app.manuals.sections import SHAPES, Field, Kind
from app.manuals.service import drafting, judging

TABS = {
    Tab.SUBMITTED: _l("To judge"),
    Tab.RETURNED: _l("Returned"),
    Tab.SUPPLYING: _l("Being written"),
    Tab.ACCEPTED: _l("Accepted"),
}


@blueprint.get("/intakes")
@requires(P.MANUALS_EDIT)
def intakes() -> Response:
    tab, q = _tab(), request.args.get("q", "")[:200]
    query = judged.narrowed(q)
    return render_page(
        "manuals/desk_intakes.html",
        fragment="manuals/_desk_intake_rows.html",
        page=judged.page(query, tab, request.args.get("cursor")),
        tab=tab,
        tabs=_tabs(tab, q, judged.counts(query)),
        q=q,
        overview=queries.overview,
        states=told_intake.STATES,
    )


@blueprint.get("/intakes/intakes.<any(csv, xlsx):format>")
@requires(P.MANUALS_EDIT)
def intakes_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Product"),
        _("Software partner"),
        _("State"),
        _("In this state since"),
        _("Languages"),
        _("Complete sections"),
        _("Needed sections"),
    ]
    rows = judged.everything(judged.narrowed(request.args.get("q", "")[:200]), _tab())
    return table_response(format, _("intakes"), header, (_columns(found) for found in rows))


def _columns(found: Intake) -> list[Any]:
    held = queries.overview(found.product.languages, found)
    return [
        found.ref,
        found.product.name,
        found.product.partner.organisation.name,
        str(told_intake.STATES[found.state]),
        found.moved_at,
        ", ".join(found.product.languages),
        held.complete,
        held.needed,
    ]


def _tab() -> Tab:
    asked = request.args.get("tab", "")
    return Tab(asked) if asked in set(Tab) else Tab.SUBMITTED


def _tabs(current: Tab, q: str, counts: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for(".intakes", tab=tab.value, q=q or None),
            "current": tab == current,
            "count": counts[tab.value] if counts[tab.value] <= COUNT_CAP else "10,000+",
        }
        for tab, label in TABS.items()
    ]


# --- one of them ------------------------------------------------------------------------------------------------------


@blueprint.get("/intakes/<ref>")
@requires(P.MANUALS_EDIT)
def intake(ref: str) -> Response:
    return _page(queries.by_ref(ref))


def _page(found: Intake, returning: ReturnForm | None = None, accepting: AcceptForm | None = None) -> Response:
    product = found.product
    overview = queries.overview(product.languages, found)
    before = judged.before_of(found)
    named = queries.package_names(
        queries.content_of(found, SectionCode.PACKAGES)["passes"].keys()
        | {ref for content in before.values() for ref in (content.get("passes") or {})}
    )
    refs = {ref for section in found.sections for ref in sections.pictures(section.code, section.content)}
    integrations = publications.integrations_of(product)
    accept = accepting or AcceptForm(data={"version": str(found.version)}, formdata=None)
    status = max(form.status for form in (returning, accept) if form is not None)
    return render_page(
        "manuals/desk_intake.html",
        intake=found,
        product=product,
        overview=overview,
        waits=judged.waits(found),
        groups=[
            (locale, NAMES[locale] if locale else _("In all languages"), overview.of(locale))
            for locale in ("", *product.languages)
        ],
        rows_of=lambda section: _rows(section, named),
        changes_of=lambda section: (
            told_intake.lines(section.code, before[section.id], section.submitted, named)
            if section.id in before
            else None
        ),
        drawn=pictures.images(pictures.pictures_of(product, refs)) if refs else {},
        returning=returning,
        blank=ReturnForm(formdata=None),
        accept=accept,
        integrations=integrations,
        behind=publications.behind_of(integrations),
        begun=publications.begun_of(product),
        told=told_intake.timeline(entries_of(found, limit=30)),
        status=status,
    )


def _rows(section: Section, named: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Each field of a section that says something: its name, its kind, and its value in words."""
    content = sections.shaped(section.code, section.content)
    rows: list[tuple[str, str, Any]] = []
    for field in SHAPES[SectionCode(section.code)].fields:
        value = content[field.name]
        if field.kind == Kind.MATRIX:
            told = {ref: told_intake.shown(section.code, ("passes", ref), codes, named) for ref, codes in value.items()}
            rows.append((str(field.label), "facts", [(named.get(ref, ref), words) for ref, words in told.items()]))
        elif field.kind == Kind.ITEMS:
            rows.append((str(field.label), "items", [_item(field, item) for item in value]))
        elif field.kind == Kind.PICTURE:
            rows.append((str(field.label), "picture", {"picture": value, "alt": ""}))
        elif field.kind != Kind.FLAG or value:
            rows.append((str(field.label), "text", told_intake.shown(section.code, (field.name,), value, named)))
    return rows


def _item(field: Field, item: dict[str, Any]) -> dict[str, Any]:
    texts = [item[part.name] for part in field.parts if part.kind == Kind.TEXT and part.name != "alt"]
    return {"texts": texts, "picture": item.get("picture", ""), "alt": item.get("alt", "")}


@blueprint.post("/intakes/<ref>/return")
@requires(P.MANUALS_EDIT)
def return_section(ref: str) -> Response:
    """One section, with what is to be changed."""
    found = queries.by_ref(ref)
    form = ReturnForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                judging.return_section(found.id, number_in(form.section.data), form.comment.data, actor())
            if saved:
                flash(_("The section is returned. The software partner gets a mail."), "done")
                return redirect_see_other(url_for(".intake", ref=ref))
        except Conflict as moved:
            form.refused(moved)
    return _page(queries.by_ref(ref), returning=form)


@blueprint.post("/intakes/<ref>/drafts")
@requires(P.MANUALS_EDIT)
def begin_all(ref: str) -> Response:
    """Manual and onboarding page of each package that has none yet."""
    found = queries.by_ref(ref)
    for integration in publications.integrations_of(found.product):
        drafting.begin(integration.id, actor())
    flash(_("Every manual and onboarding page of this product is begun."), "done")
    return redirect_see_other(url_for(".intake", ref=ref))


@blueprint.post("/intakes/<ref>/acceptance")
@requires(P.MANUALS_EDIT)
def accept(ref: str) -> Response:
    """All of it is good."""
    found = queries.by_ref(ref)
    form = AcceptForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                judging.accept(found.id, form.seen, actor())
            if saved:
                flash(_("The intake is accepted. Next: the manuals."), "done")
                return redirect_see_other(url_for(".intake", ref=ref))
        except Conflict as moved:
            found = queries.by_ref(ref)
            form.overtaken(moved, found.version)
    return _page(queries.by_ref(ref), accepting=form)
