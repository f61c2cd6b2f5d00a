"""A list of customers that somebody sent and nobody decided about yet: its preview stands at the desk."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa

from app.core.db import db
from app.core.files import Received
from app.customers.fields import shown
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.imports import registry, service, work
from app.imports.reading import CSV
from app.people.models import Person

NEW = (
    (
        "Młyn Wiatrak sp. z o.o.",
        "PL",
        "7772223347",
        "ul. Młyńska 3",
        "62-100",
        "Wągrowiec",
        "Olga Zych",
        "+48 67 555 21 21",
    ),
    ("Koivikko Kahvila Oy", "FI", "2332749-5", "Rantatie 8", "33100", "Tampere", "Veera Salmi", "+358 40 555 2211"),
    ("Fietsplezier Zwolle", "NL", "68750110", "Melkmarkt 14", "8011 MC", "Zwolle", "Joost Baan", "038 555 1188"),
    ("Savons du Lac", "FR", "12345678900011", "2 rue du Port", "74000", "Annecy", "Paul Mercier", "04 50 55 11 22"),
    ("Hoeve Linde", "BE", "0428.759.497", "Dorpsstraat 9", "9000", "Gent", "An Peeters", "09"),
)
COLUMNS = ("company_name", "country", "company_number", "street", "postcode", "city", "contact_name", "phone", "email")


def send_a_list(by: Person) -> None:
    """Some companies are new, one moved, one is as it was, two lines are wrong."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for number, company in enumerate(NEW, 1):
        rows.writerow([*company, f"contact{number}@list.example"])
    there = db.session.scalars(
        sa.select(Account).where(Account.state == AccountState.ACTIVE).order_by(Account.id).limit(2)
    )
    for number, account in enumerate(there):
        known = {field: shown(field, getattr(account, field), account.country) for field in COMPANY_FIELDS}
        known["country"] = account.country
        if number == 0:
            known["street"] = f"{known['street']} B"
        rows.writerow([known[column] for column in COLUMNS])
    received = Received("customers-2026.csv", CSV, out.getvalue().encode())
    service.send(registry.of_code("accounts"), received, "demo", by.locale, by)
    while work.go_on("demo"):
        db.session.expire_all()
