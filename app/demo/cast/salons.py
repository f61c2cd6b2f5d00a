"""Customers of the demo's marketplace, each at another step of its onboarding, and the service partners."""

from __future__ import annotations

from app.demo.cast.company import Company
from app.demo.cast.customers import Customer

NOOR, LAVANDE, BLISS, AURORE, ZILVER, SOLEIL, KANERVA = (
    "Kapsalon Noor",
    "Institut Lavande",
    "Bliss Nails & Brows",
    "Maison Aurore",
    "Salon Zilver",
    "Spa du Soleil",
    "Hoitola Kanerva Oy",
)

SALONS = (
    Customer(
        Company(NOOR, ("NL", "71830245"), ("Vismarkt 18", "4811 WZ", "Breda"),
                ("noor@kapsalonnoor.example", "+31765550201", "https://kapsalonnoor.example")),
        "Noor Haddad", "nl", days=3,
    ),
    Customer(
        Company(LAVANDE, ("FR", "90451733100016"), ("14 rue des Lices", "35000", "Rennes"),
                ("ines@lavande.example", "+33299550202", "https://lavande.example")),
        "Inès Marchand", "fr", days=12,
    ),
    Customer(
        Company(BLISS, ("NL", "68204417"), ("Nieuwstraat 92", "5211 NN", "’s-Hertogenbosch"),
                ("poppy@blissnails.example", "+31735550203", "https://blissnails.example")),
        "Poppy Ashdown", "en", days=22,
    ),
    Customer(
        Company(AURORE, ("BE", "0745821023"), ("Rue de Bruxelles 41", "5000", "Namur"),
                ("claire@maisonaurore.example", "+3281550204", "https://maisonaurore.example")),
        "Claire Dubois", "fr", days=45,
    ),
    Customer(
        Company(ZILVER, ("BE", "0768110039"), ("Mechelsestraat 7", "3000", "Leuven"),
                ("bram@salonzilver.example", "+3216550205", "https://salonzilver.example")),
        "Bram Segers", "nl", days=20,
    ),
    Customer(
        Company(SOLEIL, ("FR", "91230448200025"), ("3 quai Lombard", "17000", "La Rochelle"),
                ("hugo@spadusoleil.example", "+33546550206", "https://spadusoleil.example")),
        "Hugo Perrin", "fr", days=70,
    ),
    Customer(
        Company(KANERVA, ("FI", "2874561-0"), ("Hämeenkatu 12", "33100", "Tampere"),
                ("aino@kanerva.example", "+358405550207", "https://kanerva.example")),
        "Aino Kanerva", "fi", days=9,
    ),
)  # fmt: skip

FIRMS = (
    ("Van Rijn Administraties", ("NL", "34119870"), "2511 BT", "Den Haag", "+31705550211", 40, 12,
     "Tess van Rijn", "tess@vanrijn.example", "nl"),
    ("Cijfers & Co Eindhoven", ("NL", "17208843"), "5611 AA", "Eindhoven", "+31405550212", 25, 23,
     "Ruben Smits", "ruben@cijfersenco.example", "nl"),
    ("Kantoor De Linde Gent", ("BE", "0781934024"), "9000", "Gent", "+3295550213", None, 15,
     "Elke Maes", "elke@delindegent.example", "nl"),
)  # fmt: skip
"""Service partners: name, country and number, post code, city, phone, most companies, customers from before, owner."""
