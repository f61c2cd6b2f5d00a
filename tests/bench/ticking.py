"""Ticking under measure: a task of a customer's plan is done and opened again, by the page's own requests."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app import create_app
from app.access import links
from app.access.links import Purpose
from app.access.roles import StaffRole
from app.config import from_environment
from app.core.clock import now, today
from app.core.crypto import token, token_hash
from app.core.db import db, write
from app.people.models import HeldRole, Organisation, Person
from app.plans.models import PlanContact, PlanDevice, PlanTask, TaskBlocker
from app.plans.party import Hand
from app.plans.service import working
from app.plans.service.people import NewContact
from app.plans.service.starting import StartDetails, start
from app.playbooks import shelf
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import to_content
from tests.bench import seed as seeding
from tests.bench.driver import Ask, Client, Script, form
from tests.bench.seed import environment
from tests.bench.serving import Served, serving

PLANS = 4
"""One for each client: colleagues who tick in one plan wait for each other, which is not what is measured."""
CODE = "saas-implementation"


@dataclass(frozen=True)
class Mine:
    """One plan, and what its main contact's browser carries."""

    ref: str
    tasks: tuple[str, ...]
    link: int
    device: str


@dataclass(frozen=True)
class Place:
    tasks: int
    plans: tuple[Mine, ...]
    application: Served
    bare: Served


def place(folder: Path, running: ExitStack) -> Place:
    """Plans of the shipped playbook with all that it can ask for, in a database for each side."""
    own = folder / "ticking"
    own.mkdir()
    path, other = own / "gangway.db", own / "bare.db"
    seeding.seed(path, 100)
    plans, tasks = _plans(path)
    other.write_bytes(path.read_bytes())
    return Place(
        tasks,
        plans,
        running.enter_context(serving("wsgi:app", environment(path))),
        running.enter_context(serving("tests.bench.bare:app", {"BENCH_DATABASE": str(other)})),
    )


def _plans(path: Path) -> tuple[tuple[Mine, ...], int]:
    with tempfile.TemporaryDirectory() as folder:
        application = create_app(from_environment({**environment(path), "GANGWAY_DATA_DIR": folder}))
        with application.app_context():
            manager = _playbook_and_manager()
            found = tuple(_plan(number, manager) for number in range(PLANS))
            count = db.session.scalar(db.select(db.func.count()).select_from(PlanTask)) or 0
            db.session.remove()
            db.engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("ANALYZE")
    return found, count // PLANS


def _playbook_and_manager() -> Person:
    outline, digest = shelf.shipped()[CODE]
    manager = Person(name="Dana Kellerman", email="dana@bench.example", locale="en", created_at=now())
    playbook = Playbook(code=CODE, audience=outline.audience, titles=dict(outline.title), created_at=now())
    with write():
        db.session.add_all([manager, playbook])
        db.session.flush()
        db.session.add(HeldRole(person_id=manager.id, role=StaffRole.ACCOUNT_MANAGER))
        version = {"content": to_content(outline), "sha256": digest, "origin": "shipped", "created_at": now()}
        db.session.add(PlaybookVersion(playbook_id=playbook.id, number=1, published_at=now(), **version))
    return manager


def _plan(number: int, manager: Person) -> Mine:
    with write():
        organisation = Organisation(kind="reseller", name=f"Customer {number}", created_at=now())
        db.session.add(organisation)
    facts = {fact.code: _most(fact) for fact in shelf.shipped()[CODE][0].facts}
    plan = start(
        StartDetails(
            CODE,
            manager.id,
            organisation_id=organisation.id,
            facts=facts,
            contacts=(NewContact("Hanna Wilk", f"hanna{number}@bench.example", enters=True),),
            contract_on=today("UTC") - timedelta(days=10),
            kickoff_on=today("UTC") - timedelta(days=4),
        ),
        manager,
    )
    contact = db.session.scalars(db.select(PlanContact).where(PlanContact.plan_id == plan.id)).one()
    secret = token()
    with write():
        link, _path = links.mint(Purpose.PLAN, contact.id)
        db.session.add(PlanDevice(contact_id=contact.id, token_hash=token_hash(secret), proved_at=now()))
    hand, mine = Hand(person=manager), PlanTask.plan_id == plan.id
    wanted = db.select(PlanTask).where(mine, PlanTask.kind == "tick", PlanTask.side == "customer")
    tasks = db.session.scalars(wanted.order_by(PlanTask.number).limit(6)).all()
    before = [task.id for task in tasks]
    while before:  # staff have done whatever comes first
        blocker = db.select(PlanTask).join(TaskBlocker, TaskBlocker.blocker_id == PlanTask.id)
        found = db.session.scalars(blocker.where(TaskBlocker.task_id == before.pop(), PlanTask.state == "open")).all()
        for task in found:
            working.not_applicable(plan.id, task.ref, "The bench begins later.", hand)
            before.append(task.id)
    if not tasks:
        raise RuntimeError("the playbook has nothing to tick")
    return Mine(plan.ref, tuple(task.ref for task in tasks), link.id, secret)


def _most(fact: Any) -> Any:
    """The answer that asks for most tasks."""
    codes = [option.code for option in fact.options]
    return {"yes_no": True, "one": codes[:1] and codes[-1], "several": codes, "number": 3}[fact.kind]


def scripts(place: Place, come_from: Callable[[int], tuple[tuple[str, str], ...]]) -> tuple[Script, Script]:
    """What the application's clients ask, and the bare program's: done, open again, done ..."""
    visitors = iter(range(1_000_000))

    def _ours(client: Client, number: int) -> Iterator[Ask]:
        mine = place.plans[number % PLANS]
        client.cookies = {"gangway": _session(mine), "gangway_device": mine.device}
        page = client.checked(Ask("GET", f"/my/plans/{mine.ref}?lang=en", headers=come_from(1))).text
        found = re.search(r'name="csrf-token" content="([^"]+)"|name="csrf_token"[^>]*value="([^"]+)"', page)
        if found is None:
            raise RuntimeError("the page has no csrf token")
        body = form([("csrf_token", found[1] or found[2])])
        more = (("HX-Request", "true"), ("Origin", "http://127.0.0.1"))
        for path in _paths(mine):
            yield Ask("POST", path, body, (*come_from(next(visitors) % 60_000), *more), expects=(200,))

    def _others(client: Client, number: int) -> Iterator[Ask]:
        mine = place.plans[number % PLANS]
        for path in _paths(mine):
            yield Ask("POST", f"{path}?link={mine.link}&device={token_hash(mine.device)}", b"a=b")

    return _ours, _others


def _paths(mine: Mine) -> Iterator[str]:
    while True:
        for task in mine.tasks:
            yield f"/my/plans/{mine.ref}/tasks/{task}/completion"
            yield f"/my/plans/{mine.ref}/tasks/{task}/completion/undo"


def _session(mine: Mine) -> str:
    """A session as the link's own button would have begun it."""
    signing = Flask("bench")
    signing.secret_key = seeding.SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(signing)
    assert serializer is not None
    return str(serializer.dumps({"scopes": {"plan": mine.link}, "_permanent": True, "since": int(time.time())}))
