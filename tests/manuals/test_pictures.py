"""Pictures that software partners send: drawn anew, small, without anything besides; what is no picture is refused."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from app.core import files, markdown
from app.core.db import db
from app.core.files import drawing
from app.core.i18n import in_locale
from app.documents.models import Upload
from app.integrations.models import Product
from app.manuals import pictures
from app.manuals.models import Picture
from tests import sentences as s
from tests import software
from tests.manuals import files as f

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]


def _drawn(content: bytes, name: str = "screenshot.png") -> list[files.Size]:
    return files.receive_drawn(f.sent(content, name), pictures.WIDTHS)


def _opened(size: files.Size) -> Image.Image:
    return Image.open(io.BytesIO(size.file.content))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_webp_in_three_widths(form: str) -> None:
    drawn = _drawn(f.a_screenshot(2000, 1000, form))
    assert [(size.width, size.height) for size in drawn] == [(480, 240), (960, 480), (1600, 800)]
    assert {_opened(size).format for size in drawn} == {"WEBP"}
    assert [_opened(size).size for size in drawn] == [(480, 240), (960, 480), (1600, 800)]


@pytest.mark.parametrize(("width", "widths"), [(1, [1]), (480, [480]), (700, [480, 700]), (1600, [480, 960, 1600])])
def test_no_size_is_larger_than_the_picture_was(width: int, widths: list[int]) -> None:
    assert [size.width for size in _drawn(f.a_screenshot(width, 10))] == widths


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_mode_are_drawn(mode: str) -> None:
    out = io.BytesIO()
    Image.new("I;16" if mode == "I;16" else mode, (300, 200)).save(out, "PNG")
    assert len(_drawn(out.getvalue())) == 1


def test_what_was_clear_stays_clear() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (3300, 200), (0, 0, 0, 0)).save(out, "PNG")
    assert {_opened(size).convert("RGBA").getpixel((5, 5))[3] for size in _drawn(out.getvalue())} == {0}  # type: ignore[index]  # RGBA


def test_where_and_by_whom_a_photograph_was_taken_is_gone() -> None:
    content = f.a_photograph()
    assert b"Marja" in content
    for size in _drawn(content, "photo.jpg"):
        assert not dict(_opened(size).getexif())
        assert {"exif", "xmp", "icc_profile"}.isdisjoint(_opened(size).info)
        assert b"Marja" not in size.file.content
        assert b"Aleksanterinkatu" not in size.file.content


def test_a_photograph_stands_upright() -> None:
    assert [(size.width, size.height) for size in _drawn(f.a_photograph())] == [(400, 600)]


def test_a_profile_of_colours_and_descriptions_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    content = f.a_screenshot(100, 100, "PNG", exif=exif, icc_profile=b"\0" * 200)
    (size,) = _drawn(content)
    assert {"exif", "icc_profile"}.isdisjoint(_opened(size).info)


# --- what is refused --------------------------------------------------------------------------------------------------

NO_PICTURE = "holds no PNG, JPEG or WebP picture"
MORE = "a picture and something else at once"
TOO_MANY = "more than 40 million pixels"
BROKEN = "cannot be read"

REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("SVG", lambda: f.SVG, NO_PICTURE),
    ("SVG after a declaration", lambda: b'<?xml version="1.0"?>' + f.SVG, NO_PICTURE),
    ("HTML named .png", lambda: f.HTML, NO_PICTURE),
    ("script", lambda: b"alert(1)//", NO_PICTURE),
    ("GIF that is a script", lambda: b"GIF89a=1;alert(1)//", NO_PICTURE),
    ("BMP", lambda: f.a_screenshot(10, 10, "BMP"), NO_PICTURE),
    ("TIFF", lambda: f.a_screenshot(10, 10, "TIFF"), NO_PICTURE),
    ("PDF", lambda: b"%PDF-1.7\n", NO_PICTURE),
    ("archive", f.an_archive, NO_PICTURE),
    ("program", lambda: b"MZ\x90\0", NO_PICTURE),
    ("nothing", lambda: b"", "is empty"),
    ("11 MB", lambda: b"\x89PNG\r\n\x1a\n" + bytes(11 << 20), "larger than 10 MB"),
    ("picture and archive", lambda: f.a_screenshot() + f.an_archive(), MORE),
    ("picture and page", lambda: f.a_screenshot() + f.HTML, MORE),
    ("photograph and script", lambda: f.a_screenshot(form="JPEG", comment=f.SCRIPT), MORE),
    ("WebP and script", lambda: f.a_screenshot(form="WEBP") + b"*/" + f.SCRIPT, MORE),
    ("picture and drawing", lambda: f.a_screenshot() + f.SVG, MORE),
    ("picture and document", lambda: f.a_screenshot() + b"%PDF-1.4\n", MORE),
    ("picture and program", lambda: f.a_screenshot() + b"<?php system($_GET[0]); ?>", MORE),
    ("40,000 x 40,000", lambda: f.a_png_of(40_000, 40_000), TOO_MANY),
    ("zip bomb", f.a_zip_bomb, TOO_MANY),
    ("huge WebP", f.a_huge_webp, TOO_MANY),
    ("8,000 x 8,000", lambda: f.a_png_of(8_000, 8_000), TOO_MANY),
    ("description that unpacks to 100 MB", f.a_text_bomb, BROKEN),
    ("only a head", lambda: b"\x89PNG\r\n\x1a\n", BROKEN),
    ("cut off", lambda: f.a_screenshot()[:200], BROKEN),
    ("cut off JPEG", lambda: f.a_screenshot(form="JPEG")[:200], BROKEN),
    ("cut off WebP", lambda: f.a_screenshot(form="WEBP")[:40], BROKEN),
    ("no pixels", lambda: f.a_png_of(0, 0), BROKEN),
    ("a thread", lambda: f.a_screenshot(2, 20_000), "very long and narrow"),
]


@pytest.mark.parametrize(("make", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_plain_picture_is_refused_and_says_why(make: Callable[[], bytes], reason: str) -> None:
    with in_locale("en"), pytest.raises(files.FileRefused) as refused:
        _drawn(make())
    with in_locale("en"):
        assert reason in str(refused.value.message)


@pytest.mark.parametrize("make", [f.a_zip_bomb, f.a_huge_webp, f.a_text_bomb, lambda: f.a_png_of(40_000, 40_000)])
def test_no_bomb_fills_the_memory(make: Callable[[], bytes]) -> None:
    content = make()
    before = _resident()
    tracemalloc.start()
    for _ in range(5):
        with pytest.raises(files.FileRefused):
            _drawn(content)
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()
    assert _resident() - before < 60 << 20, "also outside of what Python counts"


def _resident() -> int:
    """The most that this process ever held, in bytes, cannot shrink: so what it holds now."""
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * 4096


def test_the_largest_picture_is_drawn_without_much_more_than_its_pixels() -> None:
    """Drawn smaller at once, so that no second copy of it lies in memory."""
    drawn = _drawn(f.a_screenshot(7_000, 5_700, "JPEG"))
    assert drawn[-1].width == 1600
    assert not drawing._ONE_AT_A_TIME.locked()


# --- kept and handed out ----------------------------------------------------------------------------------------------


def test_a_picture_is_kept_in_its_sizes_with_its_name() -> None:
    product = software.a_product()
    picture = software.a_picture(product)
    assert (picture.width, picture.height) == (1200, 800)
    assert picture.filename == "screenshot.webp"
    assert [size.width for size in picture.sizes] == [480, 960, 1200]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Upload)) == 3


def test_the_same_picture_sent_twice_is_one() -> None:
    product = software.a_product()
    assert software.a_picture(product).ref == software.a_picture(product).ref
    assert software.a_picture(product, colour="red").ref != software.a_picture(product).ref
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Picture)) == 2


def test_a_product_has_so_many_pictures_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST", 1)
    product = software.a_product()
    software.a_picture(product)
    with pytest.raises(files.FileRefused):
        software.a_picture(product, colour="red")


def test_another_products_picture_is_not_found() -> None:
    product, other = software.a_product(), software.a_product(name="Other Till")
    picture = software.a_picture(product)
    assert [found.id for found in pictures.pictures_of(product, [picture.ref])] == [picture.id]
    assert pictures.pictures_of(other, [picture.ref]) == []


def test_a_picture_in_a_live_publication_is_everybodys_for_ever(client: FlaskClient) -> None:
    integration = software.an_integration()
    picture = software.a_picture(_product(integration.product_id))
    software.a_published_manual(integration, pictures=[picture])
    answer = client.get(pictures.url_of(picture))
    assert answer.status_code == 200
    assert answer.content_type == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert Image.open(io.BytesIO(answer.data)).size == (960, 640)
    again = client.get(pictures.url_of(picture), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_that_is_not_out_is_the_partners_and_the_staffs_alone(client: FlaskClient) -> None:
    partner = software.a_software_partner()
    picture = software.a_picture(software.a_product(partner))
    address = pictures.url_of(picture, 480)
    unknown = client.get("/pictures/PI-00000000-480.webp")
    assert client.get(address).status_code == 404
    assert client.get(address).data == unknown.data
    s.sign_in(client, software.owner_of(software.a_software_partner("Elsewhere")))
    assert client.get(address).status_code == 404
    for person in (software.owner_of(partner), s.a_staff_member("content_editor"), s.a_staff_member("sales")):
        s.sign_in(client, person)
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_picture_that_was_taken_down_is_no_longer_everybodys(client: FlaskClient) -> None:
    integration = software.an_integration()
    picture = software.a_picture(_product(integration.product_id))
    software.a_published_manual(integration, pictures=[picture])
    software.a_published_manual(integration)
    assert client.get(pictures.url_of(picture)).status_code == 404


@pytest.mark.parametrize("width", ["0", "1", "961", "99999999999999999999", "-480"])
def test_only_the_widths_there_are_have_an_address(client: FlaskClient, width: str) -> None:
    integration = software.an_integration()
    picture = software.a_picture(_product(integration.product_id))
    software.a_published_manual(integration, pictures=[picture])
    assert client.get(f"/pictures/{picture.ref}-{width}.webp").status_code == 404


def test_facts_and_rows_name_a_picture_alike() -> None:
    picture = software.a_picture(software.a_product())
    assert pictures.images_of_facts({"pictures": pictures.facts_of([picture])}) == pictures.images([picture])
    assert pictures.image(picture).srcset.endswith("-1200.webp 1200w")


def _product(id: int) -> Product:
    return db.session.get_one(Product, id)


def test_a_picture_says_the_place_it_takes_and_a_tall_one_no_more_than_a_screen() -> None:
    def shown(width: int, height: int) -> str:
        image = markdown.Image("/pictures/PI-1-480.webp", "/pictures/PI-1-480.webp 480w", width, height)
        return str(markdown.render("![x](picture:PI-1)", {"PI-1": image}))

    assert 'width="1600" height="1000"' in shown(1600, 1000)
    assert 'width="300" height="600"' in shown(300, 600)
    assert 'width="288" height="640"' in shown(1080, 2400)
    assert 'width="1" height="640"' in shown(1, 20_000)
