"""The forms of sessions: planning, changing, cancelling, participants, attendance, recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.core.files import MATERIAL, MP4, FileField
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    MomentForm,
    MultiChoice,
    NoteField,
    Optional,
    Required,
    TextField,
    TickField,
    TimeField,
    UrlField,
)
from app.core.i18n import LOCALES, NAMES, _l
from app.settings.models import vendor
from app.trainings.forms.teaching import TeachingForm
from app.trainings.models import Attendance, Participant, TrainingSession
from app.trainings.service.sessions import Newcomer, Recording, SessionDetails


class SessionForm(MomentForm, TeachingForm):
    """A session, new or changed. `blank` and `of` leave out what does not apply."""

    locale = ChoiceField(
        _l("Language"),
        [Required(_l("Choose the language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
        hint=_l("In which it is held. Mails come in each participant's own language."),
    )
    on = DateField(_l("Date"), [Required(_l("Enter the date"))])
    at = TimeField(_l("Begins at"), [Required(_l("Enter the time"))], limit=10, width="xs")
    minutes = IntegerField(
        _l("Length in minutes"), [Required(_l("Enter the length in minutes"))], least=5, most=720, width="xs"
    )
    trainer = ChoiceField(_l("Trainer"), [Optional()], empty=_l("Nobody yet"))
    place = TextField(_l("Place"), [Optional()], limit=300, hint=_l("Leave it empty if everybody joins from afar."))
    link = UrlField(_l("Link to join"), [Optional()])
    capacity = IntegerField(
        _l("Places"), [Optional()], least=1, most=10_000, width="xs", hint=_l("Leave it empty for any number.")
    )
    reason = NoteField(
        _l("Why it changes"),
        [Optional()],
        limit=1000,
        hint=_l("Participants read it, if something changes that concerns them."),
    )

    @classmethod
    def of(cls, session: TrainingSession) -> SessionForm:
        """Filled from a session, in the zone on whose clock it was agreed."""
        start = session.starts_at.astimezone(ZoneInfo(session.timezone))
        values = {name: getattr(session, name) for name in ("title", "about", "locale", "minutes", "place", "link")}
        values |= {"on": start.date(), "at": f"{start:%H:%M}", "capacity": session.capacity}
        values |= {"trainer": session.trainer.ref if session.trainer else "", "version": str(session.version)}
        form = cls(data=values)
        form.timezone = session.timezone
        del form["key"]
        return form.offer(session.trainer)

    @classmethod
    def blank(cls, **values: Any) -> SessionForm:
        form = cls(data=values)
        form.timezone = vendor().timezone
        for name in ("version", "reason"):
            del form[name]
        return form.offer()

    def to_details(self) -> SessionDetails:
        assert self.minutes.data is not None  # required
        return SessionDetails(
            title=self.title.data,
            about=self.about.data or "",
            locale=self.locale.data,
            starts_at=self.moment,
            minutes=self.minutes.data,
            timezone=self.timezone,
            place=self.place.data or "",
            link=self.link.data or "",
            capacity=self.capacity.data,
            trainer_id=self.trainer_id,
        )


class CancelForm(BaseForm):
    """Why a session does not take place."""

    version = HiddenField()
    reason = NoteField(
        _l("Why is it cancelled?"),
        [Required(_l("Enter the reason"))],
        limit=1000,
        hint=_l("Participants read it in the mail that tells them."),
    )


class ParticipantForm(BaseForm):
    """Somebody who is to take part."""

    name = TextField(_l("Name"), [Required(_l("Enter the name"))])
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address"))])
    locale = ChoiceField(
        _l("Language"),
        [Required(_l("Choose the language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
    )

    def to_details(self) -> Newcomer:
        return Newcomer(self.name.data, self.email.data, self.locale.data)


class AttendanceForm(BaseForm):
    """Who was there, and what to remember of it."""

    there = MultiChoice(
        _l("Who was there?"),
        [Optional()],
        hint=_l("Whoever is not ticked is noted as missed. It can be corrected later."),
    )
    notes = NoteField(_l("Remarks"), [Optional()], limit=5000, hint=_l("For us alone; customers never see them."))

    @classmethod
    def of(cls, session: TrainingSession, participants: list[Participant]) -> AttendanceForm:
        here = [str(one.id) for one in participants if one.attendance != Attendance.MISSED]
        form = cls(data={"there": here, "notes": session.notes})
        form.there.choices = [(str(one.id), one.name, one.email) for one in participants]
        return form

    def attendance(self, participants: list[Participant]) -> Mapping[int, Attendance]:
        there = set(self.there.data)
        return {one.id: Attendance.ATTENDED if str(one.id) in there else Attendance.MISSED for one in participants}


class RecordingForm(BaseForm):
    """Where the recording can be seen, or the file itself."""

    url = UrlField(
        _l("Link to the recording"),
        [Optional()],
        hint=_l("Where your video service keeps it. Participants open it there."),
    )
    minutes = IntegerField(_l("Length in minutes"), [Optional()], least=1, most=1_440, width="xs")
    file = FileField(
        _l("File"),
        [Optional()],
        allowed={MP4, *MATERIAL},
        hint=_l("A short video, slides or a hand-out, at most 10 MB. It takes the place of the file that is there."),
    )
    without_file = TickField(_l("Remove the file that is there"))

    def to_details(self) -> Recording:
        return Recording(
            self.url.data or "",
            self.minutes.data,
            self.file.data,
            bool("without_file" in self and self.without_file.data),
        )
