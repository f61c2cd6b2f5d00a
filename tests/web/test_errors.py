"""Error pages where little else works."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.sentences import a_person, sign_in


@pytest.fixture
def one_host(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside the tests: only its own host is answered."""
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["localhost"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["elsewhere.example", "a b", "localhost:port"])
def test_a_foreign_host_gets_the_page_of_a_bad_request(app: Flask, one_host: None, method: str, host: str) -> None:
    with app.app_context():
        client = sign_in(app.test_client(), a_person())
    answer = client.open("/sign-in?lang=nl", method=method, headers={"Host": host})
    assert answer.status_code == 400
    assert 'lang="nl"' in answer.text
    assert "/assets/" in answer.text
    assert "elsewhere" not in answer.text


def test_the_own_host_is_answered(app: Flask, one_host: None) -> None:
    assert app.test_client().get("/sign-in").status_code == 200
