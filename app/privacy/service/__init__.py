"""What is held about a person, giving it to them, and erasing it; what goes by itself with time."""

from app.core.i18n import _l
from app.history import words
from app.privacy.service.erasing import CannotErase, begin_erasure, erase, erased, erased_before, look
from app.privacy.service.exporting import export

words.name(
    {
        "person.erasure_begun": _l("The erasure of a person began"),
        "person.erased": _l("A person was erased"),
        "person.exported": _l("A person's data were exported"),
        "retention.erased": _l("Old data were erased"),
        "retention.period_changed": _l("How long data are kept was changed"),
    }
)

__all__ = ["CannotErase", "begin_erasure", "erase", "erased", "erased_before", "export", "look"]
