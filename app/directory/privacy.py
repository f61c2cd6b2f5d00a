"""What is held about people in the directory: nothing but words of the vendor's own, in which somebody may be named."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, are
from app.directory.models import Category, Faq

_DIRECTORY = Kind(
    "directory",
    _l("Texts of the public directory"),
    _l("To tell everybody which integrations there are: our legitimate interest."),
    _l("As long as the category or the integration exists."),
)

HOLDINGS = (
    Holding(Faq, _DIRECTORY, {**are(Is.CODE, "ref", "category"), "texts": Is.TEXT}),
    Holding(Category, _DIRECTORY, {**are(Is.CODE, "code", "slug", "hostname"), "texts": Is.TEXT}),
)
