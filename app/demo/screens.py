"""Screenshots and logos of the demo's invented software, drawn: nobody's product is shown."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import typst
from PIL import Image, ImageDraw

_TEMPLATE = Path(__file__).with_name("screens.typ")


@dataclass(frozen=True)
class Screen:
    """What one window shows. `mark` says what is pointed at: menu, field, button, or "" for nothing."""

    app: str
    shop: str
    lang: str
    accent: str
    menu: tuple[str, ...]
    here: int
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    button: str = ""
    done: str = ""
    mark: str = ""


def drawn(screen: Screen) -> bytes:
    """As PNG, 960 by 600 pixels."""
    content: bytes = typst.compile(  # type: ignore[call-overload]  # it takes several files, as its stub does not say
        {"main.typ": _TEMPLATE.read_bytes()},
        format="png",
        ppi=144,
        sys_inputs={"data": json.dumps(asdict(screen), ensure_ascii=False)},
        ignore_system_fonts=True,
    )
    return content


def logo(colour: str, shape: str) -> bytes:
    """A square sign as PNG: a disc, a cloud or a receipt on the product's colour."""
    size = 480
    picture = Image.new("RGB", (size, size), colour)
    pen = ImageDraw.Draw(picture)
    match shape:
        case "disc":
            pen.ellipse((110, 110, 370, 370), fill="white")
            pen.ellipse((180, 180, 300, 300), fill=colour)
        case "cloud":
            for box in ((90, 210, 230, 350), (170, 140, 330, 300), (270, 210, 400, 350)):
                pen.ellipse(box, fill="white")
            pen.rectangle((160, 260, 330, 350), fill="white")
        case _receipt:
            pen.rectangle((140, 90, 340, 390), fill="white")
            for top in (150, 210, 270):
                pen.rectangle((180, top, 300, top + 22), fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
