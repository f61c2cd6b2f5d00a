"""The form of a task, by its kind: what is asked stands in the playbook, what is right is said by `answers.py` (I4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from wtforms import FormField

from app.core.errors import DomainError, FieldError
from app.core.files import FileRefused, Received, receive
from app.core.files.received import ENDINGS
from app.core.forms import (
    BaseForm,
    Control,
    DateField,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    PasswordField,
    RadioChoice,
    Repeat,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import _, _l
from app.core.money import written
from app.plans import answers
from app.plans.answers import NotAnswered
from app.plans.models import PlanContact, PlanTask
from app.plans.service.files import ALLOWED
from app.plans.service.people import ROLE_NAMES, NewContact
from app.plans.service.secrets import LONGEST
from app.playbooks.outline import ContactRole, Field, Kind, Option, Task, said

OWN = "f_"
"""Before the code of what a playbook asks, so that no code is taken for a part of the form itself."""


class AnswerForm(BaseForm):
    """What all kinds share. `given` is what was typed, in the shape that `answers.py` reads."""

    version = HiddenField()
    spec: Task

    def given(self) -> dict[str, Any]:
        return {}

    def fail(self, error: DomainError) -> None:
        """Words about an answer go beside what was asked, one by one."""
        if not isinstance(error, NotAnswered):
            super().fail(error)
            return
        for code, message in error.problems.items():
            name = self.name_of(code)
            field = self._fields.get(name)
            if isinstance(field, Control) and field.errors:
                continue  # it said so itself
            if name.startswith(OWN) and field is not None:
                message = _("%(question)s: %(problem)s", question=field.label.text, problem=message)
            super().fail(FieldError(name, message))

    def name_of(self, code: str) -> str:
        return OWN + code if OWN + code in self._fields else code


class FieldsForm(AnswerForm):
    """Several fields, and what is agreed in a meeting."""

    def given(self) -> dict[str, Any]:
        return {asked.code: _plain(self._fields[OWN + asked.code]) for asked in self.spec.fields}

    def validate(self, extra_validators: Any = None) -> bool:
        """Nothing is wrong with what is not asked."""
        valid = super().validate(extra_validators)
        if valid or not any(field.when for field in self.spec.fields):
            return valid
        answer, _wrong = answers.drafted(self.spec, self.given())
        asked = answers.asked(self.spec.fields, answer)
        for field in self.spec.fields:
            if field not in asked:
                self._fields[OWN + field.code].errors = []
        return not self.problems


def _plain(field: Any) -> Any:
    return field.typed if isinstance(field, DateField) else field.data


class MeetingForm(FieldsForm):
    on = DateField(_l("Held on"), width="s")
    at = TextField(_l("At"), [Optional()], limit=5, width="xs", render_kw={"type": "time"})
    minutes = NoteField(
        _l("Notes of the meeting"), [Optional()], hint=_l("What was said and agreed"), limit=answers.TEXT, rows=6
    )

    def given(self) -> dict[str, Any]:
        said_of_it = {"on": self.on.typed, "at": self.at.data, "minutes": self.minutes.data}
        return {**super().given(), **said_of_it}


class ChoiceForm(AnswerForm):
    def given(self) -> dict[str, Any]:
        chosen = self["chosen"].data or []
        return {"chosen": [chosen] if isinstance(chosen, str) else chosen}


class LinkPart(Part):
    url = TextField(
        _l("Web address"),
        limit=answers.LINE,
        autocomplete="off",
        inputmode="url",
        render_kw={"spellcheck": "false"},
    )
    note = TextField(_l("Note"), [Optional()], limit=answers.LINE)


class LinksForm(AnswerForm):
    def given(self) -> dict[str, Any]:
        parts: Any = self["links"]
        return {"links": [{"url": part.url.data, "note": part.note.data} for part in parts]}


class FilesField(Control):
    """Where files are chosen or dropped. It holds errors; the files themselves go another way."""

    kind = "file"
    html_type = "file"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return super().html_attributes(more) | {"accept": accepted_endings(), "multiple": True, "value": None}


class FilesForm(AnswerForm):
    """Files that are handed in. Each stands for itself: the right ones are kept where others are refused, so they are
    read by `sent_files` and not by a field."""

    files = FilesField(_l("Files"))


class PeopleForm(AnswerForm):
    """People of the plan to tick, and further ones to type."""

    contacts: Sequence[PlanContact]

    def given(self) -> dict[str, Any]:
        """Of those who are known; the typed ones are known once they were added."""
        if not self.spec.duties:
            chosen = self["people"].data if "people" in self else []
            return {"people": [{"contact": ref} for ref in ([chosen] if isinstance(chosen, str) else chosen) if ref]}
        rows = ((one.ref, self[duty_name(one)].data) for one in self.contacts)
        return {"people": [{"contact": ref, "duties": duties} for ref, duties in rows if duties]}

    def typed_people(self) -> Iterator[tuple[str, NewContact, list[str]]]:
        """Whoever was typed, with the name of their part of the form and their duties."""
        role = self.spec.role if self.spec.role in ROLE_NAMES else ContactRole.COLLEAGUE
        further: Any = self["more"]
        for entry in further.filled:
            part = entry.form
            duties = part.duties.data if "duties" in part else []
            yield entry.name, NewContact(part["name"].data, part.email.data, part.phone.data, role=role), duties

    def name_of(self, code: str) -> str:
        if code != "people" or "people" in self:
            return super().name_of(code)
        return duty_name(self.contacts[0]) if self.contacts else "more-0-name"


def duty_name(contact: PlanContact) -> str:
    """The name of a person's boxes in the form."""
    return f"duties_{contact.ref}"


class SecretNote(NoteField):
    """Several lines that are never shown again."""

    @property
    def typed(self) -> str:
        return ""

    def read(self, typed: str) -> None:
        self.data = typed


class SecretLine(PasswordField):
    autocomplete = "off"
    limit = LONGEST

    def read(self, typed: str) -> None:
        self.data = typed

    def settle(self) -> None:
        """Its length is asked by the service, in words about keys."""


class SecretForm(AnswerForm):
    def given(self) -> dict[str, Any]:
        return {asked.code: self._fields[OWN + asked.code].data or "" for asked in self.spec.fields}


class AcceptForm(AnswerForm):
    """Accepting exactly the words that the page shows."""

    sha256 = HiddenField()
    name = TextField(
        _l("Your name"),
        [Required(_l("Enter your name"))],
        hint=_l("First name and last name, as under a paper"),
        autocomplete="name",
    )
    accepted = TickField(_l("I accept this document"), [Required(_l("Tick that you accept this document"))])


class VerdictForm(AnswerForm):
    """Approving, or giving back with what has to change."""

    verdict = RadioChoice(
        _l("Is it right?"),
        [Required(_l("Choose whether you approve it"))],
        choices=[("approved", _l("Yes, I approve it")), ("returned", _l("No, something has to change"))],
    )
    why = NoteField(_l("What has to change"), [Optional()], hint=_l("Needed when something has to change"), limit=2000)

    def validate_why(self, field: Any) -> None:
        """Said by the verb: it knows when it is needed."""

    @property
    def returns(self) -> bool:
        return bool(self.verdict.data == "returned")


class ValidVerdictForm(VerdictForm):
    """The same for what is valid for some time only."""

    until = DateField(_l("Last day on which it is valid"), [Optional()], width="s")


class RevealForm(BaseForm):
    """Showing once more who one is, before a secret is shown. The door takes out what does not apply."""

    password = PasswordField(_l("Password"), [Required(_l("Enter your password"))], autocomplete="current-password")
    code = TextField(
        _l("Code from your authenticator app"),
        [Required(_l("Enter the code"))],
        limit=40,
        autocomplete="one-time-code",
        width="s",
        hint=_l("Without the app, enter one of your recovery codes."),
    )


# --- building ---------------------------------------------------------------------------------------------------------

_OF_KIND: Mapping[str, type[AnswerForm]] = {
    Kind.TICK: AnswerForm,
    Kind.FIELDS: FieldsForm,
    Kind.CHOICE: ChoiceForm,
    Kind.LINKS: LinksForm,
    Kind.FILES: FilesForm,
    Kind.FILES_APPROVED: FilesForm,
    Kind.PEOPLE: PeopleForm,
    Kind.SECRET: SecretForm,
    Kind.MEETING: MeetingForm,
    Kind.DOCUMENT: AcceptForm,
    Kind.APPROVAL: VerdictForm,
}


def answer_form(task: PlanTask, spec: Task, *, contacts: Sequence[PlanContact] = (), sha256: str = "") -> AnswerForm:
    """The form of a task: filled with what was handed in before, or with what was just sent. `contacts` are the people
    of the plan, `sha256` names the words of a document."""
    extra, data = _asked(spec, task.answer, contacts)
    base = _OF_KIND[task.kind]
    made: Any = type(base.__name__, (base,), {**extra, "spec": spec, "contacts": contacts})
    form: AnswerForm = made(data=data | {"version": str(task.version), "sha256": sha256})
    return form


def _asked(
    spec: Task, answer: Mapping[str, Any], contacts: Sequence[PlanContact]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that this task brings, and what they hold."""
    match spec.kind:
        case Kind.FIELDS | Kind.MEETING:
            fields = {OWN + asked.code: _field(asked) for asked in spec.fields}
            held = {OWN + asked.code: _held(asked, answer.get(asked.code)) for asked in spec.fields}
            return fields, held | {name: answer.get(name, "") for name in ("at", "minutes")} | {"on": answer.get("on")}
        case Kind.SECRET:
            return {OWN + asked.code: _secret(asked) for asked in spec.fields}, {}
        case Kind.CHOICE:
            chosen = answer.get("chosen", [])
            field = MultiChoice if spec.several else RadioChoice
            label = _l("Your choice") if not spec.several else _l("Choose all that apply")
            data = chosen if spec.several else next(iter(chosen), "")
            return {"chosen": field(label, choices=_options(spec.options))}, {"chosen": data}
        case Kind.LINKS:
            boxes = _boxes("links", len(answer.get("links", [])), most=answers.ROWS if spec.several else 1)
            repeat = Repeat(FormField(LinkPart), min_entries=boxes, max_entries=answers.ROWS)
            return {"links": repeat}, {"links": answer.get("links", [])}
        case Kind.PEOPLE:
            return _people(spec, answer, contacts)
    return {}, {}


def _boxes(prefix: str, filled: int, *, most: int, least: int = 1) -> int:
    """How many boxes are shown: those that hold something, and one more for each press of "Add another"."""
    sent = len({key.split("-")[1] for key in request.form if key.startswith(f"{prefix}-")})
    more = 1 if request.form.get("do") == "add" else 0
    return min(max(filled, sent + more, least), most)


def _field(asked: Field) -> Any:
    label, hint = said(asked.label), said(asked.hint)
    rules = [] if asked.required else [Optional()]
    match asked.kind:
        case "text":
            return NoteField(label, rules, hint=hint, limit=answers.TEXT, rows=4)
        case "date":
            return DateField(label, rules, hint=hint, width="s")
        case "yes_no":
            return RadioChoice(label, rules, hint=hint, choices=[("yes", _l("Yes")), ("no", _l("No"))])
        case "one":
            return RadioChoice(label, rules, hint=hint, choices=_options(asked.options))
        case "several":
            return MultiChoice(label, rules, hint=hint, choices=_options(asked.options))
    return TextField(label, rules, hint=hint, limit=answers.LINE, **_LINE.get(asked.kind, {}))


_LINE: Mapping[str, dict[str, Any]] = {
    "email": {"render_kw": {"type": "email", "spellcheck": "false"}, "inputmode": "email"},
    "phone": {"render_kw": {"type": "tel"}, "inputmode": "tel", "width": "m"},
    "url": {"render_kw": {"spellcheck": "false"}, "inputmode": "url"},
    "number": {"inputmode": "decimal", "width": "s"},
}


def _secret(asked: Field) -> Any:
    label, hint = said(asked.label), said(asked.hint)
    rules = [] if asked.required else [Optional()]
    if asked.kind == "text":
        return SecretNote(label, rules, hint=hint, rows=5, render_kw={"autocomplete": "off", "spellcheck": "false"})
    return SecretLine(label, rules, hint=hint)


def _held(asked: Field, value: Any) -> Any:
    if asked.kind == "yes_no":
        return "" if value is None else "yes" if value else "no"
    if asked.kind == "one":
        return value or ""
    return value


def _options(options: Collection[Option]) -> list[tuple[str, str, str]]:
    return [(option.code, said(option.label), priced_hint(option)) for option in options]


def priced_hint(option: Option) -> str:
    """What an option's hint says, and its price."""
    if option.price is None:
        return said(option.hint)
    price = _("Costs %(price)s, VAT not included.", price=written(option.price.net, option.price.currency))
    return f"{said(option.hint)} {price}".strip()


def _people(
    spec: Task, answer: Mapping[str, Any], contacts: Sequence[PlanContact]
) -> tuple[dict[str, Any], dict[str, Any]]:
    held = {row["contact"]: row.get("duties", []) for row in answer.get("people", [])}
    duties = [(duty.code, said(duty.label), said(duty.hint)) for duty in spec.duties]
    fields: dict[str, Any] = {"more": _further(spec, duties, contacts)}
    data: dict[str, Any] = {}
    if spec.duties:
        fields |= {duty_name(one): MultiChoice(one.name, hint=one.email, choices=duties) for one in contacts}
        data |= {duty_name(one): held.get(one.ref, []) for one in contacts}
    elif contacts:
        choices = [(one.ref, one.name, one.email) for one in contacts]
        chosen = [one.ref for one in contacts if one.ref in held]
        field = MultiChoice if spec.several else RadioChoice
        label = _l("People that you named before")
        fields["people"] = field(label, choices=choices)
        data["people"] = chosen if spec.several else next(iter(chosen), "")
    return fields, data


class PersonPart(Part):
    name = TextField(_l("Name"), [Required(_l("Enter the name"))], autocomplete="off")
    email = TextField(
        _l("E-mail address"),
        [Required(_l("Enter the e-mail address"))],
        limit=254,
        inputmode="email",
        autocomplete="off",
        render_kw={"type": "email", "spellcheck": "false"},
    )
    phone = TextField(_l("Phone"), [Optional()], limit=40, inputmode="tel", width="m", render_kw={"type": "tel"})


def _further(spec: Task, duties: list[tuple[str, str, str]], contacts: Sequence[PlanContact]) -> Any:
    part: Any = PersonPart
    if duties:
        part = type("PersonPart", (PersonPart,), {"duties": MultiChoice(_l("What this person does"), choices=duties)})
    least = 0 if contacts else 1
    boxes = _boxes("more", 0, most=20, least=least)
    return Repeat(FormField(part), min_entries=boxes, max_entries=20)


# --- files ------------------------------------------------------------------------------------------------------------


def accepted_endings() -> str:
    """For the `accept` of the control in which files are chosen."""
    return ",".join(sorted(ENDINGS[kind] for kind in ALLOWED))


def sent_files(files: Sequence[FileStorage]) -> tuple[list[Received], list[tuple[str, Any]]]:
    """The files that can be taken, and those that cannot with their reason, by name."""
    good: list[Received] = []
    refused: list[tuple[str, Any]] = []
    for file in files:
        if not file.filename:
            continue
        try:
            good.append(receive(file, ALLOWED))
        except FileRefused as error:
            refused.append((file.filename, error.message))
    return good, refused
