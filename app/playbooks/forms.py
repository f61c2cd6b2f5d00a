"""The editor's forms: one for each kind of thing in a playbook, every text in five languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from anyascii import anyascii
from wtforms import FormField
from wtforms.validators import ValidationError

from app.core import identifiers
from app.core.carried import number_in
from app.core.forms import (
    BaseForm,
    ChoiceField,
    Control,
    HiddenField,
    IntegerField,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import LOCALES, _, _l
from app.core.identifiers import InvalidText
from app.core.money import CURRENCIES
from app.playbooks import rules, words
from app.playbooks.editing import Place, free_code, seen
from app.playbooks.faults import Fault
from app.playbooks.outline import Kind, Outline
from app.playbooks.service import NewPlaybook

_ENGLISH = Required(_l("Enter the words in English"))


class WordsField(TextField):
    """A line of words. The blanks that French sets before its signs are kept: they hold together what belongs so."""

    def read(self, typed: str) -> None:
        try:
            words_ = identifiers.clean_text(typed)
        except InvalidText as error:
            self.data = self._typed = error.cleaned
            raise ValueError(error.message) from error
        self.data = self._typed = " ".join(word for word in words_.replace("\n", " ").split(" ") if word)


class Line(Part):
    """A short text in five languages, at least in English. A draft may lack the others."""

    en = WordsField("English", [_ENGLISH], limit=200)
    nl = WordsField("Nederlands", limit=200)
    pl = WordsField("Polski", limit=200)
    fi = WordsField("Suomi", limit=200)
    fr = WordsField("Français", limit=200)


class MaybeLine(Part):
    """A short text that may be left out."""

    en = WordsField("English", limit=200)
    nl = WordsField("Nederlands", limit=200)
    pl = WordsField("Polski", limit=200)
    fi = WordsField("Suomi", limit=200)
    fr = WordsField("Français", limit=200)


class MaybeNote(Part):
    """A text that may be left out."""

    en = NoteField("English", limit=1_000, rows=2)
    nl = NoteField("Nederlands", limit=1_000, rows=2)
    pl = NoteField("Polski", limit=1_000, rows=2)
    fi = NoteField("Suomi", limit=1_000, rows=2)
    fr = NoteField("Français", limit=1_000, rows=2)


class MaybeText(Part):
    """A long text that may be left out."""

    en = NoteField("English", limit=20_000, rows=6)
    nl = NoteField("Nederlands", limit=20_000, rows=6)
    pl = NoteField("Polski", limit=20_000, rows=6)
    fi = NoteField("Suomi", limit=20_000, rows=6)
    fr = NoteField("Français", limit=20_000, rows=6)


class Body(Part):
    """The text of a document."""

    en = NoteField("English", [_ENGLISH], limit=100_000, rows=16)
    nl = NoteField("Nederlands", limit=100_000, rows=16)
    pl = NoteField("Polski", limit=100_000, rows=16)
    fi = NoteField("Suomi", limit=100_000, rows=16)
    fr = NoteField("Français", limit=100_000, rows=16)


def _in_languages(part: type[Part], label: Any, description: Any = "") -> Any:
    return FormField(part, label, description=description)


_TITLE = _in_languages(Line, _l("Title"))
_LABEL = _in_languages(Line, _l("Label"))
_SUMMARY = _in_languages(MaybeNote, _l("Summary"), description=_l("It may be left out."))
_STATUS = _in_languages(
    MaybeLine, _l("Status of the customer"), description=_l("One or two words, such as: Training, Active.")
)
_HINT = _in_languages(
    MaybeNote, _l("Hint"), description=_l("One or two sentences below the title. It may be left out.")
)
_CODE = TextField(
    _l("Code"),
    [Optional()],
    limit=60,
    width="m",
    description=_l(
        "Files and conditions know it by this. It never changes. Left empty, it is made of the English words."
    ),
)


class ConditionField(TextField):
    """A condition over facts: no words of a language."""

    spellcheck = False


_WHEN = ConditionField(
    _l("Condition"),
    [Optional()],
    limit=500,
    description=_l('Empty: always. Otherwise over facts, for example: payroll and "website" in modules'),
)


class ThingForm(BaseForm):
    """One thing of a draft. `keys` are those of the thing that the form holds whole."""

    known = HiddenField()
    keys: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[tuple[str, ...]] = ()
    """Of the fields on the page, where it is another than that of the keys."""

    @classmethod
    def of(cls, thing: Mapping[str, Any], outline: Outline, place: Place) -> ThingForm:
        """Filled with a thing; an empty one is to be added."""
        form = cls(data={**cls.typed(thing), "known": seen(dict(thing))})
        form.settle(outline, place, str(thing.get("kind", "")))
        if thing.get("code") and "code" in form:
            del form["code"]
        return form

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        """As the fields show it."""
        return dict(thing)

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        """Fills the choices from the playbook. `kind` is that of the thing as it is kept; "" for a new one."""

    def to_details(self) -> dict[str, Any]:
        """The thing's keys; None for one that is left out."""
        return {key: _plain(self[key]) for key in self.keys if key in self}

    def new_code(self, taken: list[str]) -> str:
        """What was typed, or one made of the English words."""
        typed: str = self.box("code").data
        english = next(self.box(key).form.en.data for key in ("title", "label", "question") if key in self)
        return typed or free_code(_code_of(english, self.joint) or "thing", taken)

    def box(self, name: str) -> Any:
        """The field of this name."""
        return self[name]

    joint: ClassVar[str] = "-"
    """Between the words of a code."""

    def tell(self, faults: Iterable[Fault], depth: int) -> None:
        """Puts faults beside the fields they are about; `depth` steps of their paths lead to this thing."""
        for fault in faults:
            name = self._field_of(fault.path[depth:])
            if name is None:
                self.form_errors.append(f"{fault.where}: {fault.told}" if fault.where else fault.told)
            else:
                field = _leaf(self, name)
                field.errors = [*field.errors, fault.told]

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        key = str(path[0]) if path else ""
        if key not in self:
            return None
        if not isinstance(self[key], FormField):
            return key
        locale = path[1] if len(path) > 1 and path[1] in LOCALES else "en"
        return f"{key}-{locale}"

    @property
    def parts(self) -> list[Any]:
        """Fields in the order of the page."""
        return [self[name] for name in (*(self.order or self.keys), "code") if name in self]


def _leaf(form: ThingForm, name: str) -> Any:
    key, _dash, locale = name.partition("-")
    return form.box(key).form[locale] if locale else form.box(key)


def _inside(path: tuple[str | int, ...], key: str) -> tuple[str | int, ...]:
    """Where a group of keys stands in the same form: the path within it, its status under the field's name."""
    if path[:1] != (key,) or len(path) == 1:
        return path
    return ("status_words", *path[2:]) if path[1] == "status" else path[1:]


def _plain(field: Any) -> Any:
    if isinstance(field, FormField):
        return {locale: field.form[locale].data for locale in LOCALES if field.form[locale].data.strip()} or None
    return None if field.data == "" else field.data


def _code_of(words_: str, joint: str) -> str:
    """Small letters and digits with joints between them."""
    plain = "".join(letter if letter.isalnum() else " " for letter in anyascii(words_).lower())
    return joint.join(plain.split())[:40].strip(joint)


def _named(things: Iterable[Any]) -> list[tuple[str, str]]:
    return [(thing.code, (getattr(thing, "title", None) or thing.label).get("en", thing.code)) for thing in things]


def _choices(names: Mapping[str, Any]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [(str(code), name) for code, name in names.items()]


class PhaseForm(ThingForm):
    """A phase, and whether somebody works it as a case."""

    keys = ("title", "summary")
    order = ("title", "summary", "case", "status_words", "after", "validated")
    title = _TITLE
    summary = _SUMMARY
    case = TickField(
        _l("This phase is worked as a case"),
        hint=_l("One person is responsible for it. What stands below belongs to the case."),
    )
    status_words = _STATUS
    after = MultiChoice(
        _l("Opens after the cases of these phases"),
        [Optional()],
        hint=_l("Without any it opens when the plan is started."),
    )
    validated = TickField(_l("Completed by somebody else than whoever worked it"))
    code = _CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        case = thing.get("case")
        shown = {"after": case.get("after", ()), "validated": case.get("validated")} if case else {}
        return {**thing, **shown, "status_words": case["status"] if case else {}, "case": case is not None}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("after").choices = _named(
            phase for phase in outline.phases if phase.case is not None and phase.code not in place
        )

    def validate_case(self, field: Any) -> None:
        if field.data and not self.box("status_words").form.en.data.strip():
            raise ValidationError(_("Enter the status of the customer, at least in English."))

    def to_details(self) -> dict[str, Any]:
        case = {
            "status": _plain(self.box("status_words")),
            "after": self.box("after").data,
            "validated": self.box("validated").data,
        }
        return {**super().to_details(), "case": case if self.box("case").data else None}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        return super()._field_of(_inside(path, "case"))


class ModuleForm(ThingForm):
    keys = ("label",)
    label = _LABEL
    code = _CODE


class FactForm(ThingForm):
    keys = ("question", "hint", "kind", "default", "needed")
    joint = "_"
    question = _in_languages(Line, _l("Question"))
    hint = _HINT
    kind = ChoiceField(_l("Kind of answer"), choices=_choices(words.FACT_KINDS), width="m")
    default = TextField(
        _l("Usual answer"),
        [Optional()],
        description=_l("yes or no, a number, the code of an option, or several codes with commas between them."),
    )
    needed = ConditionField(
        _l("An answer is needed when"),
        [Optional()],
        limit=500,
        description=_l("Empty: it may stay open. Otherwise a condition over the other facts."),
    )
    code = _CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        value = thing.get("default")
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        elif isinstance(value, list):
            shown = ", ".join(value)
        else:
            shown = "" if value is None else str(value)
        return {**thing, "default": shown}

    def to_details(self) -> dict[str, Any]:
        typed, kind = self.box("default").data.strip(), self.box("kind").data
        value: Any = typed or None
        if typed and kind == "several":
            value = [one.strip() for one in typed.split(",") if one.strip()]
        elif kind == "yes_no":
            value = {"yes": True, "no": False}.get(typed.lower(), value)
        elif kind == "number" and typed.isascii() and typed.isdigit():
            value = int(typed[:15])
        return {**super().to_details(), "default": value}


class OptionForm(ThingForm):
    keys = ("label", "hint")
    label = _LABEL
    hint = _HINT
    code = _CODE


class PricedForm(OptionForm):
    """An option of a task or a fact, which may cost something."""

    order = ("label", "hint", "service", "net", "currency")
    service = TextField(
        _l("Service in the catalogue"),
        [Optional()],
        limit=40,
        width="m",
        description=_l("Its code. Only for an option that costs something: accepting it makes a billing detail."),
    )
    net = TextField(_l("Net amount"), [Optional()], limit=12, width="s")
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in CURRENCIES], width="s")

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        return {"currency": "EUR", **thing, **thing.get("price", {})}

    def validate_net(self, field: Any) -> None:
        amount = field.data.replace(",", ".").replace(" ", "")
        whole, _dot, cents = amount.partition(".")
        if not (whole.isascii() and whole.isdigit() and len(whole) < 10 and (not cents or cents.isdigit())):
            raise ValidationError(_("Write the net amount with two decimals, for example 149.00."))
        if len(cents) > 2 or not cents.isascii():
            raise ValidationError(_("Write the net amount with two decimals, for example 149.00."))
        field.data = f"{whole}.{cents:<02}"

    def validate_service(self, field: Any) -> None:
        if not self.box("net").data:
            raise ValidationError(_("Enter the net amount too, or leave both empty."))

    def to_details(self) -> dict[str, Any]:
        price = {key: self.box(key).data for key in ("service", "net", "currency")}
        return {**super().to_details(), "price": price if price["service"] or price["net"] else None}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        if path[:1] == ("price",):
            return str(path[1]) if len(path) > 1 else "service"
        return super()._field_of(path)


class FieldForm(ThingForm):
    keys = ("label", "hint", "kind", "required", "at_least", "must", "when")
    joint = "_"
    label = _LABEL
    hint = _HINT
    kind = ChoiceField(_l("Kind of field"), choices=_choices(words.FIELD_KINDS), width="m")
    required = TickField(_l("Must be filled in"))
    at_least = IntegerField(
        _l("At least"),
        [Optional()],
        least=1,
        most=1_000_000,
        description=_l("Of a number: the task is done only from this number on. Empty when any number will do."),
    )
    must = TickField(_l("Must be yes"), hint=_l("Of yes or no: the task is done only when the answer is yes."))
    when = ConditionField(
        _l("Condition"),
        [Optional()],
        limit=500,
        description=_l("Empty: always asked. Otherwise over the fields above it, for example: not customer_file"),
    )
    code = _CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        return {"required": True, "kind": "line", **thing}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        task = outline.task.get(place[1])
        if task is None or task.kind != Kind.FIELDS:
            del self["at_least"]
            del self["must"]
        if task is not None and task.kind == Kind.SECRET:
            del self["when"]


class TrainingForm(ThingForm):
    keys = ("title", "summary", "phase", "module", "minutes", "audience", "when", "series", "ahead")
    title = _TITLE
    summary = _SUMMARY
    phase = ChoiceField(_l("Phase"), width="m")
    module = ChoiceField(_l("Module"), empty=_l("None"), width="m")
    minutes = IntegerField(_l("Minutes"), [Required(_l("Enter the minutes"))], least=5, most=600)
    audience = ChoiceField(
        _l("For whom"),
        choices=lambda: [("customer", _l("All of the customer's people")), *words.CUSTOMER_ROLES.items()],
        width="m",
    )
    when = _WHEN
    series = TickField(
        _l("Held in a series of sessions for everybody"),
        hint=_l("One session of the series is proposed to the customer."),
    )
    ahead = IntegerField(
        _l("Days before going live"),
        [Optional()],
        least=0,
        most=60,
        description=_l("Of a series: whole days that must lie between the session and going live."),
    )
    code = _CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        return {"minutes": 60, "audience": "customer", **thing}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("phase").choices = _named(outline.phases)
        self.box("module").choices = _named(outline.modules)


class DocumentForm(ThingForm):
    keys = ("title", "body", "generated")
    title = _TITLE
    body = _in_languages(
        Body,
        _l("Text"),
        description=_l(
            "Markdown: # heading, ## smaller heading, - list, 1. numbered list, **strong**. HTML is not possible."
        ),
    )
    generated = ChoiceField(
        _l("Made from the plan"),
        choices=_choices(words.GENERATED),
        empty=_l("No: the text alone is accepted"),
        width="m",
        description=_l("Made as a PDF for each customer; the text then stands in it as its terms."),
    )
    code = _CODE


class BasicsForm(ThingForm):
    """The playbook itself."""

    keys = ("title", "summary", "audience", "aim_workdays")
    order = ("title", "summary", "audience", "aim_workdays", "within_days", "status_words")
    title = _TITLE
    summary = _SUMMARY
    audience = ChoiceField(_l("For whom"), choices=_choices(words.AUDIENCES), width="m")
    aim_workdays = IntegerField(
        _l("Working days aimed at"),
        [Optional()],
        least=1,
        most=500,
        description=_l("From kick-off to going live. Empty when none are promised."),
    )
    within_days = IntegerField(
        _l("Days from the contract to the starting date"),
        [Optional()],
        least=1,
        most=365,
        description=_l(
            "At most so many; a later starting date needs a reason. Empty when going live is no starting date."
        ),
    )
    status_words = _in_languages(
        MaybeLine,
        _l("Status once all cases are completed"),
        description=_l("Only with a starting date. One or two words, such as: Active."),
    )

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        starting = thing.get("starting", {})
        return {**thing, "within_days": starting.get("within_days"), "status_words": starting.get("status", {})}

    def validate_within_days(self, field: Any) -> None:
        if field.data is not None and not self.box("status_words").form.en.data.strip():
            raise ValidationError(_("Enter the status once all cases are completed too, at least in English."))

    def to_details(self) -> dict[str, Any]:
        days = self.box("within_days").data
        starting = {"within_days": days, "status": _plain(self.box("status_words"))}
        return {**super().to_details(), "starting": None if days is None else starting}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        return super()._field_of(_inside(path, "starting"))


class TaskForm(ThingForm):
    """A task. Options, fields and duties have forms of their own."""

    order = (
        "title", "phase", "side", "role", "kind", "internal", "call", "several", "document", "training", "anchor",
        "valid_months", "hint", "instruction",
        "module", "when", "due_anchor", "due_workdays", "workdays", "minutes", "required", "needs",
    )  # fmt: skip
    keys = (
        "title", "hint", "instruction", "phase", "kind", "side", "role", "module", "when", "needs", "workdays",
        "minutes", "required", "several", "document", "training", "anchor", "internal", "call", "valid_months",
    )  # fmt: skip
    title = _TITLE
    phase = ChoiceField(_l("Phase"), width="m")
    side = ChoiceField(_l("Who owes it"), choices=_choices(words.SIDES), width="m")
    role = ChoiceField(_l("Role"), width="m", empty=_l("Main contact or account manager"))
    kind = ChoiceField(_l("Kind"), choices=_choices(words.KINDS), width="m")
    several = TickField(_l("More than one can be given"))
    document = ChoiceField(_l("Document to accept"), empty=_l("One that staff upload"), width="m")
    training = ChoiceField(_l("Training"), empty=_l("None"), width="m")
    anchor = ChoiceField(_l("This is the day of"), empty=_l("None"), width="m")
    internal = TickField(
        _l("Answers for staff alone"), hint=_l("The customer sees that it is done, but not what was entered.")
    )
    call = TickField(_l("Done by telephone"), hint=_l("Of the vendor alone. It stands among the calls of the day."))
    valid_months = IntegerField(
        _l("Valid for months"),
        [Optional()],
        least=1,
        most=120,
        description=_l("Counted from the approval of the files; a month before, they are asked for again."),
    )
    hint = _HINT
    instruction = _in_languages(
        MaybeText,
        _l("Instruction"),
        description=_l("Markdown. It is shown and printed with the task, and can be forwarded. It may be left out."),
    )
    module = ChoiceField(_l("Module"), empty=_l("None"), width="m")
    when = _WHEN
    due_anchor = ChoiceField(_l("Due"), choices=_choices(words.ANCHORS), empty=_l("No day of its own"), width="m")
    due_workdays = IntegerField(
        _l("Working days after it"), [Optional()], least=-250, most=250, description=_l("Before it: with a minus.")
    )
    workdays = IntegerField(
        _l("Usual working days"), [Required(_l("Enter how many working days it usually takes"))], least=0, most=250
    )
    minutes = IntegerField(
        _l("Minutes of work"), [Optional()], least=1, most=6_000, description=_l("Said to whoever does it.")
    )
    required = TickField(_l("Required for the plan to be finished"))
    needs = MultiChoice(_l("Waits for these tasks"), [Optional()])
    code = _CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        due = thing.get("due") or {}
        usual = {"workdays": 1, "required": True, "kind": Kind.TICK, "side": "customer"}
        return {**usual, **thing, "due_anchor": due.get("anchor", ""), "due_workdays": due.get("workdays")}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("phase").choices = _named(outline.phases)
        self.box("module").choices = _named(outline.modules)
        self.box("document").choices = _named(outline.documents)
        self.box("training").choices = _named(outline.trainings)
        customer = [(code, _("Customer: %(role)s", role=name)) for code, name in words.CUSTOMER_ROLES.items()]
        vendor = [(code, _("Vendor: %(role)s", role=name)) for code, name in words.STAFF_ROLES.items()]
        self.box("role").choices = [*customer, *vendor]
        own = [rules.ANCHORS[Kind(kind)]] if kind in rules.ANCHORS else []
        self.box("anchor").choices = [(str(each), words.ANCHORS[each]) for each in own]
        fits = rules.FITS[Kind(kind)] if kind in set(Kind) else ()
        for key in ("several", "document", "training", "anchor", "valid_months"):
            if key not in fits:
                del self[key]  # another kind is chosen first, then what belongs to it
        self.box("needs").choices = _named(task for task in outline.tasks if task.code not in place)

    def validate_due_workdays(self, field: Any) -> None:
        if field.data is not None and not self.box("due_anchor").data:
            raise ValidationError(_("Choose from which day these working days count."))

    def to_details(self) -> dict[str, Any]:
        values = super().to_details()
        fits = rules.FITS[Kind(values["kind"])]
        every = {key for keys in rules.FITS.values() for key in keys}
        for key in every - set(fits):
            values[key] = None
        anchor = self.box("due_anchor").data
        due = {"anchor": anchor, "workdays": self.box("due_workdays").data or 0} if anchor else None
        return {**values, "due": due}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        if path[:1] == ("due",):
            return "due_workdays" if path[1:2] == ("workdays",) else "due_anchor"
        return super()._field_of(path)


_FORMS: dict[str, type[ThingForm]] = {
    "phases": PhaseForm,
    "tasks": TaskForm,
    "trainings": TrainingForm,
    "modules": ModuleForm,
    "facts": FactForm,
    "documents": DocumentForm,
    "fields": FieldForm,
    "duties": OptionForm,
    "options": OptionForm,
}


def form_for(place: Place) -> type[ThingForm]:
    """The form of what stands at a place, or in the list at it."""
    if not place:
        return BasicsForm
    lists = place[::2]
    return PricedForm if lists in (("tasks", "options"), ("facts", "options")) else _FORMS[lists[-1]]


class NewForm(BaseForm):
    """A playbook that begins empty."""

    title = _TITLE
    code = TextField(
        _l("Code"),
        [Required(_l("Enter the code"))],
        limit=60,
        width="m",
        description=_l("Small letters, digits and hyphens. Files know the playbook by it; it never changes."),
    )
    audience = ChoiceField(_l("For whom"), choices=_choices(words.AUDIENCES), width="m")

    def to_details(self) -> NewPlaybook:
        return NewPlaybook(self.code.data, self.audience.data, _plain(self.title))


class PublishForm(BaseForm):
    """Putting a draft in force, as it was seen."""

    row_version = HiddenField()
    note = NoteField(
        _l("What is new in it?"),
        [Optional()],
        limit=500,
        description=_l("For colleagues who decide whether a running plan takes it over."),
    )

    def to_details(self) -> tuple[int, str]:
        return number_in(self.row_version.data), self.note.data


class StateForm(BaseForm):
    """A button that changes a draft, and the state in which the person saw it."""

    row_version = HiddenField()

    def to_details(self) -> int:
        return number_in(self.row_version.data)


class YamlField(Control):
    """A YAML file. `data` is its name and its bytes, no more of them than it takes to say that there are too many."""

    kind = "file"
    html_type = "file"
    data: Any

    def process_data(self, value: Any) -> None:
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = next((one for one in valuelist if getattr(one, "filename", "")), None)
        self.data = None if sent is None else (sent.filename.rpartition("/")[2][:120], sent.stream.read())

    @property
    def typed(self) -> str:
        return ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return super().html_attributes(more) | {"accept": ".yaml,.yml", "value": None}


class ImportForm(BaseForm):
    """A file from another installation, or written by hand."""

    file = YamlField(
        _l("File"),
        [Required(_l("Choose a file"))],
        description=_l("YAML, at most 1 MB. It becomes a draft; what is in force stays in force."),
    )

    def to_details(self) -> tuple[str, bytes]:
        name, content = self.file.data
        return name, content
