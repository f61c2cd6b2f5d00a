"""`make pictures`: draws docs/images anew, the drawings from their descriptions and the pages from a fresh demo.

`make drawings` leaves the pages as they are.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import FLAGS, find_or_bring
from tests.browser.site import Site, opened
from tests.pictures.drawings import ALL
from tests.pictures.pages import PAGES, Shot

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 100 * 1024
"""Bytes of one picture."""
HOST = "onboarding.brimora.example"
"""What stands in the pages as the vendor's address."""
LEAVE_OUT = """end => {
  for (const element of document.querySelectorAll('main *, footer *'))
    if (element.getBoundingClientRect().top + scrollY >= end) element.style.visibility = 'hidden';
}"""
"""Where the rail is longer than the part with which a picture ends, nothing of the page stands below that part."""
RAIL = ".gw-rail .gw-menu > *"
"""What stands beside every page of the desk."""


def main(pages: bool) -> int:
    for name, draw in ALL.items():
        _keep(IMAGES / f"{name}.svg", draw().svg().encode())
    if not pages:
        return 0
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), f"http://{HOST}") as site,
        sync_playwright() as playwright,
    ):
        flags = [*FLAGS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{site.port}"]
        flags += ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_or_bring(playwright), args=flags)
        for shot in PAGES:
            _keep(IMAGES / f"{shot.name}.png", _taken(browser, site, shot))
        browser.close()
    return 0


def _taken(browser: Browser, site: Site, shot: Shot) -> bytes:
    """The picture of one page, whole or from its top to the end of one of its parts."""
    email = site.person(shot.role)["email"] if shot.role and not shot.link else None
    looking = {"viewport": {"width": shot.width, "height": 900}, "color_scheme": "light", "locale": "en-GB"}
    with site.look(browser, email, **looking) as context:
        page = context.new_page()
        if shot.link:
            page.goto(f"{site.person(shot.role)['links'][shot.link]}?lang=en")
            if shot.link == "plan":
                page.locator("main form button").first.click()
                page.wait_for_load_state()
        _open(page, shot.path)
        for step in shot.steps:
            page.locator(step).first.click()
            page.wait_for_load_state()
        page.wait_for_load_state("networkidle")
        _look_over(page, shot)
        height = page.evaluate("document.documentElement.scrollHeight")
        if shot.until:
            end = _ends_at(page, shot.until)
            page.evaluate(LEAVE_OUT, end)
            height = min(height, int(max(end, _ends_at(page, RAIL))) + 8)
        page.set_viewport_size({"width": shot.width, "height": height})
        return _small(page.screenshot(), shot.name)


def _ends_at(page: Page, selector: str) -> float:
    """Where the last of these parts ends; none of them ends at the top."""
    boxes = [part.bounding_box() for part in page.locator(selector).all()]
    return max((box["y"] + box["height"] for box in boxes if box), default=0)


def _open(page: Page, path: str) -> None:
    if path:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang=en")


def _look_over(page: Page, shot: Shot) -> None:
    """No picture of an error, of a page that is too wide, or of one that speaks another language."""
    answer = page.goto(page.url)
    assert answer is not None, shot.name
    assert answer.status == 200, f"{shot.name}: {answer.status} at {page.url}"
    assert page.evaluate("document.documentElement.lang") == "en", f"{shot.name} is not in English"
    assert page.locator(".gw-error-summary, [aria-invalid=true]").count() == 0, f"{shot.name} shows an error"
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not too_wide, f"{shot.name} is wider than its window"


def _small(taken: bytes, name: str) -> bytes:
    """The same with as few colours as it needs, so that it weighs little."""
    with Image.open(BytesIO(taken)) as picture:
        plain = picture.convert("RGB")
    for colours in (256, 128, 64, 32):
        kept = BytesIO()
        plain.quantize(colours, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
        if kept.tell() <= LARGEST:
            return kept.getvalue()
    raise AssertionError(f"{name} weighs {kept.tell()} bytes; show less of the page")


def _keep(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    if not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
        sys.stdout.write(f"docs/images/{file.name}  {len(content) / 1024:.0f} KB\n")


if __name__ == "__main__":
    sys.exit(main(pages="--drawings" not in sys.argv[1:]))
