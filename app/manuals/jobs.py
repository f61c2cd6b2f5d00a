"""What the worker does by itself for manuals."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import every
from app.manuals.service import linking, publishing


@every("manuals.publish", minutes=1)
def publish_due(moment: datetime) -> None:
    """What was scheduled goes out when its moment has come (S4)."""
    publishing.publish_due(moment)


@every("manuals.links", minutes=15)
def check_links(moment: datetime) -> None:
    """Asks links of manuals and onboarding pages whether they still lead anywhere (S4)."""
    linking.check_links(moment)
