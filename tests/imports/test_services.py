"""The catalogue from files."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.catalogue.models import Service
from app.core.db import db
from tests.imports.sentences import csv_of, imported, lines_of, numbers_of, reasons_of, somebody_who_imports
from tests.sentences import sign_in

pytestmark = pytest.mark.usefixtures("context")

LINE = {
    "code": "online-payments",
    "name_en": "Online payments",
    "name_nl": "Online betalingen",
    "name_pl": "Płatności online",
    "name_fi": "Verkkomaksut",
    "name_fr": "Paiements en ligne",
    "offered": "ja",
    "net": "1 049,50",
    "currency": "pln",
    "vat_rate": "23 %",
    "months": "12",
}


def the_service() -> Service:
    return db.session.scalars(sa.select(Service).execution_options(populate_existing=True)).one()


def test_a_service_is_added_and_later_changed() -> None:
    by = somebody_who_imports("finance")
    assert numbers_of(imported("services", csv_of([LINE]), by)) == (1, 0, 0, 0)
    found = the_service()
    assert (found.names["pl"], found.offered, found.net, found.currency) == (
        "Płatności online",
        True,
        Decimal("1049.50"),
        "PLN",
    )
    assert (found.vat_rate, found.months) == (Decimal(23), 12)
    run = imported("services", csv_of([{"code": "online-payments", "net": "", "hint_en": "Cards too"}]), by)
    (line,) = lines_of(run)
    assert line.changes == {"hint_en": ["", "Cards too"], "net": ["1049.50", ""]}
    assert (the_service().net, the_service().hints) == (None, {"en": "Cards too"})


def test_wrong_cells_are_all_told() -> None:
    wrong = {**LINE, "code": "Online Payments", "name_fi": "", "net": "1.049", "vat_rate": "230", "months": "2"}
    run = imported("services", csv_of([wrong]), somebody_who_imports("finance"))
    assert [column for column, _said in reasons_of(run)[2]] == ["code", "name_fi", "net", "vat_rate", "months"]


@pytest.mark.parametrize("language", ["en", "nl", "pl", "fi", "fr"])
def test_our_own_list_comes_back_unchanged_in_every_language(client: FlaskClient, language: str) -> None:
    by = somebody_who_imports("finance")
    sign_in(client, by)
    imported("services", csv_of([LINE, {**LINE, "code": "cards", "offered": "no", "net": ""}]), by)
    file = client.get(f"/desk/services/services.csv?lang={language}").get_data()
    assert numbers_of(imported("services", file, by)) == (0, 0, 2, 0)
