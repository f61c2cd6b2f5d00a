"""A team leader validates and assigns, an account manager calls: by keyboard alone, and without JavaScript (C4, C7)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from app.core.db import db
from app.people.models import Person
from app.people.queries import by_email
from app.plans.service import cases
from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.plans.casework import BY_TELEPHONE, a_plan_with_cases, case_of, hand, handed_in
from tests.sentences import a_plan, a_playbook


@pytest.fixture
def leader(site: Site) -> str:
    """Whose page has two validations, one of them for the second time, and two cases without a worker."""
    email: str = site.person("team_leader")["email"]
    with site.app.app_context():
        person, worker = _known(email), _known(site.person("account_manager")["email"])
        first, second = a_plan_with_cases(name="Alder Oy"), a_plan_with_cases(name="Birch Oy")
        for plan in (first, second):
            handed_in(plan, worker, person)
        cases.give_back(second.id, case_of(second).ref, "Look again.", hand(person))
        cases.hand_in(second.id, case_of(second).ref, hand(worker))
        for name in ("Cedar Oy", "Dogwood Oy"):
            a_plan_with_cases(name=name)
        db.session.remove()
    return email


def _known(email: str) -> Person:
    person = by_email(email)
    assert person is not None
    return person


def test_validating_and_assigning_by_keyboard_alone(site: Site, browser: Browser, leader: str) -> None:
    with site.look(browser, leader, locale="en-GB") as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto("/desk/plans/team?lang=en")
        heading = page.locator("#team h3").first
        assert not looker.faults("team")
        for _ in range(10):
            if "Alder Oy" in heading.inner_text():
                break
            before = heading.inner_text()
            page.keyboard.press("j")
            expect(heading).not_to_have_text(before)
        page.keyboard.press("r")
        page.keyboard.type("Please see the stock.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".gw-toast")).to_contain_text("The case of Alder Oy was returned")
        expect(page.locator("#live")).to_contain_text("was returned")
        page.keyboard.press("c")
        expect(page.locator(".gw-toast")).to_contain_text("is completed")
        page.get_by_label("Cedar Oy, To train").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("a")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".gw-receipt")).to_contain_text(re.compile("1 case was assigned to "))
        page.keyboard.press("z")
        expect(page.locator(".gw-receipt")).to_contain_text("The assignment of 1 case was taken back")


def test_the_same_without_javascript_on_a_narrow_phone(site: Site, browser: Browser, leader: str) -> None:
    with site.look(
        browser, leader, java_script_enabled=False, viewport={"width": 360, "height": 800}, locale="en-GB"
    ) as context:
        page = context.new_page()
        page.goto("/desk/plans/team?lang=en")
        page.get_by_role("link", name="Birch Oy", exact=True).first.click()
        page.get_by_role("button", name="Complete the case").click()
        expect(page.locator(".gw-receipt")).to_contain_text("The case of Birch Oy is completed")
        page.get_by_label("Dogwood Oy, To train").first.check()
        page.get_by_label("Assign the chosen cases to").select_option(index=1)
        page.get_by_role("button", name="Assign", exact=True).click()
        receipt = page.locator(".gw-receipt")
        expect(receipt).to_contain_text("1 case was assigned to ")
        receipt.get_by_role("button", name="Undo").click()
        expect(page.locator(".gw-receipt")).to_contain_text("was taken back")


@pytest.fixture
def caller(site: Site) -> str:
    """Who has two calls more to make today than the demonstration gives."""
    email: str = site.person("account_manager")["email"]
    with site.app.app_context():
        version = a_playbook(BY_TELEPHONE)
        for name in ("Aspen Oy", "Beech Oy"):
            a_plan(of=version, manager=_known(email), name=name)
        db.session.remove()
    return email


def test_noting_calls_that_nobody_answered_by_keyboard_alone(site: Site, browser: Browser, caller: str) -> None:
    with site.look(browser, caller, locale="en-GB") as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto("/desk/plans/day?lang=en")
        waiting = page.locator("section:has(#calls) li.gw-task")
        before = waiting.count()
        assert before >= 2
        assert not looker.faults("day")
        first = waiting.first.locator(".gw-meta a").first.inner_text()
        page.keyboard.press("n")
        expect(waiting).to_have_count(before - 1)
        tried = page.locator("section:has(#tried) li.gw-task")
        expect(tried.last).to_contain_text(first)
        expect(tried.last).to_contain_text("Next attempt")
        page.keyboard.press("u")
        expect(waiting).to_have_count(before)
        expect(waiting.first).to_contain_text(first)
        page.keyboard.press("o")
        expect(page).to_have_url(re.compile("/desk/plans/[^/]+/tasks/"))
        expect(page.locator("h1")).to_be_visible()


def test_noting_a_call_without_javascript(site: Site, browser: Browser, caller: str) -> None:
    with site.look(browser, caller, java_script_enabled=False, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/desk/plans/day?lang=en")
        waiting = page.locator("section:has(#calls) li.gw-task")
        before = waiting.count()
        first = waiting.first.locator(".gw-meta a").first.inner_text()
        waiting.get_by_role("button", name="Called, no answer").first.click()
        expect(waiting).to_have_count(before - 1)
        expect(page.locator("section:has(#tried) li.gw-task").last).to_contain_text(first)
