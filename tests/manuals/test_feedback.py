"""What readers said, at the desk: the list, its file, and the mark for what was dealt with."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.manuals.models import ManualFeedback, Publication
from app.manuals.queries import published
from app.manuals.service import readers
from tests import sentences as s
from tests import software
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

PATH = "/desk/manuals/feedback"


def _said(manual: Publication, reader: str = "one", *, helped: bool = False, words: str = "") -> ManualFeedback:
    version = published.version(manual, 1)
    return readers.say(manual, version, readers.Said("en", "connect", helped, words), reader)


@pytest.fixture
def editor(client: FlaskClient) -> FlaskClient:
    return s.sign_in(client, s.a_staff_member("content_editor"))


def test_what_did_not_help_or_has_words_is_to_be_read(editor: FlaskClient) -> None:
    manual = software.a_published_manual()
    _said(manual, "a", words="Where is Łukasz O'Żółć? <b>\N{GRINNING FACE}</b>")
    _said(manual, "b", helped=True)
    page = editor.get(PATH).get_data(as_text=True)
    assert "Where is Łukasz O&#39;Żółć? &lt;b&gt;\N{GRINNING FACE}&lt;/b&gt;" in page
    assert page.count("It did not help") == 1
    assert "It helped" not in page
    assert "It helped" in editor.get(f"{PATH}?tab=all").get_data(as_text=True)


def test_dealt_with_is_said_once_and_leaves_the_list(editor: FlaskClient) -> None:
    found = _said(software.a_published_manual())
    for _ in range(2):
        assert s.post(editor, PATH, {"feedback": str(found.id)}).status_code == 303
    assert "Nothing to read" in editor.get(PATH).get_data(as_text=True)
    assert "Dealt with on" in editor.get(f"{PATH}?tab=dealt-with").get_data(as_text=True)


def test_who_says_something_else_afterwards_is_read_again(editor: FlaskClient) -> None:
    manual = software.a_published_manual()
    found = _said(manual)
    s.post(editor, PATH, {"feedback": str(found.id)})
    _said(manual, words="And the button?")
    assert "And the button?" in editor.get(PATH).get_data(as_text=True)


@pytest.mark.parametrize("id", ["0", "x", "", "99", "99999999999999"])
def test_what_nobody_said_is_not_found(editor: FlaskClient, id: str) -> None:
    software.a_published_manual()
    assert s.post(editor, PATH, {"feedback": id}).status_code == 404


def test_only_editors_read_it(client: FlaskClient) -> None:
    s.sign_in(client, s.a_staff_member("finance"))
    assert client.get(PATH).status_code == 403
    s.sign_in(client, software.owner_of(software.a_software_partner()))
    assert client.get(PATH).status_code == 403


def test_the_list_is_searched_by_its_integration_and_is_a_file(editor: FlaskClient) -> None:
    _said(software.a_published_manual(), words="=1+1")
    assert "=1+1" in editor.get(f"{PATH}?q=lumi").get_data(as_text=True)
    assert "Nothing found" in editor.get(f"{PATH}?q=saldix").get_data(as_text=True)
    rows = editor.get(f"{PATH}.csv").get_data(as_text=True)
    assert "'=1+1" in rows


def test_the_list_costs_the_same_for_many(app: Flask, editor: FlaskClient) -> None:
    manual = software.a_published_manual()
    _said(manual, "0")
    editor.get(PATH)
    with counting(app) as few:
        editor.get(PATH)
    for number in range(1, 12):
        _said(db.session.get_one(Publication, manual.id), str(number))
    with counting(app) as many:
        editor.get(PATH)
    assert few == many
    assert many <= 6
