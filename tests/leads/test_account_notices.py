"""The contact persons of accounts that never were a lead are told what is kept about them (R9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.access import links
from app.access.links import Purpose
from app.core.db import db, write
from app.customers import service as customers
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.customers.privacy import RULES
from app.leads.emails.privacy import PrivacyNotice as Mail
from app.leads.jobs import send_privacy_notices
from app.leads.models import PrivacyNotice
from app.leads.service import answers, change_requests
from app.leads.service.details import LeadDetails
from app.outbox.models import MailRow
from app.outbox.render import render
from app.partners.models import Reseller
from app.people.models import Person
from app.privacy.models import AskedFor
from app.privacy.queries.requests import asker_of
from app.privacy.service import requests as privacy
from tests import sentences as s
from tests.imports.sentences import a_company, csv_of, previewed, somebody_who_imports, the_worker_works
from tests.leads.sentences import a_lead, again, an_account
from tests.leads.test_privacy_notice import notices, rows
from tests.privacy.test_requests import by_link

pytestmark = pytest.mark.usefixtures("context")
NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def imported(by: Person, *lines: dict[str, str], **typed: str) -> list[Account]:
    from app.imports import service

    run = previewed("accounts", csv_of(lines), by)
    service.apply(run.id, by, typed)
    the_worker_works()
    return list(db.session.scalars(sa.select(Account).order_by(Account.id).execution_options(populate_existing=True)))


def english(mail: MailRow) -> str:
    mail.locale, before = "en", mail.locale
    try:
        return render(mail).text
    finally:
        mail.locale = before


def values_of(account: Account, **values: Any) -> dict[str, Any]:
    return {**{field: getattr(account, field) for field in COMPANY_FIELDS}, **values}


def private_page(app: Flask) -> str:
    """What whoever got the first notice sees by its link."""
    (first, *_more) = rows()
    db.session.commit()
    with write():
        path = links.mint(Purpose.PRIVACY, first.id)[1]
    return str(by_link(app, path).get("/privacy/mine").text)


# --- which words ------------------------------------------------------------------------------------------------------


def test_of_the_vendors_own_customers_the_source_is_the_vendor() -> None:
    (account,) = imported(somebody_who_imports(), a_company(reseller=""))
    (row,), (mail,) = rows(), notices()
    assert (row.lead_id, row.account_id, row.article, row.source, row.sent_at) == (None, account.id, 14, "", NOW)
    assert (mail.to_email, mail.locale, mail.conversation) == (account.email, "pl", f"account:{account.ref}:contact")
    text = english(mail)
    assert "You are the contact person of a company that is our customer." in text
    assert "Our own staff entered your details, from our customer records." in text
    assert "Entered on: 9 March 2026" in text
    assert "from a reseller" not in text
    assert "The reseller" not in text
    assert "handle the registration" not in text


def test_of_a_credited_account_the_source_is_the_reseller() -> None:
    reseller = s.a_reseller("Polana")
    imported(somebody_who_imports(), a_company(reseller=reseller.ref))
    (row,), (mail,) = rows(), notices()
    assert row.source == "Polana"
    text = english(mail)
    assert "We did not get them from you but from a reseller: Polana" in text
    assert "The reseller who looks after the company: Polana" in text
    assert "is reserved for the reseller" not in text


def test_whoever_was_informed_before_is_written_down_and_not_mailed(clock: time_machine.Traveller) -> None:
    by = somebody_who_imports()
    (account,) = imported(by, a_company(), contacts="informed")
    (row,) = rows()
    assert (row.account_id, row.withheld_by_id, row.sent_at, row.created_at) == (account.id, by.id, None, NOW)
    clock.shift(timedelta(days=40))
    send_privacy_notices(NOW)
    assert notices() == []


def test_an_answer_that_is_none_is_the_usual_one() -> None:
    imported(somebody_who_imports(), a_company(), contacts="whatever")
    assert len(notices()) == 1


# --- when -------------------------------------------------------------------------------------------------------------


def test_one_address_gets_one_mail_a_day_about_all_its_companies(clock: time_machine.Traveller) -> None:
    imported(somebody_who_imports(), a_company(company_name="One"), a_company(company_name="Two"), a_company())
    assert len(notices()) == 1
    clock.shift(timedelta(days=1))
    send_privacy_notices(NOW)
    send_privacy_notices(NOW)
    _first, second = notices()
    assert second.args["company_name"] == "Two"
    assert second.args["further"] == ["Wooden Toys"]
    assert all(row.sent_at for row in rows())


def test_the_same_file_twice_tells_once() -> None:
    by, line = somebody_who_imports(), a_company()
    imported(by, line)
    previewed("accounts", csv_of([line]), by)
    assert len(rows()) == len(notices()) == 1


def test_another_contact_person_from_a_file_or_from_staff_is_told() -> None:
    by, line = somebody_who_imports(), a_company()
    imported(by, line)
    (account,) = imported(by, {**line, "email": "second@wooden-toys.example", "contact_name": "Second One"})
    customers.edit(account.id, account.version, values_of(account, email="third@wooden-toys.example"), by)
    assert [mail.to_email for mail in notices()] == [
        "maria@wooden-toys.example",
        "second@wooden-toys.example",
        "third@wooden-toys.example",
    ]
    assert "from a reseller" not in english(notices()[-1])


def test_a_lead_of_the_account_stands_for_the_notice() -> None:
    by = somebody_who_imports()
    reseller = s.a_reseller("Polana")
    account = an_account(of=reseller)
    lead = a_lead(of=reseller, state="converted", account_id=account.id)
    customers.edit(account.id, account.version, values_of(account, email="new@quillmark.example"), by)
    (row,) = rows()
    assert (row.lead_id, row.account_id) == (lead.id, None)


def test_a_change_that_the_reseller_asked_names_the_reseller() -> None:
    reseller = s.a_reseller("Polana")
    account = an_account(of=reseller)
    details = LeadDetails(**values_of(account, email="new@quillmark.example"), services=(), shops=())
    request = change_requests.ask_change_of(account.id, reseller.id, details, "", s.owner_of(reseller))
    items = frozenset(item.id for item in request.items)
    answers.decide(request.id, request.version, items, "", s.a_staff_member())
    (row,) = rows()
    assert (row.account_id, row.email, row.source) == (account.id, "new@quillmark.example", "Polana")


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_a_merge_carries_the_proof_along_and_the_link_still_opens() -> None:
    by = somebody_who_imports("team_leader", "sales")
    one, two, three = imported(
        by,
        a_company(email="a@one.example"),
        a_company(email="b@two.example"),
        a_company(email="a@one.example"),
    )
    for other in (two, three):
        customers.merge(one.id, other.id, (again(one).version, again(other).version), {}, by)
    db.session.rollback()
    assert {(row.email, row.account_id) for row in rows()} == {
        ("a@one.example", one.id),
        ("b@two.example", one.id),
        ("a@one.example", three.id),
    }
    mail = next(mail for mail in notices() if mail.to_email == "b@two.example")
    db.session.commit()
    with write():
        assert "/go/" in (Mail(**mail.args).renew(mail) or "")


def test_the_private_page_shows_the_account_and_takes_requests(app: Flask) -> None:
    reseller = s.a_reseller("Polana")
    (account,) = imported(somebody_who_imports(), a_company(reseller=reseller.ref))
    page = private_page(app)
    assert "Customer account: Wooden Toys" in page
    assert page.count("Customer account: Wooden Toys") == 1
    assert "A reseller gave us your details on 9 March 2026: Polana" in page
    assert "maria@wooden-toys.example" in page
    asker = asker_of(db.session.scalars(sa.select(links.AccessLink).order_by(links.AccessLink.id.desc())).first())
    assert asker is not None
    assert (asker.country, asker.locale) == ("PL", "pl")
    request = privacy.ask(asker, AskedFor.OBJECTION, "Please not")
    assert (request.notice_id, request.email) == (rows()[0].id, account.email)


def test_somebody_elses_details_are_not_shown(app: Flask) -> None:
    by = somebody_who_imports()
    (account,) = imported(by, a_company())
    customers.edit(
        account.id, account.version, values_of(account, email="new@toys.example", contact_name="Other One"), by
    )
    page = private_page(app)
    assert "Somebody else is the contact person of this company now." in page
    assert "Other One" not in page
    assert "new@toys.example" not in page


def test_an_erasure_finds_the_notice_and_what_was_asked_about_the_account() -> None:
    from app.privacy.service import erase, look

    reseller = s.a_reseller("Polana")
    (account,) = imported(somebody_who_imports(), a_company(reseller=reseller.ref))
    details = LeadDetails(**values_of(account, city="Radom"), services=(), shops=())
    owner = s.owner_of(db.session.get(Reseller, reseller.id))
    request = change_requests.ask_change_of(account.id, reseller.id, details, "Ask Maria Nowak", owner)
    found, _tallies = look(account.email)
    assert request.id in found.records["change_request"]
    erase(account.email)
    db.session.rollback()
    (row,) = rows()
    assert row.email.endswith("@erased.invalid")
    assert "Maria" not in (again(request).note or "")


def test_notices_of_closed_accounts_go_with_the_contact_person() -> None:
    (account,) = imported(somebody_who_imports(), a_company())
    with write():
        again(account).state = AccountState.ARCHIVED
    (rule,) = RULES
    with write():
        rule.forget([account.id])
    (row,) = rows()
    assert row.email.endswith("@erased.invalid")


def test_one_of_lead_and_account_stands_always() -> None:
    row = {"email": "a@b.example", "name": "A", "locale": "en", "article": 14, "source": "", "created_at": NOW}
    with pytest.raises(sa.exc.IntegrityError), write():
        db.session.add(PrivacyNotice(**row))
