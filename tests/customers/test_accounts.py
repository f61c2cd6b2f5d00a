"""Accounts at the desk and in the panel: edit, merge, and who sees what (X9)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.errors import FieldError
from app.customers import service
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.customers.service import AccountMovedOn, CannotMerge
from app.history.service import entries_of
from app.leads.service import conversion
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account
from tests.leads.test_conversion import everything, held_by


def typed(account: Account, **values: str) -> dict[str, str]:
    return {**{field: getattr(account, field) or "" for field in COMPANY_FIELDS}, **values}


def test_staff_edit_an_account_and_a_second_editor_sees_both_versions(
    app: Flask, client: FlaskClient, context: None
) -> None:
    account = an_account()
    version, form = account.version, typed(account)
    s.sign_in(client, s.a_staff_member())
    path = f"/desk/accounts/{account.ref}/edit"

    assert s.post(client, path, {**form, "city": "Gniezno", "version": version}).status_code == 303
    stale = s.post(client, path, {**form, "city": "Kórnik", "version": version})

    assert stale.status_code == 409
    assert "Gniezno" in stale.get_data(as_text=True)
    assert "Kórnik" in stale.get_data(as_text=True)
    assert s.post(client, path, {**form, "city": "Kórnik", "version": again(account).version}).status_code == 303
    assert again(account).city == "Kórnik"
    assert entries_of(again(account))[0].verb == "account.edited"


def test_a_wrong_number_stands_beside_its_field(app: Flask, client: FlaskClient, context: None) -> None:
    account = an_account()
    s.sign_in(client, s.a_staff_member())

    form = typed(account, company_number="8567346216")
    answer = s.post(client, f"/desk/accounts/{account.ref}/edit", {**form, "version": account.version})

    assert answer.status_code == 422
    assert 'id="company_number-error"' in answer.get_data(as_text=True)


def test_two_live_accounts_never_have_one_company(context: None) -> None:
    first, second = an_account(), an_account()

    with pytest.raises(FieldError, match=first.ref):
        service.edit(second.id, second.version, typed(second, company_number=first.company_number), s.a_staff_member())


def test_merging_keeps_all_that_both_had(context: None) -> None:
    staff, one, two = s.a_staff_member("team_leader"), s.a_service(), s.a_service()
    reseller = s.a_reseller()
    lead = a_lead(of=reseller, state="accepted", services=[two], shops=["https://two.example"])
    other = conversion.convert(lead.id, everything(lead), staff)
    request = a_change_request(on=again(lead))
    survivor = an_account(services=[one], shops=["https://one.example"], phone="+48611111111")

    service.merge(
        survivor.id,
        other.id,
        (survivor.version, again(other).version),
        {"company_number": "other", "email": "other", "reseller": "other"},
        staff,
    )

    survivor, other = again(survivor), again(other)
    assert (other.state, other.merged_into_id) == (AccountState.MERGED, survivor.id)
    assert (survivor.company_key, survivor.email, survivor.phone) == (lead.company_key, lead.email, "+48611111111")
    assert survivor.reseller_id == reseller.id
    assert held_by(survivor) == ([one.id, two.id], ["https://one.example", "https://two.example"])
    assert again(lead).account_id == survivor.id
    assert again(request).account_id == survivor.id
    assert entries_of(survivor)[0].verb == "account.merged_with"
    assert entries_of(other)[0].verb == "account.merged_into"
    obstacles = conversion.obstacles(again(lead), other, conversion.standing(again(lead)))  # type: ignore[arg-type]  # it is converted
    assert obstacles


def test_merging_needs_two_live_accounts_as_they_were_seen(context: None) -> None:
    staff, a, b, c = s.a_staff_member("team_leader"), an_account(), an_account(), an_account()
    with pytest.raises(CannotMerge):
        service.merge(a.id, a.id, (a.version, a.version), {}, staff)
    with pytest.raises(AccountMovedOn):
        service.merge(a.id, b.id, (a.version, b.version + 1), {}, staff)
    service.merge(b.id, a.id, (b.version, a.version), {}, staff)
    with pytest.raises(CannotMerge):
        service.merge(c.id, a.id, (c.version, again(a).version), {}, staff)

    service.merge(c.id, b.id, (c.version, again(b).version), {}, staff)

    assert again(a).merged_into_id == c.id  # no chain to follow


def test_old_references_lead_to_the_survivor(app: Flask, client: FlaskClient, context: None) -> None:
    staff, reseller = s.a_staff_member("team_leader"), s.a_reseller()
    a, b = an_account(of=reseller), an_account(of=reseller)
    service.merge(a.id, b.id, (a.version, b.version), {}, staff)

    s.sign_in(client, staff)
    assert f"/desk/accounts/{a.ref}" in client.get(f"/desk/accounts/{b.ref}").headers["Location"]
    s.sign_in(client, s.owner_of(reseller))
    assert client.get(f"/panel/accounts/{b.ref}").headers["Location"].endswith(a.ref)


def test_merging_at_the_desk_compares_first(app: Flask, client: FlaskClient, context: None) -> None:
    a, b = an_account(email="office@quillmark.example"), an_account(email="office@quillmark.example", city="Gniezno")
    s.sign_in(client, s.a_staff_member("team_leader"))
    path = f"/desk/accounts/{a.ref}/merge"

    assert "Same e-mail address" in client.get(path).get_data(as_text=True)
    page = client.get(f"{path}?with={b.ref}").get_data(as_text=True)
    assert 'name="city"' in page
    answer = s.post(
        client,
        path,
        {"with": b.ref, "version": a.version, "other_version": b.version, "city": "other"},
        page=f"{path}?with={b.ref}",
    )

    assert answer.status_code == 303
    assert again(a).city == "Gniezno"


def test_only_team_leaders_merge(app: Flask, client: FlaskClient, context: None) -> None:
    account = an_account()
    s.sign_in(client, s.a_staff_member("sales"))
    assert client.get(f"/desk/accounts/{account.ref}/merge").status_code == 403


def test_a_reseller_sees_its_own_accounts_alone(app: Flask, client: FlaskClient, context: None) -> None:
    mine, theirs = s.a_reseller("Mine"), s.a_reseller("Theirs")
    own = an_account(of=mine, company_name="Own Company")
    foreign = an_account(of=theirs, company_name="Foreign Company")
    vendors = an_account(company_name="Vendor Company")
    s.sign_in(client, s.owner_of(mine))

    listed = client.get("/panel/accounts").get_data(as_text=True)
    file = client.get("/panel/accounts/accounts.csv").get_data(as_text=True)
    found = client.get("/panel/accounts?q=company").get_data(as_text=True)

    for text in (listed, file, found):
        assert "Own Company" in text
        assert "Foreign Company" not in text
        assert "Vendor Company" not in text
    assert client.get(f"/panel/accounts/{own.ref}").status_code == 200
    unknown = client.get("/panel/accounts/C-00000000")
    assert unknown.status_code == 404
    for ref in (foreign.ref, vendors.ref):
        assert client.get(f"/panel/accounts/{ref}").data == unknown.data


def test_an_archived_account_leaves_the_panel(app: Flask, client: FlaskClient, context: None) -> None:
    staff, reseller = s.a_staff_member(), s.a_reseller()
    lead = a_lead(of=reseller, state="accepted")
    account = conversion.convert(lead.id, everything(lead), staff)
    conversion.reverse(lead.id, again(lead).version, staff)
    s.sign_in(client, s.owner_of(reseller))

    assert client.get(f"/panel/accounts/{account.ref}").status_code == 404
    assert db.session.get(Account, account.id) is not None
