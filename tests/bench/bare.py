"""The measure: a bare WSGI program that reads and writes what the application does, with plain SQL and nothing else.

No framework, no templates, no validation, no languages. It has a database of its own (`BENCH_DATABASE`), opened with
the same pragmas, and commits as often: once for a registration.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.bench import bare_plans

PRAGMAS: tuple[str, ...] = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
)
PRAGMAS += ("cache_size=-16000", "mmap_size=268435456")

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]

_own = threading.local()


def app(environ: Environ, start: Start) -> Iterable[bytes]:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if method == "POST" and path.startswith("/r/"):
        receipt = register(path.removeprefix("/r/"), _form(environ))
        start("303 See Other", [("Location", f"{path}/receipts/{receipt}"), ("Content-Length", "0")])
        return [b""]
    if method == "POST" and path.startswith("/my/plans/"):
        asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        _form(environ)
        row = bare_plans.tick(_connection(), path, asked).encode()
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(row)))])
        return [row]
    if path == "/panel/leads":
        asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        page = leads(asked).encode()
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
        return [page]
    start("404 Not Found", [("Content-Length", "0")])
    return [b""]


def _form(environ: Environ) -> dict[str, list[str]]:
    return parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode(), keep_blank_values=True)


def _connection() -> sqlite3.Connection:
    connection: sqlite3.Connection | None = getattr(_own, "connection", None)
    if connection is None:
        connection = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None, timeout=15)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _own.connection = connection
    return connection


# ------------------------------------------------------------------------------------------------ a registration

COMPANY: tuple[str, ...] = (
    "company_name",
    "country",
    "company_number",
    "street",
    "postcode",
    "city",
    "website",
    "contact_name",
)
COMPANY += ("email", "phone")

LINK = """
SELECT o.id, o.name, r.id, r.state, r.contact_name, r.terms_version, l.id, l.withdrawn_at,
  (SELECT coalesce(max(number), 0) FROM document_version WHERE kind = 'reseller_terms' AND published_at <= ?)
FROM personal_link l JOIN reseller r ON r.id = l.reseller_id JOIN organisation o ON o.id = r.organisation_id
WHERE l.slug = ?
"""
MEMBERS = """
SELECT m.role, p.id, p.email, p.name, p.locale, p.closed_at FROM membership m JOIN person p ON p.id = m.person_id
WHERE m.organisation_id = ? AND m.ended_at IS NULL ORDER BY m.role DESC, m.id
"""
LEAD = """
INSERT INTO lead (ref, reseller_id, state, typed_by, locale, answer_by, flagged, suspicious, created_at, updated_at,
  version, search, name_sort, company_key, {company})
VALUES (?, ?, 'submitted', ?, 'en', ?,
  (SELECT count(*) >= 20 FROM (SELECT 1 FROM submission WHERE reseller_id = ? AND created_at >= ? LIMIT 20)),
  0, ?, ?, 1, ?, ?, ?, {marks})
ON CONFLICT (reseller_id, company_key) WHERE state IN ('submitted', 'accepted') DO NOTHING RETURNING id
""".format(company=", ".join(COMPANY), marks=", ".join("?" * len(COMPANY)))
ENTRY = """
INSERT INTO history_entry (record_type, record_id, number, at, verb, actor_kind, digests{more})
VALUES ('lead', ?,
  (SELECT coalesce(max(number), 0) + 1 FROM history_entry WHERE record_type = 'lead' AND record_id = ?),
  ?, 'lead.submitted', 'visitor', ?{marks}) RETURNING id
"""
VALUE = "INSERT INTO history_value (entry_id, field, new, salt) VALUES (?, ?, ?, ?)"
SUBMISSION = """
INSERT INTO submission (receipt, submission_key, content_digest, reseller_id, link_id, lead_id, joined, typed_by,
  content, salt, digest, address, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
"""
NOTICE = """
INSERT INTO privacy_notice (lead_id, email, name, locale, article, source, created_at, held, sent_at)
  VALUES (?, ?, ?, 'en', 14, ?, ?, 0, ?) ON CONFLICT (lead_id, email) DO NOTHING RETURNING id
"""
MAIL = """
INSERT INTO outbox_mail (ref, created_at, template, args, locale, to_email, to_name, person_id, conversation, state,
  attempts, next_attempt_at, message_id, search) VALUES (?, ?, ?, ?, 'en', ?, ?, ?, ?, 'queued', 0, ?, ?, '')
"""


def register(slug: str, form: dict[str, list[str]]) -> str:
    """What `app.leads.service.registration` does, statement by statement. Returns the receipt."""
    connection = _connection()
    execute = connection.execute
    typed = {name: form.get(name, [""])[0] for name in (*COMPANY, "typed_by", "note", "submission_key")}
    moment = _written(datetime.now(UTC))
    execute("BEGIN")
    link = execute(LINK, (moment, slug)).fetchone()
    execute('SELECT id, version, "values" FROM vendor_settings WHERE id = 1').fetchone()
    execute("SELECT id, code, names, hints FROM service WHERE offered = 1 ORDER BY position, id").fetchall()
    codes = form.get("services", [])
    chosen = execute(
        f"SELECT id, code, names FROM service WHERE code IN ({', '.join('?' * len(codes))}) ORDER BY position", codes
    ).fetchall()
    members = execute(MEMBERS, (link[0],)).fetchall()
    execute("COMMIT")

    content = json.dumps({**typed, "services": codes, "shops": form.get("shops-0-url", [])})
    digest = hashlib.sha256(content.encode()).hexdigest()
    key = hashlib.sha256(f"{link[2]}:{typed['submission_key']}".encode()).hexdigest()
    receipt, ref, salt = _ref("R"), _ref("L"), secrets.token_hex(16)
    search = " ".join((ref, *(typed[name] for name in COMPANY))).casefold()
    company_key = f"{typed['country']}:{typed['company_number']}"
    midnight = _written(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    execute("BEGIN IMMEDIATE")
    try:
        same = "SELECT id FROM submission WHERE submission_key = ? AND content_digest = ?"
        execute(same, (key, digest)).fetchone()
        before = (ref, link[2], typed["typed_by"], _written(datetime.now(UTC) + timedelta(days=2)), link[2], midnight)
        after = (moment, moment, search, typed["company_name"].casefold(), company_key)
        lead = execute(LEAD, (*before, *after, *(typed[name] for name in COMPANY))).fetchone()[0]
        connection.executemany(
            "INSERT INTO lead_service (lead_id, service_id) VALUES (?, ?)", [(lead, service[0]) for service in chosen]
        )
        connection.executemany(
            "INSERT INTO lead_shop (lead_id, url, platform) VALUES (?, ?, '')",
            [(lead, url) for url in form.get("shops-0-url", []) if url],
        )
        if typed["note"]:
            execute(
                "INSERT INTO lead_note (lead_id, author_name, internal, body, created_at) VALUES (?, ?, 0, ?, ?)",
                (lead, typed["contact_name"], typed["note"], moment),
            )
        _history(connection, lead, moment, {"receipt": receipt, "_by": typed["contact_name"]})
        sent = (receipt, key, digest, link[2], link[6], lead, typed["typed_by"], content, salt)
        execute(SUBMISSION, (*sent, hashlib.sha256((salt + content).encode()).hexdigest(), "127.0.0.1", moment))
        execute(
            "SELECT count(*) FROM outbox_mail WHERE to_email = ? AND template = 'registration_receipt'"
            " AND created_at > ?",
            (typed["email"], moment),
        ).fetchone()
        for _role, person, email, name, _locale, _closed in members:
            _mail(connection, "lead_received", content, (email, name, person), f"lead:{ref}", moment)
        to = (typed["email"], typed["contact_name"], None)
        _mail(connection, "registration_receipt", content, to, f"lead:{ref}:contact", moment)
        if "sent_at" in _columns(connection, "privacy_notice"):
            told = (lead, typed["email"], typed["contact_name"], link[1], moment, moment)
            execute(NOTICE, told).fetchone()
            _mail(connection, "privacy_notice", content, to, f"lead:{ref}:contact", moment)
    except BaseException:
        execute("ROLLBACK")
        raise
    execute("COMMIT")
    return receipt


def _history(connection: sqlite3.Connection, lead: int, moment: str, values: dict[str, str]) -> None:
    salts = {name: secrets.token_hex(16) for name in values}
    digests = {name: hashlib.sha256((salts[name] + value).encode()).hexdigest() for name, value in values.items()}
    stamped = "stamp" in _columns(connection, "history_entry")
    statement = ENTRY.format(more=", stamp" if stamped else "", marks=", ?" if stamped else "")
    stamp = [hashlib.sha256(json.dumps(digests).encode()).hexdigest()] if stamped else []
    entry = connection.execute(statement, (lead, lead, moment, json.dumps(digests), *stamp)).fetchone()[0]
    connection.executemany(VALUE, [(entry, name, json.dumps(value), salts[name]) for name, value in values.items()])


def _columns(connection: sqlite3.Connection, table: str, known: dict[str, set[str]] = {}) -> set[str]:  # noqa: B006 -- a memory
    if table not in known:
        known[table] = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    return known[table]


def _mail(
    connection: sqlite3.Connection,
    template: str,
    args: str,
    to: tuple[str, str, int | None],
    conversation: str,
    moment: str,
) -> None:
    message_id = f"<{secrets.token_hex(12)}@127.0.0.1>"
    connection.execute(MAIL, (_ref("M"), moment, template, args, *to, conversation, moment, message_id))


def _ref(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4).upper()}"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


# ------------------------------------------------------------------------------------------------- a list of leads

PERSON = """
SELECT p.id, p.name, m.organisation_id, o.kind, o.name FROM person p LEFT JOIN staff_role s ON s.person_id = p.id
LEFT JOIN membership m ON m.person_id = p.id LEFT JOIN organisation o ON o.id = m.organisation_id
WHERE p.id = ? AND p.session_epoch = ?
"""
ROWS = """
SELECT ref, company_name, city, state, contact_name, updated_at, id FROM lead WHERE reseller_id = ?{more}
ORDER BY updated_at DESC, id DESC LIMIT 51
"""


def leads(asked: dict[str, str]) -> str:
    """One page of a reseller's leads: `person`, and `after` (moment and key) or `q`."""
    execute = _connection().execute
    execute("BEGIN")
    person = execute(PERSON, (int(asked["person"]), 1)).fetchone()
    reseller = execute("SELECT id, contact_name FROM reseller WHERE organisation_id = ?", (person[2],)).fetchone()
    execute('SELECT id, version, "values" FROM vendor_settings WHERE id = 1').fetchone()
    more, values = "", [reseller[0]]
    if "after" in asked:
        moment, _, key = asked["after"].rpartition(",")
        more, values = " AND (updated_at, id) < (?, ?)", [*values, moment, int(key)]
    elif "q" in asked:
        more, values = _searched(execute, asked["q"], values)
    rows = execute(ROWS.format(more=more), values).fetchall()
    execute("COMMIT")
    lines = "".join(f"<tr><td>{row[0]}<td>{row[1]}<td>{row[2]}<td>{row[3]}<td>{row[4]}<td>{row[5]}" for row in rows)
    return f"<!doctype html><title>Leads</title><h1>{person[1]}</h1><table>{lines}</table>"


def _searched(execute: Callable[..., sqlite3.Cursor], q: str, values: list[Any]) -> tuple[str, list[Any]]:
    """Rare words by their keys, common ones by walking the list: neither reads all that match."""
    found = execute("SELECT rowid FROM lead_search WHERE lead_search MATCH ? LIMIT 1001", (f'"{q}"',)).fetchall()
    if len(found) <= 1000:
        return f" AND id IN ({', '.join(str(row[0]) for row in found) or 'NULL'})", values
    return " AND search LIKE ?", [*values, f"%{q}%"]
