"""How the categories of the directory present themselves until somebody writes it otherwise at the desk."""

from __future__ import annotations

from collections.abc import Mapping

from app.integrations.models import Sells

SLUGS: Mapping[str, str] = {Sells.POINT_OF_SALE: "point-of-sale", Sells.WEBSHOP: "webshop"}
"""Of each category, in the order in which they stand everywhere. Addresses never change, so nobody types them."""

PARTS = ("title", "summary", "body")

_PAYS_OFF = {
    "en": "Nobody types over takings any more: once connected, sales go to your package by themselves. Choose the "
    "package that you keep your books or write your invoices with, and open the integration to see what is "
    "passed on and how to connect it.",
    "nl": "Niemand hoeft omzet nog over te typen: na het koppelen gaan de verkopen vanzelf naar uw pakket. Kies het"
    " pakket waarmee u boekhoudt of factureert en open de koppeling om te zien wat wordt doorgegeven en hoe u"
    " die instelt.",
    "pl": "Nikt nie musi już przepisywać obrotów: po połączeniu sprzedaż trafia do Państwa programu automatycznie. "
    "Prosimy wybrać program, w którym prowadzą Państwo księgowość lub wystawiają faktury, i otworzyć "
    "integrację, aby zobaczyć, co jest przekazywane i jak ją połączyć.",
    "fi": "Kenenkään ei tarvitse enää kirjata myyntiä käsin: yhdistämisen jälkeen myynti siirtyy ohjelmaanne "
    "itsestään. Valitkaa ohjelma, jolla hoidatte kirjanpidon tai laskutuksen, ja avatkaa integraatio: näette,"
    " mitä siirtyy ja miten yhdistäminen tehdään.",
    "fr": "Plus personne n’a à ressaisir les recettes : une fois la connexion établie, les ventes parviennent "
    "d’elles-mêmes à votre logiciel. Choisissez le logiciel avec lequel vous tenez votre comptabilité ou "
    "établissez vos factures, puis ouvrez l’intégration pour voir ce qui est transmis et comment la "
    "connecter.",
}

TEXTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    Sells.POINT_OF_SALE: {
        "en": {
            "title": "Connect your point of sale",
            "summary": "Tills that pass their sales on to your bookkeeping or invoicing package.",
            "body": _PAYS_OFF["en"],
        },
        "nl": {
            "title": "Uw kassa koppelen",
            "summary": "Kassa’s die hun verkopen doorgeven aan uw boekhoud- of facturatiepakket.",
            "body": _PAYS_OFF["nl"],
        },
        "pl": {
            "title": "Połączenie kasy",
            "summary": "Systemy kasowe, które przekazują sprzedaż do programu do księgowości lub fakturowania.",
            "body": _PAYS_OFF["pl"],
        },
        "fi": {
            "title": "Kassan yhdistäminen",
            "summary": "Kassajärjestelmät, jotka välittävät myyntinsä kirjanpito- tai laskutusohjelmaanne.",
            "body": _PAYS_OFF["fi"],
        },
        "fr": {
            "title": "Connecter votre caisse",
            "summary": "Des caisses qui transmettent leurs ventes à votre logiciel de comptabilité ou de facturation.",
            "body": _PAYS_OFF["fr"],
        },
    },
    Sells.WEBSHOP: {
        "en": {
            "title": "Connect your webshop",
            "summary": "Webshops that pass their orders on to your bookkeeping or invoicing package.",
            "body": _PAYS_OFF["en"],
        },
        "nl": {
            "title": "Uw webwinkel koppelen",
            "summary": "Webwinkels die hun bestellingen doorgeven aan uw boekhoud- of facturatiepakket.",
            "body": _PAYS_OFF["nl"],
        },
        "pl": {
            "title": "Połączenie sklepu internetowego",
            "summary": "Sklepy internetowe, które przekazują zamówienia do programu do księgowości lub fakturowania.",
            "body": _PAYS_OFF["pl"],
        },
        "fi": {
            "title": "Verkkokaupan yhdistäminen",
            "summary": "Verkkokaupat, jotka välittävät tilauksensa kirjanpito- tai laskutusohjelmaanne.",
            "body": _PAYS_OFF["fi"],
        },
        "fr": {
            "title": "Connecter votre boutique en ligne",
            "summary": "Des boutiques en ligne qui transmettent leurs commandes à votre logiciel de comptabilité ou de "
            "facturation.",
            "body": _PAYS_OFF["fr"],
        },
    },
}
