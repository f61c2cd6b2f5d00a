"""Changing a plan as a whole: answers about the customer, details, a newer playbook, archive and back (I1, I2)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _, ngettext
from app.people import queries as people
from app.plans import texts, told
from app.plans.cases import phases_of
from app.plans.desk import blueprint
from app.plans.desk.doors import chosen, colleagues, hand, the_plan
from app.plans.forms import facts
from app.plans.forms.plan import ArchiveForm, EditForm, FactsForm
from app.plans.models import Plan, PlanState
from app.plans.queries import at_desk
from app.plans.service import editing, foreseeing, starting, upgrading
from app.plans.service.changing import PlanArchived
from app.plans.service.editing import PlanDetails
from app.plans.service.foreseeing import Change
from app.plans.service.starting import WrongFacts
from app.plans.service.upgrading import NoNewerVersion


def _running(ref: str) -> Plan:
    """A plan that can be changed. Raises NotFound, PlanArchived."""
    found = the_plan(ref)
    if found.state == PlanState.ARCHIVED:
        raise PlanArchived
    return found


# --- answers about the customer ---------------------------------------------------------------------------------------


@blueprint.route("/<ref>/facts", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def edit_facts(ref: str) -> Response:
    """What would change is shown first, and then saved."""
    found = _running(ref)
    outline = texts.outline_of(found)
    form = FactsForm.of(found, outline)
    save = request.method == "POST" and request.form.get("do") == "save" and not wants_fragment()
    change: Change | None = None
    if request.method == "POST" and form.validate_on_submit():
        answers = facts.given(form, outline)
        for fact in outline.facts:
            answers.setdefault(fact.code, "")  # left open on purpose
        try:
            change = foreseeing.change(found, answers)
        except WrongFacts as wrong:
            facts.refuse(form, wrong)
        if save and change is not None:
            try:
                with form.attempt() as saved:
                    starting.change_facts(found.id, answers, hand(), expect=form.seen)
            except Conflict as refused:
                found = the_plan(ref)
                form.overtaken(refused, found.version)
            else:
                if saved:
                    flash(_("The answers were saved."), "done")
                    return redirect_see_other(url_for(".plan", ref=ref))
    return render_page(
        "plans/desk_facts.html",
        fragment="plans/_facts_change.html",
        plan=found,
        form=form,
        questions=facts.questions(form),
        outline=outline,
        change=change,
        answer_in_words=told.answer_in_words,
        status=form.status,
    )


# --- name, language, account manager ----------------------------------------------------------------------------------


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def edit(ref: str) -> Response:
    found = _running(ref)
    managers = colleagues()
    owner = people.by_id(found.owner_id) if found.owner_id is not None else None
    form = EditForm.of(found, managers, owner)
    if owner is None and not phases_of(texts.outline_of(found)):
        del form.owner  # only plans with cases lead to an owner
    if form.validate_on_submit():
        manager = chosen([*managers, found.manager], form.manager.data)
        assert manager is not None
        others = [*managers, owner] if owner is not None else managers
        details = PlanDetails(
            form.name.data,
            form.locale.data,
            manager,
            chosen(others, form.owner.data or "") if "owner" in form else None,
            form.foreseen_on.data or None,
        )
        try:
            with form.attempt() as saved:
                editing.edit(found.id, details, hand(), expect=form.seen)
        except Conflict as refused:
            form.overtaken(refused, the_plan(ref).version)
        else:
            if saved:
                flash(_("Saved."), "done")
                return redirect_see_other(url_for(".plan", ref=ref))
    return render_page("plans/desk_edit.html", plan=found, form=form, status=form.status)


# --- archived and back ------------------------------------------------------------------------------------------------


@blueprint.route("/<ref>/archive", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def archive(ref: str) -> Response:
    found = _running(ref)
    form = ArchiveForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                starting.archive(found.id, form.reason.data, hand(), expect=form.seen)
        except Conflict as refused:
            form.overtaken(refused, the_plan(ref).version)
        else:
            if saved:
                done: Any = {"text": _("The plan was archived."), "undo_url": url_for(".reopen", ref=ref)}
                flash(done, "done")
                return redirect_see_other(url_for(".plan", ref=ref))
    return render_page("plans/desk_archive.html", plan=found, form=form, status=form.status)


@blueprint.post("/<ref>/reopening")
@requires(P.PLANS_MANAGE)
def reopen(ref: str) -> Response:
    found = the_plan(ref)
    try:
        starting.reopen(found.id, hand())
    except Conflict as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("Work on the plan goes on. Send the personal links anew where they are needed."), "done")
    return redirect_see_other(url_for(".plan", ref=ref))


# --- a newer version of the playbook ----------------------------------------------------------------------------------


@blueprint.get("/<ref>/upgrade")
@requires(P.PLANS_MANAGE)
def upgrade(ref: str) -> Response:
    """What the newest version of its playbook would change on this plan."""
    found = _running(ref)
    newer = at_desk.newest_version(found)
    if newer is None:
        raise NoNewerVersion
    return _upgrade_page(found, newer.id)


def _upgrade_page(found: Plan, version_id: int, conflict: Any = "") -> Response:
    difference = upgrading.difference(found, version_id)
    return render_page(
        "plans/desk_upgrade.html",
        plan=found,
        difference=difference,
        old=texts.outline_of(found),
        new=texts.outline_of(version_id),
        conflict=conflict,
        status=409 if conflict else 200,
    )


@blueprint.post("/<ref>/upgrade")
@requires(P.PLANS_MANAGE)
def apply_upgrade(ref: str) -> Response:
    found = _running(ref)
    version_id = number_in(request.form.get("to"))
    try:
        upgrading.apply(found.id, version_id, hand(), expect=number_in(request.form.get("version")))
    except NoNewerVersion:
        flash(_("This plan follows this version of the playbook already."), "done")
    except Conflict as refused:
        return _upgrade_page(the_plan(ref), version_id, refused.message)
    else:
        flash(_("The plan follows the newer version now. Nothing that was done has changed."), "done")
    return redirect_see_other(url_for(".plan", ref=ref))


# --- the same for many plans ------------------------------------------------------------------------------------------


@blueprint.get("/upgrades/<playbook>/<int:number>")
@requires(P.PLANS_MANAGE)
def upgrades(playbook: str, number: int) -> Response:
    """Plans that follow an older version of a playbook, to bring to this one."""
    version = at_desk.published(playbook, number)
    return render_page(
        "plans/desk_upgrades.html",
        version=version,
        listing=at_desk.on_older(version, request.args.get("cursor")),
    )


@blueprint.post("/upgrades/<playbook>/<int:number>")
@requires(P.PLANS_MANAGE)
def apply_upgrades(playbook: str, number: int) -> Response:
    """Applies it to the chosen plans of one page, each by itself: what is interrupted is done or not for each plan."""
    version = at_desk.published(playbook, number)
    refs = request.form.getlist("plans")[:50]
    if not refs:
        flash(_("Choose at least one plan."), "warning")
        return redirect_see_other(url_for(".upgrades", playbook=playbook, number=number))
    ids = []
    for ref in refs:
        try:
            ids.append(the_plan(ref).id)
        except NotFound:
            continue
    applied = upgrading.apply_to(ids, version.id, hand())
    if applied.done:
        flash(
            ngettext(
                "%(num)s plan follows the newer version now.",
                "%(num)s plans follow the newer version now.",
                len(applied.done),
            ),
            "done",
        )
    if applied.refused:
        flash(
            ngettext(
                "%(num)s plan was left as it is: it follows this version already, or is archived.",
                "%(num)s plans were left as they are: they follow this version already, or are archived.",
                len(applied.refused),
            ),
            "warning",
        )
    return redirect_see_other(url_for(".upgrades", playbook=playbook, number=number))
