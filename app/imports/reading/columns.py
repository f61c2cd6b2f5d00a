"""Which column a heading means: by its code, or by its label in any of our languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.core.i18n import LOCALES, _l, in_locale
from app.core.search import fold
from app.core.sentences import Several
from app.imports.importer import Column, Importer
from app.imports.reading.kinds import FileProblem

REASON = Column("import_reason", _l("What is wrong"), ignored=True)
"""The column that we add to wrong lines. It may come back, and is not read."""
IGNORED = "\0"
"""Keeps the place of a column that is not read, so that its cells are no text without a column."""


def headed(cells: Sequence[str], importer: Importer) -> list[str]:
    """The column of each place, "" where none is read.

    Raises:
        FileProblem: with everything that is wrong with the header, at once.
    """
    known = names_of(importer)
    codes = [known.get(heading(cell), "") if cell else "" for cell in cells]
    if not any(codes):
        raise FileProblem(
            _l(
                "The first line has to name the columns, and none of the names in it is known here: %(names)s",
                names=_listed(shortened(cell) for cell in cells if cell),
            )
        )
    ignored = {column.code for column in (*importer.columns, REASON) if column.ignored}
    labels = {column.code: column.label for column in importer.columns}
    said = []
    missing = [column.code for column in importer.columns if column.required and column.code not in codes]
    if missing:
        said.append(_l("These columns are missing: %(names)s.", names=_listed(labels[code] for code in missing)))
    unknown = [shortened(cell) for cell, code in zip(cells, codes, strict=True) if cell and not code]
    if unknown:
        said.append(
            _l(
                "These columns are not known here: %(names)s. Take them out, or name them as in the example.",
                names=_listed(unknown),
            )
        )
    twice = sorted({code for code in codes if code and code not in ignored and codes.count(code) > 1})
    if twice:
        said.append(
            _l("These columns stand there more than once: %(names)s.", names=_listed(labels[code] for code in twice))
        )
    if said:
        raise FileProblem(*said)
    return [IGNORED if code in ignored else code for code in codes]


def _listed(names: Iterable[object]) -> Several:
    """At most twenty; labels stay what they are, so that each reader has them in their own language."""
    each = list(names)
    return Several([*each[:20], "…"] if len(each) > 20 else each)


def names_of(importer: Importer) -> dict[str, str]:
    """Folded heading -> column: by its code, and by its label in every language."""
    known: dict[str, str] = {}
    for column in (*importer.columns, REASON):
        known[heading(column.code)] = column.code
    for locale in LOCALES:
        with in_locale(locale):
            for column in (*importer.columns, REASON):
                known.setdefault(heading(str(column.label)), column.code)
    return known


def heading(text: str) -> str:
    """Headings that look alike are alike: `Company_number`, `company number`."""
    return re.sub(r"[\s_\-:*.]+", " ", fold(text)).strip()


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
