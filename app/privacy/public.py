"""The private page of a contact person: what is kept about them, and what they ask (R9). Reached by a personal link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, url_for
from flask.blueprints import BlueprintSetupState

from app.access import links
from app.access.guard import public
from app.access.links import AccessLink, Entrance, Purpose
from app.core import csp
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, current_locale
from app.core.limits import PUBLIC_FORM, limiter
from app.core.supervision import authorities_from
from app.customers import fields
from app.leads import disclosure
from app.leads.models import PrivacyNotice
from app.privacy import told
from app.privacy.forms.requests import AskForm
from app.privacy.models import PrivacyState
from app.privacy.queries import requests as queries
from app.privacy.queries.requests import Asker
from app.privacy.service import export
from app.privacy.service import requests as service

blueprint = Blueprint("privacy_public", __name__, url_prefix="/privacy")

PERSONAL = ("contact_name", "email", "phone", "company_name", "street", "postcode", "city", "country", "website")
"""Fields of a lead or account that the page shows."""


@blueprint.record_once
def _know_the_words(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(privacy_kinds=told.KINDS, privacy_open=queries.open_about)


@blueprint.route("/mine", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def mine() -> Response:
    """What is kept about whoever came by the personal link, and the form of four wishes."""
    asker = _asker()
    if asker is None:
        return _closed()
    form = AskForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            request = service.ask(asker, *form.to_details())
        if saved:
            return redirect_see_other(url_for(".receipt", ref=request.ref))
    return _page(asker, form)


def _page(asker: Asker, form: AskForm) -> Response:
    notices = queries.notices_to(asker.email)
    asked = queries.requests_of(asker.email)
    first = next((notice for notice in notices if notice.id == asker.notice_id), notices[0] if notices else None)
    shown = {notice.account_id for notice in notices}
    accounts = [account for account in queries.accounts_naming(asker.email) if account.id not in shown]
    return render_page(
        "privacy/mine.html",
        asker=asker,
        form=form,
        held=[_held(notice, asker) for notice in notices],
        accounts=[(account, fields.facts(account, PERSONAL)) for account in accounts],
        parts=_parts(first) if first else [],
        authorities=authorities_from(asker.country),
        asked=[(request, told.to_person(request), queries.copy_until(request)) for request in asked],
        S=PrivacyState,
        status=form.status,
    )


def _held(notice: PrivacyNotice, asker: Asker) -> dict[str, Any]:
    """One registration or customer account that names the person. What it says now is shown as long as it is about
    this address."""
    record = notice.about
    current = record.email == asker.email
    return {
        "notice": notice,
        "record": record,
        "reseller": _credited(notice),
        "software_partner": record.reseller is not None and record.reseller.is_software_partner,
        "current": current,
        "facts": fields.facts(record, PERSONAL)
        if current
        else [(fields.name_of("contact_name"), notice.name), (fields.name_of("email"), notice.email)],
    }


def _parts(notice: PrivacyNotice) -> list[disclosure.Part]:
    return disclosure.parts(
        article=notice.article,
        source=notice.source,
        reseller=_credited(notice),
        received_at=notice.created_at,
        country=notice.about.country,
        customer=notice.lead_id is None,
        software_partner=notice.about.reseller is not None and notice.about.reseller.is_software_partner,
    )


def _credited(notice: PrivacyNotice) -> str:
    reseller = notice.about.reseller
    return reseller.organisation.name if reseller else ""


@blueprint.get("/mine/requests/<ref>")
@public
def receipt(ref: str) -> Response:
    """We have it: its number, and by when the person hears from us."""
    asker = _asker()
    if asker is None:
        return _closed()
    return render_page("privacy/receipt.html", asked=queries.own(asker, ref), kinds=told.KINDS)


@blueprint.post("/mine/requests/<ref>/withdrawal")
@public
@limiter.limit(PUBLIC_FORM)
def withdraw(ref: str) -> Response:
    asker = _asker()
    if asker is None:
        return _closed()
    try:
        service.withdraw(queries.own(asker, ref).id)
    except Conflict as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("The request is withdrawn."), "done")
    return redirect_see_other(url_for(".mine"))


@blueprint.post("/mine/requests/<ref>/copy-link")
@public
@limiter.limit("10 per minute")
def copy_link(ref: str) -> Response:
    """The link to the copy once more: it goes to the address, which proves that it is still theirs."""
    asker = _asker()
    if asker is None:
        return _closed()
    try:
        service.send_copy_link(queries.own(asker, ref).id)
    except service.NothingReady as refused:
        flash(str(refused.message), "warning")
    else:
        flash(_("The mail with the link to your copy is on its way."), "done")
    return redirect_see_other(url_for(".mine"))


@blueprint.post("/mine/requests/<ref>/copy")
@public
@limiter.limit("10 per minute")
def copy(ref: str) -> Response:
    """The archive, to whoever came by the link that was sent for it: so the address is still theirs."""
    asker = _asker()
    if asker is None:
        return _closed()
    asked = queries.own(asker, ref)
    if asker.copy_of != asked.id or queries.copy_until(asked) is None:
        flash(_("Please open the link in the mail about your copy first."), "warning")
        return redirect_see_other(url_for(".mine"))
    archive = export(asked.email, current_locale())
    service.note_fetched(asked.id)
    response = make_response(archive)
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.ref}.zip"'
    return response


def _asker() -> Asker | None:
    csp.private_link()
    link = links.in_scope(Purpose.PRIVACY_REQUEST) or links.in_scope(Purpose.PRIVACY)
    return queries.asker_of(link)


def _closed() -> Response:
    return render_page("privacy/mine_closed.html", status=404)


# --- the way in -------------------------------------------------------------------------------------------------------


def _about(link: AccessLink) -> tuple[Any, Any, Any]:
    return (
        _l("See your details"),
        _l("This personal link shows what we keep about you, and lets you ask for a copy, a correction or erasure."),
        _l("Show my details"),
    )


def _enter(link: AccessLink, secret: str) -> Response:
    if queries.asker_of(link) is None:
        raise NotFound
    links.leave_scope(Purpose.PRIVACY if link.purpose == Purpose.PRIVACY_REQUEST else Purpose.PRIVACY_REQUEST)
    links.enter_scope(link)
    return redirect_see_other(url_for("privacy_public.mine"))


for purpose in (Purpose.PRIVACY, Purpose.PRIVACY_REQUEST):
    links.ENTRANCES[purpose] = Entrance(about=_about, enter=_enter)
