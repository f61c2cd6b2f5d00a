"""What holds for every importer: its headings are clear in every language, and its example can be read."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.i18n import LOCALES, in_locale
from app.imports import registry
from app.imports.importer import Importer
from app.imports.reading import CSV, REASON, heading, open_file
from tests.imports.sentences import csv_of

pytestmark = pytest.mark.usefixtures("context")


CODES = (
    "addresses",
    "accounts",
    "applications",
    "billing-details",
    "invoices",
    "leads",
    "packages",
    "resellers",
    "service-partners",
    "services",
    "staff",
)


@pytest.fixture(params=CODES)
def importer(request: pytest.FixtureRequest, app: Flask) -> Importer:
    return registry.of_code(str(request.param))


def test_every_importer_is_tested_here(app: Flask) -> None:
    assert {importer.code for importer in registry.everything()} == set(CODES)


def test_no_heading_could_mean_two_columns(importer: Importer) -> None:
    meant: dict[str, set[str]] = {}
    for column in (*importer.columns, REASON):
        meant.setdefault(heading(column.code), set()).add(column.code)
        for locale in LOCALES:
            with in_locale(locale):
                meant.setdefault(heading(str(column.label)), set()).add(column.code)
    assert {word: codes for word, codes in meant.items() if len(codes) > 1} == {}


def test_the_example_is_read_in_every_language(importer: Importer) -> None:
    read = [column for column in importer.columns if not column.ignored]
    for locale in LOCALES:
        with in_locale(locale):
            file = csv_of([{str(column.label): column.example for column in read}])
            reading = open_file(file, CSV, importer, locale)
            assert reading.columns == [column.code for column in read]
            (line,) = list(reading)
            assert not line.faults
