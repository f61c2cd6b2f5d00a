"""What the demo vendor has written: services, terms and welcome package in five languages."""

from __future__ import annotations

VENDOR = {
    "name": "Brimora Software B.V.",
    "country": "NL",
    "contact_email": "contact@brimora.example",
    "sender_email": "noreply@brimora.example",
    "footer": "Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam, KvK 84217305",
    "default_locale": "en",
    "timezone": "Europe/Amsterdam",
    "support_email": "support@brimora.example",
    "support_phone": "+31 10 555 0100",
    "support_url": "https://support.brimora.example",
}

PRICES: dict[str, tuple[str, int]] = {
    "online-payments": ("35.00", 1),
    "shipping-returns": ("120.00", 6),
    "bookkeeping-link": ("210.00", 12),
    "personal-chart-of-accounts": ("290.00", 0),
    "setup": ("149.00", 0),
    "total-service": ("265.00", 1),
}
"""Usual net amount in euro and months of a period; what is made to order has none."""

ORDERED_IN_PLANS = ("personal-chart-of-accounts", "setup", "total-service")
"""An option of an implementation, the fee of a classic onboarding, what an order confirmation confirms: nothing that a
client asks for on the registration form."""

SERVICES: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    (
        "online-payments",
        {
            "en": "Online payments",
            "nl": "Online betalingen",
            "pl": "Płatności online",
            "fi": "Verkkomaksut",
            "fr": "Paiement en ligne",
        },
        {
            "en": "Bank transfers, cards and local payment methods",
            "nl": "Overboekingen, kaarten en lokale betaalmethoden",
            "pl": "Przelewy, karty, BLIK",
            "fi": "Tilisiirrot, kortit ja paikalliset maksutavat",
            "fr": "Virements, cartes et modes de paiement locaux",
        },
    ),
    (
        "shipping-returns",
        {
            "en": "Shipping and returns",
            "nl": "Verzending en retouren",
            "pl": "Wysyłka i zwroty",
            "fi": "Toimitukset ja palautukset",
            "fr": "Expéditions et retours",
        },
        {
            "en": "Labels and parcel tracking",
            "nl": "Labels en pakketten volgen",
            "pl": "Etykiety i śledzenie paczek",
            "fi": "Osoitetarrat ja lähetysten seuranta",
            "fr": "Étiquettes et suivi des colis",
        },
    ),
    (
        "bookkeeping-link",
        {
            "en": "Link to bookkeeping",
            "nl": "Koppeling met de boekhouding",
            "pl": "Połączenie z księgowością",
            "fi": "Kirjanpitointegraatio",
            "fr": "Lien avec la comptabilité",
        },
        {
            "en": "Sales and VAT go to the bookkeeping package",
            "nl": "Verkopen en btw gaan naar het boekhoudpakket",
            "pl": "Sprzedaż i VAT trafiają do programu księgowego",
            "fi": "Myynti ja arvonlisävero siirtyvät kirjanpito-ohjelmaan",
            "fr": "Les ventes et la TVA rejoignent le logiciel de comptabilité",
        },
    ),
    (
        "custom-development",
        {
            "en": "Custom development",
            "nl": "Maatwerk",
            "pl": "Programowanie na zamówienie",
            "fi": "Räätälöity ohjelmointi",
            "fr": "Développement sur mesure",
        },
        {
            "en": "One-off work, quoted beforehand",
            "nl": "Eenmalig werk, vooraf geoffreerd",
            "pl": "Prace jednorazowe, wycenione z góry",
            "fi": "Kertaluonteinen työ, hinta sovitaan etukäteen",
            "fr": "Travail ponctuel, sur devis préalable",
        },
    ),
    (
        "personal-chart-of-accounts",
        {
            "en": "Personalised chart of accounts",
            "nl": "Rekeningschema op maat",
            "pl": "Indywidualny plan kont",
            "fi": "Räätälöity tilikartta",
            "fr": "Plan comptable personnalisé",
        },
        {
            "en": "Worked out together with you and your accountant, one-off",
            "nl": "Samen met u en uw boekhouder uitgewerkt, eenmalig",
            "pl": "Opracowany wspólnie z Państwem i księgowością, jednorazowo",
            "fi": "Laaditaan teidän ja kirjanpitäjänne kanssa, kertaluonteinen",
            "fr": "Établi avec vous et votre comptable, prestation ponctuelle",
        },
    ),
    (
        "setup",
        {
            "en": "Set-up fee",
            "nl": "Instelkosten",
            "pl": "Opłata za konfigurację",
            "fi": "Käyttöönottomaksu",
            "fr": "Frais de paramétrage",
        },
        {
            "en": "Our content team sets up the profile, one-off",
            "nl": "Ons contentteam richt het profiel in, eenmalig",
            "pl": "Profil konfiguruje nasz zespół ds. treści, jednorazowo",
            "fi": "Sisältötiimimme rakentaa profiilin, kertaluonteinen",
            "fr": "Notre équipe Content paramètre le profil, prestation ponctuelle",
        },
    ),
    (
        "total-service",
        {
            "en": "Total service",
            "nl": "Totaalservice",
            "pl": "Pełna obsługa",
            "fi": "Kokonaispalvelu",
            "fr": "Service complet",
        },
        {
            "en": "Books and year-end work, with a service partner",
            "nl": "Boekhouding en jaarwerk, met een servicepartner",
            "pl": "Księgowość i zamknięcie roku, z partnerem usługowym",
            "fi": "Kirjanpito ja tilinpäätöstyö palvelukumppanin kanssa",
            "fr": "Comptabilité et travaux de clôture, avec un partenaire de service",
        },
    ),
)

SYSTEMS = ("Test shop", "Price calculator", "Ticket system")

WELCOME: dict[str, tuple[tuple[str, str, str], ...]] = {
    "en": (
        ("Price list", "What each service costs a client", "https://brimora.example/en/prices"),
        ("Presentation for clients", "Twelve slides that you may change", "https://brimora.example/en/slides"),
        ("How to answer first questions", "The ten questions clients ask most", "https://brimora.example/en/questions"),
    ),
    "nl": (
        ("Prijslijst", "Wat elke dienst een klant kost", "https://brimora.example/nl/prijzen"),
        ("Presentatie voor klanten", "Twaalf dia’s die u mag aanpassen", "https://brimora.example/nl/presentatie"),
        ("Eerste vragen beantwoorden", "De tien meestgestelde vragen", "https://brimora.example/nl/vragen"),
    ),
    "pl": (
        ("Cennik", "Ile kosztuje klienta każda usługa", "https://brimora.example/pl/cennik"),
        ("Prezentacja dla klientów", "Dwanaście slajdów do własnej edycji", "https://brimora.example/pl/prezentacja"),
        ("Odpowiedzi na pierwsze pytania", "Dziesięć najczęstszych pytań", "https://brimora.example/pl/pytania"),
    ),
    "fi": (
        ("Hinnasto", "Mitä kukin palvelu maksaa asiakkaalle", "https://brimora.example/fi/hinnasto"),
        ("Esitys asiakkaille", "Kaksitoista diaa, joita voi muokata", "https://brimora.example/fi/esitys"),
        (
            "Vastaukset ensimmäisiin kysymyksiin",
            "Kymmenen yleisintä kysymystä",
            "https://brimora.example/fi/kysymykset",
        ),
    ),
    "fr": (
        ("Liste des prix", "Ce que coûte chaque service à un client", "https://brimora.example/fr/prix"),
        ("Présentation pour les clients", "Douze diapositives modifiables", "https://brimora.example/fr/presentation"),
        (
            "Répondre aux premières questions",
            "Les dix questions les plus posées",
            "https://brimora.example/fr/questions",
        ),
    ),
}

TERMS: dict[str, tuple[str, str]] = {
    "en": (
        "Working together as resellers",
        """## 1. What we agree
Brimora lets the reseller register clients through a personal link. A registered client becomes a lead, and an account
once our staff have accepted and converted it.

## 2. Whose client it is
- A client is credited to the reseller whose lead we accept.
- An accepted lead is protected for 180 days.
- When two resellers register the same company, we look at both in the order of time and accept at most one.

## 3. What the reseller does
1. Registers a client only with that client's knowledge.
2. Gives true and complete company details, and corrects them in the panel until the lead is converted.
3. Keeps the personal link and the accesses to our systems to itself.

## 4. What we do
We answer an application within 30 days, usually within 7, and a lead within two working days. We invoice the client
ourselves.

## 5. Ending
Either side may end this agreement with one month's notice. Clients stay credited for as long as they are ours.
""",
    ),
    "nl": (
        "Voorwaarden van het resellerprogramma",
        """## 1. Wat wij afspreken
Brimora laat de reseller klanten registreren via een persoonlijke link. Een geregistreerde klant wordt een lead, en een
account zodra onze medewerkers de lead hebben geaccepteerd en omgezet.

## 2. Van wie de klant is
- Een klant wordt toegekend aan de reseller van wie wij de lead accepteren.
- Een geaccepteerde lead is 180 dagen beschermd.
- Registreren twee resellers hetzelfde bedrijf, dan bekijken wij beide in volgorde van tijd en accepteren wij er
  hoogstens één.

## 3. Wat de reseller doet
1. Registreert een klant alleen met medeweten van die klant.
2. Geeft juiste en volledige bedrijfsgegevens en verbetert die in het paneel tot de lead is omgezet.
3. Houdt de persoonlijke link en de toegang tot onze systemen voor zich.

## 4. Wat wij doen
Wij beantwoorden een aanvraag binnen 30 dagen, meestal binnen 7, en een lead binnen twee werkdagen. Wij factureren de
klant zelf.

## 5. Beëindiging
Elke partij kan deze overeenkomst opzeggen met een termijn van één maand. Klanten blijven toegekend zolang zij klant bij
ons zijn.
""",
    ),
    "pl": (
        "Regulamin programu resellerskiego",
        """## 1. Przedmiot umowy
Brimora umożliwia resellerowi rejestrowanie klientów przez link osobisty. Zarejestrowany klient staje się leadem, a po
zaakceptowaniu i skonwertowaniu przez naszych pracowników – kontem klienckim.

## 2. Przypisanie klienta
- Klienta przypisuje się resellerowi, którego lead zaakceptujemy.
- Zaakceptowany lead jest chroniony przez 180 dni.
- Jeżeli tę samą firmę zarejestruje dwóch resellerów, rozpatrujemy oba zgłoszenia w kolejności wpływu i akceptujemy
  najwyżej jedno.

## 3. Obowiązki resellera
1. Rejestruje klienta wyłącznie za jego wiedzą.
2. Podaje prawdziwe i pełne dane firmy oraz poprawia je w panelu do czasu konwersji leada.
3. Nie udostępnia osobom trzecim linku osobistego ani dostępów do naszych systemów.

## 4. Nasze zobowiązania
Na wniosek odpowiadamy w ciągu 30 dni, zazwyczaj w ciągu 7, a w sprawie leada w ciągu dwóch dni roboczych. Faktury
klientowi wystawiamy sami.

## 5. Zakończenie współpracy
Każda ze stron może wypowiedzieć umowę z zachowaniem miesięcznego okresu wypowiedzenia. Klienci pozostają przypisani tak
długo, jak korzystają z naszych usług.
""",
    ),
    "fi": (
        "Jälleenmyyjäohjelman käyttöehdot",
        """## 1. Mistä sovimme
Jälleenmyyjä rekisteröi asiakkaita Brimoralle henkilökohtaisen linkin kautta. Rekisteröidystä asiakkaasta tulee liidi,
ja asiakastili, kun henkilöstömme on hyväksynyt liidin ja muuntanut sen asiakkaaksi.

## 2. Kenelle asiakas kuuluu
- Asiakas merkitään sille jälleenmyyjälle, jonka liidin hyväksymme.
- Hyväksytty liidi on suojattu 180 päivää.
- Jos kaksi jälleenmyyjää rekisteröi saman yrityksen, tarkastelemme molempia aikajärjestyksessä ja hyväksymme enintään
  yhden.

## 3. Jälleenmyyjän velvollisuudet
1. Jälleenmyyjä rekisteröi asiakkaan vain tämän tieten.
2. Jälleenmyyjä antaa oikeat ja täydelliset yritystiedot ja korjaa niitä paneelissa, kunnes liidi on muunnettu.
3. Jälleenmyyjä ei luovuta henkilökohtaista linkkiä eikä järjestelmiemme käyttöoikeuksia muille.

## 4. Meidän velvollisuutemme
Vastaamme hakemukseen 30 päivän kuluessa, yleensä 7 päivässä, ja liidiin kahden työpäivän kuluessa. Laskutamme asiakasta
itse.

## 5. Sopimuksen päättyminen
Kumpikin osapuoli voi irtisanoa sopimuksen kuukauden irtisanomisajalla. Asiakkaat pysyvät jälleenmyyjälle merkittyinä
niin kauan kuin he ovat asiakkaitamme.
""",
    ),
    "fr": (
        "Conditions générales du programme revendeurs",
        """## 1. Objet
Brimora permet au revendeur d’enregistrer des clients au moyen d’un lien personnel. Un client enregistré devient un
lead, puis un compte lorsque notre équipe l’a accepté et converti.

## 2. Attribution du client
- Le client est attribué au revendeur dont nous acceptons le lead.
- Un lead accepté est protégé pendant 180 jours.
- Si deux revendeurs enregistrent la même entreprise, nous examinons les deux leads dans l’ordre de leur arrivée et en
  acceptons un au plus.

## 3. Engagements du revendeur
1. Il n’enregistre un client qu’avec l’accord de celui-ci.
2. Il fournit des données exactes et complètes et les corrige dans son espace jusqu’à la conversion du lead.
3. Il ne communique à personne son lien personnel ni ses accès à nos systèmes.

## 4. Nos engagements
Nous répondons à une candidature dans les 30 jours, le plus souvent dans les 7 jours, et à un lead dans les deux jours
ouvrés. Nous facturons nous-mêmes le client.

## 5. Fin du contrat
Chaque partie peut mettre fin au contrat avec un préavis d’un mois. Les clients restent attribués au revendeur aussi
longtemps qu’ils sont nos clients.
""",
    ),
}

PRIVACY: dict[str, tuple[str, str]] = {
    "en": (
        "How we handle personal data",
        """## Who is responsible
Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam. Questions: contact@brimora.example.

## What we keep and why
- Of applicants and resellers: name, address, phone number and company details, to work with them.
- Of the contact person of a registered client: name, e-mail address and phone number, to handle the registration.
- Of everybody who signs in: when, so that accounts stay safe.

## How long
Rejected applications and declined leads: two years. Contracts and their acceptance: as long as the law asks.

## Your rights
You may see, correct or have erased what we keep of you, object to its use, and complain to your data protection
authority. Write to the address above; we answer within one month.
""",
    ),
    "nl": (
        "Hoe wij met persoonsgegevens omgaan",
        """## Wie verantwoordelijk is
Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam. Vragen: contact@brimora.example.

## Wat wij bewaren en waarom
- Van aanvragers en resellers: naam, adres, telefoonnummer en bedrijfsgegevens, om met hen samen te werken.
- Van de contactpersoon van een geregistreerde klant: naam, e-mailadres en telefoonnummer, om de registratie te
  behandelen.
- Van iedereen die inlogt: het tijdstip, zodat accounts veilig blijven.

## Hoelang
Afgewezen aanvragen en leads: twee jaar. Overeenkomsten en de acceptatie ervan: zo lang als de wet dat vraagt.

## Uw rechten
U kunt uw gegevens inzien, laten verbeteren of laten wissen, bezwaar maken tegen het gebruik en een klacht indienen bij
de toezichthouder. Schrijf naar het adres hierboven; wij antwoorden binnen een maand.
""",
    ),
    "pl": (
        "Jak przetwarzamy dane osobowe",
        """## Administrator danych
Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam. Pytania: contact@brimora.example.

## Co przechowujemy i w jakim celu
- Dane wnioskujących i resellerów: imię i nazwisko, adres, telefon i dane firmy – w celu prowadzenia współpracy.
- Dane osoby kontaktowej zarejestrowanego klienta: imię i nazwisko, adres e-mail i telefon – w celu rozpatrzenia
  rejestracji.
- Dane osób logujących się: czas logowania – w celu ochrony kont.

## Jak długo
Odrzucone wnioski i leady: dwa lata. Umowy i ich akceptacja: tak długo, jak wymaga prawo.

## Prawa osób
Mają Państwo prawo dostępu do danych, ich sprostowania i usunięcia, prawo sprzeciwu oraz prawo skargi do organu
nadzorczego. Prosimy pisać na powyższy adres; odpowiadamy w ciągu miesiąca.
""",
    ),
    "fi": (
        "Miten käsittelemme henkilötietoja",
        """## Rekisterinpitäjä
Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam. Kysymykset: contact@brimora.example.

## Mitä säilytämme ja miksi
- Hakijoista ja jälleenmyyjistä: nimi, osoite, puhelinnumero ja yritystiedot yhteistyötä varten.
- Rekisteröidyn asiakkaan yhteyshenkilöstä: nimi, sähköpostiosoite ja puhelinnumero rekisteröinnin käsittelyä varten.
- Kirjautujista: kirjautumisaika tilien suojaamiseksi.

## Kuinka kauan
Hylätyt hakemukset ja liidit: kaksi vuotta. Sopimukset ja niiden hyväksyntä: niin kauan kuin laki edellyttää.

## Oikeutenne
Teillä on oikeus tarkastaa tietonne, pyytää niiden oikaisua tai poistamista, vastustaa käsittelyä ja tehdä valitus
valvontaviranomaiselle. Kirjoittakaa yllä olevaan osoitteeseen; vastaamme kuukauden kuluessa.
""",
    ),
    "fr": (
        "Comment nous traitons les données personnelles",
        """## Responsable du traitement
Brimora Software B.V., Kadelaan 40, 3011 AB Rotterdam. Questions : contact@brimora.example.

## Ce que nous conservons et pourquoi
- Candidats et revendeurs : nom, adresse, téléphone et données de l’entreprise, pour travailler avec eux.
- Personne de contact d’un client enregistré : nom, adresse e-mail et téléphone, pour traiter l’enregistrement.
- Personnes qui se connectent : la date et l’heure, pour protéger les comptes.

## Pendant combien de temps
Candidatures refusées et leads déclinés : deux ans. Contrats et leur acceptation : aussi longtemps que la loi l’exige.

## Vos droits
Vous pouvez consulter vos données, les faire rectifier ou effacer, vous opposer à leur utilisation et saisir l’autorité
de protection des données. Écrivez à l’adresse ci-dessus ; nous répondons dans un délai d’un mois.
""",
    ),
}

TECHNICAL_LINKS: list[tuple[str, dict[str, str], str, bool]] = [
    (
        "documentation",
        {
            "en": "API documentation",
            "nl": "API-documentatie",
            "pl": "Dokumentacja API",
            "fi": "API-dokumentaatio",
            "fr": "Documentation de l’API",
        },
        "https://developers.brimora.example/api",
        True,
    ),
    (
        "environment",
        {
            "en": "Test environment",
            "nl": "Testomgeving",
            "pl": "Środowisko testowe",
            "fi": "Testiympäristö",
            "fr": "Environnement de test",
        },
        "https://sandbox.brimora.example",
        False,
    ),
    (
        "channel",
        {
            "en": "Our experts by e-mail",
            "nl": "Onze experts per e-mail",
            "pl": "Nasi eksperci przez e-mail",
            "fi": "Asiantuntijamme sähköpostitse",
            "fr": "Nos experts par e-mail",
        },
        "mailto:developers@brimora.example",
        False,
    ),
]
"""What software partners are shown: kind, titles, address, and whether everybody sees it."""
