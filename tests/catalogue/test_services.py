"""The catalogue at the desk: names in five languages, order, retiring, and two people at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from app.catalogue import queries
from app.core.db import db
from app.core.i18n import LOCALES, in_locale
from tests.sentences import a_service, a_staff_member, post, sign_in

NAMES = {f"name_{code}": f"Payments {code}" for code in LOCALES} | {"currency": "EUR", "months": "1"}


@pytest.fixture
def editor(client: FlaskClient, context: None) -> FlaskClient:
    return sign_in(client, a_staff_member("content_editor"))


def test_a_new_service_has_a_name_in_every_language(editor: FlaskClient) -> None:
    answer = post(editor, "/desk/services/new", {"code": "payments", "offered": "y", **NAMES})
    assert answer.status_code == 303
    service = queries.by_code("payments")
    assert service is not None
    with in_locale("fi"):
        assert service.name == "Payments fi"


def test_a_missing_name_is_said_beside_its_field(editor: FlaskClient) -> None:
    answer = post(editor, "/desk/services/new", {"code": "payments", **NAMES, "name_pl": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#name_pl"' in page
    assert "Payments fi" in page, "what was typed is kept"
    assert queries.by_code("payments") is None


@pytest.mark.parametrize("code", ["With Space", "żółć", "a/b", "UPPER"])
def test_a_code_others_could_not_use_is_refused(editor: FlaskClient, code: str) -> None:
    assert post(editor, "/desk/services/new", {"code": code, **NAMES}).status_code == 422


def test_a_code_that_is_taken_is_said(editor: FlaskClient) -> None:
    a_service("payments")
    assert post(editor, "/desk/services/new", {"code": "payments", **NAMES}).status_code == 422


def test_the_second_of_two_editors_sees_that_it_changed_and_saves_on_a_second_press(editor: FlaskClient) -> None:
    a_service("payments")
    form = {"code": "payments", "offered": "y", "version": "1", **NAMES}
    assert post(editor, "/desk/services/payments", form).status_code == 303
    late = {**form, "name_en": "Card payments"}
    answer = post(editor, "/desk/services/payments", late)
    assert answer.status_code == 409
    assert "Card payments" in answer.get_data(as_text=True)
    assert post(editor, "/desk/services/payments", {**late, "version": "2"}).status_code == 303
    db.session.expire_all()
    service = queries.by_code("payments")
    assert service is not None
    assert service.names["en"] == "Card payments"


def test_the_order_is_the_vendors(editor: FlaskClient) -> None:
    for code in ("a", "b", "c"):
        a_service(code)
    post(editor, "/desk/services/c/position", {"to": "up"}, page="/desk/services")
    db.session.expire_all()
    assert [service.code for service in queries.offered()] == ["a", "c", "b"]


def test_a_retired_service_is_not_offered(editor: FlaskClient) -> None:
    a_service("payments")
    post(editor, "/desk/services/payments", {"code": "payments", "version": "1", **NAMES})
    db.session.expire_all()
    assert queries.offered() == []
    assert [service.code for service in queries.everything()] == ["payments"]


def test_sales_cannot_change_the_catalogue(client: FlaskClient, context: None) -> None:
    sign_in(client, a_staff_member("sales"))
    assert client.get("/desk/services").status_code == 403


def test_the_usual_price_and_period_are_kept_listed_and_told(editor: FlaskClient) -> None:
    typed = {"code": "payments", "offered": "y", **NAMES, "net": "1 234,50", "currency": "PLN", "vat_rate": "23"}
    assert post(editor, "/desk/services/new", {**typed, "months": "12"}).status_code == 303
    service = queries.by_code("payments")
    assert service is not None
    assert (service.net, service.currency, service.vat_rate, service.months) == (
        Decimal("1234.50"),
        "PLN",
        Decimal(23),
        12,
    )
    page = editor.get("/desk/services").get_data(as_text=True)
    assert "PLN1,234.50" in page.replace("\xa0", "")
    assert "Every year" in page
    changed = {**typed, "version": "1", "net": "", "vat_rate": "", "months": "0"}
    assert post(editor, "/desk/services/payments", changed).status_code == 303
    page = editor.get("/desk/services/payments").get_data(as_text=True)
    assert "Every year" in page, "the history tells it"
    assert "One-off" in page
    assert "Agreed each time" in editor.get("/desk/services").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("net", "1.234"), ("net", "-5"), ("net", "a lot"), ("vat_rate", "101"), ("currency", "JPY"), ("months", "7")],
)
def test_a_price_that_cannot_be_is_said_beside_its_field(editor: FlaskClient, field: str, typed: str) -> None:
    answer = post(editor, "/desk/services/new", {"code": "payments", **NAMES, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    assert queries.by_code("payments") is None
