"""A picture in one of its widths: for everybody once it stands in a publication, before for those who work on it."""

from __future__ import annotations

from flask import request
from flask.wrappers import Response

from app.access.guard import actor_or_none, may, public
from app.access.permissions import P
from app.core.errors import NotFound
from app.core.files import WEBP, store
from app.core.published import forget_visitor
from app.integrations.queries.partners import partner_of
from app.manuals import pictures
from app.manuals.models import Picture
from app.manuals.public import blueprint


@blueprint.get("/pictures/<ref>-<int:width>.webp")
@public
def picture(ref: str, width: int) -> Response:
    """What it shows never changes; a picture that is sent anew has another reference."""
    found = pictures.size(ref, width)
    shared = pictures.is_out(found.picture)
    if shared:
        forget_visitor()
    elif not _may_see(found.picture):
        raise NotFound
    response = Response(mimetype=WEBP)
    response.set_etag(found.upload.sha256)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if shared else "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.make_conditional(request)
    if response.status_code == 200:
        file = store().open(found.upload.key)
        response.response = file
        response.direct_passthrough = True
        response.call_on_close(file.close)
        response.content_length = found.upload.size
    return response


def _may_see(picture: Picture) -> bool:
    """The software partner whose product it is, and staff."""
    person = actor_or_none()
    if person is None:
        return False
    if may(P.SOFTWARE_PARTNERS_READ):
        return True
    return may(P.SOFTWARE_PANEL) and picture.product.partner_id == partner_of(person).id
