"""The vendor's own look: refused when it cannot be read, shown before it is saved, served to everybody (X7)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from PIL import Image

from app.core.db import db
from app.history.service import entries_of
from app.outbox.mail import Recipient
from app.outbox.render import render_mail
from app.partners.emails import ResellerSuspended
from app.settings.models import VendorSettings, vendor
from tests.sentences import a_staff_member, csrf_of, post, sign_in

BRAND = "/desk/settings/brand"


@pytest.fixture
def administrator(client: FlaskClient, context: None) -> FlaskClient:
    return sign_in(client, a_staff_member("administrator"))


def save(client: FlaskClient, accent: str, *, version: str = "0", short_name: str = "Brimora", **more: str) -> Any:
    return post(client, BRAND, {"accent": accent, "short_name": short_name, "version": version, **more})


def a_picture(size: tuple[int, int] = (900, 200), kind: str = "PNG") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, (20, 60, 120)).save(out, kind)
    out.seek(0)
    return out


def upload(client: FlaskClient, file: io.BytesIO, name: str = "logo.png", version: str = "0") -> Any:
    return client.post(
        f"{BRAND}/logo",
        data={"csrf_token": csrf_of(client, BRAND), "version": version, "logo": (file, name)},
        headers={"Origin": "http://localhost"},
        content_type="multipart/form-data",
    )


def test_a_readable_colour_is_on_every_page_and_in_mails(app: Flask, administrator: FlaskClient) -> None:
    assert save(administrator, "6C3FB5").status_code == 303
    page = app.test_client().get("/").get_data(as_text=True)
    assert "Brimora" in page
    address = re.search(r'href="(/brand/[0-9a-f]{16}/6c3fb5\.css)"', page)
    assert address
    sheet = app.test_client().get(address[1])
    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "--brand:light-dark(#6c3fb5," in sheet.get_data(as_text=True)
    mail = render_mail(ResellerSuspended("Polana", "Reason"), Recipient("a@b.example", "A", "en"), None)
    assert "background: #6c3fb5" in mail.html
    assert "#0b5394" not in mail.html
    assert "Brimora" in mail.html
    entry = entries_of(db.session.get_one(VendorSettings, 1))[0]
    assert {value.field: value.new for value in entry.values} == {"accent": "#6c3fb5", "short_name": "Brimora"}
    assert "#6c3fb5" in administrator.get(BRAND).get_data(as_text=True)


def test_a_weak_colour_is_refused_with_the_nearest_that_passes(administrator: FlaskClient) -> None:
    answer = save(administrator, "#ff6600")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "its contrast is 2.71" in page
    assert "Take #bd4c00" in page
    taken = save(administrator, "#ff6600", do="nearest")
    assert taken.status_code == 200
    assert 'value="#bd4c00"' in taken.get_data(as_text=True)
    g.pop("gangway_vendor", None)
    assert vendor().accent == "#0b5394"
    assert save(administrator, "#bd4c00").status_code == 303


def test_the_contrast_is_written_as_the_reader_writes_numbers(administrator: FlaskClient) -> None:
    administrator.get("/desk/settings/brand?lang=fi")
    page = save(administrator, "#ff6600").get_data(as_text=True)
    assert page.count("2,71") == 3, "in the summary, beside the field, and in the preview"
    assert "2.71" not in page


@pytest.mark.parametrize("typed", ["", "blue", "#12345", "#fff;}body{display:none"])
def test_what_is_no_colour_is_refused(administrator: FlaskClient, typed: str) -> None:
    assert save(administrator, typed).status_code == 422


def test_the_preview_saves_nothing_and_needs_no_script(app: Flask, administrator: FlaskClient) -> None:
    answer = save(administrator, "#6c3fb5", do="preview")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" in page
    sheet = re.search(r'href="(/brand/[0-9a-f]+/preview-6c3fb5\.css)"', page)
    assert sheet
    body = app.test_client().get(sheet[1]).get_data(as_text=True)
    assert body.startswith(".gw-brand-6c3fb5{")
    g.pop("gangway_vendor", None)
    assert vendor().accent == "#0b5394"
    token = csrf_of(administrator, BRAND)
    part = administrator.post(
        BRAND,
        data={"accent": "#6c3fb5", "do": "preview", "csrf_token": token},
        headers={"HX-Request": "true", "Origin": "http://localhost"},
    ).get_data(as_text=True)
    assert "<html" not in part
    assert 'id="brand-look"' in part


@pytest.mark.parametrize(
    "path", ["0000000000000000/6c3fb5", "0000000000000000/ff6600", "0000000000000000/preview-x", "x/6c3fb5"]
)
def test_only_stylesheets_of_ours_exist(client: FlaskClient, context: None, path: str) -> None:
    assert client.get(f"/brand/{path}.css").status_code == 404


def test_a_logo_is_drawn_anew_and_served_for_ever(app: Flask, administrator: FlaskClient) -> None:
    assert upload(administrator, a_picture()).status_code == 303
    page = app.test_client().get("/").get_data(as_text=True)
    found = re.search(r'<img src="(/brand/logo/[0-9a-f-]+\.png)" width="(\d+)" height="(\d+)"', page)
    assert found
    assert found[3] == "32"
    answer = app.test_client().get(found[1])
    assert answer.status_code == 200
    assert answer.mimetype == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.data)).size == (576, 128)

    assert upload(administrator, a_picture((300, 300), "JPEG"), version="1").status_code == 303
    assert app.test_client().get(found[1]).status_code == 404
    removed = post(administrator, f"{BRAND}/logo/removal", {"version": "2"}, page=BRAND)
    assert removed.status_code == 303
    assert "/brand/logo/" not in app.test_client().get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_no_logo(administrator: FlaskClient, content: bytes) -> None:
    assert upload(administrator, io.BytesIO(content)).status_code == 422
    g.pop("gangway_vendor", None)
    assert vendor().logo == ""


def test_two_administrators_at_once_get_409(administrator: FlaskClient) -> None:
    save(administrator, "#6c3fb5")
    late = save(administrator, "#0b5394", short_name="Late")
    assert late.status_code == 409
    assert 'value="Late"' in late.get_data(as_text=True)
    assert upload(administrator, a_picture()).status_code == 409
    assert post(administrator, f"{BRAND}/logo/removal", {"version": "0"}, page=BRAND).status_code == 409


def test_the_accent_costs_no_query(app: Flask, administrator: FlaskClient) -> None:
    from tests.queries import counting

    save(administrator, "#6c3fb5")
    page = app.test_client().get("/").get_data(as_text=True)
    address = re.search(r'href="(/brand/[^"]+\.css)"', page)
    assert address
    with counting(app) as queries:
        app.test_client().get(address[1])
    assert queries == 0
