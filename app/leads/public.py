"""The registration form behind a personal link, and its receipt (R7, R8)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.wrappers import Response
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.access.guard import actor_or_none, public
from app.catalogue import queries as catalogue
from app.core import csp, identifiers
from app.core.crypto import keyed_digest, keyed_digest_matches
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, current_locale
from app.core.limits import PUBLIC_FORM, limiter
from app.core.traps import stamp
from app.leads import queries
from app.leads.contents import TEMPLATE_WORDS, sent_facts
from app.leads.forms.registration import RegistrationForm, new_key
from app.leads.models import Submission, TypedBy
from app.leads.service.details import promise
from app.leads.service.registration import register
from app.partners.models import PersonalLink
from app.partners.queries import Closed, ClosedForm, form_behind
from app.people.models import Person
from app.settings.models import vendor

blueprint = Blueprint("leads_public", __name__)

FRAGMENTS = {"country": "leads/_country.html", "tva": "leads/_country.html"}


@blueprint.record_once
def _know_the_words(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(TEMPLATE_WORDS)


def _slug() -> str:
    return str((request.view_args or {}).get("slug", ""))


@blueprint.route("/r/<slug>", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM, methods=["POST"])
@limiter.limit(PUBLIC_FORM, key_func=_slug, methods=["POST"])
def registration(slug: str) -> Response:
    csp.private_link()
    behind = form_behind(slug)
    if isinstance(behind, ClosedForm):
        return _closed(behind)
    link = behind.link
    member = _member_of(link)
    if request.method != "POST":
        return _fresh_page(link, member)
    form = _form(link, _first_values(link, member))
    wish = request.form.get("do", "")
    if form.rearrange(wish):
        return _page(form, link, fragment=FRAGMENTS.get(wish, "leads/_shops.html"))
    if form.validate_on_submit():
        with form.attempt() as saved:
            receipt = register(
                link,
                form.to_details(),
                by=member,
                locale=current_locale(),
                address=request.remote_addr or "",
            )
        if saved:
            return redirect_see_other(url_for(".receipt", slug=slug, proof=_proof(receipt)))
    return _page(form, link, status=form.status)


def _closed(behind: ClosedForm) -> Response:
    """Why it is closed, and whom to ask. What was being filled in meanwhile is shown again: nothing typed is lost, and
    it can be sent once the form is open again."""
    status = 410 if behind.reason == Closed.WITHDRAWN else 403
    if request.method != "POST":
        return render_page(
            "leads/closed.html", reason=behind.reason, form=None, reseller=behind.reseller, status=status
        )
    form = _form(behind.link, _first_values(behind.link, None))
    form.set_traps()
    form.form_errors.append(
        _("This form was closed while you were filling it in, so nothing was sent. Keep a copy of what you typed.")
    )
    return render_page("leads/closed.html", reason=behind.reason, form=form, reseller=behind.reseller, status=status)


def _page(form: RegistrationForm, link: PersonalLink, *, fragment: str | None = None, status: int = 200) -> Response:
    form.set_traps()
    return render_page(
        "leads/registration.html",
        fragment=fragment,
        form=form,
        reseller=link.reseller,
        days=vendor().lead_answer_workdays,
        status=status,
    )


def _fresh_page(link: PersonalLink, member: Person | None) -> Response:
    """The page as it is first shown. This is the page that most people ask for, and but for its hidden fields it is the
    same each time: drawn once for everything it depends on, and remembered by exactly that."""
    values = _first_values(link, member)
    hidden = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in (
            ("csrf_token", generate_csrf()),
            ("submission_key", values["submission_key"]),
            ("opened", stamp()),
        )
    )
    reseller = link.reseller
    services = catalogue.offered()
    depends_on = (
        current_locale(),
        request.path,
        values["country"],
        values["typed_by"],
        tuple((service.code, service.name, service.hint) for service in services),
        (reseller.contact_name, reseller.city, reseller.organisation.name),
        vendor(),
    )
    drawn = _DRAWN.get(depends_on)
    if drawn is None:
        drawn = render_template(
            "leads/_registration.html",
            form=_form(link, values),
            hidden_fields=_HOLE,
            reseller=reseller,
            days=vendor().lead_answer_workdays,
        )
        if len(_DRAWN) >= _MOST_DRAWN:
            _DRAWN.clear()
        _DRAWN[depends_on] = drawn
    body = Markup(drawn.replace(_HOLE, hidden))  # noqa: S704 - a template of ours and escaped values
    return render_page("leads/registration.html", body=body)


_HOLE = Markup("<!-- the hidden fields -->")
_MOST_DRAWN = 300
_DRAWN: dict[object, str] = {}


def _form(link: PersonalLink, values: dict[str, Any]) -> RegistrationForm:
    form = RegistrationForm(data=values)
    if link.reseller.is_software_partner:
        form.ask_software_partner()
    return form


def _first_values(link: PersonalLink, member: Person | None) -> dict[str, Any]:
    asked = request.args.get("country", "").upper()
    country = asked if asked in identifiers.COUNTRIES else link.reseller.country
    return {
        "country": country if country in identifiers.COUNTRIES else "",
        "typed_by": TypedBy.RESELLER if member else TypedBy.CLIENT,
        "submission_key": new_key(),
    }


def _member_of(link: PersonalLink) -> Person | None:
    """Whoever is signed in, if that is one of this reseller's people."""
    person = actor_or_none()
    held = person.membership if person else None
    return person if held and held.organisation_id == link.reseller.organisation_id else None


# --- the receipt ------------------------------------------------------------------------------------------------------


@blueprint.get("/r/<slug>/receipts/<proof>")
@public
def receipt(slug: str, proof: str) -> Response:
    """What was sent and what happens next: the same for a new company and for one known already. The address carries
    a proof, so that knowing a receipt's number opens nothing."""
    csp.private_link()
    number, _dash, code = proof.rpartition(".")
    if not keyed_digest_matches("receipt", code, _bytes(number), length=32):
        raise NotFound
    submission = queries.submission(number, slug)
    member = _member_of(submission.link) if submission.link else None
    return render_page(
        "leads/receipt.html",
        submission=submission,
        facts=sent_facts(submission, {service.code: service.name for service in catalogue.everything()}),
        reseller=submission.link.reseller if submission.link else None,
        answer_by=promise(vendor().lead_answer_workdays, submission.created_at),
        lead=submission.lead
        if member and submission.link and not submission.link.reseller.is_software_partner
        else None,
    )


def _proof(submission: Submission) -> str:
    return f"{submission.receipt}.{keyed_digest('receipt', _bytes(submission.receipt))[:32]}"


def _bytes(number: str) -> bytes:
    return number.encode("utf-8", "replace")
