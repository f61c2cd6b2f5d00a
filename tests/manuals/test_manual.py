"""A published manual: the same page for everybody, kept by browsers, in the languages it has; its PDF; feedback."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.core import pdf
from app.core.db import db, write
from app.core.limits import limiter
from app.integrations.models import Integration, Product, Stage
from app.manuals import printing
from app.manuals.models import ManualFeedback, Publication
from app.settings import service as settings
from tests import sentences as s
from tests import software
from tests.core.odd_markdown import ODD
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

SLUG = "lumi-till-bokio"
PATH = f"/manuals/{SLUG}"
FI = software.a_text("Yhdistä Lumi Till ja Bokio", find_key="Avaa **Asetukset**.")


def _manual(**values: Any) -> Publication:
    return software.a_published_manual(software.an_integration(**values))


def _changed(model: type[Any], **values: Any) -> None:
    with write():
        db.session.execute(sa.update(model).values(**values))


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_says_it_all_with_a_place_for_each_chapter(client: FlaskClient) -> None:
    _manual(checked_on=date(2026, 3, 9))
    page = client.get(PATH).get_data(as_text=True)
    assert "<h1>Connect Lumi Till with Bokio</h1>" in page
    assert '<a href="#find_key">Find key</a>' in page
    assert '<section class="gw-chapter" id="find_key"' in page
    assert "Open <strong>Settings</strong> and copy the key." in page
    assert "Last checked on 9 March 2026" in page
    assert f"{PATH}.pdf?lang=en" in page
    assert re.search(r'<th scope="row">Sales</th><td>.*?Yes', page)
    assert re.search(r'<th scope="row">Customers</th><td class="gw-m">No', page)


def test_a_picture_of_the_manual_is_drawn_with_its_size_and_no_other(client: FlaskClient) -> None:
    integration = software.an_integration()
    picture = software.a_picture(db.session.get_one(Product, integration.product_id))
    body = f"![The key](picture:{picture.ref}) ![Other](picture:PI-00000000) ![x](https://evil.example/x.png)"
    software.a_published_manual(integration, texts={"en": software.a_text(find_key=body)}, pictures=[picture])
    page = client.get(PATH).get_data(as_text=True)
    images = re.findall(r"<img [^>]*/pictures/[^>]*>", page)
    assert len(images) == 1
    assert 'width="1200" height="800"' in images[0]
    assert 'alt="The key"' in images[0]
    assert f"{picture.ref}-480.webp 480w" in images[0]
    assert "evil.example" not in page
    assert "Other" in page


def test_the_page_is_kept_and_asked_for_again_with_its_tag(client: FlaskClient) -> None:
    found = _manual()
    first = client.get(PATH)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "public, max-age=300"
    software.a_published_manual(
        db.session.get_one(Integration, found.integration_id), texts={"en": software.a_text("New words")}
    )
    changed = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, b"New words" in changed.data) == (200, True)


def test_the_tag_changes_with_brand_language_and_day_of_checking(client: FlaskClient) -> None:
    found = software.a_published_manual(texts={"en": software.a_text(), "fi": FI})
    tags = [client.get(PATH).headers["ETag"], client.get(f"{PATH}?lang=fi").headers["ETag"]]
    _changed(Integration, checked_on=date(2026, 3, 9))
    tags.append(client.get(PATH).headers["ETag"])
    settings.change({"short_name": "Brimora"}, 0, s.a_staff_member("administrator"))
    tags.append(client.get(PATH).headers["ETag"])
    assert len(set(tags)) == 4
    assert found.live_number == 1


def test_everybody_gets_the_same_page_without_cookie_or_session(app: Flask, client: FlaskClient) -> None:
    _manual()
    nobodys = app.test_client().get(PATH)
    s.sign_in(client, s.a_staff_member("content_editor"))
    mine = client.get(PATH)
    assert mine.data == nobodys.data
    for answer in (mine, nobodys, client.get(f"{PATH}?lang=fi"), client.get(f"{PATH}?lang=en")):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"].replace("HX-Request", "")
    assert b"csrf" not in nobodys.data
    assert client.get("/desk/inbox").status_code != 303, "whoever was signed in still is"


def test_the_page_speaks_the_languages_that_it_has(client: FlaskClient) -> None:
    software.a_published_manual(texts={"en": software.a_text(), "fi": FI})
    finnish = {"Accept-Language": "fi-FI,fi;q=0.9,en;q=0.5"}
    assert b'<html lang="fi">' in client.get(PATH, headers=finnish).data
    assert b'<html lang="en">' in client.get(f"{PATH}?lang=en", headers=finnish).data
    assert b'<html lang="en">' in client.get(PATH, headers={"Accept-Language": "pl"}).data
    page = client.get(f"{PATH}?lang=pl", headers=finnish).get_data(as_text=True)
    assert '<html lang="fi">' in page, "it has no Polish words"
    assert re.findall(r'<a href="\?lang=(\w+)"', page) == ["en", "fi"]
    client.set_cookie("gangway_lang", "en")
    assert b'<html lang="fi">' in client.get(PATH, headers=finnish).data, "a cookie changes nothing"


def test_search_engines_learn_of_each_language_and_of_pilots_nothing(client: FlaskClient) -> None:
    integration = software.an_integration(stage=Stage.LISTED)
    software.a_published_manual(integration, texts={"en": software.a_text(), "fi": FI})
    page = client.get(f"{PATH}?lang=fi").get_data(as_text=True)
    assert f'<link rel="canonical" href="http://localhost:8000{PATH}?lang=fi">' in page.replace(
        _public_url(client), "http://localhost:8000"
    )
    assert re.findall(r'hreflang="([\w-]+)" href="https?:', page) == ["en", "fi", "x-default"]
    assert '<meta name="description" content="Yhdistä Lumi Till ja Bokio' in page
    assert "noindex" not in page
    _changed(Integration, stage=Stage.PILOT)
    page = client.get(f"{PATH}?lang=fi").get_data(as_text=True)
    assert '<meta name="robots" content="noindex">' in page
    assert client.get(f"{PATH}.pdf").headers["X-Robots-Tag"] == "noindex"


def _public_url(client: FlaskClient) -> str:
    return str(client.application.config["GANGWAY"].public_url)


def test_what_is_not_out_does_not_exist(client: FlaskClient) -> None:
    found = _manual()
    unknown = client.get("/manuals/no-such-manual")
    assert unknown.status_code == 404
    _changed(Publication, live_number=None)
    for path in (PATH, f"{PATH}.pdf"):
        assert client.get(path).status_code == 404
    assert client.get(PATH).data == unknown.data
    assert "no-store" in client.get(PATH).headers["Cache-Control"]
    _changed(Publication, redirect_url="/integrations")
    moved = client.get(PATH)
    assert (moved.status_code, moved.headers["Location"]) == (302, "/integrations")
    assert found.ref


def test_a_page_costs_the_same_however_long_it_is(app: Flask, client: FlaskClient) -> None:
    integration = software.an_integration()
    pictures = [
        software.a_picture(db.session.get_one(Product, integration.product_id), colour=colour)
        for colour in ("red", "green", "blue")
    ]
    body = "\n\n".join(f"![x](picture:{picture.ref})" for picture in pictures)
    software.a_published_manual(integration, texts={"en": software.a_text(find_key=body)}, pictures=pictures)
    client.get(PATH)
    with counting(app) as asked:
        client.get(PATH)
    assert asked <= 3
    tag = client.get(PATH).headers["ETag"]
    with counting(app) as asked:
        client.get(PATH, headers={"If-None-Match": tag})
    assert asked <= 3


# --- the PDF ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []

    def count(*args: Any, **kwargs: Any) -> bytes:
        made.append("drawn")
        return pdf.drawn(*args, **kwargs)

    monkeypatch.setattr(printing, "drawn", count)
    return made


def _read(content: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def test_the_pdf_has_words_table_and_pictures_and_can_be_read_aloud(client: FlaskClient) -> None:
    integration = software.an_integration(checked_on=date(2026, 3, 9))
    picture = software.a_picture(db.session.get_one(Product, integration.product_id))
    steps = f"1. Open *Settings*.\n\n   ![The key's page](picture:{picture.ref})\n\n2. Copy `the key` #panic()"
    table = (
        "| A | B |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\n### Deep\n\n[site](https://bokio.example) ![gone](picture:PI-0)"
    )
    texts = {"en": software.a_text(find_key=steps, connect=table, limits="東京 \N{GRINNING FACE}")}
    software.a_published_manual(integration, texts=texts, pictures=[picture])
    answer = client.get(f"{PATH}.pdf")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    reader, words = _read(answer.data)
    for said in (
        "Connect Lumi Till with Bokio",
        "Find key",
        "Open Settings",
        "#panic()",
        "Last checked on 9 March 2026",
    ):
        assert said in words, said
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert sum(len(page.images) for page in reader.pages) == 1
    assert "The key\u2019s page" in _alternatives(reader) or "The key's page" in _alternatives(reader)
    assert "https://bokio.example" in answer.data.decode("latin-1")


def _alternatives(reader: PdfReader) -> str:
    size: Any = reader.trailer["/Size"]
    held: list[Any] = [reader.get_object(number) for number in range(1, size)]
    return " ".join(str(one["/Alt"]) for one in held if isinstance(one, DictionaryObject) and "/Alt" in one)


def test_no_text_stops_the_page_or_the_pdf(client: FlaskClient) -> None:
    chapters = [
        {"code": f"c{place}", "title": body[:20] or "x", "body": body, "source": ""} for place, body in enumerate(ODD)
    ]
    software.a_published_manual(texts={"en": {"title": "Odd", "summary": "", "chapters": chapters}})
    assert client.get(PATH).status_code == 200
    assert client.get(f"{PATH}.pdf").status_code == 200


def test_a_pdf_is_drawn_once_for_a_version_and_language(client: FlaskClient, drawings: list[str]) -> None:
    found = software.a_published_manual(texts={"en": software.a_text("Drawn once"), "fi": FI})
    first = client.get(f"{PATH}.pdf").data
    assert client.get(f"{PATH}.pdf").data == first
    assert drawings == ["drawn"]
    finnish = client.get(f"{PATH}.pdf?lang=fi")
    assert "Avaa Asetukset" in _read(finnish.data)[1]
    assert len(drawings) == 2
    integration = db.session.get_one(Integration, found.integration_id)
    software.a_published_manual(integration, texts={"en": software.a_text("Newer")})
    assert "Newer" in _read(client.get(f"{PATH}.pdf").data)[1]
    tag = client.get(f"{PATH}.pdf").headers["ETag"]
    assert client.get(f"{PATH}.pdf", headers={"If-None-Match": tag}).status_code == 304
    assert len(drawings) == 3


def test_nothing_of_former_words_stays_in_the_store(client: FlaskClient, drawings: list[str]) -> None:
    found = software.a_published_manual(texts={"en": software.a_text("Somebody is named here")})
    client.get(f"{PATH}.pdf")
    printing.forget(found.id)
    client.get(f"{PATH}.pdf")
    assert drawings == ["drawn", "drawn"]
    software.a_published_manual(
        db.session.get_one(Integration, found.integration_id), texts={"en": software.a_text("Nobody is named")}
    )
    client.get(f"{PATH}.pdf")
    held = printing._found(printing._key(found.id, "en"))
    assert held is not None
    assert "Somebody" not in _read(held[32:])[1]


def test_many_who_ask_at_once_wait_for_one_drawing(app: Flask, drawings: list[str]) -> None:
    software.a_published_manual(texts={"en": software.a_text("Asked for by many")})
    asking = [threading.Thread(target=lambda: app.test_client().get(f"{PATH}.pdf")) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert drawings == ["drawn"]


@pytest.mark.parametrize("locale", ["en", "nl", "pl", "fi", "fr"])
def test_the_pdf_speaks_each_language(client: FlaskClient, locale: str) -> None:
    software.a_published_manual(texts={locale: software.a_text(f"Łódź 'é' {locale}")})
    reader, words = _read(client.get(f"{PATH}.pdf?lang={locale}").data)
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == locale
    assert "Łódź" in words


# --- did this help? ---------------------------------------------------------------------------------------------------

HERE = {"Origin": "http://localhost"}


def _fields(client: FlaskClient, **more: str) -> dict[str, str]:
    page = client.get(PATH).get_data(as_text=True)
    form = re.search(r'<form class="gw-helped.*?</form>', page, re.DOTALL)
    assert form
    return {**dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0].split("<button")[0])), **more}


def _said() -> list[ManualFeedback]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(ManualFeedback).order_by(ManualFeedback.id)))


def test_an_answer_without_javascript_is_kept_and_thanked_for(client: FlaskClient) -> None:
    _manual()
    answer = client.post(f"{PATH}/feedback", data=_fields(client, helped="no"), headers=HERE)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{PATH}?lang=en&told=find_key&helped=no#find_key-told"
    thanks = client.get(answer.headers["Location"])
    assert "Thank you" in thanks.get_data(as_text=True)
    assert "What was missing or wrong?" in thanks.get_data(as_text=True)
    (found,) = _said()
    assert (found.chapter, found.helped, found.number, found.locale) == ("find_key", False, 1, "en")
    assert "Set-Cookie" not in answer.headers


def test_twice_is_once_and_another_answer_changes_the_first(client: FlaskClient) -> None:
    _manual()
    fields = _fields(client, helped="no")
    for _ in range(2):
        client.post(f"{PATH}/feedback", data=fields, headers=HERE)
    client.post(f"{PATH}/feedback", data={**fields, "words": "Where is `Settings`? \N{GRINNING FACE}"}, headers=HERE)
    client.post(f"{PATH}/feedback", data={**fields, "helped": "yes"}, headers=HERE)
    (found,) = _said()
    assert (found.helped, found.words) == (True, "Where is `Settings`? \N{GRINNING FACE}")
    other = {**HERE, "User-Agent": "Another browser"}
    client.post(f"{PATH}/feedback", data=fields, headers=other)
    client.post(f"{PATH}/feedback", data={**fields, "chapter": "connect"}, headers=HERE)
    assert len(_said()) == 3


def test_at_once_is_once_too(app: Flask) -> None:
    _manual()
    fields = _fields(app.test_client(), helped="yes")
    pressing = [
        threading.Thread(target=lambda: app.test_client().post(f"{PATH}/feedback", data=fields, headers=HERE))
        for _ in range(3)
    ]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert len(_said()) == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"proof": "0" * 32}, 400),
        ({"proof": ""}, 400),
        ({"number": "2"}, 404),
        ({"number": "x"}, 404),
        ({"number": "99999999999999999999"}, 404),
        ({"locale": "fi"}, 404),
        ({"locale": ""}, 404),
        ({"chapter": "no_such"}, 404),
        ({"helped": "perhaps"}, 404),
    ],
)
def test_a_form_that_is_not_ours_says_nothing(client: FlaskClient, wrong: dict[str, str], status: int) -> None:
    _manual()
    fields = {**_fields(client, helped="yes"), **wrong}
    assert client.post(f"{PATH}/feedback", data=fields, headers=HERE).status_code == status
    assert _said() == []


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_no_other_site_speaks_for_a_reader(client: FlaskClient, headers: dict[str, str]) -> None:
    _manual()
    answer = client.post(f"{PATH}/feedback", data=_fields(client, helped="yes"), headers=headers)
    assert answer.status_code == 400
    assert _said() == []


def test_long_and_strange_words_are_kept_as_far_as_they_can_be(client: FlaskClient) -> None:
    _manual()
    words = "Łukasz O'Żółć \x00\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "x" * 5000
    client.post(f"{PATH}/feedback", data=_fields(client, helped="no", words=words), headers=HERE)
    (found,) = _said()
    assert found.words.startswith("Łukasz O'Żółć")
    assert len(found.words) == 1000


@pytest.fixture
def counted() -> Iterator[None]:
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.usefixtures("counted")
def test_more_than_thirty_a_minute_are_told_to_wait(client: FlaskClient) -> None:
    _manual()
    fields = _fields(client, helped="yes")
    answers = [client.post(f"{PATH}/feedback", data=fields, headers=HERE).status_code for _ in range(32)]
    assert answers[:30] == [303] * 30
    assert answers[31] == 429
