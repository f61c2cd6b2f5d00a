"""The monthly digest: once a month and membership, only with news, switched off by one press (RFC 8058)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core import schedule
from app.core.clock import now
from app.core.db import db, write
from app.history.service import record
from app.notices.links import membership_in, path_of
from app.notices.models import Digest
from app.outbox import sender
from app.outbox.mailer import Line
from app.outbox.models import MailRow
from app.partners.service import suspension
from app.people.models import Membership, Organisation
from tests import sentences as s
from tests.leads.sentences import a_lead
from tests.mailserver import MailServer
from tests.outbox.conftest import sending_to

START = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _only_this_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of all that happens by itself would take minutes."""
    monkeypatch.setattr(schedule, "JOBS", {"notices.digest": schedule.JOBS["notices.digest"]})


@pytest.fixture
def reseller(context: None) -> Any:
    with time_machine.travel(START, tick=False):
        return s.a_reseller()


def accepted(lead: Any, moment: datetime) -> None:
    with time_machine.travel(moment, tick=False), write():
        found = db.session.get(type(lead), lead.id)
        found.updated_at = now()
        record(found, "lead.accepted", None)


def run(moment: datetime) -> list[str]:
    with time_machine.travel(moment, tick=False):
        return schedule.run_due(now())


def digests() -> list[tuple[str, bool]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Digest).order_by(Digest.month, Digest.membership_id))
    return [(row.month, row.mailed) for row in rows]


def mailed() -> list[MailRow]:
    db.session.rollback()
    return list(db.session.scalars(db.select(MailRow).where(MailRow.template == "monthly_digest").order_by(MailRow.id)))


def _organisation() -> Organisation:
    return db.session.scalars(db.select(Organisation)).one()


def the_membership() -> Membership:
    return db.session.scalars(db.select(Membership)).one()


@pytest.mark.on("sqlite")
def test_a_year_brings_each_digest_once_and_none_without_news(reseller: Any) -> None:
    lead = a_lead(of=reseller, created_at=START)
    for month in (2, 5, 9):
        accepted(lead, datetime(2026, month, 20, 12, 0, tzinfo=UTC))
    moment = START
    while moment < datetime(2027, 1, 12, tzinfo=UTC):
        run(moment)
        if moment.day == 2:
            run(moment)  # a second worker, or a restart
        moment += timedelta(hours=11)
    told = digests()
    assert [month for month, _ in told] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert [month for month, sent in told if sent] == ["2026-02", "2026-05", "2026-09"]
    assert len(mailed()) == 3
    assert mailed()[0].args["changed"] == ["Quillmark Stationers: The lead was accepted"]


def test_it_goes_out_at_the_vendors_hour_of_the_first(reseller: Any) -> None:
    accepted(a_lead(of=reseller, created_at=START), datetime(2026, 2, 20, 12, 0, tzinfo=UTC))
    run(datetime(2026, 3, 1, 5, 30, tzinfo=UTC))  # 6:30 in Amsterdam
    assert mailed() == []
    run(datetime(2026, 3, 1, 6, 30, tzinfo=UTC))
    assert len(mailed()) == 1


def test_a_standstill_over_the_first_is_made_up_for_and_a_longer_one_is_not(reseller: Any) -> None:
    lead = a_lead(of=reseller, created_at=START)
    accepted(lead, datetime(2026, 2, 20, 12, 0, tzinfo=UTC))
    accepted(lead, datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    run(datetime(2026, 3, 5, 12, 0, tzinfo=UTC))
    run(datetime(2026, 4, 20, 12, 0, tzinfo=UTC))
    assert digests() == [("2026-02", True)]


def test_a_month_is_the_vendors(reseller: Any) -> None:
    lead = a_lead(of=reseller, created_at=START)
    accepted(lead, datetime(2026, 2, 28, 23, 30, tzinfo=UTC))  # already March in Amsterdam
    run(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    run(datetime(2026, 4, 1, 12, 0, tzinfo=UTC))
    assert digests() == [("2026-02", False), ("2026-03", True)]


def test_neither_the_suspended_nor_those_without_get_one(reseller: Any) -> None:
    accepted(a_lead(of=reseller, created_at=START), datetime(2026, 2, 20, 12, 0, tzinfo=UTC))
    suspension.suspend(reseller, "A reason", s.a_staff_member("sales"))
    run(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    assert digests() == []
    other = s.a_reseller("Modrzew", contact="Piotr Lis")
    held = db.session.scalars(db.select(Membership).where(Membership.organisation_id == other.organisation_id)).one()
    with write():
        held.created_at, held.digest = START, False
    run(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    assert digests() == []


def test_each_member_reads_their_own_language_and_not_what_they_did(app: Flask, reseller: Any) -> None:
    with time_machine.travel(START, tick=False):
        finn = s.a_member_of(_organisation(), "Aino Lehto", role="member", locale="fi")
    lead = a_lead(of=reseller, created_at=START)
    with time_machine.travel(datetime(2026, 2, 20, 12, 0, tzinfo=UTC), tick=False), write():
        found = db.session.get(type(lead), lead.id)
        found.updated_at = now()
        record(found, "lead.changed", finn)
    run(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    assert [mail.to_name for mail in mailed()] == ["Katarzyna Milewska"]
    assert sorted(digests()) == [("2026-02", False), ("2026-02", True)]
    accepted(lead, datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    run(datetime(2026, 4, 1, 12, 0, tzinfo=UTC))
    assert {mail.locale for mail in mailed()} == {"en", "fi"}


def test_one_press_of_the_mail_program_switches_it_off(
    app: Flask, client: FlaskClient, reseller: Any, mail_server: MailServer
) -> None:
    lead = a_lead(of=reseller, created_at=START)
    accepted(lead, datetime(2026, 2, 20, 12, 0, tzinfo=UTC))
    run(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    with sending_to(app, mail_server.url):
        sender.send_due(Line(), "one")
    letter = mail_server.received[-1]
    letter = letter if hasattr(letter, "get") else message_from_bytes(letter)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<http://localhost(/digest/\S+)>", "".join(letter["List-Unsubscribe"].split()))
    assert address

    look = client.get(address[1])
    assert look.status_code == 200
    assert "Switch off the monthly digest?" in look.get_data(as_text=True)
    assert look.headers["Referrer-Policy"] == "no-referrer"
    assert the_membership().digest
    pressed = client.post(address[1], data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert not the_membership().digest
    assert client.post(address[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200

    accepted(lead, datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    run(datetime(2026, 4, 1, 12, 0, tzinfo=UTC))
    assert len(mailed()) == 1
    assert client.post(address[1], data={"do": "on"}).status_code == 200
    assert the_membership().digest


def test_a_link_opens_one_switch_and_cannot_be_guessed(client: FlaskClient, reseller: Any) -> None:
    held = the_membership()
    token = path_of(held.id).removeprefix("/digest/")
    assert membership_in(token) == held.id
    for wrong in (token[:-1], f"0{token}", token.replace(f"{held.id}.", f"{held.id + 1}."), "1.", ".", "x"):
        assert membership_in(wrong) is None
        assert client.post(f"/digest/{wrong}").status_code == 404
    with write():
        db.session.get_one(Membership, held.id).ended_at = now()
    assert client.get(f"/digest/{token}").status_code == 404


def test_it_is_switched_in_the_profile_too(app: Flask, reseller: Any) -> None:
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    ref = _organisation().ref
    assert "Monthly digest" in panel.get("/profile").get_data(as_text=True)
    form = {"organisation": ref, "on": "no"}
    assert s.post(panel, "/profile/digest", form, page="").status_code == 303
    assert not the_membership().digest
    assert s.post(panel, "/profile/digest", {**form, "on": "yes"}, page="").status_code == 303
    assert the_membership().digest
    other = s.an_organisation("Elsewhere")
    assert s.post(panel, "/profile/digest", {"organisation": other.ref}, page="").status_code == 404
