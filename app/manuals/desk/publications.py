"""Manuals and onboarding pages at the desk: the list, one of them with its drafts, and what readers and links say."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _, _l, current_locale
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations.words import STAGE_GLYPHS, STAGES
from app.manuals import checking, composing, pictures, told_publications
from app.manuals.composing import chapter_title
from app.manuals.desk import blueprint
from app.manuals.forms.publications import TriedForm
from app.manuals.models import Draft, Publication, PublicationKind
from app.manuals.queries import listing
from app.manuals.queries import publications as queries
from app.manuals.queries.listing import Beside, Row, Tab
from app.manuals.service import drafting, handling, publishing
from app.people.queries import names_of

TABS = {
    Tab.ALL: _l("All"),
    Tab.TO_PUBLISH: _l("To be published"),
    Tab.CHANGED: _l("Changed since"),
    Tab.SCHEDULED: _l("Scheduled"),
    Tab.LIVE: _l("Live"),
    Tab.DOWN: _l("Taken down"),
}


@blueprint.get("/manuals")
@requires(P.MANUALS_EDIT)
def publications() -> Response:
    tab, q = _tab(), request.args.get("q", "")[:200]
    query = listing.narrowed(q)
    page, rows = listing.page(query, tab, request.args.get("cursor"))
    return render_page(
        "manuals/desk_publications.html",
        fragment="manuals/_desk_publication_rows.html",
        page=page,
        rows=rows,
        tab=tab,
        tabs=_tabs(tab, q, listing.counts(query)),
        q=q,
        kinds=told_publications.KINDS,
        stages=STAGES,
        glyphs=STAGE_GLYPHS,
    )


@blueprint.get("/manuals/manuals.<any(csv, xlsx):format>")
@requires(P.MANUALS_EDIT)
def publications_file(format: str) -> Response:
    header = [
        _("Product"),
        _("Software partner"),
        _("Package"),
        _("Stage"),
        _("Kind"),
        _("Reference"),
        _("State"),
        _("Live version"),
        _("Languages"),
        _("Scheduled for"),
        _("Last checked on"),
    ]
    rows = listing.everything(listing.narrowed(request.args.get("q", "")[:200]), _tab())
    return table_response(format, _("manuals"), header, (line for row in rows for line in _columns(row)))


def _columns(row: Row) -> list[list[Any]]:
    found = row.integration
    return [
        [
            found.product.name,
            found.product.partner.organisation.name,
            found.package.name,
            str(STAGES[found.stage]),
            str(told_publications.KINDS[kind]),
            there.ref if there else "",
            state_words(there),
            there.live_number if there else None,
            ", ".join(there.languages) if there else "",
            there.scheduled_at if there else None,
            found.checked_on if kind == PublicationKind.MANUAL else None,
        ]
        for kind in PublicationKind
        for there in (row.of(kind),)
    ]


def state_words(there: Beside | None) -> str:
    """How far one of the two is."""
    if there is None:
        return _("Not begun")
    if there.taken_down:
        return _("Taken down")
    if there.live_number is None:
        return _("Draft")
    return _("Live, draft changed since") if there.edited else _("Live")


def _tab() -> Tab:
    asked = request.args.get("tab", "")
    return Tab(asked) if asked in set(Tab) else Tab.ALL


def _tabs(current: Tab, q: str, counts: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for(".publications", tab=tab.value, q=q or None),
            "current": tab == current,
            "count": counts[tab.value] if counts[tab.value] <= COUNT_CAP else "10,000+",
        }
        for tab, label in TABS.items()
    ]


@blueprint.post("/manuals/integrations/<ref>/drafts")
@requires(P.MANUALS_EDIT)
def begin(ref: str) -> Response:
    """Manual and onboarding page of an integration, composed from what there is."""
    found = queries.integration_by_ref(ref)
    made = drafting.begin(found.id, actor())
    flash(_("Manual and onboarding page are begun, from what the software partner and the package say."), "done")
    return redirect_see_other(url_for(".publication", ref=made[PublicationKind.MANUAL].ref))


# --- one of them ------------------------------------------------------------------------------------------------------


@blueprint.get("/manuals/<ref>")
@requires(P.MANUALS_EDIT)
def publication(ref: str) -> Response:
    return _page(queries.publication(ref))


def _page(found: Publication, tried: TriedForm | None = None) -> Response:
    kind = PublicationKind(found.kind)
    source = queries.source_of(found.integration)
    known = known_pictures(found)
    names = names_of(draft.saved_by_id for draft in found.drafts)
    form = tried or TriedForm(data={"checked_on": found.integration.checked_on}, formdata=None)
    return render_page(
        "manuals/desk_publication.html",
        **about(found),
        lines=[_line(kind, draft, source, known, names) for draft in found.drafts],
        further=[locale for locale in LOCALES if locale not in {draft.locale for draft in found.drafts}],
        versions=queries.versions(found),
        version_states=told_publications.VERSION_STATES,
        scheduled=queries.scheduled(found),
        edited=edited_in(found),
        beside=queries.beside(found),
        broken=queries.broken_links(found),
        outcomes=told_publications.OUTCOMES,
        feedback=queries.feedback_of(found),
        verdicts=[(chapter_title(code), *told) for code, told in queries.verdicts_of(found).items()],
        chapter_title=chapter_title,
        told=told_publications.timeline(entries_of(found, limit=30)),
        form=form,
        status=form.status,
    )


def about(found: Publication) -> dict[str, Any]:
    """What every page about it shows."""
    integration = found.integration
    path = queries.path_of(PublicationKind(found.kind), integration.slug)
    return {
        "publication": found,
        "integration": integration,
        "kind_name": told_publications.KINDS[found.kind],
        "kinds": told_publications.KINDS,
        "both": _("%(product)s with %(package)s", product=integration.product.name, package=integration.package.name),
        "path": path,
        "address": str(current_app.config["GANGWAY"].public_url) + path,
        "stage": STAGES[integration.stage],
        "stage_glyph": STAGE_GLYPHS[integration.stage],
    }


def edited_in(found: Publication) -> list[str]:
    """The languages whose draft says something else than what is live."""
    live = found.live
    if live is None:
        return []
    return [
        draft.locale
        for draft in found.drafts
        if draft.saved_at > live.created_at and publishing.as_published(draft.content) != live.texts.get(draft.locale)
    ]


def known_pictures(found: Publication) -> dict[str, Any]:
    """Those of its product, by reference."""
    return pictures.images(pictures.pictures_of(found.integration.product))


def _line(
    kind: PublicationKind, draft: Draft, source: composing.Source, known: dict[str, Any], names: dict[int, str]
) -> dict[str, Any]:
    return {
        "locale": draft.locale,
        "title": draft.content["title"],
        "saved_at": draft.saved_at,
        "saved_by": names.get(draft.saved_by_id or 0, ""),
        "faults": checking.faults(kind, draft.content, known),
        "behind": composing.behind(kind, draft.content, source, draft.locale),
    }


@blueprint.post("/manuals/<ref>/languages")
@requires(P.MANUALS_EDIT)
def add_language(ref: str) -> Response:
    found = queries.publication(ref)
    locale = request.form.get("locale", "")
    drafting.add_language(found.id, locale, actor())
    flash(_("Language added: %(language)s.", language=NAMES[locale]), "done")
    return redirect_see_other(url_for(".draft", ref=ref, locale=locale))


@blueprint.post("/manuals/<ref>/trial")
@requires(P.MANUALS_EDIT)
def tried(ref: str) -> Response:
    """Somebody did what the manual says, and it was right."""
    found = queries.publication(ref)
    form = TriedForm()
    if form.validate_on_submit() and form.checked_on.data is not None:
        with form.attempt() as saved:
            publishing.tried(found.id, form.checked_on.data, actor())
        if saved:
            flash(_("The day is noted. Readers see it on the manual."), "done")
            return redirect_see_other(url_for(".publication", ref=ref))
    return _page(found, form)


@blueprint.post("/manuals/<ref>/feedback")
@requires(P.MANUALS_EDIT)
def handle_feedback(ref: str) -> Response:
    """Read, and dealt with as far as it goes."""
    found = queries.publication(ref)
    ids = [number_in(typed) for typed in request.form.getlist("feedback")][:200]
    handling.handled(found.id, ids, actor())
    flash(_("The feedback is marked as dealt with."), "done")
    return redirect_see_other(url_for(".publication", ref=ref))


def shown_locale(offered: list[str]) -> str:
    """The language asked for, else the reader's, else the first one."""
    asked = request.args.get("text", current_locale())
    if asked in offered:
        return asked
    return offered[0] if offered else "en"
