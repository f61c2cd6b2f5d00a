"""Pilots: no earlier than manual and page are out, one at a time, with the customer's plan and a verdict that stands;
after a success the integration is in the directory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import today
from app.core.db import db, write
from app.core.errors import FieldError
from app.customers import service as customers
from app.customers.models import Account
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.integrations.service import stages
from app.leads.models import Lead, Submission
from app.manuals.models import Pilot, PilotVerdict, Publication
from app.manuals.pilots_inbox import items
from app.manuals.service import piloting
from app.manuals.service.piloting import Beginning, Decision
from app.outbox.models import MailRow
from app.partners.models import Reseller
from app.people.models import Person
from app.plans.models import Plan, PlanTask
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests import sentences as s
from tests import software
from tests.integrations.sentences import a_partner_with_steps, the_steps_are_published
from tests.leads import sentences as leads
from tests.leads.test_races_desk import at_once
from tests.manuals import published
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def day(after: int = 0) -> date:
    return today("Europe/Amsterdam") + timedelta(days=after)


def out(partner: SoftwarePartner | None = None, name: str = "Lumi Till", **values: Any) -> Integration:
    """An integration whose manual and onboarding page are live."""
    product = software.a_product(partner, name)
    package = db.session.scalar(sa.select(software.Package).limit(1)) or software.a_package()
    integration = software.an_integration(product, package, stage=values.pop("stage", Stage.PILOT))
    software.a_published_manual(integration)
    software.a_published_page(integration)
    return integration


def beginning(account: Account | None = None, **values: Any) -> Beginning:
    return Beginning(
        account_id=(account or leads.an_account()).id,
        starts_on=values.get("starts_on", day(-3)),
        ends_on=values.get("ends_on", day(20)),
        manager_id=values.get("manager_id") or s.a_staff_member("account_manager", name="Minna Salo").id,
    )


def a_pilot(integration: Integration | None = None, by: Person | None = None, **values: Any) -> Pilot:
    integration = integration or out()
    return piloting.start(integration.id, beginning(**values), by or s.a_staff_member("coordinator"))


def the_playbook_is_published() -> None:
    s.a_playbook(to_content(shelf.shipped()[piloting.PLAYBOOK][0]))


def decided(pilot: Pilot, verdict: PilotVerdict = PilotVerdict.SUCCEEDED, **values: Any) -> Pilot:
    why = values.get("why", "" if verdict == PilotVerdict.SUCCEEDED else "The till sent no VAT.")
    by = values.get("by") or s.a_staff_member("coordinator")
    return piloting.decide(pilot.id, values.get("seen", pilot.version), Decision(verdict, day(), why), by)


def stage_of(integration: Integration) -> str:
    db.session.expire_all()
    return db.session.get_one(Integration, integration.id).stage


# --- beginning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["manual", "page"])
def test_no_pilot_before_both_are_out(missing: str) -> None:
    integration = software.an_integration(stage=Stage.PREPARING)
    (software.a_published_page if missing == "manual" else software.a_published_manual)(integration)
    with pytest.raises(piloting.NotOutYet):
        a_pilot(integration)


def test_no_pilot_while_one_of_them_is_taken_down() -> None:
    integration = out()
    with write():
        db.session.execute(sa.update(Publication).where(Publication.kind == "page").values(live_number=None))
    with pytest.raises(piloting.NotOutYet):
        a_pilot(integration)


def test_publishing_both_makes_the_pilot_possible() -> None:
    integration = published.both_published()
    assert a_pilot(integration).verdict is None


@pytest.mark.parametrize(("stage", "error"), [("listed", piloting.AlreadyListed), ("withdrawn", piloting.NotWorkedOn)])
def test_what_is_listed_or_withdrawn_needs_none(stage: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        a_pilot(out(stage=Stage(stage)))


def test_an_archived_product_has_none() -> None:
    integration = out()
    with write():
        db.session.execute(sa.update(Product).values(archived_at=software.now()))
    with pytest.raises(piloting.NotWorkedOn):
        a_pilot(integration)


def test_one_runs_at_a_time_and_the_same_form_twice_is_one() -> None:
    integration, account = out(), leads.an_account()
    by = s.a_staff_member("coordinator")
    first = piloting.start(integration.id, beginning(account), by)
    assert piloting.start(integration.id, beginning(account), by).id == first.id
    with pytest.raises(piloting.OneRuns):
        piloting.start(integration.id, beginning(), by)
    decided(first, PilotVerdict.FAILED)
    assert a_pilot(integration).id != first.id


def test_two_who_start_at_once_get_one_pilot(app: Flask) -> None:
    integration_id = out().id
    ids = [leads.an_account().id for _number in range(4)]
    by = s.a_staff_member("coordinator").id
    db.session.commit()

    def press(account_id: int) -> Callable[[], Any]:
        details = Beginning(account_id, day(), day(9), by)
        return lambda: piloting.start(integration_id, details, db.session.get_one(Person, by)).ref

    outcomes = at_once(app, *[press(each) for each in ids])
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert sum(isinstance(one, piloting.OneRuns) for one in outcomes) == 3


def test_the_days_have_to_follow_each_other_and_the_account_to_be_open() -> None:
    integration = out()
    with pytest.raises(FieldError) as wrong:
        a_pilot(integration, starts_on=day(3), ends_on=day(2))
    assert wrong.value.field == "ends_on"
    account = leads.an_account()
    with write():
        db.session.execute(sa.update(Account).values(state="archived"))
    with pytest.raises(FieldError) as closed:
        a_pilot(integration, account=account)
    assert closed.value.field == "account"


def test_the_customer_gets_its_plan_and_the_software_partner_a_mail() -> None:
    the_playbook_is_published()
    integration = out(software.a_software_partner("Kassalinja", people=2))
    pilot = a_pilot(integration)
    plan = db.session.get_one(Plan, pilot.plan_id)
    assert (plan.account_id, plan.manager_id) == (pilot.account_id, db.session.get_one(Plan, plan.id).manager_id)
    assert plan.started_on == pilot.starts_on
    mails = db.session.scalars(sa.select(MailRow.to_email).where(MailRow.template == "pilot_started")).all()
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    assert set(mails) == {person.email for person in software.people_of(partner)}


def test_the_software_partners_step_is_done() -> None:
    the_steps_are_published()
    partner = a_partner_with_steps(manager_id=s.a_staff_member("coordinator", name="Eeva Koski").id)
    a_pilot(out(partner))
    states = dict(db.session.execute(sa.select(PlanTask.code, PlanTask.state)).all())
    assert states["pilot_started"] == "done"


def test_without_the_playbook_the_pilot_has_no_plan() -> None:
    assert a_pilot().plan_id is None


def test_a_customer_who_came_by_the_page_is_known_again() -> None:
    integration = published.both_published()
    page = db.session.scalars(sa.select(Publication).where(Publication.kind == "page")).one()
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    account = leads.an_account()
    lead = leads.a_lead(of=partner_reseller(partner))
    with write():
        db.session.execute(sa.update(Lead).values(account_id=account.id))
        db.session.add(a_submission(lead, page))
    assert a_pilot(integration, account=account).lead_id == lead.id


def partner_reseller(partner: SoftwarePartner) -> Reseller:
    return db.session.get_one(Reseller, partner.reseller_id)


def a_submission(lead: Lead, page: Publication) -> Submission:
    return Submission(
        receipt=f"R-{lead.ref[2:]}",
        submission_key=f"key-{lead.id}-{page.id}",
        content_digest="",
        reseller_id=lead.reseller_id,
        link_id=page.link_id,
        lead_id=lead.id,
        joined=False,
        typed_by="client",
        content={},
        salt="",
        digest="",
        created_at=software.now(),
    )


# --- the verdict ------------------------------------------------------------------------------------------------------


def test_after_a_success_the_integration_is_listed_and_the_steps_are_done() -> None:
    the_steps_are_published()
    the_playbook_is_published()
    partner = a_partner_with_steps(manager_id=s.a_staff_member("coordinator", name="Eeva Koski").id)
    integration = out(partner)
    pilot = decided(a_pilot(integration), why="Two weeks of sales arrived.")
    assert stage_of(integration) == Stage.LISTED
    assert db.session.get_one(Integration, integration.id).listed_at is not None
    plan = dict(
        db.session.execute(sa.select(PlanTask.code, PlanTask.state).where(PlanTask.plan_id == partner.plan_id)).all()
    )
    assert (plan["pilot_verdict"], plan["listed"]) == ("done", "done")
    of_customer = sa.select(PlanTask).where(PlanTask.plan_id == pilot.plan_id, PlanTask.code == "verdict")
    verdict = db.session.scalars(of_customer).one()
    assert (verdict.state, verdict.answer["result"]) == ("done", "succeeded")


@pytest.mark.parametrize("verdict", [PilotVerdict.FAILED, PilotVerdict.CANCELLED])
def test_without_success_the_stage_stays_and_the_plan_is_put_away(verdict: PilotVerdict) -> None:
    the_playbook_is_published()
    integration = out()
    pilot = decided(a_pilot(integration), verdict)
    assert stage_of(integration) == Stage.PILOT
    assert db.session.get_one(Plan, pilot.plan_id).state == "archived"
    mail = db.session.scalars(sa.select(MailRow).where(MailRow.template == "pilot_decided")).first()
    assert mail is not None


@pytest.mark.parametrize("verdict", [PilotVerdict.FAILED, PilotVerdict.CANCELLED])
def test_a_reason_is_needed_unless_it_succeeded(verdict: PilotVerdict) -> None:
    pilot = a_pilot()
    with pytest.raises(FieldError) as wrong:
        decided(pilot, verdict, why="")
    assert wrong.value.field == "why"


def test_the_day_cannot_lie_ahead_or_before_the_pilot() -> None:
    pilot, by = a_pilot(), s.a_staff_member("coordinator")
    for on in (day(1), day(-9)):
        with pytest.raises(FieldError) as wrong:
            piloting.decide(pilot.id, pilot.version, Decision(PilotVerdict.SUCCEEDED, on), by)
        assert wrong.value.field == "on"


def test_a_second_verdict_is_refused_and_the_same_again_changes_nothing() -> None:
    pilot = a_pilot()
    decided(pilot, PilotVerdict.FAILED)
    decided(pilot, PilotVerdict.FAILED)
    with pytest.raises(piloting.HasVerdict):
        decided(pilot, PilotVerdict.SUCCEEDED)
    assert db.session.scalar(sa.select(sa.func.count()).where(MailRow.template == "pilot_decided")) == 1


def test_two_verdicts_at_once_make_one(app: Flask) -> None:
    pilot_id = a_pilot().id
    by = s.a_staff_member("coordinator").id
    db.session.commit()

    def press(verdict: PilotVerdict) -> Callable[[], Any]:
        decision = Decision(verdict, day(), str(verdict))
        return lambda: piloting.decide(pilot_id, 1, decision, db.session.get_one(Person, by)).ref

    outcomes = at_once(app, *[press(verdict) for verdict in PilotVerdict])
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert sum(isinstance(one, piloting.HasVerdict) for one in outcomes) == 2


def test_nothing_is_listed_that_nobody_can_read() -> None:
    pilot = a_pilot()
    with write():
        db.session.execute(sa.update(Publication).where(Publication.kind == "manual").values(live_number=None))
    with pytest.raises(piloting.NothingToList):
        decided(pilot)
    decided(pilot, PilotVerdict.CANCELLED)


def test_the_day_of_the_verdict_can_be_moved_while_it_runs() -> None:
    pilot, by = a_pilot(), s.a_staff_member("coordinator")
    moved = piloting.move_end(pilot.id, pilot.version, day(40), by)
    assert moved.ends_on == day(40)
    with pytest.raises(piloting.PilotMovedOn):
        piloting.move_end(pilot.id, 1, day(50), by)
    decided(moved, seen=moved.version)
    with pytest.raises(piloting.HasVerdict):
        piloting.move_end(pilot.id, 3, day(60), by)


# --- stages -----------------------------------------------------------------------------------------------------------


def test_what_is_withdrawn_can_be_put_back_into_the_directory() -> None:
    integration, by = out(), s.a_staff_member("coordinator")
    decided(a_pilot(integration))
    held = db.session.get_one(Integration, integration.id)
    stages.withdraw(held.id, held.version, "The till changed", by)
    assert stage_of(integration) == Stage.WITHDRAWN
    held = db.session.get_one(Integration, integration.id)
    stages.put_back(held.id, held.version, by)
    assert stage_of(integration) == Stage.LISTED


def test_what_was_never_listed_goes_on_from_what_is_published() -> None:
    integration, by = out(), s.a_staff_member("coordinator")
    stages.withdraw(integration.id, integration.version, "Not now", by)
    held = db.session.get_one(Integration, integration.id)
    stages.put_back(held.id, held.version, by)
    assert stage_of(integration) == Stage.PILOT


def test_nothing_is_withdrawn_under_a_pilot_nor_without_a_reason_nor_from_an_old_page() -> None:
    integration, by = out(), s.a_staff_member("coordinator")
    pilot = a_pilot(integration)
    held = db.session.get_one(Integration, integration.id)
    with pytest.raises(piloting.OneRuns):
        stages.withdraw(held.id, held.version, "x", by)
    decided(pilot, PilotVerdict.CANCELLED)
    with pytest.raises(FieldError):
        stages.withdraw(held.id, held.version, "", by)
    with pytest.raises(stages.IntegrationMovedOn):
        stages.withdraw(held.id, 99, "x", by)


def test_a_merge_takes_the_pilot_along() -> None:
    pilot = a_pilot()
    other = leads.an_account()
    closed = db.session.get_one(Account, pilot.account_id)
    by = s.a_staff_member("team_leader")
    with write():
        for move in customers.MOVES:
            if move.__module__ == "app.manuals.service.piloting":
                move(closed, other, by)
    db.session.expire_all()
    assert db.session.get_one(Pilot, pilot.id).account_id == other.id


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_a_pilot_from_the_product_to_the_verdict_in_the_browser(client: FlaskClient) -> None:
    the_playbook_is_published()
    integration = out()
    account = leads.an_account(company_name="Kukkakauppa Orvokki")
    s.sign_in(client, s.a_staff_member("coordinator"))
    product = db.session.get_one(Product, integration.product_id)
    path = f"/desk/integrations/{integration.ref}/pilot"
    assert path in client.get(f"/desk/products/{product.ref}").get_data(as_text=True)
    assert path in client.get("/desk/pilots").get_data(as_text=True)
    assert "No customer is credited" in client.get(path).get_data(as_text=True)
    assert "Kukkakauppa Orvokki" in client.get(f"{path}?q=orvokki").get_data(as_text=True)
    manager = db.session.scalars(sa.select(Person).where(Person.name == "Dana Kellerman")).one()
    sent = {"account": account.ref, "manager": manager.ref, "starts_on": day(-1), "ends_on": day(20)}
    answer = s.post(client, f"{path}?q=orvokki", sent)
    assert answer.status_code == 303
    pilot = db.session.scalars(sa.select(Pilot)).one()
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Kukkakauppa Orvokki" in page
    assert f"/desk/pilots/{pilot.ref}/verdict" in page
    assert "A pilot of this integration is running" in client.get(path).get_data(as_text=True)
    verdict = f"/desk/pilots/{pilot.ref}/verdict"
    assert s.post(client, verdict, {"version": "1", "verdict": "failed", "on": day()}).status_code == 422
    done = {"version": "1", "verdict": "succeeded", "on": day(), "why": "Łukasz 🙂"}
    assert s.post(client, verdict, done, page=verdict).status_code == 303
    assert stage_of(integration) == Stage.LISTED
    late = client.post(verdict, data={"csrf_token": s.csrf_of(client, "/desk/pilots"), **done, "verdict": "failed"})
    assert late.status_code == 303
    assert "has its verdict already" in client.get(late.headers["Location"]).get_data(as_text=True)


def test_a_customer_of_the_software_partner_comes_first(client: FlaskClient) -> None:
    integration = published.both_published()
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    leads.an_account(company_name="Aardvark Shop")
    leads.an_account(company_name="Zonder Shop", of=partner_reseller(partner))
    s.sign_in(client, s.a_staff_member("coordinator"))
    path = f"/desk/integrations/{integration.ref}/pilot"
    page = client.get(path).get_data(as_text=True)
    assert "Zonder Shop" in page
    assert "Aardvark Shop" not in page
    both = client.get(f"{path}?q=shop").get_data(as_text=True)
    assert both.index("Zonder Shop") < both.index("Aardvark Shop")
    assert "Credited to this software partner." in both


def test_an_integration_is_withdrawn_and_put_back_in_the_browser(client: FlaskClient) -> None:
    integration = out()
    decided(a_pilot(integration))
    s.sign_in(client, s.a_staff_member("team_leader"))
    held = db.session.get_one(Integration, integration.id)
    path = f"/desk/integrations/{held.ref}/withdrawal"
    assert s.post(client, path, {"version": str(held.version), "reason": ""}).status_code == 422
    assert s.post(client, path, {"version": "1", "reason": "Old"}).status_code == 409
    assert s.post(client, path, {"version": str(held.version), "reason": "Old"}).status_code == 303
    assert stage_of(integration) == Stage.WITHDRAWN
    held = db.session.get_one(Integration, integration.id)
    back = f"/desk/integrations/{held.ref}/return"
    assert s.post(client, back, {"version": str(held.version)}, page="/desk/pilots").status_code == 303
    assert stage_of(integration) == Stage.LISTED


def test_the_day_of_the_verdict_is_moved_at_the_desk(client: FlaskClient) -> None:
    pilot = a_pilot()
    s.sign_in(client, s.a_staff_member("coordinator"))
    page = f"/desk/pilots/{pilot.ref}"

    def send(version: int, ends_on: Any) -> Any:
        return s.post(client, f"{page}/end", {"version": version, "ends_on": ends_on}, page=page)

    assert send(1, day(30)).status_code == 303
    assert "The day was moved." in client.get(page).text
    late = send(1, day(40))
    assert (late.status_code, day(40).isoformat() in late.text) == (409, True)
    assert 'name="version" value="2"' in late.text
    for wrong in (day(-9), "soon", ""):
        answer = send(2, wrong)
        assert (answer.status_code, 'href="#ends_on"' in answer.text) == (422, True), wrong
    assert db.session.get_one(Pilot, pilot.id).ends_on == day(30)
    assert send(2, day(40)).status_code == 303
    assert s.post(client, "/desk/pilots/PT-00000000/end", {}, page=page).status_code == 404


def test_a_verdict_from_an_old_page_keeps_what_was_typed_and_is_given_once(client: FlaskClient) -> None:
    pilot = a_pilot()
    s.sign_in(client, s.a_staff_member("coordinator"))
    path = f"/desk/pilots/{pilot.ref}/verdict"
    assert "Successful" in client.get(path).text
    piloting.move_end(pilot.id, 1, day(30), s.a_staff_member("coordinator"))
    said = {"version": "1", "verdict": "failed", "on": day(), "why": "The till sent no VAT."}
    late = s.post(client, path, said)
    assert (late.status_code, "The till sent no VAT.</textarea>" in late.text) == (409, True)
    assert db.session.get_one(Pilot, pilot.id).verdict is None
    assert s.post(client, path, {**said, "version": "2"}).status_code == 303
    assert client.get(path).location == f"/desk/pilots/{pilot.ref}", "it has its verdict"


def test_why_no_pilot_can_start_is_said_before_anybody_fills_in_a_form(client: FlaskClient) -> None:
    account = leads.an_account(company_name="Kukkakauppa Orvokki")
    manager = s.a_staff_member("account_manager")
    listed, withdrawn = out(stage=Stage.LISTED), out(name="Lumi Shop", stage=Stage.WITHDRAWN)
    package = db.session.scalars(sa.select(software.Package)).one()
    early = software.an_integration(software.a_product(name="Lumi Kiosk"), package, stage=Stage.PREPARING)
    s.sign_in(client, s.a_staff_member("coordinator"))
    for integration, said in (
        (listed, "It needs no pilot."),
        (withdrawn, "This integration is not worked on"),
        (early, "A pilot can start once manual and onboarding page"),
    ):
        path = f"/desk/integrations/{integration.ref}/pilot?q=orvokki"
        assert said in client.get(path).text
        sent = {"account": account.ref, "manager": manager.ref, "starts_on": day(-1), "ends_on": day(20)}
        answer = s.post(client, path, sent, page="/desk/pilots")
        assert (answer.status_code, said in answer.text) == (409, True)
    assert db.session.scalars(sa.select(Pilot)).all() == []


def test_what_cannot_be_put_back_says_why_and_what_is_withdrawn_is_not_withdrawn_again(client: FlaskClient) -> None:
    integration = out(stage=Stage.WITHDRAWN)
    s.sign_in(client, s.a_staff_member("team_leader"))
    product_page = f"/desk/products/{db.session.get_one(Product, integration.product_id).ref}"
    assert client.get(f"/desk/integrations/{integration.ref}/withdrawal").location == product_page
    stale = s.post(client, f"/desk/integrations/{integration.ref}/return", {"version": "99"}, page="/desk/pilots")
    assert stale.location == product_page
    assert "gw-toast" in client.get(product_page).text
    assert stage_of(integration) == Stage.WITHDRAWN


@pytest.mark.parametrize("role", ["sales", "finance", "content_editor", "designer"])
def test_only_who_manages_pilots_may(client: FlaskClient, role: str) -> None:
    pilot = a_pilot()
    s.sign_in(client, s.a_staff_member(role))
    for path in ("/desk/pilots", f"/desk/pilots/{pilot.ref}", f"/desk/pilots/{pilot.ref}/verdict"):
        assert client.get(path).status_code == 403, path


def test_the_list_is_narrowed_found_downloaded_and_flat(app: Flask, client: FlaskClient) -> None:
    decided(a_pilot(out(software.a_software_partner("Kassalinja"), "Lumi Till")), PilotVerdict.FAILED)
    s.sign_in(client, s.a_staff_member("coordinator"))
    running = client.get("/desk/pilots").get_data(as_text=True)
    assert "No pilot is running" in running
    assert "Start a pilot" in running
    assert "Lumi Till" in client.get("/desk/pilots?tab=failed").get_data(as_text=True)
    assert "Lumi Till" in client.get("/desk/pilots?tab=all&q=lumi").get_data(as_text=True)
    assert "Nothing found" in client.get("/desk/pilots?tab=all&q=zzz").get_data(as_text=True)
    text = client.get("/desk/pilots/pilots.csv?tab=all").get_data(as_text=True)
    assert "Not successful" in text
    assert client.get("/desk/pilots/pilots.xlsx?tab=all").status_code == 200
    client.get("/desk/pilots?tab=all")
    with counting(app) as few:
        client.get("/desk/pilots?tab=all")
    for number in range(4):
        decided(a_pilot(out(software.a_software_partner(f"Firm {number}"), f"Till {number}")), PilotVerdict.FAILED)
    with counting(app) as many:
        client.get("/desk/pilots?tab=all")
    assert many.count == few.count <= 8


@pytest.fixture
def in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_a_verdict_whose_day_has_come_waits_in_the_inbox(in_request: None) -> None:
    manager, other = s.a_staff_member("account_manager", name="Minna Salo"), s.a_staff_member("account_manager")
    coordinator = s.a_staff_member("coordinator", name="Eeva Koski")
    partner = software.a_software_partner("Kassalinja", manager_id=manager.id)
    pilot = a_pilot(out(partner), by=coordinator, ends_on=day())
    assert [item.key for item in items(manager, 10)] == [f"pilot:{pilot.ref}"]
    assert items(other, 10) == items(coordinator, 10) == items(s.a_staff_member("sales"), 10) == []
    with write():
        db.session.execute(sa.update(SoftwarePartner).values(manager_id=None))
    assert len(items(coordinator, 10)) == 1
    piloting.move_end(pilot.id, pilot.version, day(5), coordinator)
    assert items(coordinator, 10) == []


def test_the_software_partner_sees_pages_and_pilot_of_its_product(client: FlaskClient) -> None:
    partner = software.a_software_partner("Kassalinja")
    integration = out(partner)
    a_pilot(integration, account=leads.an_account(company_name="Kukkakauppa Orvokki"))
    product = db.session.get_one(Product, integration.product_id)
    s.sign_in(client, software.owner_of(partner))
    page = client.get(f"/panel/products/{product.ref}").get_data(as_text=True)
    assert f'href="/manuals/{integration.slug}"' in page
    assert f'href="/start/{integration.slug}"' in page
    assert "Kukkakauppa Orvokki" in page
    assert re.search(r"Running", page)
