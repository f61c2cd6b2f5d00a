"""The software partner's home: its seven steps, who owes what, the plan without a mailed code; company details."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import MemberRole
from app.core.db import db, write
from app.integrations.models import SoftwarePartner
from app.integrations.service import cooperating, steps
from app.people import queries as people
from app.people.models import Membership
from app.people.service import places
from app.plans.models import PlanContact, PlanTask, TaskState
from tests.integrations.sentences import a_partner_with_steps, plan_of, task_of, the_steps_are_published
from tests.queries import counting
from tests.sentences import a_member_of, a_reseller, a_staff_member, owner_of, post, sign_in
from tests.software import a_software_partner, people_of
from tests.software import owner_of as owner_of_partner

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def partner() -> SoftwarePartner:
    a_staff_member("coordinator", name="Cora Prins")
    the_steps_are_published()
    return a_partner_with_steps()


@pytest.fixture
def browser(app: Flask, partner: SoftwarePartner) -> FlaskClient:
    return sign_in(app.test_client(), owner_of_partner(partner))


def test_the_home_says_who_owes_what(browser: FlaskClient, partner: SoftwarePartner) -> None:
    page = browser.get("/panel/software").text
    assert "Step 1 of 7: Register and meet" in page
    yours, ours = page.split('id="yours"')[1].split('id="ours"')
    assert "Look at the API documentation" in yours
    assert "Offer times for the introduction" in ours
    assert "Integrate your software with the API" not in page


def test_the_plan_opens_without_a_mailed_code(browser: FlaskClient, partner: SoftwarePartner) -> None:
    plan = plan_of(partner)
    entered = post(browser, "/panel/plan", page="")
    assert (entered.status_code, entered.location) == (303, f"/my/plans/{plan.ref}")
    page = browser.get(entered.location)
    assert page.status_code == 200
    assert "Look at the API documentation" in page.text


def test_one_task_opens_too(browser: FlaskClient, partner: SoftwarePartner) -> None:
    task = task_of(partner, "read_documentation")
    entered = post(browser, "/panel/plan", {"task": task.ref}, page="")
    assert entered.location.endswith(f"/tasks/{task.ref}")
    assert browser.get(entered.location).status_code == 200
    assert post(browser, "/panel/plan", {"task": "T-00000000"}, page="").location.endswith(plan_of(partner).ref)


def test_a_new_member_gets_in_the_same_way(app: Flask, partner: SoftwarePartner) -> None:
    newcomer = a_member_of(
        people.by_id(owner_of_partner(partner).id).places[0].organisation, "Nina Aalto", role="member"
    )
    browser = sign_in(app.test_client(), newcomer)
    entered = post(browser, "/panel/plan", page="")
    assert browser.get(entered.location).status_code == 200
    emails = set(db.session.scalars(sa.select(PlanContact.email).where(PlanContact.plan_id == partner.plan_id)))
    assert newcomer.email in emails
    for _again in range(2):
        post(browser, "/panel/plan", page="")
    assert len(emails) == db.session.scalar(
        sa.select(sa.func.count()).select_from(PlanContact).where(PlanContact.plan_id == partner.plan_id)
    )


def test_whoever_leaves_the_company_leaves_its_plan(app: Flask, partner: SoftwarePartner) -> None:
    owner = owner_of_partner(partner)
    gone = a_member_of(people.by_id(owner.id).places[0].organisation, "Nina Aalto", role="member")
    browser = sign_in(app.test_client(), gone)
    address = post(browser, "/panel/plan", page="").location
    assert browser.get(address).status_code == 200
    places.end_membership(people.membership(partner.organisation_id, gone.ref), owner)
    assert browser.get(address).status_code == 404
    assert browser.get("/panel/software").status_code == 403


def test_another_partner_opens_its_own_plan_and_no_other(app: Flask, partner: SoftwarePartner) -> None:
    other = a_partner_with_steps("Konkurent")
    browser = sign_in(app.test_client(), owner_of_partner(other))
    post(browser, "/panel/plan", page="")
    assert browser.get(f"/my/plans/{plan_of(partner).ref}").status_code == 404
    assert "Kassalinja" not in browser.get("/panel/software").text


def test_without_a_plan_there_is_nothing_to_open(app: Flask) -> None:
    bare = a_software_partner("Bare")
    browser = sign_in(app.test_client(), owner_of_partner(bare))
    assert post(browser, "/panel/plan", page="").status_code == 404


def test_others_have_no_such_panel(app: Flask, partner: SoftwarePartner) -> None:
    for person in (owner_of(a_reseller()), a_staff_member("sales")):
        browser = sign_in(app.test_client(), person)
        for path in ("/panel/software", "/panel/introduction", "/panel/software-company"):
            assert browser.get(path).status_code == 403


def test_everybody_else_is_led_home_from_the_panels_address(browser: FlaskClient) -> None:
    assert browser.get("/panel").location == "/panel/software"


def test_after_the_end_there_is_one_page_with_the_reason(browser: FlaskClient, partner: SoftwarePartner) -> None:
    cooperating.end(partner.id, partner.version, "Lumi Till is no longer sold.", a_staff_member("coordinator"))
    page = browser.get("/panel/software")
    assert page.status_code == 200
    assert "Lumi Till is no longer sold." in page.text
    for path in ("/panel/introduction", "/panel/software-company"):
        assert browser.get(path).status_code == 404


def test_the_home_asks_a_constant_number_of_queries(app: Flask, browser: FlaskClient, partner: SoftwarePartner) -> None:
    with counting(app) as before:
        browser.get("/panel/software")
    for name in ("Ann", "Ben", "Cas"):
        a_member_of(people.by_id(owner_of_partner(partner).id).places[0].organisation, name, role="member")
    with write():
        db.session.execute(sa.update(PlanTask).where(PlanTask.plan_id == partner.plan_id).values(ready=True))
    with counting(app) as after:
        browser.get("/panel/software")
    assert after.count == before.count
    assert after.count <= 12


# --- what happens elsewhere does tasks --------------------------------------------------------------------------------


def test_what_happens_elsewhere_does_a_task_once(partner: SoftwarePartner) -> None:
    editor = a_staff_member("content_editor", name="Edda Bakker")
    with write():
        assert steps.done(partner, "publish_manual", editor)
        assert not steps.done(partner, "publish_manual", editor)
        assert not steps.done(partner, "no_such_task", editor)
    task = task_of(partner, "publish_manual")
    assert (task.state, task.done_by) == (TaskState.DONE, "Edda Bakker")
    assert plan_of(partner).done_count == 1


def test_the_partners_people_do_tasks_too(partner: SoftwarePartner) -> None:
    with write():
        assert steps.done(partner, "supply_manual", owner_of_partner(partner))
    assert task_of(partner, "supply_manual").done_by_id == owner_of_partner(partner).id


def test_an_answer_goes_with_it_when_the_task_takes_it(partner: SoftwarePartner) -> None:
    by = a_staff_member("coordinator")
    with write():
        assert not steps.done(partner, "pilot_verdict", by, {"day": "2026-05-04", "succeeded": False})
        assert not steps.done(partner, "pilot_verdict", by)
        assert steps.done(partner, "pilot_verdict", by, {"day": "2026-05-04", "succeeded": True})
    assert task_of(partner, "pilot_verdict").answer == {"day": "2026-05-04", "succeeded": True}
    with write():
        assert steps.done(partner, "own_publication", by, {"links": [{"url": "https://lumi.example", "note": ""}]})
    assert task_of(partner, "own_publication").state == TaskState.DONE


def test_without_a_plan_nothing_happens() -> None:
    bare, by = a_software_partner("Bare"), a_staff_member("coordinator")
    with write():
        assert not steps.done(bare, "publish_manual", by)


# --- company details --------------------------------------------------------------------------------------------------


def test_an_owner_changes_the_website(browser: FlaskClient, partner: SoftwarePartner) -> None:
    page = "/panel/software-company"
    version = {"version": str(partner.version)}
    assert post(browser, page, {"website": "lumi.example", **version}).status_code == 303
    db.session.expire_all()
    found = db.session.get_one(SoftwarePartner, partner.id)
    assert found.website == "https://lumi.example"
    assert "lumi.example" in found.search
    late = post(browser, page, {"website": "other.example", **version})
    assert late.status_code == 409
    assert "other.example" in late.text
    assert post(browser, page, {"website": "javascript:alert(1)", "version": "2"}).status_code == 422


def test_a_member_reads_them_and_changes_nothing(app: Flask, partner: SoftwarePartner) -> None:
    member = a_member_of(people.by_id(owner_of_partner(partner).id).places[0].organisation, "Nina", role="member")
    browser = sign_in(app.test_client(), member)
    page = browser.get("/panel/software-company")
    assert page.status_code == 200
    assert 'name="website"' not in page.text
    answer = post(browser, "/panel/software-company", {"website": "x.example", "version": "1"})
    assert answer.status_code == 403


def test_people_are_invited_from_the_panel(browser: FlaskClient, partner: SoftwarePartner) -> None:
    assert "Tom Aldous" in browser.get("/panel/people").text
    assert (
        post(
            browser,
            "/panel/people/invite",
            {"name": "Nina", "email": "nina@k.example", "role": "member", "locale": "fi"},
        ).status_code
        == 303
    )
    held = db.session.scalars(sa.select(Membership).where(Membership.organisation_id == partner.organisation_id)).all()
    assert [one.role for one in held] == [MemberRole.OWNER]
    assert len(people_of(partner)) == 1
