"""A backup is one moment's state, is known when it was changed, and is put in place whole or not at all."""

from __future__ import annotations

import io
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.backup import manifest as manifests
from app.backup import postgres, service
from app.backup.manifest import BackupRefused
from app.core import files, heartbeat
from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import Base, db, write
from app.history import chain
from app.history.models import HistoryEntry
from app.history.service import record
from app.outbox import pause
from app.outbox.models import MailRow
from app.outbox.pause import PauseReason
from app.people.models import Person
from tests.backup.conftest import command, within
from tests.outbox.conftest import a_mail
from tests.sentences import a_person

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def _own_files(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, and a list of erasures, of this test alone."""
    own = tmp_path / "own"
    own.mkdir()
    settings = replace(app.config["GANGWAY"], storage_url=str(own / "files"), data_dir=own)
    monkeypatch.setitem(app.config, "GANGWAY", settings)


def a_file(content: bytes = b"%PDF-1.7 paper") -> str:
    return files.keep(files.receive(FileStorage(io.BytesIO(content), "paper.pdf"), files.EVIDENCE))


def counted() -> dict[str, int]:
    """Rows of every table, but for those that move by themselves."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in ("heartbeat", "job_run"):
            found[table.name] = db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    return {name: count for name, count in found.items() if count}


def some_life() -> str:
    """People, mails, history, and a file; its key."""
    for number in range(3):
        person = a_person(f"Anna {number}", email=f"anna{number}@reader.example")
        with write():
            record(person, "person.invited", None, {"name": (None, person.name)})
        a_mail(to=person.email, conversation=f"to:{number}")
    chain.seal_entries()
    return a_file()


def restored(elsewhere: Flask, folder: Path, **options: Any) -> service.Restored:
    return within(elsewhere, lambda: service.restore(folder, **options))


# --- there and back ---------------------------------------------------------------------------------------------------


def test_what_is_put_into_an_empty_installation_is_what_was_backed_up(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    key = some_life()
    before = counted()
    folder, keys = tmp_path / "backup", tmp_path / "keys.env"
    said = command(app, "backup", "make", str(folder), "--keys", str(keys))
    assert said.exit_code == 0, said.output
    assert "1 files of 14 bytes" in said.output
    for path in (folder, keys, *folder.rglob("*")):
        assert not path.stat().st_mode & 0o077, f"others may read {path}"
    held = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    settings = app.config["GANGWAY"]
    assert keys.read_text().splitlines() == [
        f"GANGWAY_SECRET_KEY={settings.secret_key}",
        f"GANGWAY_ENCRYPTION_KEYS={','.join(settings.encryption_keys)}",
    ]
    assert settings.secret_key.encode() not in held
    assert settings.encryption_keys[0].encode() not in held
    made_at = manifests.read(folder).moment
    assert command(app, "backup", "check", str(folder)).exit_code == 0

    said = command(elsewhere, "backup", "restore", str(folder))
    assert said.exit_code == 0, said.output + (said.stderr or "")

    def look() -> tuple[dict[str, int], list[str], bytes]:
        with files.store().open(key) as file:
            return counted(), chain.verify().faults, file.read()

    after, faults, content = within(elsewhere, look)
    assert after.pop("outbox_pause") == 1
    assert after["history_entry"] == before["history_entry"] + 1, "the pause has an entry"
    assert {**after, "history_entry": 0} == {**before, "history_entry": 0}
    assert faults == []
    assert content == b"%PDF-1.7 paper"
    standing = within(elsewhere, pause.standing)
    assert standing is not None
    assert (standing.reason, standing.backup_at) == (PauseReason.RESTORED, made_at)


def test_a_backup_made_while_others_write_is_of_one_moment(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    stop = threading.Event()
    written: list[int] = []

    def work(who: int) -> None:
        def pairs() -> None:
            while not stop.is_set():
                person = a_person()
                with write():
                    record(person, "person.invited", None, {"name": (None, person.name)})
                    record(person, "person.joined", None)
                written.append(who)

        within(app, pairs)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        while len(written) < 10:
            pass
        before = len(written)
        service.make(tmp_path / "backup")
        after = len(written)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    restored(elsewhere, tmp_path / "backup")

    def look() -> tuple[int, int, list[str]]:
        entries = dict(
            db.session.execute(
                sa.select(HistoryEntry.verb, sa.func.count())
                .where(HistoryEntry.record_type == "person")
                .group_by(HistoryEntry.verb)
            ).all()
        )
        return entries["person.invited"], entries["person.joined"], chain.verify().faults

    invited, joined, faults = within(elsewhere, look)
    assert invited == joined, "each write is there wholly or not at all"
    assert before <= invited <= after + 3
    assert faults == []


@pytest.mark.on("sqlite")  # an erasure walks through every table several times; tests/privacy does so on both
def test_people_erased_since_the_backup_are_erased_again(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    some_life()
    service.make(tmp_path / "backup")
    line = {"ref": "E-12345678", "at": now().isoformat(), "digests": [keyed_digest("erased", b"anna1@reader.example")]}
    (tmp_path / "erasures.jsonl").write_text(json.dumps(line) + "\n")
    said = command(
        elsewhere, "backup", "restore", str(tmp_path / "backup"), "--erasures", str(tmp_path / "erasures.jsonl")
    )
    assert said.exit_code == 0, said.output
    assert "1 people who were erased since were erased again." in said.output

    def addresses() -> set[str]:
        return set(db.session.scalars(sa.select(Person.email))) | set(db.session.scalars(sa.select(MailRow.to_email)))

    left = within(elsewhere, addresses)
    assert "anna1@reader.example" not in left
    assert {"anna0@reader.example", "anna2@reader.example"} <= left


# --- what is refused --------------------------------------------------------------------------------------------------


def test_data_is_replaced_only_when_told_so_and_then_wholly(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    key = some_life()
    service.make(tmp_path / "backup")
    restored(elsewhere, tmp_path / "backup")

    def live_on() -> str:
        a_person("Somebody who came later", email="later@reader.example")
        return a_file(b"%PDF-1.7 later")

    later = within(elsewhere, live_on)
    with pytest.raises(BackupRefused, match="--replace"):
        restored(elsewhere, tmp_path / "backup")

    def people() -> set[str]:
        return set(db.session.scalars(sa.select(Person.email)))

    assert "later@reader.example" in within(elsewhere, people)
    restored(elsewhere, tmp_path / "backup", replace=True)
    assert within(elsewhere, people) == {f"anna{number}@reader.example" for number in range(3)}
    kept = within(elsewhere, lambda: set(files.store().keys()))
    assert key in kept
    assert later not in kept


def test_what_was_changed_or_lost_is_refused_before_anything_is_touched(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    key = some_life()
    service.make(tmp_path / "backup")
    dump = manifests.read(tmp_path / "backup").dump

    def broken(name: str, change: bytes | None) -> str:
        folder = tmp_path / "broken"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / "backup", folder)
        if change is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(change)
        said = command(elsewhere, "backup", "restore", str(folder))
        assert said.exit_code == 1
        assert within(elsewhere, lambda: sa.inspect(db.engine).get_table_names()) == []
        return str(said.output)

    assert "its digest differs" in broken(dump, b"something else")
    assert "its digest differs" in broken("files.sha256", b"")
    assert "its digest differs" in broken(f"files/{key[:2]}/{key}", b"%PDF-1.7 forged")
    assert "is missing" in broken(f"files/{key[:2]}/{key}", None)
    assert "never finished" in broken("manifest.json", None)
    assert "cannot be read" in broken("manifest.json", b"{")
    told = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert "was changed" in broken("manifest.json", json.dumps({**told, "made_at": now().isoformat()}).encode())
    assert "format 2" in broken("manifest.json", json.dumps({**told, "format": 2}).encode())


def test_a_backup_of_other_keys_is_known(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    some_life()
    service.make(tmp_path / "backup")
    whole = elsewhere.config["GANGWAY"]
    elsewhere.config["GANGWAY"] = replace(whole, secret_key="quite another one, " * 3)
    with pytest.raises(BackupRefused, match="GANGWAY_SECRET_KEY"):
        restored(elsewhere, tmp_path / "backup")
    elsewhere.config["GANGWAY"] = replace(
        whole, secret_key="quite another one, " * 3, former_secret_keys=(whole.secret_key,)
    )
    within(elsewhere, lambda: manifests.read(tmp_path / "backup"))
    elsewhere.config["GANGWAY"] = replace(whole, encryption_keys=(Fernet.generate_key().decode(),))
    elsewhere.extensions.pop("gangway_box", None)
    with pytest.raises(BackupRefused, match="GANGWAY_ENCRYPTION_KEYS"):
        restored(elsewhere, tmp_path / "backup")
    within(elsewhere, lambda: manifests.read(tmp_path / "backup", other_keys=True))


def test_nothing_is_put_in_place_under_a_running_worker_or_a_newer_release(
    app: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.make(tmp_path / "backup")
    restored(elsewhere, tmp_path / "backup")
    within(elsewhere, lambda: heartbeat.beat("somebody"))
    with pytest.raises(BackupRefused, match="worker"):
        restored(elsewhere, tmp_path / "backup", replace=True)
    within(elsewhere, lambda: heartbeat.stop("somebody"))
    monkeypatch.setattr(service, "_known_revisions", lambda: {"0001"})
    with pytest.raises(BackupRefused, match="newer"):
        restored(elsewhere, tmp_path / "backup", replace=True)


@pytest.mark.on("sqlite")
def test_a_backup_is_not_made_over_another_nor_beside_its_keys(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    with pytest.raises(BackupRefused, match="holds something"):
        service.make(tmp_path / "full")
    with pytest.raises(BackupRefused, match="apart"):
        service.make(tmp_path / "new", keys=tmp_path / "new" / "keys.env")
    assert not (tmp_path / "new").exists()


@pytest.mark.on("sqlite")
def test_one_that_was_interrupted_leaves_nothing_that_looks_whole(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file()
    monkeypatch.setattr(service, "_copy_files", lambda part: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        service.make(tmp_path / "backup")
    assert list(tmp_path.glob("backup*")) == []
    monkeypatch.undo()


@pytest.mark.on("sqlite")
def test_a_file_that_is_erased_meanwhile_is_left_out(app: Flask, tmp_path: Path) -> None:
    kept, gone = a_file(), "f" * 64 + "-0123abcd"
    listed = files.Folder.keys
    with pytest.MonkeyPatch.context() as listing:
        listing.setattr(files.Folder, "keys", lambda self: [*listed(self), gone])
        made = service.make(tmp_path / "backup")
    assert made.files == 1
    assert [key for key, _path in manifests.listed(tmp_path / "backup")] == [kept]


@pytest.mark.on("sqlite")
def test_the_database_alone_leaves_the_store_as_it_is(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    a_file()
    assert command(app, "backup", "make", str(tmp_path / "backup"), "--without-files").exit_code == 0
    key = within(elsewhere, a_file)
    restored(elsewhere, tmp_path / "backup")
    assert within(elsewhere, lambda: list(files.store().keys())) == [key]


@pytest.mark.on("sqlite")
def test_one_database_does_not_read_the_others_backup(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    made = service.make(tmp_path / "backup")
    replace(made, database="postgresql").save(tmp_path / "backup")
    with pytest.raises(BackupRefused, match="GANGWAY_DATABASE_URL is of sqlite"):
        restored(elsewhere, tmp_path / "backup")


# --- PostgreSQL's own programs ----------------------------------------------------------------------------------------


@pytest.mark.on("postgres")
def test_a_missing_program_is_named(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = command(app, "backup", "make", str(tmp_path / "backup"))
    assert said.exit_code == 1
    assert "pg_dump is not on this machine" in said.output
    assert list(tmp_path.glob("backup*")) == []


@pytest.mark.on("postgres")
def test_what_the_programs_say_is_told_and_changes_nothing(
    app: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_life()
    url = str(app.config["GANGWAY"].database_url)
    broken = tmp_path / "broken.dump"
    postgres.dump(url, broken)
    broken.write_bytes(broken.read_bytes()[:-2000])
    before = counted()
    db.session.rollback()
    for dump in (broken, Path(__file__)):
        with pytest.raises(BackupRefused, match="pg_restore could not do it"):
            postgres.load(dump, url, now(), now())
    db.session.rollback()
    assert counted() == before
    db.session.rollback()
    monkeypatch.setattr(postgres, "_PAUSE", "SELECT 1/0;")
    postgres.dump(url, tmp_path / "whole.dump")
    with pytest.raises(BackupRefused, match="division by zero"):
        postgres.load(tmp_path / "whole.dump", url, now(), now())
    db.session.rollback()
    assert counted() == before


@pytest.mark.on("postgres")
def test_no_password_stands_on_a_command_line() -> None:
    url = "postgresql+psycopg://gangway:s%40cret@db.example:5433/gangway?sslmode=require"
    assert postgres._address(url) == "postgresql://gangway@db.example:5433/gangway?sslmode=require"
    assert postgres._environment(url)["PGPASSWORD"] == "s@cret"
