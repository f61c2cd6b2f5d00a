"""The desk's inbox: what waits for this person, gathered from every feature, the oldest promise first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel import Locale, dates
from flask import Flask, Response, g, request, url_for
from markupsafe import Markup, escape

from app.access.guard import actor_or_none, may
from app.access.permissions import P
from app.core.carried import number_in
from app.core.clock import now, today
from app.core.db import db, write
from app.core.i18n import _, _l, current_locale, for_machines, format_weekday, ngettext
from app.core.inbox import InboxItem
from app.people.models import Person
from app.settings import processes
from app.settings.models import vendor
from app.web.models import InboxPause

SOURCES = (
    "app.partners.inbox",
    "app.billing.inbox",
    "app.plans.inbox",
    "app.trainings.inbox",
    "app.leads.inbox",
    "app.followups.inbox",
    "app.integrations.inbox",
    "app.integrations.questions_inbox",
    "app.manuals.inbox",
    "app.manuals.pilots_inbox",
    "app.cooperation.inbox",
    "app.privacy.inbox",
    "app.web.mail_inbox",
    "app.web.history_inbox",
    "app.web.webhooks.inbox",
)
"""Each has `items(actor, limit)`, which asks a constant number of queries."""

MOST = 200
"""Items of each source: who has more than that waiting needs hands, not a longer list."""

GROUPS = (
    ("late", _l("Late")),
    ("today", _l("Promised today")),
    ("week", _l("Within a week")),
    ("later", _l("Later")),
)

_DAY = {"en": "EEE d MMM", "nl": "EEE d MMM", "pl": "EEE, d MMM", "fi": "ccc d.M.", "fr": "EEE d MMM"}


@dataclass(frozen=True)
class Waiting:
    """An item with its promise in words."""

    item: InboxItem
    group: str
    due: str
    tone: str
    url: str
    """The item's page, inside the inbox."""


@dataclass(frozen=True)
class Inbox:
    """What waits, in the order in which it is promised; `aside` rests until its day."""

    waiting: list[Waiting] = field(default_factory=list)
    aside: list[Waiting] = field(default_factory=list)

    @property
    def groups(self) -> list[tuple[Any, list[Waiting]]]:
        found = [(label, [each for each in self.waiting if each.group == code]) for code, label in GROUPS]
        return [(label, each) for label, each in found if each]

    @property
    def summary(self) -> str:
        """14 open, 2 promised today"""
        urgent = sum(each.group in ("late", "today") for each in self.waiting)
        count = ngettext("%(num)s open", "%(num)s open", len(self.waiting))
        if not urgent:
            return count
        return _(
            "%(count)s, %(urgent)s",
            count=count,
            urgent=ngettext("%(num)s due today or late", "%(num)s due today or late", urgent),
        )

    def place_of(self, key: str) -> int | None:
        return next((place for place, each in enumerate(self.waiting) if each.item.key == key), None)


@dataclass(frozen=True)
class Here:
    """Where in the inbox a page is shown."""

    inbox: Inbox
    key: str
    place: int | None
    previous: Waiting | None
    next: Waiting | None


def gather(person: Person) -> Inbox:
    """Asked once a request."""
    found: Inbox | None = g.get("gangway_inbox")
    if found is None:
        found = g.gangway_inbox = _gather(person)
    return found


def _gather(person: Person) -> Inbox:
    items: list[InboxItem] = []
    for name in SOURCES:
        if not processes.runs(name):
            continue
        source: Callable[[Person, int], list[InboxItem]] = import_module(name).items
        items += source(person, MOST)
    rows = db.session.scalars(
        sa.select(InboxPause.item_key).where(InboxPause.person_id == person.id, InboxPause.until > now())
    )
    paused = set(rows)
    items.sort(key=lambda item: (item.due, item.key))
    waiting = [item for item in items if item.key not in paused]
    aside = [item for item in items if item.key in paused]
    return Inbox(
        [_worded(item, place) for place, item in enumerate(waiting)],
        [_worded(item, None) for item in aside],
    )


def _worded(item: InboxItem, place: int | None) -> Waiting:
    zone = vendor().timezone
    group, due, tone = _promise_words(item.due.astimezone(ZoneInfo(zone)).date(), today(zone))
    address = within(item.url, item.key, place) if place is not None else item.url
    return Waiting(item, group, due, tone, address)


def _promise_words(day: date, this_day: date) -> tuple[str, str, str]:
    days = (day - this_day).days
    if days < 0:
        return "late", ngettext("%(num)s day late", "%(num)s days late", -days), "late"
    if days == 0:
        return "today", _("Today"), "act"
    if days == 1:
        return "week", _("Tomorrow"), ""
    words = str(dates.format_date(day, _DAY[current_locale()], locale=Locale.parse(current_locale())))
    return ("week" if days < 7 else "later"), words, ""


def promised(moment: datetime) -> Markup:
    """A promise on an item's page: in colour when it is due."""
    zone = vendor().timezone
    group, _words, tone = _promise_words(moment.astimezone(ZoneInfo(zone)).date(), today(zone))
    day = format_weekday(moment)
    match group:
        case "late":
            text = _("Late, promised by %(date)s", date=day)
        case "today":
            text = _("Promised today, %(date)s", date=day)
        case _other:
            text = _("Promised by %(date)s", date=day)
    return Markup('<time class="gw-due{}" datetime="{}">{}</time>').format(
        f" is-{tone}" if tone else "", for_machines(moment), escape(text)
    )


# --- setting aside ----------------------------------------------------------------------------------------------------


def pause(person: Person, key: str, *, until: str) -> None:
    """The item rests for this person until tomorrow or until Monday; the promise goes on running."""
    zone = ZoneInfo(vendor().timezone)
    day = today(vendor().timezone)
    day += timedelta(days=1) if until != "week" else timedelta(days=7 - day.weekday())
    moment = datetime.combine(day, time(6, 0), zone)
    with write():
        db.session.execute(
            sa.delete(InboxPause).where(
                InboxPause.person_id == person.id, sa.or_(InboxPause.item_key == key, InboxPause.until < now())
            )
        )
        db.session.add(InboxPause(person_id=person.id, item_key=key[:80], until=moment))


def resume(person: Person, key: str) -> None:
    with write():
        db.session.execute(sa.delete(InboxPause).where(InboxPause.person_id == person.id, InboxPause.item_key == key))


# --- pages inside the inbox -------------------------------------------------------------------------------------------
#
# An item's page is the feature's own page. `?inbox=<key>&at=<place>` in its address puts the list beside it, and
# whatever is sent from there comes back to the inbox: to the next item when this one no longer waits.


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(inbox_here=here, in_inbox=in_inbox, promise=promised)
    app.after_request(_onward)


def within(url: str, key: str, place: int | None = None) -> str:
    """The address, shown inside the inbox."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("inbox", "at")]
    query.append(("inbox", key))
    if place is not None:
        query.append(("at", str(place)))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), parts.fragment))


def in_inbox(url: str) -> str:
    """For forms and links of a page: stays inside the inbox if the page is shown there."""
    if not url or not request.args.get("inbox"):
        return url
    place = number_in(request.args.get("at"), -1)
    return within(url, request.args["inbox"][:80], place if place >= 0 else None)


def here() -> Here | None:
    """For the layout of the desk: the list to show beside this page, or None outside the inbox."""
    key = request.args.get("inbox", "")[:80]
    person = actor_or_none()
    if not key or person is None or not may(P.DESK):
        return None
    inbox = gather(person)
    place = inbox.place_of(key)
    if place is None:
        return Here(inbox, key, None, None, inbox.waiting[0] if inbox.waiting else None)
    before = inbox.waiting[place - 1] if place else None
    after = inbox.waiting[place + 1] if place + 1 < len(inbox.waiting) else None
    return Here(inbox, key, place, before, after)


def _onward(response: Response) -> Response:
    """After something was done from inside the inbox: stay on the item while it waits, else open the next one."""
    if request.method != "POST" or response.status_code != 303 or request.endpoint is None:
        return response
    origin = came_from()
    location = response.headers.get("Location", "")
    path = urlsplit(location).path
    if origin is None or not (path == "/desk" or path.startswith("/desk/")):
        return response
    key, place = origin
    query = {"after": key, "at": str(place), "to": location}
    response.headers["Location"] = url_for("web_desk.inbox") + "?" + urlencode(query)
    return response


def came_from() -> tuple[str, int] | None:
    """The item and its place, if this was sent from a page inside the inbox."""
    asked: dict[str, str] = dict(request.args.items())
    if "inbox" not in asked:
        referer = urlsplit(request.headers.get("Referer", ""))
        asked = dict(parse_qsl(referer.query)) if referer.netloc == request.host else {}
    if "inbox" not in asked:
        return None
    return asked["inbox"][:80], number_in(asked.get("at"))


def onward(inbox: Inbox, key: str, place: int, to: str) -> str:
    """Where to go after `key` was acted upon: to another item's page if that is what came back (an undo), else to the
    page itself while the item waits, else to whatever stands in its place now."""
    path = urlsplit(to).path
    still = inbox.place_of(key)
    if still is not None:
        if path == "/desk":
            return inbox.waiting[still].url
        back = next((each for each in inbox.waiting if urlsplit(each.item.url).path == path), None)
        return back.url if back and back.item.key != key else within(to, key, still)
    if place < len(inbox.waiting):
        return inbox.waiting[place].url
    return inbox.waiting[-1].url if inbox.waiting else url_for("web_desk.inbox")
