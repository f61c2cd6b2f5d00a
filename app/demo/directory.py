"""The demo's directory: questions with answers of a category and of one integration, in five languages (S6)."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.db import db
from app.demo.story import At, Staff
from app.directory.service import faq
from app.integrations.models import Integration, Sells

INTEGRATION = "lumi-till-ledgerly"

CATEGORY_QUESTION: Mapping[str, Mapping[str, str]] = {
    "en": {
        "question": "My till is not in the list. What now?",
        "answer": "Ask whoever makes it: connecting is open to every maker of till software. New integrations come "
        "here after a pilot with a first customer.",
    },
    "nl": {
        "question": "Mijn kassa staat niet in de lijst. Wat nu?",
        "answer": "Vraag het de maker: koppelen staat open voor elke maker van kassasoftware. Nieuwe koppelingen komen "
        "hier te staan na een pilot met een eerste klant.",
    },
    "pl": {
        "question": "Mojej kasy nie ma na liście. Co teraz?",
        "answer": "Prosimy zapytać producenta: połączenie jest otwarte dla każdego producenta oprogramowania kasowego. "
        "Nowe integracje pojawiają się tutaj po pilotażu z pierwszym klientem.",
    },
    "fi": {
        "question": "Kassaani ei ole luettelossa. Mitä nyt?",
        "answer": "Kysykää sen valmistajalta: yhdistäminen on avoinna jokaiselle kassaohjelmistojen valmistajalle. "
        "Uudet integraatiot tulevat tänne, kun niitä on kokeiltu ensimmäisen asiakkaan kanssa.",
    },
    "fr": {
        "question": "Ma caisse ne figure pas dans la liste. Que faire ?",
        "answer": "Demandez à son éditeur : la connexion est ouverte à tous les éditeurs de logiciels de caisse. Les "
        "nouvelles intégrations apparaissent ici après un pilote avec un premier client.",
    },
}
INTEGRATION_QUESTION: Mapping[str, Mapping[str, str]] = {
    "en": {
        "question": "When do yesterday’s sales arrive?",
        "answer": "Every night after **2:00**, one entry for each day and VAT rate. A day that was corrected in the "
        "till is sent again and takes the place of the former one.",
    },
    "nl": {
        "question": "Wanneer komt de omzet van gisteren binnen?",
        "answer": "Elke nacht na **2.00 uur**, één boeking per dag en btw-tarief. Een dag die in de kassa is "
        "gecorrigeerd, wordt opnieuw verzonden en vervangt de vorige.",
    },
    "pl": {
        "question": "Kiedy przychodzi wczorajsza sprzedaż?",
        "answer": "Każdej nocy po **2:00**, jeden zapis na dzień i stawkę VAT. Dzień poprawiony w kasie jest wysyłany "
        "ponownie i zastępuje poprzedni.",
    },
    "fi": {
        "question": "Milloin eilinen myynti siirtyy?",
        "answer": "Joka yö kello **2.00** jälkeen, yksi tapahtuma päivää ja arvonlisäverokantaa kohti. Kassassa "
        "korjattu päivä lähetetään uudelleen, ja se korvaa aiemman.",
    },
    "fr": {
        "question": "Quand les ventes de la veille arrivent-elles ?",
        "answer": "Chaque nuit après **2 h**, une écriture par jour et par taux de TVA. Une journée corrigée dans la "
        "caisse est renvoyée et remplace la précédente.",
    },
}


def play(at: At, staff: Staff) -> None:
    """After the integration came into the directory."""
    at(60, lambda: _answer(staff))


def _answer(staff: Staff) -> None:
    editor = staff("content_editor")
    faq.add(CATEGORY_QUESTION, editor, category=Sells.POINT_OF_SALE)
    integration = sa.select(Integration.id).where(Integration.slug == INTEGRATION)
    faq.add(INTEGRATION_QUESTION, editor, integration_id=db.session.scalars(integration).one())
