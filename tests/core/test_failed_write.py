"""After a `write()` that failed, the page still has what it had read, and nothing of what was not written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from app.catalogue.models import Service
from app.core.db import db, lock, roll_back, write
from app.people.models import Membership, Person
from tests.sentences import a_member_of, a_service, an_organisation


class Refused(Exception):
    """The verb says no."""


def person_with_places(id: int) -> Person:
    query = (
        sa.select(Person)
        .where(Person.id == id)
        .options(joinedload(Person.memberships).joinedload(Membership.organisation), joinedload(Person.held_roles))
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).unique().one()


def assert_it_is_whole(person: Person) -> None:
    assert person.membership is not None
    assert person.membership.organisation.name == "Polana"
    assert person.staff_roles == frozenset()
    assert not sa.inspect(person).expired


def test_what_was_read_with_its_relations_stays(context: None) -> None:
    person = person_with_places(a_member_of(an_organisation("Polana")).id)
    with suppress(Refused), write():
        db.session.add(Service(code="new", names={}, hints={}))
        db.session.flush()
        raise Refused
    assert_it_is_whole(person)


@pytest.mark.parametrize("flushed", [True, False])
def test_what_was_changed_is_as_it_was(context: None, flushed: bool) -> None:
    service = a_service("pay")
    with suppress(Refused), write():
        lock(Service, service.id).code = "other"
        if flushed:
            db.session.flush()
        raise Refused
    assert service.code == "pay"
    with write():
        lock(Service, service.id).code = "changed"
    assert service.code == "changed"


def test_what_was_removed_is_there_again(context: None) -> None:
    service = a_service("pay")
    with suppress(Refused), write():
        db.session.delete(lock(Service, service.id))
        db.session.flush()
        raise Refused
    assert service.code == "pay"


def test_what_was_added_is_gone(context: None) -> None:
    organisation = an_organisation()
    person = person_with_places(a_member_of(organisation).id)
    with suppress(Refused), write():
        person.memberships[0].ended_at = person.created_at
        db.session.add(Service(code="new", names={}, hints={}))
        db.session.flush()
        raise Refused
    with write():
        pass
    db.session.expire_all()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Service)) == 0
    assert db.session.scalar(sa.select(Membership.ended_at)) is None


def test_the_next_write_works(context: None) -> None:
    service = a_service("pay")
    for _ in range(3):
        with suppress(Refused), write():
            lock(Service, service.id).position += 1
            raise Refused
    with write():
        lock(Service, service.id).position = 7
    db.session.expire_all()
    assert db.session.get_one(Service, service.id).position == 7


# --- the server goes away ---------------------------------------------------------------------------------------------


@contextmanager
def no_server() -> Iterator[None]:
    """What ends a transaction does not reach it."""
    dialect = db.engine.dialect

    def lost(connection: object) -> None:
        raise dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "do_commit", lost)
        patch.setattr(dialect, "do_rollback", lost)
        yield


def test_what_was_read_stays_when_the_server_goes_away_before_the_write(context: None) -> None:
    person = person_with_places(a_member_of(an_organisation("Polana")).id)
    with no_server():
        with pytest.raises(OperationalError), write():
            pass
        assert_it_is_whole(person)


def test_what_was_read_stays_when_further_reading_fails(context: None) -> None:
    person = person_with_places(a_member_of(an_organisation("Polana")).id)
    with no_server():
        roll_back()
        assert_it_is_whole(person)


def test_an_answer_is_given_though_the_server_went_away_after_it_was_made(context: None, client: FlaskClient) -> None:
    with no_server():
        assert client.get("/sign-in").status_code == 200
