"""Switching a process off and on: its work rests, its data stay (X7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core import schedule
from app.core.clock import now
from app.core.db import db
from app.history.service import entries_of
from app.imports import registry
from app.outbox import sender
from app.outbox.mailer import Line
from app.outbox.models import MailRow
from app.partners.service import suspension
from app.settings import processes, service
from app.settings.models import VendorSettings
from app.settings.processes import Process
from tests import sentences as s
from tests.leads.sentences import a_lead, again
from tests.mailserver import MailServer
from tests.outbox.conftest import sending_to

PAGE = "/desk/settings/processes"


@pytest.fixture
def administrator(client: FlaskClient, context: None) -> FlaskClient:
    return s.sign_in(client, s.a_staff_member("administrator"))


def switch(client: FlaskClient, on: bool, version: int, code: str = "resellers") -> int:
    path = f"{PAGE}/{code}/{'on' if on else 'off'}"
    return int(s.post(client, path, {"version": str(version)}, page=PAGE).status_code)


def test_a_module_needs_the_processes_of_the_longest_name() -> None:
    assert processes.needed_by("app.leads.panel.lists") == {Process.RESELLERS}
    assert processes.needed_by("app.billing.panel.details") == {Process.RESELLERS, Process.BILLING}
    assert processes.needed_by("app.billing.desk") == {Process.BILLING}
    assert processes.needed_by("app.leadsandmore") == frozenset()
    assert processes.needed_by("app.web.desk") == frozenset()


def test_switching_off_says_what_is_open_and_keeps_it(app: Flask, administrator: FlaskClient) -> None:
    reseller = s.a_reseller()
    lead = a_lead(of=reseller)
    slug = s.link_of(reseller).slug
    page = administrator.get(f"{PAGE}/resellers/off").get_data(as_text=True)
    assert "1 active reseller" in page
    assert "1 open lead" in page

    assert switch(administrator, False, 0) == 303
    visitor = app.test_client()
    assert visitor.get(f"/r/{slug}").status_code == 404
    assert visitor.get("/resellers/apply").status_code == 404
    assert "Become a reseller" not in visitor.get("/").get_data(as_text=True)
    panel = s.sign_in(app.test_client(), s.owner_of(reseller))
    assert panel.get("/panel").status_code == 404
    assert panel.get("/home").status_code == 200
    assert "/desk/leads" not in administrator.get("/desk").get_data(as_text=True)

    assert switch(administrator, True, 1) == 303
    assert visitor.get(f"/r/{slug}").status_code == 200
    assert panel.get(f"/panel/leads/{lead.ref}").status_code == 200
    verbs = [entry.verb for entry in entries_of(db.session.get_one(VendorSettings, 1))]
    assert verbs == ["settings.process_on", "settings.process_off"]


def test_two_administrators_at_once_get_409_and_twice_is_once(administrator: FlaskClient) -> None:
    assert switch(administrator, False, 0) == 303
    assert switch(administrator, False, 0) == 303
    assert switch(administrator, True, 0) == 409
    assert switch(administrator, False, 0, "billing") == 409
    assert switch(administrator, False, 1, "weather") == 404
    assert len(entries_of(db.session.get_one(VendorSettings, 1))) == 1


def test_its_jobs_rest(administrator: FlaskClient) -> None:
    service.switch(Process.RESELLERS, False, 0, s.a_staff_member("administrator"))
    ran = schedule.run_due(now())
    assert "history.seal" in ran
    resting = [name for name in ran if name.startswith(("partners.", "leads.", "notices."))]
    assert not [name for name in resting if not name.startswith("notices.tasks")]  # those are of implementation


def test_its_lists_cannot_be_imported(administrator: FlaskClient) -> None:
    staff = s.a_staff_member("administrator")
    everything = {importer.code for importer in registry.open_to(staff)}
    service.switch(Process.BILLING, False, 0, staff)
    left = {importer.code for importer in registry.open_to(staff)}
    assert everything - left
    assert all(importer.__module__.startswith("app.billing") for importer in _importers(everything - left))


def _importers(codes: set[str]) -> list[type]:
    return [type(registry.of_code(code)) for code in codes]


def test_its_mails_wait_until_it_is_on_again(app: Flask, administrator: FlaskClient, mail_server: MailServer) -> None:
    staff = s.a_staff_member("administrator")
    suspension.suspend(s.a_reseller(), "A reason", staff)
    row = db.session.scalars(db.select(MailRow)).one()
    service.switch(Process.RESELLERS, False, 0, staff)
    with sending_to(app, mail_server.url):
        sender.send_due(Line(), "one")
        assert not mail_server.ids
        assert (again(row).state, again(row).subject) == ("queued", None)
        service.switch(Process.RESELLERS, True, 1, staff)
        with time_machine.travel(now() + timedelta(hours=1, minutes=1)):
            sender.send_due(Line(), "one")
    assert list(mail_server.ids) == [row.message_id]
