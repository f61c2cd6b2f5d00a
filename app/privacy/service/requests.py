"""What persons ask of their data, and what staff answer, within one month (GDPR articles 12, 15 to 17 and 21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from app.access import links
from app.access.links import Purpose
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, DomainError, FieldError
from app.core.i18n import _, _l, in_locale
from app.core.privacy import Kept
from app.history import words
from app.history.service import Actor, Visitor, record
from app.leads.models import Lead
from app.leads.service import decision
from app.outbox.mail import Mail, Recipient
from app.outbox.models import MailRow
from app.outbox.service import post
from app.people.models import Person
from app.privacy.emails import (
    PrivacyErased,
    PrivacyRequestAnswered,
    PrivacyRequestAsked,
    PrivacyRequestExtended,
    PrivacyRequestReceived,
)
from app.privacy.models import AskedFor, CameBy, Erasure, PrivacyRequest, PrivacyState
from app.privacy.queries.requests import OPEN, Asker, copy_until, language_of
from app.privacy.service.erasing import begin_erasure, erased
from app.privacy.service.looking import look_within
from app.privacy.service.walk import Tally
from app.privacy.sources import holding_of, holdings
from app.settings.models import vendor

words.name(
    {
        "privacy_request.asked": _l("The request came in"),
        "privacy_request.added_to": _l("The person added to the request"),
        "privacy_request.withdrawn": _l("The person withdrew the request"),
        "privacy_request.extended": _l("The deadline was extended"),
        "privacy_request.granted": _l("The request was granted"),
        "privacy_request.erasing": _l("The erasure was agreed to"),
        "privacy_request.overtaken": _l("The request ended, because the person is being erased"),
        "privacy_request.refused": _l("The request was refused"),
        "privacy_request.copy_sent": _l("The link to the copy was sent again"),
        "privacy_request.copy_fetched": _l("The person fetched the copy"),
    }
)

MONTHS = 1
MORE_MONTHS = 2
"""By which the deadline may be extended once, with the reason (article 12(3))."""

COPY_LINKS_A_DAY = 3


class RequestMovedOn(Conflict):
    """Somebody answered it, or the person withdrew it, meanwhile."""


class NothingReady(DomainError):
    """There is no copy to fetch, or its time is over."""


@dataclass(frozen=True)
class Filed:
    """A request that reached staff by mail, phone or letter."""

    email: str
    name: str
    locale: str
    """Empty when nobody said: the person's own then, as far as it is known."""
    country: str
    asked_for: AskedFor
    text: str
    came_by: CameBy
    received_at: datetime


def deadline(since: datetime, months: int = MONTHS) -> datetime:
    """The end of the working hours of the same day so many months later, at the vendor's."""
    zone = ZoneInfo(vendor().timezone)
    return datetime.combine((since.astimezone(zone) + relativedelta(months=months)).date(), time(17, 0), zone)


def ask(asker: Asker, asked_for: AskedFor, text: str) -> PrivacyRequest:
    """The person asks on the private page. As long as a request of the same kind is open, whatever is sent again joins
    it: new words are added, the same words change nothing.

    Raises:
        FieldError: a correction without saying what is wrong.
    """
    _need_words(asked_for, text)
    return _take(
        Filed(asker.email, asker.name, asker.locale, asker.country, asked_for, text.strip(), CameBy.PAGE, now()),
        asker.notice_id,
        None,
    )


def file(filed: Filed, by: Person) -> PrivacyRequest:
    """Staff write down a request that came otherwise; the month counts from the day on which it was received.

    Raises:
        FieldError: a correction without saying what is wrong, or a day that has not come yet.
    """
    _need_words(filed.asked_for, filed.text)
    if filed.received_at > now():
        raise FieldError("received_on", _l("This day has not come yet"))
    return _take(filed, None, by)


def _need_words(asked_for: AskedFor, text: str) -> None:
    if asked_for == AskedFor.CORRECTION and not text.strip():
        raise FieldError("text", _l("Say what is wrong, and what it should be"))


def _take(filed: Filed, notice_id: int | None, by: Person | None) -> PrivacyRequest:
    who: Actor | Visitor = by or Visitor()
    with write():
        lock_named(f"privacy request:{filed.email}")
        there = db.session.scalar(
            sa.select(PrivacyRequest)
            .where(
                PrivacyRequest.email == filed.email,
                PrivacyRequest.asked_for == filed.asked_for,
                PrivacyRequest.state.in_(OPEN),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if there is not None:
            if filed.text and filed.text not in (there.text or ""):
                there.text = "\n\n".join(part for part in (there.text, filed.text) if part)
                there.version += 1
                record(there, "privacy_request.added_to", who)
            return there
        request = PrivacyRequest(
            asked_for=filed.asked_for.value,
            state=PrivacyState.OPEN,
            email=filed.email,
            name=filed.name,
            locale=filed.locale or language_of(filed.email),
            country=filed.country,
            came_by=filed.came_by.value,
            text=filed.text or None,
            notice_id=notice_id,
            filed_by_id=by.id if by else None,
            answer_by=deadline(filed.received_at),
            created_at=filed.received_at,
            extended_at=None,
            decided_at=None,
        )
        db.session.add(request)
        db.session.flush()
        record(request, "privacy_request.asked", who, {"asked_for": (None, request.asked_for)})
        answer_by = _day(request.answer_by)
        _write_to(request, PrivacyRequestReceived(request.ref, request.asked_for, answer_by))
        own = vendor()
        post(
            PrivacyRequestAsked(request.ref, request.asked_for, answer_by),
            Recipient(own.contact_email, own.name, own.default_locale),
            conversation=_conversation(request),
        )
    return request


def withdraw(request_id: int) -> PrivacyRequest:
    """The person does not need it any more. Withdrawing twice does nothing more.

    Raises:
        RequestMovedOn: it was answered meanwhile, or its erasure is under way.
    """
    with write():
        request = lock(PrivacyRequest, request_id)
        if request.state == PrivacyState.WITHDRAWN:
            return request
        if request.state != PrivacyState.OPEN:
            raise RequestMovedOn(_l("This request has been answered meanwhile."))
        _end(request, PrivacyState.WITHDRAWN, None, "privacy_request.withdrawn", Visitor())
    return request


# --- staff ------------------------------------------------------------------------------------------------------------


def extend(request_id: int, version: int, reason: str, by: Person) -> PrivacyRequest:
    """Once, by two months, with the reason, which the person gets.

    Raises:
        FieldError: there is no reason.
        RequestMovedOn: it was answered, withdrawn or extended since `version`.
    """
    if not reason.strip():
        raise FieldError("reason", _l("Enter the reason. The person reads it."))
    with write():
        request = _open(request_id, version)
        if request.extended_at is not None:
            raise RequestMovedOn(_l("The deadline of this request was extended already. That is possible once."))
        before = request.answer_by
        request.extended_at, request.extension = now(), reason.strip()
        request.answer_by = deadline(request.created_at, MONTHS + MORE_MONTHS)
        request.version += 1
        record(
            request,
            "privacy_request.extended",
            by,
            {"answer_by": (before.isoformat(), request.answer_by.isoformat())},
        )
        mail = PrivacyRequestExtended(
            request.ref, request.asked_for, request.extension, _day(request.answer_by), request.country
        )
        _write_to(request, mail)
    return request


def refuse(request_id: int, version: int, reason: str, by: Person) -> PrivacyRequest:
    """With the reason, and the right to complain, in the mail (article 12(4)).

    Raises:
        FieldError: there is no reason.
        RequestMovedOn: it was answered, withdrawn or extended since `version`.
    """
    if not reason.strip():
        raise FieldError("answer", _l("Enter the reason. The person reads it."))
    with write():
        request = _open(request_id, version)
        _answer(request, PrivacyState.REFUSED, reason, by)
    return request


def grant(request_id: int, version: int, answer: str, by: Person) -> PrivacyRequest:
    """A copy is offered on the private page, by a link sent to the address now; a correction was made.

    Raises:
        RequestMovedOn: it was answered, withdrawn or extended since `version`.
    """
    with write():
        request = _open(request_id, version)
        _answer(request, PrivacyState.GRANTED, answer, by)
    return request


def begin_erasing(request_id: int, version: int, answer: str, by: Person) -> PrivacyRequest:
    """The worker erases the person; the mail with the outcome follows by itself. Whatever else they asked ends.

    Raises:
        CannotErase: the person is still needed; the message says what to do first.
        RequestMovedOn: it was answered, withdrawn or extended since `version`.
    """
    with write():
        request = _open(request_id, version)
        others = sa.select(PrivacyRequest).where(
            PrivacyRequest.email == request.email,
            PrivacyRequest.state == PrivacyState.OPEN,
            PrivacyRequest.id != request.id,
        )
        for other in db.session.scalars(others.order_by(PrivacyRequest.id).with_for_update()).all():
            _end(other, PrivacyState.WITHDRAWN, by.id, "privacy_request.overtaken", by)
        request.answer = answer.strip() or None
        request.decided_at, request.decided_by_id = now(), by.id
        begin_erasure(request.email, by, request)
        request.version += 1
        record(request, "privacy_request.erasing", by, {"state": (PrivacyState.OPEN, PrivacyState.ERASING)})
    return request


@erased.connect
def _tell_erased(erasure: Erasure, *, to: Recipient, request: PrivacyRequest | None) -> None:
    """The erasure is through, inside its last `write()`: whoever asked gets the outcome, and is forgotten then."""
    if request is None:
        return
    record(request, "privacy_request.granted", None, {"state": (PrivacyState.ERASING, PrivacyState.GRANTED)})
    with in_locale(to.locale):
        gone, stays = outcome_lines(request)
    mail = PrivacyErased(request.ref, request.answer or "", request.country, gone, stays)
    post(mail, to, conversation=_conversation(request))


def outcome_lines(request: PrivacyRequest) -> tuple[list[str], list[str]]:
    """What an erasure erased, and what stays and why, in the language spoken now."""
    outcome = request.outcome or {}
    names = {holding.kind.code: holding.kind.name for holding in holdings()}
    gone = [
        _("%(what)s: %(count)s", what=names.get(code, code), count=count)
        for code, count in sorted(outcome.get("erased", {}).items())
    ]
    stays = []
    for place in sorted(outcome.get("kept", {})):
        table, _dot, column = place.partition(".")
        held = holding_of(table)
        reason = held.stays[column]
        stays.append(_("%(what)s: %(why)s %(until)s", what=held.kind.name, why=reason.why, until=reason.until))
    return gone, list(dict.fromkeys(stays))


@dataclass(frozen=True)
class Foreseen:
    """What an erasure would do to one kind of data."""

    what: str
    records: int
    stays: list[str]


def foreseen(request: PrivacyRequest, by: Person) -> list[Foreseen] | None:
    """What erasing this person would mean, place by place; None while it is still being counted."""
    looked = look_within(request.email, by)
    if not looked.is_over:
        return None
    by_kind: dict[str, Foreseen] = {}
    for tally in looked.tallies:
        kind = tally.holding.kind
        before = by_kind.get(kind.code, Foreseen(str(kind.name), 0, []))
        stays = [_("%(why)s %(until)s", why=kept.why, until=kept.until) for kept in _stays(tally)]
        by_kind[kind.code] = Foreseen(
            before.what, before.records + tally.found, list(dict.fromkeys([*before.stays, *stays]))
        )
    return list(by_kind.values())


def _stays(tally: Tally) -> list[Kept]:
    return [tally.holding.stays[column] for column in tally.kept if column in tally.holding.stays]


def stop_processing(
    request_id: int, version: int, leads: Iterable[str], told: str, answer: str, by: Person
) -> PrivacyRequest:
    """An objection is heeded: these open leads are closed, and their resellers learn the reason.

    Raises:
        FieldError: leads are to be closed without a word to their resellers.
        RequestMovedOn: the request was answered, withdrawn or extended since `version`, or a lead moved on.
    """
    refs = sorted(set(leads))
    if refs and not told.strip():
        raise FieldError("told", _l("Enter the reason. The reseller reads it."))
    with write():
        found = db.session.scalars(sa.select(Lead).where(Lead.ref.in_(refs)).order_by(Lead.company_key, Lead.id)).all()
        for lead in found:
            try:
                decision.close(decision.held(lead.id, lead.version), told.strip(), by)
            except Conflict as moved:
                raise RequestMovedOn(moved.message) from moved
        request = _open(request_id, version)
        _answer(request, PrivacyState.GRANTED, answer, by)
    return request


def send_copy_link(request_id: int) -> PrivacyRequest:
    """A fresh link to the copy, to the address of the request; at most a few a day.

    Raises:
        NothingReady: no copy is offered.
    """
    with write():
        request = lock(PrivacyRequest, request_id)
        until = copy_until(request)
        if until is None:
            raise NothingReady(_l("There is no copy to fetch any more. Please ask for a new one."))
        sent = db.session.scalar(
            sa.select(sa.func.count()).where(
                MailRow.to_email == request.email,
                MailRow.template == PrivacyRequestAnswered.template,
                MailRow.created_at > now() - relativedelta(days=1),
            )
        )
        if (sent or 0) < COPY_LINKS_A_DAY:
            record(request, "privacy_request.copy_sent", Visitor())
            _write_to(request, _answered(request))
    return request


def note_fetched(request_id: int) -> None:
    """The person took the copy."""
    with write():
        record(lock(PrivacyRequest, request_id), "privacy_request.copy_fetched", Visitor())


def _open(request_id: int, version: int) -> PrivacyRequest:
    request = lock(PrivacyRequest, request_id)
    if request.state != PrivacyState.OPEN or request.version != version:
        raise RequestMovedOn(_l("Something else happened to this request meanwhile. Look at it again."))
    return request


def _answer(request: PrivacyRequest, state: PrivacyState, answer: str, by: Person) -> None:
    request.answer = answer.strip() or None
    _end(request, state, by.id, f"privacy_request.{state}", by)
    _write_to(request, _answered(request))


def _end(request: PrivacyRequest, state: PrivacyState, by_id: int | None, verb: str, who: Actor | Visitor) -> None:
    before = request.state
    request.state = state
    request.decided_at, request.decided_by_id = now(), by_id
    request.version += 1
    record(request, verb, who, {"state": (before, state)})


def _answered(request: PrivacyRequest) -> PrivacyRequestAnswered:
    return PrivacyRequestAnswered(
        request.ref,
        request.asked_for,
        granted=request.state == PrivacyState.GRANTED,
        answer=request.answer or "",
        country=request.country,
        copy_until=copy_until(request),
    )


def _write_to(request: PrivacyRequest, mail: Mail) -> None:
    """To the person, with a link to the private page; the one to a copy proves that the address is still theirs."""
    payload: dict[str, Any] | None = {"copy": True} if getattr(mail, "copy_until", None) else None
    _link, path = links.mint(Purpose.PRIVACY_REQUEST, request.id, payload)
    to = Recipient(request.email, request.name, request.locale)
    post(mail, to, conversation=_conversation(request), secret_link=path)


def _conversation(request: PrivacyRequest) -> str:
    return f"privacy:{request.ref}"


def _day(moment: datetime) -> Any:
    return moment.astimezone(ZoneInfo(vendor().timezone)).date()
