"""The worker is killed in the middle of an erasure; the next one ends it, mails the outcome, and forgets that too."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import now
from app.core.db import db, write
from app.history import chain
from app.leads.models import LeadNote
from app.privacy.models import AskedFor, CameBy, Erasure, ErasureState, PrivacyRequest
from app.privacy.service import requests
from tests import sentences as s
from tests.faults.processes import a_worker
from tests.mailserver import MailServer, wait_until
from tests.privacy import marker

pytestmark = pytest.mark.fault

NOTES = 1200


def left() -> int:
    db.session.rollback()
    named = LeadNote.body.contains(marker.EMAIL)
    return db.session.scalar(sa.select(sa.func.count()).select_from(LeadNote).where(named)) or 0


def state() -> str:
    db.session.rollback()
    return db.session.scalars(sa.select(Erasure.state)).one()


def is_done() -> bool:
    """Whether the mail is gone and forgotten. The worker looks for that once a minute; here at every moment."""
    if state() == ErasureState.ANSWERING:
        with write():
            db.session.execute(sa.update(Erasure).values(lease_until=None).execution_options(synchronize_session=False))
    return state() == ErasureState.DONE


def test_a_killed_worker_leaves_nobody_half_erased(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    seller = s.a_staff_member("team_leader")
    lead_id = marker.registered(s.a_reseller()).lead_id
    note = {"lead_id": lead_id, "author_id": seller.id, "author_name": seller.name, "internal": True}
    with write():
        db.session.execute(
            sa.insert(LeadNote),
            [{**note, "body": f"{number}: {marker.EMAIL}", "created_at": now()} for number in range(NOTES)],
        )
    filed = requests.Filed(marker.EMAIL, marker.NAME, "pl", "PL", AskedFor.ERASURE, "", CameBy.MAIL, now())
    request = requests.file(filed, seller)
    request_id = request.id
    requests.begin_erasing(request_id, request.version, "Done as you asked.", seller)
    storage = {"GANGWAY_STORAGE_URL": str(app.config["GANGWAY"].storage_url)}

    with a_worker(app, tmp_path, mail_server.url, **storage) as worker:
        wait_until(lambda: left() < NOTES, 60, lambda: worker.log.read_text()[-3000:])
        worker.kill()
    assert 0 < left() < NOTES, "killed in the middle of a table"
    assert state() == ErasureState.ERASING
    with write():
        db.session.execute(sa.update(Erasure).values(lease_until=None).execution_options(synchronize_session=False))
    with a_worker(app, tmp_path, mail_server.url, **storage) as worker:
        wait_until(is_done, 120, lambda: worker.log.read_text()[-3000:])
    assert any("Done as you asked." in str(letter) for letter in mail_server.received)
    assert marker.traces() == {}
    assert db.session.get_one(PrivacyRequest, request_id, populate_existing=True).state == "granted"
    erasure = db.session.scalars(sa.select(Erasure)).one()
    assert erasure.erased["notes"] >= NOTES
    assert (tmp_path / "erasures.jsonl").read_text().count(erasure.ref) == 1
    chain.seal_entries()
    assert chain.verify().faults == []
