"""A small, whole job of each role: once by keyboard alone, once without JavaScript, by the same words on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from app.access import links
from app.access.links import Purpose
from app.access.roles import StaffRole
from app.core.db import db, write
from app.people.models import Person
from app.people.queries import by_email
from app.plans.models import Plan
from app.plans.party import Hand as PlanHand
from app.plans.service import assigning, working
from tests.browser.acting import TOM, slug_of
from tests.browser.conftest import Site
from tests.browser.hands import Hand, Keys, Plain, note_interest, words_of
from tests.browser.walkers import MORE_WALKERS
from tests.plans.casework import a_plan_with_cases
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, main_contact, task_of


def leave_a_note(hand: Hand) -> None:
    hand.press("Stolarnia Modrzew sp. z o.o.")
    hand.write("note", f"They would like a call in the morning: {hand.own}.")
    hand.press("Add note")
    expect(hand.page.locator("#notes")).to_contain_text(f"in the morning: {hand.own}")


def answer_a_follow_up(hand: Hand) -> None:
    hand.press("Bakkerij De Zeven Maten")
    hand.choose("answer", "contacted")
    hand.write("words", f"We phoned, and meet next week: {hand.own}.")
    hand.press("Send the answer")
    expect(hand.page.locator("main")).to_contain_text(f"meet next week: {hand.own}")


def ask_a_question(hand: Hand) -> None:
    hand.press("Questions")
    hand.press("Ask a question")
    hand.press("Send question")
    expect(hand.page.locator(".gw-summary")).to_be_visible()
    hand.write("subject", f"Gift cards: {hand.own}")
    hand.write("words", "Are gift cards passed on as sales?")
    hand.press("Send question")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(f"Gift cards: {hand.own}")


def add_to_an_answer(hand: Hand) -> None:
    hand.press("Questions")
    hand.press(words_of(hand, ".gw-tabs a:has-text('Waits for the software partner')"))
    hand.press(words_of(hand, "#list .gw-name"))
    hand.write("words", f"One thing more: {hand.own}.")
    hand.press("Send answer")
    expect(hand.page.locator("main")).to_contain_text(f"One thing more: {hand.own}.")


def write_a_new_version(hand: Hand) -> None:
    hand.press("Documents")
    kind = {"keys": "Reseller terms", "plain": "Privacy notice"}[hand.own]
    hand.press(f"Begin a new draft: {kind}")
    hand.press("Edit this text")
    hand.write("title", f"{kind}, reworded")
    hand.press("Save")
    expect(hand.page.locator(".gw-words h2").first).to_have_text(f"{kind}, reworded")


def record_a_payment(hand: Hand) -> None:
    hand.press("Invoices")
    hand.press({"keys": "FV/2026/0147", "plain": "FV/2026/0146"}[hand.own])
    hand.press("Record a payment")
    hand.write("amount", "12.50")
    hand.press("Record the payment")
    expect(hand.page.locator(".gw-receipt")).to_contain_text("The payment was recorded")
    expect(hand.page.locator("main")).to_contain_text("12.50")


def invite_a_colleague(hand: Hand) -> None:
    hand.press("Staff")
    hand.press("Invite somebody")
    hand.write("name", f"Wout {hand.own}")
    hand.write("email", f"wout.{hand.own}@brimora.example")
    hand.choose("roles", "sales")
    hand.choose("roles", "coordinator")
    hand.press("Send the invitation")
    expect(hand.page.locator("main")).to_contain_text(f"wout.{hand.own}@brimora.example")


# --- staff who work with leads and plans ------------------------------------------------------------------------------


def accept_a_lead(hand: Hand) -> None:
    company = {"keys": "Zielnik Puszczański", "plain": "Drukarnia Wersalik s.c."}[hand.own]
    hand.press(company)
    note_interest(hand)
    hand.choose("decision", "accept")
    hand.press(words_of(hand, "#decision .gw-do button"))
    expect(hand.page.locator(".gw-receipt")).to_contain_text(f"{company} was accepted")


def help_somebody_who_is_stuck(hand: Hand) -> None:
    hand.press(f"Larch Oy ({hand.own})")
    expect(hand.page.locator("#work")).to_contain_text("The registrar does not answer.")
    hand.write("body", "We have called them: it is free from Monday.")
    hand.send("Write the message")
    expect(hand.page.locator("#comments")).to_contain_text("free from Monday")
    hand.send("It goes on")
    expect(hand.page.locator(".gw-say").first).not_to_contain_text("The registrar does not answer.")
    hand.press("Inbox")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Inbox")
    expect(hand.page.locator("main")).not_to_contain_text(f"Larch Oy ({hand.own})")


def assign_and_override_a_case(hand: Hand) -> None:
    hand.press("Team")
    hand.press(f"Spruce Oy ({hand.own})")
    hand.press("To train")
    hand.pick("worker", "Julien Ferrand")
    hand.press("Assign")
    expect(hand.page.locator(".gw-receipt")).to_contain_text("The case was assigned")
    expect(hand.page.locator("main")).to_contain_text("With Julien Ferrand since")
    hand.send("Complete it all the same")
    hand.write("override", "They were trained at their own place.")
    hand.press("Complete with this reason")
    expect(hand.page.locator(".gw-receipt")).to_contain_text(f"The case of Spruce Oy ({hand.own}) is completed")
    expect(hand.page.locator("main")).to_contain_text("They were trained at their own place.")


def finish_a_design(hand: Hand) -> None:
    hand.press("Plans")
    hand.press("My day")
    hand.press(f"Willow Oy ({hand.own})")
    hand.press(words_of(hand, "li.gw-task a:has-text('Design the pages')"))
    hand.write("body", "The green of your logo is the colour of the buttons.")
    hand.send("Write the message")
    expect(hand.page.locator("#comments")).to_contain_text("The green of your logo")
    hand.send("Mark as done")
    expect(hand.page.locator("#work")).to_contain_text("Done by Oskar Lind")


# --- who comes in by a link, or by none -------------------------------------------------------------------------------


ADDRESS = {"street": "Kanaalweg 3", "postcode": "3526 KM", "city": "Utrecht"}


def apply_for_the_programme(hand: Hand) -> None:
    hand.press("Apply now")
    hand.press("Send application")
    expect(hand.page.locator(".gw-summary")).to_be_visible()
    number = {"keys": "70311253", "plain": "70311261"}[hand.own]
    company = {"company_name": f"Linnet Web ({hand.own})", "company_number": number, **ADDRESS}
    contact = {"first_name": "Robin", "last_name": "Linnet", "email": f"{hand.own}@linnet-web.example"}
    for name, text in {**company, **contact, "phone": "030 555 0192"}.items():
        hand.write(name, text)
    hand.press("Send application")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("We have your application")


def register_ones_company(hand: Hand) -> None:
    hand.choose("typed_by", "client")
    hand.press("Send registration")
    expect(hand.page.locator(".gw-summary")).to_be_visible()
    number = {"keys": "70311279", "plain": "70311287"}[hand.own]
    company = {"company_name": f"Dunnock Bakery ({hand.own})", "company_number": number, **ADDRESS}
    contact = {"contact_name": "Marijn Smit", "email": f"{hand.own}@dunnock.example", "phone": "030 555 0193"}
    for name, text in {**company, **contact}.items():
        hand.write(name, text)
    hand.press("Send registration")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("We have your registration")


def read_how_an_application_stands(hand: Hand) -> None:
    hand.press("Show my application")
    expect(hand.page.locator("main")).to_contain_text("What you sent us")


def work_on_ones_plan(hand: Hand) -> None:
    hand.press("Open the plan")
    hand.send("Mark as done: Tell your registrar")
    expect(hand.page.locator("#standing")).to_contain_text("1 of 8 done")
    hand.press("I am stuck")
    hand.write("why", "We do not know yet on which day we open.")
    hand.press("Tell my account manager")
    expect(hand.page.locator(".gw-receipt")).to_contain_text("reads it at once")
    expect(hand.page.locator("main")).to_contain_text("on which day we open")


# --- what must be there before, and where each begins -----------------------------------------------------------------


def a_small_plan(site: Site, name: str) -> Plan:
    """Whose design waits for nothing, and is promised within the week."""
    free = {"needs": [], "due": {"anchor": "start", "workdays": 3}}
    tasks = [{**task, **free} if task["code"] == "design" else task for task in SMALL_PLAYBOOK["tasks"]]
    return a_plan(of=a_playbook(code="by_roles", tasks=tasks), manager=known(site, "account_manager"), name=name)


def known(site: Site, role: str) -> Person:
    person = by_email(site.person(role)["email"])
    assert person is not None
    return person


Start = Callable[[Site, str], str]
"""Makes what the job needs, under a name that says who does it, and returns where it begins."""


def at(path: str) -> Start:
    return lambda site, own: path


def with_somebody_stuck(site: Site, own: str) -> str:
    plan = a_small_plan(site, f"Larch Oy ({own})")
    working.stuck(
        plan.id, task_of(plan, "domain").ref, "The registrar does not answer.", PlanHand(contact=main_contact(plan))
    )
    return "/desk"


def with_a_case_of_nobody(site: Site, own: str) -> str:
    a_plan_with_cases(name=f"Spruce Oy ({own})", manager=known(site, "account_manager"))
    return "/desk"


def with_a_design_to_make(site: Site, own: str) -> str:
    plan = a_small_plan(site, f"Willow Oy ({own})")
    manager, designer = known(site, "account_manager"), known(site, "designer")
    assigning.assign(plan.id, task_of(plan, "design").ref, designer, PlanHand(person=manager))
    return "/desk"


def with_a_plan_of_ones_own(site: Site, own: str) -> str:
    plan = a_small_plan(site, f"Rowan Oy ({own})")
    with write():
        return links.mint(Purpose.PLAN, main_contact(plan).id)[1]


def with_a_status_link(site: Site, own: str) -> str:
    return str(site.person("applicant")["links"]["status"])


BY_SIGNING_IN: dict[str, tuple[Start, Callable[[Hand], None]]] = {
    "reseller": (at("/panel"), leave_a_note),
    "service partner": (at("/panel"), answer_a_follow_up),
    "software partner": (at("/panel/software"), ask_a_question),
    "sales": (at("/desk"), accept_a_lead),
    "account_manager": (with_somebody_stuck, help_somebody_who_is_stuck),
    "team_leader": (with_a_case_of_nobody, assign_and_override_a_case),
    "coordinator": (at("/desk"), add_to_an_answer),
    "content_editor": (at("/desk"), write_a_new_version),
    "designer": (with_a_design_to_make, finish_a_design),
    "finance": (at("/desk"), record_a_payment),
    "administrator": (at("/desk"), invite_a_colleague),
}
BY_A_LINK: dict[str, tuple[Start, Callable[[Hand], None]]] = {
    "visitor": (at("/"), apply_for_the_programme),
    "applicant": (with_a_status_link, read_how_an_application_stands),
    "client": (lambda site, own: slug_of(site, TOM), register_ones_company),
    "customer": (with_a_plan_of_ones_own, work_on_ones_plan),
}
JOBS = {**BY_SIGNING_IN, **BY_A_LINK}
"""The first page of each role, and what is done from there."""


def test_every_role_has_a_job() -> None:
    assert set(StaffRole) < set(JOBS)


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=pytest.mark.sweep) if role in MORE_WALKERS else role for role in JOBS]
)
@pytest.mark.parametrize("way", [Keys, Plain])
def test_each_role_does_a_job(site: Site, browser: Browser, role: str, way: type[Keys] | type[Plain]) -> None:
    start, job = JOBS[role]
    email = site.person(role)["email"] if role in BY_SIGNING_IN else None
    with site.app.app_context():
        path = start(site, way.own)
        db.session.remove()
    with site.look(browser, email, java_script_enabled=way is Keys) as context:
        page = context.new_page()
        page.goto(f"{path}?lang=en")
        job(way(page))
