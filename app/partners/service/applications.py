"""Applying once, being told of it, and being found genuine (R1)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, new_ref, write
from app.core.search import search_text
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails
from app.partners.models import Application, ApplicationState
from app.people.models import Person
from app.settings.models import vendor


@dataclass(frozen=True)
class ApplicationDetails:
    """What an applicant tells, in canonical forms."""

    first_name: str
    last_name: str
    email: str
    phone: str
    company_name: str
    country: str
    company_number: str
    street: str
    postcode: str
    city: str
    website: str
    about: str


def apply(details: ApplicationDetails, *, submission_key: str, locale: str, suspicious: bool) -> Application:
    """Takes an application and queues its confirmation. The same form with the same content again gives the first
    application.

    A further application of one company is taken like any other: only staff see that it repeats an earlier one.
    """
    key = _once(submission_key, details)
    with write():
        return _keep(
            details,
            key,
            locale,
            now(),
            history.Visitor(f"{details.first_name} {details.last_name}"),
            "application.submitted",
            suspicious=suspicious,
            confirmed=not suspicious,
        )


def take_in(details: ApplicationDetails, *, locale: str, arrived: datetime, confirmed: bool, by: Person) -> Application:
    """An application that came by mail or stood in a list before Gangway, inside this `write()`. What was promised is
    reckoned from the day on which it arrived. The applicant gets the confirmation, with the promise and the link to the
    status page, only if somebody chooses so."""
    return _keep(
        details,
        key_of_file(details),
        locale,
        arrived,
        by,
        "application.taken_in",
        suspicious=False,
        confirmed=confirmed,
    )


def key_of_file(details: ApplicationDetails) -> str:
    """By which the same application in whatever file is known again."""
    return _once("file", details)


def _keep(
    details: ApplicationDetails,
    key: str,
    locale: str,
    arrived: datetime,
    by: history.Actor | history.Visitor,
    verb: str,
    *,
    suspicious: bool,
    confirmed: bool,
) -> Application:
    company = identifiers.company_key(details.country, details.company_number)
    lock_named(f"applicant:{company}")
    lock_named(f"application:{key}")
    first = db.session.scalar(sa.select(Application).where(Application.submission_key == key))
    if first is not None:
        return first
    application = Application(
        **{**asdict(details), "website": details.website or None, "about": details.about or None},
        ref=new_ref("A"),
        company_key=company,
        locale=locale,
        submission_key=key,
        suspicious=suspicious,
        repeat_of_id=db.session.scalar(
            sa.select(sa.func.min(Application.id)).where(Application.company_key == company)
        ),
        created_at=arrived,
        decide_by=arrived + timedelta(days=vendor().decision_days),
        decided_at=None,
    )
    application.search = search_text(
        application.ref,
        application.company_name,
        application.applicant,
        application.email,
        application.city,
        identifiers.number_search_words(application.country, application.company_number),
    )
    db.session.add(application)
    db.session.flush()
    history.record(application, verb, by, {name: (None, value) for name, value in asdict(details).items() if value})
    if confirmed:
        _confirm(application)
    return application


def _once(submission_key: str, details: ApplicationDetails) -> str:
    """Key and content together: a form sent twice is one application, a form corrected after going back is another."""
    content = json.dumps([submission_key or new_ref("K", 24), asdict(details)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _confirm(application: Application) -> None:
    _link, path = links.mint(Purpose.APPLICATION_STATUS, application.id)
    outbox.post(
        emails.ApplicationReceived(
            name=application.applicant,
            company_name=application.company_name,
            ref=application.ref,
            decide_by=application.decide_by,
            usual_days=vendor().decision_usual_days,
        ),
        recipient(application),
        conversation=conversation(application),
        secret_link=path,
    )


def recipient(application: Application) -> Recipient:
    """The applicant, in the language of the form that was sent; nobody among the people yet."""
    return Recipient(application.email, application.applicant, application.locale)


def conversation(application: Application) -> str:
    """Under which all mails about the application are found together."""
    return f"application:{application.ref}"


def clear(application: Application, by: Person) -> None:
    """Staff looked at an application that was set apart, and found it genuine: it joins the queue, and the
    confirmation that was held back goes out. Doing it twice does nothing more."""
    with write():
        found = lock(Application, application.id)
        if not found.suspicious:
            return
        found.suspicious = False
        found.version += 1
        history.record(found, "application.cleared", by, {"suspicious": (True, False)})
        if found.state == ApplicationState.SUBMITTED:
            _confirm(found)


def renew_status_link(application: Application, by: Person) -> None:
    """A new private status link goes to the applicant; earlier ones close."""
    with write():
        found = lock(Application, application.id)
        links.revoke_all(Purpose.APPLICATION_STATUS, found.id)
        history.record(found, "application.link_renewed", by)
        _confirm(found)
