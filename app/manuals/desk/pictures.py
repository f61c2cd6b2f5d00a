"""Pictures of a product, for editors: those there are, each with the line that shows it, and adding one."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.files import FileRefused
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.manuals import pictures
from app.manuals.desk import blueprint
from app.manuals.desk.publications import about
from app.manuals.forms.publications import PictureForm
from app.manuals.models import Publication
from app.manuals.queries import publications as queries


@blueprint.route("/manuals/<ref>/pictures", methods=["GET", "POST"])
@requires(P.MANUALS_EDIT)
def publication_pictures(ref: str) -> Response:
    found = queries.publication(ref)
    form = PictureForm()
    added = ""
    if form.validate_on_submit():
        with form.attempt() as saved:
            try:
                added = pictures.receive_picture(form.file.data, found.integration.product, actor()).ref
            except FileRefused as refused:
                form.file.errors = [refused.message]
        if saved and added and not wants_fragment():
            return redirect_see_other(url_for(".publication_pictures", ref=ref))
    return render_page(
        "manuals/desk_pictures.html",
        fragment="manuals/_desk_pictures.html",
        **about(found),
        **shown(found, PictureForm(formdata=None) if added else form),
        added=added,
        status=form.status,
    )


def shown(found: Publication, form: PictureForm | None = None) -> dict[str, Any]:
    """What the list of pictures needs, wherever it stands."""
    return {
        "pictures": pictures.pictures_of(found.integration.product),
        "picture_url": pictures.url_of,
        "picture_form": form or PictureForm(formdata=None),
    }
