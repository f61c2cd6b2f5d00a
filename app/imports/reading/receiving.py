"""Taking a file that somebody sends: what it is, told by its content alone."""

from __future__ import annotations

import re

from werkzeug.datastructures import FileStorage

from app.core.files import JPEG, LIMIT, PDF, PNG, XLSX, FileRefused, Received, kind_of
from app.core.i18n import _l
from app.imports.importer import Importer
from app.imports.reading.archives import names_in
from app.imports.reading.csv_text import text_of
from app.imports.reading.kinds import CSV, TABLES_ONLY, XML, ZIP, FileProblem

_TOO_LARGE = _l(
    "This file is larger than 10 MB. Split it into several files, each with the line of column names, and import them"
    " one after another."
)
_DOCUMENTS_TOO = _l("Files of this kind cannot be read. Choose XML documents, a ZIP archive of them, or a table.")


def receive(sent: FileStorage, importer: Importer) -> Received:
    """A file that may be imported, told by its content.

    Raises:
        FileRefused: empty, too large, or of a kind that cannot be read.
    """
    content = sent.stream.read(LIMIT + 1)
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise FileRefused(_l("This file is empty. Choose another one."))
    if len(content) > LIMIT:
        raise FileRefused(_TOO_LARGE)
    kind = _kind(content, importer)
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", re.split(r"[/\\]", sent.filename or "")[-1])
    name = "".join(sign for sign in stem if sign.isprintable()).strip(" .")[:150] or "file"
    return Received(name + {CSV: ".csv", XLSX: ".xlsx", XML: ".xml", ZIP: ".zip"}[kind], kind, content)


def _kind(content: bytes, importer: Importer) -> str:
    refused = FileRefused(_DOCUMENTS_TOO if importer.documents else TABLES_ONLY)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(_l("This is a workbook of an old kind (.xls). Save it as .xlsx or CSV and send that file."))
    if content.startswith(b"PK"):
        if kind_of(content) == XLSX:
            return XLSX
        if importer.documents and names_in(content):
            return ZIP
        if b"vbaProject.bin" in content:
            raise FileRefused(_l("Workbooks with macros cannot be taken. Save it as .xlsx and send that file."))
        raise refused
    if kind_of(content) in (PDF, PNG, JPEG):
        raise refused
    if _is_xml(content):
        if importer.documents:
            return XML
        raise refused
    try:
        text_of(content, "en")
    except FileProblem:
        raise refused from None
    return CSV


def _is_xml(content: bytes) -> bool:
    head = content[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith((b"<?xml", b"<!--")) or re.match(rb"<[A-Za-z]", head) is not None
