"""The demo's marketplace on an ordinary day: onboardings at every step, worked as cases by two different people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.customers.models import Account
from app.demo import words
from app.demo.billing import vendor_today
from app.demo.cast.salons import AURORE, BLISS, KANERVA, LAVANDE, NOOR, SALONS, SOLEIL, ZILVER
from app.demo.story import At, Staff, Story, Verb, open_account, picture
from app.plans import details, jobs
from app.plans.models import PlanCase
from app.plans.queries import webinars as asked_webinars
from app.plans.service import calling, cases, editing, webinars
from app.plans.service import details as confirming
from app.plans.service.details import Gone, SeenDetails
from app.trainings.models import Attendance, Participant, SessionState, TrainingSeries, TrainingSession
from app.trainings.service import series, sessions
from app.trainings.service.series import SeriesDetails

CLASSIC = "classic-onboarding"
WITH_HELP = {"onboarding": "classic", "classic_reason": "digital_tools", "tier": "advanced"}


def play(at: At, staff: Staff) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    at(80, partial(_plan_webinars, staff))
    for days in range(64, -1, -8):
        at(days + 0.3, _plan_ahead)
    for customer in SALONS:
        at(customer.days, partial(open_account, customer, staff))
    for story in (_noor, _lavande, _bliss, _aurore, _zilver, _soleil, _kanerva):
        story(at, staff)
    for days in range(60, -1, -1):
        at(days + 0.05, partial(_hold_webinars, staff))
    at(0.1, lambda: jobs.visibility(now()))


def _plan_webinars(staff: Staff) -> None:
    by = staff("account_manager")
    for locale, title, hour, country in (
        ("nl", "Webinar: aan de slag met agenda en marktplaats", "10:30", "NL"),
        ("fr", "Webinar : premiers pas avec l’agenda et la Marketplace", "14:00", "BE"),
    ):
        series.plan(
            SeriesDetails(
                title,
                ((1, hour), (2, hour), (3, hour)),
                words.VENDOR["timezone"],
                country,
                locale,
                60,
                12,
                vendor_today() + timedelta(days=1),
                link=f"https://meet.brimora.example/webinar-{locale}",
                trainer_id=by.id,
            ),
            by,
        )


def _plan_ahead() -> None:
    """As happens every night."""
    with write():
        for series_id in db.session.scalars(sa.select(TrainingSeries.id)).all():
            series.plan_ahead(series.held(series_id))


def _hold_webinars(staff: Staff) -> None:
    """Whoever was registered came."""
    begun = sa.select(TrainingSession).where(
        TrainingSession.series_id.is_not(None),
        TrainingSession.state == SessionState.PLANNED,
        TrainingSession.starts_at < now() - timedelta(hours=1),
        sa.exists().where(Participant.session_id == TrainingSession.id),
    )
    for session in db.session.scalars(begun.order_by(TrainingSession.starts_at)).all():
        there = db.session.scalars(sa.select(Participant.id).where(Participant.session_id == session.id)).all()
        sessions.hold(session.id, dict.fromkeys(there, Attendance.ATTENDED), "", staff("account_manager"))


class _Salon(Story):
    """A plan with cases, a starting date and a webinar."""

    def signed(self, workdays_ago: int, starting_in: int, facts: Mapping[str, Any] = WITH_HELP, *then: Verb) -> None:
        """Sold on that day, for a starting date so many working days later."""
        noted = self.ticked("contract", "starting-date", by="sales")
        self.begin(workdays_ago, facts, golive_in=starting_in, within=14, playbook=CLASSIC, then=(noted, *then))

    def case(self, phase: str) -> str:
        query = sa.select(PlanCase.ref).where(PlanCase.plan_id == self.plan().id, PlanCase.phase == phase)
        return db.session.scalars(query).one()

    def given(self, phase: str) -> Verb:
        """Assigned to the account manager by the team leader."""

        def assign() -> None:
            worker = self.staff("account_manager")
            cases.assign(self.plan().id, self.case(phase), worker, self.vendor("team_leader"))

        return assign

    def registered(self) -> None:
        """For the session that is proposed."""
        found = next(iter(asked_webinars.of_plan(self.plan()).values()))
        if found.proposal is not None:
            webinars.register(self.plan().id, found.training.ref, found.proposal.ref, self.vendor("sales"))

    def confirmed(self) -> None:
        """Every detail was right as it is."""
        plan, hand = self.plan(), self.vendor()
        account = db.session.get_one(Account, plan.account_id, populate_existing=True)
        right = frozenset(details.asked_of(plan, account, hand)) - {details.FORESEEN}
        seen = SeenDetails(account.version, plan.golive_on)
        gone = Gone(right, foreseen_on=plan.golive_on)
        confirming.confirm(plan.id, self.task("details-confirmed"), gone, seen, hand, whole=True)

    def set_up(self) -> Verb:
        """By the content team, from what the customer sent."""
        given = {"photos": True, "services": True, "hours": True}
        return lambda: (
            self.sent("profile-material", picture(self.company))(),
            self.wrote("profile-set-up", given, "content_editor")(),
        )

    def second_call(self) -> Verb:
        return self.wrote("second-call", {"ready": True, "questions": "Online payments, opening hours in August."})

    def published(self) -> Verb:
        place = self.company.lower().replace(" ", "-").replace("&", "and")
        return self.wrote("publish", {"public_address": f"https://market.brimora.example/{place}", "visible": True})

    def first_days(self, workdays_ago: int) -> None:
        """Assigned, called, registered, set up: the days after the contract."""
        self.on(workdays_ago - 1, self.given("to_train"), self.registered)
        self.on(workdays_ago - 2, self.met("first-call", wishes="More bookings on weekdays."), self.confirmed)
        self.on(workdays_ago - 3, self.set_up())


def _noor(at: At, staff: Staff) -> None:
    """Signed yesterday: nobody is assigned yet."""
    _Salon(at, staff, NOOR).signed(1, 8)


def _lavande(at: At, staff: Staff) -> None:
    """Nobody answers the first call."""
    plan = _Salon(at, staff, LAVANDE)
    plan.signed(6, 9)
    plan.on(5, plan.given("to_train"), plan.registered)
    plan.on(2, lambda: calling.not_answered(plan.plan().id, plan.task("first-call"), plan.vendor()))
    plan.on(1, lambda: calling.not_answered(plan.plan().id, plan.task("first-call"), plan.vendor()))


def _bliss(at: At, staff: Staff) -> None:
    """Visible from tomorrow on: the call after the webinar is due today."""
    plan = _Salon(at, staff, BLISS)
    plan.signed(8, 9)
    plan.first_days(8)


def _aurore(at: At, staff: Staff) -> None:
    """Handed in a second time, after the team leader returned it."""
    plan = _Salon(at, staff, AURORE)
    plan.signed(27, 9)
    plan.first_days(27)
    plan.on(18, plan.second_call(), plan.published())
    plan.on(17, lambda: cases.complete(plan.plan().id, plan.case("to_train"), plan.vendor()))
    plan.on(16, plan.given("enable_marketplace"), plan.did("identity-check"))
    plan.on(
        6,
        plan.wrote(
            "criteria",
            {"appointments": "14", "pss": True, "identity_completed": True, "identity_link": _PROVIDER},
        ),
        plan.wrote("till-criterion", {"till_used": True}),
        plan.wrote("recap", _recap()),
    )
    plan.on(5, lambda: cases.hand_in(plan.plan().id, plan.case("enable_marketplace"), plan.vendor()))
    why = "Merci d’ajouter les liens des widgets, et de demander pourquoi le fichier client est vide."
    plan.on(
        4, lambda: cases.give_back(plan.plan().id, plan.case("enable_marketplace"), why, plan.vendor("team_leader"))
    )
    plan.on(
        0,
        plan.wrote(
            "recap",
            _recap(
                customer_file_why="Les clients sont encore sur papier ; import prévu la semaine prochaine.",
                widgets=["instagram", "booking_button"],
                widget_links="https://instagram.example/maisonaurore",
                reviews="6",
            ),
        ),
        lambda: cases.hand_in(plan.plan().id, plan.case("enable_marketplace"), plan.vendor()),
    )


def _zilver(at: At, staff: Staff) -> None:
    """Should be visible since yesterday, and nobody confirmed it."""
    plan = _Salon(at, staff, ZILVER)
    plan.signed(11, 10)
    plan.first_days(11)
    plan.on(1, plan.second_call())


def _soleil(at: At, staff: Staff) -> None:
    """Active, and with its account owner."""
    plan = _Salon(at, staff, SOLEIL)

    def owned() -> None:
        found = plan.plan()
        owner = editing.PlanDetails(found.name, found.locale, staff("account_manager"), staff("sales"))
        editing.edit(found.id, owner, plan.vendor("team_leader"))

    plan.signed(45, 9, WITH_HELP, owned)
    plan.first_days(45)
    plan.on(36, plan.second_call(), plan.published())
    plan.on(35, lambda: cases.complete(plan.plan().id, plan.case("to_train"), plan.vendor()))
    plan.on(34, plan.given("enable_marketplace"), plan.did("identity-check"))
    plan.on(
        24,
        plan.wrote(
            "criteria",
            {"appointments": "31", "pss": True, "identity_completed": True, "identity_link": _PROVIDER},
        ),
        plan.wrote("till-criterion", {"till_used": True}),
        plan.wrote("recap", _recap(customer_file=True, reviews="11")),
        lambda: cases.hand_in(plan.plan().id, plan.case("enable_marketplace"), plan.vendor()),
    )
    plan.on(22, lambda: cases.complete(plan.plan().id, plan.case("enable_marketplace"), plan.vendor("team_leader")))


def _kanerva(at: At, staff: Staff) -> None:
    """Sets everything up alone, as most do."""
    plan = _Salon(at, staff, KANERVA)
    plan.signed(5, 9, {"onboarding": "self", "tier": "basic"})
    plan.on(4, plan.given("to_train"))
    plan.on(2, plan.did("own-profile"))


_PROVIDER = "https://dashboard.payments.example/accounts/7731"


def _recap(**other: Any) -> dict[str, Any]:
    """The fifteen points as the account manager answers them."""
    return {
        "agenda": True,
        "till": "yes",
        "stock": False,
        "payment": True,
        "customer_file": False,
        "customer_file_why": "Pas encore.",
        "campaign": False,
        "marketplace": True,
        "photos": True,
        "reviews": "4",
        "widgets": ["instagram"],
        "widget_links": "-",
        "payment_account": True,
        "website": "na",
        "demo_shop": "na",
        "works_council": False,
        "feedback": "Contente de l’agenda ; souhaite une démonstration du stock.",
        **other,
    }
