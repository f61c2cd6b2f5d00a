"""A contact person looks at what is kept and asks for a copy, with and without JavaScript; a team leader offers it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from app.core.crypto import decrypt
from app.core.db import db
from app.outbox.models import MailRow
from tests.browser.acting import deliver, submit
from tests.browser.checks import Looker
from tests.browser.conftest import Site

LEADER = "piotr.zareba@brimora.example"


@pytest.mark.parametrize("script", [True, False])
def test_a_client_asks_for_a_copy_and_fetches_it(site: Site, browser: Browser, script: bool) -> None:
    link = site.person("client")["links"]["privacy"]
    phone = {"width": 360, "height": 780}
    with site.look(browser, locale="en-GB", java_script_enabled=script, viewport=phone) as of_client:  # type: ignore[arg-type]  # a plain dict is one
        page = of_client.new_page()
        looker = Looker(page) if script else None
        page.goto(f"{link}?lang=en")
        submit(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your details with us")
        expect(page.locator("main")).to_contain_text("You registered this company yourself")
        assert not looker or not looker.faults()
        submit(page)
        expect(page.locator(".gw-summary")).to_contain_text("Choose what you ask for")
        page.locator("[name=asked_for][value=copy]").check()
        submit(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
        assert not looker or not looker.faults()
        number = page.locator(".gw-received .gw-ref").inner_text()
        with site.look(browser, LEADER) as of_leader:
            desk = of_leader.new_page()
            desk.goto(f"/desk/privacy/requests/{number}?lang=en")
            desk.locator("a[data-key=a]").click()
            submit(desk)
            expect(desk.locator(".gw-receipt")).to_contain_text("The request is granted")
        page.goto("/privacy/mine?lang=en")
        expect(page.locator("main")).to_contain_text("To be sure that this address is still yours")
        deliver(site)
        page.goto(_link_to_the_copy(site, number) + "?lang=en")
        submit(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Fetch my copy").first.click()
        assert download.value.suggested_filename == f"{number}.zip"


def _link_to_the_copy(site: Site, number: str) -> str:
    with site.app.app_context():
        answered = sa.select(MailRow.secret).where(
            MailRow.template == "privacy_request_answered", MailRow.conversation == f"privacy:{number}"
        )
        path = decrypt(str(db.session.scalars(answered).one()))
    assert re.fullmatch(r"/go/[\w-]+", path)
    return path
