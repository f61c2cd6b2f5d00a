"""The demo's work with software partners: their steps, pilots, who signed up, and the cooperation since (S5 to S9)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from app.cooperation.models import ActionKind, MarketingAction, Measure, Review, SupportAgreement
from app.cooperation.service import agreements, goals, marketing, reviews
from app.cooperation.service.agreements import AgreementDetails
from app.cooperation.service.goals import GoalDetails
from app.cooperation.service.marketing import ActionDetails
from app.cooperation.service.reviews import Agreed, Minutes
from app.core.db import db
from app.demo.billing import account_of, vendor_today
from app.demo.cast.software import KASOMAT, KASSALINJA, SIGN_UPS, WINKELWOLK, Firm, SignUp
from app.demo.story import At, Staff, Story, Verb
from app.integrations.models import Integration, IntroductionSlot, SoftwarePartner
from app.leads.models import TypedBy
from app.leads.service import registration
from app.leads.service.details import Registration
from app.manuals.models import Pilot, PilotVerdict, Publication, PublicationKind
from app.manuals.service import piloting
from app.manuals.service.piloting import Beginning, Decision
from app.partners import queries as partners
from app.partners.models import PersonalLink
from app.people.models import Organisation, Person
from app.people.queries import by_email
from app.playbooks.outline import Side
from app.trainings.models import Attendance, Participant
from app.trainings.service import sessions


def play(at: At, staff: Staff) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    _steps(at, staff)
    for slug, customer, begun, ended in (
        ("lumi-till-ledgerly", "Fietsenmaker Tandem", 112, 86),
        ("lumi-till-boekwijs", "Księgarnia Pod Wiatrakiem", 100, 78),
        ("lumi-till-kirja24", "Kaashandel De Rijp", 90, 70),
        ("lumi-till-comptalis", "Atelier Kant", 62, 41),
        ("lumi-till-konto-lite", "Cave des Remparts", 12, 0),
        ("winkelwolk-boekwijs", "Meubelmakerij Berkenhof", 13, 0),
    ):
        length = begun - ended if ended else 12
        at(begun, partial(_pilot, slug, customer, length, staff))
        if ended:
            at(ended, partial(_succeeds, slug, staff))
    for number, sign_up in enumerate(SIGN_UPS):
        at(sign_up.days, partial(_sign_up, number, sign_up))
    at(68, lambda: _agree(staff))
    at(66, lambda: _plan_marketing(staff))
    at(60, lambda: _set_goals(staff))
    at(50, lambda: _post(staff))
    at(58, lambda: _plan_review(staff))
    at(33, lambda: _review(staff))
    at(3, lambda: _propose(staff))


def _steps(at: At, staff: Staff) -> None:
    """What each has done of the seven steps by hand; the rest is done by what happens."""
    lumi, cloud, kasomat = (Story(at, staff, firm.name) for firm in (KASSALINJA, WINKELWOLK, KASOMAT))
    for story, firm, met, tested in ((lumi, KASSALINJA, 212, 145), (cloud, WINKELWOLK, 62, 34)):
        _then(at, met + 7, story.did("read_documentation"), story.ticked("offer_times"))
        _then(at, met, partial(_hold, firm, staff), story.met("introduction", "Both sides know whom to ask."))
        _then(at, met - 2, story.ticked("technical_links_given"), story.did("technical_links_received"))
        _then(at, tested, story.did("integration_built"), partial(_tested, story), story.did("ask_pilot"))
    _then(at, 5, kasomat.did("read_documentation"), kasomat.ticked("offer_times"))
    published = {"links": [{"url": "https://kassalinja.example/integraatiot", "note": ""}]}
    _then(at, 84, lumi.said("own_publication", published), lumi.ticked("faq"))
    _then(at, 80, lumi.said("announcement", {"links": [{"url": "https://kassalinja.example/uutiset", "note": ""}]}))
    _then(at, 60, lumi.met("support_training", "The questions customers ask most, and who answers them."))
    _then(at, 45, lumi.ticked("operational"))


def _then(at: At, days: float, *verbs: Verb) -> None:
    """One after the other, so many days ago."""

    def go() -> None:
        for verb in verbs:
            verb()

    at(days, go)


def _hold(firm: Firm, staff: Staff) -> None:
    """The introduction took place, and everybody was there."""
    session = db.session.scalars(
        sa.select(IntroductionSlot.session_id).where(IntroductionSlot.partner_id == _partner(firm).id)
    ).one()
    assert session is not None
    there = db.session.scalars(sa.select(Participant.id).where(Participant.session_id == session)).all()
    sessions.hold(session, dict.fromkeys(there, Attendance.ATTENDED), "", staff("account_manager"))


def _tested(story: Story) -> None:
    story.said("test", {"day": vendor_today().isoformat(), "result": "passed"})()


# --- pilots and sign-ups ----------------------------------------------------------------------------------------------


def _pilot(slug: str, customer: str, length: int, staff: Staff) -> None:
    day = vendor_today()
    beginning = Beginning(account_of(customer).id, day, day + timedelta(days=length), staff("account_manager").id)
    piloting.start(_integration(slug), beginning, staff("account_manager"))


def _succeeds(slug: str, staff: Staff) -> None:
    pilot = db.session.scalars(sa.select(Pilot).where(Pilot.integration_id == _integration(slug))).one()
    piloting.decide(pilot.id, pilot.version, Decision(PilotVerdict.SUCCEEDED, vendor_today()), staff("account_manager"))


def _sign_up(number: int, sign_up: SignUp) -> None:
    slug = db.session.scalars(
        sa.select(PersonalLink.slug)
        .join(Publication, Publication.link_id == PersonalLink.id)
        .where(Publication.integration_id == _integration(sign_up.slug), Publication.kind == PublicationKind.PAGE)
    ).one()
    behind = partners.form_behind(slug)
    assert isinstance(behind, partners.OpenForm)
    details = Registration(
        company_name=sign_up.company_name,
        country=sign_up.country,
        company_number=sign_up.company_number,
        street=sign_up.street,
        postcode=sign_up.postcode,
        city=sign_up.city,
        website=None,
        contact_name=sign_up.contact,
        email=sign_up.email,
        phone=sign_up.phone,
        services=(),
        shops=(),
        typed_by=TypedBy.CLIENT,
        note="",
        submission_key=f"demo-sign-up-{number}",
    )
    registration.register(behind.link, details, locale=sign_up.locale, address="192.0.2.60")


# --- the cooperation --------------------------------------------------------------------------------------------------


def _agree(staff: Staff) -> None:
    """Drafted and proposed by the vendor, confirmed by both."""
    coordinator, made = staff("coordinator"), _proposed(KASSALINJA, staff)
    agreements.confirm(made, _version(made), coordinator, for_vendor=True)
    agreements.confirm(made, _version(made), _owner(KASSALINJA), for_vendor=False)


def _propose(staff: Staff) -> None:
    _proposed(WINKELWOLK, staff)


def _proposed(firm: Firm, staff: Staff) -> int:
    details = AgreementDetails(
        customer_first="partner",
        customer_channel="email",
        customer_contact=firm.support[0],
        partner_channel="email",
        partner_contact="developers@brimora.example",
        answer_hours=8,
        training="",
        deviation="",
        training_on=None,
        remarks="",
    )
    by = staff("coordinator")
    made = agreements.draft(_partner(firm).id, details, by)
    return agreements.propose(made.id, made.version, by).id


def _version(agreement_id: int) -> int:
    return db.session.get_one(SupportAgreement, agreement_id, populate_existing=True).version


def _plan_marketing(staff: Staff) -> None:
    by, owner, day = staff("sales"), _owner(KASSALINJA), vendor_today()
    for number, (kind, title, whose, days) in enumerate(
        (
            (ActionKind.NEWSLETTER, "The till in our customers' newsletter", by, 16),
            (ActionKind.SOCIAL_MEDIA, "A post about the first shop", owner, 60),
            (ActionKind.APP_STORE, "Listing in the app store of Kirja24", owner, 90),
        )
    ):
        details = ActionDetails(kind, title, whose.ref, day + timedelta(days=days))
        marketing.add(_partner(KASSALINJA).id, details, f"demo-marketing-{number}", staff("coordinator"))


def _post(staff: Staff) -> None:
    query = sa.select(MarketingAction.id).where(MarketingAction.kind == ActionKind.NEWSLETTER)
    marketing.finish(db.session.scalars(query).one(), "https://news.brimora.example/lumi-till", staff("sales"))


def _set_goals(staff: Staff) -> None:
    first = vendor_today()
    for measure, target in ((Measure.LEADS, 6), (Measure.ACCOUNTS, 3)):
        details = GoalDetails(measure, target, first, first + timedelta(days=180))
        goals.set_goal(_partner(KASSALINJA).id, details, staff("coordinator"))


def _plan_review(staff: Staff) -> None:
    reviews.plan(_partner(KASSALINJA).id, vendor_today() + timedelta(days=24), 3, staff("coordinator"))


def _review(staff: Staff) -> None:
    planned = db.session.scalars(sa.select(Review).where(Review.partner_id == _partner(KASSALINJA).id)).one()
    minutes = Minutes(
        held_on=vendor_today(),
        experience="Shops connect by themselves; two asked where the key is.",
        quality="Questions are answered within a day.",
        quality_mark=4,
        results="Three companies signed up in the first month.",
        months=3,
        actions=(Agreed("Mark the key in the till's own help", Side.CUSTOMER, vendor_today() + timedelta(days=40)),),
    )
    reviews.hold(planned.id, planned.version, minutes, staff("coordinator"))


# --- who is on stage --------------------------------------------------------------------------------------------------


def _integration(slug: str) -> int:
    return db.session.scalars(sa.select(Integration.id).where(Integration.slug == slug)).one()


def _partner(firm: Firm) -> SoftwarePartner:
    query = sa.select(SoftwarePartner).join(SoftwarePartner.organisation).where(Organisation.name == firm.name)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _owner(firm: Firm) -> Person:
    owner = by_email(firm.email)
    assert owner is not None
    return owner
