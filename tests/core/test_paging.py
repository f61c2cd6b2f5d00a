"""Paging by key: forward and back, whatever is added meanwhile, and with any cursor."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.models import Service
from app.core.db import db
from app.core.paging import Page, capped_count, capped_counts, everything_of, page_of
from app.people.models import Person
from tests.sentences import a_person, a_service


def a_page(cursor: str | None, size: int = 3) -> Page[Service]:
    return page_of(sa.select(Service), Service.position, Service.id, descending=True, cursor=cursor, size=size)


def test_pages_lead_forward_and_back_without_gaps(context: None) -> None:
    made = [a_service().id for _ in range(8)][::-1]
    first = a_page(None)
    second = a_page(first.next)
    third = a_page(second.next)
    assert [row.id for page in (first, second, third) for row in page.items] == made
    assert first.previous is None
    assert third.next is None
    back = a_page(third.previous)
    assert [row.id for row in back.items] == [row.id for row in second.items]
    assert [row.id for row in a_page(back.previous).items] == [row.id for row in first.items]


def test_everything_comes_in_order_and_each_batch_is_forgotten_before_the_next(context: None) -> None:
    made = [a_service().id for _ in range(7)][::-1]
    db.session.expunge_all()
    seen, held = [], []
    for service in everything_of(sa.select(Service), Service.position, Service.id, descending=True, size=3):
        seen.append(service.id)
        held.append(sum(1 for each in db.session if isinstance(each, Service)))
    assert seen == made
    assert max(held) <= 4  # a batch, and the row that tells of the next one


def test_a_row_added_meanwhile_moves_nothing(context: None) -> None:
    for _ in range(5):
        a_service()
    first = a_page(None)
    a_service()
    seen = [row.id for row in first.items] + [row.id for row in a_page(first.next).items]
    assert len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "bnVsbA", "W2ZhbHNlLFtbInYiLCJcdTAwMDAiXSxbInYiLDFdXV0"])
def test_a_strange_cursor_is_the_first_page(context: None, cursor: str) -> None:
    a_service()
    assert len(a_page(cursor).items) == 1


@pytest.mark.parametrize(
    "values",
    [
        [["t", "2026-03-09T08:00:00"], ["v", 1]],
        [["t", "0001-01-01T00:00:00+14:00"], ["v", 1]],
        [["t", "9999-12-31T23:59:59-14:00"], ["v", 1]],
        [["t", "2026-03-09T08:00:00+00:00"], ["v", 2**31]],
        [["t", "2026-03-09T08:00:00+00:00"], ["v", -(10**30)]],
        [["t", "2026-03-09T08:00:00+00:00"], ["v", True]],
    ],
)
def test_a_moment_or_number_that_no_row_can_hold_is_the_first_page(context: None, values: list[Any]) -> None:
    a_person()
    cursor = base64.urlsafe_b64encode(json.dumps([False, values]).encode()).decode()
    found = page_of(sa.select(Person), Person.created_at, Person.id, descending=False, cursor=cursor)
    assert len(found.items) == 1


@pytest.mark.parametrize("word", ["\ud800", "\0", "a\udfff"])
def test_a_text_that_no_row_can_hold_is_the_first_page(context: None, word: str) -> None:
    a_person()
    cursor = base64.urlsafe_b64encode(json.dumps([False, [["v", word], ["v", 1]]]).encode()).decode()
    assert len(page_of(sa.select(Person), Person.name, Person.id, descending=False, cursor=cursor).items) == 1


def test_a_cursor_nested_without_end_is_the_first_page(context: None) -> None:
    a_service()
    assert len(a_page(base64.urlsafe_b64encode(b"[" * 100_000).decode()).items) == 1


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_no_cursor_is_an_error(context: None, cursor: str) -> None:
    assert a_page(cursor).items == []


def test_counting_stops_at_its_cap(context: None) -> None:
    for _ in range(4):
        a_service()
    assert capped_count(sa.select(Service.id), cap=2) == 3
    assert capped_count(sa.select(Service.id), cap=10) == 4


def test_groups_are_counted_also_where_nothing_tells_the_table(context: None) -> None:
    first = a_service()
    a_service(), a_service()
    groups = {"all": sa.true(), "none": sa.false(), "some": Service.position > first.position}
    assert capped_counts(sa.select(Service), groups) == {"all": 3, "none": 0, "some": 2}


def test_days_are_keys_too(app: Flask, context: None) -> None:
    for _ in range(5):
        a_service()
    day = sa.literal(date(2026, 1, 31), sa.Date()).label("day")
    query = sa.select(Service, day)
    first = page_of(query, day, Service.id, descending=False, cursor=None, size=3)
    second = page_of(query, day, Service.id, descending=False, cursor=first.next, size=3)
    assert len({row[0].id for row in (*first.items, *second.items)}) == 5
