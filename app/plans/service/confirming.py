"""Documents that are made as a PDF to be accepted: prepared from what the plan knows, and replaced by newer ones (T5).

A prepared document never changes. Preparing anew makes the next number, and the former is replaced from then on; while
one is accepted there is no next number: the acceptance is withdrawn first, by opening the task again, and stays as
evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from app.billing.outlook import price_of
from app.billing.queries import details as billing
from app.core.clock import now, today
from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.db import db, new_ref
from app.core.errors import Conflict, FieldError, NotFound
from app.core.files import PDF, Received, store
from app.core.i18n import LOCALES, _l, in_locale
from app.customers.models import Account, AccountService
from app.documents.service import keep_upload
from app.history import chain
from app.people.models import Organisation, Person
from app.plans import confirmation, texts
from app.plans.confirmation import Company, Fee, Order, Sheet, Signatory
from app.plans.models import Plan, PlanContact, PlanDocument, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.queries import documents
from app.plans.service import telling
from app.plans.service.changing import changing, record, task_in
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn
from app.playbooks.outline import ContactRole, Document, Kind
from app.settings.models import vendor


class StillAccepted(Conflict):
    """What is accepted is not replaced."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "This document is accepted. Open the task again first: that withdraws the acceptance, which stays on "
                "record."
            )
        )


class PreparedMeanwhile(Conflict):
    """Somebody else prepared a newer number."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else prepared a newer version a moment ago. What you typed is still here."))


def asked_for(plan: Plan, task: PlanTask) -> Document | None:
    """What is generated for this task; None where its document is a text or an upload."""
    if task.kind != Kind.DOCUMENT:
        return None
    outline = texts.outline_of(plan)
    document = outline.document.get(texts.of_task(task, outline).document)
    return document if document is not None and document.generated in confirmation.NAMES else None


# --- what stands in the form ------------------------------------------------------------------------------------------


def proposal(plan: Plan, task: PlanTask) -> Order:
    """What the form begins with: who the customer is comes from the account each time; the rest from the number before,
    or else from billing details, catalogue, answers and people."""
    before = documents.latest(task.id)
    account = db.session.get(Account, plan.account_id) if plan.account_id else None
    first = _day(plan).replace(month=1, day=1)
    order = confirmation.from_content(before.content) if before else None
    year = _year(plan) or (first, first.replace(month=12, day=31))
    order = order or Order(
        Company(plan.name),
        fees_of(account) if account else (),
        *year,
        signatories=_signatories(plan, account),
    )
    return replace(order, company=_company(plan, account), partner=_partner(account))


def in_language(plan: Plan, task: PlanTask, order: Order, locale: str) -> Order:
    """The same with what does not come from the form: title and terms in that language, and who supplies."""
    document = asked_for(plan, task)
    if document is None:
        raise NotFound
    ours, manager = vendor(), db.session.get_one(Person, plan.manager_id)
    return replace(
        order,
        title=document.title.get(locale) or document.title["en"],
        terms=document.body.get(locale) or document.body["en"],
        vendor=ours.name,
        vendor_line=ours.legal_line(plan.country, locale),
        manager=manager.name,
        manager_email=manager.email,
    )


def _company(plan: Plan, account: Account | None) -> Company:
    if account is None:
        return Company(plan.name, country=plan.country)
    return Company(
        account.company_name,
        account.country,
        account.company_number,
        account.vat_number or "",
        account.street,
        account.postcode,
        account.city,
    )


def _partner(account: Account | None) -> str:
    if account is None or account.partner_organisation_id is None:
        return ""
    return db.session.get_one(Organisation, account.partner_organisation_id).name


def fees_of(account: Account) -> tuple[Fee, ...]:
    """By its billing details; for services without one, as the catalogue prices them."""
    day = today(vendor().timezone)
    fees = []
    details = [one for one in billing.of_account(account.id) if one.ends_on is None or one.ends_on >= day]
    for detail in details:
        name = f"{detail.service.name}, {detail.text}" if detail.text else detail.service.name
        price = price_of(detail.prices, max(day, detail.starts_on))
        fees.append(Fee(name, price.net, detail.currency, detail.months))
    invoiced = {detail.service_id for detail in details}
    for held in db.session.scalars(
        sa.select(AccountService)
        .where(AccountService.account_id == account.id, AccountService.service_id.not_in(invoiced))
        .options(sa.orm.joinedload(AccountService.service))
        .order_by(AccountService.id)
    ):
        service = held.service
        if service.net is not None:
            fees.append(Fee(service.name, service.net, service.currency, service.months))
    return tuple(fees)


YEAR_FIELDS = ("year_from", "year_until")
"""Codes under which a task of kind fields asks for the first financial year, if one does."""
SIGNATORY_FIELDS = ("signatory_name", "signatory_role")
"""And for whoever may sign."""
SECOND_SIGNATORY_FIELDS = ("second_signatory", "second_signatory_role")


def _answered(plan: Plan, codes: tuple[str, str]) -> tuple[str, str] | None:
    for answer in db.session.scalars(
        sa.select(PlanTask.answer)
        .where(PlanTask.plan_id == plan.id, PlanTask.state == TaskState.DONE, PlanTask.kind == Kind.FIELDS)
        .order_by(PlanTask.number)
    ):
        if answer.get(codes[0]):
            return str(answer[codes[0]]), str(answer.get(codes[1]) or "")
    return None


def _year(plan: Plan) -> tuple[date, date] | None:
    answered = _answered(plan, YEAR_FIELDS)
    if answered is None:
        return None
    try:
        return date.fromisoformat(answered[0]), date.fromisoformat(answered[1])
    except ValueError:
        return None


def _signatories(plan: Plan, account: Account | None) -> tuple[Signatory, ...]:
    if (answered := _answered(plan, SIGNATORY_FIELDS)) is not None:
        second = _answered(plan, SECOND_SIGNATORY_FIELDS)
        return (Signatory(*answered), Signatory(*second)) if second else (Signatory(*answered),)
    main = db.session.scalar(
        sa.select(PlanContact.name).where(
            PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None), PlanContact.role == ContactRole.MAIN
        )
    )
    name = main or (account.contact_name if account else "")
    return (Signatory(name, ""),) if name else ()


def _day(plan: Plan) -> date:
    return plan.golive_on or plan.contract_on or plan.started_on


# --- preparing --------------------------------------------------------------------------------------------------------


def prepare(plan_id: int, task_ref: str, order: Order, locale: str, by: Hand, *, after: int) -> PlanDocument:
    """Makes the next number, as a PDF in that language, and tells the customer. `after` is the number that the form
    knew (0 for none). The same form sent twice is one number. The file is drawn and stored before the plan is held.

    Raises:
        FieldError: the last day of the financial year lies before its first.
        StillAccepted, PreparedMeanwhile, TaskMovedOn, CannotStartYet, NotYours, NotFound
    """
    if by.person is None:
        raise NotYours
    if locale not in LOCALES:
        raise FieldError("locale", _l("Choose the language"))
    if not order.year_from < order.year_until:
        raise FieldError("year_until", _l("The last day has to come after the first."))
    plan = db.session.get(Plan, plan_id)
    task = db.session.scalar(sa.select(PlanTask).where(PlanTask.plan_id == plan_id, PlanTask.ref == task_ref))
    if plan is None or task is None:
        raise NotFound
    order = in_language(plan, task, order, locale)
    if twice := _the_same(documents.latest(task.id), order, locale, by, after):
        return twice
    _refuse(task, documents.is_accepted(task.id))
    moment = now().replace(microsecond=0)
    ref, number = new_ref("K"), after + 1
    sheet = confirmation.sheet_of(order, ref, number, moment, locale)
    upload = keep_upload(
        Received(f"{order.title} {ref}.pdf"[-200:], PDF, confirmation.pdf_of(sheet, moment)), by.person
    )
    try:
        with changing(plan_id, by) as held:
            task = task_in(held, task_ref, by)
            former = documents.latest(task.id)
            _refuse(task, documents.is_accepted(task.id))
            if (former.number if former else 0) != after:
                raise PreparedMeanwhile
            made = PlanDocument(
                ref=ref,
                task_id=task.id,
                number=number,
                locale=locale,
                content=confirmation.to_content(order),
                upload=upload,
                sha256=upload.sha256,
                made_by_id=by.person.id,
                made_at=moment,
                digest="",
            )
            db.session.add(upload)
            db.session.flush()
            made.upload_id = upload.id
            made.digest = keyed_digest("plan-document", *_evidence_in(made))
            db.session.add(made)
            if former is not None:
                former.replaced_at = moment
            task.version += 1
            db.session.flush()
            told = {
                "_document": (former.ref if former else None, ref),
                "_number": (former.number if former else None, number),
                "_sha256": (former.sha256 if former else None, made.sha256),
            }
            record(task, "plan_task.document_prepared", by, told, plan=held)
            telling.prepared(held, task, made, order.title, by)
    except BaseException:
        store().delete(upload.key)
        if twice := _the_same(documents.latest(task.id), order, locale, by, after):
            return twice  # the same form, a moment before
        raise
    return made


def _the_same(latest: PlanDocument | None, order: Order, locale: str, by: Hand, after: int) -> PlanDocument | None:
    """What this form made already, when it was sent twice."""
    if latest is None or latest.number != after + 1 or latest.made_by_id != (by.person.id if by.person else None):
        return None
    return latest if latest.locale == locale and latest.content == confirmation.to_content(order) else None


def _refuse(task: PlanTask, accepted: bool) -> None:
    if accepted:
        raise StillAccepted
    if task.state != TaskState.OPEN:
        raise TaskMovedOn
    if not task.ready:
        raise CannotStartYet  # what comes first is what it is made from


# --- as it was made ---------------------------------------------------------------------------------------------------


def sheet_of(made: PlanDocument) -> Sheet:
    """What it says."""
    order = confirmation.from_content(made.content)
    return confirmation.sheet_of(order, made.ref, made.number, made.made_at, made.locale)


def title_of(made: PlanDocument) -> str:
    """Its name and number, in its own language."""
    with in_locale(made.locale):
        number = confirmation.number_of(made.ref, made.number)
    return f"{made.content['title']} {number}"


def filename_of(made: PlanDocument) -> str:
    """Without ending."""
    return f"{made.content['title']} {made.content['company']['name']} {made.ref}"


def _evidence_in(made: PlanDocument) -> list[bytes]:
    parts = (
        made.ref,
        str(made.task_id),
        str(made.number),
        made.locale,
        json.dumps(made.content, sort_keys=True, ensure_ascii=True),
        str(made.upload_id),
        made.sha256,
        str(made.made_by_id or ""),
        made.made_at.isoformat(),
    )
    return [part.encode() for part in parts]


def is_intact(made: PlanDocument) -> bool:
    """Whether the row is as it was written down."""
    return keyed_digest_matches("plan-document", made.digest, *_evidence_in(made))


def evidence() -> Iterator[tuple[str, bool]]:
    """Every prepared document, whether its row and its file are intact, for `flask history verify`."""
    rows = sa.select(PlanDocument).options(sa.orm.joinedload(PlanDocument.upload)).order_by(PlanDocument.id)
    for made in db.session.scalars(rows.execution_options(yield_per=500)):
        yield f"plan document {made.ref}", is_intact(made) and documents.stored_sha256(made.upload) == made.sha256


chain.EVIDENCE.append(evidence)
