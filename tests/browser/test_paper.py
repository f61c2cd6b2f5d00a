"""A plan on paper: what a browser prints is the sheet alone."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.browser.walkers import cookies_of
from tests.crawl import enter, personal_links


def test_the_print_preview_has_no_navigation(site: Site, browser: Browser) -> None:
    plan = enter(site.app.test_client(), personal_links(site.people)[0])
    with site.look(browser) as context:
        context.add_cookies(cookies_of(site, "customer"))
        page = context.new_page()
        looker = Looker(page)
        page.goto(f"{plan}/print?lang=nl")
        assert not looker.faults("customer-paper-nl")
        page.emulate_media(media="print")
        for navigation in ("nav", "header", "footer", "form", "button", "a.btn", "a.gw-back", ".gw-demo"):
            for found in page.locator(navigation).all():
                expect(found).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        boxes = page.locator(".gw-tickbox")
        assert boxes.count() > 20
        for box in boxes.all()[:5]:
            expect(box).to_be_visible()
        assert page.pdf(format="A4").startswith(b"%PDF-")
