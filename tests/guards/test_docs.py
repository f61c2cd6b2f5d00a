"""The words for readers of this repository stay true: links, settings, commands, targets, the map, the people."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app.access.roles import STAFF_ROLE_NAMES, StaffRole
from app.core.i18n import NAMES
from app.demo import cast, plans
from app.demo.cast.salons import FIRMS
from app.demo.cast.software import FIRMS as SOFTWARE
from tests import recipes
from tests.recipes import Whole

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = "\n".join(page.read_text() for page in sorted((ROOT / "docs" / "operations").glob("*.md")))
README = (ROOT / "README.md").read_text()

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


# --- links and files --------------------------------------------------------------------------------------------------

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
INDENTED = re.compile(r"^ {4,}.+$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("app", "templates", "tests", "translations", "migrations", "docs", ".ci")


def anchors_of(page: Path) -> set[str]:
    """Headings as the usual viewers address them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_to_a_page_and_its_heading(page: Path) -> None:
    for address in LINK.findall(page.read_text()):
        if address.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {address}, which is not there"
        if anchor:
            assert anchor in anchors_of(target), f"{page.name} links to {address}: no such heading"


@every_page
def test_named_files_exist(page: Path) -> None:
    for name in CODE.findall(page.read_text()):
        if not re.fullmatch(r"[\w./-]+", name) or name.split("/")[0] not in FOLDERS or "/" not in name:
            continue
        made_up = page.parent.name == "recipes" and name in MADE_UP
        assert made_up or (ROOT / name).exists(), f"{page.name} names {name}, which is not there"


MADE_UP = {
    "app/core/identifiers/germany.py",
    "migrations/versions/0003_a_colour_for_services.py",
    "templates/catalogue/retired.html",
    *(
        change.path
        for page in (ROOT / "docs" / "recipes").glob("*.md")
        for change in recipes.read(page.read_text()).changes
        if isinstance(change, Whole)
    ),
}
"""Files that a recipe tells to make."""


@every_page
def test_lines_fit_the_screen(page: Path) -> None:
    if page.parent.name == "decisions":
        return  # written once, by many hands
    for number, line in enumerate(page.read_text().splitlines(), 1):
        assert len(line) <= 130 or line.startswith(("|", "![")), f"{page.name}, line {number} has {len(line)} signs"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        ahead += [(page.parent / address.partition("#")[0]).resolve() for address in LINK.findall(page.read_text())]
    lost = [str(page.relative_to(ROOT)) for page in PAGES if page not in reached]
    assert not lost, f"no link leads to {lost}"


# --- settings, targets, commands --------------------------------------------------------------------------------------


def test_every_setting_is_told_and_nothing_else() -> None:
    read = set(re.findall(r"GANGWAY_[A-Z_]+", (ROOT / "app" / "config.py").read_text()))
    told = set(re.findall(r"^\| `(GANGWAY_[A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    named = set(re.findall(r"GANGWAY_[A-Z_]+", OPERATIONS))
    assert told == read, "the table in docs/operations/settings.md and app/config.py name different settings"
    assert named <= read, "docs/operations names settings that nobody reads"


def test_settings_required_in_production_are_marked() -> None:
    source = (ROOT / "app" / "config.py").read_text()
    required = set(re.findall(r'BadSettings\("(GANGWAY_[A-Z_]+) is missing', source))
    rows = re.findall(r"^\| `(GANGWAY_[A-Z_]+)` \|([^|]*)\|", OPERATIONS, re.MULTILINE)
    assert {name for name, default in rows if "required in production" in default} == required


@every_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = re.findall(r"(?:^ {4,}|`)make ([a-z][a-z-]*)", text, re.MULTILINE)
    assert set(named) <= targets, f"{page.name} names targets that the Makefile has not"


def commands_in(text: str) -> Iterator[list[str]]:
    """The words after `flask`, without `--app wsgi`, of each command in code."""
    code = [*CODE.findall(text), *INDENTED.findall(text)]
    for words in re.findall(r"(?:^|[\s/(])flask ((?:[\w./:<>=-]+ ?)+)", "\n".join(code)):
        yield words.replace("--app wsgi", "").split()


@every_page
def test_flask_commands_exist(app: Flask, page: Path) -> None:
    known = {**app.cli.commands, **dict.fromkeys(("run", "routes", "shell"))}
    for words in commands_in(page.read_text()):
        assert words[0] in known, f"{page.name} says flask {' '.join(words)}"
        command = known[words[0]]
        if isinstance(command, click.Group):
            assert len(words) > 1, f"{page.name} says flask {words[0]} without a command"
            assert words[1] in command.commands, f"{page.name} says flask {' '.join(words)}"
            command = command.commands[words[1]]
        options = {option for parameter in command.params for option in parameter.opts} if command else set()
        for word in words:
            assert not word.startswith("--") or word in options, f"{page.name}: no option {word} in {' '.join(words)}"


# --- the README -------------------------------------------------------------------------------------------------------


def test_the_map_names_the_packages_in_the_order_of_the_floors() -> None:
    drawn = re.search(r"<!-- floors -->\n(.*?)<!-- /floors -->", README, re.DOTALL)
    assert drawn
    named = re.findall(r"^ {4}(\w+) ", drawn[1], re.MULTILINE)
    packages = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")}
    assert set(named) == packages
    contract = re.search(r"^layers =\n((?: {4}\w+(?: \| \w+)*\n)+)", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert contract
    floors = [name for name in re.findall(r"\w+", contract[1]) if name in packages]
    assert named == floors[::-1], "the README and setup.cfg have the floors in different orders"


def test_the_map_names_what_lies_at_the_top() -> None:
    drawn = README.partition("## The map of the house")[2].partition("The packages are floors")[0]
    named = {name.rstrip("/") for name in re.findall(r"^ {4}([\w.]+/?) ", drawn, re.MULTILINE)}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    folders = {name.split("/")[0] for name in tracked.splitlines() if "/" in name and not name.startswith(".")}
    assert named == folders | {"wsgi.py"}
    for name in re.findall(r"^ {6}([\w.]+/?) ", drawn, re.MULTILINE):
        assert (ROOT / "app" / name).exists(), f"the map names app/{name}"


def test_the_table_of_people_is_that_of_the_demo() -> None:
    rows = re.findall(r"^\| ([\w ]+) \| (\S+@\S+) \| (\w+) \|$", README, re.MULTILINE)
    languages = {"en": "English", "nl": "Dutch", "pl": "Polish", "fi": "Finnish", "fr": "French"}
    assert set(languages) == set(NAMES)
    staff = [
        (str(STAFF_ROLE_NAMES[StaffRole(role)]).lower(), email, languages[locale])
        for role, _name, email, locale in cast.STAFF
    ]
    programme = ("reseller", "suspended reseller", "reseller member", "service partner", "software partner")
    assert {row[1:] for row in rows if row[0] not in programme} == {row[1:] for row in staff}
    assert {(role.lower(), email) for role, email, _ in rows if role not in programme} == {row[:2] for row in staff}
    for role, suspended in (("reseller", False), ("suspended reseller", True)):
        resellers = {one.company.email for one in cast.RESELLERS if bool(one.suspended) is suspended}
        assert {email for held, email, _ in rows if held == role} == resellers
    members = {(email, languages[locale]) for _of, _name, email, locale in cast.MEMBERS}
    assert {row[1:] for row in rows if row[0] == "reseller member"} == members
    name, email, locale = FIRMS[0][7:]
    assert [row[1:] for row in rows if row[0] == "service partner"] == [(email, languages[locale])], name
    software = [(firm.email, languages[firm.locale]) for firm in SOFTWARE]
    assert [row[1:] for row in rows if row[0] == "software partner"] == software
    assert f"`{cast.PASSWORD}`" in README


def test_the_table_of_customers_is_that_of_the_demo() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (\w+) \| [^|]+ \|$", README, re.MULTILINE)
    assert {(company, name) for company, name, language in rows if language in _LANGUAGES} == set(plans.SHOWN)


_LANGUAGES = {"English", "Dutch", "Polish", "Finnish", "French"}


# --- the first ten minutes --------------------------------------------------------------------------------------------

USERS = sorted((ROOT / "docs" / "users").glob("*.md"))


@pytest.mark.parametrize("page", USERS, ids=lambda page: page.name)
def test_addresses_lead_to_a_page(app: Flask, page: Path) -> None:
    addresses = app.url_map.bind("localhost")
    for name in CODE.findall(page.read_text()):
        if name.startswith("/"):
            assert addresses.test(name, method="GET"), f"{page.name} names {name}, where no page is"


@pytest.fixture(scope="module")
def said() -> str:
    """Everything that templates and code may say, with its quotes and line breaks made plain."""
    sources = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "templates").rglob("*.txt"),
        *(ROOT / "app").rglob("*.py"),
    ]
    return " ".join(" ".join(path.read_text() for path in sources).split())


@pytest.mark.parametrize("page", USERS, ids=lambda page: page.name)
def test_words_in_bold_stand_on_the_pages(said: str, page: Path) -> None:
    """Bold is what a person reads on a page, but for the first words of a list's item that end with a full stop."""
    for words in re.findall(r"\*\*([^*]+)\*\*", " ".join(page.read_text().split())):
        if not words.endswith("."):
            for part in words.split(" ... "):
                assert part in said, f"{page.name} says {words}, which no page does"


# --- words that have no place here ------------------------------------------------------------------------------------

FOREIGN = {
    (11, "7eec27b4f2076bea6ce9"),
    (4, "ec6b64f31af43e90e60d"),
    (6, "7d3194f79e645c42e439"),
    (6, "c857d09db23e6822e360"),
    (7, "3ea125d0bff386e6754b"),
    (7, "60965168ce762e949600"),
    (8, "439fcdf2f884c9f86591"),
    (8, "89831f5ffc4b30c293c9"),
    (9, "c70eca6b0f88f44d81a4"),
}
"""Names of other companies and of tools that have nothing to say here, as length and digest, so that the list does not
itself name them."""


def test_nobody_elses_names_stand_in_the_repository() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    words: dict[str, str] = {}
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.is_file() and not name.startswith("requirements"):
            text = f"{name} {path.read_bytes().decode('utf-8', 'ignore')}".lower()
            words |= dict.fromkeys(re.findall(r"[^\W\d_]{4,}", text), name)
    assert len(words) > 1000
    lengths = {length for length, _ in FOREIGN}
    for word, name in words.items():
        for length in lengths:
            beginning = word[:length].encode()
            digest = hashlib.sha256(beginning).hexdigest()[:20]
            assert (length, digest) not in FOREIGN, f"{name} holds the word {word}"


# --- the indexes ------------------------------------------------------------------------------------------------------


def test_pages_stand_in_the_index_of_their_folder() -> None:
    for folder in ("operations", "recipes", "users"):
        index = (ROOT / "docs" / folder / "README.md").read_text()
        for page in (ROOT / "docs" / folder).glob("*.md"):
            assert page.name == "README.md" or f"({page.name})" in index, f"{page.name} is not in its index"
