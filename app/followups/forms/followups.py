"""Forms of follow-ups: asking for one, a phone call, taking back, closing, and the service partner's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms.validators import ValidationError

from app.core.clock import now
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TickField,
    TimeField,
)
from app.core.i18n import _, _l
from app.followups import words
from app.followups.models import FollowUpState, Occasion, ServicePartner
from app.followups.service.followups import Asked, Phoned
from app.people.models import Person
from app.settings.models import vendor


class AskForm(BaseForm):
    """Sales ask that a service partner talks with a company."""

    key = HiddenField()
    occasion = RadioChoice(
        _l("Why should a service partner talk with the company?"),
        [Required(_l("Choose the occasion"))],
        choices=list(words.OCCASIONS.items()),
        coerce=Occasion,
    )
    reason = NoteField(
        _l("What is not standard about the books"),
        [Optional()],
        limit=1000,
        rows=2,
        hint=_l("Needed when the books are not standard. The service partner reads it."),
    )
    wanted = ChoiceField(
        _l("Whom would you ask?"),
        [Optional()],
        empty=_l("Nobody in particular"),
        hint=_l("A coordinator decides, and sees your wish."),
        width="m",
    )
    discussed = NoteField(
        _l("What was discussed with the company already"),
        [Required(_l("Write what was discussed"))],
        limit=5000,
        rows=4,
        hint=_l("The service partner reads it as you write it, so that nobody asks twice."),
    )
    urgent = TickField(_l("It is urgent: the service partner is phoned too"))

    def choose_from(self, partners: Sequence[ServicePartner]) -> None:
        self.wanted.choices = [(partner.ref, partner.organisation.name) for partner in partners]

    def to_details(self) -> Asked:
        return Asked(
            self.occasion.data,
            self.reason.data or "",
            self.wanted.data or "",
            self.discussed.data,
            self.urgent.data,
            self.key.data or "",
        )


class CallForm(BaseForm):
    """The service partner was phoned about an urgent follow-up."""

    version = HiddenField()
    by = ChoiceField(_l("Who phoned"), [Required(_l("Choose who phoned"))], width="m")
    on = DateField(_l("On which day"), [Required(_l("Enter the day"))])
    at = TimeField(_l("At what time"), [Required(_l("Enter the time"))], limit=10, width="xs")
    note = NoteField(_l("What was said"), [Required(_l("Write what was said"))], limit=1000, rows=2)

    @classmethod
    def of(cls, version: int, by: Person, callers: Sequence[Person], **values: Any) -> CallForm:
        here = now().astimezone(ZoneInfo(vendor().timezone))
        data = {"version": str(version), "by": by.ref, "on": here.date(), "at": f"{here:%H:%M}"}
        form = cls(data=data, **values)
        people = {by.ref: by.name} | {person.ref: person.name for person in callers}
        form.by.choices = sorted(people.items(), key=lambda pair: pair[1].casefold())
        return form

    def to_details(self) -> Phoned:
        assert self.on.data is not None  # required
        moment = datetime.combine(self.on.data, time.fromisoformat(self.at.data), ZoneInfo(vendor().timezone))
        return Phoned(moment, self.by.data, self.note.data)


class TakeBackForm(BaseForm):
    """A coordinator takes it from the service partner."""

    version = HiddenField()
    why = NoteField(
        _l("Why it is taken back"),
        [Required(_l("Write why it is taken back"))],
        limit=1000,
        hint=_l("Only staff read it."),
    )


class CloseForm(BaseForm):
    """Sales end it."""

    version = HiddenField()
    why = NoteField(
        _l("Why the follow-up is closed"),
        [Required(_l("Write why the follow-up is closed"))],
        limit=1000,
        hint=_l("Only staff read it."),
    )


class AnswerForm(BaseForm):
    """What the service partner says."""

    version = HiddenField()
    answer = RadioChoice(
        _l("How did it go?"),
        [Required(_l("Choose how it went"))],
        choices=[
            (FollowUpState.CONTACTED, _l("We talked with the company")),
            (FollowUpState.INTERESTED, _l("The company goes on with us")),
            (FollowUpState.NOT_POSSIBLE, _l("It is not possible for us")),
        ],
        coerce=FollowUpState,
    )
    words = NoteField(
        _l("What should we know?"),
        [Optional()],
        limit=2000,
        hint=_l("Needed when it is not possible. Our staff read it; the company does not."),
    )

    def validate_words(self, field: Any) -> None:
        if self.answer.data == FollowUpState.NOT_POSSIBLE and not field.data:
            raise ValidationError(_("Write why it is not possible for you"))
