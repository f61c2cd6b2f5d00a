"""Requesting a change, or more, for an account that the reseller has no lead of (R13)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, write
from app.customers import service as customers
from app.customers.models import COMPANY_FIELDS, Account
from app.history.service import entries_of
from app.leads.models import ChangeRequest, ChangeRequestState
from app.leads.service import answers, change_requests
from app.leads.service.change_requests import AccountChanged, NotAnAccount, NothingAsked, account_of, stamp
from app.leads.service.details import LeadDetails, Shop
from app.outbox.models import MailRow
from app.outbox.render import render
from app.partners.models import Reseller
from tests import sentences as s
from tests.leads.sentences import a_lead, again, an_account
from tests.leads.test_races_desk import at_once, person
from tests.leads.test_requests import items_of, mails

pytestmark = pytest.mark.usefixtures("context")


def a_customer(**values: Any) -> tuple[Reseller, Account]:
    """An account credited to a reseller who has no lead of it."""
    reseller = s.a_reseller("Polana")
    account = an_account(of=reseller, **values)
    return reseller, again(account)


def details_of(account: Account, **values: Any) -> LeadDetails:
    wanted: dict[str, Any] = {field: getattr(account, field) for field in COMPANY_FIELDS}
    return LeadDetails(**{**wanted, "services": (), "shops": (), **values})


def asked(reseller: Reseller, account: Account, **values: Any) -> ChangeRequest:
    details = details_of(account, **(values or {"phone": "+48699999999"}))
    return change_requests.ask_change_of(account.id, reseller.id, details, "They moved", s.owner_of(reseller))


def verbs(account: Account) -> list[str]:
    return [entry.verb for entry in entries_of(account)]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_asked_and_both_sides_get_a_mail() -> None:
    reseller, account = a_customer()
    request = asked(reseller, account)
    assert (request.lead_id, request.account_id, request.reseller_id) == (None, account.id, reseller.id)
    assert [(item.field, item.new) for item in items_of(request)] == [("phone", "+48699999999")]
    (to_us,), (receipt,) = mails("change_request_asked"), mails("change_request_received")
    assert account.ref in render(to_us).text
    assert f"/panel/accounts/{account.ref}" in render(receipt).text
    assert "account.change_requested" in verbs(account)


def test_the_same_sent_twice_is_one_request() -> None:
    reseller, account = a_customer()
    assert asked(reseller, account).id == asked(reseller, account).id
    with pytest.raises(NothingAsked):
        change_requests.ask_change_of(account.id, reseller.id, details_of(account), "", s.owner_of(reseller))


def test_what_is_there_already_is_not_asked() -> None:
    service = s.a_service()
    reseller, account = a_customer(services=[service], shops=["https://one.example"])
    owner = s.owner_of(reseller)
    with pytest.raises(NothingAsked, match="on the account"):
        change_requests.ask_addition_to(
            account.id, reseller.id, (service.code,), (Shop("https://one.example", ""),), "", owner
        )
    request = change_requests.ask_addition_to(
        account.id, reseller.id, (), (Shop("https://two.example", ""),), "", owner
    )
    assert request.kind == "addition"
    assert "account.addition_requested" in verbs(account)


def test_what_staff_changed_meanwhile_is_not_asked_back() -> None:
    reseller, account = a_customer()
    seen = stamp(_whole(account))
    details = details_of(account, city="Gniezno")
    values = {field: getattr(account, field) for field in COMPANY_FIELDS}
    customers.edit(account.id, account.version, {**values, "phone": "+48611111111"}, s.a_staff_member())
    with pytest.raises(AccountChanged):
        change_requests.ask_change_of(account.id, reseller.id, details, "", s.owner_of(reseller), seen=seen)


def _whole(account: Account) -> Account:
    found = change_requests.whole_account(account.id)
    assert found is not None
    return found


def test_of_an_account_that_is_somebody_elses_nothing_is_asked() -> None:
    _reseller, account = a_customer()
    other = s.a_reseller("Oakmere")
    with pytest.raises(NotAnAccount):
        asked(other, account)


# --- answering --------------------------------------------------------------------------------------------------------


def test_answered_item_by_item_and_carried_out() -> None:
    service = s.a_service()
    reseller, account = a_customer()
    request = asked(
        reseller,
        account,
        phone="+48699999999",
        city="Gniezno",
        services=(service.code,),
        shops=(Shop("https://n.example", ""),),
    )
    items = {item.field: item.id for item in items_of(request)}
    accepted = frozenset({items["phone"], items["service"], items["shop"]})

    answers.decide(request.id, request.version, accepted, "", s.a_staff_member(), {items["city"]: "Not yet"})

    changed = _whole(account)
    assert changed.phone == "+48699999999"
    assert changed.city != "Gniezno"
    assert [held.service.code for held in changed.credited_services] == [service.code]
    assert [shop.url for shop in changed.shops] == ["https://n.example"]
    assert {"account.request_decided", "account.change_applied"} <= set(verbs(account))
    mail = mails("change_request_decided")[0]
    assert mail.conversation == f"account:{account.ref}"
    text = render(mail).text
    assert "Not yet" in text
    assert f"/panel/accounts/{account.ref}" in text


def test_a_service_of_the_vendors_own_becomes_visible_when_it_is_accepted() -> None:
    service = s.a_service()
    reseller, account = a_customer()
    with write():
        whole = customers.locked_whole(account.id)
        customers.add_service(whole, service.id, direct=True)
    request = change_requests.ask_addition_to(account.id, reseller.id, (service.code,), (), "", s.owner_of(reseller))
    (item,) = items_of(request)
    answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())
    assert [held.direct for held in _whole(account).services] == [False]


def test_withdrawn_by_the_reseller() -> None:
    reseller, account = a_customer()
    request = asked(reseller, account)
    change_requests.withdraw(request.id, s.owner_of(reseller))
    assert again(request).state == ChangeRequestState.WITHDRAWN
    assert "account.request_withdrawn" in verbs(account)
    with pytest.raises(answers.RequestMovedOn):
        answers.decide(request.id, request.version, frozenset(), "No", s.a_staff_member())


def test_a_merge_carries_the_request_along() -> None:
    reseller, account = a_customer()
    survivor = an_account(of=reseller)
    request = asked(reseller, account)
    leader = s.a_staff_member("team_leader")
    customers.merge(survivor.id, account.id, (again(survivor).version, again(account).version), {}, leader)
    request = again(request)
    assert request.account_id == survivor.id
    (item,) = items_of(request)
    answers.decide(request.id, request.version, frozenset({item.id}), "", s.a_staff_member())
    assert again(survivor).phone == "+48699999999"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_panel_offers_it_shows_it_and_takes_it_back(app: Flask) -> None:
    reseller, account = a_customer()
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    page = client.get(f"/panel/accounts/{account.ref}").text
    assert f"/panel/accounts/{account.ref}/change" in page
    assert f"/panel/accounts/{account.ref}/additions" in page

    path = f"/panel/accounts/{account.ref}/change"
    form = client.get(path).text
    assert account.company_name in form
    values = {field: getattr(account, field) or "" for field in COMPANY_FIELDS}
    sent = s.post(
        client,
        path,
        {
            **values,
            "version": str(stamp(_whole(account))),
            "phone": "+48 699 999 999",
            "note": "New one",
            "do": "request",
        },
    )
    assert sent.status_code == 303, sent.text
    request = db.session.scalars(sa.select(ChangeRequest)).one()
    page = client.get(f"/panel/accounts/{account.ref}").text
    assert request.ref in page
    assert "699 999 999" in page
    assert request.ref in client.get("/panel/requests").text
    assert client.get("/panel/requests/requests.csv").status_code == 200
    done = s.post(
        client,
        f"/panel/accounts/{account.ref}/requests/{request.ref}/withdrawal",
        {},
        page=f"/panel/accounts/{account.ref}",
    )
    assert done.status_code == 303
    assert again(request).state == ChangeRequestState.WITHDRAWN


def test_an_addition_from_the_panel(app: Flask) -> None:
    reseller, account = a_customer()
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    path = f"/panel/accounts/{account.ref}/additions"
    sent = s.post(client, path, {"shops-0-url": "shop.wooden-toys.example", "note": ""})
    assert sent.status_code == 303, sent.text
    request = db.session.scalars(sa.select(ChangeRequest)).one()
    assert (request.kind, request.lead_id) == ("addition", None)


def test_a_change_asked_from_an_old_page_shows_both_versions_and_keeps_what_was_typed(app: Flask) -> None:
    reseller, account = a_customer()
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    path = f"/panel/accounts/{account.ref}/change"
    typed = {field: getattr(account, field) or "" for field in COMPANY_FIELDS}
    typed |= {"version": str(stamp(_whole(account))), "city": "Gniezno", "note": "They moved", "do": "request"}
    details = details_of(account, phone="+48699999999")
    with write():
        held = db.session.get_one(Account, account.id)
        held.phone, held.version = details.phone, held.version + 1
    late = s.post(client, path, typed)
    assert late.status_code == 409
    assert "+48 699 999 999" in late.text
    assert 'value="Gniezno"' in late.text
    assert "They moved</textarea>" in late.text
    assert db.session.scalars(sa.select(ChangeRequest)).all() == []
    wrong = s.post(client, path, {**typed, "email": "nobody"})
    assert (wrong.status_code, 'href="#email"' in wrong.text) == (422, True)
    assert 'value="Gniezno"' in wrong.text


def test_what_was_added_meanwhile_is_not_asked_for_again(app: Flask) -> None:
    reseller, account = a_customer(shops=["https://one.example"])
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    path = f"/panel/accounts/{account.ref}/additions"
    there = s.post(client, path, {"shops-0-url": "one.example", "note": "Please"})
    assert (there.status_code, "Please</textarea>" in there.text) == (422, True)
    more = s.post(client, path, {"shops-0-url": "two.example", "do": "add-shop"})
    assert (more.status_code, 'name="shops-1-url"' in more.text) == (200, True)
    assert db.session.scalars(sa.select(ChangeRequest)).all() == []


def test_a_request_that_was_answered_is_not_withdrawn_and_a_made_up_one_is_not_found(app: Flask) -> None:
    reseller, account = a_customer()
    request = asked(reseller, account)
    page = f"/panel/accounts/{account.ref}"
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    assert s.post(client, f"{page}/requests/CR-00000000/withdrawal", {}, page=page).status_code == 404
    with write():
        db.session.get_one(ChangeRequest, request.id).state = ChangeRequestState.DECIDED
    late = s.post(client, f"{page}/requests/{request.ref}/withdrawal", {}, page=page)
    assert late.status_code == 303
    assert "The request was withdrawn." not in client.get(page).text
    assert again(request).state == ChangeRequestState.DECIDED


def test_with_a_lead_of_its_own_the_lead_stands_for_the_account(app: Flask) -> None:
    reseller, account = a_customer()
    lead = a_lead(of=reseller, state="converted", account_id=account.id)
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    assert client.get(f"/panel/accounts/{account.ref}/change").headers["Location"].endswith(f"/{lead.ref}/edit")
    assert client.get(f"/panel/accounts/{account.ref}/additions").headers["Location"].endswith(f"/{lead.ref}/additions")
    assert account_of(lead) is not None


def test_of_another_resellers_account_nothing_is_offered(app: Flask) -> None:
    reseller, account = a_customer()
    request = asked(reseller, account)
    client = s.sign_in(app.test_client(), s.owner_of(s.a_reseller("Oakmere")))
    for path in ("change", "additions"):
        assert client.get(f"/panel/accounts/{account.ref}/{path}").status_code == 404
    path = f"/panel/accounts/{account.ref}/requests/{request.ref}/withdrawal"
    assert s.post(client, path, {}, page="/panel/accounts").status_code == 404


def test_the_desk_lists_it_and_answers_it(app: Flask) -> None:
    reseller, account = a_customer()
    request = asked(reseller, account)
    client = s.sign_in(app.test_client(), s.a_staff_member("sales"))
    assert account.company_name in client.get("/desk/requests").text
    assert account.company_name in client.get("/desk").text
    page = client.get(f"/desk/requests/{request.ref}").text
    assert f"/desk/accounts/{account.ref}" in page
    (item,) = items_of(request)
    sent = s.post(
        client,
        f"/desk/requests/{request.ref}/answer",
        {"version": "1", f"item-{item.id}": "accept", "answer": ""},
        page=f"/desk/requests/{request.ref}",
    )
    assert sent.status_code == 303, sent.text
    assert again(account).phone == "+48699999999"
    assert request.ref in client.get(f"/desk/accounts/{account.ref}").text


# --- at once ----------------------------------------------------------------------------------------------------------

ROUNDS = 12


def test_asking_while_the_account_is_merged_leaves_no_request_behind(app: Flask) -> None:
    leader = s.a_staff_member("team_leader").id
    for _number in range(ROUNDS):
        reseller, account = a_customer()
        survivor = an_account(of=reseller)
        owner = s.owner_of(reseller).id
        details, ids = details_of(account, phone="+48699999999"), (survivor.id, account.id)
        versions = (again(survivor).version, again(account).version)

        def ask(ids: Any = ids, details: Any = details, reseller_id: int = reseller.id, owner: int = owner) -> str:
            return change_requests.ask_change_of(ids[1], reseller_id, details, "", person(owner)).ref

        def merge(ids: Any = ids, versions: Any = versions) -> str:
            return customers.merge(*ids, versions, {}, person(leader)).ref

        results = at_once(app, ask, merge)
        db.session.rollback()
        assert all(isinstance(result, str) for result in results), results
        for request in db.session.scalars(sa.select(ChangeRequest)):
            assert again(db.session.get(Account, request.account_id)).is_live


def test_answering_and_withdrawing_at_once_go_one_way(app: Flask) -> None:
    staff = s.a_staff_member().id
    for _number in range(ROUNDS):
        reseller, account = a_customer()
        request = asked(reseller, account)
        owner, (item,) = s.owner_of(reseller).id, items_of(request)
        id, version, accepted = request.id, request.version, frozenset({item.id})

        results = at_once(
            app,
            lambda: answers.decide(id, version, accepted, "", person(staff)).state,  # noqa: B023 - run at once
            lambda: change_requests.withdraw(id, person(owner)).state,  # noqa: B023 - run at once
        )

        db.session.rollback()
        assert sum(isinstance(result, str) for result in results) == 1, results
        assert (again(account).phone == "+48699999999") is (again(request).state == ChangeRequestState.DECIDED)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) > 0
