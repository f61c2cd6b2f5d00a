"""Companies that resellers of the demo registered and that were asked about the total service."""

from __future__ import annotations

from app.demo.cast.clients import Client
from app.demo.cast.company import Company

RIJP, TANDEM, KANT, VERHULST, BERKENHOF, HORIZON, PLUTO, MATEN, GARDENIA = (
    "Kaashandel De Rijp",
    "Fietsenmaker Tandem",
    "Atelier Kant",
    "Slagerij Verhulst",
    "Meubelmakerij Berkenhof",
    "Reisbureau Horizon B.V.",
    "Hondenschool Pluto",
    "Bakkerij De Zeven Maten",
    "Gardenia Bloemen B.V.",
)
_LINK = ("bookkeeping-link",)

INTERESTED = (
    Client(
        1,
        Company(RIJP, ("NL", "60217748"), ("Markt 22", "2611 GT", "Delft"),
                ("kaas@derijp.example", "+31155550221", "https://derijp.example")),
        "Jochem Rijpkema", _LINK, days=100, state="converted", locale="nl", answered=("total", "yes", None),
    ),
    Client(
        1,
        Company(TANDEM, ("NL", "52930416"), ("Heuvelring 60", "5038 CJ", "Tilburg"),
                ("werkplaats@tandem.example", "+31135550222")),
        "Gijs Verbunt", ("online-payments",), days=135, state="converted", locale="nl",
        answered=("transaction", "no", "price"),
    ),
    Client(
        4,
        Company(KANT, ("BE", "1982417803"), ("Steenstraat 14", "8000", "Brugge"),
                ("lien@atelierkant.example", "+3250550223", "https://atelierkant.example")),
        "Lien Decroos", _LINK, days=78, state="converted", locale="nl", answered=("total", "in_principle", None),
    ),
    Client(
        4,
        Company(VERHULST, ("BE", "1971358912"), ("Molenstraat 31", "9300", "Aalst"),
                ("info@verhulst.example", "+3253550224")),
        "Dirk Verhulst", ("online-payments", "bookkeeping-link"), days=16, state="converted", locale="nl",
        answered=("total", "yes", None),
    ),
    Client(
        1,
        Company(BERKENHOF, ("NL", "66380152"), ("Sonsbeeksingel 8", "6814 AA", "Arnhem"),
                ("hout@berkenhof.example", "+31265550225", "https://berkenhof.example")),
        "Wietske Faber", _LINK, days=19, state="converted", locale="nl", answered=("total", "in_principle", None),
    ),
    Client(
        1,
        Company(HORIZON, ("NL", "73205591"), ("Coolsingel 104", "3011 AG", "Rotterdam"),
                ("sales@horizonreizen.example", "+31105550226", "https://horizonreizen.example")),
        "Naomi Blankers", ("online-payments", "bookkeeping-link"), days=12, state="converted", locale="nl",
        answered=("total", "yes", None),
    ),
    Client(
        1,
        Company(PLUTO, ("NL", "69014437"), ("Haagdijk 77", "4811 TT", "Breda"),
                ("hallo@hondenschoolpluto.example", "+31765550227")),
        "Sem Oomen", _LINK, days=15, state="converted", locale="nl", answered=("total", "in_principle", None),
    ),
    Client(
        1,
        Company(MATEN, ("NL", "74820063"), ("Diezerstraat 19", "8011 RA", "Zwolle"),
                ("bakker@zevenmaten.example", "+31385550228", "https://zevenmaten.example")),
        "Hilde Maat", _LINK, days=5, state="accepted", locale="nl", answered=("total", "yes", None),
    ),
    Client(
        1,
        Company(GARDENIA, ("NL", "70551936"), ("Lange Voorhout 33", "2514 EC", "Den Haag"),
                ("yara@gardenia.example", "+31705550208", "https://gardenia.example")),
        "Yara de Boer", _LINK, days=27, state="converted", locale="nl", answered=("total", "yes", None),
    ),
    Client(
        0,
        Company("Księgarnia Pod Wiatrakiem", ("PL", "9969301758"), ("ul. Młyńska 6", "87-100", "Toruń"),
                ("ksiegarnia@podwiatrakiem.example", "+48566201100")),
        "Adam Młynarz", ("online-payments",), days=120, state="converted",
        answered=("transaction", "no", "own_staff"),
    ),
    Client(
        3,
        Company("Cave des Remparts", ("FR", "99612480600018"), ("2 rue du Palais", "11000", "Carcassonne"),
                ("cave@remparts.example", "+33468550229")),
        "Lucie Vidal", ("online-payments",), days=48, state="converted", locale="fr",
        answered=("transaction", "no", "own_accountant"),
    ),
)  # fmt: skip
