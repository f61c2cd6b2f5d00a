"""What happens to webhooks by itself: former secrets go once their day is over. Old events go by a rule of retention,
see app/outbox/privacy.py; sending is a step of the worker's."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import every
from app.outbox.webhooks import service


@every("webhooks.former_secrets", minutes=60)
def forget_former_secrets(moment: datetime) -> None:
    service.forget_former_secrets()
