"""Forms of a package: what it is, and its texts in one language."""

from __future__ import annotations

from app.core.forms import (
    BaseForm,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    RadioChoice,
    Required,
    TextField,
    TickField,
    UrlField,
)
from app.core.i18n import _l
from app.integrations.models import Package
from app.integrations.service.packages import PARTS, PackageDetails, digest, texts_in
from app.integrations.words import PACKAGE_KINDS, PASSED_ON

_MARKDOWN = _l("Markdown: # heading, - list, 1. numbered list, **strong**. HTML is not possible.")


class PackageForm(BaseForm):
    """What a package is and what it can take."""

    version = HiddenField()
    name = TextField(_l("Name of the package"), [Required(_l("Enter the name of the package"))], limit=120)
    kind = RadioChoice(_l("Kind"), [Required(_l("Choose the kind of package"))], choices=list(PACKAGE_KINDS.items()))
    website = UrlField(_l("Website"), [Optional()])
    passes = MultiChoice(
        _l("What it can take"),
        [Required(_l("Choose at least one"))],
        choices=list(PASSED_ON.items()),
        hint=_l("A software partner can pass on these and nothing else."),
    )
    offered = TickField(
        _l("Software partners can choose it"), hint=_l("Integrations that are there stay, also when they cannot.")
    )

    @classmethod
    def of(cls, package: Package) -> PackageForm:
        data = {name: getattr(package, name) for name in ("name", "kind", "website", "passes", "offered")}
        return cls(data={**data, "version": str(package.version)})

    def to_details(self) -> PackageDetails:
        return PackageDetails(
            self.name.data, self.kind.data, self.website.data or "", tuple(self.passes.data), bool(self.offered.data)
        )


class PackageTextForm(BaseForm):
    """The texts of a package in one language; every manual for this package is composed with them."""

    base = HiddenField()
    summary = NoteField(
        _l("In short"), [Optional()], limit=1_000, rows=3, hint=_l("One or two sentences about the package.")
    )
    before = NoteField(
        _l("Before you begin"),
        [Optional()],
        limit=20_000,
        rows=8,
        hint=_l("What a shop needs in the package before it connects, such as a subscription or a right."),
    )
    connect = NoteField(_l("How to connect"), [Optional()], limit=20_000, rows=12, hint=_MARKDOWN)

    @classmethod
    def of(cls, package: Package, locale: str) -> PackageTextForm:
        return cls(data={**texts_in(package, locale), "base": digest(package, locale)})

    def to_details(self) -> dict[str, str]:
        return {part: self[part].data or "" for part in PARTS}
