"""Visitors who register companies over real HTTP while something breaks, and the look afterwards at what is there."""

from __future__ import annotations

import http.client
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

import sqlalchemy as sa

from app.core.db import db
from app.history.chain import verify
from app.history.models import HistoryEntry
from app.leads.models import Lead, PrivacyNotice, Submission
from app.outbox.models import MailRow

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
    refused: set[int] = field(default_factory=set)
    """What was answered instead of a receipt."""

    def run(self, until: threading.Event) -> None:
        for nip in self.nips:
            if until.is_set():
                return
            key = uuid.uuid4().hex
            for _try in range(40):
                with suppress(OSError, ValueError, http.client.HTTPException):  # killed, or cut off in the middle
                    self.acknowledged[self._register(nip, key)] = nip
                    break
                self.again += 1
                time.sleep(0.1)

    def _register(self, nip: str, key: str) -> str:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), _NoRedirect)
        browser.addheaders = [("X-Forwarded-For", f"203.0.113.{self.number}"), ("Origin", self.url)]
        try:
            page = browser.open(f"{self.url}/r/{self.slug}", timeout=10).read().decode()
        except urllib.error.HTTPError as answered:
            self.refused.add(answered.code)
            raise
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
                self.refused.add(answered.code)
                raise ValueError(f"{answered.code}") from None
            return RECEIPT.findall(answered.headers["Location"])[0]


def check(acknowledged: dict[str, str]) -> None:
    """What was acknowledged is there, whole and once, and nothing else is."""
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
