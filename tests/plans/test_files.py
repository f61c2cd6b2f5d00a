"""Files of a task: several at once, previews drawn anew, taken away again; what is handed in stays (I4)."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from app.core.db import db
from app.core.errors import FieldError
from app.core.files import PDF, PNG, Received, store
from app.plans.models import FileUse, TaskFile
from app.plans.party import Hand
from app.plans.service import files, working
from app.plans.service.files import FilesSettled
from app.plans.service.finishing import NotYours
from tests.plans import replaying
from tests.sentences import a_plan, a_staff_member, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def a_picture(width: int = 1200, height: int = 800) -> Received:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return Received("logo.png", PNG, out.getvalue())


A_PAPER = Received("price list.pdf", PDF, b"%PDF-1.7 prices")


def test_several_files_come_at_once_and_pictures_have_a_small_one() -> None:
    plan = a_plan()
    hand = Hand(contact=main_contact(plan))
    picture, paper = files.add(plan.id, task_of(plan, "logo").ref, [a_picture(), A_PAPER], hand)
    assert task_of(plan, "logo").file_count == 2
    assert paper.preview is None
    assert picture.preview is not None
    with store().open(picture.preview.key) as kept, Image.open(kept) as small:
        assert small.size == (480, 320)
    with store().open(paper.upload.key) as kept:
        assert kept.read() == A_PAPER.content
    files.remove(plan.id, task_of(plan, "logo").ref, paper.ref, hand)
    assert task_of(plan, "logo").file_count == 1
    replaying.check(plan.id)


def test_what_waits_for_approval_is_not_changed_and_staffs_files_stay() -> None:
    plan = a_plan()
    hand, staff = Hand(contact=main_contact(plan)), Hand(person=a_staff_member("designer"))
    ref = task_of(plan, "logo").ref
    (given,) = files.add(plan.id, ref, [A_PAPER], hand)
    (template,) = files.add(plan.id, ref, [A_PAPER], staff, use=FileUse.INSTRUCTION)
    assert task_of(plan, "logo").file_count == 1, "a template is nothing that was handed in"
    with pytest.raises(NotYours):
        files.remove(plan.id, ref, template.ref, hand)
    with pytest.raises(NotYours):
        files.add(plan.id, ref, [A_PAPER], hand, use=FileUse.INSTRUCTION)
    with pytest.raises(NotYours):
        files.add(plan.id, task_of(plan, "design").ref, [A_PAPER], hand)
    working.hand_in(plan.id, ref, {}, hand)
    with pytest.raises(FilesSettled):
        files.remove(plan.id, ref, given.ref, hand)
    with pytest.raises(FilesSettled):
        files.add(plan.id, ref, [A_PAPER], hand)
    working.give_back(plan.id, ref, "The colours are wrong.", staff)
    files.remove(plan.id, ref, given.ref, hand)
    replaying.check(plan.id)


def test_a_task_holds_no_more_than_it_says_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST", 2)
    plan = a_plan()
    hand = Hand(contact=main_contact(plan))
    files.add(plan.id, task_of(plan, "logo").ref, [A_PAPER], hand)
    with pytest.raises(FieldError):
        files.add(plan.id, task_of(plan, "logo").ref, [A_PAPER, A_PAPER], hand)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TaskFile)) == 1
