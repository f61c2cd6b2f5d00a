"""Intakes at the desk: the queue, every section by language, returning and accepting (S4)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.manuals import told_intake
from app.manuals.models import Intake, IntakeState, Saving
from app.manuals.queries import intakes as queries
from app.outbox.models import MailRow
from tests import sentences as s
from tests import software
from tests.manuals.published import an_editor, an_intake, begun, resupplied, section_of
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def editor(client: FlaskClient) -> FlaskClient:
    return s.sign_in(client, an_editor())


def again(intake: Intake) -> Intake:
    db.session.commit()
    return queries.by_ref(intake.ref)


def send(editor: FlaskClient, intake: Intake, path: str, data: dict[str, Any]) -> Any:
    return s.post(editor, path, data, page=f"/desk/intakes/{intake.ref}")


def test_the_queue_shows_what_waits_and_finds_partners(editor: FlaskClient) -> None:
    waiting = an_intake(software.a_product())
    other = software.a_product(software.a_software_partner("Nova Oy"), "Nova Till")
    an_intake(other, state=IntakeState.ACCEPTED)
    page = editor.get("/desk/intakes").text
    assert f"/desk/intakes/{waiting.ref}" in page
    assert "Nova Till" not in page
    assert "Nova Till" in editor.get("/desk/intakes?tab=accepted&q=nóva").text
    assert "Nothing found" in editor.get("/desk/intakes?q=zzz").text
    assert "Lumi Till" in editor.get("/desk/intakes/intakes.csv").text


def test_every_section_is_shown_by_language_in_a_constant_number_of_queries(app: Flask, editor: FlaskClient) -> None:
    product = software.a_product(languages=["en"])
    intake = an_intake(product)
    path = f"/desk/intakes/{intake.ref}"
    editor.get(path)
    with counting(app) as few:
        page = editor.get(path).text
    for words in ("Open the settings (en).", "No refunds (en).", "help@lumi.example", "Why?", "It waits for you."):
        assert words in page
    both = software.a_product(software.a_software_partner("Nova"), "Nova Till", languages=["en", "fi", "fr"])
    long = an_intake(both, ["en", "fi", "fr"])
    with counting(app) as many:
        page = editor.get(f"/desk/intakes/{long.ref}").text
    assert "Open the settings (fi)." in page
    assert many == few
    assert many <= 14


def test_a_section_is_returned_with_a_comment(editor: FlaskClient) -> None:
    intake = an_intake(software.a_product())
    section = section_of(intake, "limits", "en")
    path = f"/desk/intakes/{intake.ref}/return"
    empty = send(editor, intake, path, {"section": section.id, "comment": "  "})
    assert empty.status_code == 422
    assert 'href="#comment"' in empty.text
    assert 'id="comment"' in empty.text
    assert send(editor, intake, path, {"section": section.id, "comment": "And gift cards? <b>"}).status_code == 303
    page = editor.get(f"/desk/intakes/{intake.ref}").text
    assert "And gift cards? &lt;b&gt;" in page
    assert again(intake).state == IntakeState.RETURNED
    twice = send(editor, intake, path, {"section": section.id, "comment": "Typed and not lost"})
    assert twice.status_code == 409
    for bad in ("", "999999", "x" * 50):
        assert send(editor, intake, path, {"section": bad, "comment": "x"}).status_code in (409, 422)


def test_an_intake_is_accepted_only_as_it_was_seen(editor: FlaskClient) -> None:
    intake = an_intake(software.a_product())
    path = f"/desk/intakes/{intake.ref}/acceptance"
    stale = send(editor, intake, path, {"version": "99"})
    assert stale.status_code == 409
    assert send(editor, intake, path, {"version": str(intake.version)}).status_code == 303
    assert again(intake).state == IntakeState.ACCEPTED
    assert "Next: complete the drafts" in editor.get(f"/desk/intakes/{intake.ref}").text
    assert db.session.scalars(sa.select(MailRow.template)).all() == ["intake_accepted"]


def test_what_changed_since_it_was_handed_in_before(editor: FlaskClient) -> None:
    intake = an_intake(software.a_product())
    section = section_of(intake, "limits", "en")
    with write():
        for version, text in ((1, "No refunds."), (2, "No refunds and no <i>gift</i> cards.")):
            content = {"text": text, "none": False}
            db.session.add(
                Saving(section_id=section.id, version=version, content=content, handed_in=True, saved_at=now())
            )
            held = db.session.merge(section)
            held.content = held.submitted = content
    page = editor.get(f"/desk/intakes/{intake.ref}").text
    assert "1 change since it was handed in before" in page
    assert "no &lt;i&gt;gift&lt;/i&gt; cards" in page


def test_all_manuals_of_a_product_are_begun_at_once(editor: FlaskClient) -> None:
    product = software.a_product()
    intake = an_intake(product)
    for name in ("Saldix", "Kirja24"):
        software.an_integration(product, software.a_package(name))
    path = f"/desk/intakes/{intake.ref}/drafts"
    assert "Begin all of them" in editor.get(f"/desk/intakes/{intake.ref}").text
    assert send(editor, intake, path, {}).status_code == 303
    page = editor.get(f"/desk/intakes/{intake.ref}").text
    assert page.count("/desk/manuals/PB-") == 4
    assert "Begin all of them" not in page
    assert send(editor, intake, path, {}).status_code == 303


def test_drafts_behind_their_source_are_told(editor: FlaskClient) -> None:
    product = software.a_product()
    intake = an_intake(product)
    begun(software.an_integration(product), an_editor())
    path = f"/desk/intakes/{intake.ref}"
    assert "Behind what is handed in" not in editor.get(path).text
    resupplied(intake, "limits", "en", {"text": "Many limits.", "none": False})
    assert editor.get(path).text.count("Behind what is handed in: EN") == 1, (
        "the onboarding page says nothing of limits"
    )


def test_others_never_come_in(app: Flask) -> None:
    partner = software.a_software_partner()
    intake = an_intake(software.a_product(partner))
    for client in (
        s.sign_in(app.test_client(), software.owner_of(partner)),
        s.sign_in(app.test_client(), s.a_staff_member("finance")),
    ):
        for path in ("/desk/intakes", f"/desk/intakes/{intake.ref}", "/desk/intakes/intakes.csv"):
            assert client.get(path).status_code in (403, 404)


STEPS = [
    {"id": "a", "text": "Open it.", "picture": "PI-AAAA1111", "alt": "The menu"},
    {"id": "b", "text": "Copy it.", "picture": "", "alt": ""},
]


@pytest.mark.parametrize(
    ("code", "before", "after", "told"),
    [
        ("limits", {"none": False}, {"none": True}, [("There are no limits to tell of", "No", "Yes")]),
        (
            "categories",
            {"sells": ["point_of_sale"], "logo": "PI-AAAA1111"},
            {"sells": ["webshop"], "logo": "PI-BBBB2222"},
            [("What the product is", "Point of sale", "Webshop"), ("Logo", "A picture", "Another picture")],
        ),
        (
            "support",
            {"languages": ["fi"]},
            {"languages": ["fi", "en"]},
            [("Languages in which your support answers", "Suomi", "English, Suomi")],
        ),
        ("packages", {"passes": {"PK-1": ["sales"]}}, {"passes": {}}, [("Ledgerly", "Sales", "Nothing")]),
        ("packages", {"passes": {}}, {"passes": {"PK-2": ["vat"]}}, [("PK-2", "Nothing", "VAT")]),
        (
            "key",
            {"find": STEPS},
            {"find": [STEPS[1], STEPS[0]]},
            [("Where the customer finds the key", "In the order before", "In another order")],
        ),
        (
            "key",
            {"find": STEPS},
            {"find": [STEPS[0] | {"picture": ""}, STEPS[1] | {"text": "Copy all of it.", "picture": "PI-CCCC3333"}]},
            [
                ("Where the customer finds the key, Step 1: Screenshot", "A picture", ""),
                ("Where the customer finds the key, Step 2: What the customer does", "Copy it.", "Copy all of it."),
                ("Where the customer finds the key, Step 2: Screenshot", "", "A picture"),
            ],
        ),
        (
            "faq",
            {"items": []},
            {"items": [{"id": "q", "question": "Why?", "answer": "So."}]},
            [("Question 1", "", "Why?\nSo.")],
        ),
    ],
)
def test_what_changed_is_told_in_words(
    app: Flask, code: str, before: dict[str, Any], after: dict[str, Any], told: list[tuple[str, str, str]]
) -> None:
    lines = told_intake.lines(code, before, after, {"PK-1": "Ledgerly"})
    assert [tuple(str(part) for part in line) for line in lines] == told
