"""Lists as files, CSV and Excel, that spreadsheet programs open rightly and that cannot smuggle formulas into them.

CSV: semicolons, a byte order mark and CRLF: Excel reads a CSV file by the regional settings of Windows, and those of
Poland, the Netherlands, Finland, Belgium and France all separate with semicolons and write decimals with a comma;
without the mark it takes UTF-8 for the old Windows code page and breaks every ł, ż, ä and é. Programs that read such
files by themselves find the separator in the first line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any
from urllib.parse import quote, urlencode

from anyascii import anyascii
from flask import Flask, Response, request, stream_with_context, url_for

from app.core.i18n import here
from app.core.workbook import MIMETYPE, workbook

FORMATS = ("csv", "xlsx")
BOM = "\ufeff"
_CHUNK = 100  # rows at a time: few steps for the server, little memory

# What spreadsheet programs take for a formula, full-width signs included. An apostrophe that people typed in front of
# such a sign gets a second one, so that taking one away always gives back what was there.
_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
# Phone numbers and plain numbers begin with + or - too; digits and blanks alone cannot do any harm.
_NUMBER = re.compile(r"[+\-]?[0-9][0-9 \u00a0\u202f().,/\-]*")


def table_response(format: str, filename_stem: str, header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Response:
    """A table as a download, `csv` or `xlsx`, written while it is read.

    Give dates, Decimals (amounts) and integers as they are: in a workbook they become cells of their kind, in CSV
    2026-03-09 and a decimal comma. Numbers that are names (company numbers, phones) are given as text and stay text,
    with their leading zeros. Moments are put into the vendor's time zone; None is an empty cell. The first rows are
    fetched at once, so that a query that fails still answers with an error page. `filename_stem` has no ending.
    """
    local = ([_local(value) for value in row] for row in rows)
    titles = [str(title) for title in header]
    if format == "xlsx":
        # A list is named "leads" in the middle of a sentence, and its sheet "Leads".
        chunks, mimetype = workbook(filename_stem[:1].upper() + filename_stem[1:], titles, local), MIMETYPE
    else:
        chunks, mimetype = _csv(titles, local), "text/csv"
    first = next(chunks)
    response = Response(stream_with_context(chain([first], chunks)), mimetype=mimetype)
    response.headers["Content-Disposition"] = _attachment(filename_stem, format)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _local(value: Any) -> Any:
    return here(value).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def _csv(header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    mark = BOM
    for chunk in _chunks(chain([header], rows)):
        yield (mark + chunk).encode()
        mark = ""


def _chunks(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    each = iter(rows)
    while batch := list(islice(each, _CHUNK)):
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
            [cell(value) for value in row] for row in batch
        )
        yield text.getvalue()


def cell(value: Any) -> str:
    """One value as it stands in the file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)), "f").replace(".", ",")
    return defused(str(value))


def defused(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula.

    `+48 22 123 45 67` and `-5` stay as they are.
    """
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def bared(text: str) -> str:
    """What `defused` was given: a file of ours that comes back is read as it was before it went out."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _attachment(stem: str, ending: str) -> str:
    """A file name without folders, quotes or controls; the plain one for old programs, the full one for the others."""
    stem = "".join(sign for sign in re.split(r"[/\\]", stem)[-1] if sign.isprintable()).strip(" .") or "table"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "", anyascii(stem)).strip(" .") or "table"
    if plain == stem:
        return f'attachment; filename="{plain}.{ending}"'
    full = quote(stem.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{full}.{ending}"


def file_url(endpoint: str, format: str, **values: Any) -> str:
    """The address of the list on this page as a file, narrowed as the page is."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if value and name != "cursor"]
    return url_for(endpoint, format=format, **values) + (f"?{urlencode(kept)}" if kept else "")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["file_url"] = file_url
