"""The demo's software partners, the packages they connect to, and what they supply for their manuals."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.screens import Screen
from app.integrations.models import PackageKind, PassedOn, Sells

_ALL = tuple(PassedOn)
_SIMPLE = (PassedOn.SALES, PassedOn.VAT, PassedOn.PAYMENT_METHODS)


# --- packages ---------------------------------------------------------------------------------------------------------

PACKAGES: tuple[tuple[str, PackageKind, str, tuple[PassedOn, ...]], ...] = (
    ("Ledgerly", PackageKind.BOOKKEEPING, "https://ledgerly.example", _ALL),
    ("Boekwijs", PackageKind.BOOKKEEPING, "https://boekwijs.example", _ALL),
    ("Kirja24", PackageKind.BOOKKEEPING, "https://kirja24.example", _SIMPLE),
    ("Comptalis", PackageKind.BOOKKEEPING, "https://comptalis.example", _ALL),
    ("Konto Lite", PackageKind.BOOKKEEPING, "https://kontolite.example", _SIMPLE),
    ("Fakturo", PackageKind.INVOICING, "https://fakturo.example", (*_SIMPLE, PassedOn.CUSTOMERS)),
    ("Saldix", PackageKind.INVOICING, "https://saldix.example", (*_SIMPLE, PassedOn.CUSTOMERS)),
    ("Numera", PackageKind.BOOKKEEPING, "https://numera.example", _ALL),
)
"""Name, kind, website, and what it can take."""

PACKAGE_WORDS: dict[PackageKind, dict[str, dict[str, str]]] = {
    PackageKind.BOOKKEEPING: {
        "en": {
            "summary": "%(name)s keeps the books of shops and other small businesses, from the day's sales to the "
            "VAT return.",
            "before": "In %(name)s, ask your accountant on which accounts sales, VAT and payments are to be booked.",
            "connect": "1. In %(name)s, open **Settings** and then **Connections**.\n"
            "2. Press **Add a connection** and choose **Sales**.\n"
            "3. Paste the connection key and press **Save**.",
        },
        "nl": {
            "summary": "%(name)s voert de boekhouding van winkels en andere kleine ondernemingen, van de dagomzet tot "
            "de btw-aangifte.",
            "before": "Vraag uw boekhouder op welke grootboekrekeningen omzet, btw en betalingen in %(name)s worden "
            "geboekt.",
            "connect": "1. Open in %(name)s **Instellingen** en daarna **Koppelingen**.\n"
            "2. Druk op **Koppeling toevoegen** en kies **Verkopen**.\n"
            "3. Plak de koppelsleutel en druk op **Opslaan**.",
        },
        "pl": {
            "summary": "%(name)s prowadzi księgi sklepów i innych małych firm, od sprzedaży dziennej po "
            "deklarację VAT.",
            "before": "Prosimy zapytać księgowość, na których kontach w programie %(name)s mają być księgowane "
            "sprzedaż, VAT i płatności.",
            "connect": "1. W programie %(name)s prosimy otworzyć **Ustawienia**, a następnie **Połączenia**.\n"
            "2. Prosimy nacisnąć **Dodaj połączenie** i wybrać **Sprzedaż**.\n"
            "3. Prosimy wkleić klucz połączenia i nacisnąć **Zapisz**.",
        },
        "fi": {
            "summary": "%(name)s hoitaa kauppojen ja muiden pienyritysten kirjanpidon päivän myynnistä "
            "arvonlisäveroilmoitukseen.",
            "before": "Kysykää kirjanpitäjältänne, mille tileille myynti, arvonlisävero ja maksut kirjataan.",
            "connect": "1. Avatkaa ohjelmassa %(name)s **Asetukset** ja sitten **Yhteydet**.\n"
            "2. Painakaa **Lisää yhteys** ja valitkaa **Myynti**.\n"
            "3. Liittäkää yhteysavain ja painakaa **Tallenna**.",
        },
        "fr": {
            "summary": "%(name)s tient la comptabilité des commerces et autres petites entreprises, des ventes du jour "
            "à la déclaration de TVA.",
            "before": "Demandez à votre comptable sur quels comptes les ventes, la TVA et les paiements doivent être "
            "enregistrés dans %(name)s.",
            "connect": "1. Dans %(name)s, ouvrez **Paramètres**, puis **Connexions**.\n"
            "2. Appuyez sur **Ajouter une connexion** et choisissez **Ventes**.\n"
            "3. Collez la clé de connexion et appuyez sur **Enregistrer**.",
        },
    },
    PackageKind.INVOICING: {
        "en": {
            "summary": "%(name)s writes invoices and reminds customers of them; the totals go on to the bookkeeping.",
            "before": "In %(name)s, check that your company details and VAT rates are filled in.",
            "connect": "1. In %(name)s, open **My company** and then **Apps**.\n"
            "2. Choose **Sales channels** and press **Connect**.\n"
            "3. Paste the connection key and press **Save**.",
        },
        "nl": {
            "summary": "%(name)s maakt facturen en stuurt herinneringen; de totalen gaan door naar de boekhouding.",
            "before": "Controleer in %(name)s of uw bedrijfsgegevens en btw-tarieven zijn ingevuld.",
            "connect": "1. Open in %(name)s **Mijn bedrijf** en daarna **Apps**.\n"
            "2. Kies **Verkoopkanalen** en druk op **Koppelen**.\n"
            "3. Plak de koppelsleutel en druk op **Opslaan**.",
        },
        "pl": {
            "summary": "%(name)s wystawia faktury i przypomina o nich klientom; sumy trafiają dalej do księgowości.",
            "before": "Prosimy sprawdzić, czy w programie %(name)s uzupełniono dane firmy i stawki VAT.",
            "connect": "1. W programie %(name)s prosimy otworzyć **Moja firma**, a następnie **Aplikacje**.\n"
            "2. Prosimy wybrać **Kanały sprzedaży** i nacisnąć **Połącz**.\n"
            "3. Prosimy wkleić klucz połączenia i nacisnąć **Zapisz**.",
        },
        "fi": {
            "summary": "%(name)s tekee laskut ja muistuttaa niistä asiakkaita; summat siirtyvät edelleen kirjanpitoon.",
            "before": "Tarkistakaa, että yrityksenne tiedot ja arvonlisäverokannat on täytetty.",
            "connect": "1. Avatkaa ohjelmassa %(name)s **Oma yritys** ja sitten **Sovellukset**.\n"
            "2. Valitkaa **Myyntikanavat** ja painakaa **Yhdistä**.\n"
            "3. Liittäkää yhteysavain ja painakaa **Tallenna**.",
        },
        "fr": {
            "summary": "%(name)s établit les factures et relance les clients ; les totaux sont transmis à la "
            "comptabilité.",
            "before": "Vérifiez que les coordonnées de votre entreprise et les taux de TVA sont renseignés dans "
            "%(name)s.",
            "connect": "1. Dans %(name)s, ouvrez **Mon entreprise**, puis **Applications**.\n"
            "2. Choisissez **Canaux de vente** et appuyez sur **Connecter**.\n"
            "3. Collez la clé de connexion et appuyez sur **Enregistrer**.",
        },
    },
}
"""By kind and language, with the package's name to be put in."""


# --- software partners ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """What a customer does, what its screenshot shows in words, and the screenshot."""

    text: str
    alt: str
    screen: Screen


@dataclass(frozen=True)
class Words:
    """What the product is and how it is connected, in one language."""

    summary: str
    about: str
    find: tuple[Step, ...]
    enter: tuple[Step, ...]
    limits: str
    faq: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Firm:
    """A software partner with its one product."""

    name: str
    country: str
    website: str
    owner: str
    email: str
    locale: str
    product: str
    sells: tuple[Sells, ...]
    colour: str
    sign: str
    support: tuple[str, str, str]
    """E-mail address, phone number, help pages."""
    passes: dict[str, tuple[PassedOn, ...]]
    """By package."""
    words: dict[str, Words]


def _till(lang: str, menu: tuple[str, ...], title: str, **more: object) -> Screen:
    return Screen("Lumi Till", "Kahvila Kuusi · Tampere", lang, "#0f766e", menu, 3, title, **more)  # type: ignore[arg-type]  # as named above


def _lumi(
    lang: str,
    menu: tuple[str, ...],
    labels: tuple[str, str, str, str, str],
    texts: tuple[str, str, str, str],
    alts: tuple[str, str, str, str],
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The same four screens in each language. `labels`: package, key, copy, connect, connected."""
    package, key, copy, connect, connected = labels
    title = menu[3]
    hidden = (key, "••••••••••••7Q2M")
    screens = (
        _till(lang, menu, title, mark="menu"),
        _till(lang, menu, title, fields=(hidden,), button=copy, mark="button"),
        _till(lang, menu, title, fields=((package, "Ledgerly"), hidden), button=connect, mark="button"),
        _till(lang, menu, title, fields=((package, "Ledgerly"),), done=connected),
    )
    steps = tuple(Step(*each) for each in zip(texts, alts, screens, strict=True))
    return steps[:2], steps[2:]


_LUMI_EN = _lumi(
    "en",
    ("Sales", "Products", "Payments", "Connections", "People"),
    ("Package", "Connection key", "Copy the key", "Connect", "Connected. Sales are passed on each night."),
    (
        "In Lumi Till, choose **Connections** in the menu at the left.",
        "Press **Copy the key**. Treat it like a password: whoever has it can read your sales.",
        "Choose your package in the list and press **Connect**.",
        "A green line says that the connection works. The first sales arrive the next morning.",
    ),
    (
        "The menu of Lumi Till, with Connections marked.",
        "The page Connections with the hidden key; the button Copy the key is marked.",
        "The page Connections with a chosen package; the button Connect is marked.",
        "A green line on the page Connections that says Connected.",
    ),
)
_LUMI_NL = _lumi(
    "nl",
    ("Verkopen", "Producten", "Betalingen", "Koppelingen", "Gebruikers"),
    ("Pakket", "Koppelsleutel", "Sleutel kopiëren", "Koppelen", "Gekoppeld. Verkopen worden elke nacht doorgestuurd."),
    (
        "Kies in Lumi Till links in het menu **Koppelingen**.",
        "Druk op **Sleutel kopiëren**. Behandel de sleutel als een wachtwoord: wie hem heeft, kan uw verkopen lezen.",
        "Kies uw pakket in de lijst en druk op **Koppelen**.",
        "Een groene regel zegt dat de koppeling werkt. De eerste verkopen komen de volgende ochtend binnen.",
    ),
    (
        "Het menu van Lumi Till, waarin Koppelingen is aangegeven.",
        "De pagina Koppelingen met de verborgen sleutel; de knop Sleutel kopiëren is aangegeven.",
        "De pagina Koppelingen met een gekozen pakket; de knop Koppelen is aangegeven.",
        "Een groene regel op de pagina Koppelingen die zegt dat de koppeling werkt.",
    ),
)
_LUMI_PL = _lumi(
    "pl",
    ("Sprzedaż", "Produkty", "Płatności", "Połączenia", "Użytkownicy"),
    ("Program", "Klucz połączenia", "Kopiuj klucz", "Połącz", "Połączono. Sprzedaż trafia dalej co noc."),
    (
        "W programie Lumi Till prosimy wybrać w menu po lewej stronie **Połączenia**.",
        "Prosimy nacisnąć **Kopiuj klucz**. Klucz należy chronić jak hasło: kto go ma, może czytać dane o sprzedaży.",
        "Prosimy wybrać program z listy i nacisnąć **Połącz**.",
        "Zielony wiersz potwierdza, że połączenie działa. Pierwsza sprzedaż pojawi się następnego dnia rano.",
    ),
    (
        "Menu programu Lumi Till z zaznaczoną pozycją Połączenia.",
        "Strona Połączenia z ukrytym kluczem; zaznaczony przycisk Kopiuj klucz.",
        "Strona Połączenia z wybranym programem; zaznaczony przycisk Połącz.",
        "Zielony wiersz na stronie Połączenia z napisem Połączono.",
    ),
)
_LUMI_FI = _lumi(
    "fi",
    ("Myynti", "Tuotteet", "Maksutavat", "Yhteydet", "Käyttäjät"),
    ("Ohjelma", "Yhteysavain", "Kopioi avain", "Yhdistä", "Yhdistetty. Myynti siirtyy joka yö."),
    (
        "Valitkaa Lumi Tillissä vasemman reunan valikosta **Yhteydet**.",
        "Painakaa **Kopioi avain**. Käsitelkää avainta kuin salasanaa: se, jolla avain on, voi lukea myyntitietonne.",
        "Valitkaa ohjelmanne luettelosta ja painakaa **Yhdistä**.",
        "Vihreä rivi kertoo, että yhteys toimii. Ensimmäiset myynnit näkyvät seuraavana aamuna.",
    ),
    (
        "Lumi Tillin valikko, jossa on merkitty Yhteydet.",
        "Yhteydet-sivu, jolla avain on piilotettu; painike Kopioi avain on merkitty.",
        "Yhteydet-sivu, jolla ohjelma on valittu; painike Yhdistä on merkitty.",
        "Yhteydet-sivun vihreä rivi, jossa lukee Yhdistetty.",
    ),
)
_LUMI_FR = _lumi(
    "fr",
    ("Ventes", "Produits", "Paiements", "Connexions", "Utilisateurs"),
    ("Logiciel", "Clé de connexion", "Copier la clé", "Connecter", "Connecté. Ventes transmises chaque nuit."),
    (
        "Dans Lumi Till, choisissez **Connexions** dans le menu de gauche.",
        "Appuyez sur **Copier la clé**. Protégez-la comme un mot de passe : qui la possède peut lire vos ventes.",
        "Choisissez votre logiciel dans la liste et appuyez sur **Connecter**.",
        "Une ligne verte indique que la connexion fonctionne. Les premières ventes arrivent le lendemain matin.",
    ),
    (
        "Le menu de Lumi Till, où Connexions est signalé.",
        "La page Connexions avec la clé masquée ; le bouton Copier la clé est signalé.",
        "La page Connexions avec un logiciel choisi ; le bouton Connecter est signalé.",
        "Une ligne verte de la page Connexions indique que la connexion fonctionne.",
    ),
)

KASSALINJA = Firm(
    name="Kassalinja Oy",
    country="FI",
    website="https://kassalinja.example",
    owner="Outi Lahtinen",
    email="outi@kassalinja.example",
    locale="fi",
    product="Lumi Till",
    sells=(Sells.POINT_OF_SALE,),
    colour="#0f766e",
    sign="disc",
    support=("tuki@kassalinja.example", "+358 9 555 0140", "https://kassalinja.example/tuki"),
    passes={
        "Ledgerly": _ALL,
        "Boekwijs": _SIMPLE,
        "Kirja24": _SIMPLE,
        "Comptalis": (*_SIMPLE, PassedOn.PRODUCTS),
        "Konto Lite": (PassedOn.SALES, PassedOn.VAT),
        "Fakturo": _SIMPLE,
    },
    words={
        "fi": Words(
            "Kahviloiden ja pienten kauppojen kassa, joka toimii tabletilla myös ilman verkkoa.",
            "Lumi Till kirjaa myynnin, palautukset ja maksutavat kassalla. Joka yö se siirtää päivän myynnin "
            "arvonlisäverokannoittain kirjanpitoon, joten kukaan ei näppäile raportteja käsin.",
            *_LUMI_FI,
            "Lahjakortit siirtyvät yhtenä summana, eivät kortti kerrallaan. Ennen yhdistämistä tehtyä myyntiä ei "
            "siirretä.",
            (
                (
                    "Milloin myynti näkyy kirjanpidossa?",
                    "Päivän myynti siirtyy sulkemista seuraavana yönä ja näkyy aamulla.",
                ),
                (
                    "Mitä tapahtuu, jos kassa on ollut ilman verkkoa?",
                    "Myynti odottaa kassassa ja siirtyy seuraavana yönä, kun verkko toimii taas.",
                ),
            ),
        ),
        "en": Words(
            "A till for cafés and small shops that runs on a tablet, also without a network.",
            "Lumi Till records sales, returns and payment methods at the counter. Each night it passes the day's sales "
            "on to the books, split by VAT rate, so nobody types reports by hand.",
            *_LUMI_EN,
            "Gift cards are passed on as one amount, not card by card. Sales from before the connection are not passed "
            "on.",
            (
                (
                    "When do sales show in the books?",
                    "The sales of a day are passed on in the night after closing and show in the morning.",
                ),
                (
                    "What happens when the till was offline?",
                    "Sales wait in the till and are passed on in the next night in which the network works again.",
                ),
            ),
        ),
        "nl": Words(
            "Een kassa voor cafés en kleine winkels die op een tablet werkt, ook zonder netwerk.",
            "Lumi Till legt verkopen, retouren en betaalwijzen aan de kassa vast. Elke nacht gaan de verkopen van de "
            "dag, uitgesplitst naar btw-tarief, door naar de boekhouding; niemand tikt nog rapporten over.",
            *_LUMI_NL,
            "Cadeaukaarten gaan als één bedrag door, niet per kaart. Verkopen van vóór de koppeling worden niet "
            "doorgegeven.",
            (
                (
                    "Wanneer staan de verkopen in de boekhouding?",
                    "De verkopen van een dag gaan in de nacht na sluitingstijd door en staan er de volgende ochtend.",
                ),
                (
                    "Wat gebeurt er als de kassa offline was?",
                    "De verkopen wachten in de kassa en gaan door in de eerste nacht dat het netwerk weer werkt.",
                ),
            ),
        ),
        "pl": Words(
            "Kasa dla kawiarni i małych sklepów, która działa na tablecie, także bez sieci.",
            "Lumi Till rejestruje przy kasie sprzedaż, zwroty i metody płatności. Co noc przekazuje sprzedaż z danego "
            "dnia do księgowości w podziale na stawki VAT, więc nikt nie przepisuje raportów ręcznie.",
            *_LUMI_PL,
            "Karty podarunkowe są przekazywane jako jedna kwota, a nie każda osobno. Sprzedaż sprzed połączenia nie "
            "jest przekazywana.",
            (
                (
                    "Kiedy sprzedaż jest widoczna w księgach?",
                    "Sprzedaż z danego dnia jest przekazywana w nocy po zamknięciu i jest widoczna rano.",
                ),
                (
                    "Co się dzieje, gdy kasa nie miała dostępu do sieci?",
                    "Sprzedaż czeka w kasie i jest przekazywana następnej nocy, w której sieć znowu działa.",
                ),
            ),
        ),
        "fr": Words(
            "Une caisse pour cafés et petits commerces qui fonctionne sur tablette, même sans réseau.",
            "Lumi Till enregistre au comptoir les ventes, les retours et les modes de paiement. Chaque nuit, elle "
            "transmet à la comptabilité les ventes du jour, ventilées par taux de TVA : personne ne ressaisit de "
            "rapports.",
            *_LUMI_FR,
            "Les cartes cadeaux sont transmises en un seul montant et non carte par carte. Les ventes antérieures à la "
            "connexion ne sont pas transmises.",
            (
                (
                    "Quand les ventes apparaissent-elles en comptabilité ?",
                    "Les ventes d’une journée sont transmises la nuit qui suit la fermeture et visibles le matin.",
                ),
                (
                    "Que se passe-t-il si la caisse était hors ligne ?",
                    "Les ventes attendent dans la caisse et sont transmises la première nuit où le réseau fonctionne à "
                    "nouveau.",
                ),
            ),
        ),
    },
)


def _cloud(
    lang: str, menu: tuple[str, ...], labels: tuple[str, str], texts: tuple[str, ...], alts: tuple[str, ...]
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    key, switch = labels
    window = ("Winkelwolk", "Zeepjes & Co", lang, "#1d4ed8", menu, 2, menu[2])
    screens = (
        Screen(*window, fields=((key, "••••••••••••4KXA"),), mark="field"),
        Screen(*window, fields=((key, "••••••••••••4KXA"),), button=switch, mark="button"),
    )
    first, second = (Step(*each) for each in zip(texts, alts, screens, strict=True))
    return (first,), (second,)


WINKELWOLK = Firm(
    name="Winkelwolk B.V.",
    country="NL",
    website="https://winkelwolk.example",
    owner="Sanne Hoekstra",
    email="sanne@winkelwolk.example",
    locale="nl",
    product="Winkelwolk",
    sells=(Sells.WEBSHOP,),
    colour="#1d4ed8",
    sign="cloud",
    support=("help@winkelwolk.example", "", "https://winkelwolk.example/help"),
    passes={"Boekwijs": _ALL, "Saldix": (*_SIMPLE, PassedOn.CUSTOMERS)},
    words={
        "nl": Words(
            "Een webwinkel voor makers die zelf verzenden.",
            "Winkelwolk verkoopt, rekent af en drukt verzendlabels af. Bestellingen, btw en betaalwijzen gaan per dag "
            "door naar uw boekhouding.",
            *_cloud(
                "nl",
                ("Bestellingen", "Producten", "Boekhouding", "Instellingen"),
                ("Koppelsleutel", "Aanzetten"),
                (
                    "Open in Winkelwolk **Boekhouding** en kopieer de koppelsleutel.",
                    "Druk op **Aanzetten** zodra de sleutel in uw pakket staat.",
                ),
                (
                    "De pagina Boekhouding van Winkelwolk met de verborgen sleutel, die is aangegeven.",
                    "De pagina Boekhouding van Winkelwolk; de knop Aanzetten is aangegeven.",
                ),
            ),
            "Verzendkosten gaan als eigen regel door. Voorraad wordt niet doorgegeven.",
            (("Gaan ook oude bestellingen mee?", "Ja, bestellingen van het lopende kwartaal gaan mee."),),
        ),
        "en": Words(
            "A webshop for makers who ship their goods themselves.",
            "Winkelwolk sells, takes payments and prints shipping labels. Orders, VAT and payment methods are passed "
            "on to your books each day.",
            *_cloud(
                "en",
                ("Orders", "Products", "Bookkeeping", "Settings"),
                ("Connection key", "Switch on"),
                (
                    "In Winkelwolk, open **Bookkeeping** and copy the connection key.",
                    "Press **Switch on** once the key is in your package.",
                ),
                (
                    "The page Bookkeeping of Winkelwolk with the hidden key, which is marked.",
                    "The page Bookkeeping of Winkelwolk; the button Switch on is marked.",
                ),
            ),
            "Shipping is passed on as a line of its own. Stock is not passed on.",
            (("Are earlier orders passed on?", "Yes, those of the current quarter."),),
        ),
        "fr": Words(
            "Une boutique en ligne pour créateurs qui expédient eux-mêmes.",
            "Winkelwolk vend, encaisse et imprime les étiquettes d’expédition. Commandes, TVA et modes de paiement "
            "sont transmis chaque jour à votre comptabilité.",
            *_cloud(
                "fr",
                ("Commandes", "Produits", "Comptabilité", "Paramètres"),
                ("Clé de connexion", "Activer"),
                (
                    "Dans Winkelwolk, ouvrez **Comptabilité** et copiez la clé de connexion.",
                    "Appuyez sur **Activer** dès que la clé est enregistrée dans votre logiciel.",
                ),
                (
                    "La page Comptabilité de Winkelwolk avec la clé masquée, qui est signalée.",
                    "La page Comptabilité de Winkelwolk ; le bouton Activer est signalé.",
                ),
            ),
            "Les frais d’expédition sont transmis sur une ligne à part. Le stock n’est pas transmis.",
            (("Les anciennes commandes sont-elles transmises ?", "Oui, celles du trimestre en cours."),),
        ),
    },
)

KASOMAT = Firm(
    name="Kasomat Sp. z o.o.",
    country="PL",
    website="https://kasomat.example",
    owner="Wiktor Łęcki",
    email="wiktor@kasomat.example",
    locale="pl",
    product="Kasomat 5",
    sells=(Sells.POINT_OF_SALE, Sells.WEBSHOP),
    colour="#9a3412",
    sign="receipt",
    support=("pomoc@kasomat.example", "", ""),
    passes={"Fakturo": (PassedOn.SALES, PassedOn.VAT)},
    words={
        "pl": Words(
            "Kasa i sklep internetowy w jednym programie.",
            "Kasomat 5 łączy sprzedaż przy ladzie i w internecie: jeden magazyn, jedna lista klientów, jeden raport.",
            (
                Step(
                    "W programie Kasomat 5 prosimy otworzyć **Integracje** i skopiować klucz połączenia.",
                    "",
                    Screen(
                        "Kasomat 5",
                        "Piekarnia Pod Lipą",
                        "pl",
                        "#9a3412",
                        ("Paragony", "Magazyn", "Integracje"),
                        2,
                        "Integracje",
                        fields=(("Klucz połączenia", "••••••••••••9TBW"),),
                        mark="field",
                    ),
                ),
            ),
            (),
            "",
        ),
    },
)

FIRMS = (KASSALINJA, WINKELWOLK, KASOMAT)


# --- what they ask ----------------------------------------------------------------------------------------------------

QUESTIONS: tuple[tuple[Firm, float, str, str, str], ...] = (
    (
        KASSALINJA,
        150,
        "Rounding of VAT per line",
        "Do you expect VAT rounded per line or per receipt? Our tills round per receipt.",
        "Per receipt is right. Send the total per rate; the difference of a cent is accepted.",
    ),
    (
        WINKELWOLK,
        40,
        "Retouren in een ander kwartaal",
        "Hoe geven we een retour door van een bestelling uit een vorig kwartaal?",
        "Als een nieuwe verkoop met een negatief bedrag, op de dag van de retour.",
    ),
    (
        KASOMAT,
        1,
        "Środowisko testowe",
        "Od dziś rano środowisko testowe odpowiada kodem 503. Czy trwają prace serwisowe?",
        "",
    ),
)
"""Who asks, how many days ago, about what, and the answer, if there is one."""


# --- who signed up on an onboarding page ------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignUp:
    """A company that registered by the page of an integration, so many days ago."""

    slug: str
    days: float
    company_name: str
    country: str
    company_number: str
    street: str
    postcode: str
    city: str
    contact: str
    email: str
    phone: str
    locale: str


SIGN_UPS = (
    SignUp(
        "lumi-till-kirja24",
        31,
        "Kahvila Kuusi Oy",
        "FI",
        "19845206",
        "Hämeenkatu 14",
        "33100",
        "Tampere",
        "Riikka Saarela",
        "riikka@kahvilakuusi.example",
        "+358 3 555 0112",
        "fi",
    ),
    SignUp(
        "lumi-till-boekwijs",
        9,
        "Bakkerij Zonnedauw",
        "NL",
        "60233415",
        "Lijnmarkt 8",
        "3511 KH",
        "Utrecht",
        "Joost Ameling",
        "joost@zonnedauw.example",
        "+31 30 555 0171",
        "nl",
    ),
    SignUp(
        "winkelwolk-saldix",
        4,
        "Atelier Wilgenblad",
        "NL",
        "71930562",
        "Oude Gracht 210",
        "3511 NR",
        "Utrecht",
        "Noor Wijnands",
        "noor@wilgenblad.example",
        "+31 30 555 0188",
        "nl",
    ),
)
