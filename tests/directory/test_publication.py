"""What a software partner puts on its own site, and the proof that it stands there."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.core.db import db, write
from app.directory.service import proving
from app.directory.service.proving import NothingToProve
from app.integrations.models import Integration, Product, Stage
from app.integrations.service import steps
from app.plans.models import TaskState
from tests import sentences as s
from tests import software
from tests.directory.sentences import a_listed, partner_of, published
from tests.integrations.sentences import the_steps_are_published

pytestmark = pytest.mark.usefixtures("context")

PANEL = "/panel/publication"
PROOF = "https://lumi.example/connections"


def _enter(client: FlaskClient, integration: Integration) -> None:
    s.sign_in(client, software.owner_of(partner_of(integration)))


def _page(client: FlaskClient, address: str = PANEL) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def _send(client: FlaskClient, url: str) -> int:
    return client.post(PANEL, data={"url": url, "note": "", "csrf_token": s.csrf_of(client, PANEL)}).status_code


def test_links_and_text_stand_there_to_copy(client: FlaskClient) -> None:
    found = published(a_listed())
    with write():
        db.session.get_one(Product, found.product_id).languages = ["fi", "en"]
    _enter(client, found)
    page = _page(client, f"{PANEL}?text=fi")
    assert "/integrations/point-of-sale/lumi-till-ledgerly" in page
    assert "/start/lumi-till-ledgerly" in page
    assert "/manuals/lumi-till-ledgerly" in page
    assert "&lt;li&gt;&lt;a href=" in page
    assert "?lang=fi" in page
    assert 'aria-current="page"' in page


def test_names_stay_names_in_the_html_to_copy(client: FlaskClient) -> None:
    found = published(a_listed("Till & <b>Co</b>"))
    _enter(client, found)
    page = _page(client)
    assert "Till &amp;amp; &amp;lt;b&amp;gt;Co" in page


def test_a_pilot_has_links_and_no_text_yet(client: FlaskClient) -> None:
    found = published(a_listed())
    with write():
        db.session.merge(found).stage = Stage.PILOT
    _enter(client, found)
    page = _page(client)
    assert "/start/lumi-till-ledgerly" in page
    assert "/integrations/point-of-sale/lumi-till-ledgerly" not in page
    assert "The text to copy comes with the first integration" in page


def test_nothing_to_publish_is_said(client: FlaskClient) -> None:
    partner = software.a_software_partner()
    s.sign_in(client, software.owner_of(partner))
    assert "Nothing to publish yet" in _page(client)


def test_another_partner_sees_its_own_alone(client: FlaskClient) -> None:
    published(a_listed())
    other = a_listed("Other Till", partner="Other")
    _enter(client, other)
    assert "lumi-till" not in _page(client)


def test_the_proof_does_the_task_of_the_plan(client: FlaskClient) -> None:
    found = published(a_listed())
    partner = partner_of(found)
    the_steps_are_published()
    s.a_staff_member("coordinator")
    with write():
        steps.begin(db.session.merge(partner), software.owner_of(partner))
    _enter(client, found)
    assert "tell us where" in _page(client)
    assert _send(client, "") == 422
    assert _send(client, "javascript:alert(1)") == 422
    assert _send(client, PROOF) == 303
    task = proving.task_of(partner)
    assert task is not None
    assert task.state == TaskState.DONE
    assert proving.addresses(task) == [PROOF]
    assert PROOF in _page(client)
    proving.prove(partner, PROOF, "", software.owner_of(partner))
    with pytest.raises(NothingToProve):
        proving.prove(partner, "https://lumi.example/else", "", software.owner_of(partner))


def test_without_a_plan_nothing_is_asked(client: FlaskClient) -> None:
    found = published(a_listed())
    _enter(client, found)
    assert "Where it can be seen" not in _page(client)
    token = s.csrf_of(client, "/panel/products")
    assert client.post(PANEL, data={"url": PROOF, "csrf_token": token}).status_code == 409


def test_staff_and_visitors_have_no_such_page(client: FlaskClient) -> None:
    assert client.get(PANEL).status_code == 303
    s.sign_in(client, s.a_staff_member("sales"))
    assert client.get(PANEL).status_code == 403
