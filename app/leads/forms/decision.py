"""What staff type when they decide on leads and requests."""

from __future__ import annotations

from app.core.forms import BaseForm, HiddenField, NoteField, Optional, RadioChoice, Required, TickField
from app.core.i18n import _l


class DecisionForm(BaseForm):
    """Accept or decline one lead."""

    version = HiddenField()
    decision = RadioChoice(
        _l("Your decision"),
        [Required(_l("Choose whether you accept or decline the lead"))],
        choices=[("accept", _l("Accept the lead")), ("decline", _l("Decline the lead"))],
    )
    reason = NoteField(
        _l("Reason for declining"),
        [Optional()],
        limit=2000,
        hint=_l("Goes into the mail as you write it. Do not name another reseller."),
    )


class CompetitionForm(BaseForm):
    """One lead of several, or none. The choices are set by the door: references, and `none`."""

    decision = RadioChoice(_l("Your decision"), [Required(_l("Choose which lead you accept, or none"))], choices=[])
    reason = NoteField(
        _l("Reason for those declined"), [Required(_l("Enter the reason. The reseller reads it."))], limit=2000
    )


class StaffNoteForm(BaseForm):
    """A note on a lead, by staff."""

    note = NoteField(_l("Add a note"), [Required(_l("Write the note first"))])
    internal = TickField(_l("Internal: only staff read it"))
    asks = TickField(_l("It is a question: the lead waits for the reseller"))


class AnswerForm(BaseForm):
    """The note to a change request. Which items are accepted is read by the door: their number varies."""

    version = HiddenField()
    answer = NoteField(
        _l("Note to the reseller"),
        [Optional()],
        limit=2000,
        hint=_l("Goes into the mail as you write it. Needed when something is declined."),
    )
