"""The customer's own details gone through one by one: right as they are, or put right on the account (C4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.core.identifiers import company_key
from app.customers import service as customers
from app.customers.models import COMPANY_FIELDS, Account
from app.history.models import HistoryEntry, HistoryValue
from app.history.service import entries_of
from app.outbox.models import MailRow
from app.plans.models import Plan, TaskState
from app.plans.party import Hand, staff
from app.plans.service import scheduling, working
from app.plans.service.details import Gone, SeenDetails, confirm
from app.plans.service.people import NewContact
from app.plans.service.scheduling import AgreedDays
from app.privacy import service
from app.privacy.models import ErasureState
from tests.leads.sentences import an_account
from tests.leads.test_races_desk import at_once, person
from tests.plans import replaying
from tests.plans.test_answer_doors import ORIGIN, entered, url_of
from tests.plans.test_secrets import the_manager
from tests.privacy import marker
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_nip,
    a_plan,
    a_playbook,
    a_staff_member,
    csrf_of,
    main_contact,
    sign_in,
    task_of,
)

pytestmark = pytest.mark.usefixtures("context")

CONFIRM: list[dict[str, Any]] = [
    {
        "code": "details",
        "phase": "begin",
        "kind": "confirm",
        "side": "vendor",
        "call": True,
        "title": {"en": "First call"},
    },
    {"code": "own_details", "phase": "begin", "kind": "confirm", "side": "customer", "title": {"en": "Your details"}},
]
STARTING = {"within_days": 14, "status": {"en": "Active"}}
POLISH = ("company_name", "country", "company_number", "vat_number", "regon", "krs", "street", "postcode", "city")
ALL = (*POLISH, "website", "contact_name", "email", "phone")


def a_plan_to_confirm(**values: Any) -> Plan:
    return a_plan(of=a_playbook(tasks=[*SMALL_PLAYBOOK["tasks"], *CONFIRM], **values), locale="en")


def account_of(plan: Plan) -> Account:
    assert plan.account_id is not None
    return db.session.get_one(Account, plan.account_id, populate_existing=True)


def foreseen(plan: Plan) -> date | None:
    return db.session.get_one(Plan, plan.id, populate_existing=True).foreseen_on


def at(plan: Plan, code: str = "details", door: str = "") -> str:
    return f"/desk/plans/{plan.ref}/tasks/{task_of(plan, code).ref}{door}"


@pytest.fixture
def plan(client: FlaskClient) -> Plan:
    made = a_plan_to_confirm()
    sign_in(client, the_manager(made))
    return made


def hidden_on(client: FlaskClient, page: str) -> dict[str, str]:
    shown = client.get(page).get_data(as_text=True)
    names = ("csrf_token", "version", "account_version", "golive_seen")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', shown[shown.index('id="answer"') :]) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def press(client: FlaskClient, plan: Plan, code: str = "details", **fields: Any) -> Any:
    sent = {**hidden_on(client, f"{at(plan, code)}?again=1"), **fields}
    return client.post(at(plan, code, "/answer"), data=sent, headers=ORIGIN)


def right(*but: str) -> dict[str, str]:
    return {f"is_{code}": "right" for code in ALL if code not in but}


def corrected(**values: str) -> dict[str, str]:
    said = {f"is_{code}": "corrected" for code in values}
    return {**right(*values), **said, **{f"to_{code}": value for code, value in values.items()}}


# --- right as it is ---------------------------------------------------------------------------------------------------


def test_everything_is_right(client: FlaskClient, plan: Plan) -> None:
    page = client.get(at(plan)).text
    assert "Quillmark Stationers" in page
    assert "Right as it is" in page
    assert "Mark as done" not in page
    version = account_of(plan).version
    assert press(client, plan, **right()).status_code == 303
    task = task_of(plan, "details")
    assert task.state == TaskState.DONE
    assert task.answer == {"right": list(ALL), "corrected": []}
    assert account_of(plan).version == version, "nothing was changed"
    page = client.get(at(plan)).text
    assert "Dana Kellerman went through all of it on" in page
    assert "Right as it was" in page


def test_what_was_not_gone_through_is_asked_for(client: FlaskClient, plan: Plan) -> None:
    answer = press(client, plan, **right("phone", "city"))
    assert answer.status_code == 422
    assert "City: Say whether this is right" in answer.text
    assert 'href="#is_phone-0"' in answer.text
    answer = press(client, plan, **{**corrected(email="nonsense"), "is_city": ""})
    assert 'href="#is_city-0"' in answer.text, "all at once"
    assert 'href="#to_email"' in answer.text
    assert task_of(plan, "details").state == TaskState.OPEN
    assert task_of(plan, "details").answer == {}


def test_it_is_gone_through_in_two_calls(client: FlaskClient, plan: Plan) -> None:
    first = {"is_company_name": "right", "is_city": "corrected", "to_city": "Gniezno"}
    assert press(client, plan, do="draft", **first).status_code == 303
    assert task_of(plan, "details").state == TaskState.OPEN
    assert task_of(plan, "details").answer == {"right": ["company_name"], "corrected": ["city"]}
    assert account_of(plan).city == "Gniezno"
    rest = right("company_name", "city")
    assert press(client, plan, **rest).status_code == 303
    task = task_of(plan, "details")
    assert task.state == TaskState.DONE
    assert task.answer["corrected"] == ["city"]


def test_a_tick_is_no_confirmation(plan: Plan) -> None:
    with pytest.raises(working.AnswerFirst):
        working.tick(plan.id, task_of(plan, "details").ref, staff(the_manager(plan)))


# --- put right --------------------------------------------------------------------------------------------------------


def test_corrections_are_written_to_the_account_with_history(client: FlaskClient, plan: Plan) -> None:
    number = a_nip()
    new = corrected(company_number=number, phone="61 234 56 79", website="quillmark.example")
    assert press(client, plan, **new).status_code == 303
    account = account_of(plan)
    assert account.company_number == number
    assert account.company_key == company_key("PL", number)
    assert account.phone == "+48612345679"
    assert account.website == "https://quillmark.example"
    entry = entries_of(account, verbs={"account.edited"})[0]
    assert entry.actor_id == the_manager(plan).id
    assert {value.field for value in entry.values} == {"company_number", "phone", "website"}
    answer = task_of(plan, "details").answer
    assert set(answer["corrected"]) == {"company_number", "phone", "website"}
    assert number not in str(answer), "codes alone"
    kept = db.session.scalars(
        sa.select(HistoryValue).join(HistoryEntry).where(HistoryEntry.record_type == "plan_task")
    ).all()
    assert not any(number in str(value.new) for value in kept)


@pytest.mark.parametrize(
    ("code", "typed", "words"),
    [
        ("company_number", "1234567890", "NIP: "),
        ("email", "nonsense", "E-mail address: "),
        ("postcode", "1", "Post code: "),
        ("phone", "12", "Phone: "),
        ("city", "", "City: "),
        ("country", "XX", "Country of registration: "),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    client: FlaskClient, plan: Plan, code: str, typed: str, words: str
) -> None:
    before = {field: getattr(account_of(plan), field) for field in COMPANY_FIELDS}
    answer = press(client, plan, **corrected(**{code: typed}))
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#to_{code}"' in answer.text
    assert {field: getattr(account_of(plan), field) for field in COMPANY_FIELDS} == before
    assert task_of(plan, "details").state == TaskState.OPEN


def test_the_number_of_another_account_is_refused_and_told_to_staff_alone(client: FlaskClient, plan: Plan) -> None:
    other = an_account()
    answer = press(client, plan, **corrected(company_number=other.company_number))
    assert answer.status_code == 422
    assert other.ref in answer.text
    entered(client, plan)
    sent = {**hidden_on(client, url_of(plan, "own_details", "")), **corrected(company_number=other.company_number)}
    answer = client.post(url_of(plan, "own_details"), data=sent, headers=ORIGIN)
    assert answer.status_code == 422
    assert other.ref not in answer.text
    assert "Please tell your account manager" in answer.text


def test_another_country_asks_for_its_own_numbers(client: FlaskClient, plan: Plan) -> None:
    answer = press(client, plan, **corrected(country="NL"))
    assert answer.status_code == 422
    assert account_of(plan).country == "PL"


def test_an_account_that_somebody_else_changed_is_looked_at_again(client: FlaskClient, plan: Plan) -> None:
    sent = {**hidden_on(client, at(plan)), **corrected(city="Gniezno")}
    with write():
        account = db.session.get_one(Account, plan.account_id)
        account.street, account.version = "ul. Nowa 1", account.version + 1
    answer = client.post(at(plan, door="/answer"), data=sent, headers=ORIGIN)
    assert answer.status_code == 409
    assert "ul. Nowa 1" in answer.text
    assert "Gniezno" in answer.text
    assert account_of(plan).city == "Poznań"
    again = {**sent, **{name: re.search(rf'name="{name}" value="([^"]*)"', answer.text)[1]  # type: ignore[index]
                        for name in ("version", "account_version")}}  # fmt: skip
    assert client.post(at(plan, door="/answer"), data=again, headers=ORIGIN).status_code == 303
    assert account_of(plan).city == "Gniezno"


def test_the_same_form_twice_is_one(client: FlaskClient, plan: Plan) -> None:
    sent = {**hidden_on(client, at(plan)), **corrected(city="Gniezno")}
    for _press in range(2):
        assert client.post(at(plan, door="/answer"), data=sent, headers=ORIGIN).status_code == 303
    assert len(entries_of(account_of(plan), verbs={"account.edited"})) == 1
    assert len(entries_of(task_of(plan, "details"), verbs={"plan_task.confirmed"})) == 1


def test_it_is_gone_through_again_by_somebody_else(client: FlaskClient, plan: Plan) -> None:
    press(client, plan, **right())
    other = a_staff_member("account_manager", name="Mika Laine")
    sign_in(client, other)
    assert press(client, plan, **corrected(city="Gniezno")).status_code == 303
    task = task_of(plan, "details")
    assert (task.state, task.done_by) == (TaskState.DONE, "Mika Laine")
    assert task.answer["corrected"] == ["city"]


def test_a_closed_account_takes_no_corrections(client: FlaskClient, plan: Plan) -> None:
    sent = {**hidden_on(client, at(plan)), **corrected(city="Gniezno")}
    with write():
        db.session.get_one(Account, plan.account_id).state = "archived"
    assert client.post(at(plan, door="/answer"), data=sent, headers=ORIGIN).status_code == 409


def test_of_several_who_change_it_at_once_one_is_first_and_the_others_are_told(app: Flask) -> None:
    plan = a_plan_to_confirm()
    manager, account = the_manager(plan), account_of(plan)
    ids = manager.id, plan.id, account.id, account.version
    ref, domain = task_of(plan, "details").ref, task_of(plan, "domain").ref
    everything = {field: getattr(account, field) for field in COMPANY_FIELDS}

    def confirmed(city: str) -> Any:
        seen = SeenDetails(ids[3], None)
        gone = Gone(frozenset(set(ALL) - {"city", "company_number"}), {"city": city, "company_number": a_nip()})
        return confirm(ids[1], ref, gone, seen, staff(person(ids[0])), whole=True)

    results = at_once(
        app,
        lambda: confirmed("Gniezno"),
        lambda: confirmed("Leszno"),
        lambda: customers.edit(ids[2], ids[3], {**everything, "city": "Konin"}, person(ids[0])),
        lambda: working.tick(ids[1], domain, staff(person(ids[0]))),
    )
    assert sum(isinstance(result, customers.AccountMovedOn) for result in results[:3]) == 2, results
    assert results[3].changed
    db.session.rollback()
    assert account_of(plan).version == ids[3] + 1
    assert len(entries_of(account_of(plan), verbs={"account.edited"})) == 1
    replaying.check(plan.id)


def test_drafts_and_confirmations_replay_to_how_it_stands(client: FlaskClient, plan: Plan) -> None:
    press(client, plan, do="draft", is_city="right")
    press(client, plan, foreseen_on="3.6.2027", **right())
    press(client, plan, **corrected(city="Gniezno"))
    replaying.check(plan.id)


# --- the days of the plan ---------------------------------------------------------------------------------------------


def test_the_forecast_is_the_account_managers_own_and_kept_with_history(client: FlaskClient, plan: Plan) -> None:
    assert press(client, plan, foreseen_on="3.6.2027", **right()).status_code == 303
    assert foreseen(plan) == date(2027, 6, 3)
    assert press(client, plan, foreseen_on="10.6.2027", **right()).status_code == 303
    told = client.get(f"/desk/plans/{plan.ref}/history").text
    assert "10 June 2027" in told
    assert "3 June 2027" in told
    assert "10 June 2027" in client.get(f"/desk/plans/{plan.ref}").text
    table = client.get("/desk/plans/plans.csv").text
    assert "Account manager's forecast" in table
    assert "2027-06-10" in table
    assert "foreseen_on" in task_of(plan, "details").answer["corrected"]


def test_the_forecast_is_changed_on_the_plan_too(client: FlaskClient, plan: Plan) -> None:
    page = f"/desk/plans/{plan.ref}/edit"
    manager = the_manager(plan)
    sent = {"name": plan.name, "manager": manager.ref, "locale": "en", "csrf_token": csrf_of(client, page)}
    for day, kept in (("3.6.2027", date(2027, 6, 3)), ("", None)):
        version = db.session.get_one(Plan, plan.id, populate_existing=True).version
        answer = client.post(page, data={**sent, "foreseen_on": day, "version": str(version)}, headers=ORIGIN)
        assert answer.status_code == 303
        assert foreseen(plan) == kept
    assert len(entries_of(plan, verbs={"plan.foreseen"})) == 2
    assert client.post(page, data={**sent, "foreseen_on": "soon"}, headers=ORIGIN).status_code == 422


def test_where_there_is_a_starting_date_the_forecast_is_asked_for(client: FlaskClient) -> None:
    plan = a_plan_to_confirm(starting=STARTING)
    sign_in(client, the_manager(plan))
    answer = press(client, plan, **right())
    assert answer.status_code == 422
    assert 'href="#foreseen_on"' in answer.text
    assert press(client, plan, foreseen_on="3.6.2027", **right()).status_code == 303


def test_the_agreed_day_is_confirmed_and_moved_elsewhere(client: FlaskClient, plan: Plan) -> None:
    by = staff(the_manager(plan))
    scheduling.agree(plan.id, AgreedDays(None, None, date(2027, 5, 3)), by)
    page = client.get(at(plan)).text
    assert "3 May 2027" in page
    assert f"/desk/plans/{plan.ref}/schedule" in page
    assert press(client, plan, **right()).status_code == 422
    sent = {**hidden_on(client, at(plan)), **right(), "is_golive_on": "right"}
    scheduling.agree(plan.id, AgreedDays(None, None, date(2027, 5, 4)), by)
    answer = client.post(at(plan, door="/answer"), data=sent, headers=ORIGIN)
    assert answer.status_code == 409
    assert "4 May 2027" in answer.text
    assert press(client, plan, is_golive_on="right", **right()).status_code == 303
    assert "golive_on" in task_of(plan, "details").answer["right"]


def test_staff_who_may_not_edit_accounts_do_not_see_them_here(client: FlaskClient, plan: Plan) -> None:
    sign_in(client, a_staff_member("designer"))
    page = client.get(at(plan)).text
    assert "ul. Papiernicza" not in page
    assert "Colleagues who may edit accounts" in page
    fields = {"csrf_token": csrf_of(client, at(plan)), "account_version": str(account_of(plan).version), **right()}
    for sent in (fields, {**fields, "foreseen_on": "nonsense"}):
        answer = client.post(at(plan, door="/answer"), data=sent, headers=ORIGIN)
        assert answer.status_code == 403
        assert "ul. Papiernicza" not in answer.text
    press(sign_in(client, the_manager(plan)), plan, **right())
    sign_in(client, a_staff_member("designer", name="Otso Laine"))
    page = client.get(f"{at(plan)}?again=1").text
    assert "Dana Kellerman went through all of it" in page
    assert "ul. Papiernicza" not in page


# --- the customer's own page ------------------------------------------------------------------------------------------


def test_the_customer_puts_its_own_details_right(client: FlaskClient) -> None:
    plan = a_plan_to_confirm()
    contact = entered(client, plan)
    page = client.get(url_of(plan, "own_details", "")).text
    assert "Quillmark Stationers" in page
    assert "forecast" not in page.lower()
    mails = db.session.scalar(sa.select(sa.func.count()).select_from(MailRow))
    sent = {
        **hidden_on(client, url_of(plan, "own_details", "")),
        **corrected(contact_name="Olga Wilk", email="olga@quillmark.example"),
        "foreseen_on": "3.6.2027",
    }
    assert client.post(url_of(plan, "own_details"), data=sent, headers=ORIGIN).status_code == 303
    account = account_of(plan)
    assert (account.contact_name, account.email) == ("Olga Wilk", "olga@quillmark.example")
    entry = entries_of(account, verbs={"account.edited"})[0]
    assert (entry.actor_kind, entry.actor_id) == ("visitor", None)
    assert any(value.field == "_by" and value.new == contact.name for value in entry.values)
    assert foreseen(plan) is None, "that is ours"
    assert (db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) or 0) > (mails or 0), "she is told"
    page = client.get(url_of(plan, "own_details", "")).text
    assert f"{contact.name} went through all of it on" in page
    assert "Corrected" in page


def test_the_customer_sees_who_confirmed_but_does_not_do_ours(client: FlaskClient, app: Flask) -> None:
    plan = a_plan_to_confirm()
    press(sign_in(app.test_client(), the_manager(plan)), plan, foreseen_on="3.6.2027", **right())
    entered(client, plan)
    page = client.get(url_of(plan, "details", "")).text
    assert "Dana Kellerman went through all of it on" in page
    assert "3 June 2027" not in page
    fields = {"csrf_token": csrf_of(client, url_of(plan, "own_details", "")), **right()}
    assert client.post(url_of(plan, "details"), data=fields, headers=ORIGIN).status_code in (403, 404)


def test_the_page_asks_the_database_equally_often(app: Flask, client: FlaskClient, plan: Plan) -> None:
    client.get(at(plan))
    with counting(app) as before:
        client.get(at(plan))
    press(client, plan, **right())
    with counting(app) as after:
        client.get(at(plan))
    assert after.count <= before.count + 1


# --- privacy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("becomes_contact", [True, False])
def test_nothing_is_left_of_somebody_who_put_details_right(client: FlaskClient, becomes_contact: bool) -> None:
    plan = a_plan(
        of=a_playbook(tasks=[*SMALL_PLAYBOOK["tasks"], *CONFIRM]),
        contacts=(NewContact(marker.NAME, marker.EMAIL, marker.PHONE, "pl", enters=True),),
        locale="en",
    )
    account, hand = account_of(plan), Hand(contact=main_contact(plan))
    new = {"contact_name": marker.NAME, "email": marker.EMAIL, "phone": marker.PHONE} if becomes_contact else {}
    gone = Gone(frozenset(set(ALL) - new.keys() - {"city"}), {**new, "city": "Gniezno"})
    confirm(plan.id, task_of(plan, "own_details").ref, gone, SeenDetails(account.version, None), hand, whole=True)
    marker.render_all()
    assert "history_value.new" in set(marker.traces())
    assert not set(marker.traces()) & {"plan_task.answer"}

    assert service.erase(marker.EMAIL).state == ErasureState.DONE

    assert set(marker.traces()) == set()
    assert account_of(plan).city == "Gniezno"
