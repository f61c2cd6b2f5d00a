"""Requests in words: their kinds and states, for the person and for staff, and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _, _l, format_date, format_period
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.leads import disclosure
from app.people.queries import names_of
from app.privacy.models import AskedFor, PrivacyRequest, PrivacyState, RetentionPeriod
from app.privacy.sources import rules

KINDS: Mapping[str, Any] = {
    AskedFor.COPY: _l("Copy of the data"),
    AskedFor.CORRECTION: _l("Correction"),
    AskedFor.ERASURE: _l("Erasure"),
    AskedFor.OBJECTION: _l("Objection"),
}

STATES: Mapping[str, Any] = {
    PrivacyState.OPEN: _l("Open"),
    PrivacyState.ERASING: _l("Being erased"),
    PrivacyState.GRANTED: _l("Fulfilled"),
    PrivacyState.REFUSED: _l("Refused"),
    PrivacyState.WITHDRAWN: _l("Withdrawn"),
}

GLYPHS: Mapping[str, str] = {
    PrivacyState.OPEN: "wait",
    PrivacyState.ERASING: "wait",
    PrivacyState.GRANTED: "done",
    PrivacyState.REFUSED: "no",
    PrivacyState.WITHDRAWN: "no",
}


@dataclass(frozen=True)
class Said:
    """A state as a mark and a sentence."""

    glyph: str
    word: Any
    tone: str
    text: str


def to_person(request: PrivacyRequest) -> Said:
    """Where a request stands, for whoever asked."""
    glyph = GLYPHS[request.state]
    match request.state:
        case PrivacyState.OPEN:
            text = _("You hear from us by %(date)s.", date=format_date(request.answer_by))
            return Said(glyph, _l("Being looked at"), "ours", text)
        case PrivacyState.ERASING:
            return Said(glyph, STATES[request.state], "ours", _("This takes a few minutes."))
        case _:
            day = format_date(request.decided_at or request.created_at)
            tone = "done" if request.state == PrivacyState.GRANTED else ""
            return Said(glyph, STATES[request.state], tone, _("On %(date)s.", date=day))


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """The history of a request, newest first."""
    found = list(entries)
    names = names_of(entry.actor_id for entry in found)
    return [
        Told(
            entry.at,
            names.get(entry.actor_id, _("A person who was erased"))
            if entry.actor_id
            else _("Automatically")
            if entry.actor_kind == "system"
            else _("The person"),
            words.of(entry.verb),
            [],
            entry.verb not in ("privacy_request.added_to", "privacy_request.copy_sent"),
        )
        for entry in found
    ]


CONTACTS = ("closed_leads", "submissions", "network_addresses", "closed_accounts", "mail_words")
"""Rules of retention under which a contact person's details go."""


def periods() -> list[str]:
    """How long the details of a contact person are kept, by the rules that hold here."""
    chosen: dict[str, int] = dict(db.session.execute(sa.select(RetentionPeriod.rule, RetentionPeriod.days)).all())
    return [
        _(
            "%(what)s. Kept for: %(period)s. Counts from: %(since)s.",
            what=rule.name,
            period=format_period(chosen.get(rule.code, rule.days)),
            since=rule.since,
        )
        for rule in rules()
        if rule.code in CONTACTS
    ]


disclosure.PERIODS.append(periods)
