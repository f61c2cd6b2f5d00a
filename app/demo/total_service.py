"""The demo's total service on an ordinary day: who was asked, which service partner got whom, and one plan's papers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.billing.service import details as billing_details
from app.billing.service.details import DetailTerms
from app.catalogue import queries as catalogue
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, write
from app.core.i18n import in_locale
from app.core.workdays import add_workdays
from app.demo.billing import account_of, vendor_today
from app.demo.cast.interested import BERKENHOF, GARDENIA, HORIZON, KANT, MATEN, PLUTO, RIJP, VERHULST
from app.demo.cast.salons import FIRMS
from app.demo.story import At, Staff, Story, Verb, days_ago, picture
from app.followups.models import Answer, FollowUp, FollowUpState, Level, Occasion, Reason, ServicePartner
from app.followups.service import assigning, followups, interest, partners, silence
from app.followups.service.assigning import Choice
from app.followups.service.followups import Asked, Phoned
from app.followups.service.interest import InterestDetails
from app.followups.service.partners import FirstPerson, PartnerDetails
from app.leads.models import Lead
from app.people.models import Organisation, Person
from app.people.queries import by_email
from app.plans.models import PlanTask
from app.plans.service import confirming, scheduling, working
from app.plans.service.scheduling import AgreedDays

VAN_RIJN, CIJFERS, DE_LINDE = (firm[0] for firm in FIRMS)


def play(at: At, staff: Staff, kept_password: str) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    for days, firm in zip((190, 182, 175), FIRMS, strict=True):
        at(days, partial(_enter, firm, staff))
        at(days - 2, partial(_come_in, firm, kept_password))
    at(3, lambda: _away(DE_LINDE, staff("coordinator")))
    for story in (_rijp, _kant, _berkenhof, _verhulst, _pluto, _horizon, _maten, _harrow, _het_veer):
        story(_Company(at, staff))
    _gardenia(at, staff)
    for days in range(20, 0, -1):
        at(days + 0.05, lambda: silence.look(now()))
    at(0.05, lambda: silence.look(now()))


def note(lead: Lead, level: str, answer: str, reason: str | None, by: Person) -> None:
    """What a company answered that day."""
    why = Reason(reason) if reason else None
    interest.note(lead.id, 0, InterestDetails(Level(level), Answer(answer), why, "", by.ref, vendor_today()), by)


# --- service partners -------------------------------------------------------------------------------------------------


def _enter(firm: tuple[Any, ...], staff: Staff) -> None:
    name, (country, number), postcode, city, phone, capacity, served, owner, email, locale = firm
    number = identifiers.normalise_company_number(country, number)
    entered = PartnerDetails(name, country, number, postcode, city, email, phone, capacity, served)
    partners.add(entered, FirstPerson(owner, email, locale), f"demo-firm-{number}", staff("coordinator"))


def _come_in(firm: tuple[Any, ...], kept_password: str) -> None:
    owner = by_email(firm[8])
    assert owner is not None
    with write():
        owner.password_hash, owner.signed_in_at = kept_password, now()


def _away(name: str, by: Person) -> None:
    day = vendor_today()
    partners.note_absence(_partner(name), day + timedelta(days=1), day + timedelta(days=9), by)


def _partner(name: str) -> int:
    query = sa.select(ServicePartner.id).join(ServicePartner.organisation).where(Organisation.name == name)
    return db.session.scalars(query).one()


# --- what happens to a company ----------------------------------------------------------------------------------------


class _Company:
    """A company on stage, told by working days ago."""

    def __init__(self, at: At, staff: Staff) -> None:
        self.at, self.staff, self.name = at, staff, ""

    def on(self, workdays_ago: int, *verbs: Verb) -> None:
        self.then(days_ago(workdays_ago), *verbs)

    def then(self, days: float, *verbs: Verb) -> None:
        """One after the other, so many days ago."""

        def go() -> None:
            for verb in verbs:
                verb()

        self.at(days, go)

    def lead(self) -> Lead:
        query = sa.select(Lead).where(Lead.company_name == self.name).execution_options(populate_existing=True)
        return db.session.scalars(query).one()

    def followup(self) -> FollowUp:
        query = sa.select(FollowUp).where(FollowUp.lead_id == self.lead().id).order_by(FollowUp.id.desc()).limit(1)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def says(self, answer: Answer) -> Verb:
        return lambda: note(self.lead(), Level.TOTAL, answer, None, self.staff("sales"))

    def asks(self, discussed: str, *, reason: str = "", wanted: str = "", urgent: bool = False) -> Verb:
        """Sales ask for a follow-up."""

        def ask() -> None:
            ref = db.session.get_one(ServicePartner, _partner(wanted)).ref if wanted else ""
            occasion = Occasion.NOT_STANDARD if reason else Occasion.WANTS_TO_TALK
            key = f"demo-follow-up-{self.lead().ref}"
            followups.ask(self.lead().id, Asked(occasion, reason, ref, discussed, urgent, key), self.staff("sales"))

        return ask

    def goes_to(self, name: str = "", *, wish: str = "", override: str = "", by: str = "coordinator") -> Verb:
        """Assigned: to whoever is suggested where nobody is named."""

        def assign() -> None:
            choice = Choice(_partner(name) if name else None, _partner(wish) if wish else None, override)
            assigning.assign(self.lead().id, choice, self.staff(by))

        return assign

    def answers(self, name: str, state: FollowUpState, said: str = "") -> Verb:
        """The service partner's owner, in the panel."""

        def answer() -> None:
            found, by = self.followup(), by_email(next(firm[8] for firm in FIRMS if firm[0] == name))
            assert by is not None
            followups.answer(found.id, found.version, _partner(name), state, said, by)

        return answer

    def phoned(self, said: str) -> Verb:
        def call() -> None:
            found, by = self.followup(), self.staff("sales")
            followups.note_call(found.id, found.version, Phoned(now(), by.ref, said), by)

        return call

    def closed(self, why: str) -> Verb:
        def close() -> None:
            found = self.followup()
            followups.close(found.id, found.version, why, self.staff("sales"))

        return close


def _rijp(company: _Company) -> None:
    """Interested, and a customer since."""
    company.name = RIJP
    company.then(97.5, company.asks("Wil eerst weten wie de jaarrekening maakt; omzet rond 900.000 euro."))
    company.then(96.2, company.goes_to())
    company.then(92, company.answers(VAN_RIJN, FollowUpState.CONTACTED, "Kennisgemaakt, komt vrijdag langs."))
    company.then(88, company.answers(VAN_RIJN, FollowUpState.INTERESTED, "Wij doen het jaarwerk vanaf dit boekjaar."))


def _kant(company: _Company) -> None:
    """Closed by sales."""
    company.name = KANT
    company.then(75, company.asks("Vraagt of een kantoor uit de buurt het jaarwerk kan doen.", wanted=DE_LINDE))
    company.then(73, company.goes_to(DE_LINDE, wish=DE_LINDE))
    company.then(70, company.answers(DE_LINDE, FollowUpState.CONTACTED, "Gesproken; de klant denkt erover na."))
    company.then(61, company.closed("De zaakvoerder blijft voorlopig bij haar eigen boekhouder."))


def _berkenhof(company: _Company) -> None:
    """Another one than the suggested was chosen, was silent, and it came back."""
    company.name = BERKENHOF
    company.on(9, company.asks("Voorraad van hout en halffabricaten; de vorige boekhouder stopt."))
    why = "Kent de houtbranche: drie andere meubelmakers zijn daar klant."
    company.on(8, company.goes_to(VAN_RIJN, override=why))


def _verhulst(company: _Company) -> None:
    """Waits for the service partner, who was reminded."""
    company.name = VERHULST
    company.on(4, company.asks("Wil een vaste contactpersoon voor de jaarrekening."))
    company.on(3, company.goes_to())


def _pluto(company: _Company) -> None:
    """Not possible for the service partner: with the coordinator again."""
    company.name = PLUTO
    company.on(
        4, company.asks("Cursusgelden lopen via een stichting.", reason="Een bv en een stichting met één kassa.")
    )
    company.on(3, company.goes_to(CIJFERS, wish=CIJFERS))
    why = "Wij nemen geen stichtingen aan; een kantoor met ervaring daarmee helpt beter."
    company.on(1, company.answers(CIJFERS, FollowUpState.NOT_POSSIBLE, why))


def _horizon(company: _Company) -> None:
    """The customer asked for one, although another is nearer; urgent, and phoned."""
    company.name = HORIZON
    company.on(2, company.asks("Btw-aangifte moet deze maand nog.", wanted=CIJFERS, urgent=True))
    company.on(
        1,
        company.goes_to(CIJFERS, wish=CIJFERS),
        company.phoned("Ruben belt de klant vanmiddag terug."),
        company.answers(CIJFERS, FollowUpState.CONTACTED, "Gebeld; stuurt vandaag de bankafschriften."),
    )


def _maten(company: _Company) -> None:
    """Urgent and assigned, but nobody wrote down that the service partner was phoned."""
    company.name = MATEN
    company.then(0.9, company.asks("De bank wil deze week een tussentijdse balans zien.", urgent=True))
    company.then(0.25, company.goes_to())


def _harrow(company: _Company) -> None:
    """Goes to whoever is suggested; nobody has to talk with it before."""
    company.name = "Harrow Lane Cycles B.V."
    company.then(1.3, company.goes_to(by="sales"))


def _het_veer(company: _Company) -> None:
    """Asked for this morning, urgently; the service partner round the corner is away."""
    company.name = "Brouwerij Het Veer"
    company.then(0.4, company.says(Answer.IN_PRINCIPLE))
    company.then(
        0.2,
        company.asks(
            "Accijnzen en statiegeld: wil weten of de servicepartner daar ervaring mee heeft.",
            reason="Accijnsaangifte per brouwsel.",
            wanted=DE_LINDE,
            urgent=True,
        ),
    )


# --- a plan: books, order confirmation, documents ---------------------------------------------------------------------


class _Books(Story):
    """A plan of the total service."""

    def fee(self) -> None:
        found = catalogue.by_code("total-service")
        assert found is not None
        assert found.net is not None
        terms = DetailTerms(
            service_id=found.id,
            net=found.net,
            currency="EUR",
            months=found.months,
            starts_on=vendor_today() + timedelta(days=14),
            vat_rate=Decimal(21),
            text="tot 100 stukken per maand",
        )
        billing_details.add(account_of(self.company).id, terms, self.staff("sales"))

    def prepared(self, code: str) -> Verb:
        def prepare() -> None:
            plan = self.plan()
            task = db.session.scalars(
                sa.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.code == code)
            ).one()
            with in_locale(plan.locale):
                order = confirming.proposal(plan, task)
            confirming.prepare(plan.id, task.ref, order, plan.locale, self.vendor("sales"), after=0)

        return prepare

    def approved(self, code: str, *, days: int | None = None) -> Verb:
        """Valid for so many days; as the playbook reckons where nothing is said."""
        until = vendor_today() + timedelta(days=days) if days is not None else None
        return lambda: working.approve(self.plan().id, self.task(code), self.vendor(), until=until)

    def agreed(self, kickoff_in: int) -> Verb:
        """The start is planned for so many working days from today."""
        return lambda: scheduling.agree(
            self.plan().id,
            AgreedDays(self.plan().contract_on, add_workdays(vendor_today(), kickoff_in, "NL"), None),
            self.vendor("coordinator"),
        )

    def returned(self, code: str, why: str) -> Verb:
        return lambda: working.give_back(self.plan().id, self.task(code), why, self.vendor())


def _gardenia(at: At, staff: Staff) -> None:
    company = _Company(at, staff)
    company.name = GARDENIA
    company.then(24.5, company.goes_to(by="sales"))
    plan = _Books(at, staff, GARDENIA)
    day = vendor_today()
    facts = {"level": "total", "books": "create", "legal_form": "private_limited"}
    plan.begin(9, facts, playbook="total-service")
    request = {
        "company_name": GARDENIA,
        "company_number": "70551936",
        "vat_number": "NL858371024B01",
        "year_from": day.replace(month=1, day=1).isoformat(),
        "year_until": day.replace(month=12, day=31).isoformat(),
        "vat_period": "quarter",
        "start_date": day.replace(day=1).isoformat(),
        "package": "Totaalservice 100",
        "users": "Yara de Boer, yara@gardenia.example",
        "service_partner": VAN_RIJN,
    }
    plan.on(8, plan.fee, plan.wrote("books-request", request, "sales"))
    plan.on(7, plan.ticked("books-created", by="coordinator"))
    order = {
        "fees_noted": True,
        "signatory_name": "Yara de Boer",
        "signatory_role": "Bestuurder",
        "signs": "alone",
    }
    plan.on(6, plan.ticked("books-handed-over", by="coordinator"), plan.wrote("order-details", order, "sales"))
    plan.on(5, plan.prepared("order-confirmation"))
    plan.on(4, plan.accepted("order-confirmation"), plan.ticked("partner-handover", by="coordinator"), plan.agreed(6))
    plan.on(
        3,
        plan.accepted("data-processing"),
        plan.sent("trade-register", picture("Uittreksel handelsregister")),
        plan.sent("signatory-identity", picture("Legitimatie")),
        plan.sent("tax-authorisation", picture("Machtiging")),
    )
    blurred = "De geldigheidsdatum is niet te lezen. Wilt u een nieuwe foto maken, met het bsn afgedekt?"
    plan.on(
        2,
        plan.approved("trade-register"),
        plan.returned("signatory-identity", blurred),
        plan.approved("tax-authorisation", days=24),
    )
    plan.on(1, plan.sent("sepa-mandate", picture("SEPA-machtiging")))
