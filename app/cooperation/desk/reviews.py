"""Reviews at the desk: all that are due, those of a software partner, and one from its day to its minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import told, words
from app.cooperation.desk import blueprint
from app.cooperation.desk.goals import trend_of
from app.cooperation.forms.reviews import ACTIONS, CancelForm, MeetingForm, MinutesForm, MoveForm, PlanForm
from app.cooperation.models import Review, ReviewState
from app.cooperation.queries import goals
from app.cooperation.queries import reviews as queries
from app.cooperation.queries.reviews import Shelf, meeting_of
from app.cooperation.service import reviews as service
from app.cooperation.service.holding import MovedOn
from app.core.clock import today
from app.core.db import db
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, format_date, format_number
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import by_ref
from app.plans import texts
from app.plans.models import Plan
from app.settings.models import vendor

MONTHS = 3
"""A review a quarter, unless somebody says otherwise."""


@blueprint.get("/reviews")
@requires(P.COOPERATION_MANAGE)
def reviews() -> Response:
    shelf, q = _asked()
    query = queries.everywhere(actor(), shelf, q)
    past = shelf in (Shelf.HELD, Shelf.CANCELLED)
    return render_page(
        "cooperation/desk_reviews.html",
        fragment="cooperation/_desk_review_rows.html",
        page=page_of(query, Review.planned_on, Review.id, descending=past, cursor=request.args.get("cursor")),
        count=capped_count(query.with_only_columns(Review.id)),
        shelf=shelf,
        Shelf=Shelf,
        q=q,
        day=today(vendor().timezone),
        meeting_of=meeting_of,
        words=words,
    )


@blueprint.get("/reviews/reviews.<any(csv, xlsx):format>")
@requires(P.COOPERATION_MANAGE)
def reviews_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Software partner"),
        _("Looks after it"),
        _("State"),
        _("Planned on"),
        _("Agreed time"),
        _("Held on"),
        _("Mark"),
        _("Reason"),
    ]
    rows = everything_of(queries.everywhere(actor(), *_asked()), Review.planned_on, Review.id, descending=False)
    return table_response(format, _("reviews"), header, (_row(one) for one in rows))


def _row(one: Review) -> list[Any]:
    meeting = meeting_of(one)
    return [
        one.ref,
        one.partner.organisation.name,
        one.partner.manager.name if one.partner.manager else "",
        words.REVIEW_STATES[one.state],
        one.planned_on,
        meeting.starts_at if meeting else None,
        one.held_on,
        one.quality_mark,
        one.reason,
    ]


def _asked() -> tuple[Shelf, str]:
    wish = request.args.get("tab", "")
    return Shelf(wish) if wish in set(Shelf) else Shelf.DUE, request.args.get("q", "")[:200]


# --- of one software partner ------------------------------------------------------------------------------------------


@blueprint.get("/software-partners/<ref>/reviews")
@requires(P.COOPERATION_MANAGE)
def partner_reviews(ref: str) -> Response:
    partner = by_ref(ref)
    return render_page(
        "cooperation/desk_partner_reviews.html",
        partner=partner,
        reviews=queries.of_partner(partner.id),
        meeting_of=meeting_of,
        day=today(vendor().timezone),
        words=words,
    )


@blueprint.route("/software-partners/<ref>/reviews/new", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def new_review(ref: str) -> Response:
    partner = by_ref(ref)
    day = service.following_day(today(vendor().timezone), MONTHS, partner.country)
    form = PlanForm(data={"planned_on": day, "months": MONTHS})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.plan(partner.id, *form.to_details(), actor())
            if saved:
                flash(_("The review is planned. You are reminded two weeks before."), "done")
                return redirect_see_other(url_for(".partner_reviews", ref=ref))
        except Conflict as conflict:
            form.refused(conflict)
    return render_page("cooperation/desk_review_plan.html", partner=partner, form=form, status=form.status)


@blueprint.get("/software-partners/<ref>/reviews/<review_ref>")
@requires(P.COOPERATION_MANAGE)
def review(ref: str, review_ref: str) -> Response:
    partner = by_ref(ref)
    return _page(partner, queries.review(partner.id, review_ref))


def _page(partner: SoftwarePartner, found: Review) -> Response:
    meeting = meeting_of(found)
    return render_page(
        "cooperation/desk_review.html",
        partner=partner,
        review=found,
        meeting=meeting,
        participants=queries.participants_of(meeting) if meeting else [],
        begun=queries.begun(found),
        tasks=tasks_of(partner, found),
        plan=db.session.get(Plan, partner.plan_id) if partner.plan_id else None,
        day=today(vendor().timezone),
        words=words,
        entries=told.timeline(entries_of(found)),
    )


def tasks_of(partner: SoftwarePartner, found: Review) -> list[tuple[Any, str]]:
    """What was agreed, as the plan has it now, with its words."""
    plan = db.session.get(Plan, partner.plan_id) if partner.plan_id and found.actions else None
    if plan is None:
        return []
    outline = texts.outline_of(plan)
    return [(task, texts.title_of(task, outline)) for task in queries.tasks_of(found)]


@blueprint.route("/software-partners/<ref>/reviews/<review_ref>/day", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def move_review(ref: str, review_ref: str) -> Response:
    """Another day, as long as no time is agreed."""
    partner, found = _found(ref, review_ref)
    form = MoveForm(data={"version": str(found.version), "planned_on": found.planned_on})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.move(found.id, form.seen, *form.to_details(), actor())
            if saved:
                flash(_("The review is moved. The software partner gets a mail."), "done")
                return redirect_see_other(_url(ref, review_ref))
        except Conflict as conflict:
            _again(form, conflict, partner, review_ref)
    elif not form.is_submitted() and meeting_of(found) is not None:
        return redirect_see_other(url_for(".agree_review", ref=ref, review_ref=review_ref))
    return _form("cooperation/desk_review_move.html", partner, found, form)


@blueprint.route("/software-partners/<ref>/reviews/<review_ref>/time", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def agree_review(ref: str, review_ref: str) -> Response:
    """A time that suits both, or another one."""
    partner, found = _found(ref, review_ref)
    known = meeting_of(found)
    form = MeetingForm.of(
        found,
        known,
        queries.participants_of(known) if known else [],
        queries.colleagues(partner),
        queries.members(partner),
    )
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.agree(found.id, form.seen, form.to_details(), form.why, actor())
            if saved:
                flash(_("The time is agreed. Everybody gets an invitation for the calendar."), "done")
                return redirect_see_other(_url(ref, review_ref))
        except Conflict as conflict:
            _again(form, conflict, partner, review_ref)
    return _form("cooperation/desk_review_time.html", partner, found, form, known=known, zone=form.timezone)


@blueprint.route("/software-partners/<ref>/reviews/<review_ref>/cancellation", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def cancel_review(ref: str, review_ref: str) -> Response:
    partner, found = _found(ref, review_ref)
    form = CancelForm(data={"version": str(found.version), "next_too": True})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.cancel(found.id, form.seen, form.reason.data, actor(), next_too=form.next_too.data)
            if saved:
                flash(_("The review is cancelled. The software partner gets a mail."), "done")
                return redirect_see_other(url_for(".partner_reviews", ref=ref))
        except Conflict as conflict:
            _again(form, conflict, partner, review_ref)
    return _form("cooperation/desk_review_cancel.html", partner, found, form)


@blueprint.route("/software-partners/<ref>/reviews/<review_ref>/minutes", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def hold_review(ref: str, review_ref: str) -> Response:
    """Minutes, with results filled in from what was counted; of one that was held, other words."""
    partner, found = _found(ref, review_ref)
    held = found.state == ReviewState.HELD
    if held and "held_on" not in request.form:
        return _correct(partner, found)
    meeting = meeting_of(found)
    results = results_in_words(partner, found)
    form = MinutesForm.blank(found, results, queries.participants_of(meeting) if meeting else [])
    if form.is_submitted() and request.form.get("do") == "more":
        if len(form.actions) < ACTIONS:
            form.actions.append_entry()
        return _minutes(partner, found, form)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.hold(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The minutes are in the panel of the software partner. The next review is planned."), "done")
                return redirect_see_other(_url(ref, review_ref))
        except Conflict as conflict:
            _again(form, conflict, partner, review_ref)
    return _minutes(partner, found, form)


def _correct(partner: SoftwarePartner, found: Review) -> Response:
    form = MinutesForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.correct(found.id, form.seen, form.to_details(found), actor())
            if saved:
                flash(_("The minutes are corrected."), "done")
                return redirect_see_other(_url(partner.ref, found.ref))
        except Conflict as conflict:
            _again(form, conflict, partner, found.ref)
    return _minutes(partner, found, form)


def _minutes(partner: SoftwarePartner, found: Review, form: MinutesForm) -> Response:
    return _form(
        "cooperation/desk_review_minutes.html",
        partner,
        found,
        form,
        can_act=service.can_take_actions(partner),
        begun=queries.begun(found),
        most=ACTIONS,
        **trend_of(partner),
    )


def results_in_words(partner: SoftwarePartner, found: Review) -> str:
    """A line for each goal since the review before, for people to go on writing."""
    since = queries.before(found) + timedelta(days=1)
    return "\n".join(
        _(
            "%(what)s, %(start)s to %(end)s: %(count)s of %(target)s",
            what=words.MEASURES[one.goal.measure],
            start=format_date(one.goal.from_on),
            end=format_date(one.goal.until_on),
            count=format_number(one.count),
            target=format_number(one.goal.target),
        )
        for one in goals.running_on(partner, max(found.planned_on, today(vendor().timezone)), since)
    )


def _found(ref: str, review_ref: str) -> tuple[SoftwarePartner, Review]:
    partner = by_ref(ref)
    return partner, queries.review(partner.id, review_ref)


def _again(form: Any, conflict: Conflict, partner: SoftwarePartner, review_ref: str) -> None:
    """What was typed stays; what can be saved over may be, what is over cannot."""
    now_there = queries.review(partner.id, review_ref)
    if isinstance(conflict, MovedOn):
        form.overtaken(conflict, now_there.version)
    else:
        form.refused(conflict)


def _form(template: str, partner: SoftwarePartner, found: Review, form: Any, **more: Any) -> Response:
    return render_page(template, partner=partner, review=found, form=form, status=form.status, **more)


def _url(ref: str, review_ref: str) -> str:
    return url_for(".review", ref=ref, review_ref=review_ref)
