"""The states of leads and change requests in words, for resellers and for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.i18n import _, _l, format_date, format_weekday
from app.leads.models import ChangeRequest, ChangeRequestState, Lead, LeadGroup, LeadState

STATE_NAMES: Mapping[str, Any] = {
    LeadState.SUBMITTED: _l("Being checked"),
    LeadState.ACCEPTED: _l("Accepted"),
    LeadState.CONVERTED: _l("Account"),
    LeadState.DECLINED: _l("Declined"),
    LeadState.WITHDRAWN: _l("Withdrawn"),
}

GROUP_NAMES: Mapping[str, Any] = {
    LeadGroup.CHECKING: _l("Being checked"),
    LeadGroup.ACCEPTED: _l("Accepted"),
    LeadGroup.CONVERTED: _l("Accounts"),
    LeadGroup.CLOSED: _l("Declined and withdrawn"),
}
"""The tabs of every list of leads."""


@dataclass(frozen=True)
class Said:
    """A state in one sentence (`text`) with what it means (`more`), and the same in a list (`word`, `next`)."""

    text: str
    more: str
    glyph: str
    word: str
    next: str
    tone: str = ""
    act: bool = False


def said(lead: Lead, *, staff: bool = False) -> Said:
    """The state and the next step, as the reseller or as staff read it."""
    return _to_staff(lead) if staff else _to_reseller(lead)


def _to_reseller(lead: Lead) -> Said:
    match LeadState(lead.state):
        case LeadState.SUBMITTED | LeadState.ACCEPTED if lead.asked_at is not None:
            return Said(
                _("We have a question about this lead. Please answer it in the notes below."),
                _("We asked on %(date)s and go on as soon as we have your answer.", date=format_weekday(lead.asked_at)),
                "flag",
                _("Waits for you"),
                _("We asked you something"),
                tone="act",
                act=True,
            )
        case LeadState.SUBMITTED if lead.answer_by < now():
            return Said(
                _("We are checking this lead. Our answer was due on %(date)s and is late.", date=_day(lead.answer_by)),
                _("Nothing to do for you. You can correct the details until we have accepted and converted it."),
                "wait",
                _("Being checked"),
                _("Our answer is late; it was due on %(date)s", date=_day(lead.answer_by)),
            )
        case LeadState.SUBMITTED:
            return Said(
                _("We are checking this lead. Next: you have our answer by %(date)s.", date=_day(lead.answer_by)),
                _("Nothing to do for you. You can correct the details until we have accepted and converted it."),
                "wait",
                _("Being checked"),
                _("Answer by %(date)s", date=_day(lead.answer_by)),
            )
        case LeadState.ACCEPTED:
            return Said(
                _(
                    "We accepted this lead on %(day)s. Next: we turn it into an account, by %(date)s.",
                    day=_day(lead.decided_at),
                    date=_day(lead.answer_by),
                ),
                _(
                    "Nothing to do for you. You can edit it until then, and the company stays yours until %(date)s.",
                    date=format_date(lead.claim_until),
                )
                if lead.claim_until
                else _("Nothing to do for you. You can edit it until then."),
                "open",
                _("Accepted"),
                _("Account by %(date)s", date=_day(lead.answer_by)),
                tone="ours",
            )
        case LeadState.CONVERTED:
            return _converted(
                lead, _("It can no longer be edited here. If something has to change, send us a change request.")
            )
        case LeadState.DECLINED:
            return _closed(lead, _("We declined this lead on %(date)s.", date=_day(lead.decided_at)), _("Declined"))
        case LeadState.WITHDRAWN:
            return _withdrawn(lead)


def _to_staff(lead: Lead) -> Said:
    match LeadState(lead.state):
        case LeadState.SUBMITTED:
            text = _("This lead waits for our decision, promised by %(date)s.", date=_day(lead.answer_by))
            return _promised(lead, text, "wait", _("To be decided"))
        case LeadState.ACCEPTED:
            text = _("This lead is accepted. Next: convert it, promised by %(date)s.", date=_day(lead.answer_by))
            return _promised(lead, text, "open", _("To be converted"))
        case LeadState.CONVERTED:
            return _converted(lead, _("It is edited on the account now."))
        case LeadState.DECLINED:
            return _closed(lead, _("This lead was declined on %(date)s.", date=_day(lead.decided_at)), _("Declined"))
        case LeadState.WITHDRAWN:
            return _withdrawn(lead)


def _promised(lead: Lead, text: str, glyph: str, word: str) -> Said:
    """An open lead for staff: what comes next is theirs, and late once the promised day is over."""
    late = lead.answer_by < now()
    return Said(
        text,
        _("The promised day has passed.") if late else _asked(lead),
        "flag" if late else glyph,
        word,
        _("Promised by %(date)s", date=_day(lead.answer_by)),
        tone="late" if late else "act",
        act=True,
    )


def _converted(lead: Lead, more: str) -> Said:
    return Said(
        _("This lead became an account on %(date)s.", date=_day(lead.converted_at)),
        more,
        "done",
        _("Account"),
        _("Since %(date)s", date=_since(lead.converted_at)),
        tone="done",
    )


def _closed(lead: Lead, text: str, word: str) -> Said:
    return Said(
        text,
        _("Reason: %(reason)s", reason=lead.reason) if lead.reason else "",
        "no",
        word,
        _("On %(date)s", date=_since(lead.decided_at)),
        tone="done",
    )


def _withdrawn(lead: Lead) -> Said:
    return _closed(lead, _("This lead was withdrawn on %(date)s.", date=_day(lead.decided_at)), _("Withdrawn"))


def _asked(lead: Lead) -> str:
    if lead.asked_at is None:
        return ""
    return _("We asked the reseller something on %(date)s.", date=format_weekday(lead.asked_at))


def _day(moment: datetime | None) -> str:
    return format_weekday(moment) if moment else ""


def _since(moment: datetime | None) -> str:
    return format_date(moment) if moment else ""


def request_said(request: ChangeRequest) -> Said:
    """The state of a change request, as its reseller reads it."""
    match ChangeRequestState(request.state):
        case ChangeRequestState.SUBMITTED if request.answer_by < now():
            text = _("Our answer was due on %(date)s and is late.", date=_day(request.answer_by))
            return Said(text, "", "wait", _("Being checked"), text)
        case ChangeRequestState.SUBMITTED:
            text = _("We look at it by %(date)s.", date=_day(request.answer_by))
            return Said(text, "", "wait", _("Being checked"), text)
        case ChangeRequestState.WITHDRAWN:
            return Said(_("It was withdrawn."), "", "no", _("Withdrawn"), "", tone="done")
        case ChangeRequestState.DECIDED:
            text = _("Answered on %(date)s.", date=_since(request.decided_at))
            accepted = [item for item in request.items if item.accepted]
            if len(accepted) == len(request.items):
                return Said(text, "", "done", _("Done"), text, tone="done")
            if accepted:
                return Said(text, "", "done", _("Partly done"), text, tone="done")
            return Said(text, "", "no", _("Declined"), text, tone="done")
