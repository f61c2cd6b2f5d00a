"""The recipes in docs/recipes work: followed to the letter in a copy of the repository, they end as they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from app.core.i18n import LOCALES
from tests import recipes
from tests.recipes import Recipe

pytestmark = pytest.mark.on("sqlite")
ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "recipes"

FOLLOWED = ("form-field", "language", "mail", "report", "role")
"""All of them in one copy: together they are what a vendor changes first, and one must not break the other."""

FURTHER = [
    f"tests/guards/test_mails.py::{test}[{locale}-address_made]"
    for test in ("test_it_is_whole_in_every_language", "test_it_has_a_preheader_and_one_action_at_most")
    for locale in (*LOCALES, "sv")
]
"""What says that a recipe is done, beside the tests that it has people write: the new mail, in every language."""

FOLLOW = """
import shlex, sys
from pathlib import Path
import pytest
from app import create_app

runner = create_app().test_cli_runner()
for command in Path("commands").read_text().splitlines():
    done = runner.invoke(args=shlex.split(command))
    if done.exit_code:
        sys.exit(f"flask {command}: {done.output}{done.exception!r}")
sys.exit(pytest.main(sys.argv[1:]))
"""


def read(page: str) -> Recipe:
    return recipes.read((PAGES / f"{page}.md").read_text(encoding="utf-8"))


def command_of(line: str, number: str) -> str:
    """What comes after `flask --app wsgi`, with the number of the next migration where the recipe has an example."""
    program, *words = shlex.split(line)
    assert program == ".venv/bin/flask", f"a recipe runs {line}"
    assert words[:2] == ["--app", "wsgi"], f"a recipe runs {line}"
    return re.sub(r"(?<=--rev-id )\d+", number, shlex.join(words[2:]))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of each test in a copy of the repository that follows the recipes: file -> "" or why it failed."""
    house: Path = tmp_path_factory.mktemp("recipes") / "house"
    for folder in ("app", "migrations", "templates", "tests", "translations"):
        shutil.copytree(ROOT / folder, house / folder)
    for file in ("Makefile", "pyproject.toml", "README.md", "setup.cfg", "wsgi.py"):
        shutil.copy2(ROOT / file, house / file)
    written = [read(page) for page in FOLLOWED]
    for recipe in written:
        for change in recipe.changes:
            change.apply(house)
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    number = f"{int(newest) + 1:04}"
    commands = [command_of(line, number) for recipe in written for line in recipe.commands]
    (house / "commands").write_text("\n".join(commands))
    tests = [*(test for recipe in written for test in recipe.tests), *FURTHER]
    for catalogue in house.glob("translations/*/LC_MESSAGES/messages.po"):
        if not catalogue.with_suffix(".mo").exists():
            _pybabel("compile", "--input-file", str(catalogue), "--output-file", str(catalogue.with_suffix(".mo")))
    of_this_run = ("GANGWAY_", "PYTEST_", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(of_this_run)}
    ran = subprocess.run(
        [sys.executable, "-c", FOLLOW, "-q", "-n0", "-p", "no:cacheprovider", "--junitxml=ran.xml", *tests],
        cwd=house,
        env={**environment, "GANGWAY_DATA_DIR": str(house / "data")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (house / "ran.xml").exists(), ran.stdout + ran.stderr
    told: dict[str, str] = {}
    for case in ET.parse(house / "ran.xml").iter("testcase"):
        file = f"{(case.get('classname') or '').replace('.', '/')}.py"
        told[file] = told.get(file, "") + "".join(f"{case.get('name')}: {wrong.text}\n" for wrong in case)
    return told


def _pybabel(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "--quiet", *words], check=True)


@pytest.mark.parametrize("page", FOLLOWED)
def test_it_ends_as_it_says(followed: dict[str, str], page: str) -> None:
    tests = read(page).tests
    assert tests, f"{page} writes no test"
    for test in tests:
        assert followed[test] == ""


def test_the_guards_agree(followed: dict[str, str]) -> None:
    assert followed["tests/guards/test_mails.py"] == ""
