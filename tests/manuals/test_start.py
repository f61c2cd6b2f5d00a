"""An onboarding page: the same for everybody, with a check that works without JavaScript, and the way to sign up; who
comes by it is credited to the software partner, which is no reseller in any other way."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.leads.models import Lead, LeadNote
from app.leads.service import decision, notes
from app.manuals.models import Publication, PublicationKind
from app.manuals.queries import publications as published_queries
from app.manuals.service import drafting, publishing
from app.outbox.models import MailRow
from app.partners.models import PersonalLink, Reseller
from app.people.models import Organisation
from tests import sentences as s
from tests import software
from tests.leads import sentences as leads
from tests.manuals import published
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

SLUG = "lumi-till-bokio"
PATH = f"/start/{SLUG}"


def a_page_text(title: str = "Get started", **values: Any) -> dict[str, Any]:
    text = software.a_text(title)
    text["chapters"] = [
        {"code": code, "title": code.capitalize(), "body": f"Words of {code}.", "source": ""}
        for code in ("intro", "steps", "next")
    ]
    text["requirements"] = [
        {"question": "Do you work with Lumi Till?", "help": "Ask [Kassalinja](https://kassalinja.example)."},
        {"question": "Have you an account of Bokio?", "help": ""},
    ]
    return {**text, **values}


def a_page(stage: Stage = Stage.PILOT, **texts: Any) -> Publication:
    return software.a_published_page(software.an_integration(stage=stage), texts=texts or {"en": a_page_text()})


def a_credited_page() -> Publication:
    """Published by an editor, as it goes."""
    editor = s.a_staff_member("content_editor")
    integration = software.an_integration()
    published.an_intake(db.session.get_one(Product, integration.product_id))
    made = drafting.begin(integration.id, editor)[PublicationKind.PAGE]
    publishing.publish(made.id, made.version, publishing.Order(("en",)), editor)
    return made


def link_of(page: Publication) -> PersonalLink:
    db.session.expire_all()
    return db.session.scalars(
        sa.select(PersonalLink)
        .join(Publication, Publication.link_id == PersonalLink.id)
        .where(Publication.id == page.id)
    ).one()


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_has_intro_check_steps_and_what_happens_next(client: FlaskClient) -> None:
    a_page()
    page = client.get(PATH).get_data(as_text=True)
    places = [page.index(f'id="{code}"') for code in ("intro", "check", "steps", "next")]
    assert places == sorted(places)
    assert "Do you work with Lumi Till?" in page
    assert "<h1>Get started</h1>" in page


def test_it_is_kept_without_a_cookie_and_asked_for_again_with_its_tag(client: FlaskClient) -> None:
    a_page()
    first = client.get(PATH)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    assert "csrf" not in first.get_data(as_text=True)
    assert client.get(PATH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    answered = client.get(f"{PATH}?a1=no")
    assert answered.headers["ETag"] != first.headers["ETag"]


def test_what_is_missing_is_said_in_words_with_its_help(client: FlaskClient) -> None:
    a_page()
    page = client.get(f"{PATH}?a1=no&a2=yes").get_data(as_text=True)
    assert "1 thing is still missing:" in page
    assert 'href="https://kassalinja.example"' in page
    assert re.search(r'id="a1-no" value="no" checked', page)
    assert "not answered yet" not in page


def test_when_everything_is_there_it_says_so_and_what_is_not_answered_too(client: FlaskClient) -> None:
    a_page()
    assert "Everything is at hand. You can sign up." in client.get(f"{PATH}?a1=yes&a2=yes").get_data(as_text=True)
    half = client.get(f"{PATH}?a1=yes").get_data(as_text=True)
    assert "1 question is not answered yet." in half
    assert "Everything is at hand" not in half


@pytest.mark.parametrize("query", ["a1=<script>", "a1=maybe", "a99=no", "a1=%F0%9F%8D%95", "lang=xx&a1="])
def test_what_is_no_answer_counts_as_none(client: FlaskClient, query: str) -> None:
    a_page()
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    assert "check-result" not in answer.get_data(as_text=True)


def test_in_the_pilot_search_engines_leave_it_out_and_later_not(client: FlaskClient) -> None:
    a_page()
    assert '<meta name="robots" content="noindex">' in client.get(PATH).get_data(as_text=True)
    with write():
        db.session.execute(sa.update(Integration).values(stage=Stage.LISTED))
    assert "noindex" not in client.get(PATH).get_data(as_text=True)


def test_it_speaks_the_languages_that_it_has(client: FlaskClient) -> None:
    a_page(en=a_page_text(), fi=a_page_text("Ota käyttöön"))
    assert "<h1>Ota käyttöön</h1>" in client.get(f"{PATH}?lang=fi").get_data(as_text=True)
    assert "<h1>Get started</h1>" in client.get(f"{PATH}?lang=pl").get_data(as_text=True)
    assert 'hreflang="fi"' in client.get(PATH).get_data(as_text=True)


def test_a_page_that_was_taken_down_leads_on_or_is_not_there(client: FlaskClient) -> None:
    page = a_page()
    with write():
        db.session.execute(sa.update(Publication).values(live_number=None, redirect_url="/integrations"))
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/integrations")
    with write():
        db.session.execute(sa.update(Publication).where(Publication.id == page.id).values(redirect_url=""))
    assert client.get(PATH).status_code == 404
    assert client.get("/start/nothing").status_code == 404


def test_the_page_asks_a_constant_number_of_queries(app: Flask, client: FlaskClient) -> None:
    a_page()
    client.get(PATH)
    with counting(app) as asked:
        client.get(f"{PATH}?a1=no")
    assert asked.count <= 4


def test_without_a_link_it_says_whom_to_write_to(client: FlaskClient) -> None:
    a_page()
    page = client.get(PATH).get_data(as_text=True)
    assert "To sign up, write to us:" in page


# --- credit -----------------------------------------------------------------------------------------------------------


def test_the_first_page_makes_a_credit_and_each_page_one_link(client: FlaskClient) -> None:
    page = a_credited_page()
    link = link_of(page)
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    assert partner.reseller_id == link.reseller_id
    assert link.slug.startswith("LumiTillBokio-")
    assert f'href="/r/{link.slug}?lang=en"' in client.get(PATH).get_data(as_text=True)
    again = published_queries.publication(page.ref)
    publishing.restore(again.id, 1, again.version, "", s.a_staff_member("content_editor"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonalLink)) == 1


def test_its_form_opens_without_terms_and_names_the_software_partner(client: FlaskClient) -> None:
    slug = link_of(a_credited_page()).slug
    answer = client.get(f"/r/{slug}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Software partner" in page
    assert "eseller" not in re.sub(r'(id|name|value|href|action)="[^"]*"', "", page)


def test_it_is_in_no_list_search_or_file_of_resellers(client: FlaskClient) -> None:
    a_credited_page()
    found = db.session.scalars(sa.select(Reseller)).one()
    s.sign_in(client, s.a_staff_member("administrator"))
    assert "Kassalinja" not in client.get("/desk/resellers").get_data(as_text=True)
    assert "Kassalinja" not in client.get("/desk/resellers.csv").get_data(as_text=True)
    assert "Kassalinja" not in client.get("/desk/reseller-addresses.csv").get_data(as_text=True)
    assert "Kassalinja" not in client.get("/desk/reseller-people.csv").get_data(as_text=True)
    assert client.get(f"/desk/resellers/{found.ref}").status_code == 404


def test_its_people_reach_no_page_of_resellers(client: FlaskClient) -> None:
    a_credited_page()
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    s.sign_in(client, software.owner_of(partner))
    for path in ("/panel", "/panel/leads", "/panel/accounts", "/panel/link", "/panel/terms", "/panel/materials"):
        assert client.get(path).status_code in (303, 302, 403, 404), path


def a_lead() -> Lead:
    found = db.session.scalars(sa.select(Reseller)).one()
    return leads.a_lead(of=found)


def test_staff_read_of_a_software_partner_and_get_to_its_page(client: FlaskClient) -> None:
    a_credited_page()
    lead = a_lead()
    partner = db.session.scalars(sa.select(SoftwarePartner)).one()
    s.sign_in(client, s.a_staff_member("team_leader"))
    page = client.get(f"/desk/leads/{lead.ref}").get_data(as_text=True)
    assert f'href="/desk/software-partners/{partner.ref}"' in page
    assert "Sign-up by an onboarding page of the software partner" in page
    assert "reseller" not in re.sub(r'="[^"]*"', "", page[page.index("<main") :]).lower()
    assert "Software partner" in client.get("/desk/leads?group=all").get_data(as_text=True)


def test_its_people_get_no_mail_of_resellers_and_read_no_notes(client: FlaskClient) -> None:
    a_credited_page()
    lead = a_lead()
    staff = s.a_staff_member("sales")
    notes.add(lead.id, "Call them", staff, internal=False, asks=True)
    decision.accept(lead.id, lead.version, staff)
    assert db.session.scalars(sa.select(LeadNote.internal)).all() == [True]
    assert not db.session.scalars(sa.select(MailRow.template).where(MailRow.template.like("lead%"))).all()
    db.session.expire_all()
    assert db.session.get_one(Lead, lead.id).asked_at is None


def test_an_organisation_that_only_is_credited_stays_a_software_partner() -> None:
    a_credited_page()
    kinds = db.session.scalars(sa.select(Organisation.kind).join(Reseller)).all()
    assert kinds == ["software_partner"]


def test_two_who_claim_one_company_are_compared_in_words_that_fit_both(client: FlaskClient) -> None:
    a_credited_page()
    lead = a_lead()
    other = leads.a_lead(of=s.a_reseller("Polana"), company_number=lead.company_number)
    s.sign_in(client, s.a_staff_member("team_leader"))
    page = client.get(f"/desk/leads/{other.ref}/competition").get_data(as_text=True)
    assert "2 leads claim this company." in page
    assert "Resellers and software partners do not see each other." in page
    assert "The software partner" in page
