"""What staff type when they decide on leads and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.forms import BaseForm, HiddenField, NoteField, Optional, RadioChoice, Required, TextField, TickField
from app.core.i18n import _l
from app.leads.models import Lead


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


class _Shared(TickField):
    """Asked where somebody outside reads notes."""

    asked = True


class StaffNoteForm(BaseForm):
    """A note on a lead, by staff."""

    note = NoteField(_l("Add a note"), [Required(_l("Write the note first"))])
    internal = _Shared(_l("Internal: only staff read it"))
    asks = _Shared(_l("It is a question: the lead waits for the reseller"))

    @classmethod
    def on(cls, lead: Lead, **values: Any) -> StaffNoteForm:
        """Who reads it is no question where the lead is credited to a software partner: only staff do."""
        form = cls(**values)
        form.internal.asked = form.asks.asked = not lead.reseller.is_software_partner
        return form


class AnswerForm(BaseForm):
    """The answer to a change request: for each wish yes or no with a note, and a note about all of it. A single wish
    needs one note only."""

    version = HiddenField()
    answer: Any

    @classmethod
    def on(cls, items: Sequence[tuple[int, Any]], **values: Any) -> AnswerForm:
        """The form for the wishes of a request: each one's key and label."""
        fields: dict[str, Any] = {}
        for key, label in items:
            fields[f"item-{key}"] = RadioChoice(
                label,
                [Required(_l("Choose whether you accept or decline this"))],
                choices=(("accept", _l("Accept")), ("decline", _l("Decline"))),
            )
            if len(items) > 1:
                fields[f"note-{key}"] = TextField(
                    _l("Note"), [Optional()], limit=500, autocomplete="off", hint=_l("Needed when you decline this.")
                )
        # The last in the page, so that errors are told in its order.
        fields["answer"] = NoteField(
            _l("Note to the reseller"),
            [Optional()],
            limit=2000,
            hint=_l("Goes into the mail as you write it.")
            if len(items) > 1
            else _l("Goes into the mail as you write it. Needed when you decline."),
        )
        form: AnswerForm = type(cls.__name__, (cls,), fields)(**values)
        return form

    @property
    def accepted(self) -> frozenset[int]:
        return frozenset(key for key, name in self._keys("item-") if self[name].data == "accept")

    @property
    def notes(self) -> dict[int, str]:
        return {key: self[name].data or "" for key, name in self._keys("note-")}

    def note_on(self, key: int) -> Any:
        """The field of a wish's own note; None when there is one wish only."""
        return self._fields.get(f"note-{key}")

    def _keys(self, prefix: str) -> list[tuple[int, str]]:
        return [(int(name.removeprefix(prefix)), name) for name in self._fields if name.startswith(prefix)]
