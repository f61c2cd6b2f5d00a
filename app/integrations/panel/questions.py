"""Questions of a software partner in its panel: the list, a new one, and a thread (S2)."""

from __future__ import annotations

from flask import Response as FileResponse
from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.limits import limiter
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.integrations import parts, words
from app.integrations.forms.questions import QuestionForm, ReplyForm
from app.integrations.models import Question, QuestionState, SoftwarePartner
from app.integrations.panel import blueprint
from app.integrations.parts import Made
from app.integrations.queries import questions as queries
from app.integrations.queries.partners import partner_of
from app.integrations.service import questions as service

PER_MINUTE = "20 per minute"
"""Each message mails somebody."""


@blueprint.get("/questions")
@requires(P.SOFTWARE_PANEL)
def questions() -> Response:
    partner = partner_of(actor())
    closed, q = _asked()
    query = queries.of_partner(partner, closed=closed, q=q)
    cursor = request.args.get("cursor")
    return render_page(
        "integrations/panel_questions.html",
        fragment="integrations/_panel_question_rows.html",
        page=page_of(query, Question.last_at, Question.id, descending=True, cursor=cursor),
        count=capped_count(query.with_only_columns(Question.id)),
        closed=closed,
        q=q,
        words=words,
    )


@blueprint.get("/questions/questions.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def questions_file(format: str) -> Response:
    closed, q = _asked()
    query = queries.of_partner(partner_of(actor()), closed=closed, q=q)
    header = [_("Reference"), _("What it is about"), _("State"), _("Who answers"), _("Asked on"), _("Last message")]
    rows = (
        [
            each.ref,
            each.subject,
            words.QUESTIONS_IN_PANEL[each.state],
            each.expert.name if each.expert else "",
            each.created_at,
            each.last_at,
        ]
        for each in everything_of(query, Question.last_at, Question.id, descending=True)
    )
    return table_response(format, _("questions"), header, rows)


def _asked() -> tuple[bool, str]:
    return request.args.get("tab") == "closed", request.args.get("q", "")[:200]


@blueprint.route("/questions/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
@limiter.limit(PER_MINUTE, methods=["POST"])
def new_question() -> Response:
    partner = partner_of(actor())
    form = QuestionForm.blank()
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.ask(partner.id, form.subject.data, form.to_details(), actor(), of_vendor=False)
        if saved:
            flash(_("Your question was sent. You get a mail when we answer."), "done")
            return redirect_see_other(url_for(".question", ref=made.ref))
    return render_page("integrations/panel_question_new.html", form=form, days=service.ANSWERED_IN, status=form.status)


@blueprint.get("/questions/<ref>")
@requires(P.SOFTWARE_PANEL)
def question(ref: str) -> Response:
    partner = partner_of(actor())
    found = queries.own(partner, ref)
    return _page(partner, found, ReplyForm.unsent(queries.count_of(found)))


def _page(partner: SoftwarePartner, found: Question, form: ReplyForm, refused: Conflict | None = None) -> Response:
    return render_page(
        "integrations/panel_question.html",
        partner=partner,
        question=found,
        page=queries.messages(found, request.args.get("cursor")),
        form=form,
        days=service.ANSWERED_IN,
        refused=refused.message if refused else "",
        status=refused.status if refused else form.status,
    )


@blueprint.post("/questions/<ref>/messages")
@requires(P.SOFTWARE_PANEL)
@limiter.limit(PER_MINUTE)
def reply(ref: str) -> Response:
    partner = partner_of(actor())
    found = queries.own(partner, ref)
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.reply(found.id, form.seen, form.to_details(), actor(), of_vendor=False)
            if saved:
                flash(_("Your message was sent."), "done")
                return redirect_see_other(url_for(".question", ref=ref))
        except Conflict as conflict:
            found = queries.own(partner, ref)
            form.overtaken(conflict, queries.count_of(found))
    return _page(partner, found, form)


@blueprint.post("/questions/<ref>/closing")
@requires(P.SOFTWARE_PANEL)
def close_question(ref: str) -> Response:
    partner = partner_of(actor())
    found = queries.own(partner, ref)
    try:
        service.close(found.id, number_in(request.form.get("version"), -1), actor())
    except Conflict as refused:
        found = queries.own(partner, ref)
        return _page(partner, found, ReplyForm.unsent(queries.count_of(found)), refused)
    flash(_("The question is closed. Write again, and it is open again."), "done")
    return redirect_see_other(url_for(".question", ref=ref))


@blueprint.post("/questions/<ref>/reopening")
@requires(P.SOFTWARE_PANEL)
def reopen_question(ref: str) -> Response:
    found = queries.own(partner_of(actor()), ref)
    service.reopen(found.id, actor(), of_vendor=False)
    flash(_("The question is open again."), "done")
    return redirect_see_other(url_for(".question", ref=ref))


@blueprint.get("/questions/<ref>/messages/<message_ref>/file")
@requires(P.SOFTWARE_PANEL)
def question_file(ref: str, message_ref: str) -> FileResponse:
    kept = queries.attached(queries.own(partner_of(actor()), ref), message_ref)
    return attachment(kept.key, kept.filename, kept.content_type, kept.size)


def _in_panel(partner: SoftwarePartner) -> Made:
    """In one query: what is open, at home."""
    open_ones = [one for one in queries.latest_of(partner, 5) if one.state != QuestionState.CLOSED]
    return "integrations/panel_questions_part.html", {"questions": open_ones, "words": words}


parts.PARTNER_IN_PANEL.append(_in_panel)
