"""The blueprint that the settings' pages share, and how each of them saves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, url_for
from flask.wrappers import Response

from app.access.guard import actor
from app.core.errors import Conflict
from app.core.forms import BaseForm, HiddenField
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.settings import service
from app.settings.models import vendor
from app.settings.processes import has_page

blueprint = Blueprint("settings_desk", __name__, url_prefix="/desk/settings")

PAGES = (
    ("settings_desk.settings", _l("Company")),
    ("settings_desk.brand", _l("Brand")),
    ("settings_desk.promises", _l("Promises")),
    ("settings_desk.support", _l("Support and hours")),
    ("settings_desk.total_service", _l("Total service")),
    ("settings_desk.processes", _l("Processes")),
    ("webhooks_desk.webhooks", _l("Webhooks")),
)


@blueprint.context_processor
def _pages() -> dict[str, Any]:
    return {"settings_pages": tabs}


def tabs(current: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": url_for(page), "current": page == current} for page, label in PAGES if has_page(page)
    ]


class SettingsForm(BaseForm):
    """Fields of `Vendor`, by their names."""

    version = HiddenField()

    def to_details(self) -> dict[str, Any]:
        return {name: self[name].data for name in asdict(vendor()) if name in self}


def values_now() -> dict[str, Any]:
    """What a form is filled from."""
    return {**asdict(vendor()), "version": str(service.version())}


def page(form: SettingsForm, template: str, endpoint: str, fragment: str | None = None, **context: Any) -> Response:
    """Shows the form, or keeps what was sent."""
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(form.to_details(), form.seen, actor())
            if saved:
                flash(_("The settings were saved."), "done")
                return redirect_see_other(url_for(endpoint))
        except Conflict as conflict:
            form.overtaken(conflict, service.version())
    return render_page(template, fragment=fragment, form=form, status=form.status, **context)
