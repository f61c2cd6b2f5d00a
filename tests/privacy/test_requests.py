"""What persons ask of their data: on their private page, and at the desk, within a month (GDPR articles 12 to 21)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.access import links
from app.access.links import Purpose
from app.core.background import work
from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db, write
from app.core.errors import FieldError
from app.core.privacy import is_erased
from app.history.service import entries_of
from app.leads.models import Lead, LeadState, PrivacyNotice
from app.outbox.models import MailRow, MailState
from app.outbox.render import render
from app.people.models import Person
from app.privacy import inbox
from app.privacy.emails import PrivacyRequestReceived
from app.privacy.models import AskedFor, CameBy, PrivacyRequest, PrivacyState
from app.privacy.queries.requests import Asker
from app.privacy.service import requests as service
from tests import sentences as s
from tests.leads.sentences import a_lead, again, an_account
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")
START = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
EMAIL = "hanna@quillmark.example"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def a_notice(lead: Lead | None = None, **values: Any) -> PrivacyNotice:
    lead = lead or a_lead(email=EMAIL)
    notice = PrivacyNotice(
        **{
            "lead_id": lead.id,
            "email": EMAIL,
            "name": "Hanna Wilk",
            "locale": "en",
            "article": 14,
            "source": "Polana",
            "created_at": now(),
            "sent_at": now(),
            **values,
        }
    )
    with write():
        db.session.add(notice)
    return notice


def inside(app: Flask, notice: PrivacyNotice | None = None) -> FlaskClient:
    """A browser that came in by the link in the notice's mail."""
    notice = notice or a_notice()
    with write():
        _link, path = links.mint(Purpose.PRIVACY, notice.id)
    return by_link(app, path)


def by_link(app: Flask, path: str) -> FlaskClient:
    browser = app.test_client()
    browser.get("/?lang=en")
    entered = s.post(browser, path)
    assert (entered.status_code, entered.location) == (303, "/privacy/mine")
    return browser


def asked(kind: str = "erasure", text: str = "", notice: PrivacyNotice | None = None) -> PrivacyRequest:
    notice = notice or a_notice()
    return service.ask(Asker(EMAIL, "Hanna Wilk", "en", "PL", notice.id), AskedFor(kind), text)


def leader(app: Flask) -> tuple[FlaskClient, Person]:
    person = s.a_staff_member("team_leader")
    return s.sign_in(app.test_client(), person), person


def mails(template: str) -> list[MailRow]:
    return list(db.session.scalars(sa.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)))


def address(request: PrivacyRequest, rest: str = "") -> str:
    return f"/desk/privacy/requests/{request.ref}{rest}"


# --- the private page -------------------------------------------------------------------------------------------------


def test_the_link_shows_a_button_first_and_signs_nobody_out(app: Flask) -> None:
    notice = a_notice()
    with write():
        _link, path = links.mint(Purpose.PRIVACY, notice.id)
    browser = s.sign_in(app.test_client(), s.a_staff_member("sales"))
    page = browser.get(path)
    assert page.status_code == 200
    assert EMAIL not in page.text
    assert browser.get("/privacy/mine").status_code == 404
    s.post(browser, path)
    assert browser.get("/privacy/mine").status_code == 200
    assert browser.get("/desk").status_code == 200


def test_without_the_link_or_with_a_revoked_one_the_page_stays_closed(app: Flask, client: FlaskClient) -> None:
    closed = client.get("/privacy/mine")
    assert closed.status_code == 404
    assert "<form" not in closed.text.split("<main")[1]
    notice = a_notice()
    browser = inside(app, notice)
    assert browser.get("/privacy/mine").status_code == 200
    with write():
        links.revoke_all(Purpose.PRIVACY, notice.id)
    assert browser.get("/privacy/mine").status_code == 404
    assert client.get("/go/nobody-knows-this").status_code == 404


def test_it_shows_what_is_kept_where_it_comes_from_and_who_supervises(app: Flask) -> None:
    lead = a_lead(of=s.a_reseller("Oakmere"), email=EMAIL)
    a_notice(a_lead(email="somebody@else.example", contact_name="Jan Nowy", phone="+48611111111"), source="")
    page = inside(app, a_notice(lead, source="Oakmere")).get("/privacy/mine").text
    for told in ("Hanna Wilk", EMAIL, "ul. Papiernicza 8", "Oakmere", "31 January 2026", "Our own staff entered"):
        assert told in page, told
    for authority in ("UODO", "Autoriteit Persoonsgegevens", "CNIL", "Tietosuojavaltuutetun", "Gegevensbeschermings"):
        assert authority in page, authority
    assert "somebody@else.example" not in page, "another contact person's details are theirs"
    assert "Jan Nowy" not in page
    assert page.index("UODO") < page.index("CNIL")


def test_the_page_asks_the_same_however_many_records_name_the_person(app: Flask) -> None:
    browser = inside(app)
    an_account(email=EMAIL)
    browser.get("/privacy/mine")
    with counting(app) as few:
        browser.get("/privacy/mine")
    for _number in range(4):
        a_notice(a_lead(email=EMAIL))
        an_account(email=EMAIL)
    with counting(app) as many:
        page = browser.get("/privacy/mine").text
    assert page.count("Customer account:") == 5
    assert few == many


def test_a_stranger_to_a_request_does_not_find_it(app: Flask) -> None:
    request = asked()
    other = inside(app, a_notice(email="other@person.example"))
    for path in (f"/privacy/mine/requests/{request.ref}", "/privacy/mine/requests/D-00000000"):
        assert other.get(path).status_code == 404
    for verb in ("withdrawal", "copy", "copy-link"):
        path = f"/privacy/mine/requests/{request.ref}/{verb}"
        assert s.post(other, path, page="/privacy/mine").status_code == 404
    assert again(request).state == PrivacyState.OPEN


# --- asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind.value for kind in AskedFor])
def test_a_person_asks_and_gets_a_receipt_with_a_date(app: Flask, kind: str) -> None:
    browser = inside(app)
    sent = s.post(browser, "/privacy/mine", {"asked_for": kind, "text": "It says Hana."})
    request = db.session.scalars(sa.select(PrivacyRequest)).one()
    assert sent.location == f"/privacy/mine/requests/{request.ref}"
    page = browser.get(sent.location).text
    assert request.ref in page
    assert "28 February 2026" in page, "a month after 31 January"
    assert (request.asked_for, request.text, request.email, request.country) == (kind, "It says Hana.", EMAIL, "PL")
    (receipt,) = mails("privacy_request_received")
    assert (receipt.to_email, receipt.locale) == (EMAIL, "en")
    assert receipt.secret
    (notice,) = mails("privacy_request_asked")
    assert notice.to_email == "contact@gangway.example"
    assert EMAIL not in str(notice.args)
    assert request.ref in browser.get("/privacy/mine").text


def test_sending_twice_is_asking_once(app: Flask) -> None:
    browser = inside(app)
    for text in ("My name is wrong.", "My name is wrong.", "And the phone too."):
        s.post(browser, "/privacy/mine", {"asked_for": "correction", "text": text})
    request = db.session.scalars(sa.select(PrivacyRequest)).one()
    assert request.text == "My name is wrong.\n\nAnd the phone too."
    assert len(mails("privacy_request_received")) == 1
    s.post(browser, "/privacy/mine", {"asked_for": "copy"})
    assert len(db.session.scalars(sa.select(PrivacyRequest)).all()) == 2


def test_what_is_missing_is_said_and_what_was_typed_stays(app: Flask) -> None:
    browser = inside(app)
    wrong = s.post(browser, "/privacy/mine", {"text": "Please erase me"})
    assert wrong.status_code == 422
    assert "Choose what you ask for" in wrong.text
    assert "Please erase me" in wrong.text
    wrong = s.post(browser, "/privacy/mine", {"asked_for": "correction"})
    assert "Say what is wrong, and what it should be" in wrong.text
    assert not db.session.scalars(sa.select(PrivacyRequest)).all()


def test_a_request_can_be_withdrawn_until_it_is_answered(app: Flask) -> None:
    notice = a_notice()
    browser, request = inside(app, notice), asked(notice=notice)
    path = f"/privacy/mine/requests/{request.ref}/withdrawal"
    for _press in range(2):
        assert s.post(browser, path, page="/privacy/mine").status_code == 303
    assert again(request).state == PrivacyState.WITHDRAWN
    second = asked(notice=notice)
    assert second.id != request.id
    service.refuse(second.id, second.version, "No ground.", s.a_staff_member("team_leader"))
    s.post(browser, f"/privacy/mine/requests/{second.ref}/withdrawal", page="/privacy/mine")
    assert again(second).state == PrivacyState.REFUSED


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_the_queue_stands_by_deadline_and_asks_a_constant_number_of_queries(app: Flask) -> None:
    desk, person = leader(app)
    notice = a_notice()
    asked("copy", notice=notice)
    desk.get("/desk/privacy")
    with counting(app) as few:
        desk.get("/desk/privacy")
    for kind in ("erasure", "objection", "correction"):
        asked(kind, "words", notice=notice)
    with counting(app) as many:
        page = desk.get("/desk/privacy")
    assert page.status_code == 200
    assert few == many
    assert many <= 6
    with app.test_request_context():
        assert [item.due for item in inbox.items(person, 10)] == [datetime(2026, 2, 28, 16, 0, tzinfo=UTC)] * 4
        assert inbox.items(s.a_staff_member("sales"), 10) == []
    assert "Hanna Wilk" in desk.get("/desk/privacy?q=hanna").text
    assert "Nothing found" in desk.get("/desk/privacy?q=nobody").text


def test_the_page_of_a_request_shows_what_names_the_person(app: Flask) -> None:
    desk, _person = leader(app)
    reseller = s.a_reseller("Oakmere")
    lead = a_lead(of=reseller, email=EMAIL)
    account = an_account(of=reseller, email=EMAIL)
    request = asked("correction", "My name is Hanna Wilk-Lis.", a_notice(lead))
    page = desk.get(address(request)).text
    for told in (lead.ref, account.ref, "My name is Hanna Wilk-Lis.", "28 February 2026", "UODO", "Oakmere"):
        assert told in page, told
    assert f"/desk/leads/{lead.ref}/edit" in page


def test_a_banner_stands_on_lead_and_account_while_the_request_is_open(app: Flask) -> None:
    desk, person = leader(app)
    lead, account = a_lead(email=EMAIL), an_account(email=EMAIL)
    other = a_lead(email="other@person.example")
    request = asked("objection", notice=a_notice(lead))
    for path in (f"/desk/leads/{lead.ref}", f"/desk/accounts/{account.ref}"):
        assert f"privacy-{request.ref}" in desk.get(path).text
    assert "The contact person asks" not in desk.get(f"/desk/leads/{other.ref}").text
    panel = s.sign_in(app.test_client(), s.owner_of(again(_reseller_of(lead))))
    assert request.ref not in panel.get(f"/panel/leads/{lead.ref}").text
    service.refuse(request.id, request.version, "Compelling grounds.", person)
    assert f"privacy-{request.ref}" not in desk.get(f"/desk/leads/{lead.ref}").text


def _reseller_of(lead: Lead) -> Any:
    from app.partners.models import Reseller

    return db.session.get_one(Reseller, lead.reseller_id)


def test_a_refusal_needs_a_reason_and_names_the_authority(app: Flask) -> None:
    desk, _person = leader(app)
    request = asked("copy")
    assert s.post(desk, address(request, "/refusal"), {"version": request.version}).status_code == 422
    sent = s.post(
        desk, address(request, "/refusal"), {"version": request.version, "answer": "Nobody can tell who asks."}
    )
    assert sent.status_code == 303
    assert again(request).state == PrivacyState.REFUSED
    (mail,) = mails("privacy_request_answered")
    text = render(mail).text
    assert "Nobody can tell who asks." in text
    assert "UODO" in text
    assert [entry.verb for entry in entries_of(request)] == ["privacy_request.refused", "privacy_request.asked"]


def test_the_deadline_is_extended_once_by_two_months_with_a_reason(app: Flask) -> None:
    desk, _person = leader(app)
    request = asked("copy")
    sent = s.post(
        desk, address(request, "/extension"), {"version": request.version, "reason": "An archive is restored."}
    )
    assert sent.status_code == 303
    request = again(request)
    assert request.answer_by == datetime(2026, 4, 30, 15, 0, tzinfo=UTC)
    assert "An archive is restored." in render(mails("privacy_request_extended")[0]).text
    assert desk.get(address(request, "/extension")).status_code == 409
    twice = s.post(desk, address(request, "/extension"), {"version": request.version, "reason": "Again"}, page="")
    assert twice.status_code == 409
    assert "Again" in twice.text


def test_two_answers_at_once_the_second_sees_what_happened_and_keeps_its_words(app: Flask) -> None:
    desk, person = leader(app)
    request = asked("copy")
    version = request.version
    service.grant(request.id, version, "", person)
    late = s.post(desk, address(request, "/refusal"), {"version": version, "answer": "Too late"}, page="")
    assert late.status_code == 409
    assert "Too late" in late.text
    assert again(request).state == PrivacyState.GRANTED


@pytest.mark.parametrize(
    ("kind", "door", "field"),
    [("erasure", "erasure", "answer"), ("copy", "answer", "answer"), ("copy", "extension", "reason")],
)
def test_whoever_answers_too_late_keeps_what_they_wrote(app: Flask, kind: str, door: str, field: str) -> None:
    desk, person = leader(app)
    request = asked(kind)
    version = request.version
    service.refuse(request.id, version, "Nobody can tell who asks.", person)
    said = {"version": version, "sure": "y", field: "All of it goes, as you wish."}
    late = s.post(desk, address(request, f"/{door}"), said, page="")
    assert late.status_code == 409
    assert "All of it goes, as you wish." in late.text
    assert again(request).state == PrivacyState.REFUSED


def test_what_was_answered_is_answered_on_no_other_page(app: Flask) -> None:
    desk, person = leader(app)
    request, erasure = asked("copy"), asked("erasure", notice=a_notice(a_lead(email="jan@quillmark.example")))
    assert "Erase this person?" in desk.get(address(erasure, "/answer")).text, "an erasure is answered by erasing"
    assert desk.get(address(request, "/erasure")).status_code == 404
    for request_ in (request, erasure):
        service.refuse(request_.id, request_.version, "Nobody can tell who asks.", person)
        for door in ("answer", "refusal", "extension"):
            page = desk.get(address(request_, f"/{door}"))
            assert (page.status_code, "This request has been answered meanwhile." in page.text) == (409, True), door
    assert desk.get("/desk/privacy/requests/D-00000000/answer").status_code == 404
    sales = s.sign_in(app.test_client(), s.a_staff_member("sales"))
    assert sales.get(address(request, "/answer")).status_code == 403


def test_a_lost_link_is_sent_anew_while_the_address_is_kept(app: Flask) -> None:
    request = asked("copy")
    (row,) = mails("privacy_request_received")
    mail = PrivacyRequestReceived(request.ref, "copy", request.answer_by.date())
    with write():
        path = mail.renew(row)
    assert path is not None
    assert "/go/" in path
    with write():
        db.session.get_one(PrivacyRequest, request.id).email = "erased-1@erased.invalid"
    with write():
        assert mail.renew(row) is None


def test_what_came_by_phone_is_filed_with_its_day(app: Flask) -> None:
    desk, person = leader(app)
    lead = a_lead(email=EMAIL)
    form = desk.get(f"/desk/privacy/requests/new?about={lead.ref}").text
    assert EMAIL in form
    filled = {
        "came_by": "phone",
        "received_on": "20.1.2026",
        "name": "Hanna Wilk",
        "email": EMAIL,
        "locale": "pl",
        "country": "PL",
        "asked_for": "erasure",
        "text": "Called at noon.",
    }
    assert s.post(desk, "/desk/privacy/requests/new", {**filled, "received_on": "1.3.2026"}).status_code == 422
    sent = s.post(desk, "/desk/privacy/requests/new", filled)
    request = db.session.scalars(sa.select(PrivacyRequest)).one()
    assert sent.location == address(request)
    assert (request.came_by, request.filed_by_id, request.locale) == (CameBy.PHONE, person.id, "pl")
    assert request.answer_by.date().isoformat() == "2026-02-20", "a month from the day it came"
    (receipt,) = mails("privacy_request_received")
    browser = by_link(app, decrypt(str(receipt.secret)))
    assert request.ref in browser.get("/privacy/mine").text


# --- what is granted --------------------------------------------------------------------------------------------------


def test_a_copy_is_fetched_only_by_the_link_that_was_sent_for_it(app: Flask, clock: time_machine.Traveller) -> None:
    desk, _person = leader(app)
    notice = a_notice()
    old, request = inside(app, notice), asked("copy", notice=notice)
    assert s.post(desk, address(request, "/answer"), {"version": request.version}).status_code == 303
    path = f"/privacy/mine/requests/{request.ref}/copy"
    assert path + '"' not in old.get("/privacy/mine").text, "the address has to be proved again"
    assert s.post(old, path, page="/privacy/mine").location == "/privacy/mine"
    (mail,) = mails("privacy_request_answered")
    fresh = by_link(app, decrypt(str(mail.secret)))
    got = s.post(fresh, path, page="/privacy/mine")
    assert got.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(got.data)) as archive:
        assert EMAIL in archive.read("data.json").decode()
    for _press in range(5):
        s.post(old, f"/privacy/mine/requests/{request.ref}/copy-link", page="/privacy/mine")
    assert len(mails("privacy_request_answered")) == service.COPY_LINKS_A_DAY
    clock.shift(timedelta(days=15))
    fresh = by_link(app, decrypt(str(mail.secret)))
    assert s.post(fresh, path, page="/privacy/mine").location == "/privacy/mine"
    assert "Your copy is ready" not in fresh.get("/privacy/mine").text


def test_a_correction_is_answered_when_it_is_made(app: Flask) -> None:
    desk, _person = leader(app)
    request = asked("correction", "My name is Hanna Wilk-Lis.")
    assert "Correct it first" in desk.get(address(request, "/answer")).text
    s.post(desk, address(request, "/answer"), {"version": request.version, "answer": "It says Wilk-Lis now."})
    assert again(request).state == PrivacyState.GRANTED
    assert "It says Wilk-Lis now." in render(mails("privacy_request_answered")[0]).text


def test_an_objection_closes_the_leads_and_tells_the_resellers(app: Flask) -> None:
    desk, _person = leader(app)
    lead, kept = a_lead(email=EMAIL, state="accepted"), a_lead(email=EMAIL, state="accepted")
    request = asked("objection", notice=a_notice(lead))
    page = desk.get(address(request, "/answer")).text
    assert lead.ref in page
    missing = s.post(desk, address(request, "/answer"), {"version": request.version, "leads": [lead.ref], "told": ""})
    assert missing.status_code == 422
    sent = s.post(
        desk,
        address(request, "/answer"),
        {"version": request.version, "leads": [lead.ref], "told": "The contact person objects."},
    )
    assert sent.status_code == 303
    lead = again(lead)
    assert (lead.state, lead.reason, lead.claim_key) == (LeadState.DECLINED, "The contact person objects.", None)
    assert again(kept).state == LeadState.ACCEPTED
    assert "The contact person objects." in str(mails("lead_declined")[0].args)
    assert again(request).state == PrivacyState.GRANTED


def test_an_erasure_is_confirmed_done_by_the_worker_and_answered(app: Flask) -> None:
    desk, _person = leader(app)
    notice = a_notice(a_lead(email=EMAIL, contact_name="Hanna Wilk-Quillmark"))
    request, second = asked("erasure", notice=notice), asked("copy", notice=notice)
    assert "Erase this person?" in desk.get(address(request, "/erasure")).text
    assert s.post(desk, address(request, "/erasure"), {"version": request.version}).status_code == 422
    sent = s.post(desk, address(request, "/erasure"), {"version": request.version, "sure": "y"})
    assert sent.status_code == 303
    assert again(request).state == PrivacyState.ERASING
    assert again(second).state == PrivacyState.WITHDRAWN
    ref = request.ref
    assert "being erased" in desk.get(address(request)).text
    while work("test"):
        pass
    request = db.session.scalars(sa.select(PrivacyRequest).where(PrivacyRequest.ref == ref)).one()
    assert request.state == PrivacyState.GRANTED
    assert is_erased(request.email)
    (mail,) = mails("privacy_erased")
    assert mail.to_email == EMAIL
    text = render(mail).text
    assert "What was erased" in text
    assert "What stays" in text
    page = desk.get(address(request)).text
    assert EMAIL not in page
    assert "What the erasure did" in page
    assert desk.get("/desk/privacy?state=answered").status_code == 200


def test_an_answer_needs_the_words_that_a_correction_lacks() -> None:
    with pytest.raises(FieldError):
        asked("correction")


def test_a_deadline_keeps_to_the_calendar() -> None:
    day = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    assert service.deadline(day).date().isoformat() == "2026-04-30"
    assert service.deadline(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)).date().isoformat() == "2026-03-01"


def test_no_mail_of_a_request_shows_its_link_at_the_desk(app: Flask) -> None:
    asked("copy")
    (receipt,) = mails("privacy_request_received")
    desk, _person = leader(app)
    with write():
        db.session.get_one(MailRow, receipt.id).state = MailState.QUEUED
    page = desk.get(f"/desk/mail/{receipt.ref}").text
    assert not re.search(r"/go/[A-Za-z0-9_-]{20}", page) or app.config["GANGWAY"].demo


@pytest.mark.parametrize(("known", "locale"), [(True, "pl"), (False, "en")])
def test_what_is_filed_without_a_language_has_the_persons_own(app: Flask, known: bool, locale: str) -> None:
    desk, _person = leader(app)
    if known:
        a_lead(email=EMAIL, locale="pl")
    filled = {"came_by": "phone", "received_on": "20.1.2026", "name": "Hanna Wilk", "email": EMAIL, "locale": ""}
    s.post(desk, "/desk/privacy/requests/new", {**filled, "country": "PL", "asked_for": "copy", "text": ""})
    assert db.session.scalars(sa.select(PrivacyRequest)).one().locale == locale
