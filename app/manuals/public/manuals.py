"""A manual for everybody: its page, its PDF, and what a reader says of a chapter (S4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import public
from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.csrf import by_link_alone
from app.core.errors import NotFound, StaleForm
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _l
from app.core.identifiers import InvalidText, clean_text
from app.core.limits import PUBLIC_FORM, limiter
from app.core.pdf import pdf_response
from app.core.published import answer, meta_of, published, speak
from app.integrations.models import Stage
from app.manuals import printing
from app.manuals.models import Publication, PublicationKind, PublicationVersion
from app.manuals.public import blueprint
from app.manuals.public.leaving import taken_down
from app.manuals.queries import published as queries
from app.manuals.reading import Reading, reading_of
from app.manuals.service import readers as service
from app.settings.models import vendor


@blueprint.get("/manuals/<slug>")
@public
@published
def manual(slug: str) -> Response:
    found = queries.at(PublicationKind.MANUAL, slug)
    if found.live is None:
        return taken_down(found)
    live, integration = found.live, found.integration
    told = _told()
    locale = speak(list(live.texts), vendor().default_locale)

    def draw() -> Response:
        reading = _reading(found, live, locale)
        return render_page(
            "manuals/manual.html",
            reading=reading,
            locale=locale,
            told=told,
            number=live.number,
            slug=slug,
            proof=_proof(found, live.number, locale),
            meta=meta_of(
                f"/manuals/{slug}",
                list(live.texts),
                description=reading.summary,
                noindex=integration.stage != Stage.LISTED,
            ),
        )

    return answer(draw, live.digest, live.number, integration.checked_on, integration.stage, told)


def _reading(found: Publication, version: PublicationVersion, locale: str) -> Reading:
    return reading_of(version.texts[locale], version.facts, locale, found.integration.checked_on)


@blueprint.get("/manuals/<slug>.pdf")
@public
@published
@limiter.limit(PUBLIC_FORM)
def manual_pdf(slug: str) -> Response:
    """Drawn once for each version and language, then kept."""
    found = queries.at(PublicationKind.MANUAL, slug)
    if found.live is None:
        raise NotFound
    live = found.live
    locale = speak(list(live.texts), vendor().default_locale)

    def draw() -> Response:
        reading = _reading(found, live, locale)
        content = printing.kept(
            reading, found.id, address=url_for(".manual", slug=slug, lang=locale), number=live.number
        )
        return pdf_response(content, reading.title)

    response = answer(draw, "pdf", live.digest, live.number, found.integration.checked_on)
    if found.integration.stage != Stage.LISTED:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- did this help? ---------------------------------------------------------------------------------------------------


_NOT_OURS = _l("This form is not one of ours, or too old. Open the manual again.")


@blueprint.post("/manuals/<slug>/feedback")
@public
@published
@by_link_alone
@limiter.limit("30 per minute")
def feedback(slug: str) -> Response:
    """The page is the same for everybody and so carries no token of a session. It carries a proof that it is ours, and
    the browser says where the form was sent from; the answer is given in nobody's name."""
    form = request.form
    if not _from_here():
        raise StaleForm(_NOT_OURS)
    found = queries.at(PublicationKind.MANUAL, slug)
    number, locale = _number(form.get("number", "")), form.get("locale", "")
    version = queries.version(found, number)
    if locale not in version.texts:
        raise NotFound
    speak([locale])
    if not keyed_digest_matches("manual page", form.get("proof", ""), *_about(found, number, locale), length=32):
        raise StaleForm(_NOT_OURS)
    helped = form.get("helped", "")
    if helped not in ("yes", "no"):
        raise NotFound
    said = service.Said(locale, form.get("chapter", ""), helped == "yes", _words())
    service.say(found, version, said, _reader())
    told: dict[str, Any] = {"told": said.chapter, "helped": helped, **({"words": "1"} if said.words else {})}
    return redirect_see_other(f"{url_for('.manual', slug=slug, lang=locale, **told)}#{said.chapter}-told")


@dataclass(frozen=True)
class Told:
    """Under which chapter the page thanks, and for what."""

    chapter: str = ""
    helped: bool = False
    words: bool = False


def _told() -> Told:
    asked = request.args
    return Told(asked.get("told", ""), asked.get("helped") == "yes", bool(asked.get("words")))


def _proof(found: Publication, number: int, locale: str) -> str:
    return keyed_digest("manual page", *_about(found, number, locale))[:32]


def _about(found: Publication, number: int, locale: str) -> tuple[bytes, ...]:
    return (found.ref.encode(), str(number).encode(), locale.encode())


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 8):
        raise NotFound
    return int(typed)


def _words() -> str:
    try:
        return clean_text(str(request.form.get("words", "")))[: service.MOST_SIGNS]
    except InvalidText as error:
        return error.cleaned[: service.MOST_SIGNS]


def _reader() -> str:
    """What tells one browser from another, as far as it tells anything by itself. Only a keyed digest is kept."""
    return f"{request.remote_addr}\0{request.headers.get('User-Agent', '')[:300]}"


def _from_here() -> bool:
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(said).netloc == request.host
