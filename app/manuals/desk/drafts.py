"""The editor: a draft in one language, what it would look like, and what the software partner changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _, in_locale
from app.core.markdown import render
from app.manuals import checking, composing
from app.manuals.composing import chapter_title
from app.manuals.desk import blueprint, pictures
from app.manuals.desk.publications import about, known_pictures
from app.manuals.difference import marked
from app.manuals.forms.publications import DraftForm
from app.manuals.models import Publication, PublicationKind
from app.manuals.queries import publications as queries
from app.manuals.reading import reading_of
from app.manuals.service import drafting, publishing
from app.manuals.service.drafting import BothChanged, DraftMovedOn, part_digest, parts_of
from app.manuals.told_publications import part_name
from app.people.queries import names_of

_LOCALE = f"<any({','.join(LOCALES)}):locale>"


@blueprint.route(f"/manuals/<ref>/{_LOCALE}", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def draft(ref: str, locale: str) -> Response:
    found = queries.publication(ref)
    kind = PublicationKind(found.kind)
    held = queries.draft_of(found, locale)
    form = DraftForm.of(kind, held.content, found.live_number)
    apart: list[dict[str, Any]] = []
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                changed = drafting.save(found.id, locale, form.to_edited(kind), actor())
            if saved:
                _say(found, changed, number_in(form.live.data))
                return redirect_see_other(_next(ref, locale))
        except BothChanged as both:
            apart = _apart(form, kind, both)
            form.refused(both)
            found = queries.publication(ref)
            held = queries.draft_of(found, locale)
    known = known_pictures(found)
    content = form.to_content(kind) if form.is_submitted() else held.content
    faults = checking.faults(kind, content, known)
    behind = composing.behind(kind, held.content, queries.source_of(found.integration), locale)
    return render_page(
        "manuals/desk_draft.html",
        **about(found),
        locale=locale,
        form=form,
        held=held,
        apart=apart,
        saved_by=names_of([held.saved_by_id]).get(held.saved_by_id or 0, ""),
        faults=faults,
        faulty=_by_field(faults),
        behind=behind,
        behind_names=", ".join(chapter_title(code) for code in behind),
        chapter_title=chapter_title,
        rows_for=_rows_for,
        **pictures.shown(found),
        added="",
        broken=queries.broken_links(found),
        status=form.status,
    )


def _rows_for(text: str) -> int:
    """As high as its words are, within bounds: long chapters are read as a whole, short ones take no room."""
    return min(max(sum(1 + len(line) // 70 for line in text.split("\n")) + 1, 4), 24)


def _by_field(faults: Sequence[checking.Fault]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.field, []).append(fault.message)
    return found


def _say(found: Publication, changed: bool, live_then: int) -> None:
    flash(_("The draft is saved.") if changed else _("Nothing differs from what was saved before."), "done")
    live_now = queries.publication(found.ref).live_number or 0
    if live_now and live_now != live_then:
        flash(
            _(
                "While you were writing, version %(number)s was published. What you saved now is in the draft, not in "
                "that version.",
                number=live_now,
            ),
            "warning",
        )


def _next(ref: str, locale: str) -> str:
    match request.form.get("do", ""):
        case "preview":
            return url_for(".preview", ref=ref, locale=locale)
        case "close":
            return url_for(".publication", ref=ref)
        case _stay:
            return url_for(".draft", ref=ref, locale=locale)


def _apart(form: DraftForm, kind: PublicationKind, both: BothChanged) -> list[dict[str, Any]]:
    """Both texts of each place that two people changed. From now on the form has seen the other's: a second press
    saves its own over it."""
    mine = parts_of(form.to_content(kind))
    rows = []
    for part, theirs in both.parts.items():
        form.seen_digests[part] = part_digest(theirs)
        left, right = marked(theirs, mine.get(part, ""))
        rows.append({"label": part_name(part), "values": [left, right], "differs": [False, False]})
    return rows


@blueprint.get(f"/manuals/<ref>/{_LOCALE}/preview")
@requires(P.MANUALS_EDIT)
def preview(ref: str, locale: str) -> Response:
    """As readers would see the draft."""
    found = queries.publication(ref)
    held = queries.draft_of(found, locale)
    content = publishing.as_published(held.content)
    facts = publishing.facts_of(found.integration, queries.source_of(found.integration), {locale: content})
    return render_page(
        "manuals/desk_preview.html",
        **about(found),
        **shown(content, facts, locale),
        locale=locale,
        tabs=[
            {
                "label": NAMES[each.locale],
                "url": url_for(".preview", ref=ref, locale=each.locale),
                "current": each.locale == locale,
            }
            for each in found.drafts
        ],
    )


def shown(content: Mapping[str, Any], facts: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """A draft or a version as it is read; the words around it in its own language."""
    with in_locale(locale):
        reading = reading_of(content, facts, locale)
        requirements = [
            (asked["question"], render(asked["help"], reading.pictures, top=4) if asked["help"] else "")
            for asked in content.get("requirements", [])
        ]
    return {"reading": reading, "requirements": requirements}


@blueprint.route(f"/manuals/<ref>/{_LOCALE}/source", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def source(ref: str, locale: str) -> Response:
    """What the software partner or the package changed since, beside the draft's own words."""
    found = queries.publication(ref)
    kind = PublicationKind(found.kind)
    held = queries.draft_of(found, locale)
    moved = ""
    if request.method == "POST":
        try:
            drafting.take_over(found.id, locale, _chosen(), number_in(request.form.get("version"), -1), actor())
            flash(_("The draft is saved."), "done")
            return redirect_see_other(url_for(".draft", ref=ref, locale=locale))
        except DraftMovedOn as conflict:
            moved = str(conflict.message)
            found = queries.publication(ref)
            held = queries.draft_of(found, locale)
    origin = queries.source_of(found.integration)
    behind = composing.behind(kind, held.content, origin, locale)
    if not behind and request.method == "GET":
        flash(_("Nothing changed since: every chapter is up to date."), "done")
        return redirect_see_other(url_for(".draft", ref=ref, locale=locale))
    fresh = {one["code"]: one for one in composing.compose(kind, origin, locale)["chapters"]}
    return render_page(
        "manuals/desk_source.html",
        **about(found),
        locale=locale,
        held=held,
        moved=moved,
        chapters=[
            (one["code"], one["title"] or chapter_title(one["code"]), *marked(one["body"], fresh[one["code"]]["body"]))
            for one in held.content["chapters"]
            if one["code"] in behind
        ],
        status=409 if moved else 200,
    )


def _chosen() -> list[str]:
    """The chapters to take over, and with a minus those whose words stay."""
    codes = []
    for name, value in request.form.items():
        code = name.removeprefix("chapter-")
        if code != name and value in ("take", "keep"):
            codes.append(code if value == "take" else f"-{code}")
    return codes
