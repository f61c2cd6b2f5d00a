"""The decision queue: accept, reject, reopen, remind, and two who decide at once (R2, R3, R4)."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db
from app.partners import inbox
from app.partners.models import Application, GrantedAccess, PersonalLink, Reseller
from app.partners.service import decisions, reminders, welcome
from app.people.models import Membership, Person
from app.people.queries import by_email
from tests.partners.sentences import a_system, an_application, mails
from tests.sentences import a_member_of, a_staff_member, an_organisation, csrf_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def _count(model: Any) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def test_accepting_makes_a_reseller_with_owner_link_accesses_and_welcome_mail(client: FlaskClient) -> None:
    a_system("Demo environment")
    a_system("Old portal", offered=False)
    application = an_application(first_name="Łukasz", last_name="O'Żółć", company_name="Żółć")
    sign_in(client, a_staff_member("sales"))
    answer = post(client, f"/desk/applications/{application.ref}/acceptance")
    assert answer.status_code == 303
    reseller = db.session.scalars(db.select(Reseller)).one()
    assert answer.location.endswith(f"/desk/resellers/{reseller.ref}")
    link = db.session.scalars(db.select(PersonalLink)).one()
    assert link.slug.startswith("LukaszOZolc-")
    assert len(link.slug.rsplit("-", 1)[1]) == 8
    membership = db.session.scalars(db.select(Membership)).one()
    assert membership.role == "owner"
    assert [access.state for access in db.session.scalars(db.select(GrantedAccess))] == ["asked"]
    [mail] = mails("application_accepted")
    assert mail.locale == "pl"
    assert mail.secret
    assert mail.args["systems"] == ["Demo environment"]
    assert client.get(answer.location).status_code == 200


def test_rejecting_needs_a_reason_and_mails_it(client: FlaskClient) -> None:
    application = an_application(locale="fi")
    sign_in(client, a_staff_member("team_leader"))
    path = f"/desk/applications/{application.ref}/rejection"
    assert "exactly as you write it" in client.get(path).text
    assert post(client, path, {"reason": "  "}).status_code == 422
    answer = post(client, path, {"reason": "Ei sovi\nnyt"})
    assert answer.status_code == 303
    assert "Undo" in client.get(answer.location).text
    [mail] = mails("application_rejected")
    assert (mail.locale, mail.args["reason"]) == ("fi", "Ei sovi\nnyt")


def test_a_rejected_application_is_reopened(client: FlaskClient) -> None:
    application = an_application()
    decisions.reject(application, "No", a_staff_member("sales"))
    sign_in(client, a_staff_member("sales"))
    page = f"/desk/applications/{application.ref}"
    answer = post(client, f"{page}/reopening", page=page)
    assert answer.status_code == 303
    found = db.session.get_one(Application, application.id, populate_existing=True)
    assert (found.state, found.reason, found.decided_at) == ("submitted", None, None)
    again = post(client, f"{page}/reopening", page=page)
    assert again.status_code == 409


def test_the_second_who_decides_reads_what_happened_and_keeps_the_words(client: FlaskClient) -> None:
    application = an_application()
    sign_in(client, a_staff_member("sales"))
    path = f"/desk/applications/{application.ref}/rejection"
    token = csrf_of(client, path)
    decisions.accept(application, a_staff_member("sales", name="Milla Aho"))
    answer = client.post(
        path, data={"csrf_token": token, "reason": "Too far away"}, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 409
    assert "Milla Aho accepted this application" in answer.text
    assert "Too far away" in answer.text
    assert post(client, f"/desk/applications/{application.ref}/acceptance", page="").status_code == 409
    assert not mails("application_rejected")


def test_of_two_who_accept_at_once_one_wins(app: Flask) -> None:
    application = an_application()
    staff = [a_staff_member("sales"), a_staff_member("sales")]
    ids = [person.id for person in staff]
    application_id = application.id
    db.session.remove()
    start, outcomes = threading.Barrier(2), []

    def decide(person_id: int) -> None:
        with app.app_context():
            found = db.session.get_one(Application, application_id)
            person = db.session.get_one(Person, person_id)
            start.wait()
            try:
                decisions.accept(found, person)
                outcomes.append("won")
            except decisions.AlreadyDecided:
                outcomes.append("lost")

    threads = [threading.Thread(target=decide, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "won"]
    assert (_count(Reseller), len(mails("application_accepted"))) == (1, 1)


def test_a_person_who_is_known_already_gets_a_second_membership() -> None:
    known = a_member_of(an_organisation("Elsewhere"), "Anna Kowalik")
    application = an_application(email=known.email)
    decisions.accept(application, a_staff_member("sales"))
    person = by_email(known.email)
    assert person is not None
    assert len(person.memberships) == 2


def test_staff_see_repeats_side_by_side(client: FlaskClient) -> None:
    first = an_application(company_number="8567346215")
    second = an_application(company_number="8567346215", city="Gniezno")
    sign_in(client, a_staff_member("sales"))
    page = client.get(f"/desk/applications/{second.ref}").text
    assert first.ref in page
    assert "856-734-62-15" in page
    assert "<mark>" in page
    decisions.accept(first, a_staff_member("sales"))
    assert "This company is a reseller already" in client.get(f"/desk/applications/{second.ref}").text


def test_the_queue_is_by_age_and_can_be_searched_and_downloaded(client: FlaskClient) -> None:
    old, new = an_application(company_name="Żabka Sklepy"), an_application(company_name="=Nowak")
    gone = an_application(company_name="Gone")
    decisions.reject(gone, "No", a_staff_member("sales"))
    sign_in(client, a_staff_member("sales"))
    page = client.get("/desk/applications").text
    assert page.index(old.ref) < page.index(new.ref)
    assert gone.ref not in page
    assert gone.ref in client.get("/desk/applications?state=rejected").text
    found = client.get("/desk/applications?q=zabka", headers={"HX-Request": "true"}).text
    assert old.ref in found
    assert new.ref not in found
    assert "<html" not in found
    assert client.get("/desk/applications?state=odd&cursor=%00&q=%27%22%25_").status_code == 200
    sheet = client.get("/desk/applications.csv", buffered=True)
    assert sheet.mimetype == "text/csv"
    assert "'=Nowak" in sheet.text
    assert "+48 22 123 45 67" in sheet.text


def test_staff_see_by_when_the_answer_is_promised_and_usual(client: FlaskClient) -> None:
    with time_machine.travel("2026-03-09 10:00Z"):
        application = an_application()
        sign_in(client, a_staff_member("sales"))
        assert "Promised by 8 Apr" in client.get("/desk/applications").text
        page = client.get(f"/desk/applications/{application.ref}").text
    assert re.search(r"Usual answer by</span><br>16 March 2026", page)
    assert re.search(r"Promised answer by</span><br>8 April 2026", page)


def test_the_welcome_mail_names_what_is_ready_in_the_applicants_language() -> None:
    staff = a_staff_member("sales")
    for locale, title in (("pl", "Cennik"), ("fi", "Hinnasto")):
        welcome.add(locale, title, "", "https://brimora.example/prices", None, staff)
    decisions.accept(an_application(locale="fi"), staff)
    [mail] = mails("application_accepted")
    assert (mail.locale, mail.args["materials"]) == ("fi", ["Hinnasto"])


def test_unknown_applications_do_not_exist(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    for path in ("/desk/applications/A-00000000", "/desk/applications/A-00000000/rejection", "/desk/resellers/x"):
        assert client.get(path).status_code == 404


def test_others_may_not_decide(client: FlaskClient) -> None:
    application = an_application()
    sign_in(client, a_staff_member("finance"))
    assert client.get(f"/desk/applications/{application.ref}").status_code == 403
    assert client.get(f"/desk/applications/{application.ref}/acceptance").status_code == 403


def test_staff_are_reminded_at_7_and_25_days_and_once_each() -> None:
    staff = a_staff_member("sales", locale="nl")
    a_staff_member("finance")
    begin = now()
    an_application()
    sent = []
    for day in (6, 7, 8, 24, 25, 26, 40):
        with time_machine.travel(begin + timedelta(days=day, minutes=1)):
            for _twice in range(2):
                reminders.remind_staff(now())
            sent.append(len(mails("application_reminder")))
    assert sent == [0, 1, 1, 1, 2, 2, 2]
    [first, _second] = mails("application_reminder")
    assert (first.to_email, first.locale) == (staff.email, "nl")


def test_the_inbox_holds_what_waits_oldest_promise_first(app: Flask) -> None:
    a_system()
    waiting = an_application(company_name="Waiting")
    decisions.accept(an_application(company_name="Accepted"), a_staff_member("sales"))
    staff = by_email(a_staff_member("sales").email)
    finance = by_email(a_staff_member("finance").email)
    assert staff is not None
    assert finance is not None
    with app.test_request_context():
        found = inbox.items(staff, 10)
        assert [item.title for item in found] == ["Accepted", "Waiting"]
        assert found[1].due == waiting.decide_by
        assert len(inbox.items(staff, 1)) == 1
        assert inbox.items(finance, 10) == []


def test_the_status_page_says_what_the_mail_says(client: FlaskClient) -> None:
    application = an_application()
    path = decrypt(mails("application_received")[0].secret or "")
    token = csrf_of(client, path)
    client.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost"})
    assert "looking at it" in client.get("/resellers/status?lang=en").text
    decisions.reject(application, "Not in your region <b>", a_staff_member("sales"))
    assert "Not in your region &lt;b&gt;" in client.get("/resellers/status").text
    decisions.reopen(application, a_staff_member("sales"))
    assert "looking at it" in client.get("/resellers/status").text
    decisions.accept(application, a_staff_member("sales"))
    assert "is accepted" in client.get("/resellers/status").text
