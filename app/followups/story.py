"""The total service in the history of a lead: verbs and fields in words. Only staff read them."""

from __future__ import annotations

from typing import Any

from app.core.i18n import _l
from app.followups import words as own
from app.followups.models import FollowUp
from app.history import words
from app.history.service import entries_of
from app.history.words import Told
from app.leads import story
from app.people.queries import names_of

VERBS: dict[str, Any] = {
    "lead.interest_noted": _l("The interest in the total service was noted"),
    "lead.interest_changed": _l("The interest in the total service was changed"),
    "lead.followup_asked": _l("A follow-up by a service partner was asked for"),
    "lead.followup_assigned": _l("The follow-up was assigned to a service partner"),
    "lead.followup_phoned": _l("The service partner was phoned about the follow-up"),
    "lead.followup_contacted": _l("The service partner talked with the company"),
    "lead.followup_interested": _l("The company goes on with the service partner"),
    "lead.followup_not_possible": _l("The follow-up is not possible for the service partner"),
    "lead.followup_handed_back": _l("The follow-up was taken back from the service partner"),
    "lead.followup_closed": _l("The follow-up was closed"),
    "lead.followup_reminded": _l("The service partner was reminded of the follow-up"),
}
FOLLOW_UP_VERBS = {verb for verb in VERBS if verb.startswith("lead.followup_")}

words.name(VERBS)
story.STAFF_ONLY.update(VERBS)
story.LABELS.update(
    {
        "interest_level": _l("What is offered"),
        "interest_answer": _l("Answer"),
        "interest_reason": _l("Reason"),
        "interest_why": _l("The reason in words"),
        "interest_by": _l("Raised by"),
        "interest_on": _l("Raised on"),
        "followup_occasion": _l("Occasion"),
        "followup_reason": _l("Reason"),
        "followup_partner": _l("Service partner"),
        "followup_urgent": _l("Urgent"),
        "followup_note": _l("What was said"),
    }
)
story.WORDS.update({("interest_level", code): name for code, name in own.LEVELS.items()})
story.WORDS.update({("interest_answer", code): name for code, name in own.ANSWERS.items()})
story.WORDS.update({("interest_reason", code): name for code, name in own.REASONS.items()})
story.WORDS.update({("followup_occasion", code): name for code, name in own.OCCASIONS.items()})
story.WORDS["followup_urgent", True] = _l("Yes")


def timeline(found: FollowUp) -> list[Told]:
    """What happened to one follow-up, out of its lead's history, the latest first."""
    lead = found.lead
    entries = [
        entry
        for entry in entries_of(lead, limit=200, verbs=FOLLOW_UP_VERBS)
        if any(value.field == "request" and value.new == found.ref for value in entry.values)
    ]
    return story.timeline(lead, entries, names_of(entry.actor_id for entry in entries), {}, staff=True)
