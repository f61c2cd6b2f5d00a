"""The directory at the desk: withdrawing and putting back, categories with texts and hostnames, questions."""

from __future__ import annotations

import csv
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.directory.models import Category, Faq
from app.directory.queries import categories as queries
from app.directory.service import categories, faq
from app.history.models import HistoryEntry
from app.integrations.models import Integration, Sells, Stage
from tests import sentences as s
from tests.directory.sentences import a_keeper, a_listed, a_question
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

DESK = "/desk/directory"


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    s.sign_in(client, a_keeper())
    return client


def _sent(client: FlaskClient, address: str, **values: str) -> tuple[int, str]:
    page = client.get(address).get_data(as_text=True)
    version = re.search(r'name="version"[^>]* value="(\d+)"', page)
    base = re.search(r'name="base"[^>]* value="(\w+)"', page)
    kept = {"version": version[1] if version else "", "base": base[1] if base else ""}
    answer = client.post(address, data={**kept, **values, "csrf_token": s.csrf_of(client, address)})
    return answer.status_code, answer.get_data(as_text=True)


def _one(ref: str) -> Integration:
    query = sa.select(Integration).where(Integration.ref == ref).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def _verbs() -> list[str]:
    return list(db.session.scalars(sa.select(HistoryEntry.verb).order_by(HistoryEntry.id)))


# --- what is listed ---------------------------------------------------------------------------------------------------


def test_an_integration_is_withdrawn_and_put_back(desk: FlaskClient) -> None:
    found = a_listed()
    assert "Lumi Till with Ledgerly" in desk.get(DESK).get_data(as_text=True)
    away = f"{DESK}/{found.ref}/withdrawal"
    assert _sent(desk, away)[0] == 422
    assert _sent(desk, away, reason="The till is no longer sold.")[0] == 303
    assert _one(found.ref).stage == Stage.WITHDRAWN
    assert desk.get("/integrations/point-of-sale/lumi-till-ledgerly").status_code == 404
    page = desk.get(f"{DESK}?tab=withdrawn").get_data(as_text=True)
    assert "Put back" in page
    again = {"version": str(_one(found.ref).version), "csrf_token": s.csrf_of(desk, DESK)}
    assert desk.post(f"{DESK}/{found.ref}/return", data=again).status_code == 303
    assert _one(found.ref).stage == Stage.LISTED
    assert desk.get("/integrations/point-of-sale/lumi-till-ledgerly").status_code == 200


def test_withdrawing_twice_or_from_an_old_page_does_no_harm(desk: FlaskClient) -> None:
    found = a_listed()
    away = f"{DESK}/{found.ref}/withdrawal"
    assert _sent(desk, away, reason="x", version="99")[0] == 409
    assert _sent(desk, away, reason="x")[0] == 303
    token = s.csrf_of(desk, DESK)
    assert desk.post(away, data={"reason": "x", "version": "1", "csrf_token": token}).status_code == 303
    assert _verbs().count("integration.withdrawn") == 1
    assert desk.post(f"{DESK}/{found.ref}/return", data={"version": "x", "csrf_token": token}).status_code == 303
    assert _one(found.ref).stage == Stage.WITHDRAWN
    assert desk.get(f"{DESK}/IN-00000000/withdrawal").status_code == 404


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_list_is_a_file_too(desk: FlaskClient, format: str) -> None:
    a_listed()
    answer = desk.get(f"{DESK}/directory.{format}")
    assert answer.status_code == 200
    if format == "csv":
        assert "Lumi Till" in answer.get_data(as_text=True)


def test_the_list_is_searched_and_asks_a_constant_number_of_times(app: Flask, desk: FlaskClient) -> None:
    a_listed()
    desk.get(DESK)
    with counting(app) as few:
        desk.get(DESK)
    for number in range(5):
        a_listed(f"Till {number}", partner=f"Maker {number}")
    with counting(app) as many:
        page = desk.get(DESK).get_data(as_text=True)
    assert many.count == few.count
    assert page.count('class="gw-name"') == 6
    assert desk.get(f"{DESK}?q=lumi").get_data(as_text=True).count('class="gw-name"') == 1


@pytest.mark.parametrize("role", ["sales", "finance"])
def test_others_of_the_staff_stay_out(client: FlaskClient, role: str) -> None:
    s.sign_in(client, s.a_staff_member(role))
    for address in (
        DESK,
        f"{DESK}/categories",
        f"{DESK}/questions",
        f"{DESK}/directory.csv",
        f"{DESK}/questions/questions.csv",
    ):
        assert client.get(address).status_code == 403


# --- categories -------------------------------------------------------------------------------------------------------


def test_texts_are_written_anew_in_one_language(desk: FlaskClient) -> None:
    address = f"{DESK}/categories/webshop/texts/nl"
    assert "Uw webwinkel koppelen" in desk.get(address).get_data(as_text=True)
    assert _sent(desk, address, title="", summary="x")[0] == 422
    sent = {"title": "Webwinkels", "summary": "Kort <b>en</b> goed.", "body": "Met **nadruk** en <script>x</script>."}
    code, preview = _sent(desk, address, **sent, do="preview")
    assert code == 200
    assert "<strong>nadruk</strong>" in preview
    assert db.session.scalar(sa.select(Category)) is None
    assert _sent(desk, address, **sent)[0] == 303
    page = desk.get("/integrations/webshop?lang=nl").get_data(as_text=True)
    assert "<h1>Webwinkels</h1>" in page
    assert "<script>x" not in page
    assert "<h1>Connect your webshop</h1>" in desk.get("/integrations/webshop?lang=en").get_data(as_text=True)
    assert "Webwinkels" in desk.get(f"{DESK}/categories/webshop?text=nl").get_data(as_text=True)


def test_two_who_write_in_one_language_see_each_other(desk: FlaskClient) -> None:
    keeper = a_keeper()
    base = categories.digest(queries.texts_in(Sells.WEBSHOP, None, "en"))
    theirs = {"title": "Shops", "summary": "Theirs", "body": ""}
    categories.write_texts(Sells.WEBSHOP, "en", base, theirs, keeper)
    address = f"{DESK}/categories/webshop/texts/en"
    token = s.csrf_of(desk, address)
    mine = {"title": "Mine", "summary": "Mine", "body": "", "base": base, "csrf_token": token}
    answer = desk.post(address, data=mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    categories.write_texts(Sells.WEBSHOP, "en", base, theirs, keeper)
    assert _verbs().count("directory_category.text_changed") == 1


def test_the_words_of_the_program_written_again_are_those() -> None:
    keeper, shipped = a_keeper(), queries.texts_in(Sells.WEBSHOP, None, "fi")
    own = {"title": "Kaupat", "summary": "Lyhyesti", "body": ""}
    categories.write_texts(Sells.WEBSHOP, "fi", categories.digest(shipped), own, keeper)
    assert queries.own_texts(queries.rows()[Sells.WEBSHOP]) == ["fi"]
    categories.write_texts(Sells.WEBSHOP, "fi", categories.digest(own), shipped, keeper)
    assert queries.own_texts(queries.rows()[Sells.WEBSHOP]) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("tills.example", "tills.example"),
        ("https://Tills.Example/", "tills.example"),
        ("kässä.example", "xn--kss-qlac.example"),
        ("tills", None),
        ("10.0.0.1", None),
        ("tills.example/path", None),
        ("tills.example:8443", None),
        ("javascript:alert(1)", None),
        ("localhost", None),
    ],
)
def test_a_hostname_is_entered(desk: FlaskClient, typed: str, kept: str | None) -> None:
    code, _page = _sent(desk, f"{DESK}/categories/point-of-sale", hostname=typed)
    assert code == (303 if kept else 422)
    row = db.session.scalar(sa.select(Category).execution_options(populate_existing=True))
    assert (row.hostname if row else None) == kept
    assert desk.get(f"{DESK}/categories").status_code == 200
    assert desk.get(f"{DESK}/categories/point-of-sale").status_code == 200


def test_what_is_no_category_is_not_found(desk: FlaskClient) -> None:
    for address in ("gardens", "webshop/texts/xx", "gardens/texts/en"):
        assert desk.get(f"{DESK}/categories/{address}").status_code == 404


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_question_is_added_changed_moved_and_removed(desk: FlaskClient) -> None:
    new = f"{DESK}/questions/new?category=webshop"
    assert _sent(desk, new)[0] == 422
    code, page = _sent(desk, new, question_en="What does it cost?")
    assert code == 422
    assert "Enter the answer in this language too" in page
    both = {
        "question_en": "What does it cost?",
        "answer_en": "Nothing.",
        "question_nl": "Prijs?",
        "answer_nl": "Niets.",
    }
    assert _sent(desk, new, **both)[0] == 303
    assert _sent(desk, new, **both)[0] == 303
    ref = db.session.scalars(sa.select(Faq.ref)).one()
    a_question("Second?", category=Sells.WEBSHOP)
    listed = desk.get(f"{DESK}/questions").get_data(as_text=True)
    assert listed.index("What does it cost?") < listed.index("Second?")
    token = s.csrf_of(desk, f"{DESK}/questions")
    desk.post(f"{DESK}/questions/{ref}/position", data={"to": "down", "csrf_token": token})
    listed = desk.get(f"{DESK}/questions").get_data(as_text=True)
    assert listed.index("What does it cost?") > listed.index("Second?")
    assert _sent(desk, f"{DESK}/questions/{ref}", question_en="How much?", answer_en="Nothing.")[0] == 303
    assert "How much?" in desk.get("/integrations/webshop?lang=nl").get_data(as_text=True)
    assert desk.get(f"{DESK}/questions/{ref}").status_code == 200
    assert desk.get(f"{DESK}/questions/{ref}/removal").status_code == 200
    desk.post(f"{DESK}/questions/{ref}/removal", data={"csrf_token": token})
    assert desk.get(f"{DESK}/questions/{ref}").status_code == 404
    assert [verb for verb in _verbs() if verb.startswith("faq.")] == [
        "faq.added", "faq.added", "faq.moved", "faq.changed", "faq.removed",
    ]  # fmt: skip


def test_questions_of_integrations_stand_with_theirs(app: Flask, desk: FlaskClient) -> None:
    found = a_listed()
    assert "Lumi Till with Ledgerly" in desk.get(f"{DESK}/questions/new?integration={found.ref}").get_data(as_text=True)
    for number in range(3):
        a_question(f"Question {number}?", integration_id=found.id)
    with counting(app) as few:
        page = desk.get(f"{DESK}/questions").get_data(as_text=True)
    assert page.count("Move up") == page.count("Move down") == 2
    for number in range(60):
        a_question(f"Further {number}?", integration_id=found.id)
    with counting(app) as many:
        desk.get(f"{DESK}/questions")
    assert many.count == few.count
    assert 'rel="next"' in desk.get(f"{DESK}/questions?q=lumi").get_data(as_text=True)
    assert "Nothing found" in desk.get(f"{DESK}/questions?q=other").get_data(as_text=True)
    for address in ("new", "new?integration=IN-0", "new?category=gardens"):
        assert desk.get(f"{DESK}/questions/{address}").status_code == 404


def test_two_who_change_a_question_see_each_other(desk: FlaskClient) -> None:
    made = a_question(category=Sells.WEBSHOP)
    faq.change(made.id, made.version, {"fi": {"question": "Hinta?", "answer": "0"}}, a_keeper())
    address = f"{DESK}/questions/{made.ref}"
    stale = {"version": "1", "question_en": "Mine?", "answer_en": "Mine.", "csrf_token": s.csrf_of(desk, address)}
    answer = desk.post(address, data=stale)
    assert answer.status_code == 409
    assert "Mine?" in answer.get_data(as_text=True)


def test_the_desk_search_finds_integrations(client: FlaskClient) -> None:
    found = a_listed()
    s.sign_in(client, s.a_staff_member("account_manager"))
    for q in ("lumi ledgerly", found.ref):
        page = client.get(f"/desk/search?q={q}").get_data(as_text=True)
        assert "Lumi Till with Ledgerly" in page


def test_all_questions_are_a_file_with_a_row_for_each_language(desk: FlaskClient) -> None:
    listed, other = a_listed(), a_listed("Other Till", partner="Other")
    both = {
        "en": {"question": "=1+1?", "answer": "Two."},
        "fi": {"question": "Mitä?", "answer": "Łódź."},
    }
    of_all = faq.add(both, a_keeper(), category=Sells.WEBSHOP)
    of_one = a_question("What does it cost?", integration_id=listed.id)
    a_question("Where is it?", integration_id=other.id)
    content = desk.get(f"{DESK}/questions/questions.csv?q=lumi").get_data(as_text=True)
    rows = list(csv.reader(content.lstrip("\ufeff").splitlines(), delimiter=";"))
    assert rows[1:] == [
        [of_all.ref, "Webshop", "", "", "en", "'=1+1?", "Two."],
        [of_all.ref, "Webshop", "", "", "fi", "Mitä?", "Łódź."],
        [of_one.ref, "", "Lumi Till", "Ledgerly", "en", "What does it cost?", "**Nothing**."],
    ]
    assert "Where is it?" in desk.get(f"{DESK}/questions/questions.csv").get_data(as_text=True)
    assert desk.get(f"{DESK}/questions/questions.xlsx").status_code == 200
    assert "questions.csv" in desk.get(f"{DESK}/questions").get_data(as_text=True)
