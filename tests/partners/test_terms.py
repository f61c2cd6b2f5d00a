"""Terms: drafted and published at the desk, accepted in the panel or filed, with evidence (R5)."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db, write
from app.documents import service as documents
from app.documents.models import Acceptance, DocumentKind, DocumentText, DocumentVersion
from app.history import chain
from app.partners.models import Reseller
from app.partners.queries import ClosedForm, OpenForm, form_behind
from app.partners.service import terms
from app.people.models import Organisation
from app.settings.models import vendor
from tests.partners.sentences import mails, published_terms
from tests.sentences import a_member_of, a_reseller, a_staff_member, csrf_of, link_of, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")

MESSAGE = b"From: jan@polana.example\r\nTo: contact@brimora.example\r\nDate: x\r\nSubject: Terms\r\n\r\nI accept."


def test_a_draft_is_published_once_all_five_languages_are_there(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("content_editor"))
    assert "Begin a new draft" in client.get("/desk/documents").text
    answer = post(client, "/desk/documents/reseller_terms/versions", page="/desk/documents")
    assert answer.status_code == 303
    base = "/desk/documents/reseller_terms/1"
    assert "cannot be published yet" in client.get(f"{base}/publication").text
    for locale in ("en", "nl", "pl", "fi", "fr"):
        path = f"{base}/texts/{locale}"
        row = _row_version(1)
        saved = post(client, path, {"title": f"Terms {locale}", "body": "# A\n\n<b>b</b>", "row_version": row})
        assert saved.status_code == 303
    page = client.get(f"{base}?text=pl").text
    assert "&lt;b&gt;" in page
    assert "Terms pl" in page
    answer = post(client, f"{base}/publication", {"row_version": _row_version(1)})
    assert answer.status_code == 303
    assert post(client, f"{base}/texts/en", page="/desk/documents").status_code == 409


def _row_version(number: int) -> int:
    return db.session.scalars(sa.select(DocumentVersion.row_version).where(DocumentVersion.number == number)).one()


def test_a_preview_saves_nothing(client: FlaskClient) -> None:
    staff = a_staff_member("content_editor")
    documents.start_draft(DocumentKind.RESELLER_TERMS, staff)
    sign_in(client, staff)
    path = "/desk/documents/reseller_terms/1/texts/en"
    answer = post(client, path, {"title": "T", "body": "**strong**", "row_version": 1, "do": "preview"})
    assert "<strong>strong</strong>" in answer.text
    assert not db.session.scalars(sa.select(DocumentText)).all()


def test_the_second_editor_of_a_draft_keeps_the_words_and_sees_the_others(client: FlaskClient) -> None:
    staff = a_staff_member("content_editor")
    draft = documents.start_draft(DocumentKind.RESELLER_TERMS, staff)
    sign_in(client, staff)
    path = "/desk/documents/reseller_terms/1/texts/en"
    token = csrf_of(client, path)
    documents.save_text(draft, "en", "Theirs", "Their words", 1, staff)
    data = {"csrf_token": token, "title": "Mine", "body": "My words", "row_version": 1}
    answer = client.post(path, data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 409
    assert "Their words" in answer.text
    assert "My words" in answer.text
    again = post(client, path, {"title": "Mine", "body": "My words", "row_version": 2})
    assert again.status_code == 303


def test_an_owner_accepts_what_was_shown_and_the_link_opens(client: FlaskClient) -> None:
    version = published_terms(a_staff_member("content_editor"))
    reseller = a_reseller("Polana", terms_version=0)
    slug = link_of(reseller).slug
    assert isinstance(form_behind(slug), ClosedForm)
    sign_in(client, owner_of(reseller))
    assert "wait for your acceptance" in client.get("/panel/terms").text
    assert post(client, "/panel/terms", {"version": version.number, "locale": "nl"}).status_code == 422
    answer = post(
        client,
        "/panel/terms?language=nl",
        {"version": version.number, "locale": "nl", "accepted": "y"},
        page="/panel/terms?language=nl",
    )
    assert answer.status_code == 303
    kept = db.session.scalars(sa.select(Acceptance)).one()
    text = client.get("/panel/terms/1/nl.md").data
    assert hashlib.sha256(text).hexdigest() == kept.sha256
    assert kept.address == "127.0.0.1"
    assert kept.user_agent
    assert kept.ref in client.get(answer.location).text
    assert isinstance(form_behind(slug), OpenForm)
    copies = {mail.args["for_vendor"]: mail for mail in mails("terms_accepted")}
    assert {to_vendor: mail.to_email for to_vendor, mail in copies.items()} == {
        True: vendor().contact_email,
        False: owner_of(reseller).email,
    }
    assert all(copy.args["body"] == "# One\n\nText nl" for copy in copies.values()), "the text itself goes to both"
    again = post(
        client, "/panel/terms", {"version": version.number, "locale": "nl", "accepted": "y"}, page="/panel/link"
    )
    assert again.location == answer.location


def test_a_member_reads_the_terms_and_may_not_accept_them(client: FlaskClient) -> None:
    published_terms(a_staff_member("content_editor"))
    reseller = a_reseller(terms_version=0)
    sign_in(client, a_member_of(_organisation(reseller), "Tom", role="member"))
    page = client.get("/panel/terms")
    assert "acceptance of an owner" in page.text
    assert "Katarzyna Milewska" in page.text
    answer = post(client, "/panel/terms", {"version": 1, "locale": "en", "accepted": "y"}, page="/panel/link")
    assert answer.status_code == 403


def _organisation(reseller: Reseller) -> Organisation:
    return db.session.get_one(Organisation, reseller.organisation_id)


def test_a_new_version_asks_again_by_mail_and_closes_the_form(client: FlaskClient) -> None:
    staff = a_staff_member("content_editor")
    published_terms(staff)
    reseller = a_reseller("Polana", terms_version=0)
    owner = owner_of(reseller)
    sign_in(client, owner)
    post(client, "/panel/terms", {"version": 1, "locale": "en", "accepted": "y"})
    published_terms(staff)
    assert isinstance(form_behind(link_of(reseller).slug), ClosedForm)
    assert [mail.to_email for mail in mails("terms_to_accept")] == [owner.email]
    stale = post(client, "/panel/terms", {"version": 1, "locale": "en", "accepted": "y"})
    assert stale.status_code == 409
    assert "Newer terms" in stale.text


def test_staff_file_an_acceptance_with_the_mail_as_evidence(client: FlaskClient) -> None:
    published_terms(a_staff_member("content_editor"))
    reseller = a_reseller("Polana", terms_version=0)
    sign_in(client, a_staff_member("sales"))
    path = f"/desk/resellers/{reseller.ref}/terms"
    assert client.get(path).status_code == 200
    data = {"version_number": "1", "locale": "pl", "name": "Jan Nowak"}
    missing = post(client, path, {**data, "accepted_on": ""})
    assert missing.status_code == 422
    today = clock.today(vendor().timezone).isoformat()
    html = post(client, path, {**data, "accepted_on": today, "evidence": (io.BytesIO(b"<html><script>"), "letter.pdf")})
    assert html.status_code == 422
    assert "cannot be taken" in html.text
    assert "Jan Nowak" in html.text
    answer = post(client, path, {**data, "accepted_on": today, "evidence": (io.BytesIO(MESSAGE), "../../terms.html")})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Jan Nowak" in page
    assert "as they were written down" in page
    file = client.get(f"{answer.location}/evidence")
    assert file.data == MESSAGE
    assert file.headers["Content-Disposition"].startswith('attachment; filename="terms.eml"')
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert isinstance(form_behind(link_of(reseller).slug), OpenForm)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_an_acceptance_of_an_earlier_day_stays_as_it_was_written_down(client: FlaskClient, hour: int) -> None:
    zone = ZoneInfo(vendor().timezone)
    with time_machine.travel(datetime(2026, 3, 2, hour, 30, tzinfo=zone), tick=False):
        published_terms(a_staff_member("content_editor"))
    with time_machine.travel(datetime(2026, 3, 9, hour, 30, tzinfo=zone), tick=False):
        reseller = a_reseller(terms_version=0)
        sign_in(client, a_staff_member("sales"))
        path = f"/desk/resellers/{reseller.ref}/terms"
        asked = {"version_number": "1", "locale": "pl", "name": "Jan Nowak"}
        for day, status in (("2026-03-01", 422), ("2026-03-02", 303), ("2026-03-04", 303), ("2026-03-10", 422)):
            letter = io.BytesIO(MESSAGE), "letter.eml"
            answer = post(client, path, {**asked, "accepted_on": day, "evidence": letter})
            assert answer.status_code == status, day
            if status == 303:
                assert "as they were written down" in client.get(answer.location).text


def test_an_acceptance_of_another_day_than_can_be_is_refused(client: FlaskClient) -> None:
    published_terms(a_staff_member("content_editor"))
    reseller = a_reseller(terms_version=0)
    sign_in(client, a_staff_member("sales"))
    data = {"version_number": "1", "locale": "pl", "name": "Jan Nowak"}
    tomorrow = (clock.today(vendor().timezone) + timedelta(days=1)).isoformat()
    for day, words in (("2001-01-01", "before the publication"), (tomorrow, "in the future")):
        answer = post(
            client,
            f"/desk/resellers/{reseller.ref}/terms",
            {**data, "accepted_on": day, "evidence": (io.BytesIO(MESSAGE), "a.eml")},
        )
        assert answer.status_code == 422
        assert words in answer.text


def test_changed_evidence_shows() -> None:
    version = published_terms(a_staff_member("content_editor"))
    reseller = a_reseller(terms_version=0)
    owner = owner_of(reseller)
    words = db.session.scalars(sa.select(DocumentText).where(DocumentText.locale == "en")).one()
    kept = terms.accept(reseller, version, words, owner, address="192.0.2.1", user_agent="x")
    ref, kept_id = kept.ref, kept.id
    assert documents.is_intact(kept)
    assert chain.verify().faults == []
    with write():
        changed = db.session.get_one(Acceptance, kept_id)
        changed.accepted_by_name = "Somebody else"
    assert chain.verify().faults == [f"acceptance {ref} was changed"]


def test_another_resellers_evidence_does_not_exist(client: FlaskClient) -> None:
    version = published_terms(a_staff_member("content_editor"))
    one, other = a_reseller("One", terms_version=0), a_reseller("Other", terms_version=0)
    words = db.session.scalars(sa.select(DocumentText).where(DocumentText.locale == "en")).one()
    kept = terms.accept(one, version, words, owner_of(one), address=None, user_agent=None)
    sign_in(client, owner_of(other))
    unknown = client.get("/panel/terms/E-00000000")
    foreign = client.get(f"/panel/terms/{kept.ref}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.data == unknown.data


def test_the_privacy_notice_is_public_once_published(client: FlaskClient) -> None:
    pages = ("/resellers/apply", f"/r/{link_of(a_reseller()).slug}", "/sign-in")
    assert client.get("/privacy").status_code == 404
    for page in pages:
        assert "/privacy" not in client.get(page).text
    assert "are kept by Gangway" in client.get("/resellers/apply").text
    published_terms(a_staff_member("content_editor"), DocumentKind.PRIVACY_NOTICE)
    assert "Text nl" in client.get("/privacy?lang=nl").text
    for page, links in zip(pages, (2, 2, 1), strict=True):
        assert client.get(f"{page}?lang=en").text.count('href="/privacy"') == links
    client.delete_cookie("gangway_lang")
    assert not mails("terms_to_accept")


def test_while_no_terms_are_published_everybody_reads_that_the_form_is_not_open_yet(client: FlaskClient) -> None:
    reseller = a_reseller(terms_version=0)
    slug = link_of(reseller).slug
    assert client.get(f"/r/{slug}").status_code == 403
    assert "not open yet" in client.get(f"/r/{slug}").text
    sign_in(client, owner_of(reseller))
    assert "not published yet" in client.get("/panel/link").text
    for page in ("/panel", "/panel/leads", "/panel/link"):
        assert f'href="/r/{slug}"' not in client.get(page).text
    sign_in(client, a_staff_member("sales"))
    assert "No terms are published yet" in client.get(f"/desk/resellers/{reseller.ref}").text
    assert reseller.ref in client.get("/desk/resellers?state=no_terms").text
