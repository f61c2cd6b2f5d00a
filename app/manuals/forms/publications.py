"""Fields of drafts, and of what is published, scheduled, restored and taken down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from wtforms import FormField

from app.core.errors import FieldError
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    NoteField,
    Optional,
    Part,
    RadioChoice,
    Repeat,
    Required,
    TextField,
    TickField,
)
from app.core.forms.times import TimeField
from app.core.i18n import _l
from app.manuals.forms.sections import PictureField
from app.manuals.models import PublicationKind
from app.manuals.service.drafting import Edited, part_digest, parts_of
from app.manuals.service.publishing import Order
from app.settings.models import vendor

MOST_REQUIREMENTS = 20
SPARE = 2
"""Empty boxes below the requirements there are."""
SEEN = "seen:"


class ChapterPart(Part):
    """A chapter of a draft."""

    code = HiddenField()
    title = TextField(_l("Title of the chapter"), [Optional()], limit=200)
    body = NoteField(_l("Text"), [Optional()], limit=40_000, rows=10)


class RequirementPart(Part):
    """Something a customer has to have before it begins."""

    question = TextField(_l("Question"), [Optional()], limit=300)
    help = NoteField(_l("What to do when the answer is no"), [Optional()], limit=2000, rows=2)


class _Requirements(Repeat):
    """Asked of an onboarding page."""

    asked = True


class DraftForm(BaseForm):
    """A draft in one language. Of each part it says with which text it was filled."""

    title = TextField(_l("Title"), [Optional()], limit=200)
    summary = NoteField(
        _l("Summary"),
        [Optional()],
        limit=400,
        rows=3,
        hint=_l("One or two sentences for lists and search engines."),
    )
    chapters = Repeat(FormField(ChapterPart), max_entries=30)
    requirements = _Requirements(FormField(RequirementPart), max_entries=MOST_REQUIREMENTS)
    live = HiddenField()
    """The number of the version that was live when the page was opened."""

    @classmethod
    def of(cls, kind: PublicationKind, content: Mapping[str, Any], live_number: int | None) -> DraftForm:
        data = {name: content[name] for name in ("title", "summary", "chapters")}
        form = cls(data={**data, "requirements": content.get("requirements", []), "live": str(live_number or "")})
        form.requirements.asked = kind == PublicationKind.PAGE
        if form.requirements.asked:
            while len(form.requirements) < MOST_REQUIREMENTS and len(form.requirements) - len(_asked(form)) < SPARE:
                form.requirements.append_entry()
        form.seen_digests = _seen_in(request.form) or {
            name: part_digest(text) for name, text in parts_of(content).items()
        }
        return form

    seen_digests: dict[str, str]
    """By part the digest of the text that the form was filled with."""

    def to_content(self, kind: PublicationKind) -> dict[str, Any]:
        """What was typed, whether it may be saved or not."""
        content: dict[str, Any] = {
            "title": self.title.data,
            "summary": self.summary.data,
            "chapters": [
                {"code": part.code.data, "title": part.title.data, "body": part.body.data, "source": ""}
                for part in self.chapters
            ],
        }
        if kind == PublicationKind.PAGE:
            content["requirements"] = _asked(self)
        return content

    def to_edited(self, kind: PublicationKind) -> Edited:
        return Edited(self.to_content(kind), self.seen_digests)


def _asked(form: DraftForm) -> list[dict[str, str]]:
    return [
        {"question": part.question.data or "", "help": part.help.data or ""}
        for part in form.requirements
        if part.question.data or part.help.data
    ]


def _seen_in(sent: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(SEEN): value[:64] for name, value in sent.items() if name.startswith(SEEN)}


class PictureForm(BaseForm):
    """One more picture of the product."""

    file = PictureField(
        _l("Add a picture"),
        [Required(_l("Choose a picture"))],
        hint=_l("Hide keys and personal data in it before you send it. PNG, JPEG or WebP."),
    )


class LanguagePart(Part):
    """What becomes of one language."""

    locale = HiddenField()
    what = ChoiceField(_l("What is published"), [Required(_l("Choose what is published in this language"))])


DRAFT, KEEP, OUT = "draft", "keep", "out"
_WHAT = {
    DRAFT: _l("The draft, as it is saved now"),
    KEEP: _l("What is live stays as it is"),
    OUT: _l("Nothing: this language is not published"),
}


class PublishForm(BaseForm):
    """What goes out, in which languages, and when."""

    languages = Repeat(FormField(LanguagePart), max_entries=10)
    note = NoteField(
        _l("What changed"),
        [Optional()],
        limit=1000,
        rows=2,
        hint=_l("For the list of versions. Readers do not see it."),
    )
    when = RadioChoice(
        _l("When"), choices=[("now", _l("At once")), ("later", _l("At a moment to come"))], default="now"
    )
    publish_on = DateField(_l("Day"), [Optional()])
    publish_at = TimeField(_l("Time"), [Optional()], width="xs")
    version = HiddenField()
    beside = TickField(_l("Publish the other one with it"))
    """The onboarding page with the manual, or the other way round."""
    beside_version = HiddenField()

    @classmethod
    def of(cls, version: int, drafts: list[str], live: list[str], ready: list[str]) -> PublishForm:
        """`ready` are the languages whose draft has no problem: those are proposed."""
        locales = list(dict.fromkeys([*drafts, *live]))
        form = cls(
            data={
                "version": str(version),
                "when": "now",
                "languages": [
                    {"locale": locale, "what": DRAFT if locale in ready else KEEP if locale in live else OUT}
                    for locale in locales
                ],
            }
        )
        form.live = live
        form.languages.entries = [part for part in form.languages if part.locale.data in locales]
        for part in form.languages:
            locale = part.locale.data
            held = {DRAFT: locale in drafts, KEEP: locale in live, OUT: True}
            part.what.choices = [(code, _WHAT[code]) for code, there in held.items() if there]
        return form

    live: Sequence[str]
    """The languages that are live. One that was not sent along stays so."""

    def to_order(self) -> Order:
        """Raises FieldError: a moment was chosen, but not said."""
        chosen = {part.locale.data: part.what.data for part in self.languages}
        return Order(
            tuple(locale for locale, what in chosen.items() if what == DRAFT),
            tuple(locale for locale in [*chosen, *self.live] if chosen.get(locale, KEEP) == KEEP),
            self.note.data,
            self._moment() if self.when.data == "later" else None,
        )

    def to_order_beside(self, order: Order, ready: list[str], live: list[str]) -> Order | None:
        """The same of the other publication, as far as its drafts are ready; None without a tick, or when none is."""
        drafts = tuple(locale for locale in order.drafts if locale in ready)
        if not self.beside.data or not drafts:
            return None
        return Order(drafts, tuple(set(live) - set(drafts)), order.note, order.publish_at)

    def _moment(self) -> datetime:
        if self.publish_on.data is None:
            raise FieldError("publish_on", _l("Choose the day on which it is published."))
        clock = time.fromisoformat(self.publish_at.data) if self.publish_at.data else time(9, 0)
        return datetime.combine(self.publish_on.data, clock, ZoneInfo(vendor().timezone))


class RestoreForm(BaseForm):
    """An earlier version comes back."""

    note = NoteField(_l("Why"), [Optional()], limit=1000, rows=2, hint=_l("For the list of versions."))
    version = HiddenField()


class TakeDownForm(BaseForm):
    """The world sees it no longer."""

    redirect_url = TextField(
        _l("Send readers on to"),
        [Optional()],
        limit=1000,
        hint=_l("The path of a page of ours, for example /integrations. Empty: they are told that there is no page."),
    )
    version = HiddenField()


class TriedForm(BaseForm):
    """Somebody did what the manual says."""

    checked_on = DateField(_l("Last checked on"), [Required(_l("Enter the day on which the manual was tried"))])
