"""Somebody who is named in the directory's texts is erased there too (X4)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.directory.queries import categories as queries
from app.directory.service import categories
from app.integrations.models import Sells
from app.privacy import service
from app.privacy.models import ErasureState
from app.settings import service as settings
from app.settings.processes import Process
from tests.directory.sentences import a_keeper, a_listed, a_question
from tests.privacy import marker
from tests.sentences import a_person, a_staff_member

pytestmark = pytest.mark.usefixtures("context")


def test_nothing_is_left_of_somebody_who_was_named(client: FlaskClient) -> None:
    a_person(marker.NAME, email=marker.EMAIL)
    found = a_listed()
    a_question("Whom do I ask?", f"Ask {marker.NAME}, {marker.EMAIL}.", integration_id=found.id)
    a_question(f"Who is {marker.NAME}?", "Our expert.", category=Sells.POINT_OF_SALE)
    own = {"title": "Tills", "summary": f"By {marker.NAME}", "body": f"Write to {marker.EMAIL}"}
    before = categories.digest(queries.texts_in(Sells.POINT_OF_SALE, None, "en"))
    categories.write_texts(Sells.POINT_OF_SALE, "en", before, own, a_keeper())
    marker.render_all()
    traces = set(marker.traces())
    assert {"faq.texts", "directory_category.texts"} <= traces
    assert service.erase(marker.EMAIL).state == ErasureState.DONE
    assert set(marker.traces()) == set()
    page = client.get("/integrations/point-of-sale").get_data(as_text=True)
    assert marker.NAME not in page
    assert "Our expert." in page


def test_without_the_programme_there_is_no_directory(client: FlaskClient) -> None:
    a_listed()
    categories.set_hostname(Sells.WEBSHOP, 0, "shops.example", a_keeper())
    settings.switch(Process.SOFTWARE_PARTNERS, False, settings.version(), a_staff_member("administrator"))
    for path in ("/integrations", "/integrations/webshop", "/sitemap.xml", "/robots.txt"):
        assert client.get(path).status_code == 404
    assert client.get("/", base_url="http://shops.example").status_code == 404
    assert "/integrations" not in client.get("/").get_data(as_text=True)
