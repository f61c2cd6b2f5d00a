"""Invoice documents: bytes in, a `ReceivedInvoice` out, or sentences that say what is wrong and where.

Readers are pure: they know neither database nor request, and never reach outside the bytes they are given. Which one
reads a document is told by the root element, see docs/recipes/invoice-format.md.
"""

from app.billing.formats.document import NotReadable, Problem
from app.billing.formats.reading import read

__all__ = ["NotReadable", "Problem", "read"]
