"""Support agreements of one software partner: all versions at the desk, what it may see in the panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.cooperation.models import UNDER_WAY, AgreementState, SupportAgreement
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import current_locale
from app.documents import queries as documents
from app.documents.models import DocumentKind, DocumentText


@dataclass(frozen=True)
class Standing:
    """How it stands with the agreement of a software partner."""

    versions: Sequence[SupportAgreement]
    """The newest first."""

    @property
    def in_force(self) -> SupportAgreement | None:
        return next((one for one in self.versions if one.state == AgreementState.IN_FORCE), None)

    @property
    def under_way(self) -> SupportAgreement | None:
        return next((one for one in self.versions if one.state in UNDER_WAY), None)

    @property
    def proposed(self) -> SupportAgreement | None:
        return next((one for one in self.versions if one.state == AgreementState.PROPOSED), None)

    @property
    def shown(self) -> list[SupportAgreement]:
        """What the software partner reads: everything but drafts."""
        return [one for one in self.versions if one.state != AgreementState.DRAFT]


def of_partner(partner_id: int) -> Standing:
    """In one query."""
    query = (
        sa.select(SupportAgreement)
        .where(SupportAgreement.partner_id == partner_id)
        .options(joinedload(SupportAgreement.vendor_by), joinedload(SupportAgreement.partner_by))
        .order_by(SupportAgreement.number.desc())
        .execution_options(populate_existing=True)
    )
    return Standing(db.session.scalars(query).all())


def version(standing: Standing, number: int, *, drafts: bool) -> SupportAgreement:
    """Raises NotFound: there is none, or it is a draft and those are not shown."""
    among = standing.versions if drafts else standing.shown
    found = next((one for one in among if one.number == number), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Invoicing:
    """The standard invoicing process in the reader's language."""

    number: int
    text: DocumentText
    newest: bool


def invoicing(agreement: SupportAgreement | None) -> Invoicing | None:
    """As the agreement was proposed with it; for a draft, or without any, as it is in force. None while nothing is
    published, or was when it was proposed."""
    kind = DocumentKind.INVOICING_PROCESS
    if agreement is None or agreement.state == AgreementState.DRAFT:
        found = documents.in_force(kind)
        newest = True
    elif agreement.invoicing_number is None:
        return None
    else:
        found = documents.version(kind, agreement.invoicing_number)
        newest = documents.number_in_force(kind) == found.number
    text = documents.text_in(found, current_locale()) if found is not None else None
    return Invoicing(found.number, text, newest) if found is not None and text is not None else None
