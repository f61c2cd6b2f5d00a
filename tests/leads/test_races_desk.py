"""Several people at once: one account, one accepted lead, and whole or refused edits (R8, R11, R12)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.customers.models import Account
from app.leads.models import Lead
from app.leads.service import conversion, decision, editing
from app.leads.service.conversion import Choice
from app.leads.service.details import LeadDetails
from app.people.models import Person
from app.people.queries import with_standing
from tests import sentences as s
from tests.leads.sentences import a_lead

ROUNDS = 100


def at_once(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Runs all of them at the same moment, each on a connection of its own; gives results and refusals."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[place] = act()
            except Exception as refusal:  # told to the test
                results[place] = refusal
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def person(id: int) -> Person:
    return db.session.scalars(with_standing(db.select(Person)).where(Person.id == id)).unique().one()


def test_two_staff_converting_one_lead_make_one_account(app: Flask, context: None) -> None:
    staff, reseller = s.a_staff_member().id, s.a_reseller()
    for _ in range(ROUNDS):
        lead = a_lead(of=reseller, state="accepted")
        choice = Choice(lead_version=lead.version)
        id, key = lead.id, lead.company_key

        results = at_once(app, *[lambda: conversion.convert(id, choice, person(staff)).ref] * 2)  # noqa: B023 - run at once

        assert sorted(type(result).__name__ for result in results) == ["LeadMovedOn", "str"], results
        db.session.rollback()
        accounts = db.session.scalar(db.select(db.func.count()).select_from(Account).where(Account.company_key == key))
        assert accounts == 1


def test_five_resellers_leads_of_one_company_one_is_accepted(app: Flask, context: None) -> None:
    staff, resellers = s.a_staff_member().id, [s.a_reseller() for _ in range(5)]
    for _ in range(10):
        number = s.a_nip()
        seen = [(lead.id, lead.version) for lead in (a_lead(of=r, company_number=number) for r in resellers)]

        results = at_once(
            app,
            *(lambda pair=pair: decision.accept(*pair, person(staff)).ref for pair in seen),  # type: ignore[misc]  # a default to bind
        )

        assert sorted(type(result).__name__ for result in results) == ["CompanyTaken"] * 4 + ["str"], results


@pytest.mark.parametrize("rounds", [2 * ROUNDS])
def test_saving_in_the_moment_of_conversion_is_whole_before_or_refused(app: Flask, context: None, rounds: int) -> None:
    reseller = s.a_reseller()
    staff, owner = s.a_staff_member().id, s.owner_of(reseller).id
    for number in range(rounds):
        lead = a_lead(of=reseller, state="accepted")
        id, version = lead.id, lead.version
        details = LeadDetails(
            company_name=f"Renamed {number}",
            country=lead.country,
            company_number=lead.company_number,
            street=f"ul. Nowa {number}",
            postcode=lead.postcode,
            city="Gniezno",
            contact_name=lead.contact_name,
            email=lead.email,
            phone=lead.phone,
        )

        saved, converted = at_once(
            app,
            lambda: editing.edit(id, version, details, person(owner)).ref,  # noqa: B023 - run at once
            lambda: conversion.convert(id, Choice(lead_version=version), person(staff)).ref,  # noqa: B023 - run at once
        )

        db.session.rollback()
        found = db.session.get(Lead, id, populate_existing=True)
        assert found is not None
        if isinstance(saved, str):
            assert isinstance(converted, editing.LeadMovedOn), converted
            assert (found.state, found.city, found.street) == ("accepted", "Gniezno", f"ul. Nowa {number}")
        else:
            assert isinstance(saved, editing.LeadNotEditable | editing.LeadMovedOn), saved
            assert isinstance(converted, str), converted
            account = db.session.scalars(db.select(Account).where(Account.ref == converted)).one()
            assert (found.state, found.city, account.city) == ("converted", "Poznań", "Poznań")
