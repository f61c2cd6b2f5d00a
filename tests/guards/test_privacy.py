"""Guards of personal data: every column that can hold text is in a rule, and so is every pointer to a person.

A new table or column fails here until its feature's room `privacy.py` says what it holds (docs/recipes).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.access.links import Purpose
from app.access.privacy import SUBJECTS
from app.core.clock import now
from app.core.db import Base, db
from app.core.privacy import Holding, Is
from app.privacy.sources import holdings, rules

TEXTUAL = (sa.String, sa.Text, sa.JSON, sa.LargeBinary, sa.Enum, sa.Uuid, sa.ARRAY)
"""Types whose values a person can stand in. Numbers, days and moments say nothing without a row that does."""


def _textual(table: sa.Table) -> set[str]:
    return {
        column.name
        for column in table.columns
        if isinstance(column.type, TEXTUAL) or getattr(column.type, "impl", None).__class__ in TEXTUAL
    }


def _points_to_a_person(column: sa.Column[object]) -> bool:
    named_so = column.name in ("person_id", "actor_id", "author_id", "by_id") or column.name.endswith("_by_id")
    return named_so or any(key.column.table.name == "person" for key in column.foreign_keys)


@pytest.fixture(scope="module")
def known(app: Flask) -> dict[str, Holding]:
    return {holding.table.name: holding for holding in holdings()}


def test_every_table_is_in_a_rule(known: dict[str, Holding]) -> None:
    missing = set(Base.metadata.tables) - set(known)
    assert not missing, f"say in the feature's privacy.py what these tables hold: {sorted(missing)}"
    assert len(holdings()) == len(known), "a table is named twice"


def test_every_text_column_is_in_a_rule(known: dict[str, Holding]) -> None:
    wrong = []
    for name, table in Base.metadata.tables.items():
        if name in known:
            said = set(known[name].columns)
            wrong += [f"{name}.{column} is in no rule" for column in sorted(_textual(table) - said)]
            wrong += [
                f"{name}.{column} is in a rule, but not in the table" for column in sorted(said - _textual(table))
            ]
    assert not wrong, "say in the feature's privacy.py what these columns hold:\n" + "\n".join(wrong)


def test_every_pointer_to_a_person_is_in_a_rule(known: dict[str, Holding]) -> None:
    wrong = []
    for name, table in Base.metadata.tables.items():
        pointers = {column.name for column in table.columns if _points_to_a_person(column)}
        said = {*known[name].persons, *known[name].actors} if name in known else set()
        wrong += [f"{name}.{column}" for column in sorted(pointers ^ said)]
    assert not wrong, f"name these in `persons` or `actors` of their holding: {wrong}"


def test_whatever_stays_says_why_and_until_when(known: dict[str, Holding]) -> None:
    for name, holding in known.items():
        staying = set(holding.named(Is.STAYS)) | ({"files"} if "files" in holding.stays else set())
        assert staying == set(holding.stays), f"{name}: every column that stays, and no other, has a reason"
        assert all(str(kept.why) and str(kept.until) for kept in holding.stays.values()), name


def test_every_rule_fits_the_table(known: dict[str, Holding]) -> None:
    for name, holding in known.items():
        columns = set(holding.table.c.keys())
        assert {*holding.persons, *holding.actors, *holding.full_name, *holding.values} <= columns, name
        if holding.part_of is not None:
            column, parent = holding.part_of
            assert column in columns, name
            assert parent in known, name
        if holding.named(Is.EMAIL):
            assert "id" in columns, f"{name}: an erased address is made of the row's id"
        kind = holding.kind
        assert all(str(words) for words in (kind.name, kind.why, kind.until)), name


def test_kinds_with_one_code_are_one() -> None:
    kinds = {}
    for holding in holdings():
        assert kinds.setdefault(holding.kind.code, holding.kind) is holding.kind, holding.kind.code


def test_every_search_column_is_emptied_with_its_row(known: dict[str, Holding]) -> None:
    for name, table in Base.metadata.tables.items():
        if "search" in table.c:
            assert known[name].columns["search"] is Is.SEARCH or known[name].erase is not None, name


def test_every_purpose_of_a_link_says_whose_it_is() -> None:
    assert set(SUBJECTS) == set(Purpose)
    assert set(SUBJECTS.values()) <= set(Base.metadata.tables)


def test_every_retention_rule_can_be_asked(app: Flask) -> None:
    codes = [rule.code for rule in rules()]
    assert len(codes) == len(set(codes))
    with app.app_context():
        for rule in rules():
            assert rule.days >= rule.least >= 1, rule.code
            assert len(rule.code) <= 40
            assert all(str(words) for words in (rule.name, rule.since, rule.after)), rule.code
            assert db.session.execute(rule.old(now() - timedelta(days=rule.days)).limit(1)).all() == []
