"""How a plan of the demo is told: what happens to it, by whom, how many working days ago."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from PIL import Image, ImageDraw

from app.core.db import db, lock_named, write
from app.core.files import PNG, TEXT, Received
from app.core.workdays import add_workdays
from app.customers import service as customers
from app.customers.fields import cleaned
from app.demo import words
from app.demo.billing import account_of, vendor_today
from app.demo.cast.customers import Customer
from app.people.models import Person
from app.plans.models import Plan, PlanContact, PlanSession, PlanTask, PlanTraining
from app.plans.party import Hand
from app.plans.service import accepting, comments, files, starting, trainings, working
from app.plans.service.accepting import Seen
from app.plans.service.people import NewContact, of_party
from app.plans.service.starting import StartDetails
from app.trainings.models import Attendance, Participant, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Recording, SessionDetails

At = Callable[[float, Callable[[], None]], None]
Staff = Callable[[str], Person]
Verb = Callable[[], object]


def open_account(customer: Customer, staff: Staff) -> None:
    company = customer.company
    clean = cleaned(
        {
            "company_name": company.company_name,
            "country": company.country,
            "company_number": company.company_number,
            "street": company.street,
            "postcode": company.postcode,
            "city": company.city,
            "email": company.email,
            "phone": company.phone,
            "website": company.website,
            "contact_name": customer.contact,
        }
    )
    with write():
        lock_named(f"company:{company.country}{clean['company_number']}")
        customers.take_in(None, clean, None, customer.locale, staff("sales"), "", informed=True)


@dataclass(frozen=True)
class Story:
    """One plan on stage: what happens to it, told by working days ago."""

    at: At
    staff: Staff
    company: str

    def on(self, workdays_ago: int, *verbs: Verb) -> None:
        """One after the other on that day."""

        def go() -> None:
            for verb in verbs:
                verb()

        self.at(days_ago(workdays_ago), go)

    # --- who ---

    def plan(self) -> Plan:
        query = sa.select(Plan).where(Plan.name == self.company).execution_options(populate_existing=True)
        return db.session.scalars(query).one()

    def vendor(self, role: str = "account_manager") -> Hand:
        return Hand(person=self.staff(role))

    def contact(self, name: str) -> PlanContact:
        """By the beginning of the name; the main contact where none is given."""
        query = sa.select(PlanContact).where(PlanContact.plan_id == self.plan().id).order_by(PlanContact.id)
        return next(found for found in db.session.scalars(query) if found.name.startswith(name))

    def customer(self, name: str = "") -> Hand:
        return Hand(contact=self.contact(name))

    def task(self, code: str) -> str:
        query = sa.select(PlanTask.ref).where(PlanTask.plan_id == self.plan().id, PlanTask.code == code)
        return db.session.scalars(query).one()

    # --- what ---

    def begin(
        self,
        workdays_ago: int,
        facts: Mapping[str, Any] | None = None,
        *,
        contacts: tuple[NewContact, ...] = (),
        golive_in: int | None = None,
        within: int = 365,
        playbook: str = "saas-implementation",
        then: tuple[Verb, ...] = (),
    ) -> None:
        """Started on the day on which the contract was accepted, and what follows on that day."""

        def start() -> None:
            day, account = vendor_today(), account_of(self.company)
            starting.start(
                StartDetails(
                    playbook=playbook,
                    manager_id=self.staff("account_manager").id,
                    account_id=account.id,
                    facts=facts or {},
                    contacts=(*of_party(account), *contacts),
                    contract_on=day,
                    golive_on=self._golive(golive_in, within, account.country) if golive_in else None,
                ),
                self.staff("sales"),
            )

        self.on(workdays_ago, start, *then)

    @staticmethod
    def _golive(workdays: int, within: int, country: str) -> date:
        return min(add_workdays(vendor_today(), workdays, country), vendor_today() + timedelta(days=within))

    def ticked(self, *codes: str, by: str = "account_manager") -> Verb:
        """Done by staff; a customer's task as when they were told by phone."""
        return lambda: [working.tick(self.plan().id, self.task(code), self.vendor(by)) for code in codes]

    def did(self, *codes: str, by: str = "") -> Verb:
        """Ticked on the customer's page."""
        return lambda: [working.tick(self.plan().id, self.task(code), self.customer(by)) for code in codes]

    def said(self, code: str, given: Mapping[str, Any], by: str = "") -> Verb:
        return lambda: working.hand_in(self.plan().id, self.task(code), given, self.customer(by))

    def named(self, *codes: str, duties: Mapping[str, tuple[str, ...]], by: str = "") -> Verb:
        """People by the beginnings of their names."""

        def name() -> None:
            chosen = [{"contact": self.contact(who).ref, "duties": list(what)} for who, what in duties.items()]
            for code in codes:
                working.hand_in(self.plan().id, self.task(code), {"people": chosen}, self.customer(by))

        return name

    def wrote(self, code: str, given: Mapping[str, Any], by: str = "account_manager") -> Verb:
        """Handed in by staff."""
        return lambda: working.hand_in(self.plan().id, self.task(code), given, self.vendor(by))

    def met(self, code: str, minutes: str = "", *, by: str = "account_manager", **agreed: str) -> Verb:
        """A meeting of that day."""

        def meet() -> None:
            self.wrote(code, {"on": vendor_today().isoformat(), "at": "10:00", "minutes": minutes, **agreed}, by)()

        return meet

    def accepted(self, code: str, by: str = "") -> Verb:
        def accept() -> None:
            plan, hand = self.plan(), self.customer(by)
            task = db.session.scalars(
                sa.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.code == code)
            ).one()
            shown = accepting.words_of(plan, task, hand.party.locale)
            assert shown is not None
            seen = Seen(hand.party.locale, shown.sha256, "192.0.2.44", "Demo")
            accepting.accept(plan.id, task.ref, hand.name, seen, hand)

        return accept

    def sent(self, code: str, *received: Received, by: str = "", ours: bool = False) -> Verb:
        """Files, handed in."""

        def send() -> None:
            hand = self.vendor() if ours else self.customer(by)
            files.add(self.plan().id, self.task(code), received, hand)
            working.hand_in(self.plan().id, self.task(code), {}, hand)

        return send

    def talked(self, code: str, *lines: tuple[str, str]) -> Verb:
        """Who (a contact's name, or "us") and what, one after the other."""

        def talk() -> None:
            for who, body in lines:
                hand = self.vendor() if who in ("us", "internal") else self.customer(who)
                comments.comment(self.plan().id, self.task(code), body, hand, internal=who == "internal")

        return talk

    def trained(self, code: str, in_workdays: int, *, place: str = "") -> Verb:
        """A session is planned for a training."""

        def plan_it() -> None:
            plan, by = self.plan(), self.staff("account_manager")
            training = self._training(plan, code)
            title, about = trainings.words_for(plan, training)
            day = add_workdays(vendor_today(), in_workdays, plan.country)
            starts_at = datetime.combine(day, time(14), ZoneInfo(words.VENDOR["timezone"]))
            link = "" if place else f"https://meet.brimora.example/{code}"
            details = SessionDetails(
                title, starts_at, training.minutes, words.VENDOR["timezone"], plan.locale, place, link, 8, by.id, about
            )
            session = sessions.plan(details, by)
            trainings.take_up(plan.id, training.ref, session.id, Hand(person=by))

        return plan_it

    def held(self, code: str, recording: str) -> Verb:
        """The session of a training was held, everybody was there, and it was recorded."""

        def hold() -> None:
            by = self.staff("account_manager")
            session = db.session.scalars(
                sa.select(TrainingSession)
                .join(PlanSession, PlanSession.session_id == TrainingSession.id)
                .where(PlanSession.training_id == self._training(self.plan(), code).id)
            ).one()
            there = db.session.scalars(sa.select(Participant.id).where(Participant.session_id == session.id)).all()
            sessions.hold(session.id, dict.fromkeys(there, Attendance.ATTENDED), "", by)
            sessions.set_recording(session.id, Recording(recording, 55), by)

        return hold

    @staticmethod
    def _training(plan: Plan, code: str) -> PlanTraining:
        query = sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.code == code)
        return db.session.scalars(query).one()


def days_ago(workdays: int) -> float:
    """How many days ago that working day was; 0 is a few hours ago."""
    if not workdays:
        return 0.15
    day = vendor_today()
    return (day - add_workdays(day, -workdays, words.VENDOR["country"])).days


def picture(title: str) -> Received:
    drawn = io.BytesIO()
    picture = Image.new("RGB", (640, 360), "#e8e2d6")
    ImageDraw.Draw(picture).text((32, 160), title, fill="#2c2a26", font_size=32)
    picture.save(drawn, "PNG")
    return Received(f"{title}.png", PNG, drawn.getvalue())


def text(filename: str, content: str) -> Received:
    return Received(filename, TEXT, content.encode())
