"""From the software partner's sections and the package's texts to the chapters of a manual and of an onboarding page,
in Markdown. Pure: the same source gives the same words.

A chapter also has the digest of what it was composed from. A draft keeps it: when it differs one day, the source
changed since, and the editor may take the new text over. Words of our own between the partner's (they come by
translation) are no part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import _, _l, in_locale
from app.core.identifiers import clean_text, show_phone, show_website
from app.integrations import words
from app.manuals import sections
from app.manuals.models import PublicationKind, SectionCode

CHAPTERS: Mapping[PublicationKind, tuple[str, ...]] = {
    PublicationKind.MANUAL: ("about", "before", "find_key", "connect", "passed_on", "limits", "help", "faq"),
    PublicationKind.PAGE: ("intro", "steps", "next"),
}
NEEDED: Mapping[PublicationKind, frozenset[str]] = {
    PublicationKind.MANUAL: frozenset({"find_key", "connect", "passed_on", "help"}),
    PublicationKind.PAGE: frozenset({"intro", "steps"}),
}
"""Without these nothing is published; of the others an empty one is left out."""


@dataclass(frozen=True)
class Source:
    """All that an integration's texts are composed from."""

    product: str
    package: str
    slug: str
    passes: tuple[str, ...]
    takes: tuple[str, ...]
    """What the package can take at all."""
    package_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sections: Mapping[sections.Address, Mapping[str, Any]] = field(default_factory=dict)

    def section(self, code: SectionCode, locale: str = "") -> dict[str, Any]:
        return sections.shaped(code, self.sections.get((code, locale)))

    def package_text(self, locale: str, name: str) -> str:
        return str(self.package_texts.get(locale, {}).get(name) or "")

    @property
    def logo(self) -> str:
        return str(self.section(SectionCode.CATEGORIES)["logo"])

    @property
    def support(self) -> dict[str, Any]:
        """What is right of the support contacts, and the languages in which it answers."""
        held = self.section(SectionCode.SUPPORT)
        return {**sections.contacts(held), "languages": held["languages"]}


def compose(kind: PublicationKind, source: Source, locale: str) -> dict[str, Any]:
    """A draft's content, as `Draft.content` has it."""
    with in_locale(locale):
        about = source.section(SectionCode.PRODUCT, locale)
        content: dict[str, Any] = {
            "title": _title(kind, source),
            "summary": clean_text(about["summary"]),
            "chapters": [_chapter(code, source, locale) for code in CHAPTERS[kind]],
        }
        if kind == PublicationKind.PAGE:
            content["requirements"] = _requirements(source)
    return content


def digests(kind: PublicationKind, source: Source, locale: str) -> dict[str, str]:
    """By chapter, of what it would be composed from today."""
    return {code: _digest(_inputs(code, source, locale)) for code in CHAPTERS[kind]}


def behind(kind: PublicationKind, content: Mapping[str, Any], source: Source, locale: str) -> list[str]:
    """The chapters of a draft whose source changed since."""
    today = digests(kind, source, locale)
    return [
        chapter["code"]
        for chapter in content["chapters"]
        if chapter["code"] in today and chapter["source"] != today[chapter["code"]]
    ]


_TITLES: Mapping[str, Any] = {
    "about": _l("What this integration does"),
    "before": _l("Before you begin"),
    "find_key": _l("Find the connection key"),
    "connect": _l("Connect"),
    "passed_on": _l("What is passed on"),
    "limits": _l("What this integration does not do"),
    "help": _l("Where you get help"),
    "faq": _l("Frequently asked questions"),
    "intro": _l("What you get"),
    "steps": _l("How it works"),
    "next": _l("What happens next"),
}


def chapter_title(code: str) -> str:
    """What a chapter is called, in the language spoken now, while nobody gave it another title."""
    return str(_TITLES.get(code, code))


def _title(kind: PublicationKind, source: Source) -> str:
    both = {"product": source.product, "package": source.package}
    if kind == PublicationKind.MANUAL:
        return _("Connect %(product)s with %(package)s", **both)
    return _("Get started: %(product)s with %(package)s", **both)


def _chapter(code: str, source: Source, locale: str) -> dict[str, str]:
    body = clean_text(_body(code, source, locale))
    return {
        "code": code,
        "title": chapter_title(code),
        "body": body,
        "source": _digest(_inputs(code, source, locale)),
    }


def _digest(inputs: Any) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def _inputs(code: str, source: Source, locale: str) -> Any:
    """What the partner and the package say in a chapter: nothing else may change it."""
    both = [source.product, source.package]
    product = source.section(SectionCode.PRODUCT, locale)
    key = source.section(SectionCode.KEY, locale)
    match code:
        case "about":
            return [product["about"], source.package_text(locale, "summary")]
        case "before":
            return [both, source.package_text(locale, "before")]
        case "find_key":
            return _said(key["find"])
        case "connect":
            return [both, _said(key["enter"]), source.package_text(locale, "connect")]
        case "passed_on":
            return [sorted(source.passes), sorted(source.takes)]
        case "limits":
            return source.section(SectionCode.LIMITS, locale)
        case "help":
            return [source.product, source.support]
        case "faq":
            return [[item["question"], item["answer"]] for item in source.section(SectionCode.FAQ, locale)["items"]]
        case "intro":
            return [product["about"]]
        case _page:
            return [both, source.slug]


def _said(steps: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [[step["text"], step["picture"], step["alt"]] for step in steps]


def _body(code: str, source: Source, locale: str) -> str:
    return _BODIES[code](source, locale)


def _about(source: Source, locale: str) -> str:
    return _apart(_lines(source.section(SectionCode.PRODUCT, locale)["about"]), source.package_text(locale, "summary"))


def _before(source: Source, locale: str) -> str:
    need = _(
        "You need an account of %(product)s and one of %(package)s, with the right to change the settings of both.",
        **_both(source),
    )
    return _apart(need, source.package_text(locale, "before"))


def _find_key(source: Source, locale: str) -> str:
    return _steps(source.section(SectionCode.KEY, locale)["find"])


def _limits(source: Source, locale: str) -> str:
    held = source.section(SectionCode.LIMITS, locale)
    if held["text"].strip():
        return _lines(held["text"])
    return _("There are no limits that you should know of.") if held["none"] else ""


def _faq(source: Source, locale: str) -> str:
    items = source.section(SectionCode.FAQ, locale)["items"]
    return _apart(*(f"### {_plain(_one(item['question']))}\n\n{_lines(item['answer'])}" for item in items))


def _intro(source: Source, locale: str) -> str:
    return _lines(source.section(SectionCode.PRODUCT, locale)["about"])


def _next(source: Source, locale: str) -> str:
    return _(
        "We look at your registration and tell you by e-mail how it goes on. Until then nothing changes in your "
        "bookkeeping."
    )


def _connect(source: Source, locale: str) -> str:
    steps = _steps(source.section(SectionCode.KEY, locale)["enter"])
    package = source.package_text(locale, "connect")
    if not steps or not package:
        return steps or package
    return _apart(
        f"### {_('In %(product)s', product=_plain(source.product))}",
        steps,
        f"### {_('In %(package)s', package=_plain(source.package))}",
        package,
    )


def _passed_on(source: Source, locale: str) -> str:
    sent = words.said(source.passes, words.PASSED_ON)
    left = words.said(set(source.takes) - set(source.passes), words.PASSED_ON)
    if not sent:
        return ""
    both = _both(source)
    parts = [_("%(product)s passes this on to %(package)s:", **both), _list(sent)]
    if left:
        parts += [_("This is not passed on:"), _list(left)]
    return _apart(*parts)


def _help(source: Source, locale: str) -> str:
    held = source.support
    ways = []
    if email := held.get("email"):
        ways.append(_("E-mail: %(address)s", address=f"[{_plain(email)}](mailto:{email})"))
    if phone := held.get("phone"):
        ways.append(_("Phone: %(number)s", number=f"[{show_phone(phone)}](tel:{phone})"))
    if website := held.get("website"):
        ways.append(_("Help pages: %(address)s", address=f"[{_plain(show_website(website))}](<{website}>)"))
    if not ways:
        return ""
    parts = [
        _("The support of %(product)s helps you with this integration:", product=_plain(source.product)),
        _list(ways),
    ]
    if spoken := words.languages(held["languages"]):
        parts.append(_("It answers in these languages: %(languages)s.", languages=", ".join(spoken)))
    return _apart(*parts)


def _start(source: Source, locale: str) -> str:
    both = _both(source)
    manual = f"/manuals/{source.slug}?lang={locale}"
    told = (
        _("Sign up with the button on this page."),
        _("Find the connection key in %(product)s.", **both),
        _("Connect %(product)s with %(package)s as [the manual](%(manual)s) shows.", manual=manual, **both),
        _("Make a first sale and look it up in %(package)s.", **both),
    )
    return "\n".join(f"{number}. {step}" for number, step in enumerate(told, 1))


def _both(source: Source) -> dict[str, str]:
    return {"product": _plain(source.product), "package": _plain(source.package)}


_BODIES: Mapping[str, Callable[[Source, str], str]] = {
    "about": _about,
    "before": _before,
    "find_key": _find_key,
    "connect": _connect,
    "passed_on": _passed_on,
    "limits": _limits,
    "help": _help,
    "faq": _faq,
    "intro": _intro,
    "steps": _start,
    "next": _next,
}


def _requirements(source: Source) -> list[dict[str, str]]:
    asked = (
        _("Do you work with %(product)s?", product=source.product),
        _("Do you have an account of %(package)s?", package=source.package),
        _("May you change the settings of both?"),
    )
    return [{"question": question, "help": ""} for question in asked]


# --- Markdown ---------------------------------------------------------------------------------------------------------

_MARKED = re.compile(r"\s*([-*+>|#]|\d+[.)]|```|~~~)")
"""How a line begins that is more than words: of a list, a quotation, a table, a heading, code."""


def _apart(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _lines(text: str) -> str:
    """What a partner typed: its lines stay lines, which Markdown alone would join. Headings become strong words: the
    chapters have their own."""
    lines = [re.sub(r"^\s{0,3}#+\s+(.+?)\s*#*$", r"**\1**", line) for line in clean_text(text).split("\n")]
    if any(line.lstrip().startswith(("```", "~~~")) for line in lines):
        return "\n".join(lines)
    joined = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        broken = bool(line.strip()) and bool(after.strip()) and not _MARKED.match(after) and not line.endswith("\\")
        joined.append(f"{line}\\" if broken and not _MARKED.match(line) else line)
    return "\n".join(joined)


def _steps(steps: Sequence[Mapping[str, Any]]) -> str:
    """A numbered list; each picture stands within its step."""
    told = [step for step in steps if step["text"].strip() or step["picture"]]
    return "\n\n".join(_step(number, step) for number, step in enumerate(told, 1))


def _step(number: int, step: Mapping[str, Any]) -> str:
    lead = f"{number}. "
    picture = f"![{_plain(_one(step['alt']))}](picture:{step['picture']})" if step["picture"] else ""
    inside = _apart(_lines(step["text"]), picture)
    indented = "\n".join((" " * len(lead) + line) if line else "" for line in inside.split("\n"))
    return lead + indented.lstrip()


def _one(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Words that are no Markdown, whatever signs are in them."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
