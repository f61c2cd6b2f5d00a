"""A plan on paper: complete, in each language, without secrets, and readable by a screen reader (I11)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.core.clock import now
from app.core.crypto import token_hash
from app.core.db import db, write
from app.core.i18n import LOCALES, in_locale
from app.people.models import Person
from app.plans import appendix
from app.plans.models import Plan, PlanDevice
from app.plans.party import Hand
from app.plans.service import secrets, working
from app.plans.service.people import NewContact
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests.leads.sentences import an_account
from tests.plans.coming import come
from tests.queries import counting
from tests.sentences import a_plan, a_playbook, a_staff_member, main_contact, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")

NAME = "Łukasz O'Żółć"
COMPANY = 'Quill #1 $5 *Mark* _&_ @home \\ "Co" <b>'
KEY = "canary-4711"


def a_whole_plan(**values: Any) -> Plan:
    """The shipped implementation, with signs that mean something to whoever sets type."""
    return a_plan(
        of=a_playbook(to_content(shelf.shipped()["saas-implementation"][0])),
        facts={"modules": ["website", "crm", "finance"]},
        account=an_account(company_name=COMPANY),
        contacts=(NewContact(NAME, "lukasz@quillmark.example", enters=True),),
        **values,
    )


def read(content: bytes) -> tuple[PdfReader, str]:
    """The document and its words, with lines as one."""
    found = PdfReader(io.BytesIO(content))
    return found, one_line("\n".join(page.extract_text() for page in found.pages))


def one_line(text: str) -> str:
    """Without what a line's end adds: blanks and hyphens."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_pdf_says_everything_in_the_language(locale: str) -> None:
    plan = a_whole_plan(locale=locale)
    with in_locale(locale):
        said = appendix.of(plan)
        found, text = read(appendix.pdf_of(plan))
    for words in (NAME, COMPANY, said.title, said.heading, said.foot, *said.words.values(), *said.aims):
        if words not in (said.words["done"], said.words["not_applicable"], said.words["open"]):
            assert one_line(words) in text, words
    lines = [line for part in said.parts for line in part.lines]
    assert len(lines) == plan.task_count
    for line in lines:
        assert one_line(line.title) in text, line.title
    assert {line.who for line in lines} >= {NAME}
    for taught in said.trainings:
        assert one_line(taught.title) in text
    assert [priced.net for priced in said.prices]
    assert one_line(said.prices[0].net) in text

    root: Any = found.trailer["/Root"]
    assert root["/Lang"] == locale
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert found.metadata is not None
    assert found.metadata.title == said.title


def customer_of(app: Flask, plan: Plan) -> FlaskClient:
    """The browser of the main contact, come in by the link and known by a code."""
    client, contact = app.test_client(), main_contact(plan)
    with write():
        db.session.add(PlanDevice(contact_id=contact.id, token_hash=token_hash("a browser"), proved_at=now()))
    client.set_cookie("gangway_device", "a browser")
    come(client, contact)
    return client


def test_no_secret_and_no_message_is_printed(app: Flask) -> None:
    plan = a_whole_plan(locale="en")
    hand = Hand(person=db.session.get_one(Person, plan.manager_id))
    kept = secrets.keep(plan.id, task_of(plan, "bank-keys").ref, {"user_id": KEY, "transfer_key": KEY}, hand)
    assert not kept.problems
    client = customer_of(app, plan)
    page = client.get(f"/my/plans/{plan.ref}/print").get_data(as_text=True)
    assert KEY not in page
    assert one_line(KEY) not in read(client.get(f"/my/plans/{plan.ref}/plan.pdf").data)[1]


def test_doors_of_both_sides(app: Flask, client: FlaskClient) -> None:
    plan = a_whole_plan(locale="fi")
    working.tick(plan.id, task_of(plan, "team").ref, Hand(person=db.session.get_one(Person, plan.manager_id)))
    guest = customer_of(app, plan)
    for person, place in ((guest, "/my"), (client, "/desk")):
        if place == "/desk":
            assert person.get(f"/desk/plans/{plan.ref}/plan.pdf").status_code in (302, 303)
            sign_in(client, a_staff_member("account_manager"))
        paper = person.get(f"{place}/plans/{plan.ref}/plan.pdf")
        assert paper.mimetype == "application/pdf"
        assert paper.headers["Content-Disposition"].startswith("attachment; ")
        assert plan.ref in paper.headers["Content-Disposition"]
        assert paper.headers["Cache-Control"] == "private, no-store"
        with in_locale("fi"):
            title = one_line(appendix.of(plan).title)
        assert title in read(paper.data)[1]
        page = person.get(f"{place}/plans/{plan.ref}/print").get_data(as_text=True)
        assert page.count('class="gw-tickbox"') == plan.task_count - 1
        assert page.count("gw-tickbox is-done") == 1
    assert main_contact(plan).name == NAME
    assert app.test_client().get(f"/my/plans/{plan.ref}/plan.pdf").status_code == 404


def test_the_paper_asks_the_same_number_of_questions_of_any_plan(app: Flask) -> None:
    plan = a_whole_plan(locale="en")
    db.session.expunge_all()
    client = customer_of(app, plan)
    client.get(f"/my/plans/{plan.ref}/print")
    with counting(app) as n:
        client.get(f"/my/plans/{plan.ref}/print")
    assert n <= 10
