"""The form of a product, for the software partner and for staff."""

from __future__ import annotations

from app.core.forms import BaseForm, ChoiceField, HiddenField, MultiChoice, Optional, Required, TextField, UrlField
from app.core.i18n import LOCALES, NAMES, _l
from app.integrations.models import Product
from app.integrations.service.products import ProductDetails
from app.integrations.words import SELLS


class ProductForm(BaseForm):
    """Name, what it is, website, and the languages in which the texts come."""

    version = HiddenField()
    name = TextField(_l("Name of the product"), [Required(_l("Enter the name of the product"))], limit=120)
    sells = MultiChoice(
        _l("What it is"),
        [Required(_l("Choose point of sale, webshop, or both"))],
        choices=list(SELLS.items()),
        hint=_l("One or both."),
    )
    website = UrlField(_l("Website"), [Optional()])
    language = ChoiceField(
        _l("Language in which the texts are written"),
        [Required(_l("Choose the language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
    )
    further = MultiChoice(
        _l("Further languages"),
        [Optional()],
        choices=[(code, NAMES[code]) for code in LOCALES],
        hint=_l("In which the texts can come too, now or later."),
    )

    @classmethod
    def of(cls, product: Product) -> ProductForm:
        return cls(
            data={
                "version": str(product.version),
                "name": product.name,
                "sells": product.sells,
                "website": product.website or "",
                "language": next(iter(product.languages), ""),
                "further": product.languages[1:],
            }
        )

    def to_details(self) -> ProductDetails:
        own = self.language.data
        return ProductDetails(
            self.name.data,
            tuple(self.sells.data),
            self.website.data or "",
            (own, *(code for code in self.further.data if code != own)),
        )
