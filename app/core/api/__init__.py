"""The API's kernel: doors for programs, which hold JSON to the same forms as people's pages and answer with shapes.

`docs/recipes/api.md` shows how a feature gets a room `api.py`.
"""

from app.core.api.answers import asked_page, changes_page, listing, of_version, seen, shown
from app.core.api.door import Creation, Door, Operation
from app.core.api.problems import Invalid, PreconditionFailed, PreconditionRequired, Unauthorised
from app.core.api.sent import asked, edited, taken
from app.core.api.shapes import Amount, ChangesForm, ListForm, Moment, MomentField, Shape

__all__ = [
    "Amount",
    "ChangesForm",
    "Creation",
    "Door",
    "Invalid",
    "ListForm",
    "Moment",
    "MomentField",
    "Operation",
    "PreconditionFailed",
    "PreconditionRequired",
    "Shape",
    "Unauthorised",
    "asked",
    "asked_page",
    "changes_page",
    "edited",
    "listing",
    "of_version",
    "seen",
    "shown",
    "taken",
]
