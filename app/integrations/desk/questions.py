"""Questions at the desk: the queue, a thread, who answers it, and writing to a software partner first (S2)."""

from __future__ import annotations

from typing import Any

from flask import Response as FileResponse
from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict, NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.paging import COUNT_CAP, everything_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations import parts, words
from app.integrations.desk import blueprint
from app.integrations.forms.questions import ExpertForm, QuestionForm, ReplyForm
from app.integrations.models import Question, SoftwarePartner
from app.integrations.parts import Made
from app.integrations.queries import partners
from app.integrations.queries import questions as queries
from app.integrations.queries.questions import Tab
from app.integrations.service import questions as service
from app.integrations.told import timeline

TABS = {
    Tab.OURS: _l("Waits for us"),
    Tab.THEIRS: _l("Waits for the software partner"),
    Tab.CLOSED: _l("Closed"),
}


@blueprint.get("/questions")
@requires(P.QUESTIONS_ANSWER)
def questions() -> Response:
    tab, partner, asked = _asked()
    query = _narrowed(partner, asked)
    return render_page(
        "integrations/desk_questions.html",
        fragment="integrations/_desk_question_rows.html",
        page=queries.page(query, tab, request.args.get("cursor")),
        tabs=_tabs(tab, asked, queries.counts(query)),
        tab=tab,
        Tab=Tab,
        of=partner,
        asked=asked,
        mine=asked["whose"] == "mine",
        words=words,
    )


@blueprint.get("/questions/questions.<any(csv, xlsx):format>")
@requires(P.QUESTIONS_ANSWER)
def questions_file(format: str) -> Response:
    tab, partner, asked = _asked()
    header = [
        _("Reference"),
        _("What it is about"),
        _("Software partner"),
        _("State"),
        _("Who answers"),
        _("Asked on"),
        _("Last message"),
    ]
    query = queries.in_tab(_narrowed(partner, asked), tab)
    rows = (
        [
            each.ref,
            each.subject,
            each.partner.organisation.name,
            words.QUESTION_STATES[each.state],
            each.expert.name if each.expert else "",
            each.created_at,
            each.last_at,
        ]
        for each in everything_of(query, Question.last_at, Question.id, descending=tab != Tab.OURS)
    )
    return table_response(format, _("questions"), header, rows)


def _asked() -> tuple[Tab, SoftwarePartner | None, dict[str, str]]:
    wish, ref = request.args.get("tab", ""), request.args.get("of", "")
    try:
        partner = partners.by_ref(ref) if ref else None
    except NotFound:
        partner = None
    asked = {"q": request.args.get("q", "")[:200], "whose": "mine" if request.args.get("whose") == "mine" else "all"}
    if partner is not None:
        asked["of"] = partner.ref
    return Tab(wish) if wish in set(Tab) else Tab.OURS, partner, asked


def _narrowed(partner: SoftwarePartner | None, asked: dict[str, str]) -> Any:
    mine = actor() if asked["whose"] == "mine" else None
    return queries.narrowed(queries.visible_to(actor()), q=asked["q"], partner=partner, mine=mine)


def _tabs(current: Tab, asked: dict[str, str], counts: dict[Tab, int]) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return [
        {
            "label": label,
            "url": url_for(".questions", **kept, tab=tab.value),
            "current": tab == current,
            "count": counts[tab] if counts[tab] <= COUNT_CAP else "10,000+",
        }
        for tab, label in TABS.items()
    ]


@blueprint.route("/software-partners/<ref>/questions/new", methods=["GET", "POST"])
@requires(P.QUESTIONS_ANSWER)
def new_question(ref: str) -> Response:
    """The vendor writes first."""
    partner = partners.by_ref(ref)
    form = QuestionForm.blank()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = service.ask(partner.id, form.subject.data, form.to_details(), actor(), of_vendor=True)
            if saved:
                flash(_("The message was sent. The owners of the software partner get a mail."), "done")
                return redirect_see_other(url_for(".question", ref=made.ref))
        except Conflict as refused:
            form.refused(refused)
    return render_page("integrations/desk_question_new.html", partner=partner, form=form, status=form.status)


@blueprint.get("/questions/<ref>")
@requires(P.QUESTIONS_ANSWER)
def question(ref: str) -> Response:
    found = queries.find(actor(), ref)
    return _page(found)


def _page(
    found: Question, reply: ReplyForm | None = None, expert: ExpertForm | None = None, refused: Conflict | None = None
) -> Response:
    status = reply.status if reply else expert.status if expert else 200
    return render_page(
        "integrations/desk_question.html",
        question=found,
        page=queries.messages(found, request.args.get("cursor")),
        form=reply or ReplyForm.unsent(queries.count_of(found)),
        expert=expert or ExpertForm.unsent(found, service.experts()),
        history=timeline(entries_of(found)),
        words=words,
        refused=refused.message if refused else "",
        status=refused.status if refused else status,
    )


@blueprint.post("/questions/<ref>/messages")
@requires(P.QUESTIONS_ANSWER)
def reply(ref: str) -> Response:
    found = queries.find(actor(), ref)
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.reply(found.id, form.seen, form.to_details(), actor(), of_vendor=True)
            if saved:
                flash(_("Your answer was sent."), "done")
                return redirect_see_other(url_for(".question", ref=ref))
        except Conflict as conflict:
            found = queries.find(actor(), ref)
            form.overtaken(conflict, queries.count_of(found))
    return _page(found, reply=form)


@blueprint.post("/questions/<ref>/expert")
@requires(P.QUESTIONS_ANSWER)
def name_expert(ref: str) -> Response:
    found = queries.find(actor(), ref)
    form = ExpertForm.of(service.experts())
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.name_expert(found.id, form.seen, form.expert.data or "", actor())
            if saved:
                flash(_("Who answers was noted."), "done")
                return redirect_see_other(url_for(".question", ref=ref))
        except Conflict as conflict:
            found = queries.find(actor(), ref)
            form.overtaken(conflict, found.version)
    return _page(found, expert=form)


@blueprint.post("/questions/<ref>/closing")
@requires(P.QUESTIONS_ANSWER)
def close_question(ref: str) -> Response:
    found = queries.find(actor(), ref)
    try:
        service.close(found.id, number_in(request.form.get("version"), -1), actor())
    except Conflict as refused:
        return _page(queries.find(actor(), ref), refused=refused)
    message: Any = {"text": str(_("The question is closed.")), "undo_url": url_for(".reopen_question", ref=ref)}
    flash(message, "done")
    return redirect_see_other(url_for(".question", ref=ref))


@blueprint.post("/questions/<ref>/reopening")
@requires(P.QUESTIONS_ANSWER)
def reopen_question(ref: str) -> Response:
    service.reopen(queries.find(actor(), ref).id, actor(), of_vendor=True)
    flash(_("The question is open again."), "done")
    return redirect_see_other(url_for(".question", ref=ref))


@blueprint.get("/questions/<ref>/messages/<message_ref>/file")
@requires(P.QUESTIONS_ANSWER)
def question_file(ref: str, message_ref: str) -> FileResponse:
    kept = queries.attached(queries.find(actor(), ref), message_ref)
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


def _of_partner(partner: SoftwarePartner) -> Made:
    """In one query."""
    return "integrations/desk_partner_questions.html", {
        "partner": partner,
        "questions": queries.latest_of(partner, 5),
        "words": words,
    }


parts.PARTNER_AT_DESK.append(_of_partner)
