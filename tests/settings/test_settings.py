"""The vendor's settings at the desk."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app.core.db import db
from app.history.service import entries_of
from app.outbox.mail import Recipient
from app.outbox.render import render_mail
from app.partners.emails import ResellerResumed
from app.settings.models import Vendor, VendorSettings, vendor
from tests.sentences import a_reseller, a_staff_member, owner_of, post, sign_in

VALUES = {
    **{key: str(value) for key, value in asdict(Vendor()).items() if key not in ("footers", "off")},
    "name": "Brimora Software B.V.",
    "footer": "Brimora, Rotterdam",
    "version": "0",
}


@pytest.fixture
def administrator(client: FlaskClient, context: None) -> FlaskClient:
    return sign_in(client, a_staff_member("administrator"))


def test_what_is_saved_holds_for_everybody_and_is_in_the_history(administrator: FlaskClient) -> None:
    assert post(administrator, "/desk/settings", VALUES).status_code == 303
    promises = {**VALUES, "protection_days": "90", "version": "1"}
    assert post(administrator, "/desk/settings/promises", promises).status_code == 303
    g.pop("gangway_vendor", None)
    assert (vendor().name, vendor().protection_days) == ("Brimora Software B.V.", 90)
    latest, first = entries_of(db.session.get_one(VendorSettings, 1))
    assert {value.field for value in latest.values} == {"protection_days"}
    assert {value.field for value in first.values} == {"name", "footer"}


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
        ("support_email", "nobody"),
        ("support_phone", "12"),
        ("office_from", "soon"),
        ("office_until", "08:00"),
        ("reminder_hour", "24"),
    ],
)
def test_a_wrong_value_is_said_and_nothing_is_saved(administrator: FlaskClient, field: str, typed: str) -> None:
    path = "/desk/settings/promises" if field in ("protection_days", "daily_flag") else "/desk/settings"
    if field.startswith(("support", "office", "reminder")):
        path = "/desk/settings/support"
    answer = post(administrator, path, {**VALUES, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    g.pop("gangway_vendor", None)
    assert vendor() == Vendor()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"followup_remind_workdays": "0"}, "followup_remind_workdays"),
        ({"followup_remind_again_workdays": "5"}, "followup_remind_again_workdays"),
        ({"followup_hand_back_workdays": "9"}, "followup_hand_back_workdays"),
        ({"clearly_nearer_km": "far"}, "clearly_nearer_km"),
    ],
)
def test_the_days_of_silence_follow_each_other(administrator: FlaskClient, values: dict[str, str], field: str) -> None:
    days = {
        "followup_remind_workdays": "5",
        "followup_remind_again_workdays": "9",
        "followup_hand_back_workdays": "14",
        "clearly_nearer_km": "30",
        "version": "0",
    }
    path = "/desk/settings/total-service"
    wrong = post(administrator, path, {**days, **values})
    assert wrong.status_code == 422
    assert f'href="#{field}"' in wrong.text
    assert 'value="14"' in wrong.text or field == "followup_hand_back_workdays", "what was typed is kept"
    g.pop("gangway_vendor", None)
    assert vendor() == Vendor()
    assert post(administrator, path, days).status_code == 303
    g.pop("gangway_vendor", None)
    kept = vendor()
    assert (kept.followup_remind_again_workdays, kept.followup_hand_back_workdays, kept.clearly_nearer_km) == (
        9,
        14,
        30,
    )
    assert post(administrator, path, {**days, "clearly_nearer_km": "50"}).status_code == 409, "from an old page"


def test_two_administrators_at_once_lose_nothing(administrator: FlaskClient) -> None:
    post(administrator, "/desk/settings", VALUES)
    late = post(administrator, "/desk/settings", {**VALUES, "footer": "Another line"})
    assert late.status_code == 409
    assert "Another line" in late.get_data(as_text=True)


def test_a_reader_gets_the_legal_line_of_their_country(app: Flask, administrator: FlaskClient) -> None:
    lines = {"footer_pl": "Brimora w Polsce", "footer_be": "Brimora en Belgique", "footer_fr": "Brimora en France"}
    assert post(administrator, "/desk/settings", {**VALUES, **lines}).status_code == 303
    entry = entries_of(db.session.get_one(VendorSettings, 1))[0]
    assert {"footer_PL", "footer_BE", "footer_FR"} < {value.field for value in entry.values}

    visitor = app.test_client()
    assert "Brimora w Polsce" in visitor.get("/?lang=pl").get_data(as_text=True)
    assert "Brimora en France" in visitor.get("/?lang=fr").get_data(as_text=True)
    assert "Brimora, Rotterdam" in visitor.get("/?lang=en").get_data(as_text=True)
    belgian = a_reseller("Ardenne", country="BE", city="Namur")
    panel = sign_in(app.test_client(), owner_of(belgian))
    for language in ("nl", "fr", "en"):
        assert "Brimora en Belgique" in panel.get(f"/panel?lang={language}").get_data(as_text=True)

    mail = ResellerResumed("Ardenne", [])
    owner = owner_of(belgian)
    told = render_mail(mail, Recipient(owner.email, owner.name, "nl", owner.id), None)
    assert "Brimora en Belgique" in told.text
    assert "Brimora en Belgique" in told.html
    assert "Brimora w Polsce" in render_mail(mail, Recipient("a@b.example", "A", "pl"), None).text


def test_only_administrators_see_the_settings(client: FlaskClient, context: None) -> None:
    sign_in(client, a_staff_member("team_leader"))
    for page in ("", "/brand", "/promises", "/processes"):
        assert client.get(f"/desk/settings{page}").status_code == 403


def test_customers_are_told_where_to_turn_and_when(administrator: FlaskClient) -> None:
    typed = {
        **VALUES,
        "support_phone": "010 555 0100",
        "office_from": "8",
        "office_until": "16.30",
        "reminder_hour": "7",
    }
    assert post(administrator, "/desk/settings/support", typed).status_code == 303
    g.pop("gangway_vendor", None)
    kept = vendor()
    assert (kept.support_phone, kept.office_from, kept.office_until) == ("+31105550100", "08:00", "16:30")
    assert kept.reminder_hour == 7
