"""What is another software partner's does not exist for it: 404 equal to a reference that was made up, at every door
of its panel that takes a reference; and everything that is not its panel is closed to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.core.db import Base, db
from app.core.files import TEXT, Received
from app.integrations.models import Integration, Product, Question, QuestionMessage, SoftwarePartner
from app.integrations.service import questions
from app.integrations.service.questions import Said
from app.manuals.models import Intake
from app.people import queries
from app.people.models import Person
from tests.guards.test_access import doors
from tests.sentences import a_staff_member, csrf_of, sign_in
from tests.software import a_package, a_product, a_software_partner, an_integration, owner_of

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

IN_THE_PANEL = {P.SOFTWARE_PANEL, P.SOFTWARE_OWNER, P.PANEL_PEOPLE_READ, P.PANEL_PEOPLE_MANAGE}
WAYS: tuple[dict[str, str], ...] = ({}, {"HX-Request": "true"})
OTHERS: dict[str, Any] = {"format": "csv", "locale": "en", "code": "product", "number": 1, "id": 1}
"""Arguments that are no references."""


@dataclass
class Stage:
    """Two software partners, each with a product, an integration and a thread with a file."""

    us: SoftwarePartner
    person: Person
    theirs: list[str]
    """References of what is the other one's."""
    ours: str


@pytest.fixture
def stage() -> Stage:
    us, them = a_software_partner("Kassalinja"), a_software_partner("Secret Competitor")
    staff = a_staff_member("coordinator")
    for partner, name in ((us, "Our Till"), (them, "Secret Till")):
        an_integration(a_product(partner, name), a_package(f"Package of {name}"))
        said = Said(f"About {name}", Received("log.txt", TEXT, b"words"), "")
        asked = questions.ask(partner.id, f"Question about {name}", said, owner_of(partner), of_vendor=False)
        questions.reply(asked.id, 1, Said(f"Answer about {name}", None, ""), staff, of_vendor=True)
    hidden = sa.select(Product.id).where(Product.partner_id == them.id)
    kinds: list[sa.Select[str]] = [
        sa.select(Product.ref).where(Product.partner_id == them.id),
        sa.select(Integration.ref).where(Integration.product_id.in_(hidden)),
        sa.select(Question.ref).where(Question.partner_id == them.id),
        sa.select(QuestionMessage.ref).join(Question).where(Question.partner_id == them.id),
        sa.select(SoftwarePartner.ref).where(SoftwarePartner.id == them.id),
        sa.select(Intake.ref).where(Intake.product_id.in_(hidden)),
    ]
    theirs = [ref for query in kinds for ref in db.session.scalars(query)]
    ours = db.session.scalars(sa.select(Product.ref).where(Product.partner_id == us.id)).one()
    return Stage(us, queries.by_id(owner_of(us).id), theirs, ours)


@pytest.fixture
def browser(app: Flask, stage: Stage) -> FlaskClient:
    """An owner's, who may do everything that the panel offers."""
    return sign_in(app.test_client(), stage.person)


@dataclass
class Door:
    """One way to one endpoint, tried with references."""

    client: FlaskClient
    app: Flask
    rule: Rule
    names: list[str]
    method: str
    headers: dict[str, str]
    token: str

    def answer(self, ref: str, first: str = "") -> Any:
        """With this reference in all places; with `first` in the first one, where there are two."""
        values = {**{name: OTHERS.get(name) for name in self.rule.arguments}, **dict.fromkeys(self.names, ref)}
        if first and len(self.names) > 1:
            values["ref"] = first
        path = self.app.url_map.bind("localhost").build(self.rule.endpoint, values, method=self.method)
        sent = {"csrf_token": self.token, "version": "1", "words": "Mine", "name": "Mine"}
        return self.client.open(
            str(path),
            method=self.method,
            data=sent if self.method == "POST" else None,
            headers={"Origin": "http://localhost", **self.headers},
        )


def _doors(app: Flask, client: FlaskClient) -> Iterator[Door]:
    token = csrf_of(client, "/profile")
    for rule in app.url_map.iter_rules():
        names = [name for name in rule.arguments if name == "ref" or name.endswith("_ref")]
        if access_of(app, rule.endpoint) not in IN_THE_PANEL or not names:
            continue
        for method, headers in product(sorted((rule.methods or set()) & {"GET", "POST", "HEAD"}), WAYS):
            yield Door(client, app, rule, names, method, headers, token)


def test_what_is_not_ours_answers_as_one_that_was_made_up(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    tried, before = 0, _everything()
    for door in _doors(app, browser):
        unknown = door.answer("X-00000000")
        where = f"{door.method} {unknown.request.path}"
        assert unknown.status_code == 404, f"{where} answers {unknown.status_code}"
        for ref in stage.theirs:
            for answer in (door.answer(ref), door.answer(ref, stage.ours)):
                assert (answer.status_code, answer.data) == (404, unknown.data), f"{where} knows {ref}"
                tried += 1
    assert tried > 100
    assert _everything() == before


def _everything() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_no_page_of_the_panel_mentions_another_one(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    seen = 0
    for endpoint, path in doors(app, "GET"):
        if access_of(app, endpoint) not in IN_THE_PANEL:
            continue
        for query in ({}, {"q": "secret"}, {"tab": "closed"}):
            text = browser.get(path, query_string=query).get_data(as_text=True)
            told = [word for word in ("Secret Till", "Secret Competitor", *stage.theirs) if word in text]
            assert not told, f"{path} tells {told}"
            seen += 1
    assert seen > 10


def test_everything_else_is_closed_to_a_software_partner(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    person = stage.person
    for endpoint, path in doors(app, "GET"):
        asked = access_of(app, endpoint)
        if isinstance(asked, P) and not policy.allows(person, asked):
            assert browser.get(path).status_code in (303, 403), path


def test_words_of_the_marker_are_really_there(app: Flask, client: FlaskClient, stage: Stage) -> None:
    them = db.session.scalars(sa.select(SoftwarePartner).where(SoftwarePartner.id != stage.us.id)).one()
    sign_in(client, owner_of(them))
    assert "Secret Till" in client.get("/panel/products").text
    assert re.search("Question about Secret Till", client.get("/panel/questions").text)
