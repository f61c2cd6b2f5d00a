"""Forms of a category: its texts in one language, and its hostname."""

from __future__ import annotations

from urllib.parse import urlsplit

from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.forms import BaseForm, Control, HiddenField, NoteField, Optional, Required, TextField
from app.core.i18n import _, _l
from app.core.identifiers import Invalid
from app.directory import hostnames
from app.directory.defaults import PARTS
from app.directory.models import Category
from app.directory.queries.categories import texts_in
from app.directory.service.categories import digest


class HostnameField(Control):
    """A name such as tills.example, in ASCII; a whole address is cut down to it."""

    inputmode = "url"
    autocomplete = "off"
    spellcheck = False
    data: str

    def settle(self) -> None:
        try:
            address = urlsplit(identifiers.normalise_website(self.data))
        except Invalid as error:
            raise StopValidation(_("Enter a hostname, such as tills.example")) from error
        host = hostnames.bare(address.hostname or "")
        if address.port or address.path.strip("/") or address.query or not hostnames.is_hostname(host):
            raise StopValidation(_("Enter a hostname alone, such as tills.example"))
        self.data = host


class HostnameForm(BaseForm):
    version = HiddenField()
    hostname = HostnameField(
        _l("Hostname"),
        [Optional()],
        hint=_l("For example tills.example. Its DNS entry and certificate have to lead to this application."),
        width="m",
    )

    @classmethod
    def of(cls, category: Category | None) -> HostnameForm:
        version, hostname = (category.version, category.hostname or "") if category else (0, "")
        return cls(data={"version": str(version), "hostname": hostname})


class CategoryTextForm(BaseForm):
    """What a category says of itself in one language."""

    base = HiddenField()
    title = TextField(_l("Title"), [Required(_l("Enter the title"))], limit=120)
    summary = NoteField(
        _l("In short"), [Required(_l("Enter a sentence"))], limit=300, rows=2, hint=_l("Search engines show it too.")
    )
    body = NoteField(
        _l("Text below the list"),
        [Optional()],
        limit=20_000,
        rows=10,
        hint=_l("Markdown: # heading, - list, 1. numbered list, **strong**. HTML is not possible."),
    )

    @classmethod
    def of(cls, code: str, category: Category | None, locale: str) -> CategoryTextForm:
        texts = texts_in(code, category, locale)
        return cls(data={**texts, "base": digest(texts)})

    def to_details(self) -> dict[str, str]:
        return {part: self[part].data or "" for part in PARTS}
