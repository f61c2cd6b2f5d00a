"""Names in addresses: of products, whose slug never changes."""

from __future__ import annotations

import re

import sqlalchemy as sa

from app.core.db import db, lock_named
from app.core.search import fold
from app.integrations.models import Product

LONGEST = 80


def free_slug(name: str) -> str:
    """A slug for a new product of this name that no product has, inside a `write()`."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[: LONGEST - 5].strip("-") or "product"
    lock_named("product-slugs")
    taken = set(
        db.session.scalars(
            sa.select(Product.slug).where(sa.or_(Product.slug == plain, Product.slug.like(f"{plain}-%")))
        )
    )
    number = 1
    while (slug := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return slug
