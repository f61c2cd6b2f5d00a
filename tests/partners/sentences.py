"""Sentences about applications, terms and links."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from app.core.db import db, write
from app.core.i18n import LOCALES
from app.documents import service as documents
from app.documents.models import DocumentKind, DocumentVersion
from app.outbox.models import MailRow
from app.partners.models import Application, VendorSystem
from app.partners.service import applications
from app.partners.service.applications import ApplicationDetails
from app.people.models import Person
from tests.sentences import a_nip, post

APPLY = "/resellers/apply"


def an_application_form(**values: str) -> dict[str, str]:
    return {
        "first_name": "Łukasz",
        "last_name": "O'Żółć",
        "email": "lukasz@zolc.example",
        "phone": "22 123 45 67",
        "country": "PL",
        "company_name": "Żółć i Synowie",
        "company_number": "PL 856-734-62-15",
        "street": "ul. Wiklinowa 14/3",
        "postcode": "60123",
        "city": "Poznań",
        "website": "zolc.example",
        "about": "Sklepy rowerowe w Wielkopolsce",
        "submission_key": "key-one",
        **values,
    }


def apply(client: FlaskClient, **values: str) -> Any:
    return post(client, APPLY, an_application_form(**values))


def an_application(**values: Any) -> Application:
    suspicious = values.pop("suspicious", False)
    locale = values.pop("locale", "pl")
    number = a_nip()
    details = ApplicationDetails(
        **{
            "first_name": "Anna",
            "last_name": "Kowalik",
            "email": f"anna{number}@polana.example",
            "phone": "+48221234567",
            "company_name": "Polana Wdrożenia",
            "country": "PL",
            "company_number": number,
            "street": "ul. Wiklinowa 14",
            "postcode": "60-123",
            "city": "Poznań",
            "website": "",
            "about": "",
            **values,
        }
    )
    return applications.apply(details, submission_key=number, locale=locale, suspicious=suspicious)


def a_system(name: str = "Demo environment", *, offered: bool = True) -> VendorSystem:
    system = VendorSystem(name=name, offered=offered)
    with write():
        db.session.add(system)
    return system


def published_terms(by: Person, kind: DocumentKind = DocumentKind.RESELLER_TERMS) -> DocumentVersion:
    draft = documents.start_draft(kind, by)
    for locale in LOCALES:
        documents.save_text(draft, locale, f"Terms {draft.number} {locale}", f"# One\n\nText {locale}", _row(draft), by)
    documents.publish(draft, _row(draft), by)
    return db.session.get_one(DocumentVersion, draft.id, populate_existing=True)


def _row(draft: DocumentVersion) -> int:
    return db.session.get_one(DocumentVersion, draft.id, populate_existing=True).row_version


def mails(template: str) -> list[MailRow]:
    return list(db.session.scalars(db.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)))


def the_only_application() -> Application:
    return db.session.scalars(db.select(Application)).one()
