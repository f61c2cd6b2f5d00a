"""Pictures of a product, such as screenshots and its logo: received, drawn anew, found again, and named in pages (S4).

A text names a picture as `![alternative text](picture:PI-...)`; what a page or a version needs to show it is reckoned
here, from its rows (`images`) or from what a version says of it (`images_of_facts`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import FileStorage

from app.core.clock import now
from app.core.db import db, lock_named, write
from app.core.errors import NotFound
from app.core.files import FileRefused, receive_drawn
from app.core.i18n import _l
from app.core.markdown import Image
from app.documents.service import keep_upload
from app.history import words
from app.history.service import record
from app.integrations.models import Integration, Product
from app.manuals.models import Picture, PictureSize, Publication, PublicationVersion
from app.people.models import Person

WIDTHS = (480, 960, 1600)
MOST = 300
"""Pictures that one product may have."""

words.name({"picture.received": _l("Picture received")})


def receive_picture(sent: FileStorage, product: Product, by: Person) -> Picture:
    """Keeps a picture, drawn anew, in a `write()` of its own: call it before the one that names the picture. The same
    picture sent twice is one.

    Raises:
        FileRefused: it cannot be taken; `message` says why, for the person.
    """
    sizes = receive_drawn(sent, WIDTHS)
    largest = sizes[-1]
    digest = largest.file.sha256
    if (known := _known(product, digest)) is not None:
        return known
    uploads = [keep_upload(size.file, by) for size in sizes]
    with write():
        lock_named(f"pictures:{product.id}")
        if (known := _known(product, digest)) is not None:
            return known
        count = db.session.scalar(sa.select(sa.func.count()).where(Picture.product_id == product.id)) or 0
        if count >= MOST:
            raise FileRefused(_l("This product has 300 pictures already, and can have no more."))
        picture = Picture(
            product_id=product.id,
            width=largest.width,
            height=largest.height,
            sha256=digest,
            filename=largest.file.filename,
            uploaded_by_id=by.id,
            created_at=now(),
            sizes=[
                PictureSize(width=size.width, height=size.height, upload=upload)
                for size, upload in zip(sizes, uploads, strict=True)
            ],
        )
        db.session.add(picture)
        db.session.flush()
        record(picture, "picture.received", by, {"filename": (None, picture.filename)})
    return picture


def _known(product: Product, digest: str) -> Picture | None:
    return db.session.scalar(_whole().where(Picture.product_id == product.id, Picture.sha256 == digest).limit(1))


def _whole() -> sa.Select[Picture]:
    return sa.select(Picture).options(selectinload(Picture.sizes))


# --- finding them -----------------------------------------------------------------------------------------------------


def pictures_of(product: Product, refs: Collection[str] | None = None) -> list[Picture]:
    """The product's pictures, the latest first; of all or of these references those that there are."""
    query = _whole().where(Picture.product_id == product.id).order_by(Picture.id.desc())
    return list(db.session.scalars(query if refs is None else query.where(Picture.ref.in_(refs))))


def size(ref: str, width: int) -> PictureSize:
    """One width of a picture, with picture, product and file.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(
        sa.select(PictureSize)
        .join(PictureSize.picture)
        .where(Picture.ref == ref, PictureSize.width == width)
        .options(joinedload(PictureSize.picture).joinedload(Picture.product), joinedload(PictureSize.upload))
    )
    if found is None:
        raise NotFound
    return found


def is_out(picture: Picture) -> bool:
    """Whether it stands in a publication that the world sees now."""
    named = f'%"{picture.ref}"%'
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists()
                .where(Integration.product_id == picture.product_id)
                .where(Publication.integration_id == Integration.id, Publication.live_number.is_not(None))
                .where(PublicationVersion.publication_id == Publication.id)
                .where(PublicationVersion.number == Publication.live_number)
                .where(sa.cast(PublicationVersion.facts, sa.Text).like(named))
            )
        )
    )


# --- naming them in pages ---------------------------------------------------------------------------------------------


def url_of(picture: Picture, width: int = WIDTHS[1]) -> str:
    """The address of the narrowest size that is at least so wide, else of the widest."""
    return _url(picture.ref, _fitting([size.width for size in picture.sizes], width))


def image(picture: Picture) -> Image:
    """What a page needs to show it."""
    return _image(picture.ref, picture.width, picture.height, [size.width for size in picture.sizes])


def images(pictures: Iterable[Picture]) -> dict[str, Image]:
    """By reference, for `core.markdown.render(text, pictures=...)`."""
    return {picture.ref: image(picture) for picture in pictures}


def facts_of(pictures: Iterable[Picture]) -> dict[str, dict[str, Any]]:
    """What a version says of its pictures, as `facts["pictures"]`. Only pictures that stand there are shown to the
    world."""
    return {
        picture.ref: {
            "width": picture.width,
            "height": picture.height,
            "widths": [size.width for size in picture.sizes],
        }
        for picture in pictures
    }


def images_of_facts(facts: Mapping[str, Any]) -> dict[str, Image]:
    """As `images`, from what a version says."""
    return {
        ref: _image(ref, told["width"], told["height"], told["widths"])
        for ref, told in (facts.get("pictures") or {}).items()
    }


def _image(ref: str, width: int, height: int, widths: Sequence[int]) -> Image:
    return Image(
        src=_url(ref, _fitting(widths, WIDTHS[1])),
        srcset=", ".join(f"{_url(ref, wide)} {wide}w" for wide in widths),
        width=width,
        height=height,
    )


def _fitting(widths: Sequence[int], wanted: int) -> int:
    return min((width for width in widths if width >= wanted), default=max(widths))


def _url(ref: str, width: int) -> str:
    """Written here, not built: texts are also drawn where no request is."""
    return f"/pictures/{ref}-{width}.webp"
