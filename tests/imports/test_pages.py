"""The pages of imports: choosing, sending, watching, deciding, downloading what is wrong."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.core.clock import now
from app.core.db import db, write
from app.core.heartbeat import beat
from app.customers.models import Account
from app.imports import work
from app.imports.models import ImportRun
from app.imports.privacy import RULES
from app.imports.work import applying, comparing
from app.privacy.service import retention
from tests.imports.sentences import (
    a_company,
    csv_of,
    fresh,
    imported,
    numbers_of,
    previewed,
    sent,
    somebody_who_imports,
    the_worker_works,
)
from tests.queries import counting
from tests.sentences import csrf_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def text(response: Any) -> str:
    return text_of(response.get_data(as_text=True))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def a_form(client: FlaskClient, kind: str = "accounts") -> dict[str, str]:
    page = client.get(f"/desk/imports/new/{kind}").get_data(as_text=True)
    found = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert found
    return {"csrf_token": csrf_of(client, f"/desk/imports/new/{kind}"), "key": found.group(1)}


def send(client: FlaskClient, content: bytes, kind: str = "accounts", name: str = "list.csv", **fields: str) -> Any:
    data: dict[str, Any] = {**a_form(client, kind), **fields, "file": (io.BytesIO(content), name)}
    return client.post(f"/desk/imports/new/{kind}", data=data, headers={"Origin": "http://localhost"})


def test_a_list_is_sent_compared_and_imported(client: FlaskClient) -> None:
    sign_in(client, somebody_who_imports())
    assert "Accounts" in text(client.get("/desk/imports"))
    answer = send(client, csv_of([a_company(), a_company(email="nobody")]))
    assert answer.status_code == 303
    here = answer.location
    assert "The file is being read" in text(client.get(here))
    assert 'hx-trigger="every 1s"' in client.get(here).get_data(as_text=True)
    the_worker_works()
    preview = client.get(here)
    assert "1 line can be imported" in text(preview)
    assert "hx-trigger" not in preview.get_data(as_text=True).split('id="run"')[1]
    assert "Import 1 line?" in text(client.get(f"{here}/application"))
    assert post(client, f"{here}/application").status_code == 303
    assert post(client, f"{here}/application", page="/desk/imports").status_code == 303, "a second press"
    the_worker_works()
    done = client.get(here)
    assert "1 line was imported." in text(done)
    assert "1 line is wrong and was left out." in text(done)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_the_progress_shown_is_what_was_done(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "AT_ONCE", 2)
    monkeypatch.setattr(applying, "APPLIED", 2)
    by = somebody_who_imports()
    sign_in(client, by)
    here = f"/desk/imports/{sent('accounts', csv_of([a_company() for _number in range(5)]), by).ref}"

    def shown() -> str:
        work.go_on("tests")
        db.session.remove()
        page = client.get(here, headers={"HX-Request": "true"}).get_data(as_text=True)
        bar = re.search(r'<progress[^>]* max="(\d+)" value="(\d+)"', page)
        return (
            f"{bar[2]} of {bar[1]} lines are done" if bar and f"{bar[2]} of {bar[1]} lines" in page else text_of(page)
        )

    assert [shown() for _part in range(3)] == [f"{done} of 5 lines are done" for done in (0, 2, 4)]
    assert "5 lines can be imported" in shown()
    assert post(client, f"{here}/application").status_code == 303
    assert [shown() for _part in range(2)] == [f"{done} of 5 lines are done" for done in (2, 4)]
    assert "5 lines were imported" in shown()


def test_a_double_click_is_one_import(client: FlaskClient) -> None:
    sign_in(client, somebody_who_imports())
    content = csv_of([a_company()])
    first = send(client, content, key="once")
    second = send(client, content, key="once")
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportRun)) == 1


def test_wrong_lines_come_back_with_reasons_and_can_be_sent_again(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    good, bad = a_company(), a_company(phone="12", company_name="=1+1")
    run = previewed("accounts", csv_of([good, bad]), by)
    page = client.get(f"/desk/imports/{run.ref}?show=wrong")
    assert "12" in text(page)
    file = client.get(f"/desk/imports/{run.ref}/wrong.csv").get_data().decode("utf-8-sig")
    header, line = file.splitlines()
    assert header.startswith("Company name;Country of registration;")
    assert header.endswith(";What is wrong")
    assert line.startswith("'=1+1;")
    assert "Phone: " in line
    book = load_workbook(io.BytesIO(client.get(f"/desk/imports/{run.ref}/wrong.xlsx").get_data()))
    assert book.worksheets[0].max_row == 2
    again = imported("accounts", file.replace(";12;", ";022 123 45 67;").encode(), by)
    assert numbers_of(again) == (1, 0, 0, 0)
    assert db.session.scalar(sa.select(Account.company_name)) == "=1+1"


def test_the_example_is_a_file_that_can_be_sent(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    for format in ("csv", "xlsx"):
        example = client.get(f"/desk/imports/new/accounts/example.{format}").get_data()
        assert send(client, example, name=f"example.{format}").status_code == 303
    the_worker_works()
    assert {run.total for run in db.session.scalars(sa.select(ImportRun))} == {1}


def test_our_own_list_comes_back_unchanged(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    imported("accounts", csv_of([a_company(website="https://a.example"), a_company(company_name="-5 Sp. z o.o.")]), by)
    for format in ("csv", "xlsx"):
        file = client.get(f"/desk/accounts/accounts.{format}").get_data()
        answer = send(client, file, name=f"accounts.{format}")
        the_worker_works()
        assert "nothing to import" in text(client.get(answer.location))
    assert {numbers_of(run) for run in db.session.scalars(sa.select(ImportRun))} == {(2, 0, 0, 0), (0, 0, 2, 0)}


def test_what_cannot_be_read_is_said_at_the_field(client: FlaskClient) -> None:
    sign_in(client, somebody_who_imports())
    for content, words in (
        (b"", "This file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "cannot be read as a table"),
        (bytes(range(256)) * 50, "cannot be read as a table"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old kind (.xls)"),
        (b"x" * (10 * 1024 * 1024 + 1), "Split it into several files"),
    ):
        answer = send(client, content)
        assert answer.status_code == 422
        assert words in text(answer)
    nothing = client.post("/desk/imports/new/accounts", data=a_form(client), headers={"Origin": "http://localhost"})
    assert nothing.status_code == 422
    assert "Choose a file" in text(nothing)


def test_the_page_says_when_the_worker_is_not_running(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    run = sent("accounts", csv_of([a_company()]), by)
    assert "The worker is not running" in text(client.get(f"/desk/imports/{run.ref}"))
    beat("worker")
    assert "The worker is not running" not in text(client.get(f"/desk/imports/{run.ref}"))


def test_a_discarded_import_changes_nothing_and_cannot_be_applied(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    run = previewed("accounts", csv_of([a_company()]), by)
    here = f"/desk/imports/{run.ref}"
    assert post(client, f"{here}/discard", page=here).status_code == 303
    assert "was discarded" in text(client.get(here))
    assert post(client, f"{here}/application", page="/desk/imports").status_code == 409
    assert db.session.scalar(sa.select(Account.id)) is None


def test_who_may_not_import_a_list_does_not_see_its_imports(client: FlaskClient) -> None:
    by = somebody_who_imports()
    run = previewed("accounts", csv_of([a_company()]), by)
    sign_in(client, somebody_who_imports("content_editor"))
    assert client.get(f"/desk/imports/{run.ref}").status_code == 404
    assert client.get("/desk/imports/new/accounts").status_code == 404
    assert run.ref not in client.get("/desk/imports").get_data(as_text=True)


def test_each_page_asks_a_constant_number_of_queries(app: Flask, client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    runs = [previewed("accounts", csv_of([a_company(), a_company(email="")]), by) for _number in range(3)]
    for path in ("/desk/imports", *(f"/desk/imports/{run.ref}?show=wrong" for run in runs)):
        with counting(app) as asked:
            assert client.get(path).status_code == 200
        assert asked.count <= 6


def test_imports_are_forgotten_after_a_time(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    run = imported("accounts", csv_of([a_company(), a_company(email="")]), by)
    undecided = previewed("accounts", csv_of([a_company()]), by)
    (rule,) = RULES
    assert retention.forget(rule, now() - timedelta(days=90)) == 0
    long_ago = now() - timedelta(days=100)
    with write():
        db.session.execute(sa.update(ImportRun).values(created_at=long_ago))
        db.session.execute(sa.update(ImportRun).where(ImportRun.ended_at.is_not(None)).values(ended_at=long_ago))
    assert retention.forget(rule, now() - timedelta(days=90)) == 2
    assert retention.forget(rule, now() - timedelta(days=90)) == 0
    page = client.get(f"/desk/imports/{run.ref}")
    assert "were deleted after a time" in text(page)
    assert "wooden-toys" not in page.get_data(as_text=True)
    assert numbers_of(fresh(run)) == (1, 0, 0, 1)
    assert "was discarded" in text(client.get(f"/desk/imports/{fresh(undecided).ref}"))
    assert client.get("/desk/imports").status_code == 200
