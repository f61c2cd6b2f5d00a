"""Who resells the demo vendor's services, and who would like to."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.cast.company import Company


@dataclass(frozen=True)
class Applicant:
    """Somebody who applied to become a reseller, and was accepted, rejected or still waits, `days` ago."""

    first_name: str
    last_name: str
    locale: str
    company: Company
    days: int
    about: str = ""
    rejected: str = ""
    """The reason."""
    suspended: str = ""
    """The reason, of a reseller whose link and panel are closed."""


RESELLERS = (
    Applicant(
        "Katarzyna",
        "Milewska",
        "pl",
        Company(
            "Polana Wdrożenia Katarzyna Milewska",
            ("PL", "8567346215"),
            ("ul. Wodna 7/2", "61-782", "Poznań"),
            ("katarzyna@polana.example", "+48618501122", "https://polana.example"),
        ),
        days=210,
        about="Wdrażamy sklepy internetowe w Wielkopolsce od 2015 roku.",
    ),
    Applicant(
        "Tom",
        "Aldous",
        "en",
        Company(
            "Oakmere Consulting B.V.",
            ("NL", "81402573"),
            ("Herengracht 214", "1016 BS", "Amsterdam"),
            ("tom.aldous@oakmere.example", "+31205550164", "https://oakmere.example"),
        ),
        days=160,
        about="We help shops that sell in more than one country.",
    ),
    Applicant(
        "Aino",
        "Lehtovaara",
        "fi",
        Company(
            "Lehtovaara Verkkopalvelut Oy",
            ("FI", "2332748-7"),
            ("Hämeenkatu 12", "33100", "Tampere"),
            ("aino@lehtovaara.example", "+358445550123"),
        ),
        days=95,
        about="Rakennamme verkkokauppoja pirkanmaalaisille yrityksille.",
    ),
    Applicant(
        "Éloïse",
        "Lacombe",
        "fr",
        Company(
            "Atelier Lacombe",
            ("FR", "99526018900015"),
            ("18 rue des Tanneurs", "69001", "Lyon"),
            ("eloise@atelier-lacombe.example", "+33472550199"),
        ),
        days=60,
        about="Agence web spécialisée dans l’alimentation.",
    ),
    Applicant(
        "Pieter",
        "Vandaele",
        "nl",
        Company(
            "Vandaele Webshops",
            ("BE", "1962000093"),
            ("Ooststraat 26", "8800", "Roeselare"),
            ("pieter@vandaele-webshops.example", "+3251550171"),
        ),
        days=120,
        about="Webwinkels voor bakkers en slagers.",
        suspended="Twee klanten melden dat zij zonder hun toestemming zijn aangemeld. Dit zoeken wij eerst uit.",
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
            ("PL", "9915908303"),
            ("ul. Prosta 3", "00-838", "Warszawa"),
            ("hanna@studiowilk.example", "+48226001122"),
        ),
        days=31,
        about="Projektujemy i prowadzimy sklepy z rękodziełem.",
    ),
    Applicant(
        "Bram",
        "Hoekstra",
        "nl",
        Company(
            "Hoekstra Webbouw",
            ("NL", "63290174"),
            ("Oude Delft 88", "2611 CE", "Delft"),
            ("bram@hoekstra-webbouw.example", "+31155550137"),
        ),
        days=9,
        about="Webwinkels voor fietsenzaken en bouwmarkten.",
    ),
    Applicant(
        "Lotte",
        "Peeters",
        "nl",
        Company(
            "Peeters & Co",
            ("BE", "1916613102"),
            ("Meir 41", "2000", "Antwerpen"),
            ("lotte@peeters-co.example", "+3232550148"),
        ),
        days=3,
    ),
    Applicant(
        "Mikael",
        "Strand",
        "fi",
        Company(
            "Strand Digital Oy",
            ("FI", "9860913-9"),
            ("Aurakatu 5", "20100", "Turku"),
            ("mikael@strand.example", "+358225550111"),
        ),
        days=48,
        rejected="Keskitymme tällä hetkellä yrityksiin, joilla on jo kokemusta verkkokaupoista.",
    ),
)
