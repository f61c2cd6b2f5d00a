"""The form of a frequently asked question, in every language that it has."""

from __future__ import annotations

from typing import Any

from app.core.forms import BaseForm, HiddenField, NoteField, Optional, TextField
from app.core.i18n import LOCALES, NAMES, _, _l
from app.directory.models import Faq

_QUESTION, _ANSWER = _l("Question"), _l("Answer")
_MARKDOWN = _l("Markdown: # heading, - list, 1. numbered list, **strong**. HTML is not possible.")


class FaqForm(BaseForm):
    """A language has both or neither; one language at least."""

    version = HiddenField()
    question_en = TextField(_QUESTION, [Optional()], limit=200)
    answer_en = NoteField(_ANSWER, [Optional()], limit=5_000, rows=4, hint=_MARKDOWN)
    question_nl = TextField(_QUESTION, [Optional()], limit=200)
    answer_nl = NoteField(_ANSWER, [Optional()], limit=5_000, rows=4)
    question_pl = TextField(_QUESTION, [Optional()], limit=200)
    answer_pl = NoteField(_ANSWER, [Optional()], limit=5_000, rows=4)
    question_fi = TextField(_QUESTION, [Optional()], limit=200)
    answer_fi = NoteField(_ANSWER, [Optional()], limit=5_000, rows=4)
    question_fr = TextField(_QUESTION, [Optional()], limit=200)
    answer_fr = NoteField(_ANSWER, [Optional()], limit=5_000, rows=4)

    @property
    def languages(self) -> list[tuple[str, str, Any, Any]]:
        return [(code, NAMES[code], self[f"question_{code}"], self[f"answer_{code}"]) for code in LOCALES]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not any(field.data for _code, _name, *both in self.languages for field in both):
            self.question_en.errors = [_("Enter the question and its answer in one language at least")]
            return False
        for _code, _name, question, answer in self.languages:
            if question.data and not answer.data and not answer.errors:
                answer.errors = [_("Enter the answer in this language too")]
                valid = False
            elif answer.data and not question.data and not question.errors:
                question.errors = [_("Enter the question in this language too")]
                valid = False
        return valid

    @classmethod
    def of(cls, faq: Faq) -> FaqForm:
        data = {"version": str(faq.version)}
        for code, said in faq.texts.items():
            data |= {f"{part}_{code}": said.get(part, "") for part in ("question", "answer")}
        return cls(data=data)

    def to_details(self) -> dict[str, dict[str, str]]:
        return {
            code: {"question": question.data, "answer": answer.data}
            for code, _name, question, answer in self.languages
            if question.data
        }
