"""The pages of privacy at the desk and `flask privacy`."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.history.models import HistoryEntry
from app.privacy.models import Erasure, RetentionPeriod
from app.privacy.service import erasing, retention
from tests import sentences as s
from tests.privacy import marker
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def leader(client: FlaskClient) -> FlaskClient:
    return s.sign_in(client, s.a_staff_member("team_leader"))


def found(client: FlaskClient, email: str = marker.EMAIL) -> str:
    answer = s.post(client, "/desk/privacy/people", {"email": email})
    assert answer.status_code == 303
    return str(answer.location)


def test_a_person_is_looked_up_without_naming_them_in_the_address(leader: FlaskClient) -> None:
    marker.registered(s.a_reseller())
    where = found(leader, "Zdzislawa@Marker.example")
    assert "marker" not in where.lower()
    page = leader.get(where).get_data(as_text=True)
    assert marker.NAME in page
    assert "Leads" in page
    assert "Tax law" not in page
    assert leader.get("/desk/privacy/people/nonsense").status_code == 404


def test_an_unknown_address_has_nothing(leader: FlaskClient) -> None:
    assert "Nothing is held about this address" in leader.get(found(leader)).get_data(as_text=True)
    assert s.post(leader, "/desk/privacy/people", {"email": ""}).status_code == 422


def test_the_archive_is_downloaded_and_that_is_written_down(leader: FlaskClient) -> None:
    marker.registered(s.a_reseller())
    where = found(leader)
    answer = s.post(leader, f"{where}/export", page=where)
    assert answer.mimetype == "application/zip"
    assert "data.json" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    verbs = db.session.scalars(sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "lead")).all()
    assert "person.exported" in verbs


@pytest.mark.on("sqlite")
def test_erasing_asks_for_the_address_and_says_what_stays(leader: FlaskClient) -> None:
    marker.seed()
    where = found(leader)
    page = leader.get(f"{where}/erasure").get_data(as_text=True)
    assert "Tax law demands" in page
    wrong = s.post(leader, f"{where}/erasure", {"typed": "other@marker.example"})
    assert wrong.status_code == 422
    assert db.session.scalars(sa.select(Erasure)).all() == []
    begun = s.post(leader, f"{where}/erasure", {"typed": marker.EMAIL})
    assert begun.status_code == 303
    twice = s.post(leader, f"{where}/erasure", {"typed": marker.EMAIL})
    assert twice.location == begun.location
    page = leader.get(begun.location)
    assert "The worker goes through all tables" in page.get_data(as_text=True)
    while erasing.step("worker"):
        pass
    page = leader.get(begun.location, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "Erased on" in page
    assert "every 1s" not in page
    assert "Tax law demands" in page
    assert "erased before" in leader.get(where).get_data(as_text=True)


def test_staff_are_not_offered_for_erasure(leader: FlaskClient) -> None:
    colleague = s.a_staff_member("sales")
    where = found(leader, colleague.email)
    page = leader.get(where).get_data(as_text=True)
    assert "This person is on the staff" in page
    assert f"{where}/erasure" not in page
    refused = s.post(leader, f"{where}/erasure", {"typed": colleague.email}, page=where)
    assert refused.status_code == 422


def test_periods_are_shown_to_all_who_manage_and_changed_by_administrators(leader: FlaskClient, app: Flask) -> None:
    page = leader.get("/desk/privacy/retention").get_data(as_text=True)
    assert "Words and addresses of mails" in page
    assert "/desk/privacy/retention/mail_words" not in page
    assert leader.get("/desk/privacy/retention/mail_words").status_code == 403
    administrator = s.sign_in(app.test_client(), s.a_staff_member("administrator"))
    where = "/desk/privacy/retention/mail_words"
    assert s.post(administrator, where, {"days": "1"}).status_code == 422
    assert s.post(administrator, where, {"days": "400"}).status_code == 303
    assert db.session.scalars(sa.select(RetentionPeriod.days)).all() == [400]
    assert retention.standing_of("mail_words").days == 400
    assert administrator.get("/desk/privacy/retention/nonsense").status_code == 404


@pytest.mark.on("sqlite")
def test_lists_ask_few_questions(leader: FlaskClient, app: Flask) -> None:
    marker.registered(s.a_reseller())
    for _again in range(3):
        erasing.erase(marker.EMAIL)
    for path in ("/desk/privacy/people", "/desk/privacy/retention"):
        with counting(app) as n:
            assert leader.get(path).status_code == 200
        assert n <= 6


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.on("sqlite")
def test_export_and_erase_by_command(app: Flask, tmp_path: Path) -> None:
    marker.seed()
    run = app.test_cli_runner().invoke
    target = tmp_path / "archive.zip"
    assert run(args=["privacy", "export", marker.EMAIL, "--output", str(target)]).exit_code == 0
    assert "overview.html" in zipfile.ZipFile(target).namelist()
    assert target.stat().st_mode & 0o077 == 0
    shown = run(args=["privacy", "show", marker.EMAIL])
    assert "own" in shown.output
    wrong = run(args=["privacy", "erase", marker.EMAIL], input="other@marker.example\n")
    assert wrong.exit_code == 1
    assert marker.traces()["lead.email"]
    done = run(args=["privacy", "erase", marker.EMAIL], input=f"{marker.EMAIL}\n")
    assert done.exit_code == 0, done.output
    assert "Tax law demands" in done.output
    assert "lead.email" not in marker.traces()
    verified = run(args=["history", "verify"])
    assert verified.exit_code == 0
    assert "values erased on" in verified.output


def test_a_refusal_by_command_says_why(app: Flask) -> None:
    colleague = s.a_staff_member("sales")
    refused = app.test_cli_runner().invoke(args=["privacy", "erase", colleague.email, "--yes"])
    assert refused.exit_code == 1
    assert "on the staff" in refused.output


def test_retention_and_redo_by_command(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert "Nothing was erased" in run(args=["privacy", "retention"]).output
    assert "Erased." in run(args=["privacy", "retention", "--apply"]).output
    assert run(args=["privacy", "redo"]).exit_code == 0
