"""Verbs on pilots: a first customer works with an integration, and what came of it (S5).

Whoever changes a pilot holds its integration first. So two who start one at once get one pilot, and two who judge it at
once one verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, FieldError, NotFound
from app.core.i18n import _l
from app.customers import service as customers
from app.customers.models import Account
from app.history.service import record
from app.integrations.models import Integration, Package, Product, SoftwarePartner, Stage
from app.integrations.service import stages, steps
from app.manuals.emails_pilots import PilotDecided, PilotStarted
from app.manuals.models import Pilot, PilotVerdict
from app.manuals.queries import pilots as queries
from app.manuals.service import publishing
from app.outbox.mail import Mail, Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Organisation, Person
from app.plans import answers, texts
from app.plans.models import Plan, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import finishing, starting
from app.plans.service.changing import held
from app.settings import processes
from app.settings.models import vendor

PLAYBOOK = "integration-pilot"


class NotOutYet(Conflict):
    """No pilot before manual and onboarding page are out (S5)."""

    def __init__(self) -> None:
        super().__init__(
            _l("A pilot can start once manual and onboarding page of this integration are both published.")
        )


class AlreadyListed(Conflict):
    """What is in the directory needs no pilot."""

    def __init__(self) -> None:
        super().__init__(_l("This integration is in the public directory already. It needs no pilot."))


class OneRuns(Conflict):
    """Two at once would make two verdicts."""

    def __init__(self) -> None:
        super().__init__(_l("A pilot of this integration is running. Give its verdict before you start another one."))


class NotWorkedOn(Conflict):
    """Withdrawn, archived, or of a software partner with which the cooperation has ended."""

    def __init__(self) -> None:
        super().__init__(
            _l("This integration is not worked on: it was withdrawn, its product archived, or the cooperation ended.")
        )


class HasVerdict(Conflict):
    """Somebody was quicker."""

    def __init__(self) -> None:
        super().__init__(_l("This pilot has its verdict already. It is shown as it stands now."))


class PilotMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this pilot in the meantime. Look at it again."))


class NothingToList(DomainError):
    """What succeeded cannot be found by anybody: manual or page were taken down during the pilot."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "Manual or onboarding page were taken down during the pilot, or the integration was withdrawn. Publish "
                "them again, then give the verdict."
            )
        )


@dataclass(frozen=True)
class Beginning:
    """With whom a pilot begins, and when."""

    account_id: int
    starts_on: date
    ends_on: date
    """When the verdict is expected."""
    manager_id: int
    """Who looks after the customer's plan."""


def start(integration_id: int, beginning: Beginning, by: Person) -> Pilot:
    """The pilot, its plan with the customer when the playbook is published, and a mail to the software partner's
    people. The same again, while it runs with the same customer, gives the pilot that there is.

    Raises:
        NotOutYet, AlreadyListed, OneRuns, NotWorkedOn
        FieldError: the account is closed, or the days cannot be.
    """
    _check_days(beginning)
    with write():
        integration = lock(Integration, integration_id)
        product = db.session.get_one(Product, integration.product_id)
        partner = db.session.get_one(SoftwarePartner, product.partner_id)
        there = queries.running(integration.id)
        if there is not None:
            if there.account_id == beginning.account_id and there.starts_on == beginning.starts_on:
                return there
            raise OneRuns
        _check_stage(integration, product, partner)
        account = lock(Account, beginning.account_id)
        if not account.is_live:
            raise FieldError("account", _l("This account is closed. Choose another customer."))
        lead = queries.lead_of(integration.id, account.id)
        pilot = Pilot(
            integration_id=integration.id,
            account_id=account.id,
            lead_id=lead.id if lead is not None else None,
            starts_on=beginning.starts_on,
            ends_on=beginning.ends_on,
            started_by_id=by.id,
            created_at=now(),
        )
        db.session.add(pilot)
        db.session.flush()
        package = db.session.get_one(Package, integration.package_id)
        plan = _plan(pilot, f"{account.company_name}: {product.name}, {package.name}", beginning, by)
        record(
            pilot,
            "pilot.started",
            by,
            {
                "company": (None, account.company_name),
                "starts_on": (None, pilot.starts_on.isoformat()),
                "ends_on": (None, beginning.ends_on.isoformat()),
                **({"plan": (None, plan.ref)} if plan is not None else {}),
            },
        )
        mail = PilotStarted(
            product.ref, product.name, package.name, account.company_name, pilot.starts_on, beginning.ends_on
        )
        _tell(partner, pilot, mail)
        steps.done(partner, "pilot_started", by)
    return pilot


def _check_days(beginning: Beginning) -> None:
    if beginning.ends_on < beginning.starts_on:
        raise FieldError("ends_on", _l("The verdict cannot be expected before the pilot begins."))


def _check_stage(integration: Integration, product: Product, partner: SoftwarePartner) -> None:
    if product.archived_at is not None or not partner.is_active or integration.stage == Stage.WITHDRAWN:
        raise NotWorkedOn
    if integration.stage == Stage.LISTED:
        raise AlreadyListed
    if integration.stage != Stage.PILOT or not queries.is_out(integration.id):
        raise NotOutYet


def _plan(pilot: Pilot, name: str, beginning: Beginning, by: Person) -> Plan | None:
    """None while the playbook is not published. The customer may have other plans: the name tells them apart."""
    if not processes.runs("app.plans") or not steps.is_published(PLAYBOOK):
        return None
    plan = starting.begin(
        starting.StartDetails(
            playbook=PLAYBOOK,
            manager_id=beginning.manager_id,
            account_id=pilot.account_id,
            name=name[:200],
            started_on=beginning.starts_on,
            key=f"pilot:{pilot.ref}",
        ),
        by,
    )
    pilot.plan_id = plan.id
    return plan


def move_end(pilot_id: int, seen: int, ends_on: date, by: Person) -> Pilot:
    """The verdict is expected on another day.

    Raises:
        HasVerdict, PilotMovedOn
        FieldError: the day lies before the pilot begins.
    """
    with write():
        pilot = _held(pilot_id)
        if pilot.verdict is not None:
            raise HasVerdict
        if pilot.ends_on == ends_on:
            return pilot
        if pilot.version != seen:
            raise PilotMovedOn
        if ends_on < pilot.starts_on:
            raise FieldError("ends_on", _l("The verdict cannot be expected before the pilot begins."))
        before = pilot.ends_on.isoformat() if pilot.ends_on else None
        pilot.ends_on = ends_on
        pilot.version += 1
        record(pilot, "pilot.end_moved", by, {"ends_on": (before, ends_on.isoformat())})
    return pilot


@dataclass(frozen=True)
class Decision:
    """What came of a pilot."""

    verdict: PilotVerdict
    on: date
    why: str = ""
    """The software partner reads it."""


def decide(pilot_id: int, seen: int, decision: Decision, by: Person) -> Pilot:
    """The verdict. After a success the integration stands in the directory; else another pilot may start. The same
    again changes nothing.

    Raises:
        HasVerdict, PilotMovedOn, NothingToList
        FieldError: no reason where one is needed, or the day cannot be.
    """
    with write():
        pilot = _held(pilot_id)
        if pilot.verdict is not None:
            if (pilot.verdict, pilot.verdict_on, pilot.why) == (decision.verdict, decision.on, decision.why):
                return pilot
            raise HasVerdict
        if pilot.version != seen:
            raise PilotMovedOn
        _check(pilot, decision)
        integration = db.session.get_one(Integration, pilot.integration_id)
        product = db.session.get_one(Product, integration.product_id)
        partner = db.session.get_one(SoftwarePartner, product.partner_id)
        succeeded = decision.verdict == PilotVerdict.SUCCEEDED
        if succeeded and not (integration.stage in (Stage.PILOT, Stage.LISTED) and queries.is_out(integration.id)):
            raise NothingToList
        pilot.verdict, pilot.verdict_on, pilot.why = decision.verdict, decision.on, decision.why
        pilot.verdict_by_id = by.id
        pilot.version += 1
        record(
            pilot,
            "pilot.verdict",
            by,
            {
                "verdict": (None, str(decision.verdict)),
                "verdict_on": (None, decision.on.isoformat()),
                **({"why": (None, decision.why)} if decision.why else {}),
            },
        )
        _close_plan(pilot, decision, by)
        package = db.session.get_one(Package, integration.package_id)
        account = db.session.get_one(Account, pilot.account_id)
        _tell(
            partner,
            pilot,
            PilotDecided(
                product.ref,
                product.name,
                package.name,
                account.company_name,
                str(decision.verdict),
                decision.on,
                decision.why,
            ),
        )
        if succeeded:
            answer = {"day": decision.on.isoformat(), "succeeded": True, "remarks": decision.why}
            steps.done(partner, "pilot_verdict", by, answer)
            stages.list_(integration, by)
    return pilot


def _check(pilot: Pilot, decision: Decision) -> None:
    if decision.verdict != PilotVerdict.SUCCEEDED and not decision.why:
        raise FieldError("why", _l("Enter the reason. The software partner reads it."))
    if decision.on > today(vendor().timezone):
        raise FieldError("on", _l("This day lies in the future. Enter the day on which the verdict was given."))
    if decision.verdict != PilotVerdict.CANCELLED and decision.on < pilot.starts_on:
        raise FieldError("on", _l("The pilot had not begun on this day."))


def _close_plan(pilot: Pilot, decision: Decision, by: Person) -> None:
    """The customer's plan gets the verdict too; when there was no success it is put away, so that nobody is reminded of
    it any more."""
    if pilot.plan_id is None:
        return
    hand = Hand(person=by)
    with held(pilot.plan_id, hand, archived_too=True) as plan:
        if plan.state == PlanState.ARCHIVED:
            return
        task = db.session.scalar(
            sa.select(PlanTask)
            .where(PlanTask.plan_id == plan.id, PlanTask.code == "verdict", PlanTask.state == TaskState.OPEN)
            .execution_options(populate_existing=True)
        )
        if task is not None:
            asked = texts.of_task(task, texts.outline_of(plan))
            answer = {"day": decision.on.isoformat(), "result": str(decision.verdict)}
            if not answers.problems(asked, answer, (), plan.country):
                values = {"answer": answers.cleaned(asked, answer, (), plan.country)}
                finishing.finish(plan, task, hand, "plan_task.done", approved=True, **values)
        if decision.verdict != PilotVerdict.SUCCEEDED:
            starting.put_away(plan, decision.why, hand)


def _held(pilot_id: int) -> Pilot:
    """The integration held first. Raises NotFound."""
    integration_id = db.session.scalar(sa.select(Pilot.integration_id).where(Pilot.id == pilot_id))
    if integration_id is None:
        raise NotFound
    lock(Integration, integration_id)
    return lock(Pilot, pilot_id)


def _tell(partner: SoftwarePartner, pilot: Pilot, mail: Mail) -> None:
    """To all of the software partner's people, each in the own language."""
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    for member in people.members_of(organisation):
        person = member.person
        if person.is_active:
            to = Recipient.of(person)
            post(mail, to, conversation=f"pilot:{pilot.ref}")


# --- what happens below -----------------------------------------------------------------------------------------------


def _refuse_withdrawal(integration: Integration) -> None:
    if queries.running(integration.id) is not None:
        raise OneRuns


def _carry_on(integration: Integration, by: Person) -> None:
    publishing.open_pilot(integration, by)


def _move_with_merge(closed: Account, survivor: Account, by: Person) -> None:
    """When accounts are merged, the pilots of the one become the other's."""
    query = sa.select(Pilot).where(Pilot.account_id == closed.id).order_by(Pilot.id).with_for_update()
    for pilot in db.session.scalars(query).all():
        pilot.account_id = survivor.id
        pilot.version += 1
        record(pilot, "pilot.moved_with_merge", by, {"account": (closed.ref, survivor.ref)})


stages.BEFORE_WITHDRAWING.append(_refuse_withdrawal)
stages.AFTER_PUTTING_BACK.append(_carry_on)
customers.MOVES.append(_move_with_merge)

__all__ = [
    "PLAYBOOK",
    "AlreadyListed",
    "Beginning",
    "Decision",
    "HasVerdict",
    "NotOutYet",
    "NotWorkedOn",
    "NothingToList",
    "OneRuns",
    "PilotMovedOn",
    "decide",
    "move_end",
    "start",
]
