"""Options with a price: choosing one makes a billing detail, undoing it takes the detail back (I3, R14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.billing.models import BillingDetail
from app.billing.service import details as billing
from app.billing.service.details import DealtWith
from app.core.clock import today
from app.core.db import lock
from app.core.errors import Conflict
from app.core.i18n import _l
from app.plans.answers import NotAnswered
from app.plans.models import Plan, PlanTask
from app.plans.party import Hand
from app.plans.service import billed
from app.plans.service.changing import put_task
from app.playbooks.outline import Option, Task
from app.settings.models import vendor


class OptionInvoiced(Conflict):
    """A period of the billing detail that came with it was dealt with."""

    def __init__(self) -> None:
        super().__init__(
            _l("This option is invoiced already and can no longer be changed here. Please ask your contact person.")
        )


class ServiceGone(Conflict):
    """The catalogue has no such service: nothing could be invoiced."""

    def __init__(self) -> None:
        super().__init__(_l("This option cannot be ordered at the moment. Please ask your contact person."))


def priced(asked: Task, answer: Mapping[str, Any]) -> Option | None:
    """The option with a price that an answer chose, if any."""
    chosen = [option for option in asked.options if option.price and option.code in answer.get("chosen", ())]
    if len(chosen) > 1:
        raise NotAnswered({"chosen": _l("Choose one option with a price only")})
    return chosen[0] if chosen else None


def settle(plan: Plan, task: PlanTask, asked: Task, answer: Mapping[str, Any], by: Hand) -> dict[str, Any]:
    """Brings the billing detail in line with the new answer to a task of a held plan whose account is held too. Gives
    what is to be set on the task.

    Raises:
        NotAnswered: two options with a price.
        OptionInvoiced, ServiceGone
    """
    before, wanted = priced(asked, task.answer), priced(asked, answer)
    if task.billing_detail_id is not None and before == wanted:
        return {}
    take_back(plan, task, by)
    if wanted is None or plan.account_id is None:
        return {}
    assert wanted.price is not None  # `priced`
    made = billed.order(plan, wanted.price, today(vendor().timezone), by)
    if made is None:
        raise ServiceGone
    return {"billing_detail_id": made.id}


def take_back(plan: Plan, task: PlanTask, by: Hand) -> None:
    """The option is not wanted any more: its billing detail goes, while nothing of it was dealt with.

    Raises:
        OptionInvoiced
    """
    if task.billing_detail_id is None:
        return
    detail = lock(BillingDetail, task.billing_detail_id)
    put_task(plan, task, "plan_task.option_taken_back", by, billing_detail_id=None)
    try:
        billing.drop(detail, by.by)
    except DealtWith as error:
        raise OptionInvoiced from error
