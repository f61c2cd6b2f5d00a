"""Drafts: begun from what was supplied, edited by several, brought up to date (S4)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.core.errors import NotFound
from app.history.service import entries_of
from app.manuals.models import Publication, PublicationKind
from app.manuals.queries import publications as queries
from app.manuals.service import drafting
from app.manuals.service.drafting import BothChanged, DraftMovedOn, Edited, part_digest, parts_of
from tests.manuals.published import a_supplied_integration, again, an_editor, begun, resupplied

pytestmark = pytest.mark.usefixtures("context")


def opened(publication: Publication, locale: str = "en") -> tuple[dict[str, Any], dict[str, str]]:
    """What an editor's form is filled with, and what it says it has seen."""
    content = copy.deepcopy(queries.draft_of(again(publication), locale).content)
    return content, {name: part_digest(text) for name, text in parts_of(content).items()}


def changed(content: dict[str, Any], code: str, body: str) -> dict[str, Any]:
    content = copy.deepcopy(content)
    next(one for one in content["chapters"] if one["code"] == code)["body"] = body
    return content


def body(publication: Publication, code: str, locale: str = "en") -> str:
    return parts_of(queries.draft_of(again(publication), locale).content)[code]


def test_both_are_begun_in_every_language_of_the_product_and_only_once() -> None:
    integration, editor = a_supplied_integration(("fi", "en")), an_editor()
    first = drafting.begin(integration.id, editor)
    second = drafting.begin(integration.id, editor)
    assert {kind: one.id for kind, one in first.items()} == {kind: one.id for kind, one in second.items()}
    manual = again(first[PublicationKind.MANUAL])
    assert [draft.locale for draft in manual.drafts] == ["fi", "en"]
    assert "Open the settings (fi)." in body(manual, "find_key", "fi")


def test_a_further_language_is_added_once() -> None:
    manual, editor = begun(), an_editor()
    drafting.add_language(manual.id, "fr", editor)
    drafting.add_language(manual.id, "fr", editor)
    assert [draft.locale for draft in again(manual).drafts] == ["en", "fr"]
    with pytest.raises(NotFound):
        drafting.add_language(manual.id, "xx", editor)


def test_what_is_saved_again_unchanged_leaves_no_trace() -> None:
    manual, editor = begun(), an_editor()
    content, seen = opened(manual)
    assert drafting.save(manual.id, "en", Edited(content, seen), editor) is False
    assert [entry.verb for entry in entries_of(manual)] == ["publication.begun"]


def test_two_editors_in_two_chapters_lose_nothing() -> None:
    manual, anna, ben = begun(), an_editor(), an_editor()
    content, seen = opened(manual)
    drafting.save(manual.id, "en", Edited(changed(content, "help", "Ask Anna."), seen), anna)
    drafting.save(manual.id, "en", Edited(changed(content, "limits", "None, says Ben."), seen), ben)
    assert body(manual, "help") == "Ask Anna."
    assert body(manual, "limits") == "None, says Ben."
    values = entries_of(again(manual))[0].values
    assert [(value.field, value.new) for value in values] == [("limits:en", "None, says Ben.")]


def test_the_later_of_two_in_one_chapter_is_shown_both_texts() -> None:
    manual, anna, ben = begun(), an_editor(), an_editor()
    content, seen = opened(manual)
    drafting.save(manual.id, "en", Edited(changed(content, "help", "Ask Anna."), seen), anna)
    mine = changed(changed(content, "help", "Ask Ben."), "limits", "None.")
    with pytest.raises(BothChanged) as refused:
        drafting.save(manual.id, "en", Edited(mine, seen), ben)
    assert dict(refused.value.parts) == {"help": "Ask Anna."}
    assert body(manual, "limits") != "None.", "a refused save keeps nothing back"
    seen["help"] = part_digest("Ask Anna.")
    assert drafting.save(manual.id, "en", Edited(mine, seen), ben)
    assert body(manual, "help") == "Ask Ben."
    assert body(manual, "limits") == "None."


def test_the_same_words_from_both_are_no_conflict() -> None:
    manual, anna, ben = begun(), an_editor(), an_editor()
    content, seen = opened(manual)
    both = Edited(changed(content, "help", "Ask us."), seen)
    assert drafting.save(manual.id, "en", both, anna)
    assert drafting.save(manual.id, "en", both, ben) is False


def test_requirements_of_a_page_are_one_part() -> None:
    page, editor = begun(kind=PublicationKind.PAGE), an_editor()
    content, seen = opened(page)
    content["requirements"].append({"question": "Is it Monday?", "help": "Any day will do."})
    drafting.save(page.id, "en", Edited(content, seen), editor)
    stored = queries.draft_of(again(page), "en").content
    assert stored["requirements"][-1] == {"question": "Is it Monday?", "help": "Any day will do."}


def test_a_changed_source_is_told_and_taken_over_by_choice() -> None:
    from app.integrations.models import Product
    from app.manuals import composing
    from app.manuals.queries import intakes

    manual, editor = begun(), an_editor()
    content, seen = opened(manual)
    drafting.save(manual.id, "en", Edited(changed(content, "limits", "Our own words."), seen), editor)
    product = again(manual).integration.product
    assert isinstance(product, Product)
    intake = intakes.of_product(product.id)
    assert intake is not None
    resupplied(intake, "limits", "en", {"text": "Many limits.", "none": False})
    resupplied(intake, "faq", "en", {"items": [{"id": "q", "question": "New?", "answer": "Yes."}]})
    manual = again(manual)
    draft, source = queries.draft_of(manual, "en"), queries.source_of(manual.integration)
    assert composing.behind(PublicationKind.MANUAL, draft.content, source, "en") == ["limits", "faq"]
    assert body(manual, "limits") == "Our own words.", "nothing is taken over by itself"
    with pytest.raises(DraftMovedOn):
        drafting.take_over(manual.id, "en", ["faq"], draft.version - 1, editor)
    assert drafting.take_over(manual.id, "en", ["faq", "-limits"], draft.version, editor)
    assert "### New?" in body(manual, "faq")
    assert body(manual, "limits") == "Our own words."
    manual = again(manual)
    left = composing.behind(PublicationKind.MANUAL, queries.draft_of(manual, "en").content, source, "en")
    assert left == [], "the editor has seen the change of the other chapter, too"


def test_what_nobody_handed_in_again_is_not_in_the_source() -> None:
    from app.core.db import db, write
    from app.manuals.queries import intakes
    from tests.manuals.published import section_of

    manual = begun()
    intake = intakes.of_product(manual.integration.product_id)
    assert intake is not None
    with write():
        db.session.merge(section_of(intake, "limits", "en")).content = {"text": "Half a", "none": False}
    source = queries.source_of(queries.integration(manual.integration_id))
    assert source.section("limits", "en")["text"] == "No refunds (en)."  # type: ignore[arg-type]
    typed = queries.source_of(queries.integration(manual.integration_id), typed=True)
    assert typed.section("limits", "en")["text"] == "Half a"  # type: ignore[arg-type]
