"""Evidence at the desk: an acceptance with its proof, and filing one that came by mail (R5)."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Response, flash, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.errors import FieldError, NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, current_locale
from app.documents import queries as documents
from app.documents import service as evidence
from app.documents.models import Acceptance, DocumentKind
from app.partners import queries
from app.partners.desk.door import blueprint
from app.partners.forms import Filed, FileTermsForm
from app.partners.models import Reseller
from app.partners.service import terms
from app.settings.models import vendor


@blueprint.get("/desk/resellers/<ref>/terms/<acceptance_ref>")
@requires(P.RESELLERS_READ)
def acceptance(ref: str, acceptance_ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    kept = documents.acceptance(acceptance_ref, found.organisation_id)
    return render_page("partners/reseller_acceptance.html", reseller=found, kept=kept, intact=evidence.is_intact(kept))


@blueprint.get("/desk/resellers/<ref>/terms/<acceptance_ref>/evidence")
@requires(P.RESELLERS_READ)
def acceptance_evidence(ref: str, acceptance_ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    upload = documents.acceptance(acceptance_ref, found.organisation_id).evidence
    if upload is None:
        raise NotFound
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


@blueprint.route("/desk/resellers/<ref>/terms", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def file_terms(ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    versions = [one for one in documents.versions(DocumentKind.RESELLER_TERMS) if one.published_at is not None]
    form = FileTermsForm(
        data={
            "version_number": str(versions[0].number) if versions else "",
            "locale": current_locale(),
            "name": found.contact_name,
        }
    )
    form.version_number.choices = [(str(one.number), _("Version %(number)s", number=one.number)) for one in versions]
    if form.validate_on_submit():
        with form.attempt() as saved:
            kept = _file(found, form.to_details())
        if saved:
            flash(str(_("The acceptance is filed, and a copy is on its way to both sides.")), "done")
            return redirect_see_other(url_for(".acceptance", ref=ref, acceptance_ref=kept.ref))
    return render_page(
        "partners/reseller_terms_file.html", reseller=found, form=form, versions=versions, status=form.status
    )


def _file(found: Reseller, details: Filed) -> Acceptance:
    version = documents.version(DocumentKind.RESELLER_TERMS, details.version)
    text = next((text for text in version.texts if text.locale == details.locale), None)
    if text is None:
        raise FieldError("locale", _l("This version has no text in this language."))
    zone = ZoneInfo(vendor().timezone)
    moment = datetime.combine(details.day, time(12, 0), zone)
    if moment.date() == now().astimezone(zone).date():
        moment = now()  # noon may lie ahead, or before the publication on the same day
    return terms.file(
        found, version, text, name=details.name, accepted_at=moment, received=details.received, by=actor()
    )
