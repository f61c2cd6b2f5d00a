"""What the world sees, at the desk: publishing, scheduling, versions, comparing, restoring, taking down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _
from app.integrations.models import Stage
from app.manuals import checking
from app.manuals.desk import blueprint
from app.manuals.desk.drafts import shown
from app.manuals.desk.publications import about, edited_in, known_pictures, shown_locale
from app.manuals.difference import marked
from app.manuals.forms.publications import PublishForm, RestoreForm, TakeDownForm
from app.manuals.models import Publication, PublicationKind, PublicationVersion, VersionState
from app.manuals.queries import publications as queries
from app.manuals.service import publishing as service
from app.manuals.service.drafting import parts_of
from app.manuals.service.publishing import OneIsScheduled, Order, PublicationMovedOn
from app.manuals.told_publications import VERSION_STATES, part_name

DRAFT = "draft"
"""Stands for the draft, where a version's number could stand."""


@blueprint.route("/manuals/<ref>/publication", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def publish(ref: str) -> Response:
    found = queries.publication(ref)
    faults = _faults(found)
    other = _other(found)
    form = _form(found, faults, other)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = service.publish_together(_orders(form, found, other), actor())
            if saved:
                _say(made[0], together=len(made) > 1)
                return redirect_see_other(url_for(".publication", ref=ref))
        except (PublicationMovedOn, OneIsScheduled) as moved:
            found = queries.publication(ref)
            faults, other = _faults(found), _other(found)
            form.overtaken(moved, found.version)
            form.beside_version.data = str(other.publication.version if other else "")
    return render_page(
        "manuals/desk_publish.html",
        **about(found),
        form=form,
        other=other,
        faults={locale: those for locale, those in faults.items() if those},
        waiting=queries.scheduled(found),
        noindex=found.integration.stage != Stage.LISTED,
        status=form.status,
    )


@dataclass(frozen=True)
class Other:
    """The other publication of the same integration, when it could be published along."""

    publication: Publication
    ready: list[str]
    """Languages whose draft has no problem."""

    @property
    def live(self) -> list[str]:
        return list(self.publication.live.texts) if self.publication.live is not None else []


def _other(found: Publication) -> Other | None:
    """None when there is nothing of it to publish."""
    beside = queries.beside(found)
    if beside is None:
        return None
    other = queries.publication(beside.ref)
    ready = _ready(_faults(other))
    out = other.live is not None and not edited_in(other)
    return None if out or not ready or queries.scheduled(other) is not None else Other(other, ready)


def _orders(form: PublishForm, found: Publication, other: Other | None) -> list[tuple[int, int, Order]]:
    order = form.to_order()
    orders = [(found.id, form.seen, order)]
    along = form.to_order_beside(order, other.ready, other.live) if other else None
    if other is not None and along is not None:
        orders.append((other.publication.id, number_in(form.beside_version.data, -1), along))
    return orders


def _faults(found: Publication) -> dict[str, list[checking.Fault]]:
    known = known_pictures(found)
    return {draft.locale: checking.faults(PublicationKind(found.kind), draft.content, known) for draft in found.drafts}


def _ready(faults: Mapping[str, list[checking.Fault]]) -> list[str]:
    return [locale for locale, those in faults.items() if not those]


def _form(found: Publication, faults: Mapping[str, list[checking.Fault]], other: Other | None) -> PublishForm:
    live = list(found.live.texts) if found.live is not None else []
    form = PublishForm.of(found.version, list(faults), live, _ready(faults))
    if other is not None and request.method == "GET":
        form.beside.data = other.publication.live is None
        form.beside_version.data = str(other.publication.version)
    return form


def _say(made: PublicationVersion, *, together: bool = False) -> None:
    if made.state == VersionState.SCHEDULED:
        flash(_("Version %(number)s is scheduled. It goes out by itself.", number=made.number), "done")
    elif together:
        flash(_("Manual and onboarding page are live."), "done")
    else:
        flash(_("Version %(number)s is live.", number=made.number), "done")


@blueprint.post("/manuals/<ref>/versions/<int:number>/cancellation")
@requires(P.MANUALS_EDIT)
def cancel(ref: str, number: int) -> Response:
    found = queries.publication(ref)
    service.cancel(found.id, _small(number), actor())
    flash(_("Version %(number)s is cancelled. The drafts stay as they are.", number=number), "done")
    return redirect_see_other(url_for(".publication", ref=ref))


@blueprint.get("/manuals/<ref>/versions/<int:number>")
@requires(P.MANUALS_EDIT)
def version(ref: str, number: int) -> Response:
    """What a version says, in one of its languages."""
    found = queries.publication(ref)
    made = queries.version(found, _small(number))
    locale = shown_locale(list(made.texts))
    return render_page(
        "manuals/desk_version.html",
        **about(found),
        **shown(made.texts[locale], made.facts, locale),
        version=made,
        state=VERSION_STATES[made.state],
        locale=locale,
        tabs=[
            {
                "label": NAMES[code],
                "url": url_for(".version", ref=ref, number=number, text=code),
                "current": code == locale,
            }
            for code in LOCALES
            if code in made.texts
        ],
    )


@blueprint.get("/manuals/<ref>/comparison")
@requires(P.MANUALS_EDIT)
def compare(ref: str) -> Response:
    """Two versions, or one and the draft, beside each other; without a choice what is live and the draft."""
    found = queries.publication(ref)
    lines = queries.versions(found)
    choices = [(DRAFT, _("The draft"))]
    choices += [(str(line.number), _("Version %(number)s", number=line.number)) for line in lines]
    names = dict(choices)
    new = request.args.get("to", DRAFT)
    old = request.args.get("from", str(found.live_number or (lines[0].number if lines else DRAFT)))
    if old not in names or new not in names:
        raise NotFound
    texts = {code: _texts_of(found, code) for code in {old, new}}
    spoken = [code for code in LOCALES if any(code in each for each in texts.values())]
    locale = shown_locale(spoken)
    rows = _rows(texts[old].get(locale, {}), texts[new].get(locale, {}))
    return render_page(
        "manuals/desk_compare.html",
        **about(found),
        choices=choices,
        old=old,
        new=new,
        names=names,
        locale=locale,
        tabs=[
            {
                "label": NAMES[code],
                "url": url_for(".compare", ref=ref, to=new, text=code) + "&" + urlencode({"from": old}),
                "current": code == locale,
            }
            for code in spoken
        ],
        rows=[row for row in rows if row["differs"]],
        same=[row["label"] for row in rows if not row["differs"]],
        silent=[names[code] for code in (old, new) if locale not in texts[code]],
    )


def _texts_of(found: Publication, code: str) -> Mapping[str, Any]:
    if code == DRAFT:
        return {draft.locale: service.as_published(draft.content) for draft in found.drafts}
    return queries.version(found, int(code)).texts


def _rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    before, after = (parts_of(each) if each else {} for each in (old, new))
    rows = []
    for part in dict.fromkeys([*before, *after]):
        was, now_is = before.get(part, ""), after.get(part, "")
        if part.endswith(".title") and was == now_is:
            continue
        left, right = marked(was, now_is)
        rows.append(
            {"label": part_name(part), "values": [left, right], "differs": [False, False] if was != now_is else False}
        )
    return rows


@blueprint.route("/manuals/<ref>/versions/<int:number>/restoration", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def restore(ref: str, number: int) -> Response:
    found = queries.publication(ref)
    earlier = queries.version(found, _small(number))
    if earlier.state != VersionState.PUBLISHED:
        raise NotFound
    form = RestoreForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = service.restore(found.id, number, form.seen, form.note.data, actor())
            if saved:
                _say(made)
                return redirect_see_other(url_for(".publication", ref=ref))
        except (PublicationMovedOn, OneIsScheduled) as moved:
            found = queries.publication(ref)
            form.overtaken(moved, found.version)
    return render_page(
        "manuals/desk_restore.html",
        **about(found),
        version=earlier,
        languages=[NAMES[code] for code in LOCALES if code in earlier.texts],
        form=form,
        status=form.status,
    )


@blueprint.route("/manuals/<ref>/taking-down", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def take_down(ref: str) -> Response:
    found = queries.publication(ref)
    form = TakeDownForm(data={"version": str(found.version), "redirect_url": found.redirect_url})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.take_down(found.id, form.seen, form.redirect_url.data, actor())
            if saved:
                flash(_("It is taken down. Publish it again whenever you want."), "done")
                return redirect_see_other(url_for(".publication", ref=ref))
        except Conflict as moved:
            found = queries.publication(ref)
            form.overtaken(moved, found.version)
    return render_page(
        "manuals/desk_take_down.html",
        **about(found),
        others=queries.others_live(found),
        waiting=queries.scheduled(found),
        form=form,
        status=form.status,
    )


def _small(number: int) -> int:
    """Raises NotFound: no column could hold it."""
    if number > 2_000_000_000:
        raise NotFound
    return number
