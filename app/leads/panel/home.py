"""The panel's home: what others changed, what waits for whom, the next invoices, how far the leads came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, elsewhere, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.leads import story
from app.leads.panel import blueprint
from app.leads.panel.lists import capped, tabs
from app.leads.queries import home as queries
from app.leads.queries import panel
from app.leads.queries.home import NextInvoice, Progress
from app.leads.queries.panel import CAP, Counts
from app.partners.gate import Standing, standing
from app.people import landing
from app.people.models import Membership
from app.people.service import own
from app.settings import processes

AT_FIRST = timedelta(days=30)
"""Whoever never marked anything as seen reads the news of so many days."""
ON_HOME = 10


@blueprint.get("/panel")
@requires(P.PANEL)
@elsewhere(landing.panel_of)
def home() -> Response:
    here, held = standing(), _membership()
    since = seen_until(held)
    news, more_news = queries.news(here.reseller.id, since, without=held.person_id)
    progress, invoices = _numbers(here)
    rows, asked = panel.latest_and_asked(here.reseller, ON_HOME)
    return render_page(
        "leads/home.html",
        here=here,
        news=news,
        more_news=more_news,
        news_said=story.news_said,
        since=since,
        until=now().isoformat(),
        asked=asked,
        progress=progress,
        funnel=_funnel(progress),
        invoices=invoices,
        tabs=tabs(Counts(progress.groups), current="-"),
        rows=rows,
        more=progress.registered > len(rows),
        capped=capped,
        digest=held.digest,
    )


def _membership() -> Membership:
    held = actor().membership
    assert held is not None  # the gate has found the reseller by it
    return held


def seen_until(held: Membership) -> datetime:
    """From when on something is news to this person."""
    return held.seen_at or max(held.created_at, now() - AT_FIRST)


def _numbers(here: Standing) -> tuple[Progress, list[NextInvoice]]:
    if processes.has_page("billing_panel.details"):
        return queries.progress_and_next_invoices(here.reseller)
    return queries.progress(here.reseller), []


def _funnel(progress: Progress) -> list[dict[str, Any]]:
    """Each step with its number, and its length in hundredths of the first."""
    most = max(progress.registered, progress.accepted, progress.accounts, 1)
    steps = (
        (_("Registered"), progress.registered),
        (_("Accepted"), progress.accepted),
        (_("Active accounts"), progress.accounts),
    )
    return [
        {
            "label": label,
            "number": capped(number) if number <= CAP else capped(CAP + 1),
            "length": max(round(100 * number / most), 1 if number else 0),
        }
        for label, number in steps
    ]


@blueprint.post("/panel/seen")
@requires(P.PANEL)
def seen() -> Response:
    """Everything that the page showed is seen; what came since then stays news."""
    standing()
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
        until = min(until, now()) if until.tzinfo is not None else now()
    except ValueError:
        until = now()
    own.mark_seen(_membership(), until)
    flash(_("Marked as seen."), "done")
    return redirect_see_other(url_for(".home"))
