"""The portfolio: who sees it, what narrows it, saved views, and a cost that does not grow (I12)."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.core.search import search_text
from app.people.models import Person
from app.plans.models import Health, Plan, SavedView, Waiting
from app.playbooks.models import Playbook, PlaybookVersion
from tests.queries import counting
from tests.sentences import a_staff_member, an_organisation, post, sign_in

_numbers = itertools.count(1)
DAY = date(2026, 11, 2)


@pytest.fixture
def version(context: None) -> PlaybookVersion:
    book = Playbook(
        code=f"book-{next(_numbers)}",
        audience="partner",
        titles={"en": "Introduction"},
        archived_at=None,
        created_at=now(),
    )
    one = PlaybookVersion(
        playbook=book,
        number=1,
        content={},
        sha256="0" * 64,
        origin="desk",
        created_at=now(),
        created_by_id=None,
        published_at=now(),
        published_by_id=None,
    )
    with write():
        db.session.add_all([book, one])
    return one


def a_row(version: PlaybookVersion, manager: Person, name: str = "Kuusiranta Oy", **values: Any) -> Plan:
    plan = Plan(
        organisation_id=an_organisation(name).id,
        account_id=None,
        playbook_version_id=version.id,
        name=name,
        locale="fi",
        country="FI",
        facts={},
        manager_id=manager.id,
        started_on=DAY,
        contract_on=None,
        kickoff_on=None,
        golive_on=None,
        live_on=values.pop("live_on", None),
        created_by_id=None,
        created_at=now(),
        updated_at=now(),
        archived_at=None,
        finished_at=None,
        **values,
    )
    with write():
        db.session.add(plan)
        db.session.flush()
        plan.search, plan.name_sort = search_text(name, plan.ref), search_text(name)
    return plan


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_portfolio_shows_every_plan_with_its_health_and_whom_it_waits_for(
    client: FlaskClient, version: PlaybookVersion
) -> None:
    manager = a_staff_member("account_manager", name="Piotr Zareba")
    a_row(version, manager, health=Health.LATE, waiting=Waiting.CUSTOMER, task_count=18, done_count=7, stuck_count=1)
    sign_in(client, manager)
    page = text_of(client, "/desk/plans")
    for words in ("Kuusiranta Oy", "Late", "The customer", "7 of 18 done", "1 task is stuck", "Piotr Zareba"):
        assert words in page


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("?q=polana", {"Polana"}),
        ("?health=late", {"Kuusiranta"}),
        ("?waiting=vendor", {"Polana"}),
        ("?stuck=1", {"Kuusiranta"}),
        ("?state=archived", {"Lehto"}),
        ("?state=all", {"Kuusiranta", "Polana", "Lehto"}),
        ("?health=nonsense&sort=nonsense", {"Kuusiranta", "Polana"}),
        ("?playbook=none-such", set()),
    ],
)
def test_a_filter_narrows_the_page_and_the_file_alike(
    client: FlaskClient, version: PlaybookVersion, address: str, seen: set[str]
) -> None:
    manager = a_staff_member("team_leader")
    a_row(version, manager, "Kuusiranta", health=Health.LATE, waiting=Waiting.CUSTOMER, stuck_count=2)
    a_row(version, manager, "Polana", waiting=Waiting.VENDOR)
    a_row(version, manager, "Lehto", state="archived")
    sign_in(client, manager)
    page, file = text_of(client, f"/desk/plans{address}"), text_of(client, f"/desk/plans/plans.csv{address}")
    for name in ("Kuusiranta", "Polana", "Lehto"):
        assert (name in page) is (name in seen)
        assert (name in file) is (name in seen)


def test_only_one_managers_plans(client: FlaskClient, version: PlaybookVersion) -> None:
    ours, theirs = a_staff_member("account_manager"), a_staff_member("account_manager", name="Marit Vos")
    a_row(version, ours, "Kuusiranta")
    a_row(version, theirs, "Polana")
    sign_in(client, ours)
    page = text_of(client, f"/desk/plans?manager={theirs.ref}")
    assert "Polana" in page
    assert "Kuusiranta" not in page


def test_finance_does_not_see_plans(client: FlaskClient, version: PlaybookVersion) -> None:
    sign_in(client, a_staff_member("finance"))
    text_of(client, "/desk/plans", 403)
    text_of(client, "/desk/plans/plans.csv", 403)


def test_a_view_is_kept_shown_replaced_and_removed(client: FlaskClient, version: PlaybookVersion) -> None:
    sign_in(client, a_staff_member("team_leader"))
    for address in ("?health=late&waiting=customer", "?health=late"):
        answer = post(client, f"/desk/plans{address}", {"name": "My late ones"})
        assert answer.status_code == 303
        assert answer.location.startswith("/desk/plans?health=late")
    [view] = db.session.query(SavedView).all()
    assert view.query == {"health": "late"}
    assert "My late ones" in text_of(client, "/desk/plans")
    assert post(client, f"/desk/plans/views/{view.ref}/removal", page="/desk/plans").status_code == 303
    assert "My late ones" not in text_of(client, "/desk/plans")


def test_a_colleague_sees_a_shared_view_and_cannot_remove_it(client: FlaskClient, version: PlaybookVersion) -> None:
    sign_in(client, a_staff_member("team_leader"))
    post(client, "/desk/plans?health=late", {"name": "For all", "shared": "y"})
    post(client, "/desk/plans?health=late", {"name": "For me"})
    sign_in(client, a_staff_member("account_manager"))
    page = text_of(client, "/desk/plans")
    assert "For all" in page
    assert "For me" not in page
    shared = db.session.query(SavedView).filter_by(name="For all").one()
    assert post(client, f"/desk/plans/views/{shared.ref}/removal", page="/desk/plans").status_code == 404


def test_a_view_without_a_name_is_asked_for_one(client: FlaskClient, version: PlaybookVersion) -> None:
    sign_in(client, a_staff_member("team_leader"))
    answer = post(client, "/desk/plans?waiting=vendor", {"name": " "})
    assert answer.status_code == 422
    assert "Enter a name for the view" in answer.get_data(as_text=True)


def test_the_load_counts_running_plans_of_each_manager(client: FlaskClient, version: PlaybookVersion) -> None:
    ours, theirs = a_staff_member("account_manager"), a_staff_member("account_manager", name="Marit Vos")
    a_row(version, ours, "Kuusiranta", health=Health.LATE, open_vendor=4)
    a_row(version, theirs, "Polana", open_vendor=1)
    a_row(version, theirs, "Lehto", open_vendor=2, stuck_count=1)
    a_row(version, theirs, "Gone", state="archived", open_vendor=50)
    sign_in(client, ours)
    assert text_of(client, "/desk/plans/load.csv").splitlines()[1:] == [
        "Marit Vos;2;0;0;0;1;3",
        "Dana Kellerman;1;1;0;0;0;4",
    ]
    assert "Marit Vos" in text_of(client, "/desk/plans/load")


def test_pages_follow_each_other_without_loss_and_at_a_constant_cost(
    app: Flask, client: FlaskClient, version: PlaybookVersion
) -> None:
    manager = a_staff_member("account_manager")
    sign_in(client, manager)
    costs = []
    for more in (10, 190):
        for number in range(more):
            a_row(version, manager, f"Company {next(_numbers)}", forecast_on=DAY + timedelta(days=number % 7))
        with counting(app) as asked:
            text_of(client, "/desk/plans")
        costs.append(int(asked))
    assert costs[0] == costs[1] <= 6
    address, names = "/desk/plans", []
    while address:
        page = text_of(client, address)
        names += [part.split("<", 1)[0] for part in page.split('class="gw-name" href="')[1:]]
        found = page.split('rel="next" href="')
        address = "/desk/plans" + found[1].split('"')[0].replace("&amp;", "&") if len(found) > 1 else ""
    assert len(names) == 200 == len(set(names))
