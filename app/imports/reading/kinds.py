"""What kinds of files are taken, how much of them, and what is said when one cannot be read."""

from __future__ import annotations

from typing import Any

from app.core.i18n import _l

CSV, XML, ZIP = "text/csv", "application/xml", "application/zip"
UNPACKED = 128 * 1024 * 1024
"""Bytes that a workbook or archive may hold: a full one of 10 MB has half of that, a bomb a thousand times."""
MOST_COLUMNS = 200
TABLES_ONLY = _l("Files of this kind cannot be read as a table. Save it as CSV or as an Excel workbook (.xlsx).")


class FileProblem(Exception):
    """The file as a whole cannot be read; `messages` are sentences of `_l` that say why and what to do."""

    def __init__(self, *messages: Any) -> None:
        super().__init__("file problem")
        self.messages = messages
