"""The companies that resellers of the demo register, and what is asked about them later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.demo.cast.company import Company

Answered = tuple[str, str, str | None]
"""About the total service: its level, the answer, and the reason for a no."""


@dataclass(frozen=True)
class Client:
    """A company that a reseller registered `days` ago, and how far it has come."""

    reseller: int
    """Its place in `RESELLERS`."""
    company: Company
    contact: str
    services: tuple[str, ...]
    days: float
    shops: tuple[tuple[str, str], ...] = ()
    state: str = "submitted"
    typed_by: str = "reseller"
    locale: str = "pl"
    more: tuple[tuple[str, Any], ...] = ()
    note: str = ""
    reason: str = ""
    answered: Answered | None = None


CLIENTS = (
    Client(
        0,
        Company(
            "Stolarnia Modrzew sp. z o.o.",
            ("PL", "9990996031"),
            ("ul. Dębowa 4", "62-200", "Gniezno"),
            ("biuro@modrzew.example", "+48614241100", "https://modrzew.example"),
        ),
        "Marek Sosna",
        ("online-payments",),
        days=3.1,
        shops=(("https://modrzew.example", "WooCommerce"),),
        state="asked",
        note="Klient prosi o kontakt po godzinie 14.",
    ),
    Client(
        0,
        Company(
            "Herbaciarnia Sześć Liści",
            ("PL", "9908246284"),
            ("ul. Świdnicka 20", "50-068", "Wrocław"),
            ("kontakt@szescl.example", "+48717701133", "https://szescl.example"),
        ),
        "Iga Liść",
        ("online-payments", "shipping-returns"),
        days=5,
        shops=(("https://szescl.example", "PrestaShop"),),
        state="accepted",
        typed_by="client",
    ),
    Client(
        0,
        Company(
            "Rowery Jarzębina Anna Kowalik",
            ("PL", "9919482195"),
            ("ul. Wiklinowa 14/3", "60-123", "Poznań"),
            ("anna.kowalik@jarzebina-rowery.example", "+48600100200", "https://jarzebina-rowery.example"),
        ),
        "Anna Kowalik",
        ("online-payments", "bookkeeping-link"),
        days=1.2,
        shops=(("https://jarzebina-rowery.example", "WooCommerce"),),
        typed_by="client",
    ),
    Client(
        0,
        Company(
            "Zielnik Puszczański",
            ("PL", "9909378651"),
            ("ul. Lipowa 31", "15-424", "Białystok"),
            ("sklep@zielnik.example", "+48857441100", "https://zielnik.example"),
        ),
        "Olga Bór",
        ("shipping-returns",),
        days=2,
        shops=(("https://zielnik.example", "Shoper"),),
    ),
    Client(
        0,
        Company(
            "Drukarnia Wersalik s.c.",
            ("PL", "9979754326"),
            ("ul. Piotrkowska 102", "90-004", "Łódź"),
            ("druk@wersalik.example", "+48426331100", "https://wersalik.example"),
        ),
        "Jan Czcionka",
        ("online-payments",),
        days=2.4,
    ),
    Client(
        0,
        Company(
            "Optyka Lipowa",
            ("PL", "9931948757"),
            ("ul. Lipowa 2", "40-012", "Katowice"),
            ("salon@optyka-lipowa.example", "+48322551100", "https://optyka-lipowa.example"),
        ),
        "Ewa Szkiełko",
        ("online-payments", "bookkeeping-link"),
        days=40,
        shops=(("https://optyka-lipowa.example", "IdoSell"),),
        state="converted",
    ),
    Client(
        0,
        Company(
            "Pracownia Ceramiki Glinik",
            ("PL", "9974911867"),
            ("ul. Garncarska 9", "25-017", "Kielce"),
            ("glinik@ceramika.example", "+48413441100", "https://ceramika.example"),
        ),
        "Paweł Glinik",
        ("online-payments", "shipping-returns"),
        days=75,
        shops=(("https://ceramika.example", "WooCommerce"),),
        state="converted",
        typed_by="client",
    ),
    Client(
        0,
        Company(
            "Kawiarnia Pod Kasztanem",
            ("PL", "9925276017"),
            ("ul. Chmielna 15", "00-021", "Warszawa"),
            ("pod@kasztanem.example", "+48228261100", "https://kasztanem.example"),
        ),
        "Zofia Kasztan",
        ("online-payments",),
        days=30,
        state="declined",
        reason="Firma poprosiła o wstrzymanie rejestracji do przyszłego roku.",
    ),
    Client(
        0,
        Company(
            "Papiernik Quillmark",
            ("PL", "9989555976"),
            ("ul. Papiernicza 8", "61-002", "Poznań"),
            ("office@quillmark.example", "+48618521100", "https://quillmark.example"),
        ),
        "Hanna Wilk",
        ("online-payments",),
        days=1.0,
        shops=(("https://quillmark.example", "PrestaShop"),),
    ),
    Client(
        1,
        Company(
            "Quillmark Stationers",
            ("PL", "9989555976"),
            ("ul. Papiernicza 8", "61-002", "Poznań"),
            ("oskar@quillmark.example", "+48618521101", "https://quillmark.example"),
        ),
        "Oskar Lis",
        ("online-payments", "shipping-returns"),
        days=0.8,
        shops=(("https://quillmark.example", "PrestaShop"),),
        typed_by="client",
        locale="en",
    ),
    Client(
        1,
        Company(
            "Harrow Lane Cycles B.V.",
            ("NL", "71930462"),
            ("Lindegracht 112", "1015 KL", "Amsterdam"),
            ("iris@harrowlane.example", "+31205550142", "https://harrowlane.example"),
        ),
        "Iris Verhoeven",
        ("online-payments", "bookkeeping-link"),
        days=4,
        shops=(("https://harrowlane.example", "WooCommerce"), ("https://parts.harrowlane.example", "Shopware")),
        state="accepted",
        typed_by="client",
        locale="nl",
    ),
    Client(
        1,
        Company(
            "De Groene Pluk",
            ("NL", "58120946"),
            ("Stationsweg 3", "6711 PJ", "Ede"),
            ("hallo@groenepluk.example", "+31318550121", "https://groenepluk.example"),
        ),
        "Femke Brink",
        ("shipping-returns",),
        days=28,
        shops=(("https://groenepluk.example", "Lightspeed"),),
        state="converted",
        locale="nl",
    ),
    Client(
        1,
        Company(
            "Brouwerij Het Veer",
            ("BE", "1997114786"),
            ("Kaai 17", "9000", "Gent"),
            ("info@hetveer.example", "+3292550130"),
        ),
        "Wout Claes",
        ("online-payments",),
        days=1.5,
        locale="nl",
    ),
    Client(
        2,
        Company(
            "Kahvipaahtimo Aamunkoi Oy",
            ("FI", "9104974-9"),
            ("Satamakatu 4", "33200", "Tampere"),
            ("myynti@aamunkoi.example", "+358335550140", "https://aamunkoi.example"),
        ),
        "Helmi Koivu",
        ("online-payments", "bookkeeping-link"),
        days=2,
        shops=(("https://aamunkoi.example", "WooCommerce"),),
        typed_by="client",
        locale="fi",
        more=(("einvoice_address", "003702012566"), ("einvoice_operator", "003723327487")),
    ),
    Client(
        2,
        Company(
            "Lankapuoti Kerä Tmi",
            ("FI", "9650752-6"),
            ("Kauppakatu 22", "40100", "Jyväskylä"),
            ("kera@lankapuoti.example", "+358145550150", "https://lankapuoti.example"),
        ),
        "Saara Niemi",
        ("shipping-returns",),
        days=18,
        shops=(("https://lankapuoti.example", "Shopify"),),
        state="converted",
        locale="fi",
    ),
    Client(
        3,
        Company(
            "Fromagerie du Vallon Clair",
            ("FR", "99917034300019"),
            ("4 place du Marché", "73000", "Chambéry"),
            ("contact@vallonclair.example", "+33479550160", "https://vallonclair.example"),
        ),
        "Mathilde Roche",
        ("online-payments", "bookkeeping-link"),
        days=0.3,
        shops=(("https://vallonclair.example", "PrestaShop"),),
        typed_by="client",
        locale="fr",
    ),
    Client(
        3,
        Company(
            "Librairie des Quais",
            ("FR", "99236671600015"),
            ("11 quai Saint-Antoine", "69002", "Lyon"),
            ("bonjour@quais.example", "+33472550161", "https://quais.example"),
        ),
        "Benoît Carlier",
        ("online-payments",),
        days=12,
        shops=(("https://quais.example", "WooCommerce"),),
        state="withdrawn",
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
