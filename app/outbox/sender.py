"""Sending: claim a mail, render it once, hand it over, note what became of it.

At least once: a worker that dies between the server's "accepted" and our commit sends one mail again, under the same
Message-ID. Everything here may be done by several workers at the same time.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.crypto import encrypt
from app.core.db import db, write
from app.core.search import search_text
from app.outbox import mail as mails
from app.outbox import render
from app.outbox.mailer import Letter, Line
from app.outbox.models import MailAttempt, MailRow, MailState
from app.outbox.queue import Queue
from app.outbox.service import LinkNotRenewable
from app.settings import processes
from app.settings.models import vendor

LEASE = timedelta(minutes=3)
"""Longer than mailer.LETTER_TIMEOUT and everything around it."""

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 720, 720))
"""About two days in all."""

QUEUE = Queue(MailRow, LEASE, BACKOFF)


def owner_name() -> str:
    """A name for this worker, never the same twice."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def send_due(line: Line, owner: str, go_on: Callable[[], bool] = lambda: True) -> int:
    """Works through the mails that are due and tells how many it dealt with."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # the proxy ends with its context
    dealt = 0
    try:
        while go_on():
            with app.app_context():  # of its own for each mail: fresh settings, language and session
                QUEUE.take_back_expired()
                mail_id = claim(owner)
                if mail_id is None:
                    break
                _deal_with(mail_id, owner, line)
                dealt += 1
    finally:
        line.close()
    return dealt


def _may_leave() -> bool:
    """Without a mail server the demo shows its mails at the desk; a production installation keeps them waiting."""
    settings = current_app.config["GANGWAY"]
    return bool(settings.mail_url) or settings.demo


def _first_of_its_conversation() -> sa.ColumnElement[bool]:
    """No earlier mail of its conversation to the same reader is still under way."""
    earlier = aliased(MailRow)
    return ~sa.exists().where(
        earlier.conversation == MailRow.conversation,
        earlier.to_email == MailRow.to_email,
        earlier.id < MailRow.id,
        earlier.state.in_([MailState.QUEUED, MailState.SENDING]),
    )


def claim(owner: str) -> int | None:
    """Makes the next due mail this worker's own for the time of a lease; None when nothing is due."""
    if not _may_leave():
        return None
    return QUEUE.claim(owner, now(), _first_of_its_conversation())


def _deal_with(mail_id: int, owner: str, line: Line) -> None:
    row = db.session.get_one(MailRow, mail_id, populate_existing=True)
    kind = mails.registered().get(row.template)
    if kind is not None and not processes.runs(kind.__module__):
        _rest(row, owner)
        return
    rendered = render.stored(row)
    if rendered is None:
        try:
            _mint_late(row, owner)
            rendered = render.render(row)
        except SQLAlchemyError:
            raise  # the database's trouble, not the mail's
        except Exception as problem:
            _give_up(row, owner, problem)
            return
        if not _keep(row, owner, rendered):
            return
    if not current_app.config["GANGWAY"].mail_url:
        _finish(row, owner, "shown", "")
        return
    if row.lease_until is None or now() >= row.lease_until:
        return  # stood still for long: somebody else has it by now
    try:
        letter = _letter(row, rendered)
    except SQLAlchemyError:
        raise
    except Exception as problem:  # a link under a key that is gone: one mail's trouble, which must not stop the others
        _give_up(row, owner, problem)
        return
    db.session.commit()  # no transaction stays open while a mail server takes its time
    answer = line.send(letter)
    _finish(row, owner, answer.outcome, answer.detail)


def _mint_late(row: MailRow, owner: str) -> None:
    """The personal link of a mail that was queued without one.

    Raises:
        LinkNotRenewable: whoever it was for is gone.
    """
    mail = mails.load(row.template, row.args)
    if not mail.mints_late or row.secret:
        return
    with write():
        path = mail.renew(row)
        if path is None:
            raise LinkNotRenewable
        db.session.execute(QUEUE.mine(row, owner).values(secret=encrypt(path)))
    db.session.refresh(row, ["secret"])


RESTS = timedelta(hours=1)
"""How often a mail of a process that is switched off looks whether it is on again."""


def _rest(row: MailRow, owner: str) -> None:
    """Its process is switched off: nothing of it leaves, and nothing of it is lost."""
    with write():
        db.session.execute(
            QUEUE.mine(row, owner).values(
                state=MailState.QUEUED, lease_owner=None, lease_until=None, attempts=1, next_attempt_at=now() + RESTS
            )
        )


def _give_up(row: MailRow, owner: str, problem: Exception) -> None:
    _finish(row, owner, "unrenderable", f"{type(problem).__name__}: {problem}"[:1000])


def _keep(row: MailRow, owner: str, rendered: render.Rendered) -> bool:
    """Stores the words before they leave, so that a repeat says the same. False when the lease was lost."""
    with write():
        kept = db.session.execute(
            QUEUE.mine(row, owner)
            .values(
                subject=rendered.subject,
                text=rendered.text,
                html=rendered.html,
                calendar=rendered.calendar,
                search=search_text(row.to_email, row.to_name, rendered.subject),
            )
            .returning(MailRow.id)
        ).first()
    return kept is not None


def _letter(row: MailRow, rendered: render.Rendered) -> Letter:
    words = render.as_sent(row, rendered)
    us = vendor()
    mail = mails.load(row.template, row.args)
    return Letter(
        message_id=row.message_id,
        from_name=us.name,
        from_email=us.contact_email,  # R3: what arrives comes from the address that people know
        returns_to=us.sender_email,
        to_name=row.to_name,
        to_email=row.to_email,
        reply_to=row.reply_to if row.reply_to != us.contact_email else None,
        locale=row.locale,
        subject=words.subject,
        text=words.text,
        html=words.html,
        calendar=words.calendar,
        unsubscribe_url=render.unsubscribe_url(mail),
        attached=mail.attached(),
    )


def _finish(row: MailRow, owner: str, outcome: str, detail: str) -> None:
    """Notes the attempt and moves the mail on. What was accepted counts even when the lease was lost meanwhile."""
    state, values = _next(row, outcome)
    moment = now()
    problem = detail if state != MailState.SENT else None
    change = QUEUE.mine(row, owner)
    if outcome == "sent":
        change = QUEUE.unfinished(row)
        values |= {"sent_at": moment, "secret": None}
    with write():
        changed = db.session.execute(
            change.values(
                state=state,
                lease_owner=None,
                lease_until=None,
                last_error=problem,
                **values,
            ).returning(MailRow.id)
        ).first()
        db.session.add(MailAttempt(mail_id=row.id, at=moment, outcome=outcome, detail=detail))
    log = structlog.get_logger("outbox")
    tell = log.debug if outcome == "shown" else log.info  # nothing left the house
    tell("mail", mail=row.ref, template=row.template, outcome=outcome, attempt=row.attempts, late=changed is None)


def _next(row: MailRow, outcome: str) -> tuple[MailState, dict[str, object]]:
    match outcome:
        case "sent":
            return MailState.SENT, {}
        case "shown":
            return MailState.SHOWN, {}
        case "deferred" | "unreachable" if again := QUEUE.again_at(row):
            return MailState.QUEUED, {"next_attempt_at": again}
        case _:
            return MailState.FAILED, {}
