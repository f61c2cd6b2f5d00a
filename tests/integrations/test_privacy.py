"""What is held about the people of software partners is found and erased; what is the company's stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db, write
from app.integrations.models import PartnerRegistration, Question, QuestionMessage, SoftwarePartner
from app.people.models import Organisation, Person
from app.privacy import service
from tests.integrations.sentences import send_registration
from tests.integrations.test_registering import confirm
from tests.sentences import a_member_of
from tests.software import a_software_partner, owner_of

pytestmark = pytest.mark.usefixtures("context")


def test_whoever_registered_is_erased_and_the_company_stays(client: FlaskClient) -> None:
    send_registration(client, name="Wilhelmina Ostrowska", email="wilhelmina@zolc.example")
    confirm(client)
    organisation = db.session.scalars(sa.select(Organisation)).one()
    a_member_of(organisation, "Somebody Else")
    service.erase("wilhelmina@zolc.example")
    db.session.expire_all()
    registration = db.session.scalars(sa.select(PartnerRegistration)).one()
    assert "Ostrowska" not in registration.name
    assert "wilhelmina" not in registration.email
    assert registration.company_name == "Łukasz O'Żółć Software"
    assert db.session.scalars(sa.select(SoftwarePartner)).one().is_active
    assert not any("Ostrowska" in name for name in db.session.scalars(sa.select(Person.name)))


def test_words_about_somebody_are_blanked_in_threads_and_reasons() -> None:
    partner = a_software_partner()
    somebody = owner_of(partner)
    a_member_of(db.session.get_one(Organisation, partner.organisation_id), "Somebody Else")
    with write():
        somebody.name = "Wilhelmina Ostrowska"
        question = Question(
            partner_id=partner.id,
            subject="Wilhelmina Ostrowska asks",
            created_by_id=somebody.id,
            created_at=partner.created_at,
            last_at=partner.created_at,
            search="wilhelmina ostrowska asks",
        )
        db.session.add(question)
        db.session.flush()
        db.session.add(
            QuestionMessage(
                question_id=question.id,
                by_id=somebody.id,
                by_name=somebody.name,
                of_vendor=False,
                body="Regards, Wilhelmina Ostrowska",
                created_at=partner.created_at,
                key="k",
            )
        )
        db.session.get_one(SoftwarePartner, partner.id).end_reason = "Wilhelmina Ostrowska left."
    email = somebody.email
    service.erase(email)
    db.session.expire_all()
    message = db.session.scalars(sa.select(QuestionMessage)).one()
    kept = db.session.scalars(sa.select(Question)).one()
    told = f"{message.by_name} {message.body} {kept.subject} {kept.search} {fresh_reason(partner.id)}"
    assert "Ostrowska" not in told
    assert "ostrowska" not in told


def fresh_reason(partner_id: int) -> str:
    return db.session.get_one(SoftwarePartner, partner_id).end_reason
