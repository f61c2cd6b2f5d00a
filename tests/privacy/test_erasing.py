"""Somebody who stands everywhere is erased: nothing is left but what the law keeps, and the chain still holds."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import now
from app.core.db import db, write
from app.history import chain
from app.history.models import HistoryEntry
from app.leads.models import Lead, LeadNote
from app.outbox.mail import Recipient
from app.outbox.models import MailRow, MailState
from app.outbox.service import post
from app.partners.models import PersonalLink, Reseller
from app.people.emails import SecurityNotice
from app.people.models import HeldRole, Person
from app.privacy import service
from app.privacy.models import Erasure, ErasureState
from app.privacy.service import erasing
from tests import sentences as s
from tests.privacy import marker

pytestmark = pytest.mark.usefixtures("context")

NOT_SEEDED = {
    "privacy_request.answer", "privacy_request.extension", "submission.address",
    "outbox_mail.last_error", "access_link.payload", "reseller.suspension",
}  # fmt: skip
"""Words that are blanked by the same walk as their neighbours, and that no verb fills in this story."""

ELSEWHERE = (
    "plan",
    "task_",
    "case_",
    "saved_view",
    "training_",
    "participant",
    "calendar_feed",
    "outbox_mail.calendar",
    "partner_registration",
    "introduction_slot",
    "question",
    "software_partner",
    "product",
    "package",
    "technical_link",
    "integration",
    "intake",
    "picture",
    "publication",
    "manual_feedback",
    "pilot",
    "directory_category",
    "faq",
    "support_agreement",
    "marketing_action",
    "goal",
    "review",
)
"""What belongs to plans, sessions and software partners has stories of its own: test_privacy.py of tests/plans,
tests/trainings, tests/integrations, tests/manuals and tests/cooperation."""

STAYING = {
    "acceptance.accepted_by_name",
    "invoice.buyer_name",
    "invoice.payment_reference",
    "invoice.search",
}
"""What the law keeps, and what it is found by."""


def _rows_left() -> set[str]:
    """Columns with traces. The search table of what stays holds it too; no other does."""
    left = set(marker.traces())
    return {place for place in left if not place.startswith("invoice_search.")}


def test_nothing_is_left_of_somebody_who_stood_everywhere(app: Flask) -> None:
    marker.seed()
    before = marker.traces()
    personal = {f"{h.table.name}.{c}" for h, c in marker.personal_columns()}
    missing = {place for place in personal - set(before) - NOT_SEEDED if not place.startswith(ELSEWHERE)}
    assert not missing, f"the story seeds nothing here, so it proves nothing: {sorted(missing)}"
    erasure = service.erase(marker.EMAIL)
    assert erasure.state == ErasureState.DONE
    assert _rows_left() == STAYING
    assert set(erasure.kept) == {
        "acceptance.accepted_by_name",
        "acceptance.address",
        "acceptance.user_agent",
        "invoice.buyer_name",
        "invoice.payment_reference",
        "invoice.files",
    }
    chain.seal_entries()
    verdict = chain.verify()
    assert verdict.faults == []
    assert sum(verdict.erased.values()) > 0
    assert erasure.whom is None
    verbs = sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "erasure").order_by(HistoryEntry.id)
    assert db.session.scalars(verbs).all() == ["person.erasure_begun", "person.erased"]


def test_nothing_is_left_in_files_either(app: Flask) -> None:
    before = set(marker.files_with_traces())  # an invoice's document of the test before
    marker.seed()
    with write():  # without what the law keeps, not a byte may be left in the database
        for table in ("acceptance", "invoice_payment", "invoice_vat", "invoice"):
            db.session.execute(sa.text(f"DELETE FROM {table}"))
    assert len(set(marker.files_with_traces()) - before) >= (3 if app.config["GANGWAY"].sqlite else 2)
    service.erase(marker.EMAIL)
    kept = {name: hits for name, hits in marker.files_with_traces().items() if name not in before}
    assert list(kept.values()) == [2]  # the invoice's document


def test_erasing_twice_does_nothing_more() -> None:
    marker.seed()
    service.erase(marker.EMAIL)
    before = marker.traces()
    again = service.erase(marker.EMAIL)
    assert again.state == ErasureState.DONE
    assert again.erased == {}
    assert marker.traces() == before
    assert len(service.erased_before(f" {marker.EMAIL.upper()}")) == 2
    assert service.erased_before("somebody@else.example") == []


def test_others_keep_what_is_theirs() -> None:
    seeded = marker.seed()
    namesake = s.a_person(marker.NAME, email="other.zdzislawa@namesake.example")
    service.erase(marker.EMAIL)
    kept = db.session.get_one(Person, namesake.id, populate_existing=True)
    assert (kept.name, kept.email) == (marker.NAME, "other.zdzislawa@namesake.example")
    lead = db.session.get_one(type(seeded.lead), seeded.lead.id, populate_existing=True)
    assert lead.contact_name == "[…]"
    assert lead.company_name == "Quillmark Stationers"


def test_a_name_that_somebody_else_bears_goes_from_own_records_only() -> None:
    reseller = s.a_reseller()
    mine = marker.registered(reseller)
    theirs = marker.registered(reseller, email="namesake@other.example", phone="+48612345678")
    service.erase(marker.EMAIL)
    bodies = {
        note.lead_id: note.body
        for note in db.session.scalars(sa.select(LeadNote).execution_options(populate_existing=True))
    }
    assert marker.NAME not in bodies[mine.lead_id]
    assert marker.NAME in bodies[theirs.lead_id]
    assert marker.PHONE not in bodies[theirs.lead_id]  # the number was nobody else's


def test_waiting_mails_to_the_person_do_not_leave() -> None:
    marker.registered(s.a_reseller())
    service.erase(marker.EMAIL)
    states = set(db.session.scalars(sa.select(MailRow.state).where(MailRow.to_email.like("%@erased.invalid"))))
    assert states == {MailState.SET_ASIDE}


def test_mail_to_an_erased_address_is_never_queued() -> None:
    reseller = s.a_reseller()
    sent = marker.registered(reseller)
    service.erase(marker.EMAIL)
    lead = db.session.get_one(Lead, sent.lead_id, populate_existing=True)
    with write():
        row = post(
            SecurityNotice("[…]", "password_changed", now(), None),
            Recipient(lead.email, lead.contact_name, "en"),
            conversation="x",
        )
    assert row.state == MailState.SET_ASIDE


def test_the_personal_link_no_longer_bears_the_name() -> None:
    seeded = marker.seed()
    service.erase(marker.EMAIL)
    reseller = db.session.get_one(Reseller, seeded.reseller.id, populate_existing=True)
    assert reseller.contact_name == "Katarzyna Milewska"
    current = db.session.scalars(
        sa.select(PersonalLink).where(PersonalLink.reseller_id == reseller.id, PersonalLink.is_current)
    ).one()
    assert current.slug.startswith("Polana-")
    assert current.withdrawn_at is None


def test_staff_are_refused_until_they_left() -> None:
    colleague = s.a_staff_member("sales")
    with pytest.raises(service.CannotErase):
        service.erase(colleague.email)
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == colleague.id))
    assert service.erase(colleague.email).state == ErasureState.DONE


def test_the_only_owner_of_a_reseller_is_refused() -> None:
    owner = s.owner_of(s.a_reseller("Polana"))
    with pytest.raises(service.CannotErase, match="Polana"):
        service.erase(owner.email)
    assert db.session.scalars(sa.select(Erasure)).all() == []


@pytest.mark.parametrize("stop_after", [1, 3, 7])
def test_whoever_is_killed_in_between_loses_nothing(stop_after: int) -> None:
    seeded = marker.seed()
    with write():
        erasing.begin_erasure(marker.EMAIL, None)
    for _few in range(stop_after):
        erasing.step("first")
    db.session.remove()
    with write():
        db.session.execute(sa.update(Erasure).values(lease_until=now() - timedelta(minutes=1)))
    rounds = 0
    while erasing.step("second"):
        rounds += 1
        assert rounds < 1000, "it comes to an end"
    assert _rows_left() == STAYING
    assert db.session.scalars(sa.select(Erasure.state)).all() == [ErasureState.DONE]
    assert seeded.person.id


def test_a_restored_backup_is_erased_again(app: Flask) -> None:
    reseller = s.a_reseller()
    marker.registered(reseller)
    service.erase(marker.EMAIL)
    assert erasing.forgotten() == [] or marker.EMAIL not in str(erasing.forgotten())
    with write():  # as if the database were that of yesterday
        db.session.execute(sa.delete(Erasure))
    marker.registered(reseller)
    assert marker.traces()
    done = list(erasing.redo(erasing.forgotten()))
    assert [erasure.state for erasure in done] == [ErasureState.DONE]
    assert marker.traces() == {}
    assert marker.EMAIL not in erasing.list_path().read_text()


def test_the_archive_holds_what_is_theirs_and_nothing_of_others() -> None:
    seeded = marker.seed()
    archive = zipfile.ZipFile(io.BytesIO(service.export(marker.EMAIL, "fi")))
    assert {"overview.html", "data.json"} <= set(archive.namelist())
    text = archive.read("data.json").decode()
    data = json.loads(text)
    kinds = {part["kind"]: part["records"] for part in data["data"]}
    assert {"people", "leads", "accounts", "notes", "mail", "history", "applications", "acceptances"} <= set(kinds)
    assert all(part["why"] and part["until"] for part in data["data"])
    assert data["acts"]
    assert seeded.colleague.email not in text
    assert "hanna@" not in text
    for secret in ("password_hash", "token_hash", "salt", "totp_secret", "code_hash", "a" * 64):
        assert secret not in text
    overview = archive.read("overview.html").decode()
    assert marker.NAME.split("-", maxsplit=1)[0] in overview
    assert '<html lang="fi">' in overview


def test_an_unknown_address_has_an_empty_archive() -> None:
    archive = zipfile.ZipFile(io.BytesIO(service.export("nobody@marker.example")))
    assert json.loads(archive.read("data.json"))["data"] == []
