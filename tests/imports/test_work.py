"""The worker with an import: what others do meanwhile, lines that make it stumble, several workers, languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db import db, write
from app.core.i18n import in_locale
from app.customers import service as customers
from app.customers.imports import AccountImporter
from app.customers.models import Account
from app.imports import registry, service, work
from app.imports.importer import Judgement, Line
from app.imports.models import ImportLine, ImportRun
from app.imports.work import taking_out
from app.people.models import HeldRole, Person
from tests.imports.sentences import (
    a_company,
    csv_of,
    fresh,
    imported,
    lines_of,
    numbers_of,
    previewed,
    reasons_of,
    sent,
    somebody_who_imports,
    the_worker_works,
)

pytestmark = pytest.mark.usefixtures("context")


def accounts() -> list[Account]:
    return list(db.session.scalars(sa.select(Account).order_by(Account.id).execution_options(populate_existing=True)))


def applied(run: ImportRun, by: Person) -> ImportRun:
    service.apply(run.id, by)
    the_worker_works()
    return fresh(run)


def test_a_record_that_somebody_changed_after_the_preview_is_left_alone() -> None:
    by = somebody_who_imports()
    one, two = a_company(), a_company()
    imported("accounts", csv_of([one, two]), by)
    run = previewed("accounts", csv_of([{**one, "city": "Poznań"}, {**two, "city": "Poznań"}]), by)
    first, second = accounts()
    for account, city in ((first, "Warszawa"), (second, "Poznań")):
        values = {field: getattr(account, field) for field in customers.COMPANY_FIELDS} | {"city": city}
        customers.edit(account.id, account.version, values, by)
    done = applied(run, by)
    assert (done.state, numbers_of(done), done.applied) == ("done", (0, 0, 1, 1), 2)
    assert "changed this after the preview" in reasons_of(done)[2][0][1]
    assert [account.city for account in accounts()] == ["Warszawa", "Poznań"]


def test_a_company_that_came_in_after_the_preview_is_not_opened_twice() -> None:
    by = somebody_who_imports()
    line = a_company()
    run = previewed("accounts", csv_of([line, a_company()]), by)
    imported("accounts", csv_of([{**line, "city": "Poznań"}]), by)
    done = applied(run, by)
    assert numbers_of(done) == (1, 0, 0, 1)
    assert len(accounts()) == 2


def test_a_line_that_makes_the_program_stumble_is_wrong_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    by = somebody_who_imports()
    importer = registry.of_code("accounts")
    judge, apply = AccountImporter.judge, AccountImporter.apply

    def judging(self: AccountImporter, lines: Sequence[Line]) -> list[Judgement]:
        if any(line.text("company_name") == "Stumbles" for line in lines):
            raise ZeroDivisionError
        return judge(self, lines)

    def applying(self: AccountImporter, line: Line, by: Any, key: str) -> None:
        apply(self, line, by, key)
        if line.text("company_name") == "Falls":
            raise ZeroDivisionError

    monkeypatch.setattr(type(importer), "judge", judging)
    monkeypatch.setattr(type(importer), "apply", applying)
    names = ["Good", "Stumbles", "Falls", "Fine"]
    run = previewed("accounts", csv_of([a_company(company_name=name) for name in names]), by)
    assert numbers_of(run) == (3, 0, 0, 1)
    done = applied(run, by)
    assert (done.state, numbers_of(done)) == ("done", (2, 0, 0, 2))
    assert [account.company_name for account in accounts()] == ["Good", "Fine"]


def test_whoever_lost_the_right_meanwhile_imports_nothing_more() -> None:
    by = somebody_who_imports()
    run = previewed("accounts", csv_of([a_company()]), by)
    service.apply(run.id, by)
    with write():
        db.session.execute(sa.delete(HeldRole).where(HeldRole.person_id == by.id))
    the_worker_works()
    done = fresh(run)
    assert (done.state, numbers_of(done)) == ("done", (0, 0, 0, 1))
    assert "may not import this list any more" in (done.explanation)
    assert accounts() == []


def test_two_workers_do_each_line_once() -> None:
    by = somebody_who_imports()
    run = sent("accounts", csv_of([a_company(company_name=f"C {number}") for number in range(120)]), by)
    _take_turns()
    assert fresh(run).state == "ready"
    service.apply(run.id, by)
    _take_turns()
    assert (fresh(run).state, numbers_of(fresh(run))) == ("done", (120, 0, 0, 0))
    assert len(accounts()) == 120


def _take_turns() -> None:
    """Two workers until nothing is left; after each turn as if the lease had run out in the middle. How much is done in
    a turn depends on the machine."""
    for turn in range(1000):
        more = work.go_on(("one", "two")[turn % 2])
        db.session.remove()
        if not more:
            return
        with write():
            db.session.execute(sa.update(ImportRun).values(lease_until=None))
    raise AssertionError("they never end")


def test_a_worker_leaves_what_another_one_is_at() -> None:
    by = somebody_who_imports()
    sent("accounts", csv_of([a_company()] * 1), by)
    assert work.go_on("one")
    db.session.remove()
    assert not work.go_on("two")


def test_several_imports_go_on_side_by_side() -> None:
    by = somebody_who_imports()
    long = sent("accounts", csv_of([a_company() for _number in range(1500)]), by)
    short = sent("accounts", csv_of([a_company()]), by)
    for _turn in range(4):
        work.go_on("one")
        db.session.remove()
    assert fresh(short).state == "ready", "nobody waits for a long list to end"
    assert fresh(long).state == "reading"


@pytest.mark.parametrize(
    ("locale", "word"), [("en", "E-mail"), ("nl", "mailadres"), ("pl", "mail"), ("fi", "hköposti")]
)
def test_reasons_are_in_the_language_of_whoever_reads_them(locale: str, word: str) -> None:
    run = previewed("accounts", csv_of([a_company(email="")]), somebody_who_imports(locale="fr"), locale="fr")
    with in_locale(locale):
        ((_column, said),) = reasons_of(run)[2]
    assert word.casefold() in said.casefold()


def test_why_a_file_was_refused_is_read_in_the_readers_language() -> None:
    run = previewed("accounts", b"colour;country\nred;PL\n", somebody_who_imports(locale="pl"), locale="pl")
    assert "These columns are missing: Company number." in run.explanation
    assert "These columns are not known here: colour." in run.explanation
    with in_locale("nl"):
        assert "colour" in run.explanation
        assert "missing" not in run.explanation


def test_what_was_written_out_before_is_read_as_it_stands() -> None:
    run = ImportRun(problem="Something was wrong.")
    line = ImportLine(reasons=[["email", "Enter it"]], changes={"city": ["Gniezno", "100%"]})
    assert run.explanation == "Something was wrong."
    assert (line.why, line.before_and_after) == ([("email", "Enter it")], {"city": ("Gniezno", "100%")})


def test_a_file_with_nothing_below_its_header_is_refused() -> None:
    run = previewed("accounts", b"country;company_number\n", somebody_who_imports())
    assert run.state == "refused"
    assert "no line below the column names" in (run.explanation)
    assert lines_of(run) == []


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_out, "TAKEN", 10)
    content = csv_of([a_company() for _number in range(30)]) + b'"open;PL\n'
    run = previewed("accounts", content, somebody_who_imports())
    assert run.state == "refused"
    assert "Line 32" in (run.explanation)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportLine)) == 0


def test_reading_goes_on_where_another_worker_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_out, "TAKEN", 10)
    by = somebody_who_imports()
    run = sent("accounts", csv_of([a_company() for _number in range(35)]), by)
    for worker in ("one", "two", "three"):
        work.go_on(worker)
        taking_out._open.clear()  # as in another process
        db.session.remove()
        with write():
            db.session.execute(sa.update(ImportRun).values(lease_until=None))
    the_worker_works()
    assert (fresh(run).total, numbers_of(fresh(run))) == (35, (35, 0, 0, 0))
    assert [line.number for line in lines_of(run)] == list(range(2, 37))
