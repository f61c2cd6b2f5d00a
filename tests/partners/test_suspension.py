"""Suspending and resuming a reseller: what closes, what stays, who is told (R16)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.history.service import entries_of
from app.leads.models import Lead
from app.partners import inbox
from app.partners.models import GrantedAccess, Reseller
from app.partners.service import accesses, suspension
from app.partners.service.suspension import AlreadySuspended, NotSuspended
from tests import sentences as s
from tests.leads.sentences import a_lead, again, an_account
from tests.leads.test_registration import filled
from tests.partners.sentences import a_system, mails

REASON = "The invoices of your own subscription\nhave not been paid since July."


@pytest.fixture
def reseller(context: None) -> Reseller:
    return s.a_reseller()


@pytest.fixture
def sales(app: Flask, reseller: Reseller) -> FlaskClient:
    return s.sign_in(app.test_client(), s.a_staff_member("sales"))


def suspend(client: FlaskClient, reseller: Reseller, reason: str = REASON) -> Any:
    return s.post(client, f"/desk/resellers/{reseller.ref}/suspension", {"reason": reason})


def body(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.status
    return str(answer.get_data(as_text=True))


def test_link_and_panel_close_with_an_explanation_and_open_again(
    app: Flask, client: FlaskClient, sales: FlaskClient, reseller: Reseller
) -> None:
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    slug = s.link_of(reseller).slug
    page = body(sales, f"/desk/resellers/{reseller.ref}/suspension")
    assert "What happens" in page
    assert "stay credited" in page

    assert suspend(sales, reseller).status_code == 303

    assert "closed at the moment" in body(client, f"/r/{slug}", 403)
    assert client.get(f"/r/{slug}/qr.svg").status_code == 200
    for path in ("/panel", "/panel/leads", "/panel/materials", "/panel/people", "/panel/leads/leads.csv"):
        closed = body(panel, path, 403)
        assert "have not been paid since July." in closed, path
    desk = body(sales, f"/desk/resellers/{reseller.ref}")
    assert "Suspended since" in desk
    assert "have not been paid since July." in desk
    assert [mail.args["reason"] for mail in mails("reseller_suspended")] == [REASON]

    version = str(again(reseller).version)
    assert (
        s.post(
            sales,
            f"/desk/resellers/{reseller.ref}/resumption",
            {"version": version},
            page=f"/desk/resellers/{reseller.ref}",
        ).status_code
        == 303
    )
    assert client.get(f"/r/{slug}").status_code == 200
    assert panel.get("/panel").status_code == 200
    assert len(mails("reseller_resumed")) == 1
    assert [entry.verb for entry in entries_of(again(reseller))] == ["reseller.resumed", "reseller.suspended"]


def test_customers_stay_credited_and_open_leads_go_on(sales: FlaskClient, reseller: Reseller) -> None:
    lead, account = a_lead(of=reseller), an_account(of=reseller)
    suspend(sales, reseller)
    assert again(account).reseller_id == reseller.id
    page = body(sales, f"/desk/leads/{lead.ref}")
    assert "The reseller of this lead is suspended." in page
    assert 'name="decision"' in page


def test_a_registration_under_way_keeps_its_text(client: FlaskClient, sales: FlaskClient, reseller: Reseller) -> None:
    path = f"/r/{s.link_of(reseller).slug}"
    token = s.csrf_of(client, path)
    suspend(sales, reseller)
    answer = client.post(
        path,
        data={"csrf_token": token, **filled(note="We open in May.")},
        headers={"Origin": "http://localhost"},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "We open in May." in page
    assert "nothing was sent" in page
    assert db.session.scalars(db.select(Lead)).all() == []


def test_what_was_being_sent_in_the_panel_can_be_copied(app: Flask, sales: FlaskClient, reseller: Reseller) -> None:
    lead = a_lead(of=reseller)
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    token = s.csrf_of(panel, f"/panel/leads/{lead.ref}")
    suspend(sales, reseller)
    answer = panel.post(
        f"/panel/leads/{lead.ref}/notes",
        data={"csrf_token": token, "note": "They have moved."},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 403
    assert "They have moved." in answer.get_data(as_text=True)
    assert token not in answer.get_data(as_text=True).split("What you were just sending")[1]


def test_accesses_are_withdrawn_closed_and_asked_for_again(app: Flask, sales: FlaskClient, reseller: Reseller) -> None:
    staff = s.a_staff_member("sales")
    demo, portal, unused = a_system("Demo environment"), a_system("Support portal"), a_system("Shop")
    for system in (demo, portal, unused):
        accesses.ask(reseller, system.id, staff)
    first, second, third = db.session.scalars(db.select(GrantedAccess).order_by(GrantedAccess.id)).all()
    accesses.move(reseller, first.id, accesses.AccessState.GRANTED, 1, staff)
    accesses.move(reseller, third.id, accesses.AccessState.WITHDRAWN, 1, staff)

    suspension.suspend(reseller, REASON, staff)
    assert [again(one).state for one in (first, second, third)] == ["withdrawn"] * 3
    assert [again(one).to_close for one in (first, second, third)] == [True, False, False]
    with app.test_request_context():
        assert [item.key for item in inbox.items(staff, 10)] == [f"closing:{reseller.ref}"]
    with pytest.raises(accesses.ResellerSuspended):
        accesses.move(reseller, first.id, accesses.AccessState.ASKED, again(first).version, staff)

    page = f"/desk/resellers/{reseller.ref}"
    assert "to be closed in the system" in body(sales, page)
    assert s.post(sales, f"{page}/accesses/{first.id}/closure", page=page).status_code == 303
    with app.test_request_context():
        assert inbox.items(staff, 10) == []

    suspension.resume(reseller, again(reseller).version, staff)
    assert [again(one).state for one in (first, second, third)] == ["asked", "asked", "withdrawn"]
    assert mails("reseller_resumed")[0].args["systems"] == ["Demo environment", "Support portal"]


def test_two_staff_at_once_get_409_and_keep_their_text(app: Flask, sales: FlaskClient, reseller: Reseller) -> None:
    other = s.sign_in(app.test_client(), s.a_staff_member("team_leader", name="Ruta Brandt"))
    token = s.csrf_of(other, f"/desk/resellers/{reseller.ref}/suspension")
    suspend(sales, reseller)
    late = other.post(
        f"/desk/resellers/{reseller.ref}/suspension",
        data={"csrf_token": token, "reason": "They asked for a pause."},
        headers={"Origin": "http://localhost"},
    )
    assert late.status_code == 409
    assert "Dana Kellerman suspended this reseller" in late.get_data(as_text=True)
    assert "They asked for a pause." in late.get_data(as_text=True)
    assert again(reseller).suspension == REASON
    assert len(mails("reseller_suspended")) == 1


def test_the_same_twice_is_done_once_and_an_old_undo_is_refused(reseller: Reseller) -> None:
    staff, other = s.a_staff_member("sales"), s.a_staff_member("sales")
    suspension.suspend(reseller, REASON, staff)
    first = again(reseller).version
    suspension.suspend(reseller, REASON, staff)
    assert len(mails("reseller_suspended")) == 1
    with pytest.raises(AlreadySuspended):
        suspension.suspend(reseller, REASON, other)
    suspension.resume(reseller, first, staff)
    suspension.suspend(reseller, "Another reason", other)
    with pytest.raises(NotSuspended):
        suspension.resume(reseller, first, staff)


def test_a_reason_is_asked_for_and_the_right(app: Flask, sales: FlaskClient, reseller: Reseller) -> None:
    assert suspend(sales, reseller, "").status_code == 422
    finance = s.sign_in(app.test_client(), s.a_staff_member("finance"))
    assert finance.get(f"/desk/resellers/{reseller.ref}/suspension").status_code == 403
    assert again(reseller).is_active


def test_nobody_else_is_closed(app: Flask, reseller: Reseller) -> None:
    other = s.a_reseller("Modrzew", contact="Piotr Lis")
    suspension.suspend(other, REASON, s.a_staff_member("sales"))
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    assert panel.get("/panel").status_code == 200
