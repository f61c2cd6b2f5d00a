"""Doors for visitors: applying, the private status page, advice on numbers, QR codes, and older addresses."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from app.access import links
from app.access.guard import public
from app.access.links import AccessLink, Entrance, Purpose
from app.core import csp, identifiers
from app.core.crypto import token
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _l, current_locale
from app.core.limits import PUBLIC_FORM, limiter
from app.partners import addresses, queries
from app.partners.forms import ApplyForm
from app.partners.models import Application, ApplicationState, PersonalLink
from app.partners.service import applications
from app.settings.models import vendor

blueprint = Blueprint("partners_public", __name__)


@blueprint.route("/resellers/apply", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def apply() -> Response:
    form = ApplyForm(data={"country": _likely_country(), "submission_key": token()})
    if request.form.get("do") == "country":
        form.set_traps()
        return render_page("partners/apply.html", form=form)
    if form.validate_on_submit():
        with form.attempt() as saved:
            application = applications.apply(
                form.to_details(),
                submission_key=form.submission_key.data,
                locale=current_locale(),
                suspicious=form.is_suspicious,
            )
        if saved:
            return redirect_see_other(url_for(".applied", ref=application.ref))
    form.set_traps()
    return render_page("partners/apply.html", form=form, status=form.status)


def _likely_country() -> str:
    """By the language spoken; where several are possible, or none, the vendor's own country."""
    by_language = {"pl": "PL", "nl": "NL", "fi": "FI", "fr": "FR"}.get(current_locale(), "")
    ours = vendor().country
    return by_language or (ours if ours in identifiers.COUNTRIES else next(iter(identifiers.COUNTRIES)))


@blueprint.get("/resellers/applied/<ref>")
@public
def applied(ref: str) -> Response:
    """The receipt. It repeats nothing of what was typed: whoever reads the number over a shoulder learns nothing."""
    application = queries.application(ref)
    return render_page("partners/applied.html", application=application)


@blueprint.get("/resellers/status")
@public
def status() -> Response:
    """Where the application of this browser's private link stands, in the words of the mail."""
    csp.private_link()
    link = links.in_scope(Purpose.APPLICATION_STATUS)
    application = db.session.get(Application, link.subject_id) if link else None
    if application is None:
        return render_page("partners/status_closed.html", status=404)
    return render_page("partners/status.html", application=application, S=ApplicationState)


def _about(link: AccessLink) -> tuple[Any, Any, Any]:
    return (
        _l("Your reseller application"),
        _l("This private link shows where your application stands."),
        _l("Show my application"),
    )


def _enter(link: AccessLink, secret: str) -> Response:
    links.enter_scope(link)
    return redirect_see_other(url_for("partners_public.status"))


links.ENTRANCES[Purpose.APPLICATION_STATUS] = Entrance(about=_about, enter=_enter)


@blueprint.get("/identifier-advice")
@public
@limiter.limit("240 per minute")
def identifier_advice() -> Response:
    """A fragment that says whether a number, once completely typed, can be right. Advice only: nothing is refused and
    nothing is looked up, so it tells nothing about anybody."""
    country = request.args.get("country", "").upper()[:2]
    kind = next((name for name in KINDS if name in request.args), "")
    typed = request.args.get(kind, "")[:60]
    response = render_page(
        "partners/identifier_advice.html", fragment="partners/_identifier_advice.html", **_advice(country, kind, typed)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


KINDS = ("company_number", "vat_number", "regon", "krs", "einvoice_address", "einvoice_operator")


def _advice(country: str, kind: str, typed: str) -> dict[str, Any]:
    rule = identifiers.rule_of(country, kind) if kind else None
    if rule is None or not typed.strip():
        return {"problem": "", "shown": "", "offered": ""}
    try:
        canonical = identifiers.normalise_identifier(country, kind, typed)
    except identifiers.Invalid as error:
        # While it is still being typed there is nothing to say.
        return {"problem": "" if error.code in ("empty", "length") else error.message, "shown": "", "offered": ""}
    offered = identifiers.tva_of(canonical) if (country, kind) == ("FR", "company_number") else ""
    return {
        "problem": "",
        "shown": identifiers.show_identifier(country, kind, canonical),
        "offered": offered if "vat_number" in request.args.getlist("offer") else "",
    }


# --- personal links ---------------------------------------------------------------------------------------------------


@blueprint.get("/r/<slug>/qr.svg")
@public
def qr_svg(slug: str) -> Response:
    return _picture(addresses.qr_svg(_live(slug)), "image/svg+xml", f"{slug}.svg")


@blueprint.get("/r/<slug>/qr.png")
@public
def qr_png(slug: str) -> Response:
    return _picture(addresses.qr_png(_live(slug)), "image/png", f"{slug}.png")


def _live(slug: str) -> PersonalLink:
    link = queries.form_behind(slug).link
    if link.withdrawn_at is not None or link.is_alias:
        raise NotFound
    return link


def _picture(content: bytes, kind: str, filename: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = "public, max-age=300"  # short: a withdrawn link has no code
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


_OLDER = re.compile(r"reseller_klient_([A-Za-z0-9]+-[a-z0-9]{8})")


@blueprint.get("/<path:path>.html")
@public
def older_address(path: str) -> Response:
    """Addresses in circulation: `/reseller_klient_FirstnameLastname-xxxxxxxx.html`, and whatever was imported.

    The older form of one link leads to that link for ever (308). An imported address leads to the reseller's current
    link, which may change (302); when it was withdrawn, to its own page, which says so.
    """
    found = queries.alias(f"{path}.html")
    if found is not None:
        current = None if found.withdrawn_at else queries.current_link(found.reseller)
        target = f"/r/{current.slug}" if current else f"/r/{found.slug}"
        return make_response(redirect(target, 302))
    older = _OLDER.fullmatch(path)
    if older is None:
        raise NotFound
    link = queries.form_behind(older[1]).link
    return make_response(redirect(f"/r/{link.slug}", 308))
