"""For those who run the installation: does the process answer, do its parts, and the numbers."""

from __future__ import annotations

import hmac

import click
import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, make_response, request
from flask.cli import with_appcontext

from app.access.guard import public
from app.core import heartbeat, metrics
from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import db
from app.outbox import pause, queries
from app.outbox.webhooks import queries as webhooks

blueprint = Blueprint("health", __name__)

DRAINING = "draining"
"""A file of this name in the data folder tells load balancers to send nobody here any more."""

_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return _plain("ok", 200)


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Database and worker answer; 503 names the one that does not, or says that this machine is to get no more."""
    if (current_app.config["GANGWAY"].data_dir / DRAINING).exists():
        return _plain("draining", 503)
    try:
        seen = heartbeat.last_seen()
    except sa.exc.SQLAlchemyError:
        db.session.rollback()
        return _plain("database: no answer", 503)
    if not heartbeat.is_alive(seen):
        return _plain("database: ok\nworker: not seen", 503)
    return _plain("database: ok\nworker: ok", 200)


@blueprint.get("/metrics")
@public
def show_metrics() -> Response:
    """Prometheus' text, for the holder of `flask metrics-token`; in demo mode for this machine too. For anybody else
    there is no such page: how busy a vendor is, is nobody's business."""
    if not _may_see_metrics():
        abort(404)
    waiting = queries.count_open_states()
    oldest = queries.oldest_waiting()
    seen = heartbeat.last_seen()
    body, kind = metrics.text(
        [
            ("gangway_outbox_mails", "Mails that are not done, by state.", waiting),
            ("gangway_outbox_events", "Events of webhooks that are not done, by state.", webhooks.count_waiting()),
            (
                "gangway_outbox_oldest_seconds",
                "Age of the oldest mail that waits.",
                {"": (now() - oldest).total_seconds() if oldest else 0.0},
            ),
            (
                "gangway_outbox_paused",
                "1 while nothing leaves: after a backup was restored, or because somebody asked.",
                {"": float(pause.standing() is not None)},
            ),
            ("gangway_worker_alive", "1 while a worker is running.", {"": float(heartbeat.is_alive(seen))}),
        ]
    )
    return make_response(body, 200, {"Content-Type": kind})


def _may_see_metrics() -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if hmac.compare_digest(given.encode(), _token().encode()):
        return True
    direct = not any(name in request.headers for name in _FORWARDED)
    return current_app.config["GANGWAY"].demo and direct and request.remote_addr in ("127.0.0.1", "::1")


def _token() -> str:
    return keyed_digest("metrics")


@click.command("metrics-token")
@with_appcontext
def metrics_token() -> None:
    """Prints the bearer token for /metrics. It changes with GANGWAY_SECRET_KEY."""
    click.echo(_token())


def _plain(text: str, status: int) -> Response:
    return make_response(text, status, {"Content-Type": "text/plain; charset=utf-8"})
