"""What manuals add to the pages of a product."""

from __future__ import annotations

from app.integrations.models import Product
from app.integrations.parts import PRODUCT_IN_PANEL, Made
from app.manuals.queries import intakes


def in_panel(product: Product) -> Made:
    """How far the intake is, with the way to it."""
    held = intakes.of_product(product.id)
    return "manuals/panel_product_part.html", {"overview": intakes.overview(product.languages, held), "intake": held}


PRODUCT_IN_PANEL.append(in_panel)
