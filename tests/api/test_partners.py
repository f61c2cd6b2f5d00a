"""Resellers, service partners, software partners and the public directory by program."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.integrations.models import Stage
from tests import sentences as s
from tests.api.sentences import a_caller
from tests.directory.sentences import a_listed
from tests.followups.partners import a_service_partner
from tests.queries import counting
from tests.software import a_package, a_product, a_software_partner, an_integration

pytestmark = pytest.mark.usefixtures("context")
_number = itertools.count(1)


def test_a_reseller_reads_itself_alone(app: Flask) -> None:
    mine, other = s.a_reseller("Polana"), s.a_reseller("Brzeg")
    caller = a_caller(app, s.owner_of(mine))
    assert [one["ref"] for one in caller.get("/resellers").json["items"]] == [mine.ref]
    assert caller.get(f"/resellers/{mine.ref}").json["name"] == "Polana"
    theirs, unknown = caller.get(f"/resellers/{other.ref}"), caller.get("/resellers/P-00000000")
    assert (theirs.status_code, theirs.data) == (404, unknown.data)
    for path in ("/service-partners", "/software-partners"):
        assert caller.get(path).status_code == 403


def test_staff_read_resellers(app: Flask) -> None:
    s.a_reseller("Polana")
    wanted = s.a_reseller("Brzeg")
    caller = a_caller(app, s.a_staff_member("sales"))
    assert len(caller.get("/resellers").json["items"]) == 2
    assert [one["ref"] for one in caller.get("/resellers?q=brzeg&state=active").json["items"]] == [wanted.ref]
    assert caller.get("/resellers?state=suspended").json["items"] == []


def test_staff_read_service_partners(app: Flask) -> None:
    a_service_partner("Bilans")
    wanted = a_service_partner("Saldo", served=3, capacity=5)
    caller = a_caller(app, s.a_staff_member("coordinator"))
    read = caller.get(f"/service-partners/{wanted.ref}").json
    assert (read["name"], read["customers"], read["capacity"], read["open_leads"]) == ("Saldo", 3, 5, 0)
    assert [one["ref"] for one in caller.get("/service-partners?q=saldo&state=active").json["items"]] == [wanted.ref]
    assert caller.get("/service-partners/SP-00000000").status_code == 404


def test_staff_read_software_partners(app: Flask) -> None:
    a_software_partner("Lumi")
    wanted = a_software_partner("Kassalinja")
    product = a_product(wanted, "Kassa")
    caller = a_caller(app, s.a_staff_member("coordinator"))
    read = caller.get(f"/software-partners/{wanted.ref}").json
    assert (read["name"], read["state"], read["plan"]) == ("Kassalinja", "active", None)
    assert [one["ref"] for one in read["products"]] == [product.ref]
    assert len(caller.get("/software-partners?state=active").json["items"]) == 2
    assert caller.get("/software-partners?state=ended").json["items"] == []


def test_everybody_reads_what_is_listed_and_nothing_else(client: FlaskClient) -> None:
    listed = a_listed()
    hidden = an_integration(
        a_product(a_software_partner("Kassalinja"), "Kassa"), a_package("Faktury"), stage=Stage.PILOT
    )
    answer = client.get("/api/v1/integrations")
    assert [one["ref"] for one in answer.json["items"]] == [listed.ref]
    assert "Set-Cookie" not in answer.headers
    read = client.get(f"/api/v1/integrations/{listed.ref}").json
    assert (read["product"], read["package_name"], read["software_partner"]) == ("Lumi Till", "Ledgerly", "Lumi")
    assert read["url"].startswith("http://localhost/integrations/")
    for query in ("category=point_of_sale", f"package={read['package']}", "q=LUMI"):
        assert len(client.get(f"/api/v1/integrations?{query}").json["items"]) == 1, query
    for query in ("category=webshop", "package=none", "q=faktury"):
        assert client.get(f"/api/v1/integrations?{query}").json["items"] == [], query
    unlisted, unknown = (client.get(f"/api/v1/integrations/{ref}") for ref in (hidden.ref, "IN-00000000"))
    assert (unlisted.status_code, unlisted.data) == (404, unknown.data)


@pytest.mark.on("sqlite")
@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("/resellers", s.a_reseller),
        ("/service-partners", a_service_partner),
        ("/software-partners", lambda: a_product(a_software_partner(), f"Till {next(_number)}")),
    ],
)
def test_lists_cost_the_same_for_many(app: Flask, path: str, make: Callable[[], Any]) -> None:
    caller = a_caller(app, s.a_staff_member(*StaffRole))
    counts = []
    for _ in range(2):
        make(), make()
        caller.get(path)
        with counting(app) as n:
            caller.get(path)
        counts.append(n.count)
    assert counts[0] == counts[1]
    assert counts[0] <= 6
