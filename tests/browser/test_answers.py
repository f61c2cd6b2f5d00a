"""The form of each kind of task in a real browser: empty, with errors, done; both sides; files with progress."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.access import links
from app.access.links import Purpose
from app.core.db import db, write
from app.core.files import TEXT, Received
from app.people.models import Person
from app.plans.models import Plan
from app.plans.party import Hand
from app.plans.service import files, secrets, starting, working
from tests.browser.checks import Looker
from tests.browser.site import Site, serving
from tests.plans.test_answer_doors import desk_of, every_kind, url_of
from tests.sentences import a_contact, main_contact, task_of

pytestmark = pytest.mark.xdist_group("answers")
OPEN = ("domain", "logo", "company", "all_fields", "chart", "payroll", "terms", "bank", "social", "pictures", "users")
REFUSED = ("company", "all_fields", "chart", "payroll", "terms", "bank", "social", "pictures", "users")
"""Kinds whose form can be sent empty and says what is missing."""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Plan, Plan, str]]:
    """An installation with a plan in which every kind is open, one in which every kind is done, and a link to both."""
    with serving(tmp_path_factory.mktemp("kinds")) as site, site.app.app_context():
        plan = every_kind()
        a_contact(plan, "Krystyna Wiśniewska-Brzęczyszczykiewicz")
        done = every_kind(account=None, manager=db.session.get_one(Person, plan.manager_id))
        _do_all(done)
        with write():
            _link, path = links.mint(Purpose.PLAN, main_contact(plan).id)
        db.session.expunge_all()
        yield site, plan, done, path


def _do_all(plan: Plan) -> None:
    hand = Hand(contact=main_contact(plan))
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))
    ewa = a_contact(plan, "Ewa Lis")

    def ref(code: str) -> str:
        return task_of(plan, code).ref

    sheet = Received("Übersicht der Öffnungszeiten in allen Filialen.txt", TEXT, b"words")
    working.hand_in(plan.id, ref("company"), {"opened": "2020-01-02", "staff": "12"}, hand)
    working.hand_in(plan.id, ref("chart"), {"chosen": ["standard"]}, hand)
    working.hand_in(plan.id, ref("payroll"), {"people": [{"contact": ewa.ref, "duties": ["checker"]}]}, hand)
    working.hand_in(plan.id, ref("social"), {"links": [{"url": "quillmark.example", "note": "Shop"}]}, hand)
    files.add(plan.id, ref("pictures"), [sheet], hand)
    working.hand_in(plan.id, ref("pictures"), {}, hand)
    files.add(plan.id, ref("logo"), [sheet], hand)
    working.hand_in(plan.id, ref("logo"), {}, hand)
    secrets.keep(plan.id, ref("bank"), {"user": "one", "key": "two"}, hand)
    files.add(plan.id, ref("design"), [sheet], manager)
    working.tick(plan.id, ref("design"), manager)
    working.hand_in(plan.id, ref("kickoff"), {"on": "2026-03-09", "at": "9:30", "minutes": "We begin."}, manager)


def _as_guest(kinds: tuple[Site, Plan, Plan, str], page: Page) -> None:
    page.goto(kinds[3])
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/my/plans/**")


@pytest.mark.parametrize(
    ("width", "scheme", "lang"),
    [
        (360, "dark", "fi"),
        pytest.param(1280, "light", "en", marks=pytest.mark.sweep),
        pytest.param(360, "light", "pl", marks=pytest.mark.sweep),
    ],
)
def test_every_kind_is_well_made_in_each_state(
    kinds: tuple[Site, Plan, Plan, str], browser: Browser, width: int, scheme: Any, lang: str
) -> None:
    site, plan, done, _path = kinds
    faults: list[str] = []
    with site.look(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        _as_guest(kinds, page)
        looker = Looker(page)
        for code in OPEN:
            page.goto(f"{url_of(plan, code, '')}?lang={lang}")
            faults += [f"{code}: {fault}" for fault in looker.faults(f"{code}-open-{width}-{scheme}")]
            if code in REFUSED:
                page.locator("#answer .gw-do button.btn-primary").click()
                expect(page.locator(".gw-summary")).to_be_visible()
                expect(page.locator(".gw-summary")).to_be_focused()
                faults += [f"{code}, wrong: {fault}" for fault in looker.faults(f"{code}-wrong-{width}-{scheme}")]
        for code in ("company", "chart", "payroll", "social", "pictures", "logo", "bank", "judge_design", "kickoff"):
            page.goto(f"{url_of(done, code, '')}?lang={lang}")
            faults += [f"{code}, done: {fault}" for fault in looker.faults(f"{code}-done-{width}-{scheme}")]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [1280, 360])
def test_every_kind_is_well_made_at_the_desk(kinds: tuple[Site, Plan, Plan, str], browser: Browser, width: int) -> None:
    site, plan, done, _path = kinds
    manager = db.session.get_one(Person, plan.manager_id)
    faults: list[str] = []
    with site.look(browser, manager.email, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        looker = Looker(page)
        for of, codes in ((plan, ("kickoff", *OPEN)), (done, ("logo", "bank", "company", "kickoff", "judge_design"))):
            for code in codes:
                page.goto(desk_of(of, code))
                name = f"desk-{code}-{'open' if of is plan else 'done'}-{width}"
                faults += [f"{code}: {fault}" for fault in looker.faults(name)]
        page.goto(desk_of(done, "bank", "secrets/key/reveal"))
        faults += looker.faults(f"desk-secret-{width}")
    assert not faults, "\n".join(faults)


def test_files_are_taken_one_by_one_as_soon_as_they_are_chosen(
    kinds: tuple[Site, Plan, Plan, str], browser: Browser
) -> None:
    site, plan, _done, _path = kinds
    with site.look(browser) as context:
        page = context.new_page()
        _as_guest(kinds, page)
        looker = Looker(page)
        page.goto(f"{url_of(plan, 'pictures', '')}?lang=en")
        page.locator("#files").set_input_files(
            files=[  # type: ignore[arg-type]  # plain dicts are such files
                {"name": "one.txt", "mimeType": "text/plain", "buffer": b"one"},
                {"name": "<b>two.exe", "mimeType": "text/plain", "buffer": b"MZ\0 a program"},
                {"name": "large.txt", "mimeType": "text/plain", "buffer": b"x" * (10 * 1024 * 1024 + 1)},
            ]
        )
        expect(page.locator(".gw-files")).to_contain_text("one.txt")
        expect(page.locator("[data-refused]")).to_contain_text("two.exe")
        expect(page.locator("[data-refused]")).to_contain_text("large.txt")
        expect(page.locator("#files")).to_be_focused()
        assert not looker.faults("pictures-uploaded")
        page.locator("#answer .gw-files button").first.click()
        expect(page.locator(".gw-receipt")).to_contain_text("one.txt was removed")


def test_files_go_without_javascript(kinds: tuple[Site, Plan, Plan, str], browser: Browser) -> None:
    site, plan, _done, _path = kinds
    with site.look(browser, java_script_enabled=False) as context:
        page = context.new_page()
        _as_guest(kinds, page)
        page.goto(f"{url_of(plan, 'pictures', '')}?lang=en")
        page.locator("#files").set_input_files(
            files=[{"name": "plain.txt", "mimeType": "text/plain", "buffer": b"one"}]  # type: ignore[arg-type]
        )
        page.get_by_role("button", name="Add these files").click()
        expect(page.locator(".gw-files")).to_contain_text("plain.txt")


def test_words_for_a_plan_that_was_archived_meanwhile_can_be_copied(
    kinds: tuple[Site, Plan, Plan, str], browser: Browser
) -> None:
    """The last of the file: the plan is over after it."""
    site, plan, _done, _path = kinds
    manager = db.session.get_one(Person, plan.manager_id)
    with site.look(browser, manager.email) as context:
        page = context.new_page()
        looker = Looker(page)
        page.goto(f"{desk_of(plan, 'company')}?lang=en")
        starting.archive(plan.id, "They went elsewhere", Hand(person=manager))
        page.locator("#comments textarea").fill("Łukasz O'Żółć asks <why>")
        page.get_by_role("button", name="Write the message").click()
        expect(page.locator("#work .gw-notice")).to_contain_text("This plan is archived.")
        expect(page.locator("#work .gw-notice")).to_contain_text("Łukasz O'Żółć asks <why>")
        assert not looker.faults("archived-meanwhile")
