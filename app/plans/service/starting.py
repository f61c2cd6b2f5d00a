"""Starting a plan from a playbook, other facts later, copying, archiving and reopening it (I1, I2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, FieldError, NotFound
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.customers import service as customers
from app.customers.models import Account
from app.people.models import Organisation, Person
from app.plans import standing
from app.plans.models import Plan, PlanContact, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import billed, closing, people, secrets, starting_date
from app.plans.service.assigning import copy_own
from app.plans.service.changing import changing, held, plain, put, record
from app.plans.service.growing import grow
from app.plans.service.people import NewContact
from app.plans.texts import outline_of
from app.playbooks import conditions
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import Fact, Outline
from app.settings.models import vendor


@dataclass(frozen=True)
class StartDetails:
    """What is said when a plan is started. Exactly one of account and organisation."""

    playbook: str
    """The playbook's code; its newest published version is followed."""
    manager_id: int
    account_id: int | None = None
    organisation_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    contacts: tuple[NewContact, ...] = ()
    """Nobody given: the account's contact person."""
    name: str = ""
    locale: str = ""
    country: str = ""
    """Left empty, these three are the account's."""
    started_on: date | None = None
    contract_on: date | None = None
    kickoff_on: date | None = None
    golive_on: date | None = None
    starting_why: str = ""
    """Why the starting date may lie later than the playbook allows."""
    billing: tuple[str, ...] = ()
    """References of the account's billing details that begin on the starting date."""
    invite: bool = True
    """Whether those who enter get their personal link at once."""
    key: str | None = None


class WrongFacts(DomainError):
    """Some answers do not go with the playbook's questions: `problems` says it by the fact's code."""

    def __init__(self, problems: Mapping[str, Any]) -> None:
        super().__init__(next(iter(problems.values())))
        self.problems = dict(problems)


class NothingToStart(Conflict):
    """The playbook has no published version, or is archived."""

    def __init__(self) -> None:
        super().__init__(_l("This playbook cannot be started: publish it first."))


class PartyClosed(Conflict):
    """The account is archived or merged."""

    def __init__(self) -> None:
        super().__init__(_l("This account is closed. No plan can be started for it."))


def start(details: StartDetails, by: Person) -> Plan:
    """A new plan with the tasks and trainings that its facts ask for. The same form sent twice (`key`) is one plan.

    Raises:
        NotFound: no such account, organisation, manager or playbook.
        PartyClosed, NothingToStart, WrongFacts
        FieldError: a contact's address cannot be, or two have the same one; or the starting date cannot be, or a
            billing detail cannot begin on it.
        billed.ServiceMissing: what an answer costs cannot be invoiced.
    """
    with write():
        return begin(details, by)


def begin(details: StartDetails, by: Person) -> Plan:
    """What `start` does, inside somebody else's `write()`, as when a lead is converted."""
    party = _party(details)
    if details.key and (made := db.session.scalar(sa.select(Plan).where(Plan.key == details.key))) is not None:
        return made
    version = newest_version(details.playbook)
    outline = outline_of(version)
    facts = cleaned_facts(outline, details.facts)
    manager = db.session.get(Person, details.manager_id)
    if manager is None or not manager.is_active:
        raise NotFound
    permitted = starting_date.checked(
        outline.starting, details.contract_on, details.golive_on, details.starting_why, by
    )
    if details.billing and (outline.starting is None or details.golive_on is None):
        raise FieldError("golive_on", _l("Enter the starting date: the chosen billing details begin on it."))
    moment = now()
    name = details.name or name_of(party)
    plan = Plan(
        account_id=details.account_id,
        organisation_id=details.organisation_id,
        playbook_version_id=version,
        name=name,
        locale=details.locale or (party.locale if isinstance(party, Account) else vendor().default_locale),
        country=details.country or (party.country if isinstance(party, Account) else vendor().country),
        facts=facts,
        manager_id=manager.id,
        started_on=details.started_on or today(vendor().timezone),
        contract_on=details.contract_on,
        kickoff_on=details.kickoff_on,
        golive_on=details.golive_on,
        key=details.key,
        created_by_id=by.id,
        created_at=moment,
        updated_at=moment,
        agreed={},
        health_why={},
        **permitted,
    )
    db.session.add(plan)
    db.session.flush()
    touch_search(plan, party)
    hand = Hand(person=by)
    told = (
        *("playbook_version_id", "name", "manager_id", "started_on", "contract_on", "kickoff_on", "golive_on"),
        *("starting_why", "starting_by_id"),
    )
    changes = {name: (None, plain(value)) for name in told if (value := getattr(plan, name)) not in (None, "")}
    record(plan, "plan.started", hand, {**changes, "facts": (None, facts)}, plan=plan)
    people.put_first(plan, details.contacts or people.of_party(party), hand, invite=details.invite)
    grow(plan, outline, hand)
    db.session.flush()
    _bill(plan, outline, details.billing, hand)
    standing.keep(plan)
    db.session.flush()
    return plan


def _bill(plan: Plan, outline: Outline, refs: tuple[str, ...], by: Hand) -> None:
    """What begins on the starting date of a plan that was just made, whose account is held."""
    if refs:
        billed.tie(plan, billed.ids_of(plan, refs), by)
    billed.settle(plan, outline, by)


def _party(details: StartDetails) -> Account | Organisation:
    if (details.account_id is None) == (details.organisation_id is None):
        raise NotFound
    if details.organisation_id is not None:
        return lock(Organisation, details.organisation_id)
    assert details.account_id is not None
    account = lock(Account, details.account_id)
    if not account.is_live:
        raise PartyClosed
    return account


def newest_version(playbook: str) -> int:
    """The id of the newest published version of a playbook that is still started.

    Raises:
        NotFound: there is no playbook of this code.
        NothingToStart
    """
    found = db.session.execute(
        sa.select(Playbook.archived_at, PlaybookVersion.id)
        .outerjoin(
            PlaybookVersion,
            (PlaybookVersion.playbook_id == Playbook.id) & PlaybookVersion.published_at.is_not(None),
        )
        .where(Playbook.code == playbook)
        .order_by(PlaybookVersion.number.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFound
    if found.archived_at is not None or found.id is None:
        raise NothingToStart
    version_id: int = found.id
    return version_id


def touch_search(plan: Plan, party: Account | Organisation) -> None:
    """The texts by which the plan is found."""
    plan.name_sort = fold(plan.name)[:200]
    plan.search = search_text(plan.ref, plan.name, name_of(party), party.ref)


def name_of(party: Account | Organisation) -> str:
    return party.company_name if isinstance(party, Account) else party.name


def cleaned_facts(outline: Outline, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the playbook's questions as they are kept; what was not answered is as the playbook says.

    Raises:
        WrongFacts
    """
    facts: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for fact in outline.facts:
        value = given.get(fact.code, fact.default)
        try:
            if value not in (None, ""):
                facts[fact.code] = _fact(fact, value)
        except (ValueError, TypeError):
            problems[fact.code] = _l("Choose one of the answers") if fact.options else _l("Enter a number")
    for fact in outline.facts:
        if fact.needed and fact.code not in facts and conditions.holds(fact.needed, facts):
            problems.setdefault(fact.code, _l("Answer this question"))
    unknown = given.keys() - {fact.code for fact in outline.facts}
    problems |= {code: _l("The playbook does not ask this") for code in sorted(unknown)}
    if problems:
        raise WrongFacts(problems)
    return facts


def _fact(fact: Fact, value: Any) -> Any:
    codes = [option.code for option in fact.options]
    match fact.kind:
        case "yes_no":
            known = {True: True, False: False, "yes": True, "no": False}
            if value not in known:
                raise ValueError
            return known[value]
        case "one":
            if value not in codes:
                raise ValueError
            return value
        case "several":
            if isinstance(value, str) or not set(value) <= set(codes):
                raise ValueError
            return [code for code in codes if code in value]
    number = float(value)
    if not -1e12 < number < 1e12:
        raise ValueError
    return int(number) if number == int(number) else number


def like(plan: Plan) -> StartDetails:
    """What to start another plan with that is as this one: facts, people, languages, account manager. Its days are its
    own."""
    code = db.session.execute(
        sa.select(Playbook.code)
        .join(PlaybookVersion, PlaybookVersion.playbook_id == Playbook.id)
        .where(PlaybookVersion.id == plan.playbook_version_id)
    ).scalar_one()
    known = {fact.code for fact in outline_of(newest_version(code)).facts}
    taking_part = sa.select(PlanContact).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
    return StartDetails(
        playbook=code,
        manager_id=plan.manager_id,
        account_id=plan.account_id,
        organisation_id=plan.organisation_id,
        facts={fact: value for fact, value in plan.facts.items() if fact in known},
        contacts=tuple(
            NewContact(one.name, one.email, one.phone or "", one.locale, one.role, one.enters)
            for one in db.session.scalars(taking_part.order_by(PlanContact.id))
        ),
        name=plan.name,
        locale=plan.locale,
        country=plan.country,
    )


def copy(plan_id: int, details: StartDetails, by: Person) -> Plan:
    """A new plan with what was typed, and with the tasks that were added to the other plan alone, open again. `like`
    gives the details to begin with.

    Raises: as `start`.
    """
    with write():
        plan = begin(details, by)
        if plan.version == 1:  # else the form was sent twice
            with held(plan.id, Hand(person=by)) as plan:
                copy_own(db.session.get_one(Plan, plan_id), plan, Hand(person=by))
    return plan


def change_facts(plan_id: int, facts: Mapping[str, Any], by: Hand, *, expect: int | None = None) -> Plan:
    """Other answers to the playbook's questions: tasks and trainings appear, go and come back; nothing done does (I2).
    Facts that are not given stay.

    Raises:
        PlanMovedOn, PlanArchived
        WrongFacts: answers do not go with the questions, or one stays because what it costs was invoiced.
        billed.ServiceMissing: what an answer costs cannot be invoiced.
    """
    with changing(plan_id, by, expect=expect, account_too=starting_date.bills(plan_id)) as plan:
        outline = outline_of(plan)
        known = {fact.code for fact in outline.facts}
        kept = {code: value for code, value in plan.facts.items() if code in known}
        before = billed.fees(outline, plan.facts).keys()
        changes = put(plan, facts=cleaned_facts(outline, {**kept, **facts}))
        if changes:
            record(plan, "plan.facts_changed", by, changes, plan=plan)
            grow(plan, outline, by)
            try:
                billed.settle(plan, outline, by, before=before)
            except billed.FeeInvoiced as invoiced:
                raise WrongFacts({invoiced.fact: invoiced.message}) from invoiced
    return plan


def archive(plan_id: int, reason: str, by: Hand, *, expect: int | None = None) -> Plan:
    """Nothing is changed on it any more. Links to single tasks close; those to the plan stay for 90 days.

    Raises:
        FieldError: no reason.
        PlanMovedOn
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with changing(plan_id, by, expect=expect, archived_too=True) as plan:
        if plan.state != PlanState.ARCHIVED:
            put_away(plan, reason, by)
    return plan


def put_away(plan: Plan, reason: str, by: Hand | None, *, links_at_once: bool = False) -> None:
    """What `archive` does to a held plan."""
    changes = put(plan, state=PlanState.ARCHIVED, archived_at=now(), archive_reason=reason[:1000])
    record(plan, "plan.archived", by, changes, plan=plan)
    secrets.forget_all(plan, by)
    closing.close_links(plan, at_once=links_at_once)


class WorkDone(Conflict):
    """A task of the plan is done, so what started it cannot be taken back."""

    def __init__(self, ref: str) -> None:
        super().__init__(_l("Work on the plan %(ref)s has begun: a task is done already.", ref=ref))


def take_back(plan_id: int, reason: str, by: Person) -> Plan:
    """What started the plan was reversed, such as a lead's conversion: it is archived and all its links close at once
    (R12). Inside somebody else's `write()`, which holds the account.

    Raises:
        WorkDone: a task is done or handed in.
        billing.service.details.DealtWith: a billing detail that was made for it was handed over or invoiced.
    """
    hand = Hand(person=by)
    with held(plan_id, hand, archived_too=True) as plan:
        if has_begun(plan.id):
            raise WorkDone(plan.ref)
        if plan.state != PlanState.ARCHIVED:
            put_away(plan, reason, hand, links_at_once=True)
        billed.take_back(plan, by)
    return plan


def hold(plan_id: int) -> None:
    """Holds a plan that will be taken back, before what hangs on it is held. Inside somebody else's `write()`."""
    lock(Plan, plan_id)


def has_begun(plan_id: int) -> bool:
    """Whether a task of it is done or handed in."""
    begun = sa.select(PlanTask.id).where(
        PlanTask.plan_id == plan_id, PlanTask.state.in_((TaskState.DONE, TaskState.HANDED_IN))
    )
    return db.session.scalar(begun.limit(1)) is not None


def move(from_account: Account, into: Account, by: Person) -> None:
    """Two accounts became one: the plans go over, archived ones too. Both are held, inside the merge's `write()`."""
    hand = Hand(person=by)
    for plan_id in db.session.scalars(sa.select(Plan.id).where(Plan.account_id == from_account.id).order_by(Plan.id)):
        with held(plan_id, hand, archived_too=True) as plan:
            plan.account_id = into.id
            touch_search(plan, into)
            record(plan, "plan.moved", hand, {"account": (from_account.ref, into.ref)}, plan=plan)


customers.MOVES.insert(0, move)  # plans are held before what hangs on them, such as participants of their sessions


def reopen(plan_id: int, by: Hand, *, expect: int | None = None) -> Plan:
    """Work on it goes on. Links to the plan that are still known open again; those to single tasks are given anew.

    Raises:
        PartyClosed: its account was closed meanwhile.
        PlanMovedOn
    """
    with changing(plan_id, by, expect=expect, archived_too=True) as plan:
        if plan.state == PlanState.ARCHIVED:
            account = db.session.get(Account, plan.account_id) if plan.account_id else None
            if account is not None and not account.is_live:
                raise PartyClosed
            changes = put(plan, state=PlanState.RUNNING, archived_at=None, archive_reason="")
            record(plan, "plan.reopened", by, changes, plan=plan)
            closing.open_links(plan)
    return plan
