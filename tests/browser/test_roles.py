"""A small, whole job of each role: once by keyboard alone, once without JavaScript, by the same words on the page.

Clients and sales have theirs in `test_keyboard` and `test_journeys`, customers in `test_plans`, account managers and
team leaders in `test_team`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.acting import tab_to
from tests.browser.conftest import Site


class Hand(Protocol):
    """How somebody works in a page."""

    page: Page
    own: str
    """What this one writes, so that both can do the same job in one installation."""

    def press(self, words: str) -> None:
        """A link or a button that leads to another page."""

    def write(self, name: str, text: str) -> None: ...

    def choose(self, name: str, value: str) -> None:
        """One of several, or a box to tick."""


class Keys:
    """Tab, Space, Enter, the arrows and letters."""

    own = "keys"

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        tab_to(self.page, words, most=200)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        tab_to(self.page, name, most=200)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        of_this = self.page.locator(f"[name='{name}'][value='{value}']")
        tab_to(self.page, name, most=200)
        for _turn in range(20):
            if of_this.evaluate("it => it === document.activeElement"):
                break
            radio = of_this.get_attribute("type") == "radio"
            self.page.keyboard.press("ArrowDown" if radio else "Tab")
        self.page.keyboard.press("Space")
        expect(of_this).to_be_checked()


class Plain:
    """A browser that runs no script."""

    own = "plain"

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        named = re.compile(rf"^\s*{re.escape(words)}\s*$")
        self.page.locator("a, button").filter(has_text=named).first.click()

    def write(self, name: str, text: str) -> None:
        self.page.locator(f"[name='{name}']").fill(text)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f"[name='{name}'][value='{value}']").check()


def leave_a_note(hand: Hand) -> None:
    hand.press("Stolarnia Modrzew sp. z o.o.")
    hand.write("note", f"They would like a call in the morning: {hand.own}.")
    hand.press("Add note")
    expect(hand.page.locator("#notes")).to_contain_text(f"in the morning: {hand.own}")


def answer_a_follow_up(hand: Hand) -> None:
    hand.press("Bakkerij De Zeven Maten")
    hand.choose("answer", "contacted")
    hand.write("words", f"We phoned, and meet next week: {hand.own}.")
    hand.press("Send the answer")
    expect(hand.page.locator("main")).to_contain_text(f"meet next week: {hand.own}")


def ask_a_question(hand: Hand) -> None:
    hand.press("Questions")
    hand.press("Ask a question")
    hand.press("Send question")
    expect(hand.page.locator(".gw-summary")).to_be_visible()
    hand.write("subject", f"Gift cards: {hand.own}")
    hand.write("words", "Are gift cards passed on as sales?")
    hand.press("Send question")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(f"Gift cards: {hand.own}")


def add_to_an_answer(hand: Hand) -> None:
    hand.press("Questions")
    hand.press(words_of(hand, ".gw-tabs a:has-text('Waits for the software partner')"))
    hand.press(words_of(hand, "#list .gw-name"))
    hand.write("words", f"One thing more: {hand.own}.")
    hand.press("Send answer")
    expect(hand.page.locator("main")).to_contain_text(f"One thing more: {hand.own}.")


def words_of(hand: Hand, selector: str) -> str:
    return " ".join((hand.page.locator(selector).first.text_content() or "").split())


def write_a_new_version(hand: Hand) -> None:
    hand.press("Documents")
    kind = {"keys": "Reseller terms", "plain": "Privacy notice"}[hand.own]
    hand.press(f"Begin a new draft: {kind}")
    hand.press("Edit this text")
    hand.write("title", f"{kind}, reworded")
    hand.press("Save")
    expect(hand.page.locator(".gw-words h2").first).to_have_text(f"{kind}, reworded")


def record_a_payment(hand: Hand) -> None:
    hand.press("Invoices")
    hand.press({"keys": "FV/2026/0147", "plain": "FV/2026/0146"}[hand.own])
    hand.press("Record a payment")
    hand.write("amount", "12.50")
    hand.press("Record the payment")
    expect(hand.page.locator(".gw-receipt")).to_contain_text("The payment was recorded")
    expect(hand.page.locator("main")).to_contain_text("12.50")


def invite_a_colleague(hand: Hand) -> None:
    hand.press("Staff")
    hand.press("Invite somebody")
    hand.write("name", f"Wout {hand.own}")
    hand.write("email", f"wout.{hand.own}@brimora.example")
    hand.choose("roles", "sales")
    hand.choose("roles", "coordinator")
    hand.press("Send the invitation")
    expect(hand.page.locator("main")).to_contain_text(f"wout.{hand.own}@brimora.example")


JOBS: dict[str, tuple[str, Callable[[Hand], None]]] = {
    "reseller": ("/panel", leave_a_note),
    "service partner": ("/panel", answer_a_follow_up),
    "software partner": ("/panel/software", ask_a_question),
    "coordinator": ("/desk", add_to_an_answer),
    "content_editor": ("/desk", write_a_new_version),
    "finance": ("/desk", record_a_payment),
    "administrator": ("/desk", invite_a_colleague),
}
"""The first page of each role, and what is done from there."""


@pytest.mark.parametrize("role", JOBS)
@pytest.mark.parametrize("way", [Keys, Plain])
def test_each_role_does_a_job(site: Site, browser: Browser, role: str, way: type[Keys] | type[Plain]) -> None:
    start, job = JOBS[role]
    with site.look(browser, site.person(role)["email"], java_script_enabled=way is Keys) as context:
        page = context.new_page()
        page.goto(f"{start}?lang=en")
        job(way(page))
