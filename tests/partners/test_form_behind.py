"""The rule by which the form behind a personal link opens."""

from __future__ import annotations

import pytest

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import NotFound
from app.documents.models import DocumentKind, DocumentVersion
from app.partners.models import PersonalLink, Reseller, ResellerState
from app.partners.queries import Closed, ClosedForm, OpenForm, form_behind, visible_to
from tests.sentences import a_person, a_reseller, a_staff_member, link_of, owner_of

pytestmark = pytest.mark.usefixtures("context")


def _publish(number: int = 1) -> None:
    with write():
        db.session.add(
            DocumentVersion(
                kind=DocumentKind.RESELLER_TERMS, number=number, published_at=now(), created_at=now(), texts=[]
            )
        )


def test_an_open_form_names_its_reseller() -> None:
    reseller = a_reseller("Polana")
    form = form_behind(link_of(reseller).slug)
    assert isinstance(form, OpenForm)
    assert form.reseller.organisation.name == "Polana"


def test_an_unknown_address_is_not_found() -> None:
    with pytest.raises(NotFound):
        form_behind("Nobody-00000000")


def test_without_published_terms_the_form_is_not_open_yet() -> None:
    form = form_behind(link_of(a_reseller(terms_version=0)).slug)
    assert isinstance(form, ClosedForm)
    assert form.reason is Closed.TERMS


def test_new_terms_close_the_form_until_they_are_accepted() -> None:
    reseller = a_reseller(terms_version=0)
    slug = link_of(reseller).slug
    _publish()
    form = form_behind(slug)
    assert isinstance(form, ClosedForm)
    assert form.reason is Closed.TERMS
    with write():
        db.session.get_one(Reseller, reseller.id).terms_version = 1
    assert isinstance(form_behind(slug), OpenForm)


def test_a_suspended_reseller_and_a_withdrawn_link_close_the_form() -> None:
    reseller = a_reseller()
    link = link_of(reseller)
    with write():
        db.session.get_one(Reseller, reseller.id).state = ResellerState.SUSPENDED
    assert form_behind(link.slug) == ClosedForm(
        Closed.SUSPENDED, db.session.get_one(PersonalLink, link.id), db.session.get_one(Reseller, reseller.id)
    )
    with write():
        db.session.get_one(PersonalLink, link.id).withdrawn_at = now()
    form = form_behind(link.slug)
    assert isinstance(form, ClosedForm)
    assert form.reason is Closed.WITHDRAWN


def test_a_reseller_knows_of_itself_and_staff_of_all() -> None:
    one, other = a_reseller("One"), a_reseller("Other")
    member = owner_of(one)
    db.session.refresh(member, ["memberships", "held_roles"])
    for held in member.memberships:
        db.session.refresh(held, ["organisation"])
    assert [found.ref for found in db.session.scalars(visible_to(member))] == [one.ref]
    staff = a_staff_member("sales")
    db.session.refresh(staff, ["memberships", "held_roles"])
    assert {found.ref for found in db.session.scalars(visible_to(staff))} == {one.ref, other.ref}
    stranger = a_person()
    db.session.refresh(stranger, ["memberships", "held_roles"])
    assert db.session.scalars(visible_to(stranger)).all() == []
