"""The stylesheet, the script and the icon: small, kept for ever under their own address, checked by the browser."""

import base64
import gzip
import hashlib
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.assets import ASSETS, asset, integrity


@pytest.fixture
def addresses(app: Flask) -> dict[str, str]:
    with app.test_request_context():
        return {name: asset(name) for name in ASSETS}


def test_stylesheet_and_script_stay_small() -> None:
    assert len(ASSETS["site.css"].zipped) <= 45 * 1024
    assert len(ASSETS["site.js"].zipped) <= 25 * 1024


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_an_asset_is_kept_for_ever_and_is_what_its_integrity_says(
    client: FlaskClient, addresses: dict[str, str], name: str
) -> None:
    answer = client.get(addresses[name])
    digest = base64.b64encode(hashlib.sha384(answer.data).digest()).decode()

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    assert "Content-Encoding" not in answer.headers
    assert integrity(name) == f"sha384-{digest}"


def test_an_asset_comes_zipped_to_whoever_can_read_that(client: FlaskClient, addresses: dict[str, str]) -> None:
    answer = client.get(addresses["site.css"], headers={"Accept-Encoding": "br, gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.vary
    assert gzip.decompress(answer.data) == ASSETS["site.css"].body


def test_a_browser_that_has_it_is_told_so(client: FlaskClient, addresses: dict[str, str]) -> None:
    first = client.get(addresses["site.js"], headers={"Accept-Encoding": "gzip"})
    again = client.get(
        addresses["site.js"], headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    )

    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize("path", ["/assets/0000000000000000/site.css", "/assets/x/nothing.css"])
def test_an_asset_that_is_not_this_one_is_unknown(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_stylesheet_asks_for_nothing_else() -> None:
    """No fonts, no images from elsewhere, no source map: one request."""
    body = ASSETS["site.css"].body

    assert b"@import" not in body
    assert b"sourceMappingURL" not in body
    assert b"url(http" not in body


def test_every_answer_says_what_may_run_and_who_may_frame_it(client: FlaskClient) -> None:
    headers = client.get("/healthz").headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_is_insisted_on_where_it_is_used(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], public_url="https://gangway.example"))

    assert "max-age=" in client.get("/healthz").headers["Strict-Transport-Security"]


def test_a_page_is_not_given_to_somebody_who_wants_its_fragment(client: FlaskClient) -> None:
    assert "HX-Request" in client.get("/nothing-here").vary
