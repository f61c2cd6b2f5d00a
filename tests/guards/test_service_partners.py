"""What is not assigned to a service partner at this moment does not exist for it: 404 equal to a reference that was
made up, at whatever door; no list mentions it, and everything else is closed to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.access.roles import MemberRole
from app.core.clock import today
from app.core.db import Base, db
from app.followups.models import Assignment, AssignmentState, FollowUp, FollowUpState, PartnerAbsence, ServicePartner
from app.followups.service import followups as service
from app.followups.service.partners import note_absence
from app.leads.models import Lead
from app.leads.service import notes
from app.outbox.models import MailRow
from app.partners.models import Reseller
from app.people.models import Invitation, Person
from app.people.service import places
from app.people.service.places import Newcomer
from app.settings.models import vendor
from tests.followups.asking import a_followup, an_assigned_followup, fresh, give
from tests.followups.partners import a_service_partner, a_wanting_lead
from tests.followups.test_followups import partner_member
from tests.guards.test_access import doors
from tests.leads.test_races_desk import person
from tests.sentences import a_reseller, a_staff_member, csrf_of, sign_in

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

IN_THE_PANEL = {P.PARTNER_PANEL, P.PARTNER_FOLLOWUPS, P.PARTNER_DETAILS, P.PANEL_PEOPLE_READ, P.PANEL_PEOPLE_MANAGE}
WAYS: tuple[dict[str, str], ...] = ({}, {"HX-Request": "true"})


@dataclass
class Stage:
    """Two service partners, each with companies, and one follow-up of every state."""

    us: ServicePartner
    member: Person
    hidden: list[Lead]
    """Leads that are not ours now."""
    ours: Lead


@pytest.fixture
def stage() -> Stage:
    us, them = a_service_partner("Bilans Poznań", owner="Aino Lehto"), a_service_partner("Konkurent", owner="Jan Bos")
    coordinator, member = a_staff_member("coordinator"), partner_member(us.organisation_id)
    reseller = a_reseller("Polana Handel")
    ours = an_assigned_followup(us, a_wanting_lead(of=reseller, company_name="Ours Alone"), wanted=them.ref)
    notes.add(ours.lead_id, "Among staff: a bad payer", coordinator, internal=True)
    names = iter(f"Hidden {number} Trading" for number in range(20))

    def hidden() -> Lead:
        return a_wanting_lead(company_name=next(names), contact_name="Secret Person")

    theirs = an_assigned_followup(them, hidden())
    asked = a_followup(hidden(), wanted=us.ref)
    back = an_assigned_followup(us, hidden())
    service.take_back(back.id, back.version, "Silence", coordinator)
    declined = an_assigned_followup(us, hidden())
    service.answer(declined.id, declined.version, us.id, FollowUpState.NOT_POSSIBLE, "No time", member)
    closed = an_assigned_followup(us, hidden())
    service.close(closed.id, closed.version, "Over", coordinator)
    moved = an_assigned_followup(us, hidden())
    give(moved, them)
    note_absence(them.id, vendor_day(), vendor_day(), coordinator)
    other = partner_member(them.organisation_id)
    newcomer = Newcomer("petra@elsewhere.example", "Petra Nowak", "en", MemberRole.MEMBER)
    places.invite(other.places[0].organisation, newcomer, other)
    all_hidden = [theirs, asked, back, declined, closed, moved]
    leads = [db.session.get_one(Lead, each.lead_id, populate_existing=True) for each in all_hidden]
    return Stage(us, person(member.id), leads, db.session.get_one(Lead, fresh(ours).lead_id))


def vendor_day() -> date:
    return today(vendor().timezone)


@pytest.fixture
def browser(app: Flask, stage: Stage) -> FlaskClient:
    """An owner's, who may do everything that the panel offers."""
    return sign_in(app.test_client(), stage.member)


def _foreign_references(us: ServicePartner) -> list[str]:
    """Of every kind of record, all that are not ours at this moment."""
    held = sa.and_(Assignment.partner_id == us.id, Assignment.state == AssignmentState.ACTIVE)
    own = sa.select(Assignment.id).where(held)
    theirs: list[sa.Select[str]] = [
        sa.select(Lead.ref),
        sa.select(FollowUp.ref).where(sa.or_(FollowUp.assignment_id.is_(None), FollowUp.assignment_id.not_in(own))),
        sa.select(Assignment.ref).where(~held),
        sa.select(PartnerAbsence.ref).where(PartnerAbsence.partner_id != us.id),
        sa.select(ServicePartner.ref),
        sa.select(Reseller.ref),
        sa.select(Invitation.ref).where(Invitation.organisation_id != us.organisation_id),
    ]
    found = [list(db.session.scalars(query)) for query in theirs]
    assert all(found), [str(query) for query, refs in zip(theirs, found, strict=True) if not refs]
    return [ref for refs in found for ref in refs]


def _rules(app: Flask) -> Iterator[tuple[Rule, list[str]]]:
    for rule in app.url_map.iter_rules():
        names = [name for name in rule.arguments if name == "ref"]
        if access_of(app, rule.endpoint) in IN_THE_PANEL and names:
            yield rule, names


def _answer(client: FlaskClient, method: str, path: str, headers: dict[str, str], token: str) -> Any:
    data = {"csrf_token": token, "answer": "interested", "version": "2", "role": "member"} if method == "POST" else None
    return client.open(path, method=method, data=data, headers={"Origin": "http://localhost", **headers})


def test_what_is_not_ours_answers_as_one_that_was_made_up(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    theirs = _foreign_references(stage.us)
    token = csrf_of(browser, "/profile")
    adapter, tried, before = app.url_map.bind("localhost"), 0, _everything()
    for rule, names in _rules(app):
        for method, headers in product(sorted((rule.methods or set()) & {"GET", "POST", "HEAD"}), WAYS):
            made_up = {name: re.sub(r"\w{8}$", "0" * 8, theirs[0]) for name in names}
            path = str(adapter.build(rule.endpoint, made_up, method=method))
            unknown = _answer(browser, method, path, headers, token)
            assert unknown.status_code == 404, f"{method} {path} answers {unknown.status_code}"
            for ref in theirs:
                path = str(adapter.build(rule.endpoint, dict.fromkeys(names, ref), method=method))
                answer = _answer(browser, method, path, headers, token)
                assert (answer.status_code, answer.data) == (404, unknown.data), f"{method} {path}"
                tried += 1
    assert tried > 200
    assert _everything() == before


def _everything() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_no_page_of_the_panel_mentions_what_is_not_ours(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    """Others' companies, other partners, the reseller, and what staff keep among themselves."""
    secrets = {"Konkurent", "Polana Handel", "bad payer", "Secret Person", "They know each other", "Jan Bos", "Petra"}
    secrets |= {lead.company_name for lead in stage.hidden} | {lead.ref for lead in stage.hidden} | {stage.ours.ref}
    secrets |= {lead.email for lead in stage.hidden} | {lead.company_number for lead in stage.hidden}
    seen: set[str] = set()
    waiting = ["/panel"]
    while waiting:
        path = waiting.pop()
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        text = answer.get_data().decode("utf-8", "ignore")
        told = sorted(secret for secret in secrets if secret in text)
        assert not told, f"{path} tells {told}"
        links = set(re.findall(r'href="(/panel[^"#?]*)', text))
        waiting += sorted(links - seen)
        seen |= links
    assert any(path.startswith("/panel/follow-ups/FU-") for path in seen)
    assert any(path.startswith("/panel/companies/AS-") for path in seen)
    assert "Ours Alone" in browser.get("/panel/follow-ups").get_data(as_text=True)


def test_everything_else_is_closed_to_it(app: Flask, stage: Stage, browser: FlaskClient) -> None:
    held = {asked for asked in P if policy.allows(stage.member, asked)}
    assert held == IN_THE_PANEL | {P.OWN_PROFILE}
    wrong = []
    for endpoint, path in doors(app, "GET"):
        asked = access_of(app, endpoint)
        if isinstance(asked, P) and asked not in held and endpoint != "leads_panel.home":
            status = browser.get(path).status_code
            if status != 403:
                wrong.append((endpoint, path, status))
    assert wrong == []


def test_no_mail_to_it_says_what_the_panel_keeps(stage: Stage) -> None:
    """A mail cannot be taken back: it names the company and its town, nothing more."""
    rows = db.session.scalars(sa.select(MailRow).where(MailRow.to_email == stage.member.email)).all()
    assert rows
    for row in rows:
        for secret in ("Secret Person", "who closes the year", "Polana Handel", "Konkurent", stage.ours.phone):
            assert secret not in str(row.args), row.template
