"""Who and what appears in the demo: staff, resellers, applicants, clients. All invented; numbers pass their checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PASSWORD = "brimora demo 2026"  # noqa: S105 - of a demo installation, told to everybody who starts one

STAFF: tuple[tuple[str, str, str, str], ...] = (
    ("administrator", "Dana Kellerman", "dana.kellerman@brimora.example", "en"),
    ("sales", "Marit Vos", "marit.vos@brimora.example", "nl"),
    ("account_manager", "Julien Ferrand", "julien.ferrand@brimora.example", "fr"),
    ("team_leader", "Piotr Zaręba", "piotr.zareba@brimora.example", "pl"),
    ("coordinator", "Elina Rautio", "elina.rautio@brimora.example", "fi"),
    ("content_editor", "Sanne de Wit", "sanne.dewit@brimora.example", "nl"),
    ("designer", "Oskar Lind", "oskar.lind@brimora.example", "en"),
    ("finance", "Halina Wrona", "halina.wrona@brimora.example", "pl"),
)
"""role, name, e-mail, language"""


@dataclass(frozen=True)
class Company:
    """A company as somebody types it."""

    company_name: str
    country: str
    company_number: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str
    website: str = ""


@dataclass(frozen=True)
class Applicant:
    """Somebody who applied to become a reseller, `days` ago."""

    first_name: str
    last_name: str
    locale: str
    company: Company
    days: int
    about: str = ""
    rejected: str = ""


RESELLERS = (
    Applicant(
        "Katarzyna",
        "Milewska",
        "pl",
        Company(
            "Polana Wdrożenia Katarzyna Milewska",
            "PL",
            "8567346215",
            "ul. Wodna 7/2",
            "61-782",
            "Poznań",
            "katarzyna@polana.example",
            "+48618501122",
            "https://polana.example",
        ),
        210,
        "Wdrażamy sklepy internetowe w Wielkopolsce od 2015 roku.",
    ),
    Applicant(
        "Tom",
        "Aldous",
        "en",
        Company(
            "Oakmere Consulting B.V.",
            "NL",
            "81402573",
            "Herengracht 214",
            "1016 BS",
            "Amsterdam",
            "tom.aldous@oakmere.example",
            "+31205550164",
            "https://oakmere.example",
        ),
        160,
        "We help shops that sell in more than one country.",
    ),
    Applicant(
        "Aino",
        "Lehtovaara",
        "fi",
        Company(
            "Lehtovaara Verkkopalvelut Oy",
            "FI",
            "2332748-7",
            "Hämeenkatu 12",
            "33100",
            "Tampere",
            "aino@lehtovaara.example",
            "+358445550123",
        ),
        95,
        "Rakennamme verkkokauppoja pirkanmaalaisille yrityksille.",
    ),
    Applicant(
        "Éloïse",
        "Lacombe",
        "fr",
        Company(
            "Atelier Lacombe",
            "FR",
            "99526018900015",
            "18 rue des Tanneurs",
            "69001",
            "Lyon",
            "eloise@atelier-lacombe.example",
            "+33472550199",
        ),
        60,
        "Agence web spécialisée dans l'alimentation.",
    ),
)

MEMBERS: tuple[tuple[int, str, str, str], ...] = ((0, "Kamil Brzoza", "kamil@polana.example", "pl"),)
"""Which reseller's, name, e-mail, language: colleagues who register clients and own nothing."""

APPLICANTS = (
    Applicant(
        "Hanna",
        "Wilk",
        "pl",
        Company(
            "Studio Wilk Hanna Wilk",
            "PL",
            "9915908303",
            "ul. Prosta 3",
            "00-838",
            "Warszawa",
            "hanna@studiowilk.example",
            "+48226001122",
        ),
        31,
        "Projektujemy i prowadzimy sklepy z rękodziełem.",
    ),
    Applicant(
        "Bram",
        "Hoekstra",
        "nl",
        Company(
            "Hoekstra Webbouw",
            "NL",
            "63290174",
            "Oude Delft 88",
            "2611 CE",
            "Delft",
            "bram@hoekstra-webbouw.example",
            "+31155550137",
        ),
        9,
        "Webwinkels voor fietsenzaken en bouwmarkten.",
    ),
    Applicant(
        "Lotte",
        "Peeters",
        "nl",
        Company(
            "Peeters & Co",
            "BE",
            "1916613102",
            "Meir 41",
            "2000",
            "Antwerpen",
            "lotte@peeters-co.example",
            "+3232550148",
        ),
        3,
    ),
    Applicant(
        "Mikael",
        "Strand",
        "fi",
        Company(
            "Strand Digital Oy",
            "FI",
            "9860913-9",
            "Aurakatu 5",
            "20100",
            "Turku",
            "mikael@strand.example",
            "+358225550111",
        ),
        48,
        rejected="Keskitymme tällä hetkellä yrityksiin, joilla on jo kokemusta verkkokaupoista.",
    ),
)


@dataclass(frozen=True)
class Client:
    """A company that a reseller registered `days` ago, and how far it has come."""

    reseller: int
    company: Company
    contact: str
    services: tuple[str, ...]
    shops: tuple[tuple[str, str], ...]
    days: float
    state: str = "submitted"
    typed_by: str = "reseller"
    locale: str = "pl"
    more: tuple[tuple[str, Any], ...] = ()
    note: str = ""
    reason: str = ""


def _pl(name: str, nip: str, street: str, postcode: str, city: str, mail: str, phone: str) -> Company:
    return Company(name, "PL", nip, street, postcode, city, mail, phone, f"https://{mail.split('@')[1]}")


CLIENTS = (
    Client(
        0,
        _pl(
            "Stolarnia Modrzew sp. z o.o.",
            "9990996031",
            "ul. Dębowa 4",
            "62-200",
            "Gniezno",
            "biuro@modrzew.example",
            "+48614241100",
        ),
        "Marek Sosna",
        ("online-payments",),
        (("https://modrzew.example", "WooCommerce"),),
        3.1,
        "asked",
        note="Klient prosi o kontakt po godzinie 14.",
    ),
    Client(
        0,
        _pl(
            "Herbaciarnia Sześć Liści",
            "9908246284",
            "ul. Świdnicka 20",
            "50-068",
            "Wrocław",
            "kontakt@szescl.example",
            "+48717701133",
        ),
        "Iga Liść",
        ("online-payments", "shipping-returns"),
        (("https://szescl.example", "PrestaShop"),),
        5,
        "accepted",
        "client",
    ),
    Client(
        0,
        _pl(
            "Rowery Jarzębina Anna Kowalik",
            "9919482195",
            "ul. Wiklinowa 14/3",
            "60-123",
            "Poznań",
            "anna.kowalik@jarzebina-rowery.example",
            "+48600100200",
        ),
        "Anna Kowalik",
        ("online-payments", "bookkeeping-link"),
        (("https://jarzebina-rowery.example", "WooCommerce"),),
        1.2,
        "submitted",
        "client",
    ),
    Client(
        0,
        _pl(
            "Zielnik Puszczański",
            "9909378651",
            "ul. Lipowa 31",
            "15-424",
            "Białystok",
            "sklep@zielnik.example",
            "+48857441100",
        ),
        "Olga Bór",
        ("shipping-returns",),
        (("https://zielnik.example", "Shoper"),),
        2,
    ),
    Client(
        0,
        _pl(
            "Drukarnia Wersalik s.c.",
            "9979754326",
            "ul. Piotrkowska 102",
            "90-004",
            "Łódź",
            "druk@wersalik.example",
            "+48426331100",
        ),
        "Jan Czcionka",
        ("online-payments",),
        (),
        2.4,
    ),
    Client(
        0,
        _pl(
            "Optyka Lipowa",
            "9931948757",
            "ul. Lipowa 2",
            "40-012",
            "Katowice",
            "salon@optyka-lipowa.example",
            "+48322551100",
        ),
        "Ewa Szkiełko",
        ("online-payments", "bookkeeping-link"),
        (("https://optyka-lipowa.example", "IdoSell"),),
        40,
        "converted",
    ),
    Client(
        0,
        _pl(
            "Pracownia Ceramiki Glinik",
            "9974911867",
            "ul. Garncarska 9",
            "25-017",
            "Kielce",
            "glinik@ceramika.example",
            "+48413441100",
        ),
        "Paweł Glinik",
        ("online-payments", "shipping-returns"),
        (("https://ceramika.example", "WooCommerce"),),
        75,
        "converted",
        "client",
    ),
    Client(
        0,
        _pl(
            "Kawiarnia Pod Kasztanem",
            "9925276017",
            "ul. Chmielna 15",
            "00-021",
            "Warszawa",
            "pod@kasztanem.example",
            "+48228261100",
        ),
        "Zofia Kasztan",
        ("online-payments",),
        (),
        30,
        "declined",
        reason="Firma poprosiła o wstrzymanie rejestracji do przyszłego roku.",
    ),
    Client(
        0,
        _pl(
            "Papiernik Quillmark",
            "9989555976",
            "ul. Papiernicza 8",
            "61-002",
            "Poznań",
            "office@quillmark.example",
            "+48618521100",
        ),
        "Hanna Wilk",
        ("online-payments",),
        (("https://quillmark.example", "PrestaShop"),),
        1.0,
    ),
    Client(
        1,
        _pl(
            "Quillmark Stationers",
            "9989555976",
            "ul. Papiernicza 8",
            "61-002",
            "Poznań",
            "oskar@quillmark.example",
            "+48618521101",
        ),
        "Oskar Lis",
        ("online-payments", "shipping-returns"),
        (("https://quillmark.example", "PrestaShop"),),
        0.8,
        typed_by="client",
        locale="en",
    ),
    Client(
        1,
        Company(
            "Harrow Lane Cycles B.V.",
            "NL",
            "71930462",
            "Lindegracht 112",
            "1015 KL",
            "Amsterdam",
            "iris@harrowlane.example",
            "+31205550142",
            "https://harrowlane.example",
        ),
        "Iris Verhoeven",
        ("online-payments", "bookkeeping-link"),
        (("https://harrowlane.example", "WooCommerce"), ("https://parts.harrowlane.example", "Shopware")),
        4,
        "accepted",
        "client",
        "nl",
    ),
    Client(
        1,
        Company(
            "De Groene Pluk",
            "NL",
            "58120946",
            "Stationsweg 3",
            "6711 PJ",
            "Ede",
            "hallo@groenepluk.example",
            "+31318550121",
            "https://groenepluk.example",
        ),
        "Femke Brink",
        ("shipping-returns",),
        (("https://groenepluk.example", "Lightspeed"),),
        28,
        "converted",
        locale="nl",
    ),
    Client(
        1,
        Company(
            "Brouwerij Het Veer",
            "BE",
            "1997114786",
            "Kaai 17",
            "9000",
            "Gent",
            "info@hetveer.example",
            "+3292550130",
        ),
        "Wout Claes",
        ("online-payments",),
        (),
        1.5,
        locale="nl",
    ),
    Client(
        2,
        Company(
            "Kahvipaahtimo Aamunkoi Oy",
            "FI",
            "9104974-9",
            "Satamakatu 4",
            "33200",
            "Tampere",
            "myynti@aamunkoi.example",
            "+358335550140",
            "https://aamunkoi.example",
        ),
        "Helmi Koivu",
        ("online-payments", "bookkeeping-link"),
        (("https://aamunkoi.example", "WooCommerce"),),
        2,
        locale="fi",
        typed_by="client",
        more=(("einvoice_address", "003702012566"), ("einvoice_operator", "003723327487")),
    ),
    Client(
        2,
        Company(
            "Lankapuoti Kerä Tmi",
            "FI",
            "9650752-6",
            "Kauppakatu 22",
            "40100",
            "Jyväskylä",
            "kera@lankapuoti.example",
            "+358145550150",
            "https://lankapuoti.example",
        ),
        "Saara Niemi",
        ("shipping-returns",),
        (("https://lankapuoti.example", "Shopify"),),
        18,
        "converted",
        locale="fi",
    ),
    Client(
        3,
        Company(
            "Fromagerie du Vallon Clair",
            "FR",
            "99917034300019",
            "4 place du Marché",
            "73000",
            "Chambéry",
            "contact@vallonclair.example",
            "+33479550160",
            "https://vallonclair.example",
        ),
        "Mathilde Roche",
        ("online-payments", "bookkeeping-link"),
        (("https://vallonclair.example", "PrestaShop"),),
        0.3,
        locale="fr",
        typed_by="client",
    ),
    Client(
        3,
        Company(
            "Librairie des Quais",
            "FR",
            "99236671600015",
            "11 quai Saint-Antoine",
            "69002",
            "Lyon",
            "bonjour@quais.example",
            "+33472550161",
            "https://quais.example",
        ),
        "Benoît Carlier",
        ("online-payments",),
        (("https://quais.example", "WooCommerce"),),
        12,
        "withdrawn",
        locale="fr",
        reason="Le client a choisi d'attendre la rentrée.",
    ),
)


@dataclass(frozen=True)
class Wish:
    """What a reseller asked about a client that is an account already, `days` ago."""

    company_name: str
    days: float
    note: str
    phone: str = ""
    services: tuple[str, ...] = ()


WISHES = (
    Wish("Optyka Lipowa", 1.1, "Salon ma od poniedziałku nowy numer.", phone="+48322551155"),
    Wish("Pracownia Ceramiki Glinik", 0.4, "Księgowa prosi o połączenie od lutego.", services=("bookkeeping-link",)),
)
