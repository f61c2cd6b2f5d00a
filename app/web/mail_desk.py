"""Mail at the desk: what was sent, what waits, what failed, and the mail itself as it arrives."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, make_response, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import csp
from app.core.crypto import KeyMissing
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, ngettext
from app.core.tables import table_response
from app.outbox import pause, pausing, queries, render, service
from app.outbox.models import MailRow, MailState
from app.outbox.queries import Box

blueprint = Blueprint("outbox_desk", __name__, url_prefix="/desk/mail")

BOX_NAMES = {
    Box.FAILED: _l("Failed or returned"),
    Box.WAITING: _l("Waiting"),
    Box.SENT: _l("Sent"),
    Box.SET_ASIDE: _l("Set aside"),
}

STATES: dict[MailState, tuple[str, Any, str]] = {
    MailState.QUEUED: ("wait", _l("Waiting to be sent"), ""),
    MailState.SENDING: ("wait", _l("Being sent"), ""),
    MailState.SENT: ("done", _l("Sent"), "done"),
    MailState.SHOWN: ("done", _l("Shown here only"), "done"),
    MailState.FAILED: ("flag", _l("Not delivered"), "act"),
    MailState.BOUNCED: ("flag", _l("Came back"), "act"),
    MailState.SET_ASIDE: ("no", _l("Set aside"), "done"),
}
"""Glyph, words and tone of each state."""

OUTCOMES = {
    "sent": _l("The mail server accepted it."),
    "shown": _l("There is no mail server, so it is shown here."),
    "deferred": _l("The mail server asked to try again later."),
    "unreachable": _l("The mail server could not be reached."),
    "refused": _l("The mail server refused it."),
    "unrenderable": _l("The mail could not be written."),
    "bounced": _l("It came back."),
}


@blueprint.get("")
@requires(P.MAIL_READ)
def mails() -> Response:
    box = _box(request.args.get("state", ""))
    q = request.args.get("q", "")[:200]
    counts = queries.counts()
    tabs = [{"label": _("All"), "url": url_for(".mails"), "current": box is None}]
    tabs += [
        {
            "label": name,
            "url": url_for(".mails", state=one.value),
            "current": box is one,
            "count": counts.get(one) or None,
        }
        for one, name in BOX_NAMES.items()
    ]
    return render_page(
        "outbox/mails.html",
        fragment="outbox/_rows.html",
        found=queries.page(box, q, request.args.get("cursor")),
        tabs=tabs,
        box=box,
        q=q,
        states=STATES,
        no_server=_no_server(),
        **_pausing(),
    )


def _pausing() -> dict[str, Any]:
    """For the notice on top: the pause, and how many mails waited when the backup was made."""
    standing = pause.standing()
    return {"pause": standing, "old": pausing.old_waiting(standing) if standing else 0}


@blueprint.post("/pauses/<int:id>/end")
@requires(P.SETTINGS_MANAGE)
def release(id: int) -> Response:
    """Lets mails leave again: all of them, or without those that waited when the backup was made."""
    count = pausing.release(id, actor(), set_aside_old=request.form.get("old") == "set-aside")
    said = _("Mails leave again.")
    if count:
        said = ngettext(
            "Mails leave again. %(num)s mail was set aside.", "Mails leave again. %(num)s mails were set aside.", count
        )
    flash(said, "done")
    return redirect_see_other(url_for(".mails", state="set-aside" if count else None))


@blueprint.get("/mail.<any(csv, xlsx):format>")
@requires(P.MAIL_READ)
def mails_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Written"),
        _("Name"),
        _("E-mail address"),
        _("Subject"),
        _("State"),
        _("Attempts"),
        _("Sent"),
    ]
    rows = queries.everything(_box(request.args.get("state", "")), request.args.get("q", "")[:200])
    return table_response(format, _("mail"), header, (_columns(row) for row in rows))


def _columns(row: MailRow) -> list[Any]:
    return [
        row.ref,
        row.created_at,
        row.to_name,
        row.to_email,
        row.subject,
        STATES[MailState(row.state)][1],
        row.attempts,
        row.sent_at,
    ]


@blueprint.get("/<ref>")
@requires(P.MAIL_READ)
def mail(ref: str) -> Response:
    row = queries.by_ref(ref)
    return render_page(
        "outbox/mail.html",
        row=row,
        words=_words(row),
        kin=queries.resends_of(row),
        states=STATES,
        outcomes=OUTCOMES,
        no_server=_no_server(),
    )


@blueprint.get("/<ref>/html")
@requires(P.MAIL_READ)
def body(ref: str) -> Response:
    """The HTML as the recipient's program shows it, for the frame on the mail's page."""
    words = _words(queries.by_ref(ref))
    if words.html is None:
        raise NotFound
    # Links open beside the desk: inside the frame they would be refused.
    html = words.html.replace("<title>", '<base target="_blank"><title>', 1)
    return csp.framed_mail(make_response(html, 200, {"Content-Type": "text/html; charset=utf-8"}))


@blueprint.post("/<ref>/resending")
@requires(P.MAIL_RESEND)
def resend(ref: str) -> Response:
    old = queries.by_ref(ref)
    new = service.resend(old.id, actor())
    flash(_("The mail was queued once more."), "done")
    return redirect_see_other(url_for(".mail", ref=new.ref))


@blueprint.post("/<ref>/setting-aside")
@requires(P.MAIL_RESEND)
def set_aside(ref: str) -> Response:
    row = queries.by_ref(ref)
    service.set_aside(row.id, actor())
    undo = url_for(".take_up_again", ref=row.ref)
    flash({"text": _("The mail was set aside."), "undo_url": undo}, "done")  # type: ignore[arg-type] # see flashes()
    return redirect_see_other(url_for(".mail", ref=row.ref))


@blueprint.post("/<ref>/taking-up")
@requires(P.MAIL_RESEND)
def take_up_again(ref: str) -> Response:
    row = queries.by_ref(ref)
    service.take_up_again(row.id, actor())
    flash(_("The mail waits for a decision again."), "done")
    return redirect_see_other(url_for(".mail", ref=row.ref))


@dataclass(frozen=True)
class Words:
    """What the desk shows of a mail. `problem` says why there is nothing to show."""

    subject: str = ""
    text: str | None = None
    html: str | None = None
    calendar: str | None = None
    problem: str = ""
    link_hidden: bool = False


def _words(row: MailRow) -> Words:
    """The stored words, or, while it waits for its first try, the words it will have. The personal link in them is
    for its recipient; only the demo, where nobody else gets the mail, shows it."""
    rendered = render.stored(row)
    if rendered is None:
        try:
            rendered = render.render(row)
        except Exception as problem:  # whatever keeps the worker from rendering it is what staff should read
            return Words(problem=f"{type(problem).__name__}: {problem}"[:500])
    carries_link = render.placeholder(row) in rendered.text + rendered.html
    if carries_link and row.secret and current_app.config["GANGWAY"].demo:
        with suppress(KeyMissing):
            rendered = render.as_sent(row, rendered)
            carries_link = False
    if carries_link:
        rendered = render.without_link(row, rendered, _("[personal link, hidden]"))
    return Words(rendered.subject, rendered.text, rendered.html, rendered.calendar, link_hidden=carries_link)


def _box(text: str) -> Box | None:
    with suppress(ValueError):
        return Box(text)
    return None


def _no_server() -> bool:
    return not current_app.config["GANGWAY"].mail_url
