"""The form in which the customer's details are gone through: each is right as it is, or what it should be is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core import identifiers
from app.core.carried import number_in
from app.core.days import NotADay, day_in
from app.core.forms import ChoiceField, DateField, HiddenField, Optional, RadioChoice, TextField, country_choices
from app.core.i18n import _l, format_date
from app.customers import fields
from app.customers.models import Account
from app.plans import details
from app.plans.details import FORESEEN, GOLIVE
from app.plans.forms.answers import AnswerForm
from app.plans.models import Plan, PlanTask
from app.plans.party import Hand
from app.plans.service.details import Gone, SeenDetails
from app.playbooks.outline import Task

SAID, TYPED = "is_", "to_"
"""Before the code of a detail: what is said of it, and what it should be."""

_RIGHT = ("right", _l("Right as it is"))
_WRONG = ("corrected", _l("Not right: it should be"))


@dataclass(frozen=True)
class Item:
    """One detail on the page."""

    code: str
    name: Any
    value: str
    """As people write it; "" where there is none yet."""


class DetailsForm(AnswerForm):
    account_version = HiddenField()
    golive_seen = HiddenField()
    items: tuple[Item, ...]

    @property
    def gone(self) -> Gone:
        """What was said and typed. A correction is one also where nothing but the new value was given."""
        chosen = {item.code: self._fields[SAID + item.code].data for item in self.items if item.code != FORESEEN}
        typed = {
            code: self._fields[TYPED + code].data
            for code, word in chosen.items()
            if word == "corrected" and code != GOLIVE
        }
        return Gone(
            right=frozenset(code for code, word in chosen.items() if word == "right"),
            corrected=typed,
            foreseen_on=self._fields[FORESEEN].data or None if FORESEEN in self._fields else None,
        )

    @property
    def seen_details(self) -> SeenDetails:
        return SeenDetails(number_in(self.account_version.data, -1), _day(self.golive_seen.data))

    def name_of(self, code: str) -> str:
        if code == FORESEEN:
            return FORESEEN
        word = self._fields.get(SAID + code)
        return TYPED + code if word is not None and word.data == "corrected" else SAID + code

    def fail(self, error: Any) -> None:
        super().fail(error)
        for field in self._fields.values():
            code = field.name.removeprefix(SAID).removeprefix(TYPED)
            named = next((item.name for item in self.items if item.code == code != FORESEEN), None)
            if field.errors and named is not None:
                field.errors = [f"{named}: {message}" for message in field.errors]


def _day(typed: str) -> date | None:
    try:
        return day_in(typed) if typed else None
    except NotADay:
        return None


def details_form(plan: Plan, task: PlanTask, spec: Task, hand: Hand) -> DetailsForm:
    """As everything stands now. What was gone through before is right as it is now."""
    account = details.account_of(plan)
    items = items_of(plan, account, hand)
    said_before = details.gone_through(task.answer)
    made: Any = type(DetailsForm.__name__, (DetailsForm,), {**_controls(items, account), "spec": spec, "items": items})
    form: DetailsForm = made(
        data={
            "version": str(task.version),
            "account_version": str(account.version) if account else "",
            "golive_seen": plan.golive_on.isoformat() if plan.golive_on else "",
            FORESEEN: plan.foreseen_on,
            **{SAID + item.code: "right" if item.code in said_before else "" for item in items},
            **{TYPED + item.code: _kept(item, account) for item in items},
        }
    )
    return form


def items_of(plan: Plan, account: Account | None, hand: Hand) -> tuple[Item, ...]:
    """Every detail with its value now."""
    return tuple(_item(code, plan, account) for code in details.asked_of(plan, account, hand))


def _item(code: str, plan: Plan, account: Account | None) -> Item:
    if code == GOLIVE:
        return Item(code, _l("Starting date"), format_date(plan.golive_on) if plan.golive_on else "")
    if code == FORESEEN:
        return Item(code, _l("Your own forecast"), format_date(plan.foreseen_on) if plan.foreseen_on else "")
    assert account is not None
    value = fields.shown(code, getattr(account, code), account.country)
    return Item(code, fields.name_of(code, account.country), value)


def _kept(item: Item, account: Account | None) -> str:
    """A correction begins with what stands there."""
    return account.country if item.code == "country" and account is not None else item.value


def _controls(items: tuple[Item, ...], account: Account | None) -> dict[str, Any]:
    country = account.country if account is not None else ""
    made: dict[str, Any] = {}
    for item in items:
        if item.code == FORESEEN:
            made[FORESEEN] = DateField(
                _l("Your own forecast"),
                [Optional()],
                hint=_l(
                    "The day on which you expect the customer to be live. Colleagues see it beside the computed one."
                ),
                width="s",
            )
            continue
        choices = [_RIGHT] if item.code == GOLIVE else [_RIGHT, _WRONG]
        made[SAID + item.code] = RadioChoice(item.name, [Optional()], choices=choices)
        if item.code == "country":
            made[TYPED + item.code] = ChoiceField(_l("It should be"), [Optional()], choices=country_choices, width="s")
        elif item.code != GOLIVE:
            rule = identifiers.rule_of(country, item.code) if item.code in fields.IDENTIFIERS else None
            made[TYPED + item.code] = TextField(
                _l("It should be"), [Optional()], hint=rule.hint if rule else "", limit=300, autocomplete="off"
            )
    return made
