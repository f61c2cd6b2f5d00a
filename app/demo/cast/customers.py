"""Customers of the demo that the vendor found without a reseller, and a software partner: each has a plan."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.cast.company import Company


@dataclass(frozen=True)
class Customer:
    """A company whose account was opened `days` ago."""

    company: Company
    contact: str
    locale: str
    days: float


JUNIPER, MIRABELLE, LINDE, SORBIER, BRAMLEY = (
    "Juniper & Slate Interiors B.V.",
    "Boulangerie Mirabelle",
    "Brasserie De Linde",
    "Atelier du Sorbier",
    "Bramley Street Bakes B.V.",
)

CUSTOMERS = (
    Customer(
        Company(
            JUNIPER,
            ("NL", "64120887"),
            ("Nieuwegracht 61", "3512 LG", "Utrecht"),
            ("clara.whitfield@juniperslate.example", "+31305550181", "https://juniperslate.example"),
        ),
        "Clara Whitfield",
        "en",
        days=60,
    ),
    Customer(
        Company(
            MIRABELLE,
            ("FR", "99363294200062"),
            ("7 rue de la Fontaine", "54000", "Nancy"),
            ("solene@mirabelle.example", "+33383550182", "https://mirabelle.example"),
        ),
        "Solène Garnier",
        "fr",
        days=40,
    ),
    Customer(
        Company(
            LINDE,
            ("BE", "1984003158"),
            ("Grote Markt 5", "2800", "Mechelen"),
            ("lotte@delinde.example", "+3215550183", "https://delinde.example"),
        ),
        "Lotte Peeters",
        "nl",
        days=35,
    ),
    Customer(
        Company(
            SORBIER,
            ("FR", "99823197100081"),
            ("22 rue des Arts", "31000", "Toulouse"),
            ("atelier@sorbier.example", "+33561550184", "https://sorbier.example"),
        ),
        "Armand Teyssier",
        "fr",
        days=55,
    ),
    Customer(
        Company(
            BRAMLEY,
            ("NL", "64120888"),
            ("Hoogstraat 90", "3011 PV", "Rotterdam"),
            ("oliver@bramleybakes.example", "+31105550185", "https://bramleybakes.example"),
        ),
        "Oliver Dunmore",
        "en",
        days=8,
    ),
)

PARTNER = ("Tideline Systems B.V.", "Niamh Corrigan", "niamh@tideline.example", "en")
"""A software partner: its name, and who owns the organisation."""
