"""What must hold of every page in a real browser."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

AXE = Axe().axe_script
PATIENCE = 15_000
"""Milliseconds that anything in a page may take before a test gives it up."""

SHOTS = os.environ.get("GANGWAY_SHOTS")
"""A folder in which to keep a picture of every page, for looking at."""

ASK_AXE = """() => {
  window.gangwayAxe = null;
  const asked = {resultTypes: ['violations'], iframes: false, preload: false, selectors: false};
  axe.run(document, asked).then(found => { window.gangwayAxe = found.violations; });
}"""

CUT = """() => [...document.querySelectorAll('main *')].filter(element => {
  const style = getComputedStyle(element);
  return element.clientWidth > 8 && element.scrollWidth > element.clientWidth + 1
    && (style.overflowX === 'hidden' || style.textOverflow === 'ellipsis')
    && !element.closest('.visually-hidden, thead, input, select, textarea, svg, iframe')
    && style.clipPath === 'none';
}).map(element => element.outerHTML.slice(0, 120))"""


@dataclass
class Looker:
    """Watches one tab: what it fetched, what it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(AXE)  # quicker than to bring it to each page that is there
        self.page.on("request", self._fetched)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _fetched(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        own = message.location["url"] == self.page.url  # Chromium also tells of the page itself
        expected = re.search(r"status of (4\d\d)" if own else r"status of (409|422)", message.text)
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"console: {message.text}")

    def faults(self, name: str = "") -> list[str]:
        """What is wrong with the page as it stands now, in words."""
        page = self.page
        found = list(self.complaints)
        self.complaints.clear()
        for violation in _violations(page):
            nodes = "; ".join(node["html"][:140] for node in violation["nodes"][:3])
            found.append(f"axe {violation['id']} ({violation['help']}): {nodes}")
        found += _layout(page)
        if SHOTS and name:
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
        return found


def _violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds. Asked in two steps, because a promise that never comes has no time limit: in a page whose policy
    forbids scripts, such as a mail's own HTML, timers stand still, so that one is left to its mail's page."""
    if page.evaluate("() => document.contentType !== 'text/html' || window.origin === 'null'"):
        return []
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)  # the page was there before its watcher
    page.evaluate(ASK_AXE)
    page.wait_for_function("() => window.gangwayAxe", timeout=PATIENCE)
    found: list[dict[str, Any]] = page.evaluate("() => window.gangwayAxe")
    return found


def _layout(page: Page) -> list[str]:
    found = []
    width: dict[str, Any] = page.evaluate("() => ({wide: document.documentElement.scrollWidth, view: innerWidth})")
    if width["wide"] > width["view"]:
        found.append(f"scrolls sideways: {width['wide']} px of content in {width['view']} px")
    found += [f"text cut: {html}" for html in page.evaluate(CUT)]
    return found
