"""What pages tell of a billing detail: its state in a sentence, how often it is invoiced, its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail, BillingPause, PeriodState
from app.catalogue.words import period_name
from app.core.db import db
from app.core.i18n import _, _l, format_date
from app.core.money import rate_written, written
from app.history import words
from app.history.models import HistoryEntry, HistoryValue
from app.history.service import entries_of
from app.history.words import Told
from app.partners.models import Reseller
from app.people.models import Organisation
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "billing_detail.added": _l("Billing detail added"),
    "billing_detail.edited": _l("Details changed"),
    "billing_detail.price_changed": _l("Another price was agreed"),
    "billing_detail.paused": _l("Paused"),
    "billing_detail.resumed": _l("A pause was ended"),
    "billing_detail.ended": _l("An end was set"),
    "billing_detail.reopened": _l("The end was taken away"),
    "billing_detail.taken_over": _l("Periods invoiced elsewhere were taken over"),
    "billing_detail.past_is_due": _l("Checked: the past periods were not invoiced elsewhere"),
    "billing_detail.moved": _l("Moved to another account, because two accounts were merged"),
    "billing_detail.removed": _l("Billing detail removed"),
    "hand_over.made": _l("Handed over to invoicing"),
    "hand_over.taken_back": _l("Hand-over taken back"),
}
words.name(VERBS)

PERIOD_STATES: Mapping[str, tuple[str, Any]] = {
    PeriodState.HANDED_OVER: ("done", _l("Handed over")),
    PeriodState.INVOICED: ("done", _l("Invoiced")),
    PeriodState.TAKEN_OVER: ("done", _l("Invoiced elsewhere")),
    "paused": ("no", _l("Left out: paused")),
    "due": ("flag", _l("Due now")),
    "coming": ("open", _l("To come")),
}
"""Glyph and word."""

_FIELDS: Mapping[str, Any] = {
    "text": _l("Text on the invoice"),
    "net": _l("Net amount of one period"),
    "currency": _l("Currency"),
    "vat_rate": _l("VAT rate"),
    "months": _l("How often it is invoiced"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day on which a period may begin"),
    "reseller_id": _l("Credited reseller"),
    "account": _l("Account"),
}


@dataclass(frozen=True)
class Said:
    """A state for a glyph and for a sentence, and what happens next."""

    code: str
    """running, paused, ended."""
    glyph: str
    word: str
    text: str
    next: str = ""
    tone: str = ""


def said(detail: BillingDetail, day: date) -> Said:
    """The state of a detail with its pauses; `day` is today at the vendor's."""
    pause = pause_on(detail, day)
    if pause is not None:
        text = (
            _("Paused from %(date)s; nobody said until when.", date=format_date(pause.from_on))
            if pause.until_on is None
            else _(
                "Paused from %(date)s until %(end)s.", date=format_date(pause.from_on), end=format_date(pause.until_on)
            )
        )
        return Said("paused", "wait", _("Paused"), text, _next(detail, day))
    if detail.next_on is None:
        return Said("ended", "no", _("Ended"), _ended(detail), "", "done")
    if detail.next_on <= day:
        text = _("A period is due since %(date)s.", date=format_date(detail.next_on))
        return Said(
            "running", "flag", _("Due now"), text, _("It goes over to invoicing with the next hand-over."), "act"
        )
    word = _("Running") if detail.starts_on <= day else _("Not begun")
    return Said("running", "open", word, _next(detail, day))


def pause_on(detail: BillingDetail, day: date) -> BillingPause | None:
    """The pause that holds on this day, if any."""
    return next(
        (
            pause
            for pause in detail.pauses
            if pause.from_on <= day and (pause.until_on is None or day <= pause.until_on)
        ),
        None,
    )


def _next(detail: BillingDetail, day: date) -> str:
    if detail.next_on is None:
        return _("Nothing is invoiced until somebody ends the pause.")
    if detail.next_on <= day:
        return _("A period is due since %(date)s.", date=format_date(detail.next_on))
    return _("The next period is due on %(date)s.", date=format_date(detail.next_on))


def _ended(detail: BillingDetail) -> str:
    if detail.months == 0:
        return _("This was to be invoiced once, and that is done.")
    if detail.ends_on is not None:
        return _("Ended: no period begins after %(date)s.", date=format_date(detail.ends_on))
    return _("No further period is to be invoiced.")


# --- history ----------------------------------------------------------------------------------------------------------


def history_of(detail: BillingDetail) -> list[Told]:
    """Newest first, in at most four queries."""
    entries = entries_of(detail)
    names = names_of(entry.actor_id for entry in entries)
    resellers = _reseller_names(entries)
    return [
        Told(
            entry.at,
            names.get(entry.actor_id or 0, "") if entry.actor_id else _("Automatically"),
            _text(entry),
            [] if entry.verb == "billing_detail.added" else _changes(entry, detail, resellers),
            entry.verb != "billing_detail.edited",
        )
        for entry in entries
    ]


def _text(entry: HistoryEntry) -> str:
    """What happened, with its days."""
    day = {
        value.field: format_date(date.fromisoformat(value.new or value.old))
        for value in entry.values
        if value.field in _DAYS and (value.new or value.old)
    }
    match entry.verb:
        case "billing_detail.price_changed" if "from_on" in day:
            return _("Another price was agreed for periods from %(date)s on", date=day["from_on"])
        case "billing_detail.paused" if "until_on" in day:
            return _("Paused from %(date)s until %(end)s", date=day["from_on"], end=day["until_on"])
        case "billing_detail.paused" if "from_on" in day:
            return _("Paused from %(date)s, with no end yet", date=day["from_on"])
        case "billing_detail.resumed" if "resumed_on" in day:
            return _("The pause was ended: invoiced again from %(date)s on", date=day["resumed_on"])
        case "billing_detail.taken_over" if "first" in day and "last" in day:
            return _(
                "Taken over as invoiced elsewhere: the periods that begin from %(date)s to %(end)s",
                date=day["first"],
                end=day["last"],
            )
    return str(VERBS.get(entry.verb, entry.verb))


_DAYS = ("from_on", "until_on", "resumed_on", "first", "last")
"""Values that belong to the sentence and are no change."""


def _reseller_names(entries: list[HistoryEntry]) -> dict[int, str]:
    ids = {
        number
        for entry in entries
        for value in entry.values
        if value.field == "reseller_id"
        for number in (value.old, value.new)
        if isinstance(number, int)
    }
    if not ids:
        return {}
    rows = db.session.execute(
        sa.select(Reseller.id, Organisation.name).join(Reseller.organisation).where(Reseller.id.in_(ids))
    )
    return {id: name for id, name in rows}  # noqa: C416 - rows are no pairs to the type checker


def _changes(entry: HistoryEntry, detail: BillingDetail, resellers: Mapping[int, str]) -> list[tuple[Any, Any, Any]]:
    return [
        (_FIELDS[value.field], _shown(value, value.old, detail, resellers), _shown(value, value.new, detail, resellers))
        for value in entry.values
        if value.field in _FIELDS
    ]


def _shown(value: HistoryValue, kept: Any, detail: BillingDetail, resellers: Mapping[int, str]) -> Any:
    if value.erased_at is not None:
        return _("erased")
    match value.field:
        case "reseller_id":
            return _("Nobody: sold directly") if kept is None else resellers.get(kept, str(kept))
        case _field if kept is None:
            return None
        case "net":
            return written(Decimal(kept), detail.currency)
        case "vat_rate":
            return rate_written(Decimal(kept))
        case "months":
            return period_name(int(kept))
        case "starts_on" | "ends_on":
            return format_date(date.fromisoformat(kept))
    return str(kept)
