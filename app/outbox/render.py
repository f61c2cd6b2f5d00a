"""From a mail row to words: subject, text and HTML in the recipient's language, the personal link left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import urlsplit

import css_inline
from flask import current_app
from jinja2 import Environment, StrictUndefined

from app.core.crypto import decrypt
from app.core.i18n import in_locale
from app.outbox import mail as mails
from app.outbox.mail import Mail, Recipient
from app.outbox.models import MailRow
from app.settings.models import vendor

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Rendered:
    """A mail's words."""

    subject: str
    text: str
    html: str
    calendar: str | None = None
    """An entry for the reader's calendar, as iCalendar."""


def render(row: MailRow) -> Rendered:
    """The mail as it is stored: where the personal link belongs stands `placeholder(row)`.

    Raises:
        Exception: whatever is wrong with template or arguments; the sender notes it as unrenderable.
    """
    to = Recipient(row.to_email, row.to_name, row.locale, row.person_id)
    mail = mails.load(row.template, row.args)
    return render_mail(mail, to, placeholder(row) if mail.carries_link else None)


def render_mail(mail: Mail, to: Recipient, link: str | None) -> Rendered:
    """A mail to somebody, in that person's language."""
    context: dict[str, Any] = {name: getattr(mail, name) for name in mail.__dataclass_fields__}
    context |= {
        "vendor": vendor(),
        "legal_line": _legal_line(to),
        "to": to,
        "url": absolute_url,
        "public_url": current_app.config["GANGWAY"].public_url,
        "unsubscribe_url": unsubscribe_url(mail),
    }
    if link is not None:
        context["secret_link"] = link
    with in_locale(to.locale):
        subject, text, html = (
            _environment().get_template(f"emails/{mail.template}/{part}").render(context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        part = mail.calendar(to)
    subject = " ".join(subject.split())
    if not subject:
        raise ValueError("the subject is empty")
    return Rendered(subject, text.strip() + "\n", _inlined(html), part.body.decode() if part else None)


def _inlined(html: str) -> str:
    """With the styles in the elements. What remains of them is set before all else, and the encoding belongs there."""
    encoding = '<meta charset="utf-8">'
    return _inliner.inline(html.strip()).replace(encoding, "", 1).replace("<head>", f"<head>{encoding}", 1)


def unsubscribe_url(mail: Mail) -> str | None:
    """The whole address at which the reader, or their mail program, switches off mails of this kind."""
    path = mail.unsubscribe()
    return current_app.config["GANGWAY"].public_url + path if path else None


def _legal_line(to: Recipient) -> str:
    """By the country of the reader's organisation, which a floor above knows, else by the mail's language."""
    country_of: Callable[[int | None], str | None] | None = current_app.extensions.get("gangway_country_of")
    return vendor().legal_line(country_of(to.person_id) if country_of and vendor().footers else None, to.locale)


def as_sent(row: MailRow, rendered: Rendered) -> Rendered:
    """The words with the real link in its place."""
    link = current_app.config["GANGWAY"].public_url + decrypt(row.secret) if row.secret else ""
    return _filled(row, rendered, link)


def without_link(row: MailRow, rendered: Rendered, instead: str) -> Rendered:
    """The words with `instead` where the link was: for eyes that must not enter by it."""
    filled = replace(rendered, html=rendered.html.replace(f'href="{placeholder(row)}"', ""))
    return _filled(row, filled, instead)


def stored(row: MailRow) -> Rendered | None:
    """The words as they were rendered at the first claim; None before."""
    if row.subject is None:
        return None
    return Rendered(row.subject, row.text or "", row.html or "", row.calendar)


def placeholder(row: MailRow) -> str:
    """An address that stands for the link until the mail leaves. It holds the row's random reference, so nobody can
    type it into a form beforehand and have it filled in."""
    return f"https://link-{row.ref.lower()}.invalid/"


def _filled(row: MailRow, rendered: Rendered, link: str) -> Rendered:
    mark = placeholder(row)
    return replace(
        rendered, text=rendered.text.replace(mark, link), html=rendered.html.replace(mark, escape(link, quote=True))
    )


def absolute_url(endpoint: str, **values: Any) -> str:
    """An address for whoever is elsewhere, from GANGWAY_PUBLIC_URL alone."""
    parts = urlsplit(current_app.config["GANGWAY"].public_url)
    adapter = current_app.url_map.bind(parts.netloc, url_scheme=parts.scheme)
    return adapter.build(endpoint, values, force_external=True)


def _environment() -> Environment:
    """The templates' environment, in which a name that does not exist is an error instead of an empty place."""
    found: Environment | None = current_app.extensions.get("gangway_mail_templates")
    if found is None:
        found = current_app.jinja_env.overlay(undefined=StrictUndefined)
        current_app.extensions["gangway_mail_templates"] = found
    return found
