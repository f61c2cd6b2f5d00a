"""What a personal link looks like outside: its whole address, and the QR code that leads there."""

from __future__ import annotations

import io
from urllib.parse import quote

import segno
from flask import current_app

from app.partners.models import PersonalLink


def path_of(link: PersonalLink) -> str:
    """The path at which the link answers: `/r/<slug>`, or an imported one exactly as it is in circulation."""
    return f"/{quote(link.slug)}" if link.is_alias else f"/r/{quote(link.slug)}"


def address_of(link: PersonalLink) -> str:
    """The whole address, to be given out."""
    return f"{current_app.config['GANGWAY'].public_url}{path_of(link)}"


def qr_svg(link: PersonalLink) -> bytes:
    """The address as a QR code that prints at any size. Always dark on white, so that every scanner reads it."""
    out = io.BytesIO()
    _code(link).save(out, kind="svg", border=4, scale=8, dark="#000", light="#fff", omitsize=True)
    return out.getvalue()


def qr_png(link: PersonalLink) -> bytes:
    """The same as a picture of about a thousand pixels."""
    code = _code(link)
    out = io.BytesIO()
    code.save(out, kind="png", border=4, scale=max(1, 1000 // code.symbol_size(border=4)[0]), dark="#000", light="#fff")
    return out.getvalue()


def _code(link: PersonalLink) -> segno.QRCode:
    return segno.make(address_of(link), error="m", micro=False)
