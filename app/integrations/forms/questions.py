"""Forms of questions: a new one, a further message, and who answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.core.crypto import token
from app.core.files import EVIDENCE, FileField
from app.core.forms import BaseForm, ChoiceField, HiddenField, NoteField, Optional, Required, TextField
from app.core.i18n import _l
from app.integrations.models import Question
from app.integrations.service.questions import Said
from app.people.models import Person

_KINDS = _l("A PDF, a PNG or JPEG picture, plain text, or a message as .eml, at most 10 MB.")


class ReplyForm(BaseForm):
    """A further message. `version` is how many messages the page showed, `key` makes two presses one message."""

    version = HiddenField()
    key = HiddenField()
    words = NoteField(_l("Your message"), [Required(_l("Write your message"))], rows=5)
    attached = FileField(_l("Attachment"), [Optional()], allowed=EVIDENCE, hint=_KINDS)

    @classmethod
    def unsent(cls, seen: int) -> ReplyForm:
        """Empty, whatever else was sent on this request."""
        return cls(formdata=None, data={"version": str(seen), "key": token()[:40]})

    def to_details(self) -> Said:
        return Said(self.words.data, self.attached.data, self.key.data or "")


class QuestionForm(BaseForm):
    """A new question."""

    key = HiddenField()
    subject = TextField(_l("What is it about?"), [Required(_l("Enter what it is about"))], limit=120)
    words = NoteField(_l("Your question"), [Required(_l("Write your question"))], rows=7)
    attached = FileField(_l("Attachment"), [Optional()], allowed=EVIDENCE, hint=_KINDS)

    @classmethod
    def blank(cls) -> QuestionForm:
        return cls(data={"key": token()[:40]})

    def to_details(self) -> Said:
        return Said(self.words.data, self.attached.data, self.key.data or "")


class ExpertForm(BaseForm):
    """Who of the staff answers."""

    version = HiddenField()
    expert = ChoiceField(_l("Who answers"), [Optional()], empty=_l("Nobody in particular"))

    @classmethod
    def of(cls, experts: Iterable[Person], **values: Any) -> ExpertForm:
        form = cls(**values)
        form.expert.choices = [(person.ref, person.name) for person in experts]
        return form

    @classmethod
    def unsent(cls, question: Question, experts: Iterable[Person]) -> ExpertForm:
        """As it is now, whatever else was sent on this request. Who left the staff is not in the list any more."""
        chosen = question.expert.ref if question.expert else ""
        return cls.of(experts, formdata=None, data={"version": str(question.version), "expert": chosen})
