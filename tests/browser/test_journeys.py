"""A person's whole job in Chromium: from the application to the account, with and without JavaScript."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.acting import (
    DANA,
    KATARZYNA,
    MARIT,
    TOM,
    a_company,
    deliver,
    fill,
    link_in_mail,
    register,
    slug_of,
    submit,
)
from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.browser.hands import Plain, note_interest

APPLICANT = {
    "company_name": "Vossen Webadvies",
    "company_number": "70311245",
    "street": "Kanaalweg 12",
    "postcode": "3526km",
    "city": "Utrecht",
    "first_name": "Nora",
    "last_name": "Vossen",
    "email": "nora@vossen-webadvies.example",
    "phone": "030 555 0191",
    "about": "We build web shops for garden centres.",
}
PASSWORD = "seven garden chairs"


def test_from_an_application_to_an_account(site: Site, browser: Browser) -> None:
    _nora_applies(site, browser)
    with site.look(browser, MARIT) as of_marit:
        desk = of_marit.new_page()
        _marit_accepts_the_reseller(desk)
        with site.look(browser, locale="en-GB", permissions=["clipboard-read", "clipboard-write"]) as of_nora:
            panel = of_nora.new_page()
            link = _nora_comes_in(site, browser, panel)
            with site.look(browser, locale="en-GB") as of_client:
                receipt = _a_client_registers(of_client.new_page(), link)
            _nora_corrects_the_lead(panel)
            _marit_accepts_and_converts(desk, receipt)
            _nora_sees_the_account(panel)


def _nora_applies(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("link", name="Apply now").click()
        page.get_by_label("Country").select_option(label="Netherlands")
        expect(page.get_by_label("KvK number")).to_be_visible()
        fill(page, **APPLICANT)
        looker = Looker(page)
        page.get_by_role("button", name="Send application").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your application")
        expect(page.locator("main")).to_contain_text("private link")
        assert not looker.faults()


def _marit_accepts_the_reseller(desk: Page) -> None:
    desk.goto("/desk?lang=en")
    desk.locator(".gw-item a", has_text="Vossen Webadvies").click()
    expect(desk.locator("main")).to_contain_text("garden centres")
    desk.locator("a[data-key=a]").click()
    desk.get_by_role("button", name="Accept and send the welcome mail").click()
    expect(desk.locator(".gw-receipt")).to_contain_text("The welcome mail is on its way")


def _nora_comes_in(site: Site, browser: Browser, panel: Page) -> str:
    """By the mail's link to a password, then over the terms to her personal link, which is returned."""
    deliver(site)
    with site.look(browser, DANA) as of_dana:
        invitation = link_in_mail(of_dana.new_page(), APPLICANT["email"], "Welcome to our reseller programme")
    looker = Looker(panel)
    panel.goto(invitation)
    assert not looker.faults()
    panel.locator("main button[type=submit]").click()
    fill(panel, password="short")
    submit(panel)
    expect(panel.locator(".gw-summary")).to_be_focused()
    assert not looker.faults()
    fill(panel, password=PASSWORD)
    panel.get_by_role("button", name="Accept and go on").click()
    expect(panel).to_have_url(re.compile(r"/panel"))
    panel.goto("/panel/link")
    expect(panel.locator("main")).to_contain_text("The terms wait for your acceptance")
    panel.get_by_role("link", name="Read the terms").click()
    panel.locator("[name=accepted]").check()
    panel.get_by_role("button", name="Accept the terms").click()
    panel.goto("/panel/link")
    address = panel.locator("#current-link").inner_text()
    panel.locator("#current-link + [data-copy]").click()
    expect(panel.locator("#current-link + [data-copy]")).to_contain_text("Copied")
    assert panel.evaluate("() => navigator.clipboard.readText()") == address
    assert "/r/NoraVossen-" in address
    return address


def _a_client_registers(page: Page, link: str) -> str:
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Nora Vossen")
    page.get_by_label("Country").select_option(label="Poland")
    expect(page.get_by_label("REGON")).to_be_visible()
    page.locator("[name=typed_by][value=client]").check()
    fill(page, **a_company("Ogrody Sikora"))
    page.get_by_label("Online payments").check()
    page.locator("[name=shops-0-url]").fill("ogrody-sikora.example")
    page.get_by_role("button", name="Add another shop").click()
    page.locator("[name=shops-1-url]").fill("https://hurt.ogrody-sikora.example")
    page.locator("form.gw-form .gw-do").get_by_role("button", name="Send registration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your registration")
    expect(page.locator("main")).to_contain_text("hurt.ogrody-sikora.example")
    return page.locator(".gw-received .gw-ref").inner_text()


def _nora_corrects_the_lead(panel: Page) -> None:
    panel.goto("/panel/leads")
    panel.get_by_role("link", name="Ogrody Sikora").click()
    expect(panel.locator(".gw-say")).to_contain_text("We are checking this lead")
    panel.locator("#company").get_by_role("link", name=re.compile("Edit")).click()
    fill(panel, city="Poznań", postcode="61-001")
    panel.locator("form.gw-form .gw-do").get_by_role("button", name="Save").click()
    expect(panel.locator(".gw-receipt")).to_contain_text("Your changes were saved")
    expect(panel.locator(".gw-time")).to_contain_text("Gniezno")


def _marit_accepts_and_converts(desk: Page, receipt: str) -> None:
    desk.goto("/desk")
    desk.locator(".gw-item a", has_text="Ogrody Sikora").click()
    expect(desk.locator("main")).to_contain_text(receipt)
    expect(desk.locator("main")).to_contain_text("Poznań")
    note_interest(Plain(desk))
    desk.get_by_label("Accept the lead").check()
    desk.get_by_role("button", name=re.compile("Decide and open next")).click()
    expect(desk.locator(".gw-receipt")).to_contain_text("Ogrody Sikora was accepted")
    desk.goto("/desk/leads?q=Ogrody+Sikora&group=all")
    desk.get_by_role("link", name="Ogrody Sikora").first.click()
    desk.get_by_role("link", name=re.compile("Turn it into an account")).click()
    expect(desk.locator("main")).to_contain_text("Vossen Webadvies is credited")
    assert not Looker(desk).faults()
    desk.get_by_role("button", name=re.compile("Open the account")).click()
    expect(desk.locator(".gw-receipt")).to_contain_text("Ogrody Sikora is an account now")
    expect(desk.locator("main")).to_contain_text("hurt.ogrody-sikora.example")


def _nora_sees_the_account(panel: Page) -> None:
    panel.goto("/panel/accounts")
    panel.get_by_role("link", name="Ogrody Sikora").click()
    expect(panel.get_by_role("heading", level=1)).to_have_text("Ogrody Sikora")
    panel.get_by_role("link", name=re.compile("^Lead ")).click()
    expect(panel.locator("#company").get_by_role("link", name=re.compile("Request a change"))).to_be_visible()


def test_the_same_without_javascript(site: Site, browser: Browser) -> None:
    """Country change, further shops, kept errors, an edit and a decision are plain forms underneath."""
    with site.look(browser, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(slug_of(site, TOM))
        fill(page, company_name="Sklep Plain")
        page.get_by_label("Country").select_option(label="Poland")
        page.get_by_role("button", name="Change country").click()
        expect(page.get_by_label("REGON")).to_be_visible()
        expect(page.locator("[name=company_name]")).to_have_value("Sklep Plain")
        page.locator("[name=shops-0-url]").fill("plain.example")
        page.get_by_role("button", name="Add another shop").click()
        expect(page.locator("[name=shops-0-url]")).to_have_value("plain.example")
        page.locator("[name=shops-1-url]").fill("hurt.plain.example")
        fill(page, **a_company("Sklep Plain", company_number="856-734-62-16"))
        page.locator("[name=typed_by][value=client]").check()
        submit(page)
        expect(page).to_have_title(re.compile("^Error: "))
        problem = page.locator(".gw-summary a")
        expect(problem).to_have_attribute("href", "#company_number")
        expect(page.locator("#company_number-error")).to_contain_text(problem.inner_text())
        expect(page.locator("[name=company_number]")).to_have_value("856-734-62-16")
        expect(page.locator("[name=shops-1-url]")).to_have_value("hurt.plain.example")
        expect(page.locator("[name=typed_by][value=client]")).to_be_checked()
        fill(page, company_number=a_company("")["company_number"])
        submit(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your registration")
    with site.look(browser, TOM, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/panel/leads?q=plain")
        page.get_by_role("link", name="Sklep Plain").click()
        page.locator("#company").get_by_role("link", name=re.compile("Edit")).click()
        page.get_by_role("button", name=re.compile("Take this shop out.*Shop 2")).click()
        fill(page, street="ul. Zwykła 1")
        submit(page)
        expect(page.locator("main")).to_contain_text("ul. Zwykła 1")
        expect(page.locator("#services")).not_to_contain_text("hurt.plain.example")
    with site.look(browser, MARIT, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/desk?lang=en")
        page.locator(".gw-item a", has_text="Sklep Plain").click()
        page.get_by_label("Decline the lead").check()
        page.get_by_role("button", name=re.compile("^Decide")).click()
        expect(page.locator(".gw-summary")).to_be_visible()
        fill(page, reason="The company asked us to wait.")
        page.get_by_role("button", name=re.compile("^Decide")).click()
        expect(page.locator(".gw-receipt")).to_contain_text("Sklep Plain was declined")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".gw-receipt")).to_contain_text("being checked again")


def test_a_mail_is_readable_at_the_desk_as_it_arrives(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="pl-PL") as context:
        register(context.new_page(), site, "Mydlarnia Szałwia", email="biuro@szalwia.example")
    deliver(site)
    with site.look(browser, DANA) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto("/desk/mail?q=biuro@szalwia.example")
        page.locator(".gw-table .gw-name").first.click()
        frame = page.frame_locator("iframe.gw-mailframe")
        expect(frame.locator("body")).to_contain_text("Mydlarnia Szałwia")
        expect(frame.locator("body")).to_contain_text("Dzień dobry")
        assert not said


def test_two_tabs_show_both_versions_and_save_on_the_second_press(site: Site, browser: Browser) -> None:
    with site.look(browser, locale="en-GB") as context:
        register(context.new_page(), site, "Dwie Karty")
    with site.look(browser, KATARZYNA) as context:
        first, second = context.new_page(), context.new_page()
        first.goto("/panel/leads?q=dwie+karty&lang=en")
        address = first.get_by_role("link", name="Dwie Karty").get_attribute("href")
        for tab in (first, second):
            tab.goto(f"{address}/edit")
        fill(first, city="Konin")
        submit(first)
        expect(first.locator(".gw-receipt")).to_be_visible()
        fill(second, city="Kalisz")
        submit(second)
        both = second.locator("#both")
        expect(both).to_contain_text("Both versions side by side")
        expect(both).to_contain_text("Konin")
        expect(both).to_contain_text("Kalisz")
        expect(second.locator("[name=city]")).to_have_value("Kalisz")
        submit(second)
        expect(second.locator("#company")).to_contain_text("Kalisz")
        expect(second.locator(".gw-time")).to_contain_text("Konin")
