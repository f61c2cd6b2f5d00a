"""The plan on paper, as its customer gets it: a page to print and a PDF, in the plan's language or another (I11)."""

from __future__ import annotations

from flask import Response, render_template, request
from markupsafe import Markup

from app.access.guard import requires
from app.access.permissions import P
from app.core.htmx import render_page
from app.core.i18n import LOCALES, NAMES, in_locale
from app.core.pdf import pdf_response
from app.plans import appendix
from app.plans.desk import blueprint
from app.plans.desk.doors import the_plan
from app.plans.models import Plan


@blueprint.get("/<ref>/print")
@requires(P.PLANS_READ)
def to_print(ref: str) -> Response:
    found = the_plan(ref)
    locale = _locale(found)
    with in_locale(locale):
        paper = Markup(render_template("plans/_appendix.html", appendix=appendix.of(found)))  # noqa: S704 - a template of ours, escaped as every page
    return render_page(
        "plans/desk_print.html",
        plan=found,
        paper=paper,
        locale=locale,
        languages=[(code, NAMES[code]) for code in LOCALES],
    )


@blueprint.get("/<ref>/plan.pdf")
@requires(P.PLANS_READ)
def pdf(ref: str) -> Response:
    found = the_plan(ref)
    with in_locale(_locale(found)):
        return pdf_response(appendix.pdf_of(found), appendix.filename_of(found))


def _locale(found: Plan) -> str:
    """The plan's own language, unless another is asked for."""
    asked = request.args.get("in", "")
    return asked if asked in LOCALES else found.locale
