"""How the pages behave while somebody works in them: searching, sending twice, losing the session or the connection."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.acting import KATARZYNA, TOM, a_company, fill, focused, slug_of, submit, tab_to
from tests.browser.checks import Looker
from tests.browser.conftest import Site


def test_searching_while_typing_keeps_the_focus_and_the_address(site: Site, browser: Browser) -> None:
    with site.look(browser, KATARZYNA) as context:
        page = context.new_page()
        page.goto("/panel/leads?lang=en")
        page.get_by_label("Search").click()
        page.keyboard.type("jarz", delay=40)
        expect(page.locator("#list .gw-name")).to_have_text(["Rowery Jarzębina Anna Kowalik"])
        expect(page.get_by_label("Search")).to_be_focused()
        expect(page).to_have_url(re.compile(r"[?&]q=jarz"))
        expect(page.locator("#live")).to_contain_text("1 lead")
        page.reload()
        expect(page.get_by_label("Search")).to_have_value("jarz")
        expect(page.locator("#list .gw-name")).to_have_count(1)
        page.get_by_label("Search").fill("nobody of this name")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_a_session_that_ended_leads_to_the_whole_sign_in_page(site: Site, browser: Browser) -> None:
    with site.look(browser, KATARZYNA) as context:
        page = context.new_page()
        page.goto("/panel/leads?lang=en")
        context.clear_cookies(name=site.app.config["SESSION_COOKIE_NAME"])
        page.get_by_label("Search").click()
        page.keyboard.type("jarz")
        expect(page).to_have_url(re.compile(r"/sign-in"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.locator("#list")).to_have_count(0)


def test_a_lost_connection_is_said_and_leaves_the_list(site: Site, browser: Browser) -> None:
    with site.look(browser, KATARZYNA) as context:
        page = context.new_page()
        page.goto("/panel/leads?lang=en")
        rows = page.locator("#list .gw-name").count()
        page.route("**/panel/leads?*", lambda route: route.abort())
        page.get_by_label("Search").click()
        page.keyboard.type("jarz")
        expect(page.locator("#toasts")).to_contain_text("There is no connection")
        assert page.locator("#list .gw-name").count() == rows
        page.get_by_role("button", name="Close this message").click()
        expect(page.locator("#toasts")).to_be_empty()


def test_what_one_types_while_the_country_changes_stays(site: Site, browser: Browser) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    with site.look(browser, locale="en-GB") as context:
        for address, number in (("/resellers/apply", "NIP"), (slug_of(site, TOM), "REGON")):
            page = context.new_page()
            page.goto(f"{address}?country=NL")
            fill(page, company_name="Typed before", street="Typed before")
            page.route(f"**{address}*", hold)
            with page.expect_request(f"**{address}*"):
                page.get_by_label("Country").select_option(label="Poland")
            fill(page, street="ul. Słoneczna 8", city="Gniezno")
            page.locator("[name=postcode]").press_sequentially("62-00")
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(50)
            waiting.pop().continue_()
            expect(page.get_by_label(number)).to_be_visible()
            page.keyboard.press("2")
            for name, value in {
                "company_name": "Typed before",
                "street": "ul. Słoneczna 8",
                "city": "Gniezno",
                "postcode": "62-020",
            }.items():
                expect(page.locator(f"[name={name}]")).to_have_value(value)
            page.unroute_all()


def test_a_double_click_sends_once(site: Site, browser: Browser) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{slug_of(site, TOM)}?country=PL")
        page.locator("[name=typed_by][value=client]").check()
        fill(page, **a_company("Dwa Kliknięcia"))
        page.on("request", note)
        page.route("**/r/*", slowly)
        page.locator("form.gw-form .gw-do button").dblclick(no_wait_after=True)
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your registration")
    assert len(sent) == 1


def test_what_was_wrong_takes_the_focus_and_leads_to_its_field(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/resellers/apply")
        submit(page)
        expect(page.locator("#errors")).to_be_focused()
        expect(page).to_have_title(re.compile("^Error: "))
        for link in page.locator(".gw-summary a").all():
            field = page.locator(str(link.get_attribute("href")))
            expect(field).to_have_attribute("aria-invalid", "true")
        page.locator(".gw-summary a").first.click()
        assert focused(page) == str(page.locator(".gw-summary a").first.get_attribute("href"))[1:]


def test_a_number_gets_advice_once_it_is_complete(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{slug_of(site, TOM)}?country=PL")
        page.locator("[name=company_number]").click()
        with page.expect_response("**/identifier-advice*"):
            page.keyboard.type("856-734")
        expect(page.locator("#company_number-advice")).to_be_empty()
        with page.expect_response("**/identifier-advice*"):
            page.keyboard.type("-62-16")
        expect(page.locator("#company_number-advice .is-act")).to_be_visible()
        page.locator("[name=company_number]").fill("PL 856-734-62-15")
        expect(page.locator("#company_number-advice")).to_contain_text("856-734-62-15")
        expect(page.locator("[name=company_number]")).to_be_focused()


def test_a_password_can_be_shown_and_is_sent_as_a_password(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/sign-in")
        fill(page, email=TOM, password="brimora demo 2026")
        page.get_by_role("button", name="Show password").click()
        expect(page.locator("[name=password]")).to_have_attribute("type", "text")
        page.get_by_role("button", name="Hide password").click()
        expect(page.locator("[name=password]")).to_have_attribute("type", "password")
        submit(page)
        expect(page).to_have_url(re.compile(r"/panel"))
        page.locator(".gw-top__end summary").click()
        page.keyboard.press("Escape")
        expect(page.locator(".gw-top__end details")).not_to_have_attribute("open", "")
        tab_to(page, "Register a client")


@pytest.mark.parametrize(("locale", "spoken"), [("fi", "fi-FI"), ("pl", "pl-PL")])
def test_a_phone_in_the_dark(site: Site, browser: Browser, locale: str, spoken: str) -> None:
    phone = {"width": 360, "height": 740}
    with site.look(browser, viewport=phone, color_scheme="dark", locale=spoken, has_touch=True) as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto(slug_of(site, KATARZYNA))
        assert page.evaluate("() => document.documentElement.lang") == locale
        assert not looker.faults()
        submit(page)
        expect(page.locator("#errors")).to_be_focused()
        assert not looker.faults()
        page.locator("[name=typed_by][value=client]").check()
        fill(page, **a_company("Puhelin ja Pimeys"))
        submit(page)
        page.wait_for_url("**/receipts/**")
        assert not looker.faults()
    with site.look(browser, KATARZYNA, viewport=phone, color_scheme="dark", has_touch=True) as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto(f"/panel/leads?lang={locale}")
        _are_cards(page)
        assert not looker.faults()


def _are_cards(page: Page) -> None:
    """Cells stand under each other with their labels, and the row fits the screen."""
    row = page.locator(".gw-table tbody tr").first
    boxes = [cell.bounding_box() for cell in row.locator("td").all()]
    heights = [box["y"] for box in boxes if box]
    assert len(heights) > 2
    assert heights == sorted(set(heights))
    assert all(box["x"] + box["width"] <= 360 for box in boxes if box)
    label = row.locator("td[data-l]").first
    assert label.evaluate("cell => getComputedStyle(cell, '::before').content").strip('"')


def test_cards_remain_a_table_to_those_who_listen(site: Site, browser: Browser) -> None:
    """What Chromium tells a screen reader: no styling takes the roles of a table's elements from them."""
    with site.look(browser, KATARZYNA, viewport={"width": 320, "height": 740}) as context:
        page = context.new_page()
        page.goto("/panel/leads?lang=en")
        rows, cells = page.locator("tbody tr").count(), page.locator("tbody td:visible").count()
        expect(page.locator("tbody tr").first).to_have_css("display", "block")
        nodes = context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        roles = Counter(str(node["role"]["value"]) for node in nodes)
        assert (roles["table"], roles["row"], roles["cell"]) == (1, rows + 1, cells)
        assert roles["columnheader"] == page.locator("thead th").count()


def test_paper_carries_the_record_and_nothing_to_press(site: Site, browser: Browser) -> None:
    with site.look(browser, KATARZYNA, color_scheme="dark") as context:
        page = context.new_page()
        page.goto("/panel/leads?lang=en")
        page.locator(".gw-table .gw-name").first.click()
        name = page.get_by_role("heading", level=1).inner_text()
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.locator("#company")).to_be_visible()
        expect(page.locator(".gw-time").first).to_be_visible()
        for selector in ("nav", ".btn", ".gw-langs", ".gw-tabs", "[data-copy]", "main button"):
            assert not [one for one in page.locator(selector).all() if one.is_visible()], selector
        ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), "no dark sheets"
