"""The secret key can be changed: what was made with the former one stays right as long as that is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.db import db, write
from app.documents import service as documents
from app.documents.models import DocumentText
from app.documents.queries import acceptance as evidence
from app.history import chain
from app.history.models import HistoryValue
from app.history.service import erase, record
from app.leads.models import Submission
from app.leads.service.registration import is_as_sent
from app.partners.service import terms
from app.people.service import secrets
from app.people.service.entering import WrongCode, spend_code
from tests.leads.test_registration import filled
from tests.partners.sentences import published_terms
from tests.people.people_sentences import again, with_app
from tests.sentences import a_reseller, a_staff_member, link_of, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


@contextmanager
def key_changed(app: Flask, *, remembered: bool = True) -> Iterator[None]:
    before, former = app.config["GANGWAY"], app.config["GANGWAY"].secret_key
    kept = {name: app.config[name] for name in ("GANGWAY", "SECRET_KEY", "SECRET_KEY_FALLBACKS")}
    known = (former,) if remembered else ()
    app.config["GANGWAY"] = replace(before, secret_key="another key, " * 4, former_secret_keys=known)
    app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"] = "another key, " * 4, list(known)
    try:
        yield
    finally:
        app.config.update(kept)


def test_digests_are_made_with_the_newest_and_known_under_all(app: Flask) -> None:
    former = keyed_digest("test", b"one", b"two")
    with key_changed(app):
        assert keyed_digest("test", b"one", b"two") != former
        for digest in (former, keyed_digest("test", b"one", b"two")):
            assert keyed_digest_matches("test", digest, b"one", b"two")
            assert keyed_digest_matches("test", digest[:32], b"one", b"two", length=32)
            assert not keyed_digest_matches("test", digest, b"onet", b"wo")
            assert not keyed_digest_matches("other", digest, b"one", b"two")
        assert not keyed_digest_matches("test", "", b"one", b"two")
    with key_changed(app, remembered=False):
        assert not keyed_digest_matches("test", former, b"one", b"two")


def test_the_history_stays_whole(app: Flask) -> None:
    person = a_staff_member("sales")
    with write():
        record(person, "person.profile_changed", person, {"name": ("A", "B"), "phone": ("1", "2")})
    with write():
        erase(db.session.scalars(db.select(HistoryValue).where(HistoryValue.field == "phone")).all())
    chain.seal_entries()
    with key_changed(app):
        with write():
            record(person, "person.profile_changed", person, {"name": ("B", "C")})
        assert chain.verify().faults == []
        chain.seal_entries()
        assert chain.verify().faults == []
    with key_changed(app, remembered=False):
        assert chain.verify().faults


def test_evidence_recovery_codes_and_sessions_stay_good(app: Flask, client: FlaskClient) -> None:
    staff = a_staff_member("content_editor")
    version = published_terms(staff)
    reseller = a_reseller(terms_version=0)
    words = db.session.scalars(db.select(DocumentText).where(DocumentText.locale == "en")).one()
    kept = terms.accept(reseller, version, words, owner_of(reseller), address=None, user_agent=None)
    codes = secrets.renew_codes(with_app(staff))
    sign_in(client, staff)
    other = sign_in(app.test_client(), staff)
    with key_changed(app):
        assert documents.is_intact(evidence(kept.ref))
        with write():
            spend_code(again(staff), codes[0])
        assert client.get("/profile").status_code == 200
    with key_changed(app, remembered=False):
        assert not documents.is_intact(evidence(kept.ref))
        with pytest.raises(WrongCode), write():
            spend_code(again(staff), codes[1])
        assert other.get("/profile").status_code == 303


def test_what_was_sent_and_its_receipt_stay_good(app: Flask, client: FlaskClient) -> None:
    path = f"/r/{link_of(a_reseller()).slug}"
    receipt = post(client, path, filled()).location
    submission = db.session.scalars(db.select(Submission)).one()
    with key_changed(app):
        assert is_as_sent(submission)
        assert client.get(receipt).status_code == 200
    with key_changed(app, remembered=False):
        assert not is_as_sent(submission)
        assert client.get(receipt).status_code == 404
