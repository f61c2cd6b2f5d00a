"""The onboarding page of an integration for everybody: what it does, whether all is at hand, how it goes on, and the
way to sign up (S5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask.wrappers import Response
from markupsafe import Markup

from app.access.guard import public
from app.core.htmx import render_page
from app.core.markdown import render
from app.core.published import answer, meta_of, published, speak
from app.integrations.models import Stage
from app.manuals.models import Publication, PublicationKind
from app.manuals.public import blueprint
from app.manuals.public.leaving import taken_down
from app.manuals.queries import published as queries
from app.manuals.reading import reading_of
from app.settings.models import vendor
from app.settings.processes import has_page

MOST_ASKED = 20


@dataclass(frozen=True)
class Asked:
    """Something that a customer has to have, and what this visitor said of it."""

    name: str
    """Of its field."""
    question: str
    help: Markup
    """What to do when the answer is no; may be empty."""
    said: str
    """"yes", "no", or nothing yet."""


@dataclass(frozen=True)
class Check:
    """The requirements with the visitor's answers, which stand in the address and nowhere else."""

    asked: tuple[Asked, ...]

    @property
    def begun(self) -> bool:
        return any(one.said for one in self.asked)

    @property
    def missing(self) -> list[Asked]:
        return [one for one in self.asked if one.said == "no"]

    @property
    def unanswered(self) -> list[Asked]:
        return [one for one in self.asked if not one.said]

    @property
    def all_there(self) -> bool:
        return bool(self.asked) and all(one.said == "yes" for one in self.asked)


@blueprint.get("/start/<slug>")
@public
@published
def start(slug: str) -> Response:
    found = queries.page_at(slug)
    if found.live is None:
        return taken_down(found)
    live, integration = found.live, found.integration
    locale = speak(list(live.texts), vendor().default_locale)
    said = _answers(request.args, len(live.texts[locale].get("requirements") or ()))
    sign_up = _sign_up(found, locale)
    manual = queries.is_live(integration.id, PublicationKind.MANUAL)

    def draw() -> Response:
        reading = reading_of(live.texts[locale], live.facts, locale)
        chapters = {chapter.code: chapter for chapter in reading.chapters}
        return render_page(
            "manuals/start.html",
            reading=reading,
            chapters=chapters,
            further=[chapter for chapter in reading.chapters if chapter.code not in ("intro", "steps", "next")],
            check=check_of(live.texts[locale], said),
            sign_up=sign_up,
            manual_url=url_for(".manual", slug=slug, lang=locale) if manual else "",
            slug=slug,
            meta=meta_of(
                f"/start/{slug}",
                list(live.texts),
                description=reading.summary,
                noindex=integration.stage != Stage.LISTED,
            ),
        )

    return answer(draw, live.digest, live.number, integration.stage, sign_up, manual, said)


def _answers(given: Mapping[str, str], count: int) -> tuple[str, ...]:
    """In the order of the requirements; what is no answer counts as none."""
    said = (given.get(f"a{number}", "") for number in range(1, min(count, MOST_ASKED) + 1))
    return tuple(one if one in ("yes", "no") else "" for one in said)


def check_of(content: Mapping[str, Any], said: Sequence[str]) -> Check:
    """Of a page's content in one language."""
    asked = list(content.get("requirements") or ())[:MOST_ASKED]
    answers = [*said, *[""] * len(asked)]
    return Check(
        tuple(
            Asked(f"a{number}", str(one["question"]), render(str(one.get("help") or "")), answers[number - 1])
            for number, one in enumerate(asked, 1)
        )
    )


def _sign_up(found: Publication, locale: str) -> str:
    """The registration form of the software partner's link for this page; empty when there is none, or it was
    withdrawn: then the page says whom to write to."""
    if found.link is None or found.link.withdrawn_at is not None or not has_page("leads_public.registration"):
        return ""
    return url_for("leads_public.registration", slug=found.link.slug, lang=locale)
