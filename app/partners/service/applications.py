"""Applying once, deciding with a reason, and telling the applicant (R1 to R4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.access import links, policy
from app.access.links import Purpose
from app.access.permissions import P
from app.access.roles import MemberRole, OrganisationKind
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, new_ref, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _, _l, format_date, format_time
from app.core.search import fold, search_text
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails, queries
from app.partners.models import AccessState, Application, ApplicationState, GrantedAccess, Reseller, VendorSystem
from app.partners.service.links import new_link
from app.people.models import HeldRole, Organisation, Person
from app.people.queries import with_standing
from app.people.service import joining
from app.settings.models import vendor

if TYPE_CHECKING:
    from datetime import datetime


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


class AlreadyDecided(Conflict):
    """Somebody else decided meanwhile; the message says who, when and what."""

    def __init__(self, application: Application) -> None:
        super().__init__(what_happened(application))


class NotRejected(Conflict):
    """Only a rejected application can be reopened."""

    def __init__(self) -> None:
        super().__init__(_l("Only a rejected application can be reopened. This one is not rejected."))


def what_happened(application: Application) -> str:
    """The decision as a sentence for staff."""
    if application.decided_at is None:
        return str(_("This application was reopened in the meantime and waits for a decision."))
    words = {
        "name": application.decided_by.name if application.decided_by else "Gangway",
        "date": format_date(application.decided_at),
        "time": format_time(application.decided_at),
    }
    if application.state == ApplicationState.ACCEPTED:
        return str(_("%(name)s accepted this application on %(date)s at %(time)s.", **words))
    return str(_("%(name)s rejected this application on %(date)s at %(time)s.", **words))


def apply(details: ApplicationDetails, *, submission_key: str, locale: str, suspicious: bool) -> Application:
    """Takes an application and queues its confirmation. The same form with the same content again gives the first
    application.

    A further application of one company is taken like any other: only staff see that it repeats an earlier one.
    """
    key = _once(submission_key, details)
    company = identifiers.company_key(details.country, details.company_number)
    with write():
        lock_named(f"applicant:{company}")
        lock_named(f"application:{key}")
        first = db.session.scalar(sa.select(Application).where(Application.submission_key == key))
        if first is not None:
            return first
        moment = now()
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
            created_at=moment,
            decide_by=moment + timedelta(days=vendor().decision_days),
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
        history.record(
            application,
            "application.submitted",
            history.Visitor(application.applicant),
            {name: (None, value) for name, value in asdict(details).items() if value},
        )
        if not suspicious:
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
    return Recipient(application.email, application.applicant, application.locale)


def conversation(application: Application) -> str:
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


def accept(application: Application, by: Person) -> Reseller:
    """Makes the applicant a reseller: organisation, owner, personal link, accesses asked, welcome mail.

    Raises:
        AlreadyDecided: somebody decided meanwhile.
        FieldError: the e-mail address belongs to somebody whose access was closed.
    """
    with write():
        found = _undecided(application)
        moment = now()
        organisation = Organisation(kind=OrganisationKind.RESELLER, name=found.company_name, created_at=moment)
        reseller = Reseller(
            organisation=organisation,
            contact_name=found.applicant,
            city=found.city,
            country=found.country,
            company_key=found.company_key,
            name_sort=fold(found.company_name)[:200],
            created_at=moment,
        )
        db.session.add(reseller)
        db.session.flush()
        reseller.search = search_text(
            reseller.ref,
            found.company_name,
            found.applicant,
            found.email,
            found.city,
            identifiers.number_search_words(found.country, found.company_number),
        )
        person = _owner(found)
        joining.join(organisation, person, MemberRole.OWNER, by)
        link = new_link(reseller, found.first_name, found.last_name)
        systems = _ask_for_accesses(reseller, by)
        found.reseller_id = reseller.id
        _decide(found, ApplicationState.ACCEPTED, by)
        history.record(reseller, "reseller.accepted", by, {"link": (None, link.slug), "application": (None, found.ref)})
        materials = [item.title for item in queries.welcome_items(found.locale)]
        outbox.post(
            emails.ApplicationAccepted(
                name=found.applicant,
                company_name=found.company_name,
                ref=found.ref,
                systems=systems,
                materials=materials,
            ),
            Recipient(person.email, person.name, found.locale, person.id),
            conversation=conversation(found),
            secret_link=joining.invitation_for(person),
        )
    return reseller


def _owner(found: Application) -> Person:
    try:
        return joining.find_or_create(found.email, found.applicant, found.locale, found.phone)
    except joining.PersonClosed:
        raise FieldError(
            "email",
            _l(
                "The applicant's e-mail address belongs to a person whose access was closed. "
                "An administrator has to open it first."
            ),
        ) from None


def _ask_for_accesses(reseller: Reseller, by: Person) -> list[str]:
    systems = list(
        db.session.scalars(
            sa.select(VendorSystem).where(VendorSystem.offered).order_by(VendorSystem.position, VendorSystem.id)
        )
    )
    for system in systems:
        db.session.add(
            GrantedAccess(
                reseller_id=reseller.id,
                system_id=system.id,
                state=AccessState.ASKED,
                changed_at=now(),
                changed_by_id=by.id,
            )
        )
    return [system.name for system in systems]


def reject(application: Application, reason: str, by: Person) -> None:
    """Says no; the reason goes to the applicant as it was written.

    Raises:
        AlreadyDecided: somebody decided meanwhile.
        FieldError: there is no reason.
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        found = _undecided(application)
        found.reason = reason
        _decide(found, ApplicationState.REJECTED, by)
        outbox.post(
            emails.ApplicationRejected(
                name=found.applicant, company_name=found.company_name, ref=found.ref, reason=reason
            ),
            recipient(found),
            conversation=conversation(found),
        )


def reopen(application: Application, by: Person) -> None:
    """Puts a rejected application back into the queue. The status page says so at once.

    Raises:
        NotRejected: it is not rejected (any more).
    """
    with write():
        found = lock(Application, application.id)
        if found.state != ApplicationState.REJECTED:
            raise NotRejected
        reason = found.reason
        found.state = ApplicationState.SUBMITTED
        found.reason = None
        found.decided_at = None
        found.decided_by_id = None
        found.version += 1
        history.record(
            found,
            "application.reopened",
            by,
            {"state": (ApplicationState.REJECTED, ApplicationState.SUBMITTED), "reason": (reason, None)},
        )


def _undecided(application: Application) -> Application:
    found = lock(Application, application.id)
    if found.state != ApplicationState.SUBMITTED:
        raise AlreadyDecided(queries.application_with_decider(found.id))
    return found


def _decide(found: Application, state: ApplicationState, by: Person) -> None:
    old = found.state
    found.state = state
    found.decided_at = now()
    found.decided_by_id = by.id
    found.version += 1
    history.record(
        found,
        f"application.{state}",
        by,
        {"state": (old, state), **({"reason": (None, found.reason)} if found.reason else {})},
    )


REMIND_AFTER = (7, 25)
"""Days after which staff are reminded of an application that still waits (R2)."""


def remind_staff(moment: datetime) -> int:
    """Reminds everybody who decides of applications that have waited 7 or 25 days, each time once, and returns how
    many applications were named."""
    with write():
        waiting = list(
            db.session.scalars(
                sa.select(Application)
                .where(Application.state == ApplicationState.SUBMITTED)
                .where(
                    sa.or_(
                        *(
                            sa.and_(
                                Application.reminded_days < days,
                                Application.created_at <= moment - timedelta(days=days),
                            )
                            for days in REMIND_AFTER
                        )
                    )
                )
                .order_by(Application.created_at, Application.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        )
        if not waiting:
            return 0
        for application in waiting:
            application.reminded_days = max(
                days for days in REMIND_AFTER if application.created_at <= moment - timedelta(days=days)
            )
        mail = emails.StaffReminder(
            count=len(waiting),
            applications=[f"{application.company_name} ({application.ref})" for application in waiting],
            oldest=waiting[0].created_at,
            decide_by=min(application.decide_by for application in waiting),
        )
        for person in _deciders():
            outbox.post(
                mail, Recipient(person.email, person.name, person.locale, person.id), conversation="applications"
            )
    return len(waiting)


def _deciders() -> list[Person]:
    holders = db.session.scalars(
        with_standing(sa.select(Person)).where(Person.closed_at.is_(None), Person.id.in_(sa.select(HeldRole.person_id)))
    ).unique()
    return [person for person in holders if policy.allows(person, P.APPLICATIONS_DECIDE)]
