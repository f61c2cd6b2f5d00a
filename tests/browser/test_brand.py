"""An accent as it is typed: shown before it is saved, refused when nobody could read it."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.checks import Looker
from tests.browser.conftest import Site


def test_a_colour_is_shown_while_it_is_typed(site: Site, browser: Browser) -> None:
    administrator = site.person("administrator")["email"]
    with site.look(browser, administrator) as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto("/desk/settings/brand?lang=en")
        field = page.get_by_label("Accent colour")
        field.fill("")
        field.press_sequentially("#6c3fb5", delay=30)
        look = page.locator("#brand-look")
        buttons = look.locator(".gw-look .btn-primary")
        expect(buttons.first).to_have_css("background-color", "rgb(108, 63, 181)")
        expect(buttons.last).not_to_have_css("background-color", "rgb(108, 63, 181)")
        expect(field).to_be_focused()
        expect(page.locator(".gw-do .btn-primary")).to_have_css("background-color", "rgb(11, 83, 148)")

        field.fill("")
        field.press_sequentially("#ff6600", delay=30)
        expect(look).to_contain_text("too weak to read")
        page.get_by_role("button", name="Take #bd4c00").click()
        expect(field).to_have_value("#bd4c00")
        expect(look).to_contain_text("everybody can read it")
        assert looker.faults() == []
