"""Messages and their signatures, as Standard Webhooks has them (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime

from app.core.crypto import decrypt
from app.outbox.webhooks.events import address_of
from app.outbox.webhooks.models import Delivery, Webhook

PREFIX = "whsec_"


def new_secret() -> str:
    """256 random bits, as receivers are given them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def body_of(delivery: Delivery) -> bytes:
    """The message: what happened to which record, and where to read it. No value of the record stands in it, for it
    goes to a system of which we know the address alone."""
    return json.dumps(
        {
            "type": delivery.type,
            "timestamp": delivery.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {
                "kind": delivery.kind,
                "ref": delivery.record_ref,
                "version": delivery.record_version,
                "url": address_of(delivery.kind, delivery.record_ref),
            },
        },
        separators=(",", ":"),
    ).encode()


def headers_of(delivery: Delivery, webhook: Webhook, body: bytes, moment: datetime) -> dict[str, str]:
    """The headers by which the receiver knows that the message is ours, and new.

    Raises:
        KeyMissing: none of the installation's keys opens the secret.
    """
    at = str(int(moment.timestamp()))
    signing = [webhook.secret, webhook.former_secret if webhook.former_counts() else None]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Gangway webhooks",
        "webhook-id": delivery.ref,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(signature(decrypt(each), delivery.ref, at, body) for each in signing if each),
    }


def signature(secret: str, id: str, at: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()
