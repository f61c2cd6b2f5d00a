"""The plan on paper, for its customer: a page to print and a PDF, as an appendix to the contract (I11)."""

from __future__ import annotations

from flask import Response

from app.access.guard import public
from app.core.htmx import render_page
from app.core.limits import limiter
from app.core.pdf import pdf_response
from app.plans import appendix
from app.plans.my import blueprint
from app.plans.my.scope import guest


@blueprint.get("/plans/<ref>/print")
@public
def to_print(ref: str) -> Response:
    here = guest(ref)
    return render_page("plans/my_print.html", here=here, plan=here.plan, appendix=appendix.of(here.plan))


@blueprint.get("/plans/<ref>/plan.pdf")
@public
@limiter.limit("30 per minute")
def pdf(ref: str) -> Response:
    here = guest(ref)
    return pdf_response(appendix.pdf_of(here.plan), appendix.filename_of(here.plan))
