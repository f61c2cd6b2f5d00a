"""The measure of ticking: the same reads and writes as the application's, with plain SQL; see `bare.py`."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import Any

CAME = """
SELECT c.*, p.*, (SELECT max(d.proved_at) FROM plan_device d JOIN plan_contact o ON o.id = d.contact_id
  WHERE d.token_hash = ? AND d.revoked_at IS NULL AND o.email = c.email)
FROM plan_contact c JOIN plan_contact l ON l.email = c.email JOIN plan p ON p.id = c.plan_id
WHERE l.id = ? AND l.enters AND l.ended_at IS NULL AND c.enters AND c.ended_at IS NULL AND p.ref = ?
"""
TASKS = """
SELECT id, number, code, state, side, workdays, required, ready, ready_at, done_at, due_on, due_fixed, forecast_on,
  stuck_at, waits_for, waits_until, own FROM plan_task WHERE plan_id = ?
"""
DO = """
UPDATE plan_task SET state = ?, done_at = ?, done_by = ?, done_by_contact_id = ?, version = version + 1, updated_at = ?
WHERE id = ?
"""
KEEP = """
UPDATE plan SET version = version + 1, updated_at = ?, forecast_at = ?, forecast_on = ?, task_count = ?, done_count = ?,
  open_customer = ?, open_vendor = ? WHERE id = ?
"""
ENTRY = """
INSERT INTO history_entry (record_type, record_id, number, at, verb, actor_kind, digests, stamp)
VALUES ('plan_task', ?,
  (SELECT coalesce(max(number), 0) + 1 FROM history_entry WHERE record_type = 'plan_task' AND record_id = ?),
  ?, ?, 'visitor', ?, ?) RETURNING id
"""
VALUE = "INSERT INTO history_value (entry_id, field, old, new, salt) VALUES (?, ?, ?, ?, ?)"
LINE = """id, t.ref, t.number, t.code, t.own, t.kind, t.side, t.role, t.module, t.position, t.state, t.ready, t.due_on,
  t.forecast_on, t.contact_id, t.stuck_at, t.waits_for"""
NEXT = f"""
SELECT t.{LINE} FROM plan_task t
WHERE plan_id = ? AND side = 'customer' AND state = 'open' AND ready AND stuck_at IS NULL
ORDER BY due_on IS NULL, due_on, position, number LIMIT 1
"""
OPENED = f"""
SELECT t.{LINE}, n.name FROM plan_task t
JOIN task_blocker b ON b.task_id = t.id LEFT JOIN person n ON n.id = t.person_id
WHERE b.blocker_id = ? AND t.state = 'open' AND t.ready ORDER BY t.position, t.number LIMIT 3
"""
AROUND = """
SELECT task_id, blocker_id, NULL, NULL FROM task_blocker WHERE plan_id = ?
UNION ALL SELECT NULL, NULL, from_on, until_on FROM plan_pause WHERE plan_id = ?
"""
PEOPLE = """
SELECT c.id, c.ref, c.name, c.role, c.ended_at, n.name AS manager FROM plan_contact c JOIN plan p ON p.id = c.plan_id
JOIN person n ON n.id = p.manager_id WHERE c.plan_id = ? ORDER BY c.id
"""
COUNT = "SELECT count(*), sum(state = 'done') FROM plan_task WHERE plan_id = ? AND phase = ?"


def tick(connection: sqlite3.Connection, path: str, asked: dict[str, str]) -> str:
    """Does a task or opens it again (`.../undo`), keeps what is derived, and gives the row that the page shows."""
    connection.row_factory = sqlite3.Row
    execute = connection.execute
    _blank, _my, _plans, ref, _tasks, task_ref, *rest = path.split("/")
    state = "open" if rest[-1] == "undo" else "done"
    execute("BEGIN")
    link = execute("SELECT * FROM access_link WHERE id = ?", (int(asked["link"]),)).fetchone()
    came = execute(CAME, (asked["device"], link["subject_id"], ref)).fetchone()
    plan_id, contact_id, name = came["plan_id"], came[0], came["name"]
    execute("SELECT state FROM plan_task WHERE plan_id = ? AND ref = ?", (plan_id, task_ref)).fetchone()
    execute("COMMIT")
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    execute("BEGIN IMMEDIATE")
    try:
        plan = execute("SELECT * FROM plan WHERE id = ?", (plan_id,)).fetchone()
        task = execute("SELECT * FROM plan_task WHERE plan_id = ? AND ref = ?", (plan_id, task_ref)).fetchone()
        if task["state"] != state:
            done = (moment, name, contact_id) if state == "done" else (None, "", None)
            execute(DO, (state, *done, moment, task["id"]))
            told = {
                "state": (task["state"], state),
                "done_at": (task["done_at"], done[0]),
                "done_by": (task["done_by"], done[1]),
                "done_by_contact_id": (task["done_by_contact_id"], done[2]),
                "_by": (None, name),
            }
            _history(connection, task["id"], moment, f"plan_task.{state}", told)
            _keep(connection, plan, moment)
    except BaseException:
        execute("ROLLBACK")
        raise
    execute("COMMIT")
    execute("BEGIN")
    page = _row(connection, plan_id, task)
    execute("COMMIT")
    return page


def _history(
    connection: sqlite3.Connection, task_id: int, moment: str, verb: str, told: dict[str, tuple[Any, Any]]
) -> None:
    salts = {name: secrets.token_hex(16) for name in told}
    digests = {
        name: hashlib.sha256(json.dumps([salts[name], name, *values]).encode()).hexdigest()
        for name, values in told.items()
    }
    stamp = hashlib.sha256(json.dumps(digests).encode()).hexdigest()
    entry = connection.execute(ENTRY, (task_id, task_id, moment, verb, json.dumps(digests), stamp)).fetchone()[0]
    connection.executemany(
        VALUE, [(entry, name, json.dumps(old), json.dumps(new), salts[name]) for name, (old, new) in told.items()]
    )


def _keep(connection: sqlite3.Connection, plan: sqlite3.Row, moment: str) -> None:
    """Which tasks are ready, when each will be done if one workday follows the other, and how many of what."""
    execute = connection.execute
    execute('SELECT id, version, "values" FROM vendor_settings WHERE id = 1').fetchone()
    tasks = execute(TASKS, (plan["id"],)).fetchall()
    needs: dict[int, list[int]] = {}
    for row in execute(AROUND, (plan["id"], plan["id"])):
        if row[0] is not None:
            needs.setdefault(row[0], []).append(row[1])
    by_id = {task["id"]: task for task in tasks}
    standing = {task["id"] for task in tasks if task["state"] in ("open", "handed_in")}
    days: dict[int, int] = {}

    def day(id: int) -> int:
        if id not in standing:
            return 0
        if id not in days:
            days[id] = max((day(need) for need in needs.get(id, ())), default=0) + by_id[id]["workdays"]
        return days[id]

    today, changed, free = date.fromisoformat(moment[:10]), [], set()
    for task in tasks:
        ready = task["state"] == "open" and not any(need in standing for need in needs.get(task["id"], ()))
        if ready:
            free.add(task["id"])
        on = (today + timedelta(days=day(task["id"]) * 7 // 5)).isoformat() if task["id"] in standing else None
        if (ready, on) != (bool(task["ready"]), task["forecast_on"]):
            changed.append((ready, on, task["id"]))
    if changed:
        connection.executemany("UPDATE plan_task SET ready = ?, forecast_on = ? WHERE id = ?", changed)
    finish = (today + timedelta(days=max(days.values(), default=0) * 7 // 5)).isoformat()
    counted = [task for task in tasks if task["state"] in ("open", "handed_in", "done")]
    done = sum(task["state"] == "done" for task in counted)
    ours = sum(by_id[id]["side"] == "vendor" for id in free)
    execute(KEEP, (moment, moment, finish, len(counted), done, len(free) - ours, ours, plan["id"]))


def _row(connection: sqlite3.Connection, plan_id: int, task: sqlite3.Row) -> str:
    """The row with what it opened, what comes next, and the headline."""
    execute = connection.execute
    opened = execute(OPENED, (task["id"],)).fetchall()
    people = execute(PEOPLE, (plan_id,)).fetchall()
    following = execute(NEXT, (plan_id,)).fetchone()
    phase = execute(COUNT, (plan_id, task["phase"])).fetchone()
    lines = "".join(f"<li>{row['number']} {row['code']} {row['due_on']}" for row in (task, *opened, following) if row)
    return f"<p>{phase[1]} / {phase[0]}, {people[0]['manager']}, {len(people)}<ul>{lines}</ul>"
