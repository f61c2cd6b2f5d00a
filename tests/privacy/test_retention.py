"""Old data go by rules: counted one night, erased the next at the earliest, never anything that was not counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.billing.models import Invoice
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.core.files import TEXT, Received, store
from app.core.privacy import is_erased
from app.core.schedule import run_due
from app.documents.models import Upload
from app.documents.service import keep_upload
from app.history import chain
from app.imports.models import ImportLine, ImportRun
from app.leads.models import Lead, LeadNote, Submission
from app.leads.service import decision, notes
from app.outbox.models import MailRow, MailState
from app.partners.models import Application
from app.partners.service import decisions
from app.people.models import Invitation, Person
from app.people.service import staff
from app.privacy.models import AskedFor, CameBy, PrivacyRequest, RetentionRun
from app.privacy.service import requests, retention
from app.trainings.models import Participant
from app.trainings.service import sessions
from tests import sentences as s
from tests.partners import sentences as partners
from tests.privacy import marker
from tests.trainings import sentences as trainings

pytestmark = pytest.mark.usefixtures("context")
START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def after(clock: time_machine.Traveller, days: float) -> datetime:
    clock.move_to(START + timedelta(days=days))
    return now()


def tonight(clock: time_machine.Traveller, days: float) -> int:
    return retention.run_tonight(after(clock, days))


def a_declined_lead() -> Lead:
    lead = db.session.get_one(Lead, marker.registered(s.a_reseller()).lead_id)
    seller = s.a_staff_member("sales")
    notes.add(lead.id, "They hesitate", seller)
    decision.decline(lead.id, lead.version, "No answer", seller)
    return lead


def of(rule: str) -> RetentionRun:
    return db.session.scalars(
        sa.select(RetentionRun).where(RetentionRun.rule == rule).order_by(RetentionRun.day.desc()).limit(1)
    ).one()


def fresh(lead: Lead) -> Lead:
    return db.session.get_one(Lead, lead.id, populate_existing=True)


def test_what_is_old_is_counted_one_night_and_goes_the_next(clock: time_machine.Traveller) -> None:
    lead = a_declined_lead()
    tonight(clock, 729)
    assert of("closed_leads").found == 0
    tonight(clock, 731)
    assert (of("closed_leads").found, of("closed_leads").erased) == (1, 0)
    assert fresh(lead).email == marker.EMAIL
    tonight(clock, 732)
    assert (of("closed_leads").found, of("closed_leads").erased) == (0, 1)
    kept = fresh(lead)
    assert is_erased(kept.email)
    assert (kept.contact_name, kept.phone, kept.reason) == ("[…]", "", None)
    assert kept.company_name == "Quillmark Stationers"
    assert "zdzislawa" not in kept.search
    assert db.session.scalars(sa.select(LeadNote)).all() == []
    assert db.session.scalars(sa.select(Submission.content)).all() == [None]
    chain.seal_entries()
    assert chain.verify().faults == []


def test_nothing_goes_that_was_not_counted_the_night_before(clock: time_machine.Traveller) -> None:
    first = a_declined_lead()
    after(clock, 1)
    second = db.session.get_one(Lead, marker.registered(s.a_reseller()).lead_id)
    decision.decline(second.id, second.version, "No answer", s.a_staff_member("sales"))
    tonight(clock, 730.5)
    tonight(clock, 731.5)
    assert is_erased(fresh(first).email)
    assert not is_erased(fresh(second).email)
    assert of("closed_leads").found == 1


def test_a_changed_period_is_counted_first_again(clock: time_machine.Traveller) -> None:
    lead = a_declined_lead()
    administrator = s.a_staff_member("administrator")
    tonight(clock, 731)
    retention.choose("closed_leads", 100, administrator)
    tonight(clock, 732)
    assert not is_erased(fresh(lead).email)
    tonight(clock, 733)
    assert is_erased(fresh(lead).email)


def test_twice_in_one_night_erases_nothing_early(clock: time_machine.Traveller) -> None:
    lead = a_declined_lead()
    tonight(clock, 731)
    tonight(clock, 731.01)
    assert not is_erased(fresh(lead).email)


def test_the_worker_runs_it_by_the_machines_own_clock(app: Flask, clock: time_machine.Traveller) -> None:
    lead = a_declined_lead()
    after(clock, 100)
    for ahead in (1000, 1001, 1002):
        assert "privacy.retention" in run_due(now() + timedelta(days=ahead))
    assert not is_erased(fresh(lead).email)


def test_the_shortest_and_the_longest_period(clock: time_machine.Traveller) -> None:
    administrator = s.a_staff_member("administrator")
    with pytest.raises(FieldError, match="30 days"):
        retention.choose("closed_leads", 29, administrator)
    with pytest.raises(FieldError):
        retention.choose("closed_leads", 1_000_000, administrator)
    with pytest.raises(NotFound):
        retention.choose("whatever", 100, administrator)


def test_the_dry_run_changes_nothing_and_apply_does_it(clock: time_machine.Traveller) -> None:
    lead = a_declined_lead()
    after(clock, 731)
    found = {standing.rule.code: count for standing, count in retention.dry_run()}
    assert found["closed_leads"] == 1
    assert not is_erased(fresh(lead).email)
    done = {standing.rule.code: count for standing, count in retention.apply_now()}
    assert done["closed_leads"] == 1
    assert is_erased(fresh(lead).email)
    assert sum(count for _standing, count in retention.dry_run()) == 0


def test_an_open_lead_and_a_customer_stay(clock: time_machine.Traveller) -> None:
    lead = db.session.get_one(Lead, marker.registered(s.a_reseller()).lead_id)
    after(clock, 5000)
    retention.apply_now()
    assert fresh(lead).email == marker.EMAIL
    assert db.session.scalars(sa.select(Submission.content)).one() is not None
    assert db.session.scalars(sa.select(Submission.address)).one() is None


def test_mails_lose_their_words_and_a_waiting_one_does_not(clock: time_machine.Traveller) -> None:
    marker.registered(s.a_reseller())
    marker.render_all()
    waiting = db.session.scalars(sa.select(MailRow.id).where(MailRow.state == MailState.QUEUED)).all()
    over = db.session.scalars(sa.select(MailRow.id).where(MailRow.state == MailState.SHOWN)).all()
    assert waiting
    assert over
    after(clock, 366)
    retention.apply_now()
    for id in over:
        row = db.session.get_one(MailRow, id, populate_existing=True)
        assert (row.text, row.args, row.search) == ("[…]\n", {}, "")
        assert is_erased(row.to_email)
    assert not is_erased(db.session.get_one(MailRow, waiting[0], populate_existing=True).to_email)


def test_closed_people_invitations_and_rejected_applicants_go(clock: time_machine.Traveller) -> None:
    person, administrator = s.a_person(marker.NAME, email=marker.EMAIL), s.a_staff_member("administrator")
    staff.close(person, administrator)
    application = partners.an_application(first_name=marker.FIRST, last_name=marker.LAST, email=marker.EMAIL)
    decisions.reject(application, "Not now", administrator)
    place = s.an_organisation()
    with write():
        db.session.add(
            Invitation(
                organisation_id=place.id,
                email=marker.EMAIL,
                name=marker.NAME,
                role="member",
                locale="pl",
                invited_by_id=administrator.id,
                sent_at=now(),
                ended_at=None,
            )
        )
    after(clock, 367)
    retention.apply_now()
    gone = db.session.get_one(Person, person.id, populate_existing=True)
    assert is_erased(gone.email)
    assert gone.name == "[…]"
    rejected = db.session.get_one(Application, application.id, populate_existing=True)
    assert is_erased(rejected.email)
    assert rejected.company_name == "Polana Wdrożenia"
    assert is_erased(db.session.scalars(sa.select(Invitation.email)).one())
    assert {place: count for place, count in marker.traces().items() if not place.startswith("outbox")} == {}


def test_imports_and_invoices_lose_their_files(clock: time_machine.Traveller) -> None:
    seller = s.a_staff_member("finance")
    csv = keep_upload(Received("clients.csv", TEXT, b"a;b\n1;2\n"), seller)
    pdf = keep_upload(Received("invoice.txt", TEXT, b"invoice"), seller)
    with write():
        db.session.add_all([csv, pdf])
        db.session.flush()
        run = ImportRun(
            kind="leads",
            state="done",
            upload_id=csv.id,
            key="k",
            locale="en",
            by_id=seller.id,
            created_at=now(),
            ended_at=now(),
            forgotten_at=None,
        )
        db.session.add(run)
        db.session.flush()
        db.session.add(ImportLine(run_id=run.id, number=2, cells={"a": "1"}, verdict="new"))
        db.session.add(
            Invoice(
                number="FV/1",
                issued_on=date(2026, 3, 9),
                currency="PLN",
                net=Decimal(10),
                vat=Decimal(2),
                gross=Decimal(12),
                buyer_name="Quillmark",
                source="hand",
                due_sort=date(2026, 3, 9),
                pdf_id=pdf.id,
                created_at=now(),
                updated_at=now(),
            )
        )
    after(clock, 91)
    retention.apply_now()
    assert db.session.scalars(sa.select(ImportLine)).all() == []
    with pytest.raises(NotFound):
        store().open(csv.key)
    store().open(pdf.key).close()
    after(clock, 3654)
    retention.apply_now()
    kept = db.session.scalars(sa.select(Invoice).execution_options(populate_existing=True)).one()
    assert (kept.number, kept.gross, kept.buyer_name, kept.pdf_id) == ("FV/1", Decimal(12), "[…]", None)
    assert db.session.scalars(sa.select(Upload)).all() == []
    with pytest.raises(NotFound):
        store().open(pdf.key)


def test_who_took_part_in_a_training_goes_and_how_many_there_were_stays(clock: time_machine.Traveller) -> None:
    session = trainings.a_session()
    sessions.add(session.id, trainings.somebody("Jan Wit"), s.a_staff_member("account_manager"))
    kept = db.session.scalars(sa.select(Participant)).one()
    tonight(clock, 7 + 1094)
    assert of("old_participants").found == 0
    tonight(clock, 7 + 1096)
    tonight(clock, 7 + 1097)
    assert (of("old_participants").found, of("old_participants").erased) == (0, 1)
    [gone] = trainings.participants(session)
    assert (gone.id, gone.name, is_erased(gone.email)) == (kept.id, "[…]", True)


def test_an_answered_request_loses_its_words_and_an_open_one_waits(clock: time_machine.Traveller) -> None:
    leader = s.a_staff_member("team_leader")
    filed = [
        requests.file(
            requests.Filed(email, "Jan Wit", "nl", "NL", AskedFor.CORRECTION, "My name is Wit.", CameBy.LETTER, now()),
            leader,
        )
        for email in ("jan@quillmark.example", "jan.wit@quillmark.example")
    ]
    refused = requests.refuse(filed[0].id, filed[0].version, "We know no Jan.", leader)
    tonight(clock, 1095)
    assert of("privacy_requests").found == 0
    tonight(clock, 1097)
    tonight(clock, 1098)
    assert (of("privacy_requests").found, of("privacy_requests").erased) == (0, 1)
    db.session.expire_all()
    gone, waits = (db.session.get_one(PrivacyRequest, each.id) for each in filed)
    assert (is_erased(gone.email), gone.name, gone.text, gone.answer) == (True, "[…]", None, None)
    assert (gone.state, gone.decided_at) == (refused.state, refused.decided_at)
    assert (waits.email, waits.text) == ("jan.wit@quillmark.example", "My name is Wit.")
    chain.seal_entries()
    assert chain.verify().faults == []
