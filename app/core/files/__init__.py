"""Files that people give us: known by their content, capped, pictures drawn anew, kept in the file store, and handed
out as attachments only.
"""

from app.core.files.drawing import PICTURES, Size, receive_drawn
from app.core.files.field import FileField
from app.core.files.received import (
    DOCX,
    EVIDENCE,
    JPEG,
    LIMIT,
    MAIL,
    MATERIAL,
    MP4,
    PDF,
    PIXELS,
    PNG,
    PPTX,
    TEXT,
    WEBP,
    XLSX,
    FileRefused,
    Received,
    kind_of,
    receive,
)
from app.core.files.storage import Folder, Store, attachment, keep, store

__all__ = [
    "DOCX",
    "EVIDENCE",
    "JPEG",
    "LIMIT",
    "MAIL",
    "MATERIAL",
    "MP4",
    "PDF",
    "PICTURES",
    "PIXELS",
    "PNG",
    "PPTX",
    "TEXT",
    "WEBP",
    "XLSX",
    "FileField",
    "FileRefused",
    "Folder",
    "Received",
    "Size",
    "Store",
    "attachment",
    "keep",
    "kind_of",
    "receive",
    "receive_drawn",
    "store",
]
