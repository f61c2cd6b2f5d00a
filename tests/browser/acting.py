"""What a person does in a page, in words: `fill(page, company_name="Kaarna")`, `tab_to(page, "email")`."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from app.core import identifiers
from app.outbox import sender
from app.outbox.mailer import Line
from tests.browser.conftest import Site
from tests.sentences import a_nip

MARIT = "marit.vos@brimora.example"
DANA = "dana.kellerman@brimora.example"
KATARZYNA = "katarzyna@polana.example"
TOM = "tom.aldous@oakmere.example"


def fill(page: Page, **values: str) -> None:
    """Types into the fields of these names."""
    for name, value in values.items():
        page.locator(f"[name='{name}']").fill(value)


def a_company(name: str, **values: str) -> dict[str, str]:
    """The fields of a Polish company that nobody has registered, as a person would type them."""
    return {
        "company_name": name,
        "company_number": identifiers.show_company_number("PL", a_nip()),
        "street": "ul. Słoneczna 8",
        "postcode": "62-200",
        "city": "Gniezno",
        "contact_name": "Olga Sikora",
        "email": "olga@sikora.example",
        "phone": "601 200 300",
        **values,
    }


def submit(page: Page) -> None:
    """Presses the button at the foot of the page's form."""
    page.locator("form.gw-form .gw-do button[type=submit]").first.click()


def slug_of(site: Site, email: str) -> str:
    """The address of this reseller's registration form."""
    return str(next(person["links"]["registration"] for person in site.people if person["email"] == email))


def register(page: Page, site: Site, name: str, reseller: str = KATARZYNA, **values: str) -> str:
    """Registers a company on the reseller's form, as its client, and returns the number of the receipt."""
    page.goto(slug_of(site, reseller))
    page.locator("[name=typed_by][value=client]").check()
    fill(page, **a_company(name, **values))
    submit(page)
    page.wait_for_url("**/receipts/**")
    return page.locator(".gw-received .gw-ref").inner_text()


def deliver(site: Site) -> None:
    """Writes out the mails that wait, as the worker does; without a mail server they are then readable at the desk."""
    with site.app.app_context():
        sender.send_due(Line(), sender.owner_name())


def link_in_mail(page: Page, to: str, subject: str) -> str:
    """Reads at the desk the mail that this person was sent, and returns the personal link in it."""
    page.goto(f"/desk/mail?q={to}")
    page.get_by_role("link", name=subject).first.click()
    found = re.search(r"https?://\S+/go/\S+", page.locator("pre.gw-mailtext").inner_text())
    assert found, "the mail holds no personal link"
    return found.group(0)


def focused(page: Page) -> str:
    """What has the focus: a field by its name, a button or a link by its label or its words, anything else by its
    id."""
    return str(page.evaluate(FOCUSED))


FOCUSED = """() => {
  const at = document.activeElement;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) return at.name;
  if (/^(BUTTON|A|SUMMARY)$/.test(at.tagName)) {
    return (at.getAttribute('aria-label') || at.textContent).trim().replace(/\\s+/g, ' ');
  }
  return at.id || at.tagName;
}"""


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Presses Tab until the control of this name has the focus."""
    passed = []
    for _turn in range(most):
        page.keyboard.press("Tab")
        here = focused(page)
        if here == name:
            return
        passed.append(here)
    raise AssertionError(f"Tab never reaches {name}, only {passed}")
