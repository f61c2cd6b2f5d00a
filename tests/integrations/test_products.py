"""Products in the panel of their software partner and at the desk (S3)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.history.models import HistoryEntry
from app.integrations.models import Integration, PartnerState, Product, SoftwarePartner, Stage
from app.integrations.service import products as service
from app.integrations.service.products import ProductDetails
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in
from tests.software import a_package, a_product, a_software_partner, an_integration, owner_of

pytestmark = pytest.mark.usefixtures("context")

SENT: dict[str, Any] = {
    "name": "Lumi Till",
    "sells": ["point_of_sale", "webshop"],
    "website": "lumi.example",
    "language": "fi",
    "further": ["en", "fi"],
}


def the_product() -> Product:
    return db.session.scalars(sa.select(Product).execution_options(populate_existing=True)).one()


def fresh(partner: SoftwarePartner) -> SoftwarePartner:
    return db.session.get_one(SoftwarePartner, partner.id, populate_existing=True)


def test_a_software_partner_adds_a_product_once(client: FlaskClient) -> None:
    partner = a_software_partner()
    sign_in(client, owner_of(partner))
    made, twice = (post(client, "/panel/products/new", SENT) for _time in range(2))
    assert made.status_code == twice.status_code == 303
    product = the_product()
    assert made.location == twice.location == f"/panel/products/{product.ref}"
    assert (product.slug, product.sells, product.languages) == (
        "lumi-till",
        ["point_of_sale", "webshop"],
        ["fi", "en"],
    )
    assert "lumi till" in fresh(partner).search
    page = client.get(made.location).text
    assert "Lumi Till" in page
    assert "Suomi" in page
    other = post(client, "/panel/products/new", {**SENT, "website": "other.example"})
    assert other.status_code == 422
    assert "There is a product of this name already" in other.text


def test_what_is_missing_is_said_beside_the_field(client: FlaskClient) -> None:
    sign_in(client, owner_of(a_software_partner()))
    refused = post(client, "/panel/products/new", {"name": "", "website": "javascript:alert(1)", "language": "xx"})
    assert refused.status_code == 422
    for words in (
        "Enter the name of the product",
        "Choose point of sale, webshop, or both",
        "Choose one of the options",
    ):
        assert words in refused.text


def test_an_address_is_made_once_and_is_nobody_elses(client: FlaskClient) -> None:
    first = service.add(a_software_partner().id, _details("Kassa Łódź!"), a_staff_member("coordinator"))
    second = service.add(a_software_partner("Other").id, _details("kassa lodz"), a_staff_member("coordinator"))
    emoji = service.add(a_software_partner("Third").id, _details("…"), a_staff_member("coordinator"))
    assert (first.slug, second.slug, emoji.slug) == ("kassa-lodz", "kassa-lodz-2", "product")
    changed = service.change(first.id, 1, _details("Till of Łódź"), a_staff_member("coordinator"))
    assert (changed.slug, changed.name) == ("kassa-lodz", "Till of Łódź")


def _details(name: str) -> ProductDetails:
    return ProductDetails(name, ("webshop",), "", ("en",))


def test_another_name_is_searched_for_everywhere(client: FlaskClient) -> None:
    partner = a_software_partner("Kassalinja")
    product = a_product(partner, "Lumi Till")
    found = an_integration(product, a_package("Ledgerly"))
    sign_in(client, owner_of(partner))
    path = f"/panel/products/{product.ref}/edit"
    sent = {**SENT, "name": "Revontuli", "version": "1"}
    assert post(client, path, sent).status_code == 303
    again = db.session.get_one(Integration, found.id, populate_existing=True)
    assert again.name_sort == "revontuli ledgerly"
    assert {"revontuli", "kassalinja", "ledgerly", "webshop"} <= set(again.search.split())
    assert "revontuli" in fresh(partner).search
    assert again.slug == "lumi-till-ledgerly"
    stale = post(client, path, {**sent, "name": "Mine"})
    assert stale.status_code == 409
    assert 'value="Mine"' in stale.text


def test_anothers_product_does_not_exist(client: FlaskClient) -> None:
    theirs = a_product(a_software_partner("Them"), "Their Till")
    ours = a_product(a_software_partner("Us"), "Our Till")
    sign_in(client, owner_of(db.session.get_one(SoftwarePartner, ours.partner_id)))
    unknown = client.get("/panel/products/PR-00000000")
    assert "Their Till" not in client.get("/panel/products").text
    for tail in ("", "/edit", "/archive"):
        answer = client.get(f"/panel/products/{theirs.ref}{tail}")
        assert (answer.status_code, answer.data) == (404, unknown.data)
    for tail in ("/edit", "/archive", "/restoration"):
        sent = {**SENT, "version": "1"}
        assert post(client, f"/panel/products/{theirs.ref}{tail}", sent, page="/panel/products/new").status_code == 404
    assert "Their Till" not in client.get("/panel/products/products.csv").text
    assert "Our Till" in client.get("/panel/products/products.csv").text


def test_a_product_is_archived_and_taken_out_again(client: FlaskClient) -> None:
    product = a_product()
    path = f"/panel/products/{product.ref}"
    sign_in(client, owner_of(db.session.get_one(SoftwarePartner, product.partner_id)))
    assert "Archive this product?" in client.get(f"{path}/archive").text
    assert the_product().archived_at is None
    assert post(client, f"{path}/archive", {"version": "7"}).status_code == 409
    assert post(client, f"{path}/archive", {"version": "1"}).status_code == 303
    assert the_product().archived_at is not None
    assert post(client, f"{path}/archive", {"version": "1"}, page=path).status_code == 303
    assert "Take out of the archive" in client.get(path).text
    assert post(client, f"{path}/restoration", {}, page=path).status_code == 303
    assert the_product().archived_at is None
    written = sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "product").order_by(HistoryEntry.id)
    verbs = db.session.scalars(written).all()
    assert verbs == ["product.archived", "product.restored"]


@pytest.mark.parametrize("stage", [Stage.PILOT, Stage.LISTED])
def test_what_is_published_only_staff_take_away(client: FlaskClient, stage: Stage) -> None:
    product = an_integration(stage=stage).product_id
    found = db.session.get_one(Product, product)
    sign_in(client, owner_of(db.session.get_one(SoftwarePartner, found.partner_id)))
    assert "This product is published" in client.get(f"/panel/products/{found.ref}/archive").text
    refused = post(
        client, f"/panel/products/{found.ref}/archive", {"version": "1"}, page=f"/panel/products/{found.ref}"
    )
    assert refused.status_code == 409
    assert "Ask us in a question" in refused.text
    sign_in(client, a_staff_member("coordinator"))
    assert post(client, f"/desk/products/{found.ref}/archive", {"version": "1"}).status_code == 303
    assert the_product().archived_at is not None


def test_the_stage_is_said_in_words(client: FlaskClient) -> None:
    partner = a_software_partner()
    product = a_product(partner)
    for stage, name in zip(Stage, ("Ledgerly", "Kirja24", "Boekwijs", "Comptalis"), strict=True):
        an_integration(product, a_package(name), stage=stage)
    sign_in(client, owner_of(partner))
    for page in (client.get(f"/panel/products/{product.ref}").text, client.get("/panel/products").text):
        for words in ("In preparation", "In the pilot, by link only", "In the public directory", "Taken out"):
            assert words in page


def test_staff_find_add_and_change_products(client: FlaskClient) -> None:
    partner = a_software_partner("Kassalinja")
    a_product(a_software_partner("Elsewhere"), "Other Till")
    sign_in(client, a_staff_member("account_manager"))
    made = post(client, f"/desk/software-partners/{partner.ref}/products/new", SENT)
    assert made.status_code == 303
    page = client.get(made.location).text
    assert "Kassalinja" in page
    assert "Product added" in page
    for q in ("kassalinja", "LUMI"):
        found = client.get(f"/desk/products?q={q}").text
        assert ("Lumi Till" in found, "Other Till" in found) == (True, False)
    assert post(client, f"{made.location}/edit", {**SENT, "name": "Lumi 2", "version": "1"}).status_code == 303
    assert "Product changed" in client.get(made.location).text
    assert "Lumi 2" in client.get("/desk/products/products.csv").text
    assert "Nothing found" in client.get("/desk/products?q=nowhere").text
    sign_in(client, a_staff_member("designer"))
    assert client.get(made.location).status_code == 200
    assert client.get(f"{made.location}/edit").status_code == 403


def test_nothing_new_for_whoever_left(client: FlaskClient) -> None:
    partner = a_software_partner()
    person = owner_of(partner)
    with write():
        db.session.get_one(SoftwarePartner, partner.id).state = PartnerState.ENDED
    with pytest.raises(service.PartnerEnded):
        service.add(partner.id, _details("Late"), person)
    sign_in(client, person)
    assert client.get("/panel/products").status_code == 404


def test_lists_and_pages_ask_a_constant_number_of_queries(app: Flask, client: FlaskClient) -> None:
    partner = a_software_partner()
    product = a_product(partner, "Till 0")
    an_integration(product, a_package("Package 0"))
    mine = app.test_client()
    sign_in(mine, owner_of(partner))
    sign_in(client, a_staff_member("account_manager"))
    paths = [(mine, "/panel/products"), (mine, f"/panel/products/{product.ref}")]
    paths += [(client, "/desk/products"), (client, f"/desk/products/{product.ref}")]

    def asked() -> list[int]:
        counts = []
        for browser, path in paths:
            with counting(app) as queries:
                assert browser.get(path).status_code == 200
            counts.append(queries.count)
        return counts

    few = asked()
    for number in range(1, 5):
        an_integration(product, a_package(f"Package {number}"))
        an_integration(a_product(a_software_partner(f"Firm {number}"), f"Till {number}"), a_package(f"More {number}"))
        a_product(partner, f"Till of ours {number}")
    assert asked() == few
    assert max(few) <= 8
