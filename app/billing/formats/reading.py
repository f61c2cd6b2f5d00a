"""Reads an invoice document of whatever format: which one it is, its root element tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.billing.formats import cii, fa3, finvoice, ubl
from app.billing.formats.document import Document, NotReadable, Problem, opened
from app.billing.received import ReceivedInvoice
from app.core.i18n import _l

READERS: Mapping[str, Callable[[Document, str], ReceivedInvoice]] = MappingProxyType(
    {
        ubl.INVOICE: ubl.read,
        ubl.CREDIT_NOTE: ubl.read,
        fa3.ROOT: fa3.read,
        finvoice.ROOT: finvoice.read,
        cii.ROOT: cii.read,
    }
)
"""Root element -> who reads it."""

_OTHERS = (
    ("{http://crd.gov.pl/wzor/2023/06/29/12648/}", _l("This is an invoice of the old kind FA(2). Only FA(3) is read.")),
    (
        "{http://upo.schematy.mf.gov.pl/KSeF/",
        _l("This is the confirmation (UPO) of KSeF, not the invoice. Choose the invoice itself."),
    ),
    ("{urn:ferd:CrossIndustryDocument:", _l("This is an invoice of the old kind ZUGFeRD 1. Only CII D16B is read.")),
    ("{urn:oasis:names:specification:ubl:", _l("This is a UBL document, but neither an invoice nor a credit note.")),
    ("{urn:un:unece:uncefact:data:standard:CrossIndustry", _l("This is a CII document, but no invoice.")),
)


def read(content: bytes, filename: str = "") -> ReceivedInvoice:
    """The invoice or credit note that a document says. `filename` is looked at for a KSeF number, where it stands when
    the invoice was taken from KSeF.

    Raises:
        NotReadable: it cannot be read; `problems` say why.
    """
    document = opened(finvoice.without_frame(content))
    root = str(document.root.tag)
    reader = READERS.get(root)
    if reader is None and (inside := _inside(document)) is not None:
        return READERS[str(inside.root.tag)](inside, filename)
    if reader is None:
        for start, sentence in _OTHERS:
            if root.startswith(start):
                raise NotReadable([Problem("", sentence)])
        raise NotReadable(
            [Problem("", _l("This is no invoice of a kind that can be read: UBL 2.1, FA(3), Finvoice 3.0 or CII."))]
        )
    return reader(document, filename)


def _inside(document: Document) -> Document | None:
    """The invoice in an envelope, such as that of Peppol or one with the KSeF number; None when there is none.

    Raises:
        NotReadable: there are several.
    """
    found = list(document.root.iter(*READERS))
    if len(found) > 1:
        raise NotReadable([Problem("", _l("There are several invoices in this file. Send each in a file of its own."))])
    return Document(found[0]) if found else None
