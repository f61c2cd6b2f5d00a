"""Files in a bucket of an S3-compatible service: the same promises as in a folder, and a page when it is away."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer
from werkzeug.datastructures import FileStorage

from app.core import files
from app.core.errors import NotFound, Unavailable
from app.core.files.bucket import Bucket
from app.core.forms import BaseForm

KEYS = [letter * 64 + "-0123abcd" for letter in "abc"]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """An S3-compatible service on loopback with the bucket `papers`; its address."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("AWS_ACCESS_KEY_ID", "gangway")
        environ.setenv("AWS_SECRET_ACCESS_KEY", "only for tests")
        boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="papers")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def stored_there(app: Flask, service: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The application with its files in the bucket; the store's address."""
    url = f"s3://papers/gangway?endpoint={service}&region=us-east-1"
    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], storage_url=url))
    return url


@pytest.mark.on("sqlite")
def test_a_bucket_keeps_gives_back_and_lists_what_is_its_own(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Bucket(f"s3://papers/{prefix}?endpoint={service}") for prefix in ("one", "two"))
    for key in KEYS:
        first.put(key, key.encode())
    second.put(KEYS[0], b"another's")
    with first.open(KEYS[1]) as file:
        assert file.read() == KEYS[1].encode()
    raw = boto3.client("s3", endpoint_url=service, region_name="us-east-1")
    raw.put_object(Bucket="papers", Key="one/somebody-elses.txt", Body=b"x")
    assert sorted(first.keys()) == KEYS
    assert list(second.keys()) == KEYS[:1]
    listed = raw.list_objects_v2

    def by_twos(**words: Any) -> Any:
        return listed(**words, MaxKeys=2)

    with monkeypatch.context() as short:
        short.setattr(first._client, "list_objects_v2", by_twos)
        assert sorted(first.keys()) == KEYS, "a long list comes in parts"
    first.delete(KEYS[0])
    first.delete(KEYS[0])
    assert sorted(first.keys()) == KEYS[1:]
    for lost in (KEYS[0], "../secret", "x"):
        with pytest.raises(NotFound):
            first.open(lost)


@pytest.mark.on("sqlite")
def test_what_is_uploaded_lies_in_the_bucket_and_is_handed_out_from_there(app: Flask, stored_there: str) -> None:
    with app.test_request_context():
        received = files.receive(FileStorage(io.BytesIO(b"%PDF-1.7 paper"), "paper.pdf"), files.EVIDENCE)
        key = files.keep(received)
        assert key in set(files.store().keys())
        response = files.attachment(key, received.filename, received.content_type, received.size)
        response.direct_passthrough = False
        assert response.get_data() == b"%PDF-1.7 paper"
        assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.on("sqlite")
def test_a_service_that_is_away_or_refuses_is_told_from_a_file_that_is_not_there(service: str) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        away = Bucket(f"s3://papers?endpoint=http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unavailable):
            away.put(KEYS[0], b"x")
    with pytest.raises(Unavailable):
        Bucket(f"s3://no-such-bucket?endpoint={service}").put(KEYS[0], b"x")


@pytest.mark.on("sqlite")
def test_a_full_disk_is_told_in_the_same_way(tmp_path: Any) -> None:
    (tmp_path / "aa").write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        files.Folder(tmp_path).put(KEYS[0], b"x")


@pytest.mark.on("sqlite")
def test_a_form_is_shown_again_while_the_store_is_away(app: Flask) -> None:
    with app.test_request_context():
        form = BaseForm()
        with form.attempt() as saved:
            raise Unavailable
        assert not saved
        assert form.status == 503


@pytest.mark.on("sqlite")
def test_a_page_says_when_the_store_is_away(app: Flask) -> None:
    with app.test_request_context():
        response = app.make_response(app.handle_user_exception(Unavailable()))
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "10"
