"""The editor: one page for the whole draft, one for each thing in it, and publishing."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict, DomainError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.playbooks import editing, queries, rules, schema, service, uses, words
from app.playbooks.desk import blueprint
from app.playbooks.editing import Place
from app.playbooks.forms.playbook import PublishForm, StateForm
from app.playbooks.forms.thing import ThingForm
from app.playbooks.forms.things import form_for
from app.playbooks.models import PlaybookVersion
from app.playbooks.outline import Kind, from_content, said


@blueprint.post("/<ref>/draft/new")
@requires(P.PLAYBOOKS_MANAGE)
def begin(ref: str) -> Response:
    """From the newest version, or from what this release ships."""
    service.start_draft(queries.one(ref), actor(), shipped=request.form.get("from") == "shipped")
    return redirect_see_other(url_for(".draft", ref=ref))


@blueprint.get("/<ref>/draft")
@requires(P.PLAYBOOKS_MANAGE)
def draft(ref: str) -> Response:
    """Everything in the draft, with what is still missing."""
    found = _draft(ref)
    outline = from_content(found.content)
    faults = schema.faults_in(found.content)
    return render_page(
        "playbooks/draft.html",
        version=found,
        playbook=found.playbook,
        outline=outline,
        faults=[(fault, _address(fault.path, found.content)) for fault in faults],
        said=said,
        words=words,
    )


def _address(path: tuple[str | int, ...], content: dict[str, Any]) -> str:
    """Where a fault is put right: the address of the nearest thing that has a page; "" is the playbook itself."""
    place: list[str] = []
    here: Any = content
    for name, number in zip(path[::2], path[1::2], strict=False):
        if not isinstance(number, int) or name not in editing.INSIDE.get(place[-2] if place else "", ()):
            break
        here = here[name][number]
        place += [str(name), here["code"]]
    return "/".join(place)


@blueprint.route("/<ref>/draft/basics", methods=["GET", "POST"])
@requires(P.PLAYBOOKS_MANAGE)
def basics(ref: str) -> Response:
    """Title, summary and aim of the playbook itself."""
    return _edited(ref, ())


@blueprint.route("/<ref>/draft/things/<path:address>", methods=["GET", "POST"])
@requires(P.PLAYBOOKS_MANAGE)
def thing(ref: str, address: str) -> Response:
    """One phase, task, option ..., or a new one when the address ends with the name of its list."""
    place = editing.place_in(address)
    return _added(ref, place) if len(place) % 2 else _edited(ref, place)


def _edited(ref: str, place: Place) -> Response:
    found = _open(ref)
    content = found.content
    try:
        current = editing.find(content, place) if place else content
    except NotFound:
        if request.method == "GET":
            raise
        current = {}
    form = form_for(place).of(current, from_content(content), place)
    if form.validate_on_submit():
        details = form.to_details()
        if _saved(form, found, place, lambda: editing.put(place, details, form.box("known").data)):
            if details.get("kind") != current.get("kind") and _goes_on(place[-2:-1], details):
                flash(_("Saved. Now fill in what belongs to this kind."), "done")
                return redirect_see_other(_address_of(ref, place))
            flash(_("Saved in the draft."), "done")
            return redirect_see_other(_back(ref, place))
    return _page(found, form, place, current)


def _added(ref: str, place: Place) -> Response:
    found = _open(ref)
    content = found.content
    beside = editing.listed(content, place)
    form = form_for(place).of(_fresh(place), from_content(content), place)
    if form.validate_on_submit():
        new = {"code": form.new_code([each["code"] for each in beside]), **form.to_details()}
        new = {key: value for key, value in new.items() if value is not None}
        if _saved(form, found, (*place, new["code"]), lambda: editing.add(place, new)):
            here = (*place, new["code"])
            if _goes_on(place[-1:], new):
                flash(_("Added. Now fill in what belongs to this kind."), "done")
                return redirect_see_other(_address_of(ref, here))
            flash(_("Added to the draft."), "done")
            return redirect_see_other(_back(ref, here))
    return _page(found, form, place, {})


def _goes_on(around: Place, details: dict[str, Any]) -> bool:
    """Whether a thing of this kind asks for more, on its own page: options, fields, which training it is for."""
    if around == ("tasks",):
        return bool(rules.FITS[Kind(details["kind"])]) and details["kind"] != Kind.TICK
    return around in (("facts",), ("fields",)) and details.get("kind") in rules.WITH_OPTIONS


def _fresh(place: Place) -> dict[str, Any]:
    phase = request.args.get("phase", "")
    return {"phase": phase} if phase and place[-1] in ("tasks", "trainings") else {}


def _saved(form: ThingForm, found: PlaybookVersion, place: Place, change: Any) -> bool:
    """Whether it went through. What was typed stays in the form, with what is wrong beside its fields."""
    try:
        with form.attempt() as saved:
            try:
                service.edit(found, change(), actor())
            except service.NotRight as wrong:
                form.tell(wrong.faults, len(place))
                return False
        return bool(saved)
    except (Conflict, NotFound) as conflict:
        _overtaken(form, found, place, conflict)
        return False


def _overtaken(form: ThingForm, found: PlaybookVersion, place: Place, conflict: DomainError) -> None:
    """409, and a second press saves over what somebody else saved, if it is still there."""
    newest = queries.draft(found.playbook_id)
    if newest is None:
        form.refused(Conflict(_("Somebody else published this draft or threw it away. What you typed is still below.")))
        return
    try:
        form.box("known").data = editing.seen(editing.find(newest.content, place) if place else newest.content)
    except NotFound:
        form.box("known").data = ""
    form.refused(Conflict(conflict.message))


def _page(found: PlaybookVersion, form: ThingForm, place: Place, current: dict[str, Any]) -> Response:
    is_new = len(place) % 2 == 1
    inside = () if is_new or not place else editing.INSIDE.get(place[-2], ())
    if place[:1] == ("tasks",) and len(place) == 2:
        fits = rules.FITS.get(current.get("kind", ""), ())
    else:
        fits = ("options",) if current.get("kind") in rules.WITH_OPTIONS else ()
    inside = tuple(name for name in inside if name in current or name in fits)
    return render_page(
        "playbooks/thing.html",
        version=found,
        playbook=found.playbook,
        form=form,
        place=place,
        is_new=is_new,
        current=current,
        inside=inside,
        cancel=_back(found.playbook.ref, place),
        said=said,
        words=words,
        status=form.status,
    )


def _back(ref: str, place: Place) -> str:
    """The page on which the thing stands among others."""
    around = place[: len(place) - (1 if len(place) % 2 else 2)]
    if around:
        return _address_of(ref, around)
    anchor = "at-" + "-".join(place) if len(place) == 2 else None
    return url_for(".draft", ref=ref, _anchor=anchor)


def _address_of(ref: str, place: Place) -> str:
    return url_for(".thing", ref=ref, address="/".join(place))


@blueprint.post("/<ref>/draft/position/<path:address>")
@requires(P.PLAYBOOKS_MANAGE)
def position(ref: str, address: str) -> Response:
    place = _whole(address)
    return _done(ref, place, editing.move(place, up=request.form.get("to") == "up"), "")


@blueprint.post("/<ref>/draft/duplicate/<path:address>")
@requires(P.PLAYBOOKS_MANAGE)
def duplicate(ref: str, address: str) -> Response:
    place = _whole(address)
    return _done(ref, place, editing.duplicate(place), _("Duplicated. The copy stands right below."))


@blueprint.post("/<ref>/draft/removal/<path:address>")
@requires(P.PLAYBOOKS_MANAGE)
def remove(ref: str, address: str) -> Response:
    place = _whole(address)
    return _done(ref, place, editing.remove(place), _("Removed from the draft."))


def _whole(address: str) -> Place:
    place = editing.place_in(address)
    if len(place) % 2:
        raise NotFound
    return place


def _done(ref: str, place: Place, change: service.Edit, said_: str) -> Response:
    found = _draft(ref)
    try:
        service.edit(found, change, actor())
    except (editing.Used, service.NotRight) as refusal:
        flash(str(refusal.message), "warning")
    else:
        if said_:
            flash(said_, "done")
    return redirect_see_other(_back(ref, place))


@blueprint.route("/<ref>/draft/publication", methods=["GET", "POST"])
@requires(P.PLAYBOOKS_MANAGE)
def publication(ref: str) -> Response:
    """Asks once more, and says what it means for running plans."""
    found = _draft(ref)
    faults = schema.faults_in(found.content)
    form = PublishForm(data={"row_version": str(found.row_version)})
    if form.validate_on_submit():
        row_version, note = form.to_details()
        try:
            with form.attempt() as saved:
                service.publish(found, row_version, note, actor())
            if saved:
                flash(_("Version %(number)s is published. New plans are started from it.", number=found.number), "done")
                return redirect_see_other(url_for(".playbook", ref=ref))
        except service.ChangedMeanwhile as conflict:
            newest = _draft(ref)
            form.row_version.data = str(newest.row_version)
            form.refused(conflict)
    known = queries.one(ref)
    affected = sum(uses.running([version.id for version in known.versions]).values())
    return render_page(
        "playbooks/publication.html",
        version=found,
        playbook=known,
        form=form,
        affected=affected,
        faults=[(fault, _address(fault.path, found.content)) for fault in faults],
        earlier=next((version.number for version in known.versions if version.published_at is not None), None),
        status=form.status,
    )


@blueprint.post("/<ref>/draft/disposal")
@requires(P.PLAYBOOKS_MANAGE)
def discard(ref: str) -> Response:
    service.discard(_draft(ref), StateForm().to_details(), actor())
    flash(_("Draft thrown away."), "done")
    return redirect_see_other(url_for(".playbook", ref=ref))


def _draft(ref: str) -> PlaybookVersion:
    found = queries.draft(queries.one(ref).id)
    if found is None:
        raise NotFound
    return found


def _open(ref: str) -> PlaybookVersion:
    """The draft. For what was typed when somebody else published it or threw it away, the version that is left: it
    refuses the change, and the form is shown again with its text."""
    playbook = queries.one(ref)
    found = queries.draft(playbook.id)
    if found is None and request.method == "POST":
        found = queries.newest(playbook.id)
    if found is None:
        raise NotFound
    return found
