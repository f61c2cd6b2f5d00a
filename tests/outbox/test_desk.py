"""Mail at the desk: reading, sending again, setting aside, and who sees a personal link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.history.service import entries_of
from app.outbox import service
from app.outbox.models import MailRow, MailState
from app.web import mail_inbox
from tests.mailserver import MailServer
from tests.outbox.conftest import a_mail, send_all
from tests.queries import counting
from tests.sentences import a_staff_member, keys_lost, post, sign_in


@pytest.fixture
def desk(client: FlaskClient, context: None) -> FlaskClient:
    return sign_in(client, a_staff_member("sales"))


@pytest.fixture
def production(app: Flask) -> Iterator[None]:
    before = app.config["GANGWAY"]
    app.config["GANGWAY"] = replace(before, mode="production", mail_url="smtp://127.0.0.1:9")
    yield
    app.config["GANGWAY"] = before


def in_state(row: MailRow, state: MailState) -> MailRow:
    with write():
        found = db.session.get_one(MailRow, row.id, populate_existing=True)
        found.state = state
    return found


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_list_shows_every_mail_and_finds_by_address_name_and_subject(desk: FlaskClient) -> None:
    a_mail("Kwiaciarnia", to="anna@reader.example", name="Łucja")
    a_mail("Fromagerie", to="jean@reader.example", name="Jean")
    send_all()
    both = text_of(desk, "/desk/mail")
    assert "Welcome: Kwiaciarnia" in both
    assert "Welcome: Fromagerie" in both
    for q in ("anna@reader", "lucja", "kwiaciarnia welcome"):
        found = text_of(desk, f"/desk/mail?q={q}")
        assert "Welcome: Kwiaciarnia" in found, q
        assert "Welcome: Fromagerie" not in found, q
    assert "Nothing found" in text_of(desk, "/desk/mail?q=nobody")


def test_an_unwritten_mail_is_found_by_its_whole_address(desk: FlaskClient) -> None:
    row = a_mail(to="anna@reader.example")
    assert row.ref in text_of(desk, "/desk/mail?q=Anna@Reader.example")


def test_tabs_show_one_state_each(desk: FlaskClient) -> None:
    failed = in_state(a_mail("failed"), MailState.FAILED)
    waiting = a_mail("waiting", conversation="b")
    assert failed.ref in text_of(desk, "/desk/mail?state=failed")
    assert waiting.ref not in text_of(desk, "/desk/mail?state=failed")
    assert waiting.ref in text_of(desk, "/desk/mail?state=waiting")
    assert "No mail is in this state" in text_of(desk, "/desk/mail?state=set-aside")
    assert failed.ref in text_of(desk, "/desk/mail?state=nonsense")


def test_the_list_asks_at_most_six_queries_however_long_it_is(app: Flask, desk: FlaskClient) -> None:
    numbers = []
    for count in (10, 120):
        for number in range(count):
            a_mail(f"company {number}", conversation=f"{count}{number}")
        with counting(app) as queries:
            answer = text_of(desk, "/desk/mail")
        numbers.append(queries.count)
    assert numbers[0] == numbers[1] <= 6
    assert "cursor=" in answer


def test_the_page_shows_words_and_attempts(desk: FlaskClient) -> None:
    row = a_mail("Kwiaciarnia")
    with write():
        db.session.get_one(MailRow, row.id).template = "gone"
    send_all()
    page = text_of(desk, f"/desk/mail/{row.ref}")
    assert "This mail could not be delivered" in page
    assert "The mail could not be written." in page
    assert "gone" in page
    assert desk.get("/desk/mail/M-NOTHING1").status_code == 404


def test_a_mail_that_waits_shows_the_words_it_will_have_without_writing(desk: FlaskClient) -> None:
    row = a_mail("Kwiaciarnia")
    assert "Welcome: Kwiaciarnia" in text_of(desk, f"/desk/mail/{row.ref}")
    db.session.rollback()
    assert db.session.get_one(MailRow, row.id, populate_existing=True).subject is None


def test_the_html_stands_in_a_frame_that_can_do_nothing(desk: FlaskClient) -> None:
    row = a_mail("<script>alert(1)</script>")
    send_all()
    page = desk.get(f"/desk/mail/{row.ref}")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    body = desk.get(f"/desk/mail/{row.ref}/html")
    policy = body.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script>" not in body.get_data(as_text=True)


def test_the_demo_shows_the_link_that_would_arrive(desk: FlaskClient) -> None:
    row = a_mail(link="/go/secret-token")
    for _ in ("before", "after"):
        assert "http://localhost/go/secret-token" in text_of(desk, f"/desk/mail/{row.ref}")
        assert 'href="http://localhost/go/secret-token"' in text_of(desk, f"/desk/mail/{row.ref}/html")
        send_all()


def test_a_link_whose_key_is_gone_is_left_out(app: Flask, desk: FlaskClient) -> None:
    row = a_mail(link="/go/secret-token")
    with keys_lost(app):
        for path in (f"/desk/mail/{row.ref}", f"/desk/mail/{row.ref}/html"):
            assert "[personal link, hidden]" in text_of(desk, path)


def test_outside_the_demo_nobody_at_the_desk_sees_a_link(desk: FlaskClient, production: None) -> None:
    row = a_mail(link="/go/secret-token")
    for path in (f"/desk/mail/{row.ref}", f"/desk/mail/{row.ref}/html", "/desk/mail"):
        page = text_of(desk, path)
        assert "secret-token" not in page
        assert f"link-{row.ref.lower()}" not in page
    assert "The personal link is hidden here." in text_of(desk, f"/desk/mail/{row.ref}")


def test_a_sent_mail_no_longer_has_a_link_to_show(desk: FlaskClient, sending: MailServer) -> None:
    row = a_mail(link="/go/secret-token")
    send_all()
    for path in (f"/desk/mail/{row.ref}", f"/desk/mail/{row.ref}/html"):
        assert "[personal link, hidden]" in text_of(desk, path)


def test_sending_again_makes_a_new_mail_with_a_new_link(desk: FlaskClient, sending: MailServer) -> None:
    sending.answer_to = lambda address: "550 No"
    old = a_mail(link="/go/old-token")
    send_all()
    answer = post(desk, f"/desk/mail/{old.ref}/resending", page=f"/desk/mail/{old.ref}")
    assert answer.status_code == 303
    new = db.session.scalars(sa.select(MailRow).where(MailRow.resend_of_id == old.id)).one()
    assert answer.headers["Location"] == f"/desk/mail/{new.ref}"
    assert new.message_id != old.message_id
    sending.answer_to = lambda address: "250 OK"
    send_all()
    assert "/go/renewed-token" in sending.received[-1].as_string()
    db.session.rollback()
    assert db.session.get_one(MailRow, old.id, populate_existing=True).state == MailState.SET_ASIDE
    assert [entry.verb for entry in entries_of(old)] == ["mail.resent"]


def test_a_link_that_is_nobody_s_any_more_is_not_sent_again(desk: FlaskClient) -> None:
    old = in_state(a_mail("closed", link="/go/old"), MailState.FAILED)
    answer = post(desk, f"/desk/mail/{old.ref}/resending", page=f"/desk/mail/{old.ref}")
    assert answer.status_code == 409
    assert "cannot be renewed" in answer.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 1


def test_a_mail_under_way_is_not_sent_again(desk: FlaskClient) -> None:
    row = a_mail()
    answer = post(desk, f"/desk/mail/{row.ref}/resending", page=f"/desk/mail/{row.ref}")
    assert answer.status_code == 409


def test_setting_aside_ends_the_inbox_item_and_can_be_undone(app: Flask, desk: FlaskClient) -> None:
    row = in_state(a_mail(), MailState.FAILED)
    staff = a_staff_member("sales")
    page = f"/desk/mail/{row.ref}"

    def waiting() -> list[str]:
        db.session.rollback()
        db.session.refresh(staff, ["held_roles", "memberships"])
        with app.test_request_context():
            return [item.key for item in mail_inbox.items(staff, 10)]

    assert waiting() == [f"mail:{row.ref}"]
    assert post(desk, f"{page}/setting-aside", page=page).status_code == 303
    assert waiting() == []
    assert "Undo" in text_of(desk, page)
    assert post(desk, f"{page}/setting-aside", page=page).status_code == 409
    assert post(desk, f"{page}/taking-up", page=page).status_code == 303
    assert waiting() == [f"mail:{row.ref}"]


def test_a_returned_mail_set_aside_comes_back_as_returned(desk: FlaskClient) -> None:
    row = in_state(a_mail(), MailState.SENT)
    service.note_bounce(row.message_id, "550 gone")
    staff = a_staff_member("sales")
    service.set_aside(row.id, staff)
    service.take_up_again(row.id, staff)
    db.session.rollback()
    assert db.session.get_one(MailRow, row.id, populate_existing=True).state == MailState.BOUNCED


def test_only_those_with_the_right_read_mail(client: FlaskClient, context: None) -> None:
    row = a_mail()
    sign_in(client, a_staff_member("finance"))
    for path in ("/desk/mail", f"/desk/mail/{row.ref}", f"/desk/mail/{row.ref}/html"):
        assert client.get(path).status_code == 403


def test_the_next_attempt_is_told(desk: FlaskClient) -> None:
    row = a_mail()
    with write():
        found = db.session.get_one(MailRow, row.id)
        found.attempts, found.last_error = 2, "451 Busy"
        found.next_attempt_at = now() + timedelta(minutes=5)
    page = text_of(desk, f"/desk/mail/{row.ref}")
    assert "The next attempt is on" in page
    assert "451 Busy" in page


def test_the_history_page_tells_of_the_latest_check(client: FlaskClient, context: None) -> None:
    from app.history import chain

    leader = sign_in(client, a_staff_member("team_leader", name="Marit Dijkgraaf"))
    assert "has not been checked yet" in text_of(leader, "/desk/history")
    row = in_state(a_mail(), MailState.FAILED)
    service.set_aside(row.id, a_staff_member("sales", name="Dana Kellerman"))
    chain.seal_entries()
    chain.check()
    page = text_of(leader, "/desk/history")
    assert "found nothing changed and nothing removed" in page
    assert f'<a href="/desk/mail/{row.ref}">{row.ref}</a>' in page
    assert "Set aside" in page
    assert "Dana Kellerman" in page
