"""Languages: which one a page speaks, and how dates and numbers are written in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Protocol, TypedDict
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers, units
from flask import Flask, Response, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, get_translations, refresh
from flask_babel.speaklater import LazyString
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from app.core import templates

LOCALES = ("en", "nl", "pl", "fi", "fr")
NAMES = {"en": "English", "nl": "Nederlands", "pl": "Polski", "fi": "Suomi", "fr": "Français"}
COOKIE = "gangway_lang"

_NOWHERE = NullTranslations()


def _catalogue() -> NullTranslations:
    """The words of the language spoken now. Flask-Babel looks them up for every single word; a page has hundreds."""
    if not has_app_context():
        return _NOWHERE
    kept: NullTranslations | None = g.get("gangway_words")
    if kept is None:
        kept = g.gangway_words = get_translations()
    return kept


def gettext(text: str, **values: Any) -> str:
    """`text` in the language spoken now, with its placeholders filled."""
    said = _catalogue().gettext(text)
    return templates.closed(said, values) % values if values else said


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The form of the sentence that fits `num`, which is also the placeholder `%(num)s`."""
    return templates.closed(_catalogue().ngettext(one, many, num), values) % {"num": num, **values}


class Sentence(LazyString):
    """A sentence that is translated when it is shown; `core.sentences` keeps it for a later reader."""

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        super().__init__(gettext, text, **values)
        self.text, self.values = text, values


def _l(text: str, **values: Any) -> Sentence:
    """A sentence that is translated when it is shown."""
    return Sentence(text, values)


_ = gettext
__all__ = ["LOCALES", "NAMES", "_", "_l", "current_locale", "in_locale", "init_app", "ngettext"]

babel = Babel()

_DATE = {"en": "d MMMM y", "nl": "d MMMM y", "pl": "d MMMM y", "fi": "d. MMMM y", "fr": "d MMMM y"}
_SHORT = {"en": "d MMM y", "nl": "dd-MM-y", "pl": "d.MM.y", "fi": "d.M.y", "fr": "dd/MM/y"}
_WEEKDAY = {
    "en": "EEEE d MMMM",
    "nl": "EEEE d MMMM",
    "pl": "EEEE, d MMMM",
    "fi": "EEEE d. MMMM",
    "fr": "EEEE d MMMM",
}
_TIME = {"en": "HH:mm", "nl": "HH:mm", "pl": "HH:mm", "fi": "H.mm", "fr": "HH:mm"}


class _Asker(Protocol):
    """What tells the language when the address does not: set by the application."""

    def __call__(self) -> str: ...


def init_app(app: Flask, vendor_default: _Asker, vendor_timezone: _Asker) -> None:
    """`vendor_default` and `vendor_timezone` come from a floor above and are asked only when needed."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_translations(app))
    app.extensions["gangway_timezone"] = vendor_timezone
    babel.init_app(
        app,
        default_locale="en",
        locale_selector=lambda: _chosen(vendor_default),
        timezone_selector=vendor_timezone,
    )
    templates.init_app(app, gettext, lambda one, many, num: _catalogue().ngettext(one, many, num))
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # as translations/babel.cfg collects them
    app.jinja_env.filters.update(
        date=format_date,
        date_short=format_short,
        weekday_date=format_weekday,
        month_name=format_month,
        datetime=format_moment,
        iso=for_machines,
        time=format_time,
        number=format_number,
        period=format_period,
        country=country_name,
        language_name=lambda code: NAMES[code],
    )
    app.jinja_env.globals.update(LOCALES=LOCALES, language_url=language_url, current_locale=current_locale)
    app.after_request(_keep_choice)


def _translations(app: Flask) -> str:
    return str(Path(app.root_path).parent / "translations")


@lru_cache(maxsize=512)
def _spoken(header: str) -> str | None:
    """The first of our languages that a browser asks for. Browsers ask alike, and reading the header costs."""
    return parse_accept_header(header, LanguageAccept).best_match(LOCALES)


def _chosen(vendor_default: _Asker) -> str:
    """The address says first, then what this browser chose, then the person's own, the browser's, the vendor's."""
    if not has_request_context():
        return vendor_default()
    if alone := g.get("gangway_alone"):
        return str(alone)
    asked = request.args.get("lang", "")
    if asked in LOCALES:
        return asked
    kept = request.cookies.get(_cookie(), "")
    if kept in LOCALES:
        return kept
    if reader := g.get("gangway_reader"):
        return str(reader)
    try:
        person: Any = current_user
        if person and person.is_authenticated:
            return str(person.locale)
        return _spoken(request.headers.get("Accept-Language", "")) or vendor_default() or "en"
    except SQLAlchemyError:  # the database is away, and the page that says so needs a language all the same
        return request.accept_languages.best_match(LOCALES) or "en"


def _keep_choice(response: Response) -> Response:
    asked = "" if g.get("gangway_published") else request.args.get("lang", "")
    if asked in LOCALES and request.cookies.get(_cookie()) != asked:
        response.set_cookie(_cookie(), asked, max_age=31_536_000, **_flags())
    return response


def speak_to(locale: str) -> None:
    """From here on this answer speaks the language of whoever came by a personal link, unless the address or this
    browser chose another."""
    if locale in LOCALES and g.get("gangway_reader") != locale:
        g.gangway_reader = locale
        g.pop("gangway_words", None)
        refresh()


def speak_alone(locale: str) -> None:
    """From here on this answer speaks this language, whatever anybody chose."""
    if g.get("gangway_alone") != locale:
        g.gangway_alone = locale
        g.pop("gangway_words", None)
        refresh()


def forget_choice(response: Response) -> Response:
    """From here on this browser chooses nothing: the person's own language holds."""
    if _cookie() in request.cookies:
        response.delete_cookie(_cookie(), **_flags())
    return response


def _cookie() -> str:
    """Bound to this very host where TLS is used."""
    return f"__Host-{COOKIE}" if current_app.config["GANGWAY"].https else COOKIE


class _Flags(TypedDict):
    httponly: bool
    samesite: str
    secure: bool


def _flags() -> _Flags:
    return {"httponly": True, "samesite": "Lax", "secure": current_app.config["GANGWAY"].https}


def language_url(code: str) -> str:
    """This page in another language."""
    args = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return f"?{urlencode([*args, ('lang', code)])}"


def current_locale() -> str:
    """The language spoken now, as one of `LOCALES`."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


@contextmanager
def in_locale(code: str) -> Iterator[None]:
    """Speaks another language for a while, as for a mail to somebody else."""
    kept = g.pop("gangway_words", None)
    try:
        with force_locale(code):
            yield
    finally:
        g.gangway_words = kept


@lru_cache(maxsize=16)
def _locale(code: str) -> Locale:
    return Locale.parse(code)


def here(moment: datetime) -> datetime:
    """The moment by the vendor's clock."""
    zone = g.get("gangway_zone") or ZoneInfo(current_app.extensions["gangway_timezone"]())
    g.gangway_zone = zone
    return moment.astimezone(zone)


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, code: str) -> str:
    """Kept, because the days on a page are few and each stands in many rows. In French the first of a month is "1er",
    which no pattern of CLDR says."""
    if code == "fr" and day.day == 1:
        pattern = pattern.replace("d MMMM", "d'er' MMMM")
    return str(dates.format_date(day, pattern, locale=_locale(code)))


def _day(value: date | datetime) -> date:
    return here(value).date() if isinstance(value, datetime) else value


def format_date(value: date | datetime) -> str:
    """9 March 2026"""
    code = current_locale()
    return _written(_day(value), _DATE[code], code)


def format_short(value: date | datetime) -> str:
    """9.3.2026, always with four digits of the year."""
    code = current_locale()
    return _written(_day(value), _SHORT[code], code)


def format_weekday(value: date | datetime) -> str:
    """Monday 9 March: how a promise is written."""
    code = current_locale()
    return _written(_day(value), _WEEKDAY[code], code)


def format_month(value: date | datetime) -> str:
    """October 2026: a month by itself, in the form in which calendars name it."""
    return _written(_day(value), "LLLL y", current_locale())


def format_month_short(value: date | datetime) -> str:
    """Oct: where many months stand side by side."""
    return _written(_day(value), "LLL", current_locale())


def format_time(value: datetime) -> str:
    """14:05"""
    code = current_locale()
    return str(dates.format_time(here(value), _TIME[code], locale=_locale(code)))


def format_moment(value: datetime) -> str:
    """9 Mar 2026, 14:05"""
    return f"{format_short(value)}, {format_time(value)}"


def for_machines(value: date | datetime) -> str:
    """For the attribute of a <time>, in whole seconds: a fraction there has three digits at most."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def format_number(value: int | float) -> str:
    return str(numbers.format_decimal(value, locale=_locale(current_locale())))


def format_period(days: int) -> str:
    """10 years; 2 years, 6 months; 25 days: so many days as people say them. Years have the leap days that they may
    have, and months 30 days."""
    years, rest = divmod(days, 365)
    if rest <= -(-years // 4):  # 3653 days are ten years, and so are 3652
        rest = 0
    months, rest = divmod(rest, 30)
    locale = _locale(current_locale())
    parts = [
        str(units.format_unit(count, f"duration-{unit}", length="long", locale=locale))
        for unit, count in (("year", years), ("month", months))
        if count
    ]
    if rest:  # Babel knows no days in Dutch
        parts.append(ngettext("%(num)s day", "%(num)s days", rest))
    return str(lists.format_list(parts, style="unit", locale=locale)) if parts else ""


def country_name(code: str) -> str:
    """The country's name in the language spoken now."""
    return str(_locale(current_locale()).territories.get(code, code))
