"""A form that breaks off is refused, not taken for a shorter one."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("sent", [b"email=anna", b""])
def test_a_body_that_breaks_off_is_refused(client: FlaskClient, sent: bytes) -> None:
    answer = client.post(
        "/sign-in",
        input_stream=BytesIO(sent),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": "500", "wsgi.input_terminated": True},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 400


def test_a_body_without_an_announced_length_is_read_to_its_end(client: FlaskClient) -> None:
    answer = client.post(
        "/sign-in",
        input_stream=BytesIO(b"email=anna"),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 422
    assert 'value="anna"' in answer.text
