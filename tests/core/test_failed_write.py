"""After a `write()` that failed, the page still has what it had read, and nothing of what was not written."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.catalogue.models import Service
from app.core.db import db, lock, write
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


def test_what_was_read_with_its_relations_stays(context: None) -> None:
    person = person_with_places(a_member_of(an_organisation("Polana")).id)
    with suppress(Refused), write():
        db.session.add(Service(code="new", names={}, hints={}))
        db.session.flush()
        raise Refused
    assert person.membership is not None
    assert person.membership.organisation.name == "Polana"
    assert person.staff_roles == frozenset()
    assert not sa.inspect(person).expired


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
