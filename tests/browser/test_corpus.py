"""Attacks in the texts and pictures of a manual, looked at in a real browser: nothing of them runs, nothing leaves the
site, and the page holds still while its pictures come.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

from app.core.db import db
from app.integrations.models import Product, SoftwarePartner
from app.manuals.pictures import receive_picture
from tests import software
from tests.browser.checks import Looker
from tests.browser.site import serving
from tests.manuals.files import a_photograph, sent

pytestmark = pytest.mark.xdist_group("corpus")
OWN = "window.owned=1"
TEXTS = (
    f"<script>{OWN}</script>",
    f"<img src=x onerror={OWN}>",
    f"<svg onload={OWN}><script>{OWN}</script></svg>",
    f"<details open ontoggle={OWN}>x</details>",
    f"<a href='javascript:{OWN}'>a</a>",
    '<div hx-get="/owned" hx-trigger="load" hx-on:click="window.owned=1">x</div>',
    '<form action="https://evil.example"><button>Send</button></form>',
    '<iframe srcdoc="<script>parent.owned=1</script>"></iframe>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    "<style>@import url(https://evil.example/x.css);</style>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={OWN}>",
    f"<noscript><p title='</noscript><img src=x onerror={OWN}>'>",
    f"[a](javascript:{OWN})",
    f"[a](JaVaScRiPt:{OWN})",
    f"[a](java&#10;script:{OWN})",
    f"[a](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A{OWN})",
    f"[a](\x01javascript:{OWN})",
    f"[a](vbscript:{OWN})",
    "[a](data:text/html;base64,PHNjcmlwdD53aW5kb3cub3duZWQ9MTwvc2NyaXB0Pg==)",
    "[a](data:text/html,<script>parent.owned=1</script>)",
    f"<javascript:{OWN}>",
    f"[a]: javascript:{OWN}\n\n[a]",
    f'[a](https://x.example "\\" onmouseover={OWN} x=\\"")',
    f'[a](https://x.example/"onmouseover="{OWN})',
    f"![a](javascript:{OWN})",
    "![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
    "![a](https://evil.example/pixel.png)",
    "![a](//evil.example/pixel.png)",
    "![a](/sign-out)",
    "![a](picture:../../sign-out)",
    '![a](picture:PI-1"onerror="window.owned=1)',
    f'![" onerror="{OWN}](picture:PICTURE)',
    f"![<img src=x onerror={OWN}>](picture:PICTURE)",
    f'![a](picture:PICTURE "\\" onload={OWN}")',
    f"`<script>{OWN}</script>`",
    f'```"><script>{OWN}</script>\nx\n```',
    f"| <script>{OWN}</script> |\n|---|\n| <img src=x onerror={OWN}> |",
    f"# <img src=x onerror={OWN}>",
    f"&lt;script&gt;{OWN}&lt;/script&gt;",
    f"\\<script>{OWN}\\</script>",
    "]]><!--<script>window.owned=1</script>-->",
)
"""Each is a chapter; PICTURE stands for one of the product's own."""


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """A site with one manual: every attack in its chapters, title, summary and names."""
    with serving(tmp_path_factory.mktemp("corpus")) as site:
        with site.app.app_context():
            _publish()
            db.session.remove()
        yield site.app, site.url


def _publish() -> None:
    product = software.a_product(name="Lumi Till")
    integration = software.an_integration(product)
    product = db.session.get_one(Product, integration.product_id)
    picture = software.a_picture(product, width=1400, height=900)
    attack = f'</title></script><script>{OWN}</script><img src=x onerror={OWN}>" onload="{OWN}'
    chapters = [
        {"code": f"chapter_{number}", "title": attack, "body": text.replace("PICTURE", picture.ref), "source": ""}
        for number, text in enumerate(TEXTS)
    ]
    content = {"title": attack, "summary": attack, "chapters": chapters}
    names = {"name": attack, "website": "", "sells": [], "partner": attack, "country": "FI", "logo": ""}
    software.a_published_manual(integration, texts={"en": content}, pictures=[picture], facts={"product": names})
    steps = "\n\n".join(
        f"{number}. Press the button of step {number}, and look for the key that stands there.\n\n"
        f"   ![Step {number}](picture:{software.a_picture(product, colour=colour).ref})"
        for number, colour in enumerate(COLOURS, 1)
    )
    calm = software.an_integration(product, software.a_package("Saldix"))
    pictures = [software.a_picture(product, colour=colour) for colour in COLOURS]
    text = {"en": software.a_text(about="What it does. " * 40, before="What you need. " * 40, find_key=steps)}
    software.a_published_manual(calm, texts=text, pictures=pictures)


COLOURS = ("teal", "navy", "olive", "maroon", "red", "green", "blue", "black", "gray", "purple", "orange", "pink")
"""Of the screenshots of a long manual: one for each step, the first of them near the top of the page."""
ATTACKED, CALM = "/manuals/lumi-till-bokio", "/manuals/lumi-till-saldix"


class Watched:
    """A tab, with whatever it asked for and complained about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.on("request", self._asked)
        page.on("dialog", self._spoke)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("console", self._said)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.asked.append(request.url)

    def _spoke(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(message.text)

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(f"{self.url}/")]


@pytest.fixture
def context(browser: Browser, manual: tuple[Flask, str]) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=manual[1], viewport={"width": 1280, "height": 800}) as made:
        made.set_default_timeout(15_000)
        yield made


def test_nothing_of_an_attack_runs(context: BrowserContext, manual: tuple[Flask, str]) -> None:
    seen = Watched(context.new_page(), manual[1])
    seen.page.goto(ATTACKED)
    assert seen.page.locator(".gw-chapter").count() == len(TEXTS)
    for image in seen.page.locator(".gw-words img").all():
        image.scroll_into_view_if_needed()
    links = seen.page.locator(".gw-words a")
    assert links.count() > 3
    assert set(links.evaluate_all("all => all.map(one => one.protocol)")) <= {":", "http:", "https:"}
    for link in links.all():
        link.hover()
    assert seen.page.evaluate("() => window.owned") is None
    assert seen.wrong == []
    assert seen.foreign == []
    assert context.cookies() == []
    assert seen.page.url.endswith(ATTACKED)


def test_only_what_markdown_has_stands_in_the_page(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(ATTACKED)
    held: dict[str, Any] = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll('.gw-words *')];
          return {tags: [...new Set(all.map(one => one.localName))].sort(),
                  attributes: [...new Set(all.flatMap(one => one.getAttributeNames()))].sort(),
                  pictures: [...document.querySelectorAll('.gw-words img')].map(one => one.getAttribute('src'))};
        }"""
    )
    assert set(held["tags"]) <= {"p", "a", "img", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "h3"}
    assert set(held["attributes"]) <= {
        "href", "rel", "title", "src", "srcset", "sizes", "width", "height", "alt", "loading",
    }  # fmt: skip
    assert len(held["pictures"]) == 3
    assert all(src.startswith("/pictures/PI-") for src in held["pictures"])


def test_what_is_said_to_search_engines_is_no_script_that_runs(
    context: BrowserContext, manual: tuple[Flask, str]
) -> None:
    """Data of schema.org inside a page under our policy: the browser neither runs it nor complains."""
    seen = Watched(context.new_page(), manual[1])
    attack = json.dumps({"name": "</script><script>window.owned=1</script>"}).replace("<", "\\u003c")
    seen.page.route("**/manuals/lumi-till-saldix", lambda route: _with_data(route, attack))
    seen.page.goto(CALM)
    assert seen.page.locator('script[type="application/ld+json"]').count() == 1
    assert seen.page.evaluate("() => window.owned") is None
    assert seen.wrong == []


def _with_data(route: Any, data: str) -> None:
    answer = route.fetch()
    body = answer.text().replace("</head>", f'<script type="application/ld+json">{data}</script></head>')
    route.fulfill(response=answer, body=body)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (320, 720)])
def test_the_page_is_light_and_holds_still(
    context: BrowserContext, manual: tuple[Flask, str], width: int, height: int
) -> None:
    """However many pictures it has: each has its place before it comes, and comes when a reader is near."""
    seen = Watched(context.new_page(), manual[1])
    seen.page.set_viewport_size({"width": width, "height": height})
    seen.page.add_init_script(
        """window.shifted = 0; window.largest = '';
        new PerformanceObserver(list => list.getEntries().forEach(one => { window.shifted += one.value; }))
          .observe({type: 'layout-shift', buffered: true});
        new PerformanceObserver(list => list.getEntries().forEach(one => { window.largest = one.element?.localName; }))
          .observe({type: 'largest-contentful-paint', buffered: true});"""
    )
    seen.page.goto(CALM)
    seen.page.wait_for_load_state("networkidle")
    assert len(seen.asked) <= 6, seen.asked
    assert len([url for url in seen.asked if "/pictures/" not in url]) == 2, "page and stylesheet"
    assert seen.page.evaluate("() => window.largest") in ("p", "h1")
    for image in seen.page.locator(".gw-words img").all():
        image.scroll_into_view_if_needed()
    seen.page.wait_for_load_state("networkidle")
    drawn = "() => [...document.querySelectorAll('.gw-words img')].map(one => one.naturalWidth)"
    assert all(seen.page.evaluate(drawn))
    assert seen.page.evaluate("() => window.shifted") == 0
    assert any(("-960.webp" if width > 1000 else "-480.webp") in url for url in seen.asked)
    assert not any("-1200.webp" in url for url in seen.asked), "no larger one than fits"


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (1280, "dark"), pytest.param(1280, "light", marks=pytest.mark.sweep)]
)
def test_nothing_is_wrong_with_the_page(browser: Browser, manual: tuple[Flask, str], width: int, scheme: Any) -> None:
    for path in (ATTACKED, CALM):
        with browser.new_context(
            base_url=manual[1], viewport={"width": width, "height": 800}, color_scheme=scheme
        ) as context:
            looker = Looker(context.new_page())
            looker.page.goto(path)
            assert looker.faults(f"manual-{path[-6:]}-{width}-{scheme}") == []


def test_a_reader_says_with_and_without_javascript_whether_it_helped(
    browser: Browser, manual: tuple[Flask, str]
) -> None:
    for scripted in (True, False):
        with browser.new_context(base_url=manual[1], java_script_enabled=scripted) as context:
            page = context.new_page()
            page.goto(CALM)
            page.locator("#connect").get_by_role("button", name="No").click()
            page.get_by_label("What was missing or wrong?").fill("Where is the button?")
            page.get_by_role("button", name="Send").click()
            page.get_by_text("Thank you. Your words are with us.").wait_for()
            assert context.cookies() == []


def test_paper_has_the_words_and_neither_contents_buttons_nor_questions(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(CALM)
    page.emulate_media(media="print")
    assert not page.locator(".gw-helped").first.is_visible()
    assert not page.locator(".gw-langs").first.is_visible()
    assert page.get_by_text("Press the button of step 1,").is_visible()


def test_a_photograph_reaches_the_browser_without_its_place(context: BrowserContext, manual: tuple[Flask, str]) -> None:
    app, _url = manual
    with app.app_context():
        integration = software.an_integration(software.a_product(name="Other Till"), software.a_package("Numera"))
        product = db.session.get_one(Product, integration.product_id)
        owner = software.owner_of(db.session.get_one(SoftwarePartner, product.partner_id))
        picture = receive_picture(sent(a_photograph()), product, owner)
        body = f"![The shop](picture:{picture.ref})"
        software.a_published_manual(integration, texts={"en": software.a_text(connect=body)}, pictures=[picture])
        address = f"/pictures/{picture.ref}-400.webp"
    answer = context.request.get(address)
    assert answer.ok
    assert answer.headers["content-type"] == "image/webp"
    assert b"Exif" not in answer.body()
    assert b"Marja" not in answer.body()
