"""Registering as a software partner: one form, one mail, the panel at once (S1)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db, write
from app.history.models import HistoryEntry
from app.integrations import privacy
from app.integrations.emails_partners import PartnerRegistered
from app.integrations.models import PartnerRegistration, Product, SoftwarePartner
from app.outbox.models import MailRow
from app.people.models import Membership, Person
from app.people.service import joining
from app.plans.models import PlanContact
from tests.integrations.sentences import FORM, plan_of, send_registration, the_steps_are_published
from tests.sentences import a_member_of, a_reseller, a_staff_member, an_organisation, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def link_of_mail(template: str, index: int = -1) -> str:
    """The path in the newest mail of this kind."""
    query = sa.select(MailRow.secret).where(MailRow.template == template).order_by(MailRow.id)
    return decrypt(db.session.scalars(query).all()[index] or "")


def registrations() -> list[PartnerRegistration]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(PartnerRegistration).order_by(PartnerRegistration.id)))


def partners() -> list[SoftwarePartner]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(SoftwarePartner).order_by(SoftwarePartner.id)))


def confirm(client: FlaskClient, index: int = -1) -> object:
    path = link_of_mail("software_partner_registered", index)
    assert client.get(path).status_code == 200
    return post(client, path)


def test_one_form_one_mail_and_the_panel_is_open(app: Flask, client: FlaskClient) -> None:
    a_staff_member("coordinator", name="Cora Prins")
    the_steps_are_published()
    sent = send_registration(client)
    assert sent.status_code == 303
    receipt = client.get(sent.location).text
    assert registrations()[0].ref in receipt
    assert "zolc" not in receipt.lower()
    assert partners() == []
    entered = confirm(client)
    assert entered.location.endswith("/panel/software")  # type: ignore[attr-defined]
    (partner,) = partners()
    home = client.get("/panel/software").text
    assert "Łukasz O&#39;Żółć Software" in home
    assert "Look at the API documentation" in home
    assert "Offer times for the introduction" in home
    person = db.session.scalars(sa.select(Person).where(Person.email == "lukasz@zolc.example")).one()
    held = db.session.scalars(sa.select(Membership).where(Membership.person_id == person.id)).one()
    assert (held.role, held.organisation.kind) == (MemberRole.OWNER, OrganisationKind.SOFTWARE_PARTNER)
    product = db.session.scalars(sa.select(Product)).one()
    assert (product.name, product.sells, product.partner_id) == ("Kasa 🙂 Lumi", FORM["sells"], partner.id)
    assert re.fullmatch(r"[a-z0-9-]+", product.slug)
    assert plan_of(partner).organisation_id == partner.organisation_id
    assert db.session.scalars(sa.select(PlanContact.email)).all() == ["lukasz@zolc.example"]
    verbs = set(db.session.scalars(sa.select(HistoryEntry.verb)))
    assert {"partner_registration.submitted", "partner_registration.confirmed", "software_partner.registered"} <= verbs


def test_without_a_published_playbook_there_is_a_panel_without_a_plan(client: FlaskClient) -> None:
    send_registration(client)
    confirm(client)
    assert partners()[0].plan_id is None
    assert "Welcome. Your panel is open." in client.get("/panel/software").text


def test_the_same_form_twice_is_one_registration_and_one_mail(client: FlaskClient) -> None:
    first = send_registration(client, submission_key="k1")
    again = send_registration(client, submission_key="k1")
    assert first.location == again.location
    assert len(registrations()) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 1
    send_registration(client, submission_key="k1", product_name="Another till")
    assert len(registrations()) == 2


def test_the_same_link_twice_signs_nobody_in_again(app: Flask, client: FlaskClient) -> None:
    send_registration(client)
    path = link_of_mail("software_partner_registered")
    confirm(client)
    other = app.test_client()
    closed = other.get(path)
    assert closed.status_code == 410
    assert "/sign-in" in closed.text
    assert other.get("/panel/software").status_code == 303


def test_a_lost_link_is_sent_anew_until_it_was_followed(client: FlaskClient) -> None:
    the_steps_are_published()
    send_registration(client)
    first = link_of_mail("software_partner_registered")
    row = db.session.scalars(sa.select(MailRow).where(MailRow.template == "software_partner_registered")).one()
    mail = PartnerRegistered("Kassalinja Oy", "Lumi Till", registrations()[0].ref)
    with write():
        path = mail.renew(row)
    assert path is not None
    assert client.get(first).status_code == 410, "the earlier one is closed"
    assert post(client, path).location.endswith("/panel/software")
    with write():
        assert mail.renew(row) is None


def test_looking_at_the_link_uses_nothing_up(client: FlaskClient) -> None:
    send_registration(client)
    path = link_of_mail("software_partner_registered")
    for _look in range(3):
        assert client.get(path).status_code == 200
    assert partners() == []


def test_a_known_address_gets_the_same_receipt_and_the_same_mail(app: Flask, client: FlaskClient) -> None:
    known = owner_of(a_reseller())
    new = send_registration(client)
    old = send_registration(app.test_client(), email=known.email, submission_key="k2")
    pages = [re.sub(r"B-[0-9A-Z]{8}", "", client.get(answer.location).text) for answer in (new, old)]
    assert pages[0] == pages[1]
    rows = list(db.session.scalars(sa.select(MailRow).order_by(MailRow.id)))
    assert [row.template for row in rows] == ["software_partner_registered"] * 2


def test_somebody_known_gains_a_place_and_keeps_the_other(app: Flask, client: FlaskClient) -> None:
    known = owner_of(a_reseller())
    sign_in(client, known)
    send_registration(client, email=known.email)
    assert confirm(client).location.endswith("/panel/software")  # type: ignore[attr-defined]
    assert client.get("/panel/software").status_code == 200
    live = db.session.scalars(sa.select(Membership).where(Membership.person_id == known.id)).all()
    assert len(live) == 2


@pytest.mark.parametrize("who", ["staff", "with a password"])
def test_staff_and_whoever_has_a_password_show_it(app: Flask, client: FlaskClient, who: str) -> None:
    person = a_staff_member("sales") if who == "staff" else a_member_of(an_organisation("Polana"))
    if who != "staff":
        with write():
            db.session.get_one(Person, person.id).password_hash = "$argon2id$whatever"
    send_registration(client, email=person.email)
    assert "/sign-in" in confirm(client).location  # type: ignore[attr-defined]
    assert client.get("/panel/software").status_code == 303
    assert len(partners()) == 1


def test_registering_once_more_adds_the_product_to_the_company(app: Flask, client: FlaskClient) -> None:
    send_registration(client)
    confirm(client)
    send_registration(app.test_client(), product_name="Second till", submission_key="k9")
    confirm(client)
    assert len(partners()) == 1
    names = set(db.session.scalars(sa.select(Product.name)))
    assert names == {"Kasa 🙂 Lumi", "Second till"}
    assert "second till" in partners()[0].search


def test_two_products_of_one_name_have_addresses_of_their_own(app: Flask, client: FlaskClient) -> None:
    for number in range(3):
        send_registration(
            app.test_client(),
            company_name=f"House {number}",
            product_name="Lumi",
            email=f"a{number}@h.example",
            submission_key=f"k{number}",
        )
        confirm(app.test_client())
    assert sorted(db.session.scalars(sa.select(Product.slug))) == ["lumi", "lumi-2", "lumi-3"]


def test_somebody_whose_access_was_closed_does_not_come_in(client: FlaskClient) -> None:
    with write():
        person = joining.find_or_create("closed@zolc.example", "Closed", "en")
        person.closed_at = now()
    send_registration(client, email="closed@zolc.example")
    assert confirm(client).status_code == 410  # type: ignore[attr-defined]
    assert partners() == []


def test_a_suspicious_registration_waits_for_staff(app: Flask, client: FlaskClient) -> None:
    send_registration(client, fax_extension="robot", opened="")
    (found,) = registrations()
    assert found.suspicious
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 0
    boss = sign_in(app.test_client(), a_staff_member("coordinator"))
    assert "Łukasz O&#39;Żółć Software" in boss.get("/desk/software-partners/registrations").text
    done = post(
        boss,
        f"/desk/software-partners/registrations/{found.ref}/release",
        page="/desk/software-partners/registrations",
    )
    assert done.status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 1
    assert confirm(client).status_code == 303  # type: ignore[attr-defined]


def test_a_suspicious_registration_can_be_removed(app: Flask, client: FlaskClient) -> None:
    send_registration(client, fax_extension="robot", opened="")
    (found,) = registrations()
    boss = sign_in(app.test_client(), a_staff_member("coordinator"))
    page = "/desk/software-partners/registrations"
    ref = found.ref
    assert [post(boss, f"{page}/{ref}/removal", page=page).status_code for _press in range(2)] == [303, 404]
    assert registrations() == []


def test_speed_alone_is_nothing(client: FlaskClient) -> None:
    send_registration(client, fax_extension="autofilled")
    send_registration(client, opened="", submission_key="k2")
    assert len(registrations()) == 2
    # The test types as fast as a robot, so the first one is set apart; the second filled no field that nobody sees.
    assert [one.suspicious for one in registrations()] == [True, False]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("company_name", "", "Enter the company"),
        ("country", "XX", "country"),
        ("email", "nobody", "e-mail"),
        ("sells", [], "Choose at least one"),
        ("product_name", "x" * 121, "120"),
        ("name", "", "Enter your name"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: FlaskClient, field: str, value: object, said: str
) -> None:
    answer = send_registration(client, **{field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert registrations() == []


def test_unconfirmed_registrations_go_after_thirty_days(client: FlaskClient) -> None:
    send_registration(client)
    rule = next(rule for rule in privacy.RULES if rule.code == "unconfirmed_registrations")
    assert rule.days == 30
    assert db.session.execute(rule.old(now() - timedelta(days=30))).all() == []
    ids = [row[0] for row in db.session.execute(rule.old(now() + timedelta(days=1)))]
    with write():
        rule.forget(ids)
    assert registrations() == []


def test_confirming_in_two_windows_makes_one_company(app: Flask, client: FlaskClient) -> None:
    send_registration(client)
    path = link_of_mail("software_partner_registered")
    first, second = app.test_client(), app.test_client()
    for browser in (first, second):
        assert browser.get(path).status_code == 200
    assert post(first, path).status_code == 303
    assert second.post(path, data={}, headers={"Origin": "http://localhost"}).status_code in (410, 400, 422)
    assert len(partners()) == 1


def test_developers_read_before_they_register(client: FlaskClient) -> None:
    page = client.get("/developers").text
    assert "/partners/register" in page
    assert client.get("/").text.count("/developers") >= 1
