"""A section of an intake saves itself while one types, in a real browser: without a connection, in two windows, without
a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.core.db import db
from app.integrations.models import Product
from app.manuals.models import SectionCode
from app.manuals.queries import intakes as queries
from tests.browser.checks import Looker
from tests.browser.site import Site, serving
from tests.manuals.files import a_screenshot
from tests.software import a_package, a_product, a_software_partner, people_of

pytestmark = pytest.mark.xdist_group("intake")


@pytest.fixture(scope="module")
def kassalinja(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Product, list[str]]]:
    """An installation with a software partner of two people, its product and two packages."""
    with serving(tmp_path_factory.mktemp("intake")) as site:
        with site.app.app_context():
            partner = a_software_partner(people=2)
            product = a_product(partner)
            a_package("Ledgerly")
            a_package("Saldix")
            emails = [person.email for person in people_of(partner)]
            db.session.expunge_all()
        yield site, product, emails


def kept(site: Site, product: Product, code: SectionCode, locale: str = "en") -> dict[str, object]:
    with site.app.app_context():
        return queries.content_of(queries.of_product(product.id), code, locale)


def opened(site: Site, browser: Browser, product: Product, email: str, code: str, **kwargs: object) -> Page:
    context: BrowserContext = site.look(browser, email, **kwargs)
    page = context.new_page()
    page.goto(f"/panel/products/{product.ref}/manual/{code}")
    return page


def test_text_stays_without_a_connection_and_is_saved_when_it_is_back(
    browser: Browser, kassalinja: tuple[Site, Product, list[str]]
) -> None:
    site, product, [aino, _ben] = kassalinja
    page = opened(site, browser, product, aino, "limits/en")
    text, line = page.locator("#text"), page.locator("#kept")
    text.fill("Gift cards are not passed on.")
    expect(line).to_contain_text("Saved ")
    expect(page.locator("#grows")).to_contain_text("Gift cards are not passed on.")
    page.context.set_offline(True)
    text.press_sequentially(" Nor are tips. 🎁")
    expect(line).to_contain_text("There is no connection")
    expect(text).to_have_value("Gift cards are not passed on. Nor are tips. 🎁")
    assert kept(site, product, SectionCode.LIMITS)["text"] == "Gift cards are not passed on."
    page.locator("button[value=next]").click()
    expect(text).to_have_value("Gift cards are not passed on. Nor are tips. 🎁")
    page.context.set_offline(False)
    expect(line).to_contain_text("Saved ", timeout=20_000)
    assert kept(site, product, SectionCode.LIMITS)["text"] == "Gift cards are not passed on. Nor are tips. 🎁"
    page.context.close()


def test_a_session_that_ended_takes_no_text_with_it(
    browser: Browser, kassalinja: tuple[Site, Product, list[str]]
) -> None:
    site, product, [aino, _ben] = kassalinja
    page = opened(site, browser, product, aino, "product/en")
    page.context.clear_cookies()
    page.locator("#about").fill("A till for bakeries.")
    line = page.locator("#kept")
    expect(line).to_contain_text("You are signed out")
    expect(page.locator("#about")).to_have_value("A till for bakeries.")
    page.context.add_cookies(site.cookies(aino))
    expect(line).to_contain_text("Saved ", timeout=30_000)
    assert kept(site, product, SectionCode.PRODUCT)["about"] == "A till for bakeries."
    page.context.close()


def test_two_people_write_at_once(browser: Browser, kassalinja: tuple[Site, Product, list[str]]) -> None:
    site, product, [aino, ben] = kassalinja
    first = opened(site, browser, product, aino, "support")
    second = opened(site, browser, product, ben, "support")
    first.locator("#email").fill("help@lumi.example")
    expect(first.locator("#kept")).to_contain_text("Saved ")
    second.locator("#phone").fill("+358 9 123 4567")
    expect(second.locator("#kept")).to_contain_text("Saved ")
    expect(second.locator("#email")).to_have_value("help@lumi.example")
    second.locator("#email").fill("support@lumi.example")
    expect(second.locator("#grows")).to_contain_text("support@lumi.example")
    first.locator("#email").fill("hello@lumi.example")
    expect(first.locator("#email-advice")).to_contain_text("support@lumi.example")
    expect(first.locator("#email")).to_have_value("hello@lumi.example")
    expect(first.locator("#phone")).to_have_value("+358 9 123 4567")
    held = kept(site, product, SectionCode.SUPPORT, "")
    assert (held["email"], held["phone"]) == ("hello@lumi.example", "+358 9 123 4567")
    first.context.close()
    second.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_steps_with_screenshots(browser: Browser, kassalinja: tuple[Site, Product, list[str]], script: bool) -> None:
    site, product, [aino, _ben] = kassalinja
    page = opened(site, browser, product, aino, "key/en", java_script_enabled=script)
    before = page.locator("#find .gw-box").count()
    page.locator("button[value='add:find']").click()
    box = page.locator("#find .gw-box").nth(before)
    box.locator("textarea").fill("Open the settings.")
    box.locator("input[type=file]").set_input_files(
        {"name": "Screen 1.png", "mimeType": "image/png", "buffer": a_screenshot(width=900)}
    )
    if not script:
        box.locator("button", has_text="Send the screenshot").click()
    expect(box.locator("figure img")).to_be_visible()
    expect(box.locator("textarea")).to_have_value("Open the settings.")
    box.get_by_label("What the screenshot shows").fill("The menu, with Settings marked.")
    if script:
        expect(page.locator("#kept")).to_contain_text("Saved ")
        expect(page.locator("#grows img").nth(before)).to_have_attribute("alt", "The menu, with Settings marked.")
    else:
        page.locator("button[value=save]").last.click()
        expect(page.locator("#find .gw-box").nth(before).locator("input[type=text]").last).to_have_value(
            "The menu, with Settings marked."
        )
    page.context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_pages_look_right(browser: Browser, kassalinja: tuple[Site, Product, list[str]], width: int) -> None:
    site, product, [aino, _ben] = kassalinja
    paths = ["", "/preview", "/categories", "/packages", "/support", "/product/en", "/key/en", "/limits/en", "/faq/en"]
    with site.look(browser, aino, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        looker = Looker(page)
        for path in paths:
            page.goto(f"/panel/products/{product.ref}/manual{path}")
            assert looker.faults(f"intake{path.replace('/', '-')}-{width}") == [], path
