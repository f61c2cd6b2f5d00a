"""The editor's view: the list, drafts, publishing, versions (S4)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.core.clock import now
from app.core.db import db, write
from app.integrations.models import Integration
from app.manuals.models import ManualFeedback, Publication, PublicationKind, PublicationLink
from app.manuals.queries import publications as queries
from app.manuals.service import drafting, publishing
from tests import sentences as s
from tests import software
from tests.manuals.published import (
    a_supplied_integration,
    again,
    an_editor,
    an_intake,
    begun,
    both_published,
    published,
    resupplied,
)
from tests.manuals.test_drafting import changed, opened
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")


def fields_of(client: FlaskClient, path: str) -> dict[str, str]:
    """What a browser would send back of the page's form, unchanged."""
    from lxml import html

    page: Any = html.fromstring(client.get(path).text)
    form = next(one for one in page.forms if one.get("class") == "gw-form")
    return {name: value or "" for name, value in form.form_values()}


def send(client: FlaskClient, path: str, data: dict[str, Any]) -> Any:
    pairs = [(name, one) for name, value in data.items() for one in (value if isinstance(value, list) else [value])]
    body = urlencode([(_raw(name), _raw(value)) for name, value in pairs])
    kind = "application/x-www-form-urlencoded"
    return client.post(path, data=body, content_type=kind, headers={"Origin": "http://localhost"})


def _raw(text: Any) -> bytes:
    """As bytes, also what is no text at all."""
    return str(text).encode("utf-8", "surrogatepass")


@pytest.fixture
def editor(client: FlaskClient) -> FlaskClient:
    return s.sign_in(client, an_editor())


def test_the_list_shows_each_integration_with_both(editor: FlaskClient) -> None:
    product = software.a_product(software.a_software_partner("Nova"), "Nova Till")
    untouched = software.an_integration(product, software.a_package("Saldix"))
    live = both_published()
    page = editor.get("/desk/manuals").text
    assert "Nova Till with Saldix" in page
    assert "Begin both" in page
    assert page.count("Version 1") == 2
    assert re.findall(r'<span class="gw-n">(\d+)</span>', page) == ["2", "1", "0", "0", "1", "0"]
    to_publish = editor.get("/desk/manuals?tab=to-publish").text
    assert "Saldix" in to_publish
    assert live.package.name not in to_publish
    assert "Saldix" not in editor.get("/desk/manuals?tab=live").text
    assert "Nothing found" in editor.get("/desk/manuals?q=zzz").text
    found = editor.get("/desk/manuals?q=SALDÍX").text
    assert "Nova Till with Saldix" in found
    response = send(
        editor, f"/desk/manuals/integrations/{untouched.ref}/drafts", {"csrf_token": s.csrf_of(editor, "/desk/manuals")}
    )
    assert response.status_code == 303
    csv = editor.get("/desk/manuals/manuals.csv").text
    assert csv.count("\r\n") == 5
    assert "Live" in csv


def test_the_list_asks_the_same_however_long_it_is(app: Flask, editor: FlaskClient) -> None:
    product = software.a_product()
    first = software.an_integration(product, software.a_package("Kirja24"))
    an_intake(product)
    both_published(first)
    editor.get("/desk/manuals")
    with counting(app) as few:
        editor.get("/desk/manuals")
    for number in range(6):
        both_published(software.an_integration(product, software.a_package(f"Package {number}")))
    with counting(app) as many:
        assert "Package 5" in editor.get("/desk/manuals").text
    assert many == few
    assert many <= 8


def test_a_draft_is_edited_and_what_is_missing_is_said_beside_it(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/en"
    sent = fields_of(editor, path)
    sent["chapters-6-body"] = "Call [us](tel:+358401234567) at *night*: Łukasz O'Żółć 🎉 [no](javascript:alert(1))"
    answer = send(editor, path, sent)
    assert answer.headers["Location"].endswith(path)
    page = editor.get(path).text
    assert "The draft is saved." in page
    assert page.count("No reader can follow this link: javascript:alert(1)") == 2
    preview = editor.get(f"{path}/preview").text
    assert "<em>night</em>" in preview
    assert 'href="javascript' not in preview
    publish = editor.get(f"/desk/manuals/{manual.ref}/publication").text
    assert "No reader can follow this link" in publish
    assert f"{path}#chapters-6-body" in publish


def test_a_preview_says_which_titles_are_missing(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/en"
    sent = fields_of(editor, path) | {"title": "", "chapters-6-title": "", "chapters-6-body": "Call us."}
    assert send(editor, path, sent).status_code == 303
    preview = editor.get(f"{path}/preview?lang=fi").text
    assert '<p class="gw-m" lang="fi">Otsikko puuttuu.</p>' in preview
    assert '<p class="gw-m" lang="fi">Luvulla ei ole otsikkoa.</p>' in preview
    assert not re.search(r"<h[23][^>]*></h", preview)


def test_two_who_change_the_same_chapter_see_both_texts(app: Flask, editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/en"
    mine = fields_of(editor, path)
    other = s.sign_in(app.test_client(), an_editor())
    theirs = fields_of(other, path)
    theirs["chapters-6-body"], theirs["title"] = "Ask Anna.", "Another title"
    assert send(other, path, theirs).status_code == 303
    mine["chapters-6-body"], mine["chapters-0-body"] = "Ask Ben.", "New about."
    refused = send(editor, path, mine)
    assert refused.status_code == 409
    assert "Both texts beside each other" in refused.text
    assert "Anna" in refused.text
    assert "Ask Ben." in refused.text
    second = re.search(r'name="seen:help" value="(\w+)"', refused.text)
    assert second is not None
    mine["seen:help"] = second[1]
    assert send(editor, path, mine).status_code == 303
    stored = drafting.parts_of(queries.draft_of(again(manual), "en").content)
    assert (stored["help"], stored["about"], stored["title"]) == ("Ask Ben.", "New about.", "Another title")


def test_an_editor_is_told_that_a_version_went_out_meanwhile(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/en"
    sent = fields_of(editor, path)
    published(manual)
    sent["chapters-6-body"] = "Later words."
    send(editor, path, sent)
    assert "While you were writing, version 1 was published." in editor.get(path).text


def test_too_long_a_chapter_is_kept_and_refused(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/en"
    sent = fields_of(editor, path)
    sent["chapters-6-body"] = "x" * 40_001
    answer = send(editor, path, sent)
    assert answer.status_code == 422
    assert "x" * 40_001 in answer.text


def test_requirements_are_added_and_left_out(editor: FlaskClient) -> None:
    page = begun(kind=PublicationKind.PAGE)
    path = f"/desk/manuals/{page.ref}/en"
    sent = fields_of(editor, path)
    assert "requirements-4-help" in sent, "two spare boxes below the three there are"
    sent["requirements-0-question"] = ""
    sent["requirements-3-question"], sent["requirements-3-help"] = "Is it plugged in?", "Plug it in."
    send(editor, path, sent)
    stored = queries.draft_of(again(page), "en").content["requirements"]
    assert [asked["question"] for asked in stored] == [
        "Do you have an account of Bokio?",
        "May you change the settings of both?",
        "Is it plugged in?",
    ]


def test_a_changed_source_is_compared_and_taken_over(editor: FlaskClient) -> None:
    from app.manuals.queries import intakes

    manual = begun()
    intake = intakes.of_product(again(manual).integration.product_id)
    assert intake is not None
    resupplied(intake, "limits", "en", {"text": "No refunds by <b>card</b>.", "none": False})
    page = editor.get(f"/desk/manuals/{manual.ref}").text
    assert "The source of 1 chapter changed" in page
    path = f"/desk/manuals/{manual.ref}/en/source"
    compared = editor.get(path).text
    assert "&lt;b&gt;card" in compared
    sent = fields_of(editor, path)
    stale = send(editor, path, {**sent, "chapter-limits": "take", "version": "99"})
    assert stale.status_code == 409
    assert send(editor, path, {**sent, "chapter-limits": "take"}).status_code == 303
    assert "card" in drafting.parts_of(queries.draft_of(again(manual), "en").content)["limits"]
    assert editor.get(path).status_code == 303


def test_publishing_by_the_form(editor: FlaskClient) -> None:
    manual = begun(a_supplied_integration(("en", "fi")))
    path = f"/desk/manuals/{manual.ref}/publication"
    sent = fields_of(editor, path)
    assert (sent["languages-0-what"], sent["languages-1-what"]) == ("draft", "draft")
    del sent["beside"]
    answer = send(editor, path, {**sent, "languages-1-what": "out", "note": "First"})
    assert answer.status_code == 303
    page = editor.get(f"/desk/manuals/{manual.ref}").text
    assert "Version 1 is live." in page
    assert list(again(manual).live.texts) == ["en"]  # type: ignore[union-attr]
    assert send(editor, path, {**sent, "languages-1-what": "out", "note": "First"}).status_code == 303
    assert len(queries.versions(again(manual))) == 1, "the same form twice is one version"
    stale = send(editor, path, sent)
    assert stale.status_code == 409
    assert "First" not in stale.text
    nothing = fields_of(editor, path)
    refused = send(editor, path, {**nothing, "languages-0-what": "out", "languages-1-what": "out"})
    assert refused.status_code == 422
    assert "Choose at least one language" in refused.text


def test_manual_and_page_go_out_together(editor: FlaskClient) -> None:
    integration = a_supplied_integration(("en", "fi"))
    manual = begun(integration)
    page = begun(integration, kind=PublicationKind.PAGE)
    path = f"/desk/manuals/{manual.ref}/publication"
    sent = fields_of(editor, path)
    assert sent["beside"] == "y", "proposed while it was never published"
    content, seen = opened(page)
    drafting.save(page.id, "en", drafting.Edited(changed(content, "next", "Wait."), seen), an_editor())
    stale = send(editor, path, sent)
    assert stale.status_code == 409
    assert again(manual).live_number is None, "both or neither"
    second = re.search(r'name="beside_version" value="(\d+)"', stale.text)
    assert second is not None
    answer = send(editor, path, {**sent, "beside_version": second[1], "languages-1-what": "out"})
    assert answer.status_code == 303
    assert list(again(manual).live.texts) == list(again(page).live.texts) == ["en"]  # type: ignore[union-attr]
    assert queries.integration(integration.id).stage == "pilot"
    assert "Manual and onboarding page are live." in editor.get(f"/desk/manuals/{manual.ref}").text
    assert "beside" not in {name for name in fields_of(editor, path) if name == "beside"}


def test_scheduling_and_cancelling_by_the_form(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/publication"
    sent = {**fields_of(editor, path), "when": "later"}
    del sent["beside"]
    assert send(editor, path, sent).status_code == 422
    day = (now() + timedelta(days=3)).date().isoformat()
    assert send(editor, path, {**sent, "publish_on": day, "publish_at": "9.30"}).status_code == 303
    page = editor.get(f"/desk/manuals/{manual.ref}").text
    assert "Version 1 goes out on" in page
    assert "Scheduled for" in editor.get("/desk/manuals?tab=scheduled").text
    blocked = send(editor, path, fields_of(editor, path))
    assert blocked.status_code == 409
    token = s.csrf_of(editor, path)
    cancel = f"/desk/manuals/{manual.ref}/versions/1/cancellation"
    assert send(editor, cancel, {"csrf_token": token}).status_code == 303
    assert send(editor, cancel, {"csrf_token": token}).status_code == 303
    assert publishing.publish_due(now() + timedelta(days=9)) == 0


def test_a_draft_with_problems_is_refused_in_words(editor: FlaskClient) -> None:
    manual = begun()
    content, seen = opened(manual)
    drafting.save(manual.id, "en", drafting.Edited(changed(content, "help", ""), seen), an_editor())
    path = f"/desk/manuals/{manual.ref}/publication"
    sent = fields_of(editor, path)
    assert sent["languages-0-what"] == "out", "what is not ready is not proposed"
    answer = send(editor, path, {**sent, "languages-0-what": "draft"})
    assert answer.status_code == 422
    assert "there are problems in these languages: English" in answer.text
    assert again(manual).live_number is None


def test_versions_are_compared_and_brought_back(editor: FlaskClient) -> None:
    manual = begun()
    published(manual)
    content, seen = opened(manual)
    drafting.save(manual.id, "en", drafting.Edited(changed(content, "help", "Ask <i>nobody</i>."), seen), an_editor())
    published(manual, note="Nobody helps")
    base = f"/desk/manuals/{manual.ref}"
    compared = editor.get(f"{base}/comparison?from=1&to=2&text=en").text
    assert "<mark>Ask &lt;i&gt;nobody&lt;/i&gt;.</mark>" in compared
    assert "Nothing differs" in editor.get(f"{base}/comparison").text, "what is live and the draft"
    assert editor.get(f"{base}/comparison?from=7&to=2").status_code == 404
    assert "not live any more" in editor.get(f"{base}/versions/1").text
    path = f"{base}/versions/1/restoration"
    sent = fields_of(editor, path)
    assert send(editor, path, {**sent, "note": "It was right"}).status_code == 303
    assert "Brings back version 1" in editor.get(base).text
    assert editor.get(f"{base}/versions/99").status_code == 404
    assert editor.get(f"{base}/versions/99999999999").status_code == 404


def test_taking_down_by_the_form(editor: FlaskClient) -> None:
    integration = both_published()
    manual = begun(integration)
    path = f"/desk/manuals/{manual.ref}/taking-down"
    assert f"/start/{integration.slug}" in editor.get(path).text
    sent = fields_of(editor, path)
    wrong = send(editor, path, {**sent, "redirect_url": "https://evil.example/"})
    assert wrong.status_code == 422
    assert "https://evil.example/" in wrong.text
    assert send(editor, path, {**sent, "redirect_url": f"/start/{integration.slug}"}).status_code == 303
    assert "Readers are sent on to" in editor.get(f"/desk/manuals/{manual.ref}").text


def test_trial_links_and_feedback_on_its_page(editor: FlaskClient) -> None:
    integration = both_published()
    manual = begun(integration)
    with write():
        for number, helped in enumerate((True, False)):
            db.session.add(
                ManualFeedback(
                    publication_id=manual.id,
                    number=1,
                    locale="en",
                    chapter="connect",
                    helped=helped,
                    words="" if helped else "The button is <blue>",
                    key=f"k{number}",
                    created_at=now(),
                )
            )
        db.session.add(
            PublicationLink(
                publication_id=manual.id, url="https://gone.example/x", outcome="missing", failures=2, checked_at=now()
            )
        )
    base = f"/desk/manuals/{manual.ref}"
    page = editor.get(base).text
    assert "The button is &lt;blue&gt;" in page
    assert "https://gone.example/x" in page
    assert "yes 1, no 1" in page
    token = s.csrf_of(editor, base)
    ids = re.findall(r'name="feedback" value="(\d+)"', page)
    assert len(ids) == 1
    assert send(editor, f"{base}/feedback", {"csrf_token": token, "feedback": ids}).status_code == 303
    assert "The button is" not in editor.get(base).text
    wrong = send(editor, f"{base}/trial", {"csrf_token": token, "checked_on": "2999-01-01"})
    assert wrong.status_code == 422
    assert send(editor, f"{base}/trial", {"csrf_token": token, "checked_on": "2026-01-02"}).status_code == 303


def test_a_language_is_added(editor: FlaskClient) -> None:
    manual = begun()
    base = f"/desk/manuals/{manual.ref}"
    token = s.csrf_of(editor, base)
    answer = send(editor, f"{base}/languages", {"csrf_token": token, "locale": "fr"})
    assert answer.headers["Location"].endswith(f"{base}/fr")
    assert send(editor, f"{base}/languages", {"csrf_token": token, "locale": "xx"}).status_code == 404


def test_a_picture_is_added_and_what_is_none_is_refused(editor: FlaskClient) -> None:
    manual = begun()
    path = f"/desk/manuals/{manual.ref}/pictures"
    token = s.csrf_of(editor, path)
    content = io.BytesIO()
    Image.new("RGB", (900, 500), "teal").save(content, "PNG")
    sent = {"csrf_token": token, "file": (io.BytesIO(content.getvalue()), "Łukasz O'Żółć.png")}
    added = editor.post(path, data=sent, headers={"Origin": "http://localhost", "HX-Request": "true"})
    assert added.status_code == 200
    found = re.search(r"!\[\]\(picture:(PI-\w+)\)", added.text)
    assert found is not None
    assert "<html" not in added.text
    wrong = editor.post(
        path,
        data={"csrf_token": token, "file": (io.BytesIO(b"<svg onload=alert(1)>"), "x.png")},
        headers={"Origin": "http://localhost"},
    )
    assert wrong.status_code == 422
    assert send(editor, path, {"csrf_token": token}).status_code == 422
    draft = fields_of(editor, f"/desk/manuals/{manual.ref}/en")
    draft["chapters-6-body"] = f"![The page]({'picture:' + found[1]})"
    send(editor, f"/desk/manuals/{manual.ref}/en", draft)
    assert f"/pictures/{found[1]}-" in editor.get(f"/desk/manuals/{manual.ref}/en/preview").text
    version = published(manual)
    assert list(version.facts["pictures"]) == [found[1]]


@pytest.mark.parametrize(
    "strange", ["9" * 10_000, "a\x00b", "a\ud800b", "👩🏽‍🔧 Łukasz O'Żółć <b>{{ 7 * 7 }}</b> %(x)s"]
)
def test_whatever_stands_in_a_field_the_answer_is_a_page(editor: FlaskClient, strange: str) -> None:
    page = begun(kind=PublicationKind.PAGE)
    published(page)
    base = f"/desk/manuals/{page.ref}"
    for path in (f"{base}/en", f"{base}/publication", f"{base}/taking-down", f"{base}/versions/1/restoration"):
        sent = fields_of(editor, path)
        all_at_once = [{name: strange for name in sent if name != "csrf_token"}]
        one_by_one = [] if path.endswith("/en") else [{name: strange} for name in all_at_once[0]]
        for changes in all_at_once + one_by_one:
            answer = send(editor, path, {**sent, **changes})
            assert answer.status_code in (303, 409, 422), (path, changes, answer.status_code)
    token = s.csrf_of(editor, base)
    for path, data in (
        (f"{base}/languages", {"locale": strange}),
        (f"{base}/trial", {"checked_on": strange}),
        (f"{base}/feedback", {"feedback": strange}),
        (f"{base}/en/source", {"version": strange, f"chapter-{strange}": "take"}),
    ):
        assert send(editor, path, {**data, "csrf_token": token}).status_code in (303, 404, 409, 422), path
    for address in ("/desk/manuals", "/desk/intakes", f"{base}/comparison", f"{base}/versions/1"):
        for name in ("q", "tab", "cursor", "text", "from", "to"):
            answer = editor.get(f"{address}?" + urlencode({name: strange.encode("utf-8", "surrogatepass")}))
            assert answer.status_code in (200, 400, 404), (address, name)


def test_no_get_writes_and_others_never_come_in(app: Flask, editor: FlaskClient) -> None:
    manual: Publication = begun()
    published(manual)
    base = f"/desk/manuals/{manual.ref}"
    pages = [
        "/desk/manuals",
        base,
        f"{base}/en",
        f"{base}/en/preview",
        f"{base}/publication",
        f"{base}/comparison",
        f"{base}/versions/1",
        f"{base}/versions/1/restoration",
        f"{base}/taking-down",
        f"{base}/pictures",
    ]
    for path in pages:
        with counting(app) as asked:
            assert editor.get(path).status_code == 200, path
        assert not [text for text in asked.statements if re.match(r"\s*(INSERT|UPDATE|DELETE)", text)], path
        assert asked <= 16, path
    member = software.owner_of(software.a_software_partner("Other"))
    for client in (s.sign_in(app.test_client(), member), s.sign_in(app.test_client(), s.a_staff_member("finance"))):
        for path in pages:
            assert client.get(path).status_code in (403, 404), path
    assert app.test_client().get(base).status_code == 303
    assert isinstance(again(manual).integration, Integration)
