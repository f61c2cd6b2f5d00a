"""The vendor's settings at the desk."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from flask import g
from flask.testing import FlaskClient

from app.core.db import db
from app.history.service import entries_of
from app.settings.models import Vendor, VendorSettings, vendor
from tests.sentences import a_staff_member, post, sign_in

VALUES = {
    **{key: str(value) for key, value in asdict(Vendor()).items()},
    "name": "Brimora Software B.V.",
    "footer": "Brimora, Rotterdam",
    "version": "0",
}


@pytest.fixture
def administrator(client: FlaskClient, context: None) -> FlaskClient:
    return sign_in(client, a_staff_member("administrator"))


def test_what_is_saved_holds_for_everybody_and_is_in_the_history(administrator: FlaskClient) -> None:
    assert post(administrator, "/desk/settings", {**VALUES, "protection_days": "90"}).status_code == 303
    g.pop("gangway_vendor", None)
    assert (vendor().name, vendor().protection_days) == ("Brimora Software B.V.", 90)
    entry = entries_of(db.session.get_one(VendorSettings, 1))[0]
    assert {value.field for value in entry.values} == {"name", "footer", "protection_days"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("timezone", "Mars/Olympus"),
        ("protection_days", "0"),
        ("daily_flag", "many"),
        ("contact_email", "nobody"),
        ("name", ""),
        ("default_locale", ""),
        ("default_locale", "de"),
        ("country", ""),
    ],
)
def test_a_wrong_value_is_said_and_nothing_is_saved(administrator: FlaskClient, field: str, typed: str) -> None:
    answer = post(administrator, "/desk/settings", {**VALUES, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    g.pop("gangway_vendor", None)
    assert vendor() == Vendor()


def test_two_administrators_at_once_lose_nothing(administrator: FlaskClient) -> None:
    post(administrator, "/desk/settings", VALUES)
    late = post(administrator, "/desk/settings", {**VALUES, "footer": "Another line"})
    assert late.status_code == 409
    assert "Another line" in late.get_data(as_text=True)


def test_only_administrators_see_the_settings(client: FlaskClient, context: None) -> None:
    sign_in(client, a_staff_member("team_leader"))
    assert client.get("/desk/settings").status_code == 403
