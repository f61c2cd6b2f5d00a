"""Secrets: written, never read by the customer, revealed with a record, gone in time, and found nowhere (I6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from cryptography.fernet import Fernet, MultiFernet
from flask import Flask, current_app

from app.core import crypto
from app.core.clock import now
from app.core.db import Base, db, write
from app.core.errors import NotFound
from app.core.files import TEXT, Received
from app.history.models import HistoryEntry
from app.people.models import Person
from app.plans.models import Plan, PlanTask, TaskSecret, TaskState
from app.plans.party import Hand
from app.plans.service import files, secrets, starting, working
from app.plans.service.finishing import TaskMovedOn
from tests.sentences import SMALL_PLAYBOOK, a_contact, a_plan, a_playbook, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")

USER = "canary-user-7F3K"
KEY = "-----BEGIN CANARY-----\ncanary-key-Q9ZT\n-----END CANARY-----"
CANARIES = ("canary-user", "canary-key", "CANARY")

BANK: dict[str, Any] = {
    "code": "bank",
    "phase": "begin",
    "kind": "secret",
    "side": "customer",
    "title": {"en": "Give the keys of the bank channel"},
    "fields": [
        {"code": "user", "kind": "line", "label": {"en": "User ID"}},
        {"code": "key", "kind": "text", "label": {"en": "Transfer key"}},
        {"code": "note", "kind": "line", "label": {"en": "Anything else"}, "required": False},
    ],
}


def a_plan_with_keys(**values: Any) -> Plan:
    return a_plan(of=a_playbook(tasks=[*SMALL_PLAYBOOK["tasks"], BANK]), **values)


def the_manager(plan: Plan) -> Person:
    return db.session.get_one(Person, plan.manager_id)


def rows_of(plan: Plan) -> dict[str, TaskSecret]:
    query = sa.select(TaskSecret).join(PlanTask).where(PlanTask.plan_id == plan.id)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.field: row for row in rows}


def kept(plan: Plan, given: dict[str, str] | None = None) -> secrets.Kept:
    given = given or {"user": USER, "key": KEY}
    return secrets.keep(plan.id, task_of(plan, "bank").ref, given, Hand(contact=main_contact(plan)))


def test_both_parts_make_the_task_done_and_read_back_exactly() -> None:
    plan = a_plan_with_keys()
    assert kept(plan).problems == {}
    task = task_of(plan, "bank")
    assert (task.state, task.answer) == (TaskState.DONE, {})
    assert secrets.reveal(plan.id, task.ref, "key", the_manager(plan)) == KEY
    assert secrets.reveal(plan.id, task.ref, "user", the_manager(plan)) == USER


def test_the_right_part_is_kept_where_another_is_missing() -> None:
    plan = a_plan_with_keys()
    outcome = kept(plan, {"user": USER, "key": "  "})
    assert outcome.problems.keys() == {"key"}
    assert task_of(plan, "bank").state == TaskState.OPEN
    assert rows_of(plan).keys() == {"user"}
    assert kept(plan, {"user": "", "key": KEY}).problems == {}
    assert task_of(plan, "bank").state == TaskState.DONE


def test_a_part_is_replaced_and_an_empty_one_stays() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    colleague = a_contact(plan)
    secrets.keep(plan.id, task_of(plan, "bank").ref, {"user": "another", "key": ""}, Hand(contact=colleague))
    task = task_of(plan, "bank")
    assert secrets.reveal(plan.id, task.ref, "user", the_manager(plan)) == "another"
    assert secrets.reveal(plan.id, task.ref, "key", the_manager(plan)) == KEY
    assert rows_of(plan)["user"].author == colleague.name


def test_two_who_enter_at_once_do_not_overwrite_each_other_unseen() -> None:
    plan = a_plan_with_keys()
    seen = task_of(plan, "bank").version
    kept(plan)
    with pytest.raises(TaskMovedOn):
        secrets.keep(
            plan.id, task_of(plan, "bank").ref, {"user": "late"}, Hand(contact=main_contact(plan)), expect=seen
        )


def test_each_value_has_a_key_of_its_own_and_belongs_to_its_place() -> None:
    plan = a_plan_with_keys()
    kept(plan, {"user": "the same", "key": "the same"})
    rows = rows_of(plan)
    assert rows["user"].ciphertext != rows["key"].ciphertext
    with write():
        rows["user"].ciphertext = rows["key"].ciphertext
    with pytest.raises(secrets.SecretUnreadable):
        secrets.reveal(plan.id, task_of(plan, "bank").ref, "user", the_manager(plan))


def test_seeing_one_is_written_down_each_time_without_its_value() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    task = task_of(plan, "bank")
    for _time in range(2):
        secrets.reveal(plan.id, task.ref, "key", the_manager(plan))
    seen = db.session.scalars(sa.select(HistoryEntry).where(HistoryEntry.verb == "plan_task.secret_revealed")).all()
    assert len(seen) == 2
    assert {entry.actor_id for entry in seen} == {plan.manager_id}
    assert rows_of(plan)["key"].revealed_at is not None


def test_they_go_some_days_after_going_live_and_not_before() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    with write():
        db.session.get_one(Plan, plan.id).live_on = now().date()
    assert _forgotten(now() + timedelta(days=13)) == 0
    assert _forgotten(now() + timedelta(days=16)) == 2
    assert all(row.ciphertext is None and row.deleted_at for row in rows_of(plan).values())
    with pytest.raises(secrets.SecretGone):
        secrets.reveal(plan.id, task_of(plan, "bank").ref, "key", the_manager(plan))


def _forgotten(moment: Any) -> int:
    from app.plans.privacy import RULES

    rule = RULES[0]
    with time_machine.travel(moment, tick=False):
        ids = [row[0] for row in db.session.execute(rule.old(moment - timedelta(days=rule.days)))]
        with write():
            rule.forget(ids)
    return len(ids)


def test_a_key_entered_after_going_live_stays_as_long_as_others() -> None:
    plan = a_plan_with_keys()
    with write():
        db.session.get_one(Plan, plan.id).live_on = now().date() - timedelta(days=30)
    kept(plan)
    assert _forgotten(now() + timedelta(days=13)) == 0
    assert _forgotten(now() + timedelta(days=15)) == 2


def test_archiving_deletes_them_at_once() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    starting.archive(plan.id, "The contract ended", Hand(person=the_manager(plan)))
    assert all(row.ciphertext is None for row in rows_of(plan).values())


def test_they_are_deleted_by_hand_by_either_side() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    task = task_of(plan, "bank")
    assert secrets.delete(plan.id, task.ref, "user", Hand(contact=main_contact(plan))).changed
    assert not secrets.delete(plan.id, task.ref, "user", Hand(person=the_manager(plan))).changed
    assert rows_of(plan)["user"].ciphertext is None
    assert rows_of(plan)["key"].ciphertext is not None


def test_a_hand_for_another_task_reaches_none() -> None:
    plan = a_plan_with_keys()
    other = task_of(plan, "domain")
    hand = Hand(contact=main_contact(plan), only_task=other.id)
    with pytest.raises(NotFound):
        secrets.keep(plan.id, task_of(plan, "bank").ref, {"user": "x"}, hand)


def test_rotation_brings_everything_under_the_newest_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan_with_keys()
    kept(plan)
    manager = the_manager(plan)
    with write():
        manager.totp_secret = crypto.encrypt("JBSWY3DPEHPK3PXP")
    old = [Fernet(key) for key in current_app.config["GANGWAY"].encryption_keys]
    before = {name: str(row.ciphertext) for name, row in rows_of(plan).items()}
    fresh = Fernet(Fernet.generate_key())
    monkeypatch.setitem(current_app.extensions, "gangway_box", MultiFernet([fresh, *old]))

    rotation = secrets.rotate()
    assert rotation.unreadable == 0
    assert rotation.done >= 3

    monkeypatch.setitem(current_app.extensions, "gangway_box", MultiFernet([fresh]))
    after = {name: str(row.ciphertext) for name, row in rows_of(plan).items()}
    assert all(before[name].split(".")[0] != after[name].split(".")[0] for name in before)
    assert all(before[name].split(".")[1] == after[name].split(".")[1] for name in before)
    db.session.refresh(manager)
    assert crypto.decrypt(str(manager.totp_secret)) == "JBSWY3DPEHPK3PXP"
    assert secrets.reveal(plan.id, task_of(plan, "bank").ref, "key", manager) == KEY
    again = secrets.rotate()
    assert again.unreadable == 0


def test_rotation_says_what_fits_no_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan_with_keys()
    kept(plan)
    monkeypatch.setitem(current_app.extensions, "gangway_box", MultiFernet([Fernet(Fernet.generate_key())]))
    outcome = current_app.test_cli_runner().invoke(args=["secrets", "rotate"])
    assert outcome.exit_code == 1
    assert "fit none of the keys" in outcome.output


def test_no_table_holds_a_canary_in_clear() -> None:
    plan = a_plan_with_keys()
    kept(plan)
    task = task_of(plan, "bank")
    working.stuck(plan.id, task_of(plan, "company").ref, "We wait", Hand(contact=main_contact(plan)))
    secrets.reveal(plan.id, task.ref, "key", the_manager(plan))
    secrets.delete(plan.id, task.ref, "user", Hand(person=the_manager(plan)))
    found = [
        f"{table.name}: {row}"
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(sa.select(table)).all()
        if any(canary in str(row) for canary in CANARIES)
    ]
    assert found == []


def test_the_files_of_the_database_hold_no_canary(app: Flask) -> None:
    """What a backup copies: the database itself and the folder beside it."""
    plan = a_plan_with_keys()
    kept(plan)
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the files of PostgreSQL are the server's; the tables are looked through above")
    database = Path(str(db.engine.url.database))
    looked = [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    looked += [path for path in Path(app.config["GANGWAY"].data_dir).rglob("*") if path.is_file()]
    assert looked
    assert [path.name for path in looked if any(word.encode() in path.read_bytes() for word in CANARIES)] == []


def test_an_error_in_between_tells_no_value(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    import traceback

    plan = a_plan_with_keys()
    monkeypatch.setattr(secrets, "finish", lambda *args, **values: 1 / 0)
    with pytest.raises(ZeroDivisionError) as broken:
        kept(plan)
    said = "".join(traceback.format_exception(broken.value)) + caplog.text
    assert not any(canary in said for canary in CANARIES)
    assert rows_of(plan) == {}


def test_the_words_of_a_value_are_not_in_what_stands_for_it() -> None:
    """A log that shows a record or a form shows no value."""
    plan = a_plan_with_keys()
    kept(plan)
    told = repr(list(rows_of(plan).values())) + repr(secrets.parts_of(task_of(plan, "bank"), _spec(plan)))
    assert not any(canary in told for canary in CANARIES)


def _spec(plan: Plan) -> Any:
    from app.plans import texts

    return texts.of_task(task_of(plan, "bank"), texts.outline_of(plan))


def test_a_file_of_a_task_is_no_mail_and_no_history() -> None:
    """Canary files: the name may be told, what stands in them never leaves the file store."""
    plan = a_plan_with_keys()
    sheet = Received("opening.txt", TEXT, b"canary-file-content")
    files.add(plan.id, task_of(plan, "logo").ref, [sheet], Hand(contact=main_contact(plan)))
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)).all():
            assert "canary-file" not in str(row), table.name
