"""The pictures of docs/ are small, shown somewhere with words beside them, and drawn from what the code says."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from PIL import Image

from app.leads.models import Lead, LeadState
from app.outbox.models import MailState
from app.outbox.webhooks.models import DeliveryState
from app.plans.models import PlanState, TaskState
from app.plans.states import Move, after
from app.playbooks.outline import Kind
from tests.pictures import drawings
from tests.pictures.__main__ import LARGEST
from tests.pictures.pages import PAGES

ROOT = Path(__file__).parents[2]
IMAGES = sorted((ROOT / "docs" / "images").iterdir())
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def test_every_picture_is_made_by_a_command() -> None:
    made = {f"{name}.svg" for name in drawings.ALL} | {f"{shot.name}.png" for shot in PAGES}
    assert {path.name for path in IMAGES} == made


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_it_is_small_and_shown_with_words(path: Path) -> None:
    assert path.stat().st_size <= LARGEST
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    words = [
        said
        for page in pages
        for said, address in SHOWN.findall(page.read_text())
        if (page.parent / address).resolve() == path
    ]
    assert words, f"no page shows {path.name}"
    assert all(len(said) > 20 for said in words), f"{path.name} is shown without saying what it shows"
    if path.suffix == ".png":
        with Image.open(path) as picture:
            assert picture.width <= 1280


@pytest.mark.parametrize("name", drawings.ALL)
def test_a_drawing_is_up_to_date(name: str) -> None:
    kept = (ROOT / "docs" / "images" / f"{name}.svg").read_text()
    assert kept == drawings.ALL[name]().svg(), "make drawings makes it anew"
    assert "prefers-color-scheme:dark" in kept


def test_the_moves_of_a_lead_are_drawn() -> None:
    pairs = itertools.permutations(LeadState, 2)
    assert {(one, two) for one, two in pairs if Lead(state=one).may_become(two)} == drawings.LEAD_MOVES


def test_the_moves_of_a_task_are_drawn() -> None:
    found = {(state, after(state, move, kind)) for state in TaskState for move in Move for kind in Kind}
    assert {(one, two) for one, two in found if two is not None and one != two} == drawings.TASK_MOVES


def test_every_state_stands_in_its_drawing() -> None:
    for states, draw in (
        (LeadState, "lead"),
        (PlanState, "plan"),
        (TaskState, "plan"),
        (MailState, "mail"),
        (DeliveryState, "event"),
    ):
        drawn = drawings.ALL[draw]().svg()
        for state in states:
            assert f">{state.replace('_', ' ')}<" in drawn, f"{draw}.svg does not show {state}"
