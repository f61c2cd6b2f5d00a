"""Which language a page speaks, and how it writes days and times."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from app.core import i18n
from app.core.i18n import (
    COOKIE,
    LOCALES,
    country_name,
    format_date,
    format_moment,
    format_period,
    format_short,
    format_time,
    format_weekday,
    in_locale,
)
from tests.sentences import a_person, sign_in

DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("locale", "long", "short", "weekday"),
    [
        ("en", "9 March 2026", "9 Mar 2026", "Monday 9 March"),
        ("nl", "9 maart 2026", "09-03-2026", "maandag 9 maart"),
        ("pl", "9 marca 2026", "9.03.2026", "poniedziałek, 9 marca"),
        ("fi", "9. maaliskuuta 2026", "9.3.2026", "maanantaina 9. maaliskuuta"),
        ("fr", "9 mars 2026", "09/03/2026", "lundi 9 mars"),
    ],
)
def test_days_are_written_as_the_country_writes_them(
    context: None, locale: str, long: str, short: str, weekday: str
) -> None:
    with in_locale(locale):
        assert (format_date(DAY), format_short(DAY), format_weekday(DAY)) == (long, short, weekday)


def test_the_first_of_a_month_is_an_ordinal_in_french_alone(context: None) -> None:
    first = date(2026, 3, 1)
    with in_locale("fr"):
        assert (format_date(first), format_weekday(first)) == ("1er mars 2026", "dimanche 1er mars")
    with in_locale("nl"):
        assert format_date(first) == "1 maart 2026"


def test_times_are_the_vendors(app: Flask) -> None:
    with app.test_request_context("/"), in_locale("fi"):
        moment = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
        assert format_time(moment) == "14.05"
        assert format_moment(moment) == "1.7.2026, 14.05"
        assert format_short(datetime(2026, 6, 30, 23, 0, tzinfo=UTC)) == "1.7.2026"


def test_countries_are_named_in_the_language_spoken(context: None) -> None:
    with in_locale("pl"):
        assert country_name("NL") == "Holandia"


def language_of(client: FlaskClient, path: str, **headers: str) -> str:
    page = client.get(path, headers=headers).get_data(as_text=True)
    return page.split('<html lang="')[1][:2]


def test_the_address_says_first_then_the_browsers_choice_then_the_person(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        person = a_person(locale="pl")
        sign_in(client, person)
    wanted = {"Accept-Language": "nl"}
    assert language_of(client, "/nowhere", **wanted) == "pl"
    assert language_of(client, "/nowhere?lang=fi", **wanted) == "fi"
    assert language_of(client, "/nowhere", **wanted) == "fi", "the choice is kept in a cookie"
    client.delete_cookie(COOKIE)
    assert language_of(client, "/nowhere?lang=xx", **wanted) == "pl"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_visitors_browser_is_believed(client: FlaskClient, locale: str) -> None:
    assert language_of(client, "/nowhere", **{"Accept-Language": f"{locale}, en;q=0.5"}) == locale


def test_what_is_filled_into_a_sentence_is_escaped_in_html_and_not_in_text(app: Flask) -> None:
    words = '{{ _("Hello %(name)s", name=name) }} {{ ngettext("%(num)s x", "%(num)s xs", 2) }} {{ _("100%%") }}'
    with app.test_request_context("/"):
        assert render_template_string(words, name="<b>") == "Hello &lt;b&gt; 2 xs 100%"
        plain = app.jinja_env.overlay(autoescape=False).from_string(words)
        assert plain.render(name="<b>") == "Hello <b> 2 xs 100%"


def test_a_name_that_ends_with_a_full_stop_brings_the_sentences_own(app: Flask) -> None:
    with app.test_request_context():
        assert i18n.gettext("We work with %(name)s. Soon.", name="Brimora B.V.") == "We work with Brimora B.V. Soon."
        assert i18n.gettext("We work with %(name)s.", name="Brimora") == "We work with Brimora."
        assert i18n.gettext("%(a)s and %(b)s...", a="A.", b="B.") == "A. and B...."
        assert str(i18n._l("By %(name)s.", name="X s.c.")) == "By X s.c."
        assert i18n.ngettext("%(num)s of %(name)s.", "%(num)s of %(name)s.", 2, name="Y.") == "2 of Y."
        page = render_template_string("{{ _('By %(name)s.', name=name) }}", name="<Z> B.V.")
        assert page == "By &lt;Z&gt; B.V."


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (3653, "10 years"),
        (3652, "10 years"),
        (1096, "3 years"),
        (730, "2 years"),
        (365, "1 year"),
        (180, "6 months"),
        (90, "3 months"),
        (25, "25 days"),
        (1, "1 day"),
        (400, "1 year, 1 month, 5 days"),
    ],
)
def test_a_period_is_said_in_years_months_and_days(app: Flask, days: int, said: str) -> None:
    with app.test_request_context(), in_locale("en"):
        assert format_period(days) == said


def test_a_period_is_said_in_each_language(app: Flask) -> None:
    for code, said in {"nl": "3 jaar", "pl": "3 lata", "fi": "3 vuotta", "fr": "3 ans"}.items():
        with app.test_request_context(), in_locale(code):
            assert format_period(1096) == said
            assert "duration" not in format_period(25)
