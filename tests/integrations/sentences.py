"""Sentences about the beginning with software partners: the published playbook, a registration, offered times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.integrations.models import IntroductionSlot, SoftwarePartner
from app.integrations.service import introducing, steps
from app.people.models import Person
from app.plans.models import Plan, PlanTask
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests.sentences import a_playbook, csrf_of
from tests.software import a_software_partner, owner_of

FORM: dict[str, Any] = {
    "company_name": "Łukasz O'Żółć Software",
    "country": "PL",
    "website": "zolc.example",
    "product_name": "Kasa 🙂 Lumi",
    "sells": ["point_of_sale", "webshop"],
    "name": "Łukasz O'Żółć",
    "email": "Lukasz@zolc.example",
}


def the_steps_are_published() -> None:
    """As after the playbooks of a release were brought in."""
    a_playbook(to_content(shelf.shipped()[steps.PLAYBOOK][0]))


def send_registration(client: FlaskClient, **values: Any) -> Any:
    page = client.get("/partners/register").text
    key = page.split('name="submission_key" value="')[1].split('"')[0] if "submission_key" not in values else None
    token = csrf_of(client, "/partners/register")
    data = {**FORM, "csrf_token": token, **({"submission_key": key} if key else {}), **values}
    return client.post("/partners/register", data=data, headers={"Origin": "http://localhost"})


def a_partner_with_steps(name: str = "Kassalinja", **values: Any) -> SoftwarePartner:
    partner = a_software_partner(name, **values)
    with write():
        steps.begin(partner, owner_of(partner))
    assert partner.plan_id is not None
    return partner


def plan_of(partner: SoftwarePartner) -> Plan:
    db.session.expire_all()
    return db.session.get_one(Plan, partner.plan_id)


def task_of(partner: SoftwarePartner, code: str) -> PlanTask:
    db.session.expire_all()
    query = db.select(PlanTask).where(PlanTask.plan_id == partner.plan_id, PlanTask.code == code)
    return db.session.scalars(query).one()


def tomorrow_at(hour: int, days: int = 1) -> datetime:
    return (now() + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def offered_times(by: Person, *starts: datetime, **values: Any) -> list[IntroductionSlot]:
    details = introducing.Offer(starts, values.pop("minutes", 30), "Europe/Amsterdam", **values)
    return introducing.offer(details, by)
