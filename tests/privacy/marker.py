"""One person, seeded everywhere by the features' own verbs, and looked for in everything that is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from anyascii import anyascii
from flask import current_app

from app.access.roles import MemberRole
from app.access.scopes import Scope
from app.billing.models import InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service import details as billing
from app.billing.service import entering, payments
from app.core.clock import now
from app.core.db import Base, db, write
from app.core.files import TEXT, Received
from app.core.privacy import Holding, Is
from app.core.schedule import JobRun
from app.documents.models import DocumentText
from app.documents.service import keep_upload
from app.followups.models import Answer, FollowUp, FollowUpState, Interest, Level, Occasion
from app.followups.service import assigning, followups, interest
from app.followups.service.followups import Asked, Phoned
from app.followups.service.interest import InterestDetails
from app.imports.models import ImportLine, ImportRun, ImportState
from app.leads.models import ChangeItem, ChangeRequest, Conversion, Lead, Submission, TypedBy
from app.leads.service import change_requests, conversion, decision, editing, notes, registration
from app.leads.service.details import LeadDetails, Registration, Shop
from app.outbox.models import MailAttempt, MailRow, MailState
from app.outbox.render import render
from app.outbox.webhooks import service as webhooks
from app.outbox.webhooks.models import DeliveryAttempt
from app.partners.models import Application, PersonalLink, Reseller, WelcomeItem
from app.partners.service import links, terms
from app.people import queries, tries
from app.people.models import Organisation, Person, RecoveryCode
from app.people.service import entering as signing_in
from app.people.service import joining, own, places, tokens
from app.privacy.models import AskedFor, CameBy
from app.privacy.service import requests
from app.privacy.sources import holdings
from app.web.models import InboxPause
from tests import receiver
from tests import sentences as s
from tests.followups.partners import a_service_partner
from tests.partners import sentences as partners

FIRST, LAST = "Zdzisława", "Żubr-Ćmielowska"
NAME = f"{FIRST} {LAST}"
EMAIL = "zdzislawa@marker.example"
FORMER = "dawniej@marker.example"
PHONE = "+48501602703"

TRACES = re.compile(r"zdzislawa|cmielowska|marker\.example|501[ -]?602[ -]?703")
"""Folded: whatever is left of the person matches this."""
RAW = re.compile(rb"(?i)zdzis(l|\xc5\x82|\xb3|\\u0142)awa|mielowska|marker\.example|501[ -]?602[ -]?703")
"""The same in bytes on a disc, however they were written."""

PERSONAL = (Is.EMAIL, Is.NAME, Is.PHONE, Is.OWN, Is.TEXT, Is.ADDRESS, Is.SEARCH)


@dataclass
class Seeded:
    """What came to be."""

    person: Person
    reseller: Reseller
    other: Reseller
    lead: Lead
    declined: Lead
    colleague: Person


def company(**values: Any) -> dict[str, Any]:
    number = s.a_nip()
    return {
        "company_name": "Quillmark Stationers",
        "country": "PL",
        "company_number": number,
        "street": "ul. Papiernicza 8",
        "postcode": "61-002",
        "city": "Poznań",
        "contact_name": NAME,
        "email": EMAIL,
        "phone": PHONE,
        **values,
    }


def registered(reseller: Reseller, **values: Any) -> Submission:
    details = company(**values)
    note = details.pop("note", f"Please ask for {NAME}, {PHONE}.")
    link = db.session.scalars(
        sa.select(PersonalLink)
        .where(PersonalLink.reseller_id == reseller.id, PersonalLink.is_current)
        .options(sa.orm.joinedload(PersonalLink.reseller).joinedload(Reseller.organisation))
    ).one()
    sent = Registration(**details, note=note, typed_by=TypedBy.CLIENT, submission_key=s.a_nip())
    return registration.register(link, sent, locale="pl", address="203.0.113.7")


def seed() -> Seeded:
    """The marker person in every role the product knows for somebody outside the vendor."""
    other = s.a_reseller("Fjordlight", contact="Aino Salmi")
    reseller = s.a_reseller("Polana", contact="Katarzyna Milewska", terms_version=0)
    owner = s.owner_of(reseller)
    seller = s.a_staff_member("sales", "finance", "administrator", "content_editor")
    person = _a_member(reseller, seller)
    _as_applicant()
    lead, declined = _as_contact(reseller, other, person, seller)
    _as_customer(lead, seller, person)
    _in_files(seller)
    _in_programs(person, reseller, seller)
    _in_passing()
    requests.file(
        requests.Filed(EMAIL, NAME, "pl", "PL", AskedFor.CORRECTION, f"I am {NAME}", CameBy.LETTER, now()), seller
    )
    render_all()
    return Seeded(person, reseller, other, lead, declined, owner)


def _a_member(reseller: Reseller, seller: Person) -> Person:
    """Invited, in, with a past: another address, a forgotten password, the terms accepted."""
    organisation = db.session.get_one(Organisation, reseller.organisation_id)
    with write():
        person = joining.find_or_create(FORMER, NAME, "pl", PHONE)
        joining.join(organisation, person, MemberRole.OWNER)
        db.session.add(RecoveryCode(person_id=person.id, code_hash="a" * 64))
        reseller = db.session.get_one(Reseller, reseller.id)
        reseller.contact_name, reseller.search = NAME, f"{reseller.search} zdzislawa zubr-cmielowska"
        reseller.suspension = f"Agreed with {NAME}"
    links.rotate(reseller, seller)
    with write():
        db.session.get_one(Person, person.id).email = EMAIL
        from app.history.service import record

        record(person, "person.email_changed", person, {"email": (FORMER, EMAIL)})
    own.save_profile(person, own.Profile(NAME, "+48501602703", "fi"))
    own.wish_email(person, "nowa@marker.example")
    signing_in.ask_for_link(EMAIL, None)
    tries.remember(tries.account(EMAIL))
    version = partners.published_terms(seller)
    text = db.session.scalars(sa.select(DocumentText).where(DocumentText.version_id == version.id)).first()
    assert text is not None
    with write():
        db.session.add(InboxPause(person_id=person.id, item_key="lead:L-1", until=now()))
    terms.accept(reseller, version, text, person, address="203.0.113.9", user_agent="Marker browser")
    place = s.an_organisation("Tuulia")
    places.invite(place, places.Newcomer(EMAIL, NAME, "pl", MemberRole.MEMBER), s.a_member_of(place))
    return person


def _as_applicant() -> None:
    partners.an_application(first_name=FIRST, last_name=LAST, email=EMAIL, phone=PHONE, about=f"Ask {NAME} or {EMAIL}.")
    with write():
        db.session.execute(sa.update(Application).values(reason=f"Sorry, {NAME}"))


def _as_contact(reseller: Reseller, other: Reseller, person: Person, seller: Person) -> tuple[Lead, Lead]:
    s.a_service("payments")
    sent = registered(other, services=("payments",), shops=(Shop("https://quillmark.example", "WooCommerce"),))
    lead = db.session.get_one(Lead, sent.lead_id)
    other_owner = s.owner_of(other)
    notes.add(lead.id, f"Called {LAST.upper()} {FIRST} on {PHONE[:3]} 501 602 703", seller, internal=True)
    again = registered(other, note="", company_number=lead.company_number, contact_name="Someone Else")
    assert again.lead_id == lead.id
    fresh = db.session.get_one(Lead, lead.id, populate_existing=True)
    values = {**{name: getattr(fresh, name) for name in _COMPANY}, "phone": "+48501602704"}
    editing.edit(lead.id, fresh.version, LeadDetails(**values, services=("payments",)), other_owner)
    lead = db.session.get_one(Lead, lead.id, populate_existing=True)
    editing.edit(lead.id, lead.version, LeadDetails(**{**values, "phone": PHONE}, services=("payments",)), other_owner)
    declined = db.session.get_one(Lead, registered(other).lead_id)
    decision.decline(declined.id, declined.version, f"We could not reach {NAME}", seller)
    # On a lead of somebody else they are only mentioned.
    theirs = db.session.get_one(
        Lead,
        registered(
            reseller, contact_name="Hanna Wilk", email="hanna@quillmark.example", phone="+48612345678", note=""
        ).lead_id,
    )
    notes.add(theirs.id, "I have asked them", person)
    notes.add(theirs.id, f"{NAME} knows more: {EMAIL}", seller)
    return lead, declined


def _in_a_followup(lead: Lead, seller: Person) -> None:
    """What was said about the total service, what a service partner was told and what it answered."""
    details = InterestDetails(Level.TOTAL, Answer.YES, None, "", seller.ref, now().date())
    interest.note(lead.id, 0, details, seller)
    with write():
        db.session.scalars(sa.select(Interest).where(Interest.lead_id == lead.id)).one().why = f"{NAME} asked twice"
    spoken_of = {"email": EMAIL, "suspension": f"{NAME} left", "search": "bilans zdzislawa zubr-cmielowska"}
    partner, busy = a_service_partner("Bilans", **spoken_of), a_service_partner("Busy", served=9)
    first = followups.ask(lead.id, Asked(Occasion.WANTS_TO_TALK, "", "", "Nothing yet", False, s.a_nip()), seller)
    override = f"{NAME} wants it"
    assigning.assign(lead.id, assigning.Choice(partner_id=busy.id, override=override), seller)
    first = db.session.get_one(FollowUp, first.id, populate_existing=True)
    followups.close(first.id, first.version, f"{NAME} wants another one", seller)
    discussed = f"Ask {NAME}, {PHONE}, when the year ends"
    asked = Asked(Occasion.NOT_STANDARD, f"{NAME} keeps two books", "", discussed, True, s.a_nip())
    found = followups.ask(lead.id, asked, seller)
    assigning.assign(lead.id, assigning.Choice(partner_id=partner.id), seller)
    found = db.session.get_one(FollowUp, found.id, populate_existing=True)
    followups.note_call(found.id, found.version, Phoned(now(), seller.ref, f"They call {NAME}"), seller)
    found = db.session.get_one(FollowUp, found.id, populate_existing=True)
    talked = f"{NAME} goes on, {EMAIL}"
    followups.answer(found.id, found.version, partner.id, FollowUpState.INTERESTED, talked, seller)


_COMPANY = ("company_name", "country", "company_number", "street", "postcode", "city", "contact_name", "email", "phone")


def _as_customer(lead: Lead, seller: Person, person: Person) -> None:
    owner = s.owner_of(db.session.get_one(Reseller, lead.reseller_id))
    lead = db.session.get_one(Lead, lead.id, populate_existing=True)
    _in_a_followup(lead, seller)
    decision.accept(lead.id, lead.version, seller)
    lead = db.session.get_one(Lead, lead.id, populate_existing=True)
    account = conversion.convert(lead.id, conversion.Choice(lead.version), seller)
    with write():
        made = db.session.scalars(sa.select(Conversion)).first()
        assert made is not None
        made.changes = {"contact_name": ["Hanna Wilk", NAME]}
    values = {name: getattr(account, name) for name in _COMPANY}
    change_requests.ask_change(
        lead.id, LeadDetails(**{**values, "contact_name": "Hanna Wilk"}), f"{NAME} has left", owner
    )
    with write():
        request = db.session.scalars(sa.select(ChangeRequest)).first()
        assert request is not None
        request.answer = f"Thank you, {NAME}"
        db.session.execute(sa.update(ChangeItem).values(note=f"says {NAME}"))
        db.session.add(ChangeItem(request_id=request.id, field="shop", new={"url": f"https://x.example/?{EMAIL}"}))
    service_id = db.session.scalars(sa.select(s.Service.id)).first()
    assert service_id is not None
    terms_of = billing.DetailTerms(
        service_id=service_id, net=Decimal("10.00"), currency="PLN", months=1, starts_on=date(2026, 1, 31),
        text=f"Agreed with {NAME}",
    )  # fmt: skip
    billing.add(account.id, terms_of, seller)
    received = ReceivedInvoice(
        number="FV/1/2026", issued_on=date(2026, 3, 1), currency="PLN", buyer_name=f"{NAME} Fotografia",
        vat_totals=(VatTotal(Decimal("23.00"), Decimal("10.00"), Decimal("2.30")),), source=InvoiceSource.HAND,
    )  # fmt: skip
    invoice = entering.enter(received, seller, account_id=account.id, note=f"Asked for by {NAME}")
    payments.record_payment(
        invoice.id, invoice.version, payments.Payment(Decimal("5.00"), date(2026, 3, 2), f"from {NAME}"), seller
    )
    document = keep_upload(Received(f"faktura {NAME}.txt", TEXT, f"Sprzedano: {NAME}".encode()), seller)
    with write():
        db.session.add(document)
        db.session.flush()
        db.session.execute(sa.update(type(invoice)).values(document_id=document.id, payment_reference=NAME))


def _in_files(seller: Person) -> None:
    content = f"company;contact;email\nQuillmark;{NAME};{EMAIL}\nOther;Hanna Wilk;hanna@other.example\n"
    upload = keep_upload(Received("clients.csv", TEXT, content.encode()), seller)
    with write():
        db.session.add(upload)
        db.session.flush()
        run = ImportRun(
            kind="leads", state=ImportState.DONE, upload_id=upload.id, key=s.a_nip(), locale="en", by_id=seller.id,
            created_at=now(), ended_at=now(), forgotten_at=None, problem=f"Line 2: {NAME}",
        )  # fmt: skip
        db.session.add(run)
        db.session.flush()
        db.session.add(
            ImportLine(
                run_id=run.id,
                number=2,
                cells={"contact": NAME, "email": EMAIL},
                verdict="changed",
                name=NAME,
                changes={"contact": ["Hanna Wilk", NAME]},
                reasons=[["contact", f"{NAME} is new"]],
            )
        )


def _in_programs(person: Person, reseller: Reseller, seller: Person) -> None:
    """A token of their own, and another system that was connected for them and names them in what it answers."""
    bearer = queries.by_id(person.id)
    details = tokens.TokenDetails(f"Till of {NAME}", frozenset({Scope.LEADS_READ}), now() + timedelta(days=30))
    tokens.make(bearer, details, bearer, reseller.organisation_id)
    address = webhooks.Details("https://till.example/events", f"Asked for by {NAME}", ("lead.accepted",))
    told = webhooks.add(address, seller, lookup=receiver.lookup)
    event = webhooks.send_test(told.id, seller)
    with write():
        db.session.add(DeliveryAttempt(delivery_id=event.id, at=now(), outcome="refused", status=422, answer=EMAIL))


def _in_passing() -> None:
    """Mentioned where nobody would look: a job that failed, the server's answer, a file's title."""
    with write():
        db.session.add(
            JobRun(name="leads.test", slot="1", started_at=now(), finished_at=None, tries=1, error=f"no {EMAIL}")
        )
        db.session.add(
            WelcomeItem(
                locale="en", title=f"Talk by {NAME}", description=f"With {NAME}", url=f"https://x.example/?{EMAIL}"
            )
        )
        for mail in db.session.scalars(sa.select(MailRow).where(MailRow.to_email == EMAIL)):
            db.session.add(MailAttempt(mail_id=mail.id, at=now(), outcome="deferred", detail=f"<{EMAIL}> is busy"))
            mail.last_error = f"<{EMAIL}> is busy"
            mail.reply_to = EMAIL


def render_all() -> None:
    """As the worker would, without sending: every mail has its words, half of them have left."""
    for row in db.session.scalars(sa.select(MailRow).order_by(MailRow.id)).all():
        words = render(row)
        with write():
            kept = db.session.get_one(MailRow, row.id, populate_existing=True)
            kept.subject, kept.text, kept.html = f"{words.subject} {NAME}", words.text, words.html
            kept.calendar = words.calendar
            kept.search = anyascii(f"{row.to_email} {row.to_name} {words.subject}").casefold()
            kept.state = MailState.SHOWN if row.id % 2 else MailState.QUEUED


# --- looking ----------------------------------------------------------------------------------------------------------


def traces() -> dict[str, int]:
    """`table.column` -> rows in which anything of the person stands."""
    found: dict[str, int] = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for column, value in row.items():
                    text = json.dumps(value, ensure_ascii=False, default=str)
                    if TRACES.search(anyascii(text).casefold()):
                        found[f"{table.name}.{column}"] = found.get(f"{table.name}.{column}", 0) + 1
        if connection.dialect.name == "sqlite":
            for name in connection.scalars(
                sa.text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
            ).all():
                for word in ("zdzislawa", "cmielowska", "marker.example", "501602703"):
                    rows = connection.execute(sa.text(f"SELECT count(*) FROM {name} WHERE {name} MATCH '\"{word}\"'"))
                    if count := rows.scalar_one():
                        found[f"{name}.{word}"] = count
    return found


def files_with_traces() -> dict[str, int]:
    """Files of this installation, database and write-ahead log among them -> places in which anything stands."""
    found = {}
    for path in _files():
        hits = len(RAW.findall(path.read_bytes()))
        if hits:
            found[path.name] = hits
    return found


def _files() -> list[Path]:
    """Beside the database lie those of other test workers, in which the same somebody may stand just now."""
    settings = current_app.config["GANGWAY"]
    files = set(Path(settings.data_dir).rglob("*"))
    if settings.sqlite:
        database = Path(str(sa.make_url(settings.database_url).database))
        files.update(database.parent.glob(f"{database.name}*"))
    return sorted(path for path in files if path.is_file())


def personal_columns() -> Iterator[tuple[Holding, str]]:
    for holding in holdings():
        for column in holding.named(*PERSONAL):
            yield holding, column
