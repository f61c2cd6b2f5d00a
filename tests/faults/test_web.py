"""The web server's processes are killed during registrations: what was acknowledged is there, whole, and once."""

from __future__ import annotations

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.history.chain import verify
from app.history.models import HistoryEntry
from app.leads.models import Lead, PrivacyNotice, Submission
from app.outbox.models import MailRow
from tests.faults.processes import Web, a_web_server
from tests.sentences import a_nip, a_reseller, link_of

pytestmark = pytest.mark.fault

RECEIPT = re.compile(r"/r/[^/]+/receipts/(R-[0-9A-Z]+)\.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@dataclass
class Visitor:
    """Registers one company after the other, and again with the same key when the answer was lost."""

    url: str
    slug: str
    number: int
    nips: list[str]
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Receipt -> company number."""
    again: int = 0

    def run(self, until: threading.Event) -> None:
        for nip in self.nips:
            if until.is_set():
                return
            key = uuid.uuid4().hex
            for _try in range(40):
                with suppress(OSError, ValueError, urllib.error.URLError):
                    self.acknowledged[self._register(nip, key)] = nip
                    break
                self.again += 1
                time.sleep(0.1)

    def _register(self, nip: str, key: str) -> str:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), _NoRedirect)
        browser.addheaders = [("X-Forwarded-For", f"203.0.113.{self.number}"), ("Origin", self.url)]
        page = browser.open(f"{self.url}/r/{self.slug}", timeout=10).read().decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if token is None:
            raise ValueError("half a page")
        form = {
            "csrf_token": token.group(1),
            "typed_by": "client",
            "country": "PL",
            "company_name": f"Kwiaciarnia {nip}",
            "company_number": nip,
            "street": "Lipowa 4",
            "postcode": "00-950",
            "city": "Warszawa",
            "contact_name": "Łucja Bąk",
            "email": f"lucja{nip}@kwiaciarnia.example",
            "phone": "+48 22 555 01 23",
            "submission_key": key,
        }
        try:
            answer = browser.open(f"{self.url}/r/{self.slug}", urllib.parse.urlencode(form).encode(), timeout=10)
            raise AssertionError(f"{answer.status}: {answer.read().decode()[:500]}")
        except urllib.error.HTTPError as answered:
            if answered.code != 303:
                raise ValueError(f"{answered.code}") from None
            return RECEIPT.findall(answered.headers["Location"])[0]


def kill_workers(web: Web, times: int, pause: float) -> int:
    """One web process after the other; the master starts new ones."""
    killed = 0
    for _ in range(times):
        time.sleep(pause)
        for child in web.children()[:1]:
            child.kill()
            killed += 1
    return killed


def test_every_acknowledged_registration_is_there_whole(app: Flask, context: None, tmp_path: Path) -> None:
    slugs = [link_of(a_reseller(f"Polana {number}")).slug for number in range(4)]
    stop = threading.Event()
    with a_web_server(app, tmp_path) as web:
        visitors = [Visitor(web.url, slug, number, [a_nip() for _ in range(6)]) for number, slug in enumerate(slugs, 1)]
        threads = [threading.Thread(target=visitor.run, args=(stop,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        killed = kill_workers(web, times=3, pause=0.4)
        for thread in threads:
            thread.join(40)
        stop.set()
        assert killed == 3
    acknowledged = {receipt: nip for visitor in visitors for receipt, nip in visitor.acknowledged.items()}
    assert len(acknowledged) == 24, "each got its receipt in the end"
    _check(acknowledged)


def _check(acknowledged: dict[str, str]) -> None:
    db.session.rollback()
    submissions = {one.receipt: one for one in db.session.scalars(sa.select(Submission))}
    assert set(submissions) == set(acknowledged), "no receipt without its submission, nothing twice"
    leads = {lead.id: lead for lead in db.session.scalars(sa.select(Lead))}
    assert len(leads) == len(acknowledged)
    for receipt, nip in acknowledged.items():
        lead = leads[submissions[receipt].lead_id]
        assert lead.company_number == nip
        entries = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(HistoryEntry)
            .where(HistoryEntry.record_type == "lead", HistoryEntry.record_id == lead.id)
        )
        assert entries
        assert _told(f"lucja{nip}@kwiaciarnia.example") == ["registration_receipt", "privacy_notice"]
    templates = Counter(db.session.scalars(sa.select(MailRow.template)))
    assert templates == dict.fromkeys(("lead_received", "registration_receipt", "privacy_notice"), len(leads))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PrivacyNotice)) == len(leads)
    assert verify().faults == []


def _told(email: str) -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).where(MailRow.to_email == email).order_by(MailRow.id)))
