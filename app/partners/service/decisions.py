"""Accepting an applicant or saying no with a reason, once, and taking a no back (R2 to R4)."""

from __future__ import annotations

from app.access.roles import MemberRole, OrganisationKind
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _, _l, format_date, format_time
from app.core.search import fold, search_text
from app.history import service as history
from app.outbox import service as outbox
from app.outbox.mail import Recipient
from app.partners import emails, queries
from app.partners.models import Application, ApplicationState, Reseller
from app.partners.service.accesses import ask_for_all
from app.partners.service.applications import conversation, recipient
from app.partners.service.links import new_link
from app.people.models import Organisation, Person
from app.people.service import joining


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
        systems = ask_for_all(reseller, by)
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
