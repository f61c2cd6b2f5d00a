"""Mails that came back: reading a delivery status notification (RFC 3464) and finding the mail it is about."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import default

LARGEST = 10 * 1024 * 1024
_MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")


@dataclass(frozen=True)
class Bounce:
    """What a notification says: which mail, whether for good, and why."""

    message_id: str
    permanent: bool
    reason: str


def read(raw: bytes) -> Bounce | None:
    """The bounce in a mail, or None when it is not a delivery status notification about a mail with a Message-ID."""
    message = email.message_from_bytes(raw[:LARGEST], policy=default)
    report = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    message_id = _original_id(message)
    if report is None or message_id is None:
        return None
    actions, reasons = [], []
    for group in report.get_payload() if report.is_multipart() else []:
        if isinstance(group, Message) and group.get("Action"):
            actions.append(str(group["Action"]).strip().lower())
            reasons.append(" ".join(str(group.get("Diagnostic-Code") or group.get("Status") or "").split()))
    if not actions:
        return None
    return Bounce(message_id, "failed" in actions, "; ".join(filter(None, reasons))[:500])


def _original_id(message: EmailMessage | Message) -> str | None:
    """The Message-ID of the mail that came back: it stands in the returned mail or its headers."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            inner = part.get_payload(0)
            if isinstance(inner, Message) and inner.get("Message-ID"):
                return _id_in(str(inner["Message-ID"]))
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            headers = email.message_from_bytes(content if isinstance(content, bytes) else b"")
            if headers.get("Message-ID"):
                return _id_in(str(headers["Message-ID"]))
    return None


def _id_in(text: str) -> str | None:
    found = _MESSAGE_ID.search(text)
    return found.group() if found else None
