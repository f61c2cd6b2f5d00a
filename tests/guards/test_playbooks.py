"""Every playbook that is shipped is right, in five languages, and is what its own export says."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.i18n import LOCALES
from app.playbooks import rules, schema, shelf


@pytest.mark.parametrize("file", shelf.files(), ids=lambda file: file.stem)
def test_a_shipped_playbook_is_right(file: Path) -> None:
    outline = schema.read(file.read_bytes(), file.name)
    assert outline.code == file.stem, "the file is found by its code"
    assert schema.read(schema.write(outline)) == outline


@pytest.mark.parametrize("file", shelf.files(), ids=lambda file: file.stem)
def test_its_words_are_other_words_in_each_language(file: Path) -> None:
    """A text that was copied instead of translated is long and no example, as hints hold them."""
    outline = schema.read(file.read_bytes(), file.name)
    copied = [
        (path, locale)
        for path, name, text in rules.words_of(outline)
        for locale in LOCALES[1:]
        if name != "hint" and len(text["en"].split()) > 4 and text[locale] == text["en"]
    ]
    assert copied == []
