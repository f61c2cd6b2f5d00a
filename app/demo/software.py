"""The demo's software partners: one whose till is in the directory, one in its pilot, one that has just begun."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from app.access.links import AccessLink, Purpose
from app.core.clock import now
from app.core.db import db, write
from app.core.workdays import add_workdays
from app.demo import screens, words
from app.demo.billing import vendor_today
from app.demo.cast.software import (
    FIRMS,
    KASOMAT,
    KASSALINJA,
    PACKAGE_WORDS,
    PACKAGES,
    QUESTIONS,
    WINKELWOLK,
    Firm,
    Step,
)
from app.demo.story import At, Staff
from app.integrations.models import (
    Integration,
    IntroductionSlot,
    Package,
    Product,
    Question,
    SlotState,
    SoftwarePartner,
)
from app.integrations.service import introducing, links, packages, questions, registering
from app.integrations.service.introducing import Offer
from app.integrations.service.links import LinkDetails
from app.integrations.service.packages import PackageDetails
from app.integrations.service.questions import Said
from app.integrations.service.registering import Registration
from app.manuals.models import Intake, Publication, Section, SectionCode
from app.manuals.pictures import receive_picture
from app.manuals.service import drafting, judging, publishing, supplying
from app.manuals.service.publishing import Order
from app.people.models import Organisation, Person
from app.people.queries import by_email


def play(at: At, staff: Staff, kept_password: str) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    at(290, lambda: _open(staff))
    for firm, ago in zip(FIRMS, (220, 70, 6), strict=True):
        at(ago, partial(_register, firm, kept_password))
    at(218, lambda: _meet(KASSALINJA, staff))
    at(68, lambda: _meet(WINKELWOLK, staff))
    at(1.5, lambda: _offer(staff))
    for number, (firm, days, subject, question, answer) in enumerate(QUESTIONS):
        at(days, partial(_ask, firm, number, subject, question))
        if answer:
            at(days - 0.9, partial(_answer, number, subject, answer, staff))
    at(135, lambda: _supply(KASSALINJA, tuple(KASSALINJA.words)))
    at(128, lambda: _publish(KASSALINJA, staff))
    at(24, lambda: _supply(WINKELWOLK, ("nl", "en")))
    at(20, lambda: _publish(WINKELWOLK, staff))
    at(2, lambda: _fill_in(KASOMAT, tuple(KASOMAT.words)))
    at(1.1, lambda: _supply(WINKELWOLK, ("nl", "en", "fr")))


# --- the vendor's side ------------------------------------------------------------------------------------------------


def _open(staff: Staff) -> None:
    """Packages with their texts, and what developers are shown."""
    coordinator, editor = staff("coordinator"), staff("content_editor")
    for name, kind, website, passes in PACKAGES:
        package = packages.add(PackageDetails(name, kind, website, tuple(passes), True), coordinator)
        for locale, parts in PACKAGE_WORDS[kind].items():
            texts = {part: text % {"name": name} for part, text in parts.items()}
            packages.write_texts(package.id, locale, packages.digest(package, locale), texts, editor)
    for kind_of_link, titles, url, is_public in words.TECHNICAL_LINKS:
        links.add(LinkDetails(kind_of_link, titles, {}, url, is_public), coordinator)


def _offer(staff: Staff) -> None:
    """Three times within the next days at which somebody can get to know a software partner."""
    zone = words.VENDOR["timezone"]
    day = add_workdays(vendor_today(), 3, words.VENDOR["country"])
    starts = [datetime.combine(day, time(hour), ZoneInfo(zone)) for hour in (10, 11, 14)]
    offered = Offer(starts, 30, zone, link="https://meet.brimora.example/introduction")
    introducing.offer(offered, staff("account_manager"))


def _meet(firm: Firm, staff: Staff) -> None:
    _offer(staff)
    free = (
        sa.select(IntroductionSlot.ref)
        .where(IntroductionSlot.state == SlotState.OFFERED, IntroductionSlot.starts_at > now())
        .order_by(IntroductionSlot.starts_at)
    )
    introducing.take(_partner(firm).id, db.session.scalars(free.limit(1)).one(), _owner(firm))


def _publish(firm: Firm, staff: Staff) -> None:
    """The editor accepts what came and publishes manual and onboarding page of every integration."""
    editor, product = staff("content_editor"), _product(firm)
    intake = db.session.scalars(sa.select(Intake).where(Intake.product_id == product.id)).one()
    judging.accept(intake.id, intake.version, editor)
    for integration in db.session.scalars(sa.select(Integration.id).where(Integration.product_id == product.id)).all():
        for publication in drafting.begin(integration, editor).values():
            seen = db.session.get_one(Publication, publication.id, populate_existing=True).version
            publishing.publish(publication.id, seen, Order(tuple(product.languages)), editor)


# --- the software partners' side --------------------------------------------------------------------------------------


def _register(firm: Firm, kept_password: str) -> None:
    details = Registration(
        company_name=firm.name,
        country=firm.country,
        website=firm.website,
        product_name=firm.product,
        sells=tuple(firm.sells),
        name=firm.owner,
        email=firm.email,
    )
    key = f"demo-software-{firm.country}"
    registered = registering.register(details, submission_key=key, locale=firm.locale, suspicious=False)
    link = sa.select(AccessLink).where(
        AccessLink.purpose == Purpose.PARTNER_REGISTRATION, AccessLink.subject_id == registered.id
    )
    registering.confirm(db.session.scalars(link).one())
    owner = _owner(firm)
    with write():
        owner.password_hash, owner.signed_in_at = kept_password, now()


def _ask(firm: Firm, number: int, subject: str, question: str) -> None:
    said = Said(question, None, f"demo-question-{number}")
    questions.ask(_partner(firm).id, subject, said, _owner(firm), of_vendor=False)


def _answer(number: int, subject: str, answer: str, staff: Staff) -> None:
    found = db.session.scalars(sa.select(Question).where(Question.subject == subject)).one()
    said = Said(answer, None, f"demo-answer-{number}")
    answered = questions.reply(found.id, 1, said, staff("account_manager"), of_vendor=True)
    if number == 0:
        questions.close(answered.id, answered.version, _owner(KASSALINJA))


def _supply(firm: Firm, languages: Iterable[str]) -> None:
    """Fills in what is missing in these languages, and hands in what is complete."""
    _fill_in(firm, languages)
    supplying.hand_in(_product(firm).id, _owner(firm))


def _fill_in(firm: Firm, languages: Iterable[str]) -> None:
    product, owner = _product(firm), _owner(firm)
    supplying.set_languages(product.id, list(languages), owner)
    rows = sa.select(Section.code, Section.locale).join(Intake).where(Intake.product_id == product.id)
    begun = {(row.code, row.locale) for row in db.session.execute(rows)}
    for address, content in _contents(firm, product, owner, languages).items():
        if (address[0].value, address[1]) not in begun:
            supplying.save(product.id, address, content, seen=0, window="demo", by=owner)


def _contents(
    firm: Firm, product: Product, owner: Person, languages: Iterable[str]
) -> dict[tuple[SectionCode, str], dict[str, Any]]:
    email, phone, website = firm.support
    packages_by_name = {package.name: package.ref for package in db.session.scalars(sa.select(Package))}
    logo = _picture(screens.logo(firm.colour, firm.sign), "logo.png", product, owner)
    contents: dict[tuple[SectionCode, str], dict[str, Any]] = {
        (SectionCode.CATEGORIES, ""): {"sells": list(firm.sells), "logo": logo},
        (SectionCode.PACKAGES, ""): {
            "passes": {packages_by_name[name]: list(passes) for name, passes in firm.passes.items()}
        },
        (SectionCode.SUPPORT, ""): {
            "email": email,
            "phone": phone,
            "website": website,
            "languages": list(dict.fromkeys([firm.locale, "en"])),
        },
    }
    for locale in languages:
        said = firm.words[locale]
        contents[SectionCode.PRODUCT, locale] = {"summary": said.summary, "about": said.about}
        contents[SectionCode.KEY, locale] = {
            "find": _steps(said.find, "f", product, owner),
            "enter": _steps(said.enter, "e", product, owner),
        }
        if said.limits:
            contents[SectionCode.LIMITS, locale] = {"text": said.limits, "none": False}
        if said.faq:
            contents[SectionCode.FAQ, locale] = {
                "items": [
                    {"id": f"q{number}", "question": question, "answer": answer}
                    for number, (question, answer) in enumerate(said.faq, 1)
                ]
            }
    return contents


def _steps(steps: Iterable[Step], letter: str, product: Product, by: Person) -> list[dict[str, str]]:
    return [
        {
            "id": f"{letter}{number}",
            "text": step.text,
            "picture": _picture(screens.drawn(step.screen), f"{product.slug}-{letter}{number}.png", product, by),
            "alt": step.alt,
        }
        for number, step in enumerate(steps, 1)
    ]


def _picture(content: bytes, filename: str, product: Product, by: Person) -> str:
    return receive_picture(FileStorage(io.BytesIO(content), filename=filename), product, by).ref


# --- who is on stage --------------------------------------------------------------------------------------------------


def _partner(firm: Firm) -> SoftwarePartner:
    query = sa.select(SoftwarePartner).join(SoftwarePartner.organisation).where(Organisation.name == firm.name)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _product(firm: Firm) -> Product:
    query = sa.select(Product).where(Product.name == firm.product)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _owner(firm: Firm) -> Person:
    owner = by_email(firm.email)
    assert owner is not None
    return owner
