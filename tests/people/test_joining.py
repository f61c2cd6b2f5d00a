"""Becoming a person and a member."""

import pytest

from app.access import links
from app.core.clock import now
from app.core.db import db, write
from app.history import service as history
from app.people import queries, service
from app.people.models import Person
from tests.sentences import a_person, an_organisation

pytestmark = pytest.mark.usefixtures("context")


def test_an_unknown_address_becomes_a_person_and_a_known_one_stays_who_it_is() -> None:
    with write():
        first = service.find_or_create("ewa@polana.example", "Ewa Zięba", "pl")
    with write():
        second = service.find_or_create("ewa@polana.example", "Somebody Else", "fi", phone="+48221234567")
    assert first.id == second.id
    assert (second.name, second.locale, second.phone) == ("Ewa Zięba", "pl", None)
    assert second.memberships == []
    assert not second.staff_roles


def test_a_closed_person_is_not_let_in_again_by_an_invitation() -> None:
    person = a_person()
    with write():
        db.session.get_one(Person, person.id).closed_at = now()
    with pytest.raises(service.PersonClosed), write():
        service.find_or_create(person.email, "Anna", "en")


def test_joining_twice_is_one_membership_with_the_first_role() -> None:
    organisation, person = an_organisation(), a_person()
    with write():
        service.join(organisation, person, "owner")
    with write():
        service.join(organisation, person, "member")
    assert [(held.person_id, held.role) for held in queries.members_of(organisation)] == [(person.id, "owner")]
    assert [entry.verb for entry in history.entries_of(organisation)] == ["organisation.member_joined"]


def test_a_newer_invitation_closes_the_earlier_one() -> None:
    person = a_person()
    with write():
        first = service.invitation_for(person)
    with write():
        second = service.invitation_for(person)
    one, two = (links.find(path.removeprefix("/go/")) for path in (first, second))
    assert one is not None
    assert two is not None
    assert not one.is_open
    assert two.is_open
