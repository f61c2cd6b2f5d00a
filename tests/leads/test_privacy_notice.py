"""The contact person of a lead is told what is kept about them: by article 13 or 14, in their language, once (R9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db, write
from app.core.i18n import LOCALES
from app.core.supervision import AUTHORITIES
from app.customers import service as customers
from app.customers.models import COMPANY_FIELDS
from app.leads.jobs import send_privacy_notices
from app.leads.models import ChangeItem, Lead, PrivacyNotice, TypedBy
from app.leads.service import answers, decision, editing, registration
from app.leads.service.details import LeadDetails, Registration
from app.outbox import sender
from app.outbox import service as outbox
from app.outbox.mailer import Line
from app.outbox.models import MailRow, MailState
from app.outbox.render import render
from app.partners.models import Reseller
from tests import sentences as s
from tests.leads.sentences import a_change_request, a_lead, again, an_account, an_interest, company
from tests.leads.test_registration import filled
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")
START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def registered(
    reseller: Reseller, *, typed_by: str = "reseller", locale: str = "pl", suspicious: bool = False, **values: Any
) -> Lead:
    details = company(**values)
    details.pop("company_key")
    sent = registration.register(
        _loaded(reseller),
        Registration(**details, typed_by=TypedBy(typed_by), submission_key=s.a_nip(), suspicious=suspicious),
        locale=locale,
    )
    return db.session.get_one(Lead, sent.lead_id, populate_existing=True)


def _loaded(reseller: Reseller) -> Any:
    from app.partners import queries

    behind = queries.form_behind(s.link_of(reseller).slug)
    assert isinstance(behind, queries.OpenForm)
    return behind.link


def notices(**values: Any) -> list[MailRow]:
    query = sa.select(MailRow).where(MailRow.template == "privacy_notice").order_by(MailRow.id)
    return list(db.session.scalars(query.filter_by(**values)))


def rows() -> list[PrivacyNotice]:
    return list(db.session.scalars(sa.select(PrivacyNotice).order_by(PrivacyNotice.id)))


def details_of(lead: Lead, **values: Any) -> LeadDetails:
    return LeadDetails(**{**{field: getattr(lead, field) for field in COMPANY_FIELDS}, **values})


# --- which notice -----------------------------------------------------------------------------------------------------


def test_whoever_typed_themselves_is_told_by_article_13() -> None:
    lead = registered(s.a_reseller("Polana"), typed_by="client", email="hanna@quillmark.example")
    (mail,) = notices()
    words = render(mail)
    assert (mail.to_email, mail.locale) == ("hanna@quillmark.example", "pl")
    assert mail.args["article"] == 13
    assert lead.ref in mail.conversation
    english = _in(mail, "en")
    assert "You gave them to us yourself, on our registration form, on 9 March 2026." in english.text
    assert "Polana" in english.text
    assert words.html != english.html


def test_whoever_was_typed_by_a_reseller_is_told_by_article_14_with_the_source() -> None:
    registered(s.a_reseller("Polana"), typed_by="reseller")
    (mail,) = notices()
    english = _in(mail, "en")
    assert mail.args["article"] == 14
    assert "We did not get them from you but from a reseller: Polana" in english.text
    assert "Received on: 9 March 2026" in english.text


def _in(mail: MailRow, locale: str) -> Any:
    mail.locale, before = locale, mail.locale
    try:
        return render(mail)
    finally:
        mail.locale = before
        db.session.expire(mail)


@pytest.mark.parametrize("country", ["PL", "NL", "BE", "FI", "FR"])
def test_it_says_everything_that_must_be_told(country: str) -> None:
    numbers = {"PL": s.a_nip(), "NL": "84217305", "BE": "0203201340", "FI": "2332748-7", "FR": "73282932000074"}
    registered(s.a_reseller("Polana"), country=country, company_number=numbers[country])
    (mail,) = notices()
    text = _in(mail, "en").text
    for told in (
        "Who is responsible",
        "You reach us at: contact@gangway.example",
        "name, e-mail address and phone number",
        "article 6(1)(f) GDPR",
        "The reseller to whom the registration is credited: Polana",
        "reserved for the reseller for 180 days",
        "have it corrected or erased",
        "object to its use",
        "We answer within one month.",
        "You may object\n- For reasons of your own situation",
        AUTHORITIES[country].name,
    ):
        assert told in text, told
    for other in AUTHORITIES.values():
        assert other.country == country or other.name not in text


def test_the_language_is_that_of_the_form(client: FlaskClient) -> None:
    for number, locale in enumerate(LOCALES):
        path = f"/r/{s.link_of(s.a_reseller()).slug}"
        client.get(f"{path}?lang={locale}")
        s.post(client, path, filled(email=f"hanna{number}@modrzew.example"))
    assert [mail.locale for mail in notices()] == list(LOCALES)


# --- once, and no flood -----------------------------------------------------------------------------------------------


def test_the_notice_is_written_down_with_the_registration_and_costs_one_statement(app: Flask) -> None:
    reseller = s.a_reseller()
    registered(reseller)
    with counting(app) as told:
        registered(reseller)
    own = [text for text in told.statements if "privacy_notice" in text or "access_link" in text]
    assert len(own) == 1
    first, second = rows()
    assert (first.sent_at, first.article, first.source, first.held) == (now(), 14, "Polana", False)
    assert second.sent_at == now()


def test_a_second_lead_of_the_same_day_waits_and_is_told_the_next_day(clock: time_machine.Traveller) -> None:
    reseller = s.a_reseller()
    for name in ("Quillmark One", "Quillmark Two", "Quillmark Three"):
        registered(reseller, email="hanna@quillmark.example", company_name=name)
    assert len(notices()) == 1
    assert [row.sent_at for row in rows()] == [now(), None, None]
    send_privacy_notices(now())
    assert len(notices()) == 1, "not on the same day"
    clock.shift(timedelta(days=1))
    send_privacy_notices(now())
    send_privacy_notices(now())
    assert len(notices()) == 2, "all that waited, in one mail"
    told = _in(notices()[-1], "en").text
    assert "Quillmark Two" in told
    assert "Quillmark Three" in told
    assert all(row.sent_at for row in rows())


def test_a_further_registration_tells_only_a_person_who_was_not_told(clock: time_machine.Traveller) -> None:
    reseller, number = s.a_reseller(), s.a_nip()
    first = registered(reseller, company_number=number, email="hanna@quillmark.example")
    clock.shift(timedelta(days=2))
    registered(reseller, company_number=number, email="hanna@quillmark.example")
    assert len(notices()) == 1
    same = registered(reseller, company_number=number, email="jan@quillmark.example", typed_by="client")
    assert same.id == first.id
    assert [(mail.to_email, mail.args["article"]) for mail in notices()] == [
        ("hanna@quillmark.example", 14),
        ("jan@quillmark.example", 13),
    ]


# --- robots -----------------------------------------------------------------------------------------------------------


def test_a_suspicious_registration_tells_nobody_before_staff_accept_it(clock: time_machine.Traveller) -> None:
    lead = registered(s.a_reseller(), suspicious=True)
    assert not notices()
    clock.shift(timedelta(days=2))
    send_privacy_notices(now())
    assert not notices()
    an_interest(lead)
    decision.accept(lead.id, lead.version, s.a_staff_member("sales"))
    (mail,) = notices()
    assert mail.args["received_at"].startswith("2026-03-09")


def test_it_waits_no_longer_than_the_law_lets_it(clock: time_machine.Traveller) -> None:
    registered(s.a_reseller(), suspicious=True)
    clock.shift(timedelta(days=26))
    send_privacy_notices(now())
    assert len(notices()) == 1


def test_whoever_was_erased_meanwhile_is_told_nothing(clock: time_machine.Traveller) -> None:
    reseller = s.a_reseller()
    for _number in range(2):
        registered(reseller, email="hanna@quillmark.example")
    with write():
        rows()[1].email = "2@erased.invalid"
    clock.shift(timedelta(days=1))
    send_privacy_notices(now())
    assert len(notices()) == 1


def test_what_was_declined_as_a_robots_is_told_to_nobody(clock: time_machine.Traveller) -> None:
    lead = registered(s.a_reseller(), suspicious=True)
    decision.decline(lead.id, lead.version, "Typed by a robot.", s.a_staff_member("sales"))
    clock.shift(timedelta(days=26))
    send_privacy_notices(now())
    assert not notices()


# --- another person later ---------------------------------------------------------------------------------------------


def test_another_person_on_the_lead_is_told_by_article_14(app: Flask) -> None:
    reseller = s.a_reseller("Polana")
    lead = registered(reseller, typed_by="client")
    editing.edit(lead.id, lead.version, details_of(lead, phone="+48612345680"), s.owner_of(reseller))
    assert len(notices()) == 1, "the same person"
    lead = again(lead)
    editing.edit(lead.id, lead.version, details_of(lead, email="jan@quillmark.example"), s.owner_of(reseller))
    mail = notices()[-1]
    assert (mail.to_email, mail.args["article"], mail.args["source"]) == ("jan@quillmark.example", 14, "Polana")
    lead = again(lead)
    editing.edit(lead.id, lead.version, details_of(lead, email="ola@quillmark.example"), s.a_staff_member("sales"))
    mail = notices()[-1]
    assert (mail.to_email, mail.args["source"]) == ("ola@quillmark.example", "")
    assert "Our own staff entered them on 9 March 2026." in _in(mail, "en").text
    lead = again(lead)
    editing.edit(lead.id, lead.version, details_of(lead, email="jan@quillmark.example"), s.a_staff_member("sales"))
    assert len(notices()) == 3, "they know already"


def test_another_person_on_the_account_is_told() -> None:
    reseller = s.a_reseller("Polana")
    account = an_account(of=reseller)
    lead = a_lead(of=reseller, state="converted", company_number=account.company_number)
    with write():
        again(lead).account_id = account.id
    values = {field: getattr(account, field) for field in COMPANY_FIELDS}
    customers.edit(account.id, account.version, {**values, "email": "jan@quillmark.example"}, s.a_staff_member("sales"))
    (mail,) = notices()
    assert (mail.to_email, mail.args["source"], mail.args["lead"]) == ("jan@quillmark.example", "", lead.ref)


def test_a_change_request_that_names_another_person_tells_them_when_it_is_accepted() -> None:
    reseller = s.a_reseller("Polana")
    account = an_account(of=reseller)
    lead = a_lead(of=reseller, state="converted", company_number=account.company_number)
    with write():
        again(lead).account_id = account.id
    request = a_change_request(on=again(lead), wishes=[("email", account.email, "jan@quillmark.example")])
    item = db.session.scalars(sa.select(ChangeItem).where(ChangeItem.request_id == request.id)).one()
    assert not notices()
    answers.decide(request.id, request.version, frozenset([item.id]), "", s.a_staff_member("sales"))
    (mail,) = notices()
    assert (mail.to_email, mail.args["article"], mail.args["source"]) == ("jan@quillmark.example", 14, "Polana")


# --- the link, and what others see ------------------------------------------------------------------------------------


def test_the_link_is_minted_when_the_mail_is_written_out_and_leads_to_the_private_page(app: Flask) -> None:
    registered(s.a_reseller("Polana"), email="hanna@quillmark.example")
    assert not db.session.scalars(sa.select(AccessLink)).all()
    db.session.rollback()
    sender.send_due(Line(), "test")
    (mail,), (link,) = notices(), db.session.scalars(sa.select(AccessLink)).all()
    assert (link.purpose, link.subject_id, link.is_open) == (Purpose.PRIVACY, rows()[0].id, True)
    browser = app.test_client()
    s.post(browser, decrypt(str(mail.secret)))
    assert "hanna@quillmark.example" in browser.get("/privacy/mine").text


def test_a_notice_whose_person_was_erased_does_not_leave() -> None:
    registered(s.a_reseller())
    with write():
        rows()[0].email = "1@erased.invalid"
    sender.send_due(Line(), "test")
    (mail,) = notices()
    assert mail.state == MailState.FAILED


def test_a_notice_sent_again_carries_a_new_link_and_closes_the_old_one() -> None:
    registered(s.a_reseller())
    (mail,) = notices()
    sender.send_due(Line(), "test")
    db.session.rollback()
    with write():
        db.session.get_one(MailRow, mail.id, populate_existing=True).state = MailState.SENT
    outbox.resend(mail.id, s.a_staff_member("sales"))
    links = db.session.scalars(sa.select(AccessLink).order_by(AccessLink.id)).all()
    assert [link.is_open for link in links] == [False, True]


def test_neither_visitor_nor_reseller_sees_whether_somebody_was_told(app: Flask) -> None:
    """The receipt's page and the panel are the same whether the notice left or waits."""
    pages = []
    for email in ("hanna@quillmark.example", "hanna@quillmark.example"):
        reseller = s.a_reseller("Polana")
        visitor = app.test_client()
        number = s.a_nip()
        sent = s.post(visitor, f"/r/{s.link_of(reseller).slug}", filled(email=email, company_number=number))
        lead = db.session.scalars(sa.select(Lead).where(Lead.reseller_id == reseller.id)).one()
        panel = s.sign_in(app.test_client(), s.owner_of(reseller))
        texts = [visitor.get(sent.headers["Location"]).text]
        texts += [panel.get(path).text for path in (f"/panel/leads/{lead.ref}", "/panel/leads", "/panel")]
        pages.append([_alike(text, number, reseller, lead) for text in texts])
    assert [bool(row.sent_at) for row in rows()] == [True, False]
    assert pages[0] == pages[1]


def _alike(text: str, number: str, reseller: Reseller, lead: Lead) -> str:
    from tests.leads.test_telling_nothing import _alike as alike

    return alike(text, number, reseller).replace(s.owner_of(reseller).ref, "PERSON")
