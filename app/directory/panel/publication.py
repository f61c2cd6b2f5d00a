"""What a software partner puts on its own site: links, a text to copy in its languages, and the proof that it stands
there (S6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from flask import current_app, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _, current_locale, in_locale
from app.directory.forms.proof import ProofForm
from app.directory.panel import blueprint
from app.directory.queries import own as queries
from app.directory.queries.own import Own
from app.directory.service import proving
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import partner_of
from app.integrations.words import PASSED_ON, STAGE_GLYPHS, STAGES, said


@dataclass(frozen=True)
class Block:
    """A text to copy, as lines and as HTML."""

    plain: str
    html: str


@blueprint.route("/publication", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def publication() -> Response:
    partner = partner_of(actor())
    form = ProofForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                proving.prove(partner, form.url.data, form.note.data or "", actor())
            if saved:
                flash(_("Thank you. The task in your plan is done with this link."), "done")
                return redirect_see_other(url_for(".publication"))
        except Conflict as refused:
            form.refused(refused)
    return _page(partner, form)


def _page(partner: SoftwarePartner, form: ProofForm) -> Response:
    found = queries.of_partner(partner)
    languages = list(dict.fromkeys(code for each in found for code in each.integration.product.languages))
    asked = request.args.get("text", current_locale())
    shown = asked if asked in languages else next(iter(languages), "en")
    task = proving.task_of(partner)
    return render_page(
        "directory/panel_publication.html",
        found=found,
        base=current_app.config["GANGWAY"].public_url,
        block=_block(found, shown),
        shown=shown,
        languages=languages,
        names=NAMES,
        stages=STAGES,
        glyphs=STAGE_GLYPHS,
        task=task,
        shown_at=proving.addresses(task) if task else [],
        form=form,
        status=form.status,
    )


def _block(found: Sequence[Own], locale: str) -> Block:
    """A sentence and a link for each integration in the directory, in this language."""
    base = current_app.config["GANGWAY"].public_url
    plain, html = [], []
    with in_locale(locale):
        for each in found:
            integration = each.integration
            if not integration.is_listed:
                continue
            name = _("%(product)s with %(package)s", product=integration.product.name, package=integration.package.name)
            passed = _("Passed on: %(what)s", what=", ".join(said(integration.passes, PASSED_ON)))
            address = f"{base}{each.path}?lang={locale}"
            plain.append(f"{name}\n{passed}\n{address}")
            html.append(f'<li><a href="{escape(address)}">{escape(str(name))}</a><br>{escape(str(passed))}</li>')
    listed = "\n".join(html)
    return Block("\n\n".join(plain), f'<ul lang="{locale}">\n{listed}\n</ul>' if html else "")
