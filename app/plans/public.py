"""Checking a document: anybody who holds one learns whether it is one of ours, unchanged, and accepted (T5)."""

from __future__ import annotations

from flask import Blueprint, Response

from app.access.guard import public
from app.core.htmx import render_page
from app.core.limits import limiter
from app.plans.forms.confirmation import VerifyForm
from app.plans.verifying import Found, verdict_on

blueprint = Blueprint("plans_public", __name__)


@blueprint.route("/verify", methods=["GET", "POST"])
@public
@limiter.limit("20 per minute", methods=["POST"])
def verify() -> Response:
    """By the file or by its SHA-256. Nothing of either is kept."""
    form = VerifyForm()
    verdict, digest = None, ""
    if form.validate_on_submit():
        digest = form.digest
        verdict = verdict_on(digest)
    response = render_page(
        "plans/verify.html", form=form, verdict=verdict, digest=digest, Found=Found, status=form.status
    )
    response.headers["Cache-Control"] = "no-store"
    return response
