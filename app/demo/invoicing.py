"""The demo's standard invoicing process in the work with software partners, in five languages (S7)."""

from __future__ import annotations

PROCESS: dict[str, tuple[str, str]] = {
    "en": (
        "Invoicing between Brimora and software partners",
        """## Who invoices whom
- Brimora invoices the customer for the integration. The software partner invoices the customer for its own
  product.
- Neither side invoices for the other.

## When
1. An integration is invoiced from the month in which it first passes on data.
2. Invoices are sent on the first working day of the month and are due within 14 days.
3. An integration that is cancelled is invoiced until the end of that month.

## Questions
Whoever is asked about an invoice of the other side passes the question on within two working days.
""",
    ),
    "nl": (
        "Facturatie tussen Brimora en softwarepartners",
        """## Wie factureert aan wie
- Brimora factureert de koppeling aan de klant. De softwarepartner factureert zijn eigen product aan de klant.
- Geen van beide partijen factureert namens de ander.

## Wanneer
1. Een koppeling wordt gefactureerd vanaf de maand waarin zij voor het eerst gegevens doorgeeft.
2. Facturen worden op de eerste werkdag van de maand verzonden en moeten binnen 14 dagen worden betaald.
3. Een opgezegde koppeling wordt tot het einde van die maand gefactureerd.

## Vragen
Wie een vraag krijgt over een factuur van de andere partij, geeft die binnen twee werkdagen door.
""",
    ),
    "pl": (
        "Fakturowanie między firmą Brimora a partnerami technologicznymi",
        """## Kto komu wystawia faktury
- Brimora wystawia klientowi faktury za integrację. Partner technologiczny wystawia klientowi faktury za własny produkt.
- Żadna ze stron nie wystawia faktur w imieniu drugiej.

## Kiedy
1. Integracja jest fakturowana od miesiąca, w którym po raz pierwszy przekaże dane.
2. Faktury są wysyłane pierwszego dnia roboczego miesiąca, a termin płatności wynosi 14 dni.
3. Wypowiedziana integracja jest fakturowana do końca danego miesiąca.

## Pytania
Strona, która otrzyma pytanie dotyczące faktury drugiej strony, przekazuje je w ciągu dwóch dni roboczych.
""",
    ),
    "fi": (
        "Brimoran ja ohjelmistokumppaneiden välinen laskutus",
        """## Kuka laskuttaa ketä
- Brimora laskuttaa asiakasta integraatiosta. Ohjelmistokumppani laskuttaa asiakasta omasta tuotteestaan.
- Kumpikaan osapuoli ei laskuta toisen puolesta.

## Milloin
1. Integraatio laskutetaan siitä kuukaudesta alkaen, jona se ensimmäisen kerran välittää tietoja.
2. Laskut lähetetään kuukauden ensimmäisenä arkipäivänä, ja niiden maksuaika on 14 päivää.
3. Irtisanottu integraatio laskutetaan kyseisen kuukauden loppuun asti.

## Kysymykset
Jos osapuolelta kysytään toisen osapuolen laskusta, se välittää kysymyksen kahden arkipäivän kuluessa.
""",
    ),
    "fr": (
        "Facturation entre Brimora et les partenaires logiciels",
        """## Qui facture à qui
- Brimora facture l’intégration au client. Le partenaire logiciel facture son propre produit au client.
- Aucune des deux parties ne facture pour le compte de l’autre.

## Quand
1. Une intégration est facturée à partir du mois au cours duquel elle transmet des données pour la première fois.
2. Les factures sont envoyées le premier jour ouvré du mois et sont payables sous 14 jours.
3. Une intégration résiliée est facturée jusqu’à la fin du mois en cours.

## Questions
La partie interrogée sur une facture de l’autre partie lui transmet la question dans un délai de deux jours ouvrés.
""",
    ),
}
