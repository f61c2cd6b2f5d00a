"""Keyboard alone: a client's registration from the first Tab to the receipt, and a day at the desk's inbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.acting import MARIT, TOM, a_company, focused, register, slug_of, tab_to
from tests.browser.conftest import Site
from tests.browser.hands import Keys, note_interest


def test_a_client_registers_by_keyboard(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto(slug_of(site, TOM))
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to content"
        page.keyboard.press("Enter")
        assert focused(page) == "main"
        tab_to(page, "typed_by")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowDown")
        expect(page.locator("[name=typed_by]:checked")).to_have_count(1)
        tab_to(page, "country")
        page.keyboard.type("Pol")
        expect(page.get_by_label("REGON")).to_be_visible()
        expect(page.get_by_label("Country")).to_be_focused()
        typed = a_company("Klawisz")
        for name in ("company_name", "company_number", "street", "postcode", "city"):
            tab_to(page, name)
            page.keyboard.type(typed[name])
        tab_to(page, "contact_name")
        page.keyboard.press("Enter")
        expect(page.locator(".gw-summary")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("[name=contact_name]")).to_be_focused()
        page.keyboard.type(typed["contact_name"])
        for name in ("email", "phone"):
            tab_to(page, name)
            page.keyboard.type(typed[name])
        tab_to(page, "services")
        page.keyboard.press("Space")
        tab_to(page, "Add another shop")
        page.keyboard.press("Enter")
        expect(page.locator("[name=shops-1-url]")).to_be_visible()
        expect(page.locator("#add-shop")).to_be_focused()
        tab_to(page, "note")
        page.keyboard.type("Typed without a mouse.")
        tab_to(page, "Send registration")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your registration")
        expect(page.locator("main")).to_contain_text("Typed without a mouse.")


@pytest.fixture
def desk(site: Site, browser: Browser) -> Page:
    """Marit's inbox, in English."""
    context = site.look(browser, MARIT)
    page = context.new_page()
    page.goto("/desk?lang=en")
    return page


def _title(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def _open(page: Page, name: str) -> None:
    """Walks down the inbox with J until this item is open."""
    page.keyboard.press("j")
    page.wait_for_url("**inbox=**")
    for _turn in range(60):
        if _title(page) == name:
            return
        with page.expect_navigation():
            page.keyboard.press("j")
    raise AssertionError(f"J never reaches {name}")


def test_the_inbox_is_worked_through_with_keys(site: Site, browser: Browser, desk: Page) -> None:
    with site.look(browser, locale="en-GB") as context:
        register(context.new_page(), site, "Klucz do Skrzynki")
    desk.reload()
    desk.keyboard.press("j")
    desk.wait_for_url("**inbox=**")
    first = _title(desk)
    desk.keyboard.press("j")
    desk.wait_for_url("**at=1**")
    assert _title(desk) != first
    desk.keyboard.press("k")
    desk.wait_for_url("**at=0**")
    assert _title(desk) == first
    desk.goto("/desk")
    _open(desk, "Klucz do Skrzynki")
    note_interest(Keys(desk))
    expect(desk.get_by_role("heading", level=1)).to_have_text("Klucz do Skrzynki")
    desk.keyboard.press("1")
    expect(desk.get_by_label("Accept the lead")).to_be_checked()
    desk.keyboard.press("d")
    expect(desk.locator(".gw-receipt")).to_contain_text("Klucz do Skrzynki was accepted")
    desk.keyboard.press("z")
    expect(desk.locator(".gw-receipt")).to_contain_text("is being checked again")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Klucz do Skrzynki")
    desk.keyboard.press("h")
    expect(desk.locator(".gw-receipt")).to_contain_text("Klucz do Skrzynki rests until tomorrow")
    desk.keyboard.press("z")
    expect(desk.locator(".gw-receipt")).to_contain_text("back in the inbox")
    desk.context.close()


def test_keys_help_search_and_can_be_switched_off(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_have_attribute("open", "")
    expect(desk.locator("#keys summary")).to_be_focused()
    desk.keyboard.press("/")
    expect(desk.locator("[data-search]")).to_be_focused()
    desk.keyboard.type("jar")
    expect(desk).to_have_url(re.compile(r"/desk\?lang=en$"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("link", name="Rowery Jarzębina Anna Kowalik").first).to_be_visible()
    desk.goto("/desk")
    desk.keyboard.press("?")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-keys-switch]")).to_have_text("Turn these keys on")
    desk.keyboard.press("j")
    desk.wait_for_timeout(300)
    expect(desk).to_have_url(re.compile(r"/desk$"))
    desk.keyboard.press("Enter")
    desk.keyboard.press("j")
    desk.wait_for_url("**inbox=**")
    desk.context.close()
