"""The demo vendor's implementations: plans in every state and in five languages, worked by both sides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.db import db, write
from app.core.workdays import add_workdays
from app.demo.billing import GLINIK, KERA, LIPOWA, PLUK, vendor_today
from app.demo.cast.customers import BRAMLEY, CUSTOMERS, JUNIPER, LINDE, MIRABELLE, PARTNER, SORBIER
from app.demo.cast.interested import GARDENIA
from app.demo.story import At, Staff, Story, open_account, picture, text
from app.people.models import Organisation
from app.people.service import joining
from app.plans import jobs
from app.plans.models import Plan, PlanContact, TaskHandover
from app.plans.service import (
    handing_over,
    scheduling,
    secrets,
    starting,
    working,
)
from app.plans.service.people import NewContact
from app.plans.service.starting import StartDetails
from app.trainings.queries import feeds as calendars
from app.trainings.service import feeds


def play(at: At, staff: Staff) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    for customer in CUSTOMERS:
        at(customer.days, partial(open_account, customer, staff))
    at(70, _take_in_partner)
    for story in (_pluk, _kera, _lipowa, _glinik, _juniper, _mirabelle, _linde, _sorbier, _bramley, _tideline):
        story(at, staff)
    at(0.1, lambda: jobs.forecast(now()))


def _take_in_partner() -> None:
    """There is no verb for it yet: a software partner is taken in by hand."""
    name, owner, email, locale = PARTNER
    with write():
        organisation = Organisation(kind=OrganisationKind.SOFTWARE_PARTNER, name=name, created_at=now())
        db.session.add(organisation)
        db.session.flush()
        person = joining.find_or_create(email, owner, locale)
        joining.join(organisation, person, MemberRole.OWNER, by=person)


KICKOFFS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "schedule": "Four weeks from today; a short call every Tuesday.",
        "division_of_work": "You deliver texts and lists, we set up and import.",
        "communication": "Everything through the plan; urgent matters by phone.",
        "details_needed": "Company details, first users, domain name.",
    },
    "nl": {
        "schedule": "Vier weken vanaf vandaag; elke dinsdag een kort belmoment.",
        "division_of_work": "U levert bestanden en gegevens aan, wij richten in en importeren.",
        "communication": "Alles via het plan; dringende zaken per telefoon.",
        "details_needed": "Bedrijfsgegevens, eerste gebruikers, rekeningschema.",
    },
    "pl": {
        "schedule": "Cztery tygodnie od dziś; krótka rozmowa w każdy wtorek.",
        "division_of_work": "Państwo przekazują dane, my konfigurujemy system.",
        "communication": "Wszystko przez plan; pilne sprawy telefonicznie.",
        "details_needed": "Dane firmy, pierwsi użytkownicy, operator płatności.",
    },
    "fi": {
        "schedule": "Neljä viikkoa tästä päivästä; lyhyt puhelu joka tiistai.",
        "division_of_work": "Te toimitatte tekstit ja kuvat, me rakennamme sivuston.",
        "communication": "Kaikki suunnitelman kautta; kiireelliset asiat puhelimitse.",
        "details_needed": "Yrityksen tiedot, ensimmäiset käyttäjät, verkkotunnus.",
    },
    "fr": {
        "schedule": "Quatre semaines à partir d’aujourd’hui ; un bref appel chaque mardi.",
        "division_of_work": "Vous fournissez textes et listes, nous paramétrons et importons.",
        "communication": "Tout passe par le plan ; les urgences par téléphone.",
        "details_needed": "Coordonnées de l’entreprise, premiers utilisateurs, nom de domaine.",
    },
}
"""What was agreed at the kick-off, in the language of the plan."""


# --- running, on track: all that a plan can hold, in Dutch ------------------------------------------------------------

FEMKE, RUBEN, LIES = "Femke Brink", "Ruben Maas", "Lies Hoekstra"


def _pluk(at: At, staff: Staff) -> None:
    plan = Story(at, staff, PLUK)
    plan.begin(
        13,
        {"modules": ["crm", "finance"], "finance_parts": ["invoicing", "bookkeeping"]},
        contacts=(
            NewContact(RUBEN, "ruben@groenepluk.example", "+31318550122", "nl", "colleague", enters=True),
            NewContact(LIES, "lies@hoekstra-administratie.example", "+31263550190", "nl", "accountant"),
        ),
    )
    team = {FEMKE: ("decides", "content"), RUBEN: ("technical",), LIES: ("finance",)}
    plan.on(12, plan.ticked("kickoff-invitation"), plan.named("team", duties=team))
    plan.on(11, plan.accepted("data-processing"))
    plan.on(9, plan.met("kickoff", "Kennismaking, planning doorgenomen.", **KICKOFFS["nl"]))
    plan.on(
        8,
        plan.said(
            "opening-details",
            {
                "company": "De Groene Pluk",
                "company_number": "58120946",
                "languages": "Nederlands",
                "first_users": "Femke Brink, hallo@groenepluk.example\nRuben Maas, ruben@groenepluk.example",
            },
        ),
        plan.ticked("admin-side", "bank-instructions"),
        plan.did("bank-forward"),
    )
    plan.on(
        7,
        plan.said("tag-map", {"chosen": ["adapted"]}),
        plan.talked(
            "tag-map",
            (FEMKE, "Kunnen wij ook een tag voor abonnementen krijgen?"),
            ("us", "Ja. Wij nemen die op in het tagschema dat u deze week krijgt."),
            ("internal", "Abonnementen ook meenemen in de import."),
        ),
        plan.sent("chart-of-accounts", text("rekeningschema.csv", "1000;Kas\n8000;Omzet\n"), by=LIES),
        plan.named("accountant-contact", duties={LIES: ("accountant",)}),
        plan.named("participants-crm-website", "participants-finance", duties={FEMKE: (), RUBEN: ()}),
    )
    plan.on(
        6,
        plan.said("chart-choice", {"chosen": ["personal"]}),
        plan.named("user-roles", duties={FEMKE: ("administrator", "finance"), RUBEN: ("customers", "sales")}),
        plan.sent("customer-register", text("klanten.csv", "naam;plaats\nBakker Jansen;Ede\n"), by=RUBEN),
        plan.ticked("guidance"),
        plan.trained("crm-website", 4),
    )
    plan.on(
        5,
        plan.sent("tag-map-plan", picture("Tagschema"), ours=True),
        plan.said(
            "invoicing-details",
            {"methods": ["email"], "interval": "Wekelijks", "reminders": "Na 14 dagen", "collection": "Nee"},
        ),
    )
    plan.on(4, lambda: working.approve(plan.plan().id, plan.task("tag-map-plan"), plan.customer(FEMKE)))
    plan.on(
        3,
        plan.ticked("user-roles-advice", "customer-import"),
        plan.sent("bank-agreement", picture("Bankovereenkomst")),
    )
    plan.on(2, lambda: _keep_bank_keys(plan), plan.ticked("finance-settings"))
    plan.on(
        1,
        plan.ticked("chart-set-up"),
        plan.held("crm-website", "https://media.brimora.example/crm-nl"),
        plan.trained("finance", 5, place="Stationsweg 3, Ede"),
        plan.wrote("accountant-talks", {"agreed": "Lies controleert de eerste btw-aangifte."}),
        lambda: _hand_over_chart(plan),
    )


def _keep_bank_keys(plan: Story) -> None:
    given = {"user_id": "DEMO-0000", "transfer_key": "not-a-real-key"}
    secrets.keep(plan.plan().id, plan.task("bank-keys"), given, plan.customer(RUBEN))


def _hand_over_chart(plan: Story) -> None:
    """To the accountant, who sees this task alone."""
    note = "Wil jij het rekeningschema bekijken? Bij twijfel even bellen."
    handing_over.hand_over(
        plan.plan().id, plan.task("chart-approval"), plan.contact(LIES).ref, note, plan.customer(FEMKE)
    )


# --- running, waits for the customer, in Finnish ----------------------------------------------------------------------


def _kera(at: At, staff: Staff) -> None:
    plan = Story(at, staff, KERA)
    plan.begin(5, {"modules": ["website"], "has_old_site": False})
    plan.on(4, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Saara": ("decides", "content")}))
    plan.on(3, plan.accepted("data-processing"))
    plan.on(2, plan.met("kickoff", **KICKOFFS["fi"]))
    plan.on(
        1,
        plan.said(
            "opening-details",
            {
                "company": "Lankapuoti Kerä",
                "company_number": "9650752-6",
                "languages": "Suomi, ruotsi",
                "first_users": "Saara Niemi, kera@lankapuoti.example",
            },
        ),
        plan.ticked("admin-side"),
        plan.said("website-look", {"chosen": ["renew"]}),
        plan.talked(
            "website-models", ("us", "Kaksi tai kolme mallia riittää. Kerrothan myös, mikä niissä miellyttää.")
        ),
    )


# --- at risk: stuck, in Polish ----------------------------------------------------------------------------------------


def _lipowa(at: At, staff: Staff) -> None:
    plan = Story(at, staff, LIPOWA)
    plan.begin(13, {"modules": ["sales"], "has_webshop": True, "bank_channel": False}, golive_in=35)
    plan.on(12, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Ewa": ("decides", "finance")}))
    plan.on(11, plan.accepted("data-processing"))
    plan.on(9, plan.met("kickoff", **KICKOFFS["pl"]))
    plan.on(
        8,
        plan.said(
            "opening-details",
            {
                "company": "Optyka Lipowa",
                "company_number": "9931948757",
                "languages": "polski",
                "first_users": "Ewa Szkiełko, salon@optyka-lipowa.example",
            },
        ),
        plan.ticked("admin-side"),
        plan.said("payment-provider", {"chosen": ["other"]}),
        plan.named("participants-sales", duties={"Ewa": ()}),
    )
    plan.on(6, plan.sent("chart-of-accounts", text("plan-kont.csv", "100;Kasa\n700;Sprzedaż\n")))
    plan.on(5, plan.said("chart-choice", {"chosen": ["standard"]}))
    plan.on(4, lambda: _stuck(plan))
    plan.on(2, lambda: working.waits(plan.plan().id, plan.task("products"), "Grafik", None, plan.customer()))


def _stuck(plan: Story) -> None:
    why = "Operator płatności czeka na podpis drugiego wspólnika, który wraca z urlopu."
    working.stuck(plan.plan().id, plan.task("payment-keys"), why, plan.customer())


# --- live and completed, in Polish ------------------------------------------------------------------------------------


def _glinik(at: At, staff: Staff) -> None:
    plan = Story(at, staff, GLINIK)
    plan.begin(44, {"modules": ["crm"], "has_accountant": False})
    plan.on(43, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Paweł": ("decides", "content")}))
    plan.on(42, plan.accepted("data-processing"))
    plan.on(40, plan.met("kickoff", **KICKOFFS["pl"]))
    plan.on(38, plan.ticked("opening-details", "admin-side", "customer-register", "tag-map", "user-roles"))
    plan.on(34, plan.sent("tag-map-plan", picture("Mapa tagów"), ours=True))
    plan.on(33, lambda: working.approve(plan.plan().id, plan.task("tag-map-plan"), plan.customer()))
    plan.on(31, plan.named("participants-crm-website", duties={"Paweł": ()}), plan.trained("crm-website", 3))
    plan.on(30, plan.ticked("user-roles-advice", "customer-import", "guidance"))
    plan.on(27, plan.held("crm-website", "https://media.brimora.example/crm-pl"), plan.ticked("recordings"))
    plan.on(25, plan.met("golive-check", day=add_workdays(vendor_today(), -23, "PL").isoformat()))
    plan.on(24, plan.accepted("golive-acceptance"))
    plan.on(23, plan.ticked("golive"))
    plan.on(22, plan.ticked("support-introduction", "completion"))


# --- late, in English -------------------------------------------------------------------------------------------------


def _juniper(at: At, staff: Staff) -> None:
    plan = Story(at, staff, JUNIPER)
    plan.begin(33, {"modules": ["website", "booking"]})
    plan.on(32, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Clara": ("decides", "content")}))
    plan.on(31, plan.accepted("data-processing"))
    plan.on(29, plan.met("kickoff", **KICKOFFS["en"]))
    plan.on(27, plan.ticked("opening-details", "admin-side", "website-look", "website-models"))
    plan.on(24, plan.wrote("demo-website", {"address": "https://juniperslate.demo.example"}))
    plan.on(19, plan.ticked("website-design", by="designer"))
    plan.on(
        17,
        lambda: working.give_back(
            plan.plan().id, plan.task("design-approval"), "Please use the darker green of our shop.", plan.customer()
        ),
    )
    plan.on(14, plan.ticked("website-design", by="designer"))
    plan.on(12, plan.said("design-approval", {"verdict": "approved"}))
    plan.on(
        9,
        plan.ticked("website-menus", "website-pictures"),
        plan.talked(
            "website-texts",
            ("us", "Ten pages are still missing. Shall we go through them together?"),
            ("Clara", "We are short of hands before the season. You have them by Friday."),
        ),
    )


# --- paused, in French ------------------------------------------------------------------------------------------------


def _mirabelle(at: At, staff: Staff) -> None:
    plan = Story(at, staff, MIRABELLE)
    plan.begin(11, {"modules": ["crm", "marketing"]})
    plan.on(10, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Solène": ("decides", "content")}))
    plan.on(9, plan.accepted("data-processing"))
    plan.on(7, plan.met("kickoff", **KICKOFFS["fr"]))
    plan.on(6, plan.ticked("opening-details", "admin-side"), plan.said("tag-map", {"chosen": ["ready"]}))
    reason = "Travaux dans la boutique : l’équipe reprend après l’inauguration."
    plan.on(
        4,
        lambda: scheduling.pause(
            plan.plan().id, vendor_today(), add_workdays(vendor_today(), 12, "FR"), reason, plan.vendor()
        ),
    )


# --- waits for us, in Dutch -------------------------------------------------------------------------------------------


def _linde(at: At, staff: Staff) -> None:
    plan = Story(at, staff, LINDE)
    plan.begin(8, {"modules": ["crm"], "has_accountant": False})
    plan.on(7, plan.ticked("kickoff-invitation"), plan.named("team", duties={"Lotte": ("decides", "content")}))
    plan.on(6, plan.accepted("data-processing"))
    plan.on(4, plan.met("kickoff", **KICKOFFS["nl"]))
    plan.on(
        3,
        plan.said(
            "opening-details",
            {
                "company": "Brasserie De Linde",
                "company_number": "1984.003.158",
                "languages": "Nederlands, Frans",
                "first_users": "Lotte Peeters, lotte@delinde.example",
            },
        ),
        plan.said("tag-map", {"chosen": ["own"]}),
        plan.named("user-roles", duties={"Lotte": ("administrator",)}),
        plan.named("participants-crm-website", duties={"Lotte": ()}),
    )
    plan.on(
        2,
        plan.sent("customer-register", text("gasten.csv", "naam;plaats\nJan Claes;Mechelen\n")),
        plan.ticked("admin-side"),
    )
    plan.on(1, plan.trained("crm-website", 4))


# --- archived, in French ----------------------------------------------------------------------------------------------


def _sorbier(at: At, staff: Staff) -> None:
    plan = Story(at, staff, SORBIER)
    plan.begin(30, {"modules": ["crm"]})
    plan.on(29, plan.ticked("kickoff-invitation"))
    plan.on(26, plan.met("kickoff", **KICKOFFS["fr"]))
    reason = "L’atelier reporte le projet à l’année prochaine."
    plan.on(15, lambda: starting.archive(plan.plan().id, reason, plan.vendor()))


# --- before the kick-off, in English ----------------------------------------------------------------------------------


def _bramley(at: At, staff: Staff) -> None:
    plan = Story(at, staff, BRAMLEY)
    plan.begin(2)
    plan.on(1, plan.ticked("kickoff-invitation"))


# --- a software partner, in English -----------------------------------------------------------------------------------


def _tideline(at: At, staff: Staff) -> None:
    name = PARTNER[0]
    plan = Story(at, staff, name)

    def start() -> None:
        organisation = db.session.scalars(sa.select(Organisation).where(Organisation.name == name)).one()
        manager = staff("account_manager")
        starting.start(
            StartDetails(
                playbook="partner-introduction",
                manager_id=manager.id,
                organisation_id=organisation.id,
                locale=PARTNER[3],
            ),
            manager,
        )

    plan.on(8, start)
    plan.on(7, plan.ticked("introduction-invitation"))
    plan.on(
        5,
        plan.met(
            "introduction",
            goals="Orders of shared customers arrive in both systems.",
            division_of_work="Tideline builds the link, we give a test system.",
            communication="A call every second Thursday.",
        ),
    )
    plan.on(3, plan.named("contacts", duties={"Niamh": ("decides", "technical")}), plan.accepted("co-operation"))


# --- who can be tried out ---------------------------------------------------------------------------------------------

SHOWN = ((PLUK, FEMKE), (KERA, "Saara Niemi"), (JUNIPER, "Clara Whitfield"), (GARDENIA, "Yara de Boer"))
"""Customers whose personal links `flask demo people --json` makes."""


def customers_of_plans() -> list[dict[str, Any]]:
    """The people with private links, minted afresh: nobody can read an old one back."""
    listed: list[dict[str, Any]] = []
    for company, name in SHOWN:
        found = db.session.scalar(
            sa.select(PlanContact)
            .join(PlanContact.plan)
            .where(Plan.name == company, PlanContact.name == name)
            .options(sa.orm.contains_eager(PlanContact.plan))
        )
        if found is not None:
            listed.append(_entry("customer", found, _links_of(found)))
    handed = db.session.scalar(
        sa.select(TaskHandover)
        .where(TaskHandover.ended_at.is_(None))
        .order_by(TaskHandover.id)
        .options(sa.orm.joinedload(TaskHandover.contact))
        .limit(1)
    )
    if handed is not None:
        with write():
            path = links.mint(Purpose.PLAN_TASK, handed.id)[1]
        listed.append(_entry("customer's accountant", handed.contact, {"task": path}))
    return listed


def _links_of(contact: PlanContact) -> dict[str, str]:
    with write():
        paths = {"plan": links.mint(Purpose.PLAN, contact.id)[1]}
    if calendars.OF_CUSTOMER:
        paths["feed"] = feeds.make_for_customer(
            contact.email, contact.name, contact.locale, account_id=contact.plan.account_id, organisation_id=None
        )
    return paths


def _entry(role: str, contact: PlanContact, paths: dict[str, str]) -> dict[str, Any]:
    return {
        "role": role,
        "name": contact.name,
        "locale": contact.locale,
        "email": contact.email,
        "password": None,
        "links": paths,
    }
