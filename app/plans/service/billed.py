"""Billing details that begin on a plan's starting date: linked, made by hand, made by an answer with a price (C1, C2).

Whoever changes one holds the account first, then the plan, then the details.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPeriod
from app.billing.queries.details import calendar_of
from app.billing.service import details as billing
from app.billing.service.details import CannotBegin, DetailTerms
from app.catalogue.models import Service
from app.core.db import db, lock
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.customers.models import Account
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanBilling, PlanState
from app.plans.party import Hand
from app.plans.service.changing import changing, record
from app.playbooks.outline import Fact, Option, Outline, Price

ONE_OFF = 0


class FeeInvoiced(Conflict):
    """What an answer costs was invoiced, so the answer stands; `fact` is the code of the question."""

    def __init__(self, fact: str, ref: str) -> None:
        super().__init__(
            _l("This answer stays: its billing detail %(ref)s was handed over or invoiced already.", ref=ref)
        )
        self.fact = fact


class ServiceMissing(Conflict):
    """The catalogue does not know the service of an answer with a price."""

    def __init__(self, code: str) -> None:
        super().__init__(
            _l(
                "The catalogue has no service with the code %(code)s, so the fee cannot be invoiced. Add it first.",
                code=code,
            )
        )


class NoStartingDate(Conflict):
    """Billing begins on a day that nobody agreed on yet."""

    def __init__(self) -> None:
        super().__init__(_l("Agree on the starting date first: billing begins on that day."))


# --- what is linked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Billed:
    """A detail that begins on the starting date, with its service, prices and pauses."""

    detail: BillingDetail
    option: str | None
    made: bool
    dealt_with: bool
    """A period of it was handed over, taken over or invoiced: it stays where it is."""


def of_plan(plan: Plan) -> list[Billed]:
    """In the order in which they were added, in a constant number of queries."""
    begun = sa.exists().where(BillingPeriod.detail_id == BillingDetail.id)
    rows = db.session.execute(
        sa.select(BillingDetail, PlanBilling.option, PlanBilling.made, begun)
        .join(PlanBilling, PlanBilling.billing_detail_id == BillingDetail.id)
        .where(PlanBilling.plan_id == plan.id)
        .order_by(BillingDetail.id)
        .options(
            joinedload(BillingDetail.service, innerjoin=True),
            selectinload(BillingDetail.prices),
            selectinload(BillingDetail.pauses),
        )
        .execution_options(populate_existing=True)
    )
    return [Billed(detail, option, made, dealt_with) for detail, option, made, dealt_with in rows]


def linkable(account_id: int) -> list[BillingDetail]:
    """Details of an account that can begin on a starting date: nothing of them was dealt with, and they do not begin
    on that of another plan that is not archived."""
    taken = sa.select(PlanBilling.billing_detail_id).join(Plan).where(Plan.state != PlanState.ARCHIVED)
    return list(
        db.session.scalars(
            sa.select(BillingDetail)
            .where(
                BillingDetail.account_id == account_id,
                BillingDetail.id.not_in(taken),
                ~sa.exists().where(BillingPeriod.detail_id == BillingDetail.id),
            )
            .order_by(BillingDetail.id)
            .limit(100)
            .options(joinedload(BillingDetail.service, innerjoin=True), selectinload(BillingDetail.prices))
        )
    )


@contextmanager
def _agreed(plan_id: int, by: Hand) -> Iterator[tuple[Plan, Account, date]]:
    """The held plan, its held account, and the starting date.

    Raises:
        NotFound: the plan is nobody's to invoice, or has no starting date by its playbook.
        NoStartingDate, PlanArchived
    """
    with changing(plan_id, by, account_too=True) as plan:
        if plan.account_id is None or texts.outline_of(plan).starting is None:
            raise NotFound
        if plan.golive_on is None:
            raise NoStartingDate
        yield plan, db.session.get_one(Account, plan.account_id), plan.golive_on


def link(plan_id: int, refs: Sequence[str], by: Hand) -> list[BillingDetail]:
    """These details of the account begin on the starting date from now on. One that does already is left alone.

    Raises:
        FieldError: one of them cannot begin on that day, or begins on that of another plan.
        NotFound, NoStartingDate, PlanArchived
    """
    with _agreed(plan_id, by) as (plan, _account, _day):
        return tie(plan, ids_of(plan, refs), by)


def ids_of(plan: Plan, refs: Sequence[str]) -> list[int]:
    """Details of the plan's account by their references. Raises NotFound: one is not of this account."""
    known = sa.select(BillingDetail.id).where(BillingDetail.ref.in_(refs), BillingDetail.account_id == plan.account_id)
    ids = list(db.session.scalars(known.order_by(BillingDetail.id)))
    if len(ids) != len(set(refs)):
        raise NotFound
    return ids


def tie(plan: Plan, detail_ids: Sequence[int], by: Hand) -> list[BillingDetail]:
    """What `link` does to details of the account of a held plan, which has its starting date."""
    assert plan.golive_on is not None
    tied = []
    for detail_id in sorted(set(detail_ids)):
        detail = lock(BillingDetail, detail_id)
        if detail.account_id != plan.account_id:
            raise NotFound
        there = db.session.scalar(
            sa.select(PlanBilling)
            .where(PlanBilling.billing_detail_id == detail.id)
            .execution_options(populate_existing=True)
        )
        if there is not None and there.plan_id == plan.id:
            continue
        if there is not None:
            other = db.session.get_one(Plan, there.plan_id)
            if other.state != PlanState.ARCHIVED:
                raise FieldError(
                    "billing",
                    _l(
                        "The billing detail %(ref)s begins with the plan %(plan)s already.",
                        ref=detail.ref,
                        plan=other.ref,
                    ),
                )
            db.session.delete(there)
            db.session.flush()
        try:
            billing.begin_on(detail, plan.golive_on, by.by)
        except CannotBegin as refused:
            raise FieldError("billing", refused.message) from refused
        if billing.anything_dealt_with([detail.id]):  # it begins on that day already, and cannot move from it
            raise FieldError(
                "billing", _l("A period of the billing detail %(ref)s was dealt with already.", ref=detail.ref)
            )
        _tied(plan, detail, by)
        tied.append(detail)
    return tied


def _tied(plan: Plan, detail: BillingDetail, by: Hand, *, option: str | None = None, made: bool = False) -> None:
    db.session.add(PlanBilling(plan_id=plan.id, billing_detail_id=detail.id, option=option, made=made))
    db.session.flush()
    record(plan, "plan.billing_linked", by, {"_detail": (None, detail.ref)}, plan=plan)


def unlink(plan_id: int, ref: str, by: Hand) -> None:
    """The detail no longer moves with the starting date; it stays as it is. One that an answer made goes with the
    answer alone. Twice is once.

    Raises:
        Conflict: an answer made it.
        NotFound, PlanArchived
    """
    with changing(plan_id, by, account_too=True) as plan:
        found = db.session.execute(
            sa.select(PlanBilling, BillingDetail.ref)
            .join(BillingDetail, BillingDetail.id == PlanBilling.billing_detail_id)
            .where(PlanBilling.plan_id == plan.id, BillingDetail.ref == ref)
        ).one_or_none()
        if found is None:
            return
        if found[0].option is not None:
            raise Conflict(_l("This billing detail came with an answer about the customer. Change the answer instead."))
        db.session.delete(found[0])
        record(plan, "plan.billing_unlinked", by, {"_detail": (ref, None)}, plan=plan)


def begin(plan_id: int, terms: DetailTerms, by: Hand, *, key: str | None = None) -> BillingDetail:
    """A new detail of the plan's account, from the starting date on, whatever its terms say of the first day and the
    credit: it is credited to the account's reseller. The same form sent twice (`key`) is one detail.

    Raises:
        FieldError: the terms do not go together.
        NotFound, NoStartingDate, PlanArchived, AccountClosed
    """
    with _agreed(plan_id, by) as (plan, account, day):
        if key and (there := db.session.scalar(sa.select(BillingDetail).where(BillingDetail.key == key))) is not None:
            return there
        made = billing.put(account, replace(terms, starts_on=day, reseller_id=account.reseller_id), by.by, key=key)
        _tied(plan, made, by, made=True)
    return made


# --- answers with a price ---------------------------------------------------------------------------------------------


def fees(outline: Outline, facts: Mapping[str, Any]) -> dict[str, tuple[Fact, Option]]:
    """The answers that cost something, by the codes of fact and option; only where there is a starting date on which
    they are due."""
    found: dict[str, tuple[Fact, Option]] = {}
    for fact in outline.facts if outline.starting is not None else ():
        answer = facts.get(fact.code)
        chosen = answer if isinstance(answer, list) else [answer]
        for option in fact.options:
            if option.price is not None and option.code in chosen:
                found[f"{fact.code}/{option.code}"] = (fact, option)
    return found


def has_fees(outline: Outline) -> bool:
    """Whether an answer to one of its questions may cost something."""
    return outline.starting is not None and any(option.price for fact in outline.facts for option in fact.options)


@dataclass(frozen=True)
class Fees:
    """What other answers do to the fees of a plan."""

    appear: list[Option]
    go: list[tuple[str, BillingDetail]]
    """The fact's code and the detail that goes."""
    stuck: dict[str, str]
    """By the fact's code the reference of a detail that cannot go."""


def fees_if(plan: Plan, outline: Outline, facts: Mapping[str, Any]) -> Fees:
    """What `settle` would do with these answers. Changes nothing."""
    wanted = fees(outline, facts) if plan.account_id is not None else {}
    there = {one.option: one for one in of_plan(plan) if one.option is not None}
    gone = {key: one for key, one in there.items() if key not in wanted}
    return Fees(
        [
            option
            for key, (_fact, option) in wanted.items()
            if key not in there and key not in fees(outline, plan.facts)
        ],
        [(key.partition("/")[0], one.detail) for key, one in gone.items() if not one.dealt_with],
        {key.partition("/")[0]: one.detail.ref for key, one in gone.items() if one.dealt_with},
    )


def settle(plan: Plan, outline: Outline, by: Hand, *, before: Collection[str] = ()) -> None:
    """Brings the fees of a held plan, whose account is held too, in line with its answers: one-off details that are due
    on the starting date. While nobody agreed on that day, they are made later, together with it. `before`: the keys of
    `fees` of the answers before; a detail of these that finance removed is not made again.

    Raises:
        FeeInvoiced: what an answer cost that is no longer given.
        ServiceMissing, AccountClosed
    """
    if plan.account_id is None:
        return
    wanted = fees(outline, plan.facts)
    there = {
        str(link.option): link
        for link in db.session.scalars(
            sa.select(PlanBilling)
            .where(PlanBilling.plan_id == plan.id, PlanBilling.option.is_not(None))
            .execution_options(populate_existing=True)
        )
    }
    for key in sorted(there.keys() - wanted.keys()):
        _drop_fee(plan, key, there[key], by)
    if plan.golive_on is None:
        return
    for key, (_fact, option) in wanted.items():
        if key in there or key in before:
            continue
        assert option.price is not None  # else it were none of the fees
        made = order(plan, option.price, plan.golive_on, by, months=ONE_OFF)
        if made is None:
            raise ServiceMissing(option.price.service)
        _tied(plan, made, by, option=key, made=True)


def _drop_fee(plan: Plan, key: str, link: PlanBilling, by: Hand) -> None:
    detail = lock(BillingDetail, link.billing_detail_id)
    ref = detail.ref
    if billing.anything_dealt_with([detail.id]):
        raise FeeInvoiced(key.partition("/")[0], ref)
    _drop(link, detail, by)
    record(plan, "plan.billing_removed", by, {"_detail": (ref, None)}, plan=plan)


def _drop(link: PlanBilling, detail: BillingDetail, by: Hand) -> None:
    db.session.delete(link)
    db.session.flush()
    billing.drop(detail, by.by)


def order(plan: Plan, price: Price, day: date, by: Hand, *, months: int | None = None) -> BillingDetail | None:
    """A new detail of what an option costs, from that day on, on the held account of a held plan; with the periods of
    its service unless `months` says others. None where the catalogue does not know the service."""
    assert plan.account_id is not None
    service = db.session.scalar(sa.select(Service).where(Service.code == price.service))
    if service is None:
        return None
    account = db.session.get_one(Account, plan.account_id)
    terms = DetailTerms(
        service_id=service.id,
        net=price.net,
        currency=price.currency,
        months=service.months if months is None else months,
        starts_on=day,
        vat_rate=service.vat_rate,
        reseller_id=account.reseller_id,
    )
    return billing.put(account, terms, by.by)


# --- another day ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BillingMove:
    """What another starting date does to one linked detail."""

    detail: BillingDetail
    old: date | None
    """Its next invoice date."""
    new: date | None
    stays: Any | None
    """Why it does not move, as a sentence."""


def moves_if(plan: Plan, day: date) -> list[BillingMove]:
    """What `move` would do to linked details; those that begin on that day already are left out. Changes nothing."""
    found = []
    for one in of_plan(plan):
        detail = one.detail
        if detail.starts_on == day:
            continue
        stays = billing.why_not_begin_on(detail, day, detail.prices)
        then = calendar.next_on(replace(calendar_of(detail), starts_on=day), ())
        found.append(BillingMove(detail, detail.next_on, detail.next_on if stays else then, stays))
    return found


def move(plan: Plan, by: Hand) -> None:
    """Linked details of a held plan, whose account is held too, begin on its starting date; one of which a period was
    dealt with, or that cannot begin on that day, stays as it is."""
    assert plan.golive_on is not None
    ids = db.session.scalars(
        sa.select(PlanBilling.billing_detail_id)
        .where(PlanBilling.plan_id == plan.id)
        .order_by(PlanBilling.billing_detail_id)
    ).all()
    for detail_id in ids:
        try:
            billing.begin_on(lock(BillingDetail, detail_id), plan.golive_on, by.by)
        except (CannotBegin, NotFound):
            continue  # the page that asked has said so, or finance removed it a moment ago


# --- the plan was taken back ------------------------------------------------------------------------------------------


def made_for(plan_id: int) -> list[int]:
    """The details that were made for this plan, by an answer or by hand."""
    made = sa.select(PlanBilling.billing_detail_id).where(PlanBilling.plan_id == plan_id, PlanBilling.made)
    return list(db.session.scalars(made.order_by(PlanBilling.billing_detail_id)))


def take_back(plan: Plan, by: Person) -> None:
    """What started a held plan was reversed: details that were made for it are removed, the others stay as they are and
    no longer move with it. The account is held too.

    Raises:
        DealtWith: a period of one was handed over, taken over or invoiced.
    """
    hand = Hand(person=by)
    links = db.session.scalars(
        sa.select(PlanBilling)
        .where(PlanBilling.plan_id == plan.id)
        .order_by(PlanBilling.billing_detail_id)
        .execution_options(populate_existing=True)
    ).all()
    for each in links:
        detail = lock(BillingDetail, each.billing_detail_id)
        ref = detail.ref
        if each.made:
            _drop(each, detail, hand)
        else:
            db.session.delete(each)
        record(
            plan,
            "plan.billing_removed" if each.made else "plan.billing_unlinked",
            hand,
            {"_detail": (ref, None)},
            plan=plan,
        )
