"""A customer works on their plan: by keyboard alone, on a narrow phone in Finnish, in the dark, without JavaScript."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from app.access import links
from app.access.links import Purpose
from app.core.crypto import decrypt
from app.core.db import Base, db, write
from app.outbox.models import MailRow
from app.plans.service.people import NewContact
from tests.browser.acting import deliver, focused, submit, tab_to
from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, main_contact

FINNISH = {
    "domain": "Verkkotunnuksenvälittäjänvaihtoilmoituksen lähettäminen",
    "company": "Yritystietojen täydentäminen",
}


@pytest.fixture
def link(site: Site) -> str:
    """A new plan's personal link, of somebody who reads Finnish."""
    with site.app.app_context():
        tasks = [
            {**task, "title": {**task["title"], "fi": FINNISH.get(task["code"], task["title"]["en"])}}
            for task in SMALL_PLAYBOOK["tasks"]
        ]
        contact = NewContact("Elina Saarela", "elina.saarela@kuusiranta.example", locale="fi", enters=True)
        plan = a_plan(of=a_playbook(SMALL_PLAYBOOK, code="browsed", tasks=tasks), contacts=(contact,), locale="fi")
        with write():
            _link, path = links.mint(Purpose.PLAN, main_contact(plan).id)
        db.session.remove()
    return path


def come_in(page: Page, link: str) -> None:
    page.goto(link)
    submit(page)
    page.wait_for_url("**/my/plans/*")


def test_a_tick_by_keyboard_keeps_the_focus_and_is_said(site: Site, browser: Browser, link: str) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto(f"{link}?lang=en")
        assert not looker.faults("plan-link")
        submit(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("0 of 8 done. Next for you")
        assert not looker.faults("plan")
        tick = page.get_by_role("button", name="Mark as done: Tell your registrar")
        tick.focus()
        before = page.evaluate("() => document.activeElement.id")
        page.keyboard.press("Enter")
        expect(page.locator(".gw-toast")).to_contain_text("Done: Tell your registrar")
        expect(page.locator("#standing")).to_contain_text("1 of 8 done")
        expect(page.locator("#live")).to_contain_text("Done: Tell your registrar")
        assert page.evaluate("() => document.activeElement.id") == before, focused(page)
        page.keyboard.press("Enter")  # that is its Undo now
        expect(page.locator("#standing")).to_contain_text("0 of 8 done")
        assert page.evaluate("() => document.activeElement.id") == before
        page.keyboard.press("Enter")
        expect(page.locator("#standing")).to_contain_text("1 of 8 done")
        page.locator(".gw-toast").get_by_role("button", name="Undo").press("Enter")
        expect(page.locator("#standing")).to_contain_text("0 of 8 done")
        expect(page.locator("li.gw-task:focus-within, li.gw-task:focus")).to_have_count(1)
        assert not looker.faults()


def test_a_plan_fits_a_narrow_phone_in_finnish_and_in_the_dark(site: Site, browser: Browser, link: str) -> None:
    narrow = {"width": 320, "height": 640}
    with site.look(browser, locale="fi-FI", color_scheme="dark", viewport=narrow) as context:
        page = context.new_page()
        looker = Looker(page)
        come_in(page, link)
        expect(page.locator("html")).to_have_attribute("lang", "fi")
        for fold in page.locator("details.gw-group > summary").all():
            fold.click()
        assert not looker.faults("plan-320")
        page.get_by_role("link", name=FINNISH["domain"]).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(FINNISH["domain"])
        assert not looker.faults("plan-task-320")
        here = page.url
        for place in ("stuck", "not-applicable", "handover"):
            page.goto(f"{here}/{place}")
            assert not looker.faults(f"plan-{place}-320")
            submit(page) if place != "handover" else page.locator("form.gw-form button[type=submit]").click()
            expect(page.locator(".gw-summary")).to_be_visible()
            assert not looker.faults(f"plan-{place}-wrong-320")
        page.goto(here.split("/tasks/")[0] + "/details")
        assert not looker.faults("plan-details-320")


def test_a_plan_is_worked_without_javascript(site: Site, browser: Browser, link: str) -> None:
    with site.look(browser, locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{link}?lang=en")
        submit(page)
        page.get_by_role("button", name="Mark as done: Tell your registrar").click()
        expect(page.locator(".gw-receipt")).to_contain_text("Done: Tell your registrar")
        page.locator(".gw-receipt").get_by_role("button", name="Undo").click()
        expect(page.locator(".gw-receipt")).to_contain_text("Open again: Tell your registrar")
        page.get_by_label("Whose tasks").select_option("us")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#tasks")).to_contain_text("Hold the kick-off")
        expect(page.locator("#tasks")).not_to_contain_text("Tell your registrar")
        page.get_by_role("link", name="Show all tasks").click()
        page.get_by_role("link", name="Tell us about your company").click()
        page.get_by_role("link", name="I am stuck").click()
        page.get_by_label("What hinders you?").fill("We have not opened yet.")
        page.get_by_role("button", name="Tell my account manager").click()
        expect(page.locator(".gw-receipt")).to_contain_text("reads it at once")


def test_the_whole_page_is_reached_by_tab(site: Site, browser: Browser, link: str) -> None:
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{link}?lang=en")
        tab_to(page, "Open the plan")
        page.keyboard.press("Enter")
        page.wait_for_url("**/my/plans/*")
        tab_to(page, "owner")
        tab_to(page, "Switch reminders off", most=90)
        page.keyboard.press("Enter")
        expect(page.locator(".gw-receipt")).to_contain_text("Reminders are switched off.")


def test_opening_every_mailed_link_changes_no_row(site: Site, browser: Browser, link: str) -> None:
    """As mail programs and scanners do that open links before their reader does, with all that the pages load."""
    with site.app.app_context():
        kept = db.session.scalars(sa.select(MailRow.secret).where(MailRow.secret.is_not(None)))
        mailed = [decrypt(secret) for secret in kept]
        db.session.remove()
    deliver(site)
    with site.app.app_context():
        texts = db.session.scalars(sa.select(MailRow.text).where(MailRow.text.is_not(None)))
        public = [found for text in texts for found in re.findall(rf"{re.escape(site.url)}(/[^\s<>)\"]+)", text)]
        db.session.remove()
    customers = [known for known in site.people if known["role"].startswith("customer")]
    known = [path for customer in customers for path in customer["links"].values()]
    paths = {link, *mailed, *public, *known}
    assert len([path for path in paths if path.startswith("/go/")]) > 20
    before = every_row(site)
    with site.look(browser, locale="en-GB") as context:
        page = context.new_page()
        for path in sorted(paths):
            if path.endswith((".ics", ".pdf")):
                assert context.request.get(path).ok
            else:
                page.goto(path, wait_until="load")
    after = every_row(site)
    assert {table for table in before if before[table] != after[table]} == set()


def every_row(site: Site) -> dict[str, list[tuple[object, ...]]]:
    with site.app.app_context():
        rows = {
            table.name: sorted((tuple(row) for row in db.session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
        db.session.remove()
    return rows
