"""Taking lines out of a file: CSV however it was saved, Excel workbooks, and archives of documents.

Nothing is believed about a file but its content, and whatever cannot be read for certain is said instead of guessed: a
file that is wrong as a whole raises `FileProblem`, a line that is wrong by itself carries its faults.
"""

from app.imports.reading.archives import document, together
from app.imports.reading.columns import REASON, heading
from app.imports.reading.kinds import CSV, XML, ZIP, FileProblem
from app.imports.reading.lines import Reading, ReadLine, open_file
from app.imports.reading.receiving import receive

__all__ = [
    "CSV",
    "REASON",
    "XML",
    "ZIP",
    "FileProblem",
    "ReadLine",
    "Reading",
    "document",
    "heading",
    "open_file",
    "receive",
    "together",
]
