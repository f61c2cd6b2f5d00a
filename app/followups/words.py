"""Codes of the total service in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _, _l, format_weekday
from app.followups.models import Answer, FollowUp, FollowUpState, Interest, Level, Occasion, Reason

LEVELS: Mapping[str, Any] = {
    Level.TRANSACTION: _l("Transaction service"),
    Level.TOTAL: _l("Total service, with year-end work"),
}
ANSWERS: Mapping[str, Any] = {
    Answer.YES: _l("Yes"),
    Answer.IN_PRINCIPLE: _l("Yes, in principle"),
    Answer.NO: _l("No"),
}
REASONS: Mapping[str, Any] = {
    Reason.OWN_ACCOUNTANT: _l("Has an accountant of its own"),
    Reason.OWN_STAFF: _l("Does it with its own staff"),
    Reason.PRICE: _l("The price"),
    Reason.TOO_EARLY: _l("Too early to say"),
    Reason.NO_ANSWER: _l("Gave no answer"),
    Reason.OTHER: _l("Another reason"),
}
OCCASIONS: Mapping[str, Any] = {
    Occasion.WANTS_TO_TALK: _l("The company wants to talk with a service partner first"),
    Occasion.NOT_STANDARD: _l("The books are not standard"),
}
STATES: Mapping[str, Any] = {
    FollowUpState.ASKED: _l("To be assigned"),
    FollowUpState.ASSIGNED: _l("Waits for the service partner"),
    FollowUpState.CONTACTED: _l("The service partner talked with the company"),
    FollowUpState.INTERESTED: _l("The company goes on with the service partner"),
    FollowUpState.NOT_POSSIBLE: _l("Not possible for the service partner"),
    FollowUpState.HANDED_BACK: _l("Handed back to the coordinator"),
    FollowUpState.CLOSED: _l("Closed"),
}
"""As staff read them."""

IN_PANEL: Mapping[str, Any] = {
    FollowUpState.ASSIGNED: _l("Waits for your answer"),
    FollowUpState.CONTACTED: _l("You talked with the company"),
    FollowUpState.INTERESTED: _l("The company goes on with you"),
}
"""As the service partner reads them; it sees no others."""

GLYPHS: Mapping[str, tuple[str, str]] = {
    FollowUpState.ASKED: ("flag", "act"),
    FollowUpState.ASSIGNED: ("wait", ""),
    FollowUpState.CONTACTED: ("open", ""),
    FollowUpState.INTERESTED: ("done", "done"),
    FollowUpState.NOT_POSSIBLE: ("flag", "act"),
    FollowUpState.HANDED_BACK: ("flag", "act"),
    FollowUpState.CLOSED: ("no", "done"),
}
"""Sign and tone of a state at the desk."""


@dataclass(frozen=True)
class Said:
    """A follow-up's state in one sentence, with what comes next; `act` when staff must do it."""

    text: str
    more: str
    act: bool = False


def said(found: FollowUp, partner: str) -> Said:
    """As staff read it. `partner` is the name of the service partner who has it, or had it last."""
    day = format_weekday(found.moved_at)
    match FollowUpState(found.state):
        case FollowUpState.ASKED:
            return Said(
                _("This follow-up waits for a service partner since %(date)s.", date=day),
                _("Next: a coordinator assigns it."),
                act=True,
            )
        case FollowUpState.ASSIGNED:
            return Said(
                _("It is with %(partner)s since %(date)s, without an answer yet.", partner=partner, date=day),
                _("Next: the service partner talks with the company. It is reminded by itself."),
            )
        case FollowUpState.CONTACTED:
            return Said(
                _("%(partner)s talked with the company. Told on %(date)s.", partner=partner, date=day),
                _("Next: the service partner says whether the company goes on with it."),
            )
        case FollowUpState.INTERESTED:
            return Said(
                _("The company goes on with %(partner)s. Told on %(date)s.", partner=partner, date=day),
                _("The follow-up is done."),
            )
        case FollowUpState.NOT_POSSIBLE:
            return Said(
                _("It was not possible for the service partner. Told on %(date)s.", date=day),
                _("Next: a coordinator assigns another service partner, or sales close the follow-up."),
                act=True,
            )
        case FollowUpState.HANDED_BACK:
            return Said(
                _("It was taken back from the service partner on %(date)s.", date=day),
                _("Next: a coordinator assigns it again, or sales close the follow-up."),
                act=True,
            )
        case FollowUpState.CLOSED:
            return Said(_("It was closed on %(date)s.", date=day), _("Reason: %(reason)s", reason=found.closed_why))


def answered(interest: Interest) -> str:
    """What a lead answered, with the reason of a no."""
    answer = str(ANSWERS[interest.answer])
    if interest.answer != Answer.NO or interest.reason is None:
        return answer
    return _("%(answer)s: %(reason)s", answer=answer, reason=REASONS[interest.reason])
