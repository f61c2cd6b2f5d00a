"""Leads from files: each line is a registration that staff send on behalf of a reseller, once only like all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.catalogue.models import PLATFORMS, Service
from app.core import identifiers
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import LOCALES, _l
from app.core.search import fold
from app.customers.fields import NAMES, checked
from app.customers.imports import company_columns, company_in, key_in
from app.imports import registry
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told, language_of, locale_in
from app.leads.models import OPEN, Lead, LeadService, Submission, TypedBy
from app.leads.service import registration
from app.leads.service.details import Registration, Shop
from app.partners import queries as partners
from app.partners.imports import NO_SUCH_RESELLER
from app.partners.models import Reseller
from app.people.models import Person

MOST_SHOPS = 50


@dataclass(frozen=True)
class _Plan:
    reseller: Reseller
    details: Registration
    services: list[Service]
    locale: str


class LeadImporter(Importer):
    code = "leads"
    title = _l("Leads")
    about = _l(
        "Each line is a client that a reseller registers. A company for which the reseller has an open lead joins it:"
        " new services and shops are added there. The contact person gets the privacy notice; nobody else is mailed."
    )
    permission = P.LEADS_EDIT
    columns = (
        Column(
            "reseller",
            _l("Reseller"),
            True,
            _l("Reference, name, company number or e-mail address of the reseller"),
            "P-7K3F9Q2M",
        ),
        *company_columns(),
        Column("services", NAMES["services"], hint=_l("Codes or names, with commas between them"), example=""),
        Column("shops", NAMES["shops"], hint=_l("Addresses, with commas between them"), example="shop.example"),
        Column("note", NAMES["note"], hint=_l("The reseller sees it too")),
        Column("locale", NAMES["locale"], hint=", ".join(LOCALES), example="pl"),
        Column("ref", _l("Reference"), hint=_l("Of a lead that is there already; empty for a new one")),
        # What our own list has beside them.
        Column("state", _l("State"), ignored=True),
        Column("registered", _l("Registered"), ignored=True),
        Column("promised", _l("Promised by"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        resellers = partners.named(line.text("reseller") for line in lines)
        known = _services()
        drafts = [_draft(line, resellers, known) for line in lines]
        plans = [plan for plan, _told in drafts if plan is not None]
        sent = _sent_before(plans)
        leads = _leads(plans, [line.text("ref").upper() for line in lines])
        by_company = {(lead.reseller_id, lead.company_key): lead for lead in leads if lead.is_open}
        by_ref = {lead.ref: lead for lead in leads}
        judged = []
        for line, (plan, told) in zip(lines, drafts, strict=True):
            ref = line.text("ref").upper()
            if plan is None:
                judged.append(wrong(*told, name=line.text("company_name")))
            elif ref and ref not in by_ref:
                said = _l("There is no lead of this reference. Empty the cell to register a new one.")
                judged.append(wrong(("ref", said), name=plan.details.company_name))
            elif ref and not by_ref[ref].is_open:
                judged.append(Judgement(Verdict.UNCHANGED, plan.details.company_name, ref, plan=plan))
            else:
                there = by_company.get((plan.reseller.id, plan.details.company_key))
                judged.append(_judged(plan, sent, there))
        return judged

    def locks(self, line: Line) -> Sequence[str]:
        key = key_in(line)
        return (f"company:{key}",) if key else ()

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        registration.take_in(plan.reseller, plan.details, plan.services, by=by, locale=plan.locale)


def _services() -> dict[str, Service]:
    """By code, and by name in each language."""
    known: dict[str, Service] = {}
    for service in catalogue.everything():
        for word in (*service.names.values(), service.code):
            known[fold(str(word))] = service
    return known


def _draft(
    line: Line, resellers: dict[str, Reseller], known: dict[str, Service]
) -> tuple[_Plan | None, list[tuple[str, Any]]]:
    """What a line asks for, or all that is wrong with it."""
    told = Told()
    reseller = resellers.get(fold(line.text("reseller")))
    if reseller is None:
        told.reasons.append(("reseller", NO_SUCH_RESELLER))
    clean, failed = checked(company_in(line))
    told.reasons += [(error.field, error.message) for error in failed]
    services: list[Service] = []
    shops: list[Shop] = []
    note, locale = "", ""
    with told:
        services = [_service(word, known) for word in _parts(line.text("services"))]
    with told:
        shops = [_shop(word) for word in _parts(line.text("shops"))]
        if len(shops) > MOST_SHOPS:
            raise FieldError("shops", _l("At most 50 shops fit here."))
    with told:
        note = _note(line.text("note"))
    if line.text("locale"):
        with told:
            locale = locale_in("locale", line.text("locale"))
    if told.reasons or reseller is None:
        return None, told.reasons
    wanted = {service.code: service for service in services}
    details = Registration(
        typed_by=TypedBy.RESELLER,
        note=note,
        submission_key=_key(clean, wanted, shops, note),
        services=tuple(service.code for service in catalogue_order(wanted.values())),
        shops=tuple({shop.url: shop for shop in shops}.values()),
        **clean,  # type: ignore[arg-type]  # what is required is there, or it would be among the reasons
    )
    locale = locale or language_of(details.country)
    return _Plan(reseller, details, list(catalogue_order(wanted.values())), locale), []


def catalogue_order(services: Iterable[Service]) -> list[Service]:
    return sorted(services, key=lambda service: (service.position, service.id))


def _key(clean: dict[str, Any], services: Iterable[str], shops: Sequence[Shop], note: str) -> str:
    """The same line again, in whatever file, is the same sending."""
    content = json.dumps([clean, sorted(services), sorted(shop.url for shop in shops), note], sort_keys=True)
    return "import:" + hashlib.sha256(content.encode()).hexdigest()[:50]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()]


def _service(word: str, known: dict[str, Service]) -> Service:
    found = known.get(fold(word))
    if found is None:
        raise FieldError("services", _l("There is no service of this code or name: %(service)s", service=word[:60]))
    return found


def _shop(word: str) -> Shop:
    """An address, with the platform in brackets behind it as our own list writes it."""
    address, _open, platform = word.rstrip(")").partition(" (")
    known = {fold(name): name for name in PLATFORMS}
    try:
        return Shop(identifiers.normalise_website(address), known.get(fold(platform), ""))
    except identifiers.Invalid as invalid:
        raise FieldError("shops", invalid.message) from invalid


def _note(text: str) -> str:
    try:
        return identifiers.clean_text(text)
    except identifiers.InvalidText as error:
        raise FieldError("note", error.message) from error


def _sent_before(plans: Sequence[_Plan]) -> set[tuple[str, str]]:
    keys = [registration.sending_of(plan.reseller.id, plan.details).key for plan in plans]
    rows = db.session.execute(
        sa.select(Submission.submission_key, Submission.content_digest).where(Submission.submission_key.in_(keys))
    )
    return {(key, digest) for key, digest in rows}


def _leads(plans: Sequence[_Plan], refs: Sequence[str]) -> list[Lead]:
    """The open leads of these companies, and those of these references in whatever state."""
    keys = {plan.details.company_key for plan in plans}
    return list(
        db.session.scalars(
            sa.select(Lead)
            .where(sa.or_(sa.and_(Lead.company_key.in_(keys), Lead.state.in_(OPEN)), Lead.ref.in_({*refs} - {""})))
            .options(selectinload(Lead.shops), selectinload(Lead.services).joinedload(LeadService.service))
            .execution_options(populate_existing=True)
        )
    )


def _judged(plan: _Plan, sent: set[tuple[str, str]], lead: Lead | None) -> Judgement:
    details = plan.details
    name, key = details.company_name, f"{plan.reseller.id}:{details.company_key}"
    sending = registration.sending_of(plan.reseller.id, details)
    if (sending.key, sending.digest) in sent:
        return Judgement(Verdict.UNCHANGED, name, key, plan=plan)
    if lead is None:
        return Judgement(Verdict.NEW, name, key, plan=plan)
    changes: dict[str, tuple[str, str]] = {}
    services = {held.service.code: held.service.name for held in lead.services}
    more = {service.code: service.name for service in plan.services if service.code not in services}
    if more:
        changes["services"] = (", ".join(services.values()), ", ".join([*services.values(), *more.values()]))
    shops = [shop.url for shop in lead.shops]
    further = [shop.url for shop in details.shops if shop.url not in shops]
    if further:
        changes["shops"] = (", ".join(shops), ", ".join([*shops, *further]))
    if details.note:
        changes["note"] = ("", details.note)
    label = f"{name} · {lead.ref}"
    if not changes:
        differing = registration.differing(lead, details)
        if differing:
            said = _l("The lead %(ref)s is about this company and says something else. Correct it there.", ref=lead.ref)
            return wrong(*((field, said) for field in differing), name=label)
        return Judgement(Verdict.UNCHANGED, label, key, plan=plan)
    return Judgement(Verdict.CHANGED, label, key, changes, plan=plan)


registry.offer(LeadImporter())
