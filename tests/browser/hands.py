"""The two ways in which somebody works in a page when it has to go without a mouse, or without JavaScript."""

from __future__ import annotations

import re
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from tests.browser.acting import tab_to

FAR = 250
"""Presses of Tab after which a control counts as out of reach."""


class Hand(Protocol):
    """How somebody works in a page."""

    page: Page
    own: str
    """What this one writes, so that both can do the same job in one installation."""

    def press(self, words: str) -> None:
        """A link or a button that leads to another page."""

    def send(self, words: str) -> None:
        """A button that changes the page on which it stands, or a fold that opens there."""

    def write(self, name: str, text: str) -> None: ...

    def choose(self, name: str, value: str) -> None:
        """One of several, or a box to tick."""

    def pick(self, name: str, words: str) -> None:
        """The line of a list that begins with these words."""


class Keys:
    """Tab, Space, Enter, the arrows and letters."""

    own = "keys"

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        tab_to(self.page, words, most=FAR)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def send(self, words: str) -> None:
        tab_to(self.page, words, most=FAR)
        self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        tab_to(self.page, name, most=FAR)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        of_this = self.page.locator(f"[name='{name}'][value='{value}']")
        tab_to(self.page, name, most=FAR)
        for _turn in range(20):
            if of_this.evaluate("it => it === document.activeElement"):
                break
            radio = of_this.get_attribute("type") == "radio"
            self.page.keyboard.press("ArrowDown" if radio else "Tab")
        self.page.keyboard.press("Space")
        expect(of_this).to_be_checked()

    def pick(self, name: str, words: str) -> None:
        tab_to(self.page, name, most=FAR)
        self.page.keyboard.type(words)
        expect(self.page.locator(f"[name='{name}'] option:checked")).to_have_text(_beginning(words))


class Plain:
    """A browser that runs no script."""

    own = "plain"

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        self._named(words).click()

    def send(self, words: str) -> None:
        self._named(words).click()

    def write(self, name: str, text: str) -> None:
        self.page.locator(f"[name='{name}']").fill(text)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f"[name='{name}'][value='{value}']").check()

    def pick(self, name: str, words: str) -> None:
        line = self.page.locator(f"[name='{name}'] option").filter(has_text=_beginning(words))
        self.page.locator(f"[name='{name}']").select_option(line.get_attribute("value"))

    def _named(self, words: str) -> Locator:
        shown = self.page.locator(":is(a, button, summary):not([aria-hidden=true])")
        read = shown.filter(has_text=re.compile(rf"^\s*{re.escape(words)}\s*$"))
        return read.or_(self.page.locator(f"[aria-label='{words}']")).first


def _beginning(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(words)}")


def words_of(hand: Hand, selector: str) -> str:
    """What the first of these says, with the key that is shown beside it."""
    return " ".join((hand.page.locator(selector).first.text_content() or "").split())


def note_interest(hand: Hand) -> None:
    """On the page of a lead: the company wants the total service."""
    hand.choose("level", "total")
    hand.choose("answer", "in_principle")
    hand.press("Note the interest")
    expect(hand.page.locator(".gw-receipt")).to_contain_text("The interest was noted")
