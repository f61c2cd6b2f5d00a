"""Playbooks in the database: shipped ones, imports and exports, drafts, publishing, differences."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import yaml
from flask import Flask

from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.history.service import entries_of
from app.people.models import Person
from app.playbooks import difference, queries, schema, service, shelf, uses
from app.playbooks.faults import NotAPlaybook
from app.playbooks.models import Origin, Playbook, PlaybookVersion
from app.playbooks.outline import from_content
from tests.playbooks.sentences import a_content, said
from tests.sentences import a_staff_member

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def editor() -> Person:
    return a_staff_member("content_editor")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf of our own, with one playbook."""
    monkeypatch.setattr(shelf, "LIBRARY", tmp_path)
    put(tmp_path, a_content())
    return tmp_path


def put(library: Path, content: dict[str, Any]) -> None:
    library.joinpath(f"{content['code']}.yaml").write_text(schema.write(from_content(content)), encoding="utf-8")
    shelf._read.cache_clear()


def a_file(content: dict[str, Any] | None = None) -> bytes:
    return schema.write(from_content(content or a_content())).encode()


def renamed(words: str) -> dict[str, Any]:
    return a_content(title=said(words))


def rename(words: str) -> service.Edit:
    def change(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
        return {**content, "title": said(words)}, {"title": (content["title"], said(words))}

    return change


def the(code: str = "opening") -> Playbook:
    found = queries.by_code(code)
    assert found is not None
    return queries.one(found.ref)


def verbs_of(playbook: Playbook) -> list[str]:
    return [entry.verb for entry in reversed(entries_of(playbook))]


# --- shipped ----------------------------------------------------------------------------------------------------------


def test_a_shipped_playbook_is_published_once(library: Path) -> None:
    (brought,) = service.bring_shipped()
    assert brought.version is not None
    assert brought.version.origin == Origin.SHIPPED
    assert service.bring_shipped() == []
    assert [version.number for version in the().versions] == [1]
    assert verbs_of(the()) == ["playbook.added", "playbook.published"]


def test_a_newer_release_brings_a_newer_version(library: Path) -> None:
    service.bring_shipped()
    put(library, renamed("Newer"))
    service.bring_shipped()
    assert [version.number for version in the().versions] == [2, 1]
    assert the().title == "Newer"


def test_what_was_edited_at_the_desk_is_left_alone_and_the_newer_one_offered(library: Path, editor: Person) -> None:
    service.bring_shipped()
    draft = service.start_draft(the(), editor)
    service.edit(draft, rename("Ours"), editor)
    service.publish(queries.version(the().id, 2), 2, "", editor)
    assert service.bring_shipped() == []
    assert service.offered(the()) is None, "what is shipped now was taken as version 1"
    put(library, renamed("Newer"))
    assert service.bring_shipped() == []
    assert the().title == "Ours"
    offer = service.offered(the())
    assert offer is not None
    assert offer.title["en"] == "Newer"
    draft = service.start_draft(the(), editor, shipped=True)
    service.publish(draft, 1, "As shipped", editor)
    assert service.offered(the()) is None


def test_an_open_draft_or_the_archive_keep_a_shipped_version_waiting(library: Path, editor: Person) -> None:
    service.bring_shipped()
    service.archive(the(), editor)
    put(library, renamed("Newer"))
    assert service.bring_shipped() == []
    service.restore(the(), editor)
    service.start_draft(the(), editor)
    assert service.bring_shipped() == []
    with pytest.raises(service.DraftExists):
        service.start_draft(the(), editor, shipped=True)


def test_a_wrong_shipped_file_changes_nothing(library: Path) -> None:
    library.joinpath("bad.yaml").write_text("code: bad\n")
    with pytest.raises(NotAPlaybook):
        service.bring_shipped()
    assert queries.everything() == []


# --- files ------------------------------------------------------------------------------------------------------------


def test_an_import_is_a_draft_and_exported_it_is_the_same_file(editor: Person) -> None:
    brought = service.import_file(a_file(), "opening.yaml", editor)
    assert brought.version is not None
    assert brought.version.published_at is None
    assert service.export(brought.version).encode() == a_file()
    assert queries.newest(brought.playbook.id) is None
    again = service.import_file(service.export(brought.version).encode(), "again.yaml", editor)
    assert again.version is None
    assert len(the().versions) == 1


def test_an_import_may_publish_at_once_and_the_same_file_brings_nothing_new() -> None:
    service.import_file(a_file(), "opening.yaml", None, publish=True)
    assert service.import_file(a_file(), "opening.yaml", None, publish=True).version is None
    service.import_file(a_file(renamed("Newer")), "opening.yaml", None, publish=True)
    assert [version.number for version in the().versions] == [2, 1]


def test_an_import_does_not_write_over_a_draft(editor: Person) -> None:
    service.import_file(a_file(), "opening.yaml", editor)
    with pytest.raises(service.DraftExists):
        service.import_file(a_file(renamed("Other")), "opening.yaml", editor)
    assert queries.version(the().id, 1).content["title"]["en"] == "Opening"


@pytest.mark.parametrize("source", [b"code: x", b"a: &a [*a]", b"x" * 10_000_000, b"\xff\xfe"])
def test_a_wrong_file_imports_nothing(source: bytes, editor: Person) -> None:
    with pytest.raises(NotAPlaybook):
        service.import_file(source, "wrong.yaml", editor)
    assert queries.everything() == []


# --- drafts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def playbook(editor: Person) -> Playbook:
    service.import_file(a_file(), "opening.yaml", editor, publish=True)
    return the()


def test_there_is_one_draft_however_often_it_is_begun(playbook: Playbook, editor: Person) -> None:
    first = service.start_draft(playbook, editor)
    assert service.start_draft(the(), editor).id == first.id
    assert first.number == 2


def test_two_who_begin_a_draft_at_once_share_it(app: Flask, playbook: Playbook, editor: Person) -> None:
    meet, found = Barrier(4), list[int]()

    def begin() -> None:
        with app.app_context():
            mine = queries.one(playbook.ref)
            meet.wait()
            found.append(service.start_draft(mine, editor).id)

    threads = [Thread(target=begin) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_published_version_never_changes(playbook: Playbook, editor: Person) -> None:
    with pytest.raises(service.AlreadyPublished):
        service.edit(queries.version(playbook.id, 1), rename("Other"), editor)
    with pytest.raises(service.AlreadyPublished):
        service.discard(queries.version(playbook.id, 1), 2, editor)


def test_a_draft_that_lacks_words_is_kept_but_not_published(playbook: Playbook, editor: Person) -> None:
    draft = service.start_draft(playbook, editor)

    def forget_finnish(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
        title = {locale: words for locale, words in content["title"].items() if locale != "fi"}
        return {**content, "title": title}, {}

    service.edit(draft, forget_finnish, editor)
    with pytest.raises(service.Unfinished) as refusal:
        service.publish(draft, 2, "", editor)
    assert [fault.where for fault in refusal.value.faults] == ["title"]
    assert queries.version(playbook.id, 2).published_at is None


def test_what_is_wrong_does_not_get_into_a_draft(playbook: Playbook, editor: Person) -> None:
    draft = service.start_draft(playbook, editor)

    def close_the_circle(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
        changed = deepcopy(content)
        changed["tasks"][0]["needs"] = ["go-live"]
        return changed, {}

    with pytest.raises(service.NotRight):
        service.edit(draft, close_the_circle, editor)
    assert "needs" not in queries.version(playbook.id, 2).content["tasks"][0]


def test_publishing_and_throwing_away_ask_for_what_was_seen(playbook: Playbook, editor: Person) -> None:
    draft = service.start_draft(playbook, editor)
    service.edit(draft, rename("Other"), editor)
    with pytest.raises(Conflict):
        service.publish(draft, 1, "", editor)
    with pytest.raises(Conflict):
        service.discard(draft, 1, editor)
    service.publish(draft, 2, "New words", editor)
    assert the().title == "Other"
    assert queries.newest(playbook.id) is not None
    assert verbs_of(the())[-3:] == ["playbook.drafted", "playbook.edited", "playbook.published"]


def test_a_draft_that_is_thrown_away_leaves_its_number(playbook: Playbook, editor: Person) -> None:
    service.discard(service.start_draft(playbook, editor), 1, editor)
    assert queries.draft(playbook.id) is None
    assert service.start_draft(the(), editor).number == 2


def test_those_above_hear_of_a_new_version_in_the_same_transaction(playbook: Playbook, editor: Person) -> None:
    heard: list[int] = []

    def listen(version: PlaybookVersion) -> None:
        heard.append(version.number)
        raise RuntimeError("said no")

    draft = service.start_draft(playbook, editor)
    with service.published.connected_to(listen), pytest.raises(RuntimeError):
        service.publish(draft, 1, "", editor)
    assert heard == [2]
    db.session.expire_all()
    assert queries.version(playbook.id, 2).published_at is None


def test_a_new_playbook_has_a_code_of_its_own(playbook: Playbook, editor: Person) -> None:
    made = service.create(service.NewPlaybook("second", "partner", said("Second")), editor)
    assert made.published_at is None
    for code, audience, field in (("second", "partner", "code"), ("No!", "partner", "code"), ("x", "me", "audience")):
        with pytest.raises(FieldError) as refusal:
            service.create(service.NewPlaybook(code, audience, said("Second")), editor)
        assert refusal.value.field == field


def test_plans_are_started_from_the_newest_published_version(playbook: Playbook, editor: Person) -> None:
    service.start_draft(playbook, editor)
    service.create(service.NewPlaybook("second", "partner", said("Second")), editor)
    assert [(one.playbook.code, one.number) for one in queries.startable()] == [("opening", 1)]
    assert queries.startable("partner") == []
    service.archive(playbook, editor)
    assert queries.startable("customer") == []


def test_running_plans_are_counted_by_those_who_run_them(playbook: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "_counters", [])
    version = queries.version(playbook.id, 1)
    assert uses.running([version.id]) == {}
    uses.counted_by(lambda ids: {version.id: 3, version.id + 1: 0})
    assert uses.running([version.id]) == {version.id: 3}
    assert uses.running([]) == {}


# --- differences ------------------------------------------------------------------------------------------------------


def test_a_difference_tells_what_was_added_removed_and_changed() -> None:
    old = from_content(a_content())
    content = deepcopy(a_content())
    content["tasks"][1]["title"] = said("Choose how it looks")
    content["tasks"][1]["workdays"] = 5
    content["tasks"].pop(2)
    content["tasks"].insert(0, {**content["tasks"][0], "code": "greeting", "anchor": ""})
    content["aim_workdays"] = 15
    found = difference.between(old, from_content(content))
    assert [task.code for task in found.tasks.added] == ["greeting"]
    assert [task.code for task in found.tasks.removed] == ["participants"]
    assert [(pair.code, pair.keys) for pair in found.tasks.changed] == [("look", ("title", "workdays"))]
    assert [(one.key, one.old, one.new) for one in found.itself] == [("aim_workdays", 20, 15)]
    assert not found.tasks.moved
    assert not found.trainings
    assert not difference.between(old, old)


def test_another_order_is_a_difference() -> None:
    content = deepcopy(a_content())
    content["tasks"].reverse()
    assert difference.between(from_content(a_content()), from_content(content)).tasks.moved


# --- commands ---------------------------------------------------------------------------------------------------------


def test_the_commands_check_import_and_export(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    right, wrong = tmp_path / "opening.yaml", tmp_path / "wrong.yaml"
    right.write_bytes(a_file())
    wrong.write_text(yaml.safe_dump({**a_content(), "audience": "nobody"}))

    checked = runner.invoke(args=["playbooks", "check", str(right), str(wrong)])
    assert checked.exit_code == 1
    assert f"{right}: 4 tasks, 1 trainings, nothing wrong" in checked.output
    assert f"{wrong}:2: audience: " in checked.output
    assert queries.everything() == []

    refused = runner.invoke(args=["playbooks", "import", str(wrong)])
    assert refused.exit_code == 1
    assert "Nothing was imported." in refused.output
    assert "version 1 is a draft" in runner.invoke(args=["playbooks", "import", str(right)]).output
    assert "nothing new" in runner.invoke(args=["playbooks", "import", str(right)]).output
    assert runner.invoke(args=["playbooks", "export", "opening"]).output.encode() == a_file()
    assert runner.invoke(args=["playbooks", "export", "opening", "--version", "1"]).output.encode() == a_file()
    assert "no such version" in runner.invoke(args=["playbooks", "export", "opening", "--version", "9"]).output
    assert "There are: opening." in runner.invoke(args=["playbooks", "export", "nothing"]).output
    assert runner.invoke(args=["playbooks", "import"]).exit_code == 2


def test_nothing_is_kept_that_a_later_reader_could_not_read(editor: Person) -> None:
    service.import_file(a_file(), "opening.yaml", editor, publish=True)
    db.session.expire_all()
    assert from_content(queries.version(the().id, 1).content) == from_content(a_content())


def test_two_starts_at_once_publish_once(app: Flask, library: Path) -> None:
    meet, failed = Barrier(3), list[Exception]()

    def start() -> None:
        with app.app_context():
            meet.wait()
            try:
                service.bring_shipped()
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [Thread(target=start) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [version.number for version in the().versions] == [1]
