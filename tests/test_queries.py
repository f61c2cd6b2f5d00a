"""The counter of queries counts what is asked, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from tests.queries import counting
from tests.sentences import a_service


def test_statements_are_counted_and_transactions_are_not(app: Flask, context: None) -> None:
    with counting(app) as n:
        a_service("pay")
        db.session.execute(sa.text("SELECT 1"))
    assert n == 2
    assert n.count == 2
    assert "INSERT INTO service" in n.statements[0]


def test_counting_ends_with_the_block(app: Flask, context: None) -> None:
    with counting(app) as n:
        pass
    db.session.execute(sa.text("SELECT 1"))
    assert n == 0
