"""Staff decide on leads (R8, R12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError
from app.history.service import entries_of
from app.leads.models import Lead, LeadState
from app.leads.service import decision
from app.leads.service.decision import CannotReopen, CompanyTaken, Seen
from app.leads.service.editing import LeadMovedOn
from app.outbox.models import MailRow
from app.settings import service as settings
from tests import sentences as s
from tests.leads.sentences import a_lead, again, an_account


def mails() -> list[str]:
    return list(db.session.scalars(db.select(MailRow.template).order_by(MailRow.id)))


def test_an_accepted_lead_is_claimed_for_the_protected_time_and_its_people_hear(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead()

    decision.accept(lead.id, lead.version, staff)

    lead = again(lead)
    assert lead.state == LeadState.ACCEPTED
    assert lead.claim_key == lead.company_key
    assert lead.claim_until is not None
    assert lead.claim_until - now() > timedelta(days=179)
    assert mails() == ["lead_accepted"]
    assert entries_of(lead)[0].verb == "lead.accepted"


def test_the_vendor_says_how_long_a_claim_protects(context: None) -> None:
    staff, lead = s.a_staff_member("administrator"), a_lead()
    settings.change({"protection_days": 30}, 0, staff)
    g.pop("gangway_vendor", None)

    decision.accept(lead.id, lead.version, staff)

    until = again(lead).claim_until
    assert until is not None
    assert timedelta(days=29) < until - now() <= timedelta(days=31)


def test_at_most_one_lead_of_a_company_is_accepted(context: None) -> None:
    staff, first, second = s.a_staff_member(), a_lead(company_number="8567346215"), a_lead(company_number="8567346215")
    decision.accept(first.id, first.version, staff)

    with pytest.raises(CompanyTaken):
        decision.accept(second.id, second.version, staff)

    assert again(second).state == LeadState.SUBMITTED


def test_a_company_that_is_anothers_account_cannot_be_accepted(context: None) -> None:
    account = an_account(of=s.a_reseller("Oakmere"))
    lead = a_lead(company_number=account.company_number)

    with pytest.raises(CompanyTaken):
        decision.accept(lead.id, lead.version, s.a_staff_member())


def test_the_vendors_own_customer_may_still_be_a_resellers_lead(context: None) -> None:
    account = an_account()
    lead = a_lead(company_number=account.company_number)

    assert decision.accept(lead.id, lead.version, s.a_staff_member()).state == LeadState.ACCEPTED


def test_an_expired_claim_gives_way(context: None) -> None:
    old = a_lead(company_number="8567346215", state="accepted")
    with write():
        db.session.get(Lead, old.id, populate_existing=True).claim_until = now() - timedelta(days=1)  # type: ignore[union-attr]  # it is there
    new = a_lead(company_number="8567346215")

    decision.accept(new.id, new.version, s.a_staff_member())

    assert again(old).claim_key is None
    assert entries_of(again(old))[0].verb == "lead.claim_released"


def test_the_daily_job_releases_expired_claims_once(context: None) -> None:
    old = a_lead(state="accepted")
    with write():
        db.session.get(Lead, old.id, populate_existing=True).claim_until = now() - timedelta(days=1)  # type: ignore[union-attr]  # it is there

    assert decision.release_expired_claims() == 1
    assert decision.release_expired_claims() == 0
    assert again(old).state == LeadState.ACCEPTED


def test_declining_needs_a_reason_and_mails_it_as_written(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead()
    with pytest.raises(FieldError):
        decision.decline(lead.id, lead.version, " ", staff)

    decision.decline(lead.id, lead.version, "The company asked us to wait.", staff)

    row = db.session.scalars(db.select(MailRow)).one()
    assert row.template == "lead_declined"
    assert row.args["reason"] == "The company asked us to wait."


def test_a_decision_on_a_page_that_grew_old_is_refused(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead()
    version = lead.version
    decision.accept(lead.id, version, staff)

    with pytest.raises(LeadMovedOn):
        decision.decline(lead.id, version, "Too late.", staff)


def test_an_acceptance_is_taken_back_while_nothing_else_happened(context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead()
    promised = lead.answer_by
    lead = decision.accept(lead.id, lead.version, staff)

    decision.take_back(lead.id, lead.version, staff)

    lead = again(lead)
    assert (lead.state, lead.claim_key, lead.answer_by) == (LeadState.SUBMITTED, None, promised)
    with pytest.raises(LeadMovedOn):
        decision.take_back(lead.id, lead.version - 1, staff)


def test_a_declined_lead_is_reopened_unless_a_newer_one_is_open(context: None) -> None:
    staff, reseller = s.a_staff_member(), s.a_reseller()
    lead = a_lead(of=reseller, company_number="8567346215")
    lead = decision.decline(lead.id, lead.version, "Not now.", staff)
    newer = a_lead(of=reseller, company_number="8567346215")
    with pytest.raises(CannotReopen):
        decision.reopen(lead.id, lead.version, staff)
    decision.decline(newer.id, newer.version, "Not now.", staff)

    decision.reopen(lead.id, lead.version, staff)

    assert again(lead).state == LeadState.SUBMITTED
    assert mails()[-1] == "lead_reopened"


def test_one_decision_accepts_one_and_declines_the_others(context: None) -> None:
    staff = s.a_staff_member()
    a, b, c = (a_lead(company_number="8567346215") for _ in range(3))

    winner, losers = decision.decide_between(
        a.company_key, b.ref, [Seen(x.ref, x.version) for x in (a, b, c)], "Somebody else was named.", staff
    )

    assert winner is not None
    assert winner.ref == b.ref
    assert [again(x).state for x in (a, b, c)] == ["declined", "accepted", "declined"]
    assert sorted(mails()) == ["lead_accepted", "lead_declined", "lead_declined"]
    decision.undo_between(a.company_key, [Seen(x.ref, x.version) for x in (winner, *losers)], staff)
    assert [again(x).state for x in (a, b, c)] == ["submitted"] * 3


def test_a_lead_that_came_in_while_deciding_stops_the_decision(context: None) -> None:
    a, b = (a_lead(company_number="8567346215") for _ in range(2))
    seen = [Seen(x.ref, x.version) for x in (a, b)]
    a_lead(company_number="8567346215")

    with pytest.raises(LeadMovedOn):
        decision.decide_between(a.company_key, a.ref, seen, "Somebody else was named.", s.a_staff_member())

    assert again(b).state == LeadState.SUBMITTED


def test_an_acceptance_can_pass_from_one_lead_to_another(context: None) -> None:
    a, b = a_lead(company_number="8567346215", state="accepted"), a_lead(company_number="8567346215")

    decision.decide_between(
        a.company_key, b.ref, [Seen(x.ref, x.version) for x in (a, b)], "Another was named.", s.a_staff_member()
    )

    assert (again(a).state, again(b).state) == ("declined", "accepted")
    assert again(b).claim_key == b.company_key


# --- at the door ------------------------------------------------------------------------------------------------------


def test_accepting_at_the_desk_shows_a_receipt_with_undo(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead()
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{lead.ref}"

    answer = s.post(client, f"{page}/decision", {"decision": "accept", "version": lead.version}, page=page)

    assert answer.status_code == 303
    shown = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "was accepted" in shown
    assert f"{page}/decision/undo" in shown


def test_declining_without_a_reason_keeps_the_page(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead()
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{lead.ref}"

    answer = s.post(client, f"{page}/decision", {"decision": "decline", "version": lead.version}, page=page)

    assert answer.status_code == 422
    assert "Enter the reason" in answer.get_data(as_text=True)


def test_two_people_deciding_at_once_second_sees_409(app: Flask, client: FlaskClient, context: None) -> None:
    staff, lead = s.a_staff_member(), a_lead()
    version = lead.version
    s.sign_in(client, staff)
    page = f"/desk/leads/{lead.ref}"
    decision.accept(lead.id, version, staff)

    answer = s.post(
        client, f"{page}/decision", {"decision": "decline", "version": version, "reason": "My text"}, page=page
    )

    assert answer.status_code == 409


def test_competing_leads_stand_side_by_side_and_are_decided_together(
    app: Flask, client: FlaskClient, context: None
) -> None:
    b = a_lead(of=s.a_reseller("Dolny Consulting"), company_number="8567346215", contact_name="Oskar Lis")
    a = a_lead(
        of=s.a_reseller("Ewa Rydzyk Software"),
        company_number="8567346215",
        city="Gniezno",
        created_at=now() - timedelta(hours=3, minutes=5),
    )
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/leads/{a.ref}/competition"

    page = client.get(path).get_data(as_text=True)
    assert "Ewa Rydzyk Software" in page
    assert "Dolny Consulting" in page
    assert page.index("A, came first") < page.index("B, 3 hours later"), "in the order in which they came"
    assert page.index("Ewa Rydzyk Software") < page.index("Dolny Consulting")
    assert "<mark>Oskar Lis</mark>" in page
    answer = s.post(
        client,
        path,
        {"decision": b.ref, "reason": "Another was named.", "seen": [f"{x.ref}:{x.version}" for x in (a, b)]},
    )

    assert answer.status_code == 303
    assert (again(a).state, again(b).state) == ("declined", "accepted")
    receipt = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert f"{path}/undo" in receipt
    seen = ",".join(f"{x.ref}:{again(x).version}" for x in (a, b))
    s.post(client, f"{path}/undo", {"seen": seen}, page=path)
    assert (again(a).state, again(b).state) == ("submitted", "submitted")


def test_an_acceptance_is_taken_back_and_a_lead_reopened_at_the_desk(client: FlaskClient, context: None) -> None:
    lead = a_lead()
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{lead.ref}"
    s.post(client, f"{page}/decision", {"decision": "accept", "version": lead.version}, page=page)
    accepted = again(lead).version
    assert s.post(client, f"{page}/decision/undo", {"version": accepted - 1}, page=page).status_code == 409
    assert s.post(client, f"{page}/decision/undo", {"version": accepted}, page=page).status_code == 303
    assert (again(lead).state, again(lead).claim_key) == (LeadState.SUBMITTED, None)
    version = again(lead).version
    said = {"decision": "decline", "reason": "No answer.", "version": version}
    answer = s.post(client, f"{page}/decision", said, page=page)
    assert f"{page}/reopening" in client.get(answer.headers["Location"]).text
    s.post(client, f"{page}/reopening", {"version": again(lead).version}, page=page)
    assert "The lead was reopened" in client.get(page).text
    assert again(lead).state == LeadState.SUBMITTED


def test_what_cannot_be_reopened_says_why(client: FlaskClient, context: None) -> None:
    staff, reseller = s.a_staff_member(), s.a_reseller()
    lead = a_lead(of=reseller, company_number="8567346215")
    decision.decline(lead.id, lead.version, "Not now.", staff)
    a_lead(of=reseller, company_number="8567346215")
    s.sign_in(client, staff)
    page = f"/desk/leads/{lead.ref}"
    assert s.post(client, f"{page}/reopening", {"version": again(lead).version}, page=page).status_code == 303
    assert "newer" in client.get(page).text
    assert again(lead).state == LeadState.DECLINED


def test_competing_leads_are_all_declined_with_a_reason_and_an_old_page_decides_nothing(
    client: FlaskClient, context: None
) -> None:
    a, b = (a_lead(of=s.a_reseller(name), company_number="8567346215") for name in ("Dolny", "Rydzyk"))
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/leads/{a.ref}/competition"
    seen = [f"{lead.ref}:{lead.version}" for lead in (a, b)]
    none = {"decision": "none", "seen": seen}
    unsaid = s.post(client, path, {**none, "reason": ""})
    assert (unsaid.status_code, 'href="#reason"' in unsaid.text) == (422, True)
    made_up = s.post(client, path, {**none, "decision": "L-00000000", "reason": "Kept words"})
    assert (made_up.status_code, "Kept words</textarea>" in made_up.text) == (422, True)
    old = s.post(client, path, {**none, "reason": "Kept words", "seen": [seen[0], f"{b.ref}:77"]})
    assert (old.status_code, "Kept words</textarea>" in old.text) == (409, True)
    assert {again(lead).state for lead in (a, b)} == {LeadState.SUBMITTED}
    assert s.post(client, path, {**none, "reason": "Neither of them."}).status_code == 303
    assert {again(lead).state for lead in (a, b)} == {LeadState.DECLINED}
    late = s.post(client, f"{path}/undo", {"seen": ",".join(seen)}, page="")
    assert late.status_code == 303
    assert "this cannot be undone" in client.get(late.headers["Location"]).text
    assert {again(lead).state for lead in (a, b)} == {LeadState.DECLINED}


def test_whoever_only_reads_leads_decides_between_none(client: FlaskClient, context: None) -> None:
    a, b = (a_lead(of=s.a_reseller(name), company_number="8567346215") for name in ("Dolny", "Rydzyk"))
    s.sign_in(client, s.a_staff_member("finance"))
    path = f"/desk/leads/{a.ref}/competition"
    assert client.get(path).status_code == 200
    said = {"decision": a.ref, "reason": "Mine.", "seen": [f"{lead.ref}:{lead.version}" for lead in (a, b)]}
    assert s.post(client, path, said, page="").status_code == 403
    assert again(a).state == LeadState.SUBMITTED


def test_finance_reads_and_does_not_decide(app: Flask, client: FlaskClient, context: None) -> None:
    lead = a_lead()
    s.sign_in(client, s.a_staff_member("finance"))

    assert client.get(f"/desk/leads/{lead.ref}").status_code == 200
    assert s.post(client, f"/desk/leads/{lead.ref}/decision", {"decision": "accept"}, page="").status_code == 403


def test_a_refusal_is_shown_on_the_page_with_what_was_chosen(app: Flask, client: FlaskClient, context: None) -> None:
    account = an_account(of=s.a_reseller("Oakmere"))
    lead = a_lead(company_number=account.company_number)
    s.sign_in(client, s.a_staff_member())
    page = f"/desk/leads/{lead.ref}"

    answer = s.post(client, f"{page}/decision", {"decision": "accept", "version": lead.version}, page=page)

    assert answer.status_code == 422
    assert "credited to another reseller" in answer.get_data(as_text=True)
