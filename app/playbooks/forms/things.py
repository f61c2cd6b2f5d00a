"""The editor's forms: one for each kind of thing in a playbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wtforms.validators import ValidationError

from app.core.forms import ChoiceField, IntegerField, MultiChoice, Optional, Required, TextField, TickField
from app.core.i18n import _, _l
from app.core.money import CURRENCIES
from app.playbooks import rules, words
from app.playbooks.editing import Place
from app.playbooks.forms.thing import (
    BODY,
    CODE,
    HINT,
    LABEL,
    LINE,
    MAYBE_LINE,
    MAYBE_TEXT,
    STATUS,
    SUMMARY,
    TITLE,
    WHEN,
    ConditionField,
    ThingForm,
    choices,
    in_languages,
    inside,
    named,
    plain,
)
from app.playbooks.outline import Kind, Outline


class PhaseForm(ThingForm):
    """A phase, and whether somebody works it as a case."""

    keys = ("title", "summary")
    order = ("title", "summary", "case", "status_words", "after", "validated")
    title = TITLE
    summary = SUMMARY
    case = TickField(
        _l("This phase is worked as a case"),
        hint=_l("One person is responsible for it. What stands below belongs to the case."),
    )
    status_words = STATUS
    after = MultiChoice(
        _l("Opens after the cases of these phases"),
        [Optional()],
        hint=_l("Without any it opens when the plan is started."),
    )
    validated = TickField(_l("Completed by somebody else than whoever worked it"))
    code = CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        case = thing.get("case")
        shown = {"after": case.get("after", ()), "validated": case.get("validated")} if case else {}
        return {**thing, **shown, "status_words": case["status"] if case else {}, "case": case is not None}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("after").choices = named(
            phase for phase in outline.phases if phase.case is not None and phase.code not in place
        )

    def validate_case(self, field: Any) -> None:
        if field.data and not self.box("status_words").form.en.data.strip():
            raise ValidationError(_("Enter the status of the customer, at least in English."))

    def to_details(self) -> dict[str, Any]:
        case = {
            "status": plain(self.box("status_words")),
            "after": self.box("after").data,
            "validated": self.box("validated").data,
        }
        return {**super().to_details(), "case": case if self.box("case").data else None}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        return super()._field_of(inside(path, "case"))


class ModuleForm(ThingForm):
    keys = ("label",)
    label = LABEL
    code = CODE


class FactForm(ThingForm):
    keys = ("question", "hint", "kind", "default", "needed")
    joint = "_"
    question = in_languages(LINE, _l("Question"))
    hint = HINT
    kind = ChoiceField(_l("Kind of answer"), choices=choices(words.FACT_KINDS), width="m")
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
    code = CODE

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
    label = LABEL
    hint = HINT
    code = CODE


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
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,2})?", amount):
            raise ValidationError(_("Write the net amount with two decimals, for example 149.00."))
        whole, _dot, cents = amount.partition(".")
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
    label = LABEL
    hint = HINT
    kind = ChoiceField(_l("Kind of field"), choices=choices(words.FIELD_KINDS), width="m")
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
    code = CODE

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
    title = TITLE
    summary = SUMMARY
    phase = ChoiceField(_l("Phase"), width="m")
    module = ChoiceField(_l("Module"), empty=_l("None"), width="m")
    minutes = IntegerField(_l("Minutes"), [Required(_l("Enter the minutes"))], least=5, most=600)
    audience = ChoiceField(
        _l("For whom"),
        choices=lambda: [("customer", _l("All of the customer's people")), *words.CUSTOMER_ROLES.items()],
        width="m",
    )
    when = WHEN
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
    code = CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        return {"minutes": 60, "audience": "customer", **thing}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("phase").choices = named(outline.phases)
        self.box("module").choices = named(outline.modules)


class DocumentForm(ThingForm):
    keys = ("title", "body", "generated")
    title = TITLE
    body = in_languages(
        BODY,
        _l("Text"),
        description=_l(
            "Markdown: # heading, ## smaller heading, - list, 1. numbered list, **strong**. HTML is not possible."
        ),
    )
    generated = ChoiceField(
        _l("Made from the plan"),
        choices=choices(words.GENERATED),
        empty=_l("No: the text alone is accepted"),
        width="m",
        description=_l("Made as a PDF for each customer; the text then stands in it as its terms."),
    )
    code = CODE


class BasicsForm(ThingForm):
    """The playbook itself."""

    keys = ("title", "summary", "audience", "aim_workdays")
    order = ("title", "summary", "audience", "aim_workdays", "within_days", "status_words")
    title = TITLE
    summary = SUMMARY
    audience = ChoiceField(_l("For whom"), choices=choices(words.AUDIENCES), width="m")
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
    status_words = in_languages(
        MAYBE_LINE,
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
        starting = {"within_days": days, "status": plain(self.box("status_words"))}
        return {**super().to_details(), "starting": None if days is None else starting}

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        return super()._field_of(inside(path, "starting"))


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
    title = TITLE
    phase = ChoiceField(_l("Phase"), width="m")
    side = ChoiceField(_l("Who owes it"), choices=choices(words.SIDES), width="m")
    role = ChoiceField(_l("Role"), width="m", empty=_l("Main contact or account manager"))
    kind = ChoiceField(_l("Kind"), choices=choices(words.KINDS), width="m")
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
    hint = HINT
    instruction = in_languages(
        MAYBE_TEXT,
        _l("Instruction"),
        description=_l("Markdown. It is shown and printed with the task, and can be forwarded. It may be left out."),
    )
    module = ChoiceField(_l("Module"), empty=_l("None"), width="m")
    when = WHEN
    due_anchor = ChoiceField(_l("Deadline"), choices=choices(words.ANCHORS), empty=_l("No day of its own"), width="m")
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
    code = CODE

    @classmethod
    def typed(cls, thing: Mapping[str, Any]) -> dict[str, Any]:
        due = thing.get("due") or {}
        usual = {"workdays": 1, "required": True, "kind": Kind.TICK, "side": "customer"}
        return {**usual, **thing, "due_anchor": due.get("anchor", ""), "due_workdays": due.get("workdays")}

    def settle(self, outline: Outline, place: Place, kind: str) -> None:
        self.box("phase").choices = named(outline.phases)
        self.box("module").choices = named(outline.modules)
        self.box("document").choices = named(outline.documents)
        self.box("training").choices = named(outline.trainings)
        customer = [(code, _("Customer: %(role)s", role=name)) for code, name in words.CUSTOMER_ROLES.items()]
        vendor = [(code, _("Vendor: %(role)s", role=name)) for code, name in words.STAFF_ROLES.items()]
        self.box("role").choices = [*customer, *vendor]
        own = [rules.ANCHORS[Kind(kind)]] if kind in rules.ANCHORS else []
        self.box("anchor").choices = [(str(each), words.ANCHORS[each]) for each in own]
        fits = rules.FITS[Kind(kind)] if kind in set(Kind) else ()
        for key in ("several", "document", "training", "anchor", "valid_months"):
            if key not in fits:
                del self[key]  # another kind is chosen first, then what belongs to it
        self.box("needs").choices = named(task for task in outline.tasks if task.code not in place)

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
