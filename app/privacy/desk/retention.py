"""How long data are kept, by kind; what goes tonight; and changing a period."""

from __future__ import annotations

from flask import Response, flash, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.privacy.desk import blueprint
from app.privacy.forms.people import PeriodForm
from app.privacy.service import retention as service


@blueprint.get("/retention")
@requires(P.PRIVACY_MANAGE)
def retention() -> Response:
    return render_page("privacy/retention.html", standings=service.standings())


@blueprint.get("/retention.<any(csv, xlsx):format>")
@requires(P.PRIVACY_MANAGE)
def retention_file(format: str) -> Response:
    """The rules as a record of processing wants them."""
    header = [_("Kind of data"), _("Days"), _("Counts from"), _("What stays"), _("Went last night")]
    rows = (
        [each.rule.name, each.days, each.rule.since, each.rule.after, each.last.erased if each.last else None]
        for each in service.standings()
    )
    return table_response(format, _("retention"), header, rows)


@blueprint.route("/retention/<code>", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def period(code: str) -> Response:
    """A changed period is counted before anything goes by it."""
    standing = service.standing_of(code)
    form = PeriodForm(data={"days": standing.days})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.choose(code, form.days.data or 0, actor())
        if saved:
            flash(
                str(_("The period is changed. What is old enough is counted tonight, and goes a night later.")), "done"
            )
            return redirect_see_other(url_for(".retention"))
    return render_page("privacy/retention_rule.html", standing=standing, form=form, status=form.status)
