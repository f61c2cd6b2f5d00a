"""Technical links at the desk, and their place in the panel of software partners."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations import parts, words
from app.integrations.desk import blueprint
from app.integrations.forms.links import LinkForm
from app.integrations.models import SoftwarePartner
from app.integrations.parts import Made
from app.integrations.queries import links as queries
from app.integrations.service import links as service
from app.integrations.told import timeline


@blueprint.get("/technical-links")
@requires(P.SOFTWARE_PARTNERS_READ)
def technical_links() -> Response:
    return render_page(
        "integrations/desk_links.html", groups=queries.by_kind(queries.all_links()), kinds=words.LINK_KINDS
    )


@blueprint.get("/technical-links/technical-links.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PARTNERS_READ)
def technical_links_file(format: str) -> Response:
    header = [_("Reference"), _("Kind"), *(NAMES[code] for code in LOCALES), _("Address"), _("Shown to everybody")]
    rows = (
        [
            link.ref,
            words.LINK_KINDS[link.kind],
            *(link.titles.get(code, "") for code in LOCALES),
            link.url,
            _("Yes") if link.is_public else _("No"),
        ]
        for link in queries.all_links()
    )
    return table_response(format, _("technical links"), header, rows)


@blueprint.route("/technical-links/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def new_technical_link() -> Response:
    form = LinkForm(data={"kind": request.args.get("kind", "documentation")})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(form.to_details(), actor())
        if saved:
            flash(_("The link was added."), "done")
            return redirect_see_other(url_for(".technical_links"))
    return render_page("integrations/desk_link.html", form=form, link=None, history=[], status=form.status)


@blueprint.route("/technical-links/<ref>", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def technical_link(ref: str) -> Response:
    found = queries.link(ref)
    form = LinkForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The link was saved."), "done")
                return redirect_see_other(url_for(".technical_links"))
        except Conflict as conflict:
            found = queries.link(ref)
            form.overtaken(conflict, found.version)
    return render_page(
        "integrations/desk_link.html", form=form, link=found, history=timeline(entries_of(found)), status=form.status
    )


@blueprint.post("/technical-links/<ref>/position")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def technical_link_position(ref: str) -> Response:
    service.move(queries.link(ref).id, up=request.form.get("to") == "up", by=actor())
    return redirect_see_other(url_for(".technical_links"))


@blueprint.route("/technical-links/<ref>/removal", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def remove_technical_link(ref: str) -> Response:
    found = queries.link(ref)
    if request.method == "POST":
        service.remove(found.id, actor())
        flash(_("The link was removed."), "done")
        return redirect_see_other(url_for(".technical_links"))
    return render_page("integrations/desk_link_removal.html", link=found)


def _in_panel(partner: SoftwarePartner) -> Made | None:
    """In one query."""
    groups = queries.by_kind(queries.all_links())
    return ("integrations/panel_links_part.html", {"groups": groups, "kinds": words.LINK_KINDS}) if groups else None


parts.PARTNER_IN_PANEL.append(_in_panel)
