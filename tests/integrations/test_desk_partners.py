"""Software partners at the desk: list, search, files, one with its plan, who looks after it, the end and reopening."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.history.models import HistoryEntry
from app.integrations import inbox
from app.integrations.models import IntroductionSlot, PartnerState, SlotState, SoftwarePartner
from app.integrations.service import cooperating, introducing
from app.outbox.models import MailRow
from app.people import queries as people
from app.people.models import Person
from app.settings import service as settings
from app.settings.processes import Process
from tests.integrations.sentences import a_partner_with_steps, offered_times, the_steps_are_published, tomorrow_at
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in
from tests.software import a_product, a_software_partner, owner_of

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def coordinator() -> Person:
    return a_staff_member("coordinator", name="Cora Prins")


@pytest.fixture
def desk(app: Flask, coordinator: Person) -> FlaskClient:
    return sign_in(app.test_client(), coordinator)


def fresh(partner: SoftwarePartner) -> SoftwarePartner:
    db.session.expire_all()
    return db.session.get_one(SoftwarePartner, partner.id)


def test_the_list_is_searched_sorted_and_filtered(desk: FlaskClient, coordinator: Person) -> None:
    the_steps_are_published()
    a_partner_with_steps("Żółta Kasa")
    ended = a_software_partner("Old Till")
    cooperating.end(ended.id, ended.version, "Sold.", coordinator)
    page = desk.get("/desk/software-partners").text
    assert "Żółta Kasa" in page
    assert "Old Till" in page
    found = desk.get("/desk/software-partners?q=zolta").text
    assert "Żółta Kasa" in found
    assert "Old Till" not in found
    assert "Old Till" not in desk.get("/desk/software-partners?state=active").text
    assert "Żółta Kasa" not in desk.get("/desk/software-partners?state=ended").text
    assert "Żółta Kasa" not in desk.get("/desk/software-partners?whose=mine").text
    assert desk.get("/desk/software-partners?state=nonsense&cursor=x&sort=y&q=%00").status_code == 200
    fragment = desk.get("/desk/software-partners?q=zolta", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment


def test_the_list_as_a_file(desk: FlaskClient) -> None:
    partner = a_software_partner("=cmd Till")
    a_product(partner, "Lumi Till")
    answer = desk.get("/desk/software-partners.csv")
    assert "'=cmd Till" in answer.text
    assert "Lumi Till" in answer.text
    assert desk.get("/desk/software-partners.xlsx").status_code == 200


def test_the_list_asks_a_constant_number_of_queries_and_pages_by_key(app: Flask, desk: FlaskClient) -> None:
    for number in range(3):
        a_product(a_software_partner(f"House {number}"), f"Till {number}")
    with counting(app) as before:
        desk.get("/desk/software-partners")
    for number in range(3, 60):
        a_software_partner(f"House {number:02}")
    with counting(app) as after:
        page = desk.get("/desk/software-partners").text
    assert after.count == before.count <= 6
    assert "cursor=" in page


def test_one_asks_a_constant_number_of_queries(app: Flask, desk: FlaskClient) -> None:
    the_steps_are_published()
    partner = a_partner_with_steps()
    a_product(partner, "First till")
    a_software_partner("Kassalinja")
    with counting(app) as before:
        assert desk.get(f"/desk/software-partners/{partner.ref}").status_code == 200
    for number in range(4):
        a_product(partner, f"Till {number}")
        a_software_partner("Kassalinja")
    with counting(app) as after:
        page = desk.get(f"/desk/software-partners/{partner.ref}").text
    assert after.count == before.count
    assert "Another software partner has the same name" in page


def test_one_shows_the_steps_and_leads_to_the_plan(desk: FlaskClient) -> None:
    the_steps_are_published()
    partner = a_partner_with_steps()
    page = desk.get(f"/desk/software-partners/{partner.ref}").text
    assert "Step 1 of 7: Register and meet" in page
    assert "/desk/plans/P-" in page
    assert owner_of(partner).email in page
    assert desk.get("/desk/software-partners/SP-00000000").status_code == 404


def test_a_plan_is_started_later_when_there_was_no_playbook(desk: FlaskClient) -> None:
    partner = a_software_partner()
    page = f"/desk/software-partners/{partner.ref}"
    assert "It has no plan yet." in desk.get(page).text
    assert post(desk, f"{page}/plan", page=page).status_code == 409
    the_steps_are_published()
    assert post(desk, f"{page}/plan", page=page).status_code == 303
    assert fresh(partner).plan_id is not None
    assert post(desk, f"{page}/plan", page=page).status_code == 409


def waiting(app: Flask, person: Person) -> list[str]:
    with app.test_request_context():
        return [item.key for item in inbox.items(people.by_id(person.id), 10)]


def test_somebody_looks_after_it(app: Flask, desk: FlaskClient, coordinator: Person) -> None:
    partner = a_software_partner()
    assert waiting(app, coordinator) == [f"software-partner:{partner.ref}"]
    page = f"/desk/software-partners/{partner.ref}"
    sent = {"manager": coordinator.ref, "version": str(partner.version)}
    assert post(desk, f"{page}/manager", sent, page=page).status_code == 303
    assert fresh(partner).manager_id == coordinator.id
    assert waiting(app, coordinator) == []
    other = a_staff_member("account_manager", name="Adam Nowak")
    late = post(desk, f"{page}/manager", {"manager": other.ref, "version": "1"}, page=page)
    assert late.status_code == 409
    designer = a_staff_member("designer")
    refused = post(desk, f"{page}/manager", {"manager": designer.ref, "version": "2"}, page=page)
    assert refused.status_code == 422
    assert "Kassalinja" in sign_in(app.test_client(), coordinator).get("/desk/software-partners?whose=mine").text
    browser = sign_in(app.test_client(), owner_of(partner))
    assert "Cora Prins" in browser.get("/panel/software").text


def test_the_cooperation_ends_and_is_taken_up_again(app: Flask, desk: FlaskClient, coordinator: Person) -> None:
    partner = a_software_partner()
    (slot,) = offered_times(coordinator, tomorrow_at(10))
    introducing.take(partner.id, slot.ref, owner_of(partner))
    page = f"/desk/software-partners/{partner.ref}"
    assert post(desk, f"{page}/end", {"reason": "", "version": "1"}).status_code == 422
    assert post(desk, f"{page}/end", {"reason": "No longer sold.", "version": "1"}).status_code == 303
    assert post(desk, f"{page}/end", {"reason": "No longer sold.", "version": "1"}, page=page).status_code == 303
    assert post(desk, f"{page}/end", {"reason": "Another one.", "version": "1"}, page=page).status_code == 409
    assert fresh(partner).state == PartnerState.ENDED
    assert db.session.get_one(IntroductionSlot, slot.id).state == SlotState.OFFERED
    templates = list(db.session.scalars(sa.select(MailRow.template).where(MailRow.to_email == owner_of(partner).email)))
    assert templates.count("software_partner_ended") == 1
    browser = sign_in(app.test_client(), owner_of(partner))
    assert "No longer sold." in browser.get("/panel/software").text
    assert post(desk, f"{page}/reopening", {"version": "1"}, page=page).status_code == 409
    version = str(fresh(partner).version)
    assert post(desk, f"{page}/reopening", {"version": version}, page=page).status_code == 303
    assert fresh(partner).is_active
    assert "No longer sold." not in browser.get("/panel/software").text
    verbs = list(
        db.session.scalars(
            sa.select(HistoryEntry.verb).where(
                HistoryEntry.record_type == "software_partner", HistoryEntry.record_id == partner.id
            )
        )
    )
    assert {"software_partner.ended", "software_partner.reopened"} <= set(verbs)
    shown = desk.get(page).text
    assert "The cooperation ended" in shown
    assert "taken up again" in shown


def test_who_may_only_read_changes_nothing(app: Flask) -> None:
    partner = a_software_partner()
    browser = sign_in(app.test_client(), a_staff_member("designer"))
    page = f"/desk/software-partners/{partner.ref}"
    shown = browser.get(page).text
    assert "End the cooperation" not in shown
    for path in (f"{page}/end", f"{page}/reopening", f"{page}/manager", f"{page}/plan"):
        assert post(browser, path, {}, page=page).status_code == 403
    finance = sign_in(app.test_client(), a_staff_member("finance"))
    assert finance.get("/desk/software-partners").status_code == 403


def test_the_desk_finds_software_partners_and_their_people(app: Flask, desk: FlaskClient) -> None:
    partner = a_software_partner("Kassalinja")
    for words in ("kassalinja", partner.ref, owner_of(partner).email):
        assert f"/desk/software-partners/{partner.ref}" in desk.get(f"/desk/search?q={words}").text
    finance = sign_in(app.test_client(), a_staff_member("finance"))
    assert partner.ref not in finance.get("/desk/search?q=kassalinja").text.replace("q=kassalinja", "")


def test_with_the_process_off_nothing_is_there(app: Flask, desk: FlaskClient, client: FlaskClient) -> None:
    partner = a_software_partner()
    settings.switch(Process.SOFTWARE_PARTNERS, False, settings.version(), a_staff_member("administrator"))
    db.session.rollback()
    for path in ("/desk/software-partners", f"/desk/software-partners/{partner.ref}", "/desk/introductions"):
        assert desk.get(path).status_code == 404
    for path in ("/developers", "/partners/register"):
        assert client.get(path).status_code == 404
    assert "/developers" not in client.get("/").text
    browser = sign_in(app.test_client(), owner_of(partner))
    assert browser.get("/panel/software").status_code == 404
    assert browser.get("/panel/people").status_code == 404
    assert browser.get("/home").status_code == 200


def test_switching_off_says_what_is_open(app: Flask) -> None:
    a_software_partner()
    boss = sign_in(app.test_client(), a_staff_member("administrator"))
    assert "Software partner programme" in boss.get("/desk/settings/processes").text
    page = boss.get("/desk/settings/processes/software_partners/off")
    assert page.status_code == 200
    assert "1 active software partner" in page.text


def test_strange_text_stays_text(desk: FlaskClient, coordinator: Person) -> None:
    partner = a_software_partner("<script>alert(1)</script> & Łukasz 🙂")
    cooperating.end(partner.id, partner.version, "<img src=x onerror=alert(1)>", coordinator)
    for path in ("/desk/software-partners", f"/desk/software-partners/{partner.ref}"):
        page = desk.get(path).text
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
