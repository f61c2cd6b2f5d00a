"""Plays the demo vendor's last months with the application's own verbs, each as if it were that day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.access.roles import MemberRole, StaffRole
from app.catalogue import service as catalogue
from app.core import identifiers
from app.core.clock import as_if, now
from app.core.db import db, write
from app.customers.models import COMPANY_FIELDS
from app.demo import (
    billing,
    cast,
    directory,
    imports,
    invoices,
    invoicing,
    onboarding,
    plans,
    privacy,
    programs,
    software,
    together,
    total_service,
    words,
)
from app.documents import queries as documents
from app.documents import service as document_service
from app.documents.models import DocumentKind, DocumentVersion
from app.history.chain import seal_entries
from app.leads import queries as leads
from app.leads.models import Lead, TypedBy
from app.leads.service import change_requests, conversion, decision, editing, notes, registration
from app.leads.service.details import LeadDetails, Registration, Shop
from app.partners import queries as partners
from app.partners.models import Application, Reseller
from app.partners.service import accesses, applications, decisions, suspension, terms, welcome
from app.people import passwords
from app.people import queries as people
from app.people.models import HeldRole, Person
from app.people.service import joining
from app.playbooks import service as playbooks
from app.playbooks.models import Audience
from app.reports import rollups
from app.settings import service as settings


def is_empty() -> bool:
    """Whether nobody lives in this database yet."""
    return db.session.scalar(sa.select(Person.id).limit(1)) is None


@dataclass
class _Stage:
    """Who is on stage while the play runs."""

    kept_password: str
    resellers: dict[int, int] = field(default_factory=dict)
    leads: dict[int, int] = field(default_factory=dict)
    """Ids alone: a job that runs between two events forgets whatever was loaded."""
    events: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    """How many days ago, and what happened."""

    def staff(self, role: str) -> Person:
        return _person(next(email for held, _name, email, _locale in cast.STAFF if held == role))

    def owner(self, number: int) -> Person:
        return _person(cast.RESELLERS[number].company.email)

    def reseller(self, number: int) -> Reseller:
        return db.session.get_one(Reseller, self.resellers[number])

    def at(self, days_ago: float, event: Callable[[], None]) -> None:
        self.events.append((days_ago, event))

    def play(self) -> None:
        """Oldest first; what was as many days ago in the order in which it was told. Whatever the hour at which the
        demo is loaded, nothing happens before what came before it."""
        moment = datetime.min.replace(tzinfo=UTC)
        for number, (days_ago, event) in sorted(enumerate(self.events), key=lambda each: (-each[1][0], each[0])):
            moment = max(moment, _office_hours(days_ago, number))
            with as_if(moment):
                event()
            db.session.expire_all()


def _office_hours(days_ago: float, number: int) -> datetime:
    """A moment of that day at which people work; what happened today happened when it says."""
    moment = now() - timedelta(days=days_ago)
    if days_ago < 1:
        return moment
    local = moment.astimezone(ZoneInfo(words.VENDOR["timezone"]))
    return local.replace(hour=9 + number % 8, minute=number * 7 % 60)


def _person(email: str) -> Person:
    found = people.by_email(email)
    assert found is not None
    return found


def load() -> None:
    """Fills an empty database. Takes a few seconds.

    Raises:
        RuntimeError: somebody lives here already.
    """
    if not is_empty():
        raise RuntimeError("The demo goes only into an empty database.")
    stage = _Stage(passwords.hashed(cast.PASSWORD))
    stage.at(300, lambda: _open_shop(stage))
    for number, applicant in enumerate(cast.RESELLERS):
        _programme(stage, number, applicant)
    for applicant in cast.APPLICANTS:
        _apply_only(stage, applicant)
    for number, client in enumerate(cast.CLIENTS):
        _story(stage, number, client)
    for wish in cast.WISHES:
        _wish(stage, wish)
    stage.at(2.2, privacy.ask)
    billing.play(stage.at, stage.staff)
    invoices.play(stage.at, stage.staff)
    plans.play(stage.at, stage.staff)
    onboarding.play(stage.at, stage.staff)
    total_service.play(stage.at, stage.staff, stage.kept_password)
    software.play(stage.at, stage.staff, stage.kept_password)
    together.play(stage.at, stage.staff)
    directory.play(stage.at, stage.staff)
    stage.at(0.4, privacy.erase)
    stage.at(0.2, lambda: imports.send_a_list(stage.staff("sales")))
    programs.play(stage.at, stage.staff, stage.owner)
    stage.play()
    seal_entries()
    rollups.rebuild()


def _open_shop(stage: _Stage) -> None:
    for role, name, email, locale in cast.STAFF:
        person = Person(
            name=name,
            email=email,
            locale=locale,
            password_hash=stage.kept_password,
            created_at=now(),
            signed_in_at=now(),
            held_roles=[HeldRole(role=StaffRole(role))],
            memberships=[],
        )
        with write():
            db.session.add(person)
    admin, editor, sales = (stage.staff(role) for role in ("administrator", "content_editor", "sales"))
    settings.change(words.VENDOR, 0, admin)
    for code, names, hints in words.SERVICES:
        net, months = words.PRICES.get(code, (None, 0))
        priced = catalogue.ServiceDetails(
            code,
            names,
            hints,
            offered=code not in words.ORDERED_IN_PLANS,
            net=Decimal(net) if net else None,
            vat_rate=Decimal(21),
            months=months,
        )
        catalogue.add(priced, editor)
    for brought in playbooks.bring_shipped():
        if brought.playbook.audience == Audience.PARTNER:
            playbooks.start_draft(brought.playbook, editor)  # somebody is at work on it
    for name in words.SYSTEMS:
        accesses.add_system(name, sales)
    for locale, items in words.WELCOME.items():
        for title, description, url in items:
            welcome.add(locale, title, description, url, None, sales)
    _publish(DocumentKind.RESELLER_TERMS, words.TERMS, editor)
    _publish(DocumentKind.PRIVACY_NOTICE, words.PRIVACY, editor)
    _publish(DocumentKind.INVOICING_PROCESS, invoicing.PROCESS, editor)


def _publish(kind: DocumentKind, texts: dict[str, tuple[str, str]], by: Person) -> None:
    draft = document_service.start_draft(kind, by)
    for locale, (title, body) in texts.items():
        document_service.save_text(draft, locale, title, body, _row_version(draft), by)
    document_service.publish(draft, _row_version(draft), by)


def _row_version(draft: DocumentVersion) -> int:
    return db.session.scalar(sa.select(DocumentVersion.row_version).where(DocumentVersion.id == draft.id)) or 0


def _details(applicant: cast.Applicant) -> applications.ApplicationDetails:
    company = applicant.company
    return applications.ApplicationDetails(
        first_name=applicant.first_name,
        last_name=applicant.last_name,
        email=company.email,
        phone=company.phone,
        company_name=company.company_name,
        country=company.country,
        company_number=identifiers.normalise_company_number(company.country, company.company_number),
        street=company.street,
        postcode=company.postcode,
        city=company.city,
        website=company.website,
        about=applicant.about,
    )


def _programme(stage: _Stage, number: int, applicant: cast.Applicant) -> None:
    """Applies, is accepted, comes in, accepts the terms, gets the accesses; one is suspended in the end."""
    made: dict[str, int] = {}

    def apply() -> None:
        made["it"] = applications.apply(
            _details(applicant), submission_key=f"demo-reseller-{number}", locale=applicant.locale, suspicious=False
        ).id

    def accept() -> None:
        application = db.session.get_one(Application, made["it"])
        stage.resellers[number] = decisions.accept(application, stage.staff("sales")).id

    def come_in() -> None:
        reseller = stage.reseller(number)
        owner = stage.owner(number)
        with write():
            owner.password_hash, owner.signed_in_at = stage.kept_password, now()
        version = documents.in_force(DocumentKind.RESELLER_TERMS)
        assert version is not None
        text = next(text for text in version.texts if text.locale == applicant.locale)
        terms.accept(reseller, version, text, owner, address="192.0.2.17", user_agent="Demo")
        for member in cast.MEMBERS:
            if member[0] == number:
                _join(stage, owner, *member[1:])

    def deliver() -> None:
        sales = stage.staff("sales")
        reseller = stage.reseller(number)
        for granted in partners.accesses_of(reseller):
            state = accesses.next_states(granted.state)[0]
            accesses.move(reseller, granted.id, state, granted.version, sales)

    def suspend() -> None:
        suspension.suspend(stage.reseller(number), applicant.suspended, stage.staff("team_leader"))

    stage.at(applicant.days + 6, apply)
    stage.at(applicant.days, accept)
    stage.at(applicant.days - 1, come_in)
    stage.at(applicant.days - 2, deliver)
    if applicant.suspended:
        stage.at(4, suspend)


def _join(stage: _Stage, owner: Person, name: str, email: str, locale: str) -> None:
    with write():
        person = joining.find_or_create(email, name, locale)
        person.password_hash, person.signed_in_at = stage.kept_password, now()
        joining.join(owner.places[0].organisation, person, MemberRole.MEMBER, by=person)


def _apply_only(stage: _Stage, applicant: cast.Applicant) -> None:
    made: dict[str, int] = {}

    def apply() -> None:
        made["it"] = applications.apply(
            _details(applicant),
            submission_key=f"demo-applicant-{applicant.company.company_number}",
            locale=applicant.locale,
            suspicious=False,
        ).id

    stage.at(applicant.days, apply)
    if applicant.rejected:
        stage.at(
            applicant.days - 5,
            lambda: decisions.reject(
                db.session.get_one(Application, made["it"]), applicant.rejected, stage.staff("team_leader")
            ),
        )


def _registration(number: int, client: cast.Client) -> Registration:
    company = client.company
    more: dict[str, Any] = dict(client.more)
    return Registration(
        company_name=company.company_name,
        country=company.country,
        company_number=identifiers.normalise_company_number(company.country, company.company_number),
        street=company.street,
        postcode=company.postcode,
        city=company.city,
        website=company.website or None,
        contact_name=client.contact,
        email=company.email,
        phone=company.phone,
        services=client.services,
        shops=tuple(Shop(url, platform) for url, platform in client.shops),
        typed_by=TypedBy(client.typed_by),
        note=client.note,
        submission_key=f"demo-client-{number}",
        **more,
    )


def _story(stage: _Stage, number: int, client: cast.Client) -> None:
    """A client is registered and goes as far as its state says."""

    def register() -> None:
        reseller = stage.reseller(client.reseller)
        current = partners.current_link(reseller)
        assert current is not None
        link = partners.form_behind(current.slug)
        assert isinstance(link, partners.OpenForm)
        by = stage.owner(client.reseller) if client.typed_by == "reseller" else None
        submission = registration.register(
            link.link, _registration(number, client), by=by, locale=client.locale, address="192.0.2.30"
        )
        stage.leads[number] = submission.lead_id

    stage.at(client.days, register)
    for days, event in _later(stage, number, client):
        stage.at(days, event)


def _later(stage: _Stage, number: int, client: cast.Client) -> list[tuple[float, Callable[[], None]]]:
    """What happened to the client after the registration, with how long ago."""

    def lead() -> Lead:
        return db.session.get_one(Lead, stage.leads[number], populate_existing=True)

    def ask() -> None:
        question = "Prosimy o numer KRS spółki; bez niego nie założymy konta."
        notes.add(lead().id, question, stage.staff("team_leader"), asks=True)

    def accept() -> None:
        level, answer, reason = client.answered or _ANSWERS[number % len(_ANSWERS)]
        total_service.note(lead(), level, answer, reason, stage.staff("sales"))
        decision.accept(lead().id, lead().version, stage.staff("sales"))

    def decline() -> None:
        decision.decline(lead().id, lead().version, client.reason, stage.staff("sales"))

    def withdraw() -> None:
        editing.withdraw(lead().id, client.reason, stage.owner(client.reseller))

    stories: dict[str, list[tuple[float, Callable[[], None]]]] = {
        "asked": [(client.days - 1, ask)],
        "accepted": [(client.days - 1.5, accept)],
        "converted": [(client.days - 1.2, accept), (client.days - 5, lambda: _convert(stage, lead().ref))],
        "declined": [(client.days - 2, decline)],
        "withdrawn": [(client.days - 4, withdraw)],
    }
    return stories.get(client.state, [])


_ANSWERS: tuple[cast.Answered, ...] = (
    ("total", "yes", None),
    ("total", "in_principle", None),
    ("transaction", "no", "own_accountant"),
    ("total", "yes", None),
    ("transaction", "no", "price"),
    ("total", "in_principle", None),
    ("transaction", "no", "too_early"),
)
"""What companies say about the total service, in turn."""


def _convert(stage: _Stage, ref: str) -> None:
    found = leads.one(leads.whole(sa.select(Lead)), ref)
    everything = conversion.Choice(
        lead_version=found.version,
        service_ids=frozenset(wanted.service_id for wanted in found.services),
        shop_ids=frozenset(shop.id for shop in found.shops),
    )
    conversion.convert(found.id, everything, stage.staff("account_manager"))


def _wish(stage: _Stage, wish: cast.Wish) -> None:
    """Asks for what one may not change oneself."""
    number = next(at for at, client in enumerate(cast.CLIENTS) if client.company.company_name == wish.company_name)

    def ask() -> None:
        lead = db.session.get_one(Lead, stage.leads[number], populate_existing=True)
        by = stage.owner(cast.CLIENTS[number].reseller)
        if wish.services:
            change_requests.ask_addition(lead.id, wish.services, (), wish.note, by)
            return
        account = change_requests.account_of(lead)
        assert account is not None
        company = {name: getattr(account, name) for name in COMPANY_FIELDS}
        details = LeadDetails(**{**company, "phone": wish.phone})
        change_requests.ask_change(lead.id, details, wish.note, by)

    stage.at(wish.days, ask)
