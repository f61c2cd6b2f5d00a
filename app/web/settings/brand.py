"""How the vendor looks: short name, accent colour with its preview, logo (X7)."""

from __future__ import annotations

import io
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response
from PIL import Image
from wtforms.validators import ValidationError

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.db import db
from app.core.errors import Conflict
from app.core.files import JPEG, PNG, FileField, Received, keep, store
from app.core.forms import BaseForm, HiddenField, Optional, Required, TextField
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, format_number
from app.history.service import entries_of
from app.settings import colours, service
from app.settings.models import VendorSettings, vendor
from app.web.settings.door import SettingsForm, blueprint, page, values_now
from app.web.settings.told import timeline

LOGO_BOX = (640, 128)
"""Pixels that a kept logo has at most: enough for sharp screens, and a few kilobytes."""


class BrandForm(SettingsForm):
    """Short name and accent."""

    short_name = TextField(
        _l("Name beside the mark"),
        [Optional()],
        limit=40,
        width="m",
        description=_l("Short: it stands on top of every page and every mail."),
    )
    accent = TextField(
        _l("Accent colour"),
        [Required(_l("Enter the colour"))],
        limit=20,
        width="s",
        description=_l("The colour of buttons and links, as in your style guide, for example #0b5394."),
    )

    @property
    def verdict(self) -> colours.Verdict | None:
        """What is to be said about the colour that was typed; None when it is none."""
        colour = colours.read(str(self.accent.data or ""))
        return colours.judged(colour) if colour else None

    def validate_accent(self, field: Any) -> None:
        verdict = self.verdict
        if verdict is None:
            raise ValidationError(_("Enter the colour as # and six digits or letters from a to f, such as #0b5394"))
        if not verdict.passes:
            raise ValidationError(
                _(
                    "This colour is hard to read: its contrast is %(ratio)s, and 4.5 is needed. "
                    "The nearest that can be read is %(colour)s.",
                    ratio=format_number(verdict.ratio),
                    colour=verdict.nearest,
                )
            )
        field.data = verdict.colour


class LogoForm(BaseForm):
    """A picture for the top of every page."""

    version = HiddenField()
    logo = FileField(
        _l("Logo"),
        [Required(_l("Choose the file with your logo"))],
        allowed={PNG, JPEG},
        hint=_l("PNG or JPEG, at most 10 MB. A wide picture with a transparent ground looks best."),
    )


@blueprint.route("/brand", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def brand() -> Response:
    form = BrandForm(data=values_now())
    wish = request.form.get("do", "")
    if form.is_submitted() and wish in ("preview", "nearest"):
        return _preview(form, take_nearest=wish == "nearest")
    return page(form, "settings/brand.html", "settings_desk.brand", **_around(form))


def _preview(form: BrandForm, *, take_nearest: bool) -> Response:
    """The colour as it would look, saved or not; "nearest" puts the one that passes into the field."""
    verdict = form.verdict
    if take_nearest and verdict is not None:
        form.accent.data = verdict.nearest
        form.accent.raw_data = [verdict.nearest]
    return render_page("settings/brand.html", fragment="settings/_brand_colour.html", form=form, **_around(form))


def _around(form: BrandForm, logo_form: LogoForm | None = None) -> dict[str, Any]:
    row = db.session.get(VendorSettings, 1)
    return {
        "logo_form": logo_form or LogoForm(formdata=None, data={"version": str(service.version())}),
        "told": timeline(entries_of(row, limit=10)) if row else [],
    }


@blueprint.post("/brand/logo")
@requires(P.SETTINGS_MANAGE)
def logo() -> Response:
    """Keeps the picture drawn anew and made small; the one before is thrown away."""
    form = LogoForm()
    if form.validate_on_submit():
        before = vendor().logo
        picture, (width, height) = _fitted(form.logo.data)
        try:
            with form.attempt() as saved:
                key = keep(picture)
                service.change({"logo": key, "logo_width": width, "logo_height": height}, form.seen, actor())
            if saved:
                if before:
                    store().delete(before)
                flash(_("The logo was saved. It stands on every page now."), "done")
                return redirect_see_other(url_for(".brand"))
        except Conflict as conflict:
            form.overtaken(conflict, service.version())
    return _refused(form)


@blueprint.post("/brand/logo/removal")
@requires(P.SETTINGS_MANAGE)
def logo_removal() -> Response:
    form = LogoForm()
    before = vendor().logo
    try:
        service.change({"logo": "", "logo_width": 0, "logo_height": 0}, form.seen, actor())
    except Conflict as conflict:
        form.overtaken(conflict, service.version())
        return _refused(form)
    if before:
        store().delete(before)
    flash(_("The logo was removed."), "done")
    return redirect_see_other(url_for(".brand"))


def _refused(form: LogoForm) -> Response:
    own = BrandForm(formdata=None, data=values_now())
    return render_page("settings/brand.html", form=own, errors=True, status=form.status, **_around(own, form))


def _fitted(received: Received) -> tuple[Received, tuple[int, int]]:
    """A checked picture, no larger than a page ever shows it."""
    picture: Image.Image = Image.open(io.BytesIO(received.content))
    picture = picture.convert("RGBA")
    picture.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return Received("logo.png", PNG, out.getvalue()), picture.size
