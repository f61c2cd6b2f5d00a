"""A damaged record of changes, as an item of the desk's inbox."""

from __future__ import annotations

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.history import chain


def items(actor: policy.Actor, limit: int) -> list[InboxItem]:
    """One item while the latest check says that something was changed or removed."""
    if not policy.allows(actor, P.HISTORY_READ):
        return []
    check = chain.latest_check()
    if check is None or not check.faults:
        return []
    return [
        InboxItem(
            key=f"history:{check.id}",
            icon="flag",
            title=_("Record of changes"),
            sentence=_("The nightly check found entries that were changed or removed from outside."),
            due=check.at,
            url=url_for("history_desk.summary"),
        )
    ][:limit]
