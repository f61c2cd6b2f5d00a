"""From the history to what waits: which change is which event, for whom, and with the same commit."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import db, write
from app.history import words
from app.history.service import record
from app.leads.models import Lead
from app.leads.service import decision
from app.outbox.webhooks import events, gathering, service
from app.outbox.webhooks.service import Details
from tests.leads.sentences import a_lead
from tests.outbox.webhooks.conftest import a_webhook, again, deliveries
from tests.queries import counting
from tests.receiver import lookup
from tests.sentences import a_staff_member

pytestmark = pytest.mark.usefixtures("context")
URL = "https://events.invoicing.company/gangway"


def told() -> list[tuple[str, str, str, int | None]]:
    return [(each.type, each.kind, each.record_ref, each.record_version) for each in deliveries()]


def test_a_change_waits_for_each_address_that_is_told_of_it() -> None:
    lead = a_lead()
    all_of_leads, accepted = a_webhook(URL, "lead.*"), a_webhook(URL, "lead.accepted", "account.*")
    a_webhook(URL, "lead.declined", "invoice.*")
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    now_is = db.session.get_one(Lead, lead.id, populate_existing=True).version
    assert told() == [("lead.accepted", "lead", lead.ref, now_is)] * 2
    assert [each.webhook_id for each in deliveries()] == [all_of_leads.id, accepted.id]


def _accept_and_think_again(lead: Lead) -> None:
    with write():
        record(lead, "lead.accepted", None)
        raise RuntimeError("second thoughts")


def test_what_is_taken_back_is_told_to_nobody() -> None:
    lead = a_lead()
    a_webhook(URL, "lead.*")
    with pytest.raises(RuntimeError, match="second thoughts"):
        _accept_and_think_again(lead)
    lead = db.session.get_one(Lead, lead.id)
    with write():
        record(lead, "lead.declined", None)
    assert [type for type, *_rest in told()] == ["lead.declined"]


def test_the_version_is_that_of_the_commit() -> None:
    lead = a_lead()
    a_webhook(URL, "lead.*")
    with write():
        found = db.session.get_one(Lead, lead.id, populate_existing=True)
        record(found, "lead.changed", None)
        found.version += 7
    assert told() == [("lead.changed", "lead", lead.ref, found.version)]


def test_a_record_that_the_api_does_not_know_is_no_event() -> None:
    a_webhook(URL, *(events.every(kind) for kind in events.KINDS))
    person = a_staff_member("sales")
    with write():
        record(person, "person.profile_changed", None)
    assert told() == []


def test_a_stopped_address_misses_nothing_and_a_removed_one_is_told_nothing() -> None:
    lead, stopped, removed = a_lead(), a_webhook(URL), a_webhook(URL)
    service.pause(stopped.id, a_staff_member("administrator"))
    service.remove(removed.id, a_staff_member("administrator"))
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    assert [each.webhook_id for each in deliveries()] == [stopped.id]


def test_however_much_is_told_costs_the_same(app: Flask) -> None:
    lead = a_lead()
    for _number in range(3):
        a_webhook(URL, "lead.*")

    def change(times: int) -> int:
        found = db.session.get_one(Lead, lead.id)
        with counting(app) as queries, write():
            for _time in range(times):
                record(found, "lead.changed", None)
        return queries.count

    assert change(5) - change(1) == 4, "only the entries themselves are more"


def test_each_verb_of_the_history_is_an_event_by_a_name_of_its_own() -> None:
    types = [event.type for _kind, known in events.offered() for event in known]
    assert len(types) == len(set(types)) > 100
    assert {"lead.accepted", "task.done", "plan.case_opened", "training.moved", "invoice.received"} <= set(types)
    assert max(map(len, types)) <= 80
    prefixes = {verb for kind in events.KINDS for verb in kind.verbs}
    assert prefixes <= {verb.partition(".")[0] for verb in words.WORDS}


def test_the_kinds_are_tables_with_a_reference_and_a_version() -> None:
    for kind in events.KINDS:
        assert {"id", "ref", "version"} <= set(Lead.metadata.tables[kind.table].c.keys()), kind.code


@pytest.mark.parametrize(
    ("chosen", "type", "told_of"),
    [
        (["lead.*"], "lead.accepted", True),
        (["lead.accepted"], "lead.accepted", True),
        (["lead.accepted"], "lead.accepted_again", False),
        (["plan.*"], "plan.case_opened", True),
        (["plan.*"], "plan_task.done", False),
        ([], "lead.accepted", False),
    ],
)
def test_who_is_told_of_what(chosen: list[str], type: str, told_of: bool) -> None:
    assert events.wants(chosen, type) is told_of


def test_an_address_that_changes_its_choice_is_told_by_the_new_one() -> None:
    webhook = a_webhook(URL, "lead.*")
    admin = a_staff_member("administrator")
    service.edit(webhook.id, Details(URL, "", ("account.*",)), again(webhook).version, admin, lookup=lookup)
    lead = a_lead()
    decision.accept(lead.id, lead.version, a_staff_member("sales"))
    assert told() == []
    assert gathering._listeners() == [(webhook.id, ["account.*"])]
