"""The form of a technical link: what it is, where it leads, and its words by language."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.forms import (
    BaseForm,
    Control,
    HiddenField,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import LOCALES, NAMES, _, _l
from app.core.identifiers import Invalid
from app.integrations.models import TechnicalLink
from app.integrations.service.links import LinkDetails
from app.integrations.words import LINK_KINDS


class AddressField(Control):
    """A web address, an e-mail address (mailto:) or a phone number (tel:), in its canonical form."""

    inputmode = "url"
    autocomplete = "off"
    spellcheck = False
    data: str

    def settle(self) -> None:
        kind, colon, rest = self.data.partition(":")
        match kind.lower() if colon else "":
            case "mailto":
                self.data = f"mailto:{identifiers.normalise_email(rest.strip())}"
            case "tel":
                number = re.sub(r"[\s().\-]", "", identifiers.plain_digits(rest))
                if not re.fullmatch(r"\+[0-9]{5,17}", number):
                    raise StopValidation(
                        _("Enter the phone number with its country code, for example tel:+48221234567")
                    )
                self.data = f"tel:{number}"
            case _other:
                self.data = _secure(self.data)


def _secure(typed: str) -> str:
    try:
        address = identifiers.normalise_website(typed)
    except Invalid as error:
        raise StopValidation(error.message) from error
    if not address.startswith("https://"):
        raise StopValidation(_("Enter an address that begins with https://, mailto: or tel:"))
    return address


class LinkForm(BaseForm):
    """A title is needed in English; where another language has none, the English one is shown."""

    version = HiddenField()
    kind = RadioChoice(_l("What it is"), [Required(_l("Choose what it is"))], choices=list(LINK_KINDS.items()))
    url = AddressField(
        _l("Address"),
        [Required(_l("Enter the address"))],
        hint=_l("It begins with https://, mailto: for an e-mail address or tel: for a phone number."),
    )
    is_public = TickField(
        _l("Shown to everybody, before they register"), hint=_l("Otherwise only software partners see it.")
    )
    title_en = TextField(NAMES["en"], [Required(_l("Enter the title in English"))], limit=120)
    title_nl = TextField(NAMES["nl"], [Optional()], limit=120)
    title_pl = TextField(NAMES["pl"], [Optional()], limit=120)
    title_fi = TextField(NAMES["fi"], [Optional()], limit=120)
    title_fr = TextField(NAMES["fr"], [Optional()], limit=120)
    note_en = NoteField(NAMES["en"], [Optional()], limit=500, rows=2)
    note_nl = NoteField(NAMES["nl"], [Optional()], limit=500, rows=2)
    note_pl = NoteField(NAMES["pl"], [Optional()], limit=500, rows=2)
    note_fi = NoteField(NAMES["fi"], [Optional()], limit=500, rows=2)
    note_fr = NoteField(NAMES["fr"], [Optional()], limit=500, rows=2)

    @property
    def titles(self) -> list[tuple[str, Any]]:
        return [(code, self[f"title_{code}"]) for code in LOCALES]

    @property
    def notes(self) -> list[tuple[str, Any]]:
        return [(code, self[f"note_{code}"]) for code in LOCALES]

    @classmethod
    def of(cls, link: TechnicalLink) -> LinkForm:
        data: dict[str, Any] = {"kind": link.kind, "url": link.url, "is_public": link.is_public}
        data["version"] = str(link.version)
        for code in LOCALES:
            data[f"title_{code}"] = link.titles.get(code, "")
            data[f"note_{code}"] = link.notes.get(code, "")
        return cls(data=data)

    def to_details(self) -> LinkDetails:
        return LinkDetails(
            self.kind.data,
            {code: field.data for code, field in self.titles if field.data},
            {code: field.data for code, field in self.notes if field.data},
            self.url.data,
            bool(self.is_public.data),
        )
