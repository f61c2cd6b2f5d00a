"""The reseller's own pages: materials and accesses, the terms, the personal link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, request, url_for

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Forbidden, NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, _, current_locale
from app.documents import queries as documents
from app.documents import service as evidence
from app.documents.models import DocumentKind, DocumentText
from app.partners import queries, told
from app.partners.forms import AcceptTermsForm, ButtonForm
from app.partners.gate import standing
from app.partners.models import Reseller, WelcomeItem
from app.partners.service import links
from app.partners.service import terms as agreement
from app.people.queries import owners_of
from app.settings.models import vendor

blueprint = Blueprint("partners_panel", __name__)


def _own() -> Reseller:
    """The reseller that the person works for now."""
    return standing().reseller


# --- materials --------------------------------------------------------------------------------------------------------


@blueprint.get("/panel/materials")
@requires(P.PANEL)
def materials() -> Response:
    reseller = _own()
    everything = queries.welcome_items()
    spoken = sorted({item.locale for item in everything}, key=LOCALES.index)
    shown = _shown_language(spoken)
    return render_page(
        "partners/materials.html",
        reseller=reseller,
        items=[item for item in everything if item.locale == shown],
        spoken=spoken,
        shown=shown,
        accesses=queries.accesses_of(reseller),
        access_states=told.ACCESS_STATES,
        here=standing(),
    )


def _shown_language(spoken: list[str]) -> str:
    """What was asked for, else the reader's own, else the vendor's, else any in which there is something."""
    wishes = (request.args.get("language", ""), current_locale(), vendor().default_locale, "en", *spoken)
    return next((wish for wish in wishes if wish in spoken), current_locale())


@blueprint.get("/panel/materials/<ref>")
@requires(P.PANEL)
def material(ref: str) -> Response:
    return material_file(queries.welcome_item(ref))


def material_file(item: WelcomeItem) -> Response:
    if item.upload_id is None:
        raise NotFound
    upload = documents.upload(item.upload_id)
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


# --- terms ------------------------------------------------------------------------------------------------------------


@blueprint.route("/panel/terms", methods=["GET", "POST"])
@requires(P.PANEL)
def terms() -> Response:
    """The text in the person's language or another one; an owner accepts exactly what is shown."""
    reseller = _own()
    version = documents.in_force(DocumentKind.RESELLER_TERMS)
    if version is None:
        return render_page("partners/terms_none.html", reseller=reseller)
    text = documents.text_in(version, request.values.get("language", current_locale()))
    if text is None:
        raise NotFound
    accepted = documents.acceptances_of(reseller.organisation, DocumentKind.RESELLER_TERMS)
    form = AcceptTermsForm(data={"version": str(version.number), "locale": text.locale})
    if request.method == "POST" and not may(P.PANEL_TERMS_ACCEPT):
        raise Forbidden
    waiting = reseller.terms_version < version.number
    status = 200
    if form.validate_on_submit():
        number, locale = form.to_details()
        words = next((words for words in version.texts if words.locale == locale), None)
        if number != version.number or words is None:
            form.fail(agreement.TermsReplaced())
            form.version.data = str(version.number)
            form.accepted.data = False
            status = 409
        else:
            with form.attempt() as saved:
                kept = agreement.accept(
                    reseller,
                    version,
                    words,
                    actor(),
                    address=request.remote_addr,
                    user_agent=request.headers.get("User-Agent"),
                )
            if saved:
                return redirect_see_other(url_for(".acceptance", ref=kept.ref))
    return render_page(
        "partners/terms.html",
        reseller=reseller,
        version=version,
        text=text,
        form=form if waiting and may(P.PANEL_TERMS_ACCEPT) else None,
        accepted=accepted,
        waiting=waiting,
        owners=_owners(reseller),
        status=status if status != 200 else form.status,
    )


def _owners(reseller: Reseller) -> list[str]:
    if may(P.PANEL_TERMS_ACCEPT):
        return []
    return [owner.name for owner in owners_of(reseller.organisation_id)]


@blueprint.get("/panel/terms/<ref>")
@requires(P.PANEL)
def acceptance(ref: str) -> Response:
    """The certificate of an acceptance."""
    reseller = _own()
    kept = documents.acceptance(ref, reseller.organisation_id)
    return render_page("partners/acceptance.html", reseller=reseller, kept=kept, link=queries.current_link(reseller))


@blueprint.get("/panel/terms/<int:number>/<locale>.md")
@requires(P.PANEL)
def terms_text(number: int, locale: str) -> Response:
    """The exact bytes whose SHA-256 is kept, of a published version."""
    if number > 2_000_000_000:
        raise NotFound
    version = documents.version(DocumentKind.RESELLER_TERMS, number)
    text = next((text for text in version.texts if text.locale == locale), None)
    if version.published_at is None or text is None:
        raise NotFound
    return text_download(text, f"terms-{number}-{locale}.md")


def text_download(text: DocumentText, filename: str) -> Response:
    response = make_response(evidence.text_bytes(text.title, text.body))
    response.headers["Content-Type"] = "text/markdown; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


# --- the personal link ------------------------------------------------------------------------------------------------


@blueprint.get("/panel/link")
@requires(P.PANEL_LINK_READ)
def link() -> Response:
    reseller = _own()
    return render_page("partners/link.html", **_about_links(reseller))


def _about_links(reseller: Reseller) -> dict[str, Any]:
    everything = queries.links_of(reseller)
    current = next((link for link in everything if not link.is_alias and link.withdrawn_at is None), None)
    return {
        "reseller": reseller,
        "links": everything,
        "current": current,
        "here": standing(),
        "public_url": current_app.config["GANGWAY"].public_url,
    }


@blueprint.route("/panel/link/rotation", methods=["GET", "POST"])
@requires(P.PANEL_LINK_MANAGE)
def rotate() -> Response:
    reseller = _own()
    form = ButtonForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            links.rotate(reseller, actor())
        if saved:
            flash(str(_("You have a new address. The earlier one keeps working until you withdraw it.")), "done")
            return redirect_see_other(url_for(".link"))
    return render_page("partners/link_rotate.html", form=form, status=form.status)


@blueprint.route("/panel/link/<int:id>/withdrawal", methods=["GET", "POST"])
@requires(P.PANEL_LINK_MANAGE)
def withdraw(id: int) -> Response:
    reseller = _own()
    found = queries.link_of(reseller, id if id < 2_000_000_000 else 0)
    form = ButtonForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            links.withdraw(found, actor())
        if saved:
            flash(str(_("The address is withdrawn.")), "done")
            return redirect_see_other(url_for(".link"))
    return render_page("partners/link_withdraw.html", link=found, form=form, status=form.status)
