"""Pilots at the desk: the list, starting one, its verdict; an integration is withdrawn and put back (S5)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.clock import today
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, country_name
from app.core.paging import COUNT_CAP, everything_of, page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations.models import Integration, Stage
from app.integrations.service import stages
from app.integrations.words import STAGE_GLYPHS, STAGE_NEXT, STAGES
from app.manuals import told_pilots
from app.manuals.desk import blueprint
from app.manuals.forms.pilots import EndForm, StartForm, VerdictForm, WithdrawForm
from app.manuals.models import Pilot
from app.manuals.queries import pilots as queries
from app.manuals.queries import publications
from app.manuals.queries.pilots import Candidate, Tab
from app.manuals.service import piloting as service
from app.people.queries import names_of
from app.settings.models import vendor

TABS = {
    Tab.RUNNING: _l("Running"),
    Tab.SUCCEEDED: _l("Successful"),
    Tab.FAILED: _l("Not successful"),
    Tab.CANCELLED: _l("Cancelled"),
    Tab.ALL: _l("All"),
}
READY = 20
"""Integrations that wait for a first customer, shown above the list."""


@blueprint.get("/pilots")
@requires(P.PILOTS_MANAGE)
def pilots() -> Response:
    tab, q = _asked()
    query = queries.narrowed(q)
    counts = queries.counts(query)
    return render_page(
        "manuals/desk_pilots.html",
        fragment="manuals/_desk_pilot_rows.html",
        page=page_of(
            query.where(queries.in_tab(tab)),
            Pilot.starts_on,
            Pilot.id,
            descending=True,
            cursor=request.args.get("cursor"),
        ),
        tabs=[
            {
                "label": label,
                "url": url_for(".pilots", tab=each.value, q=q or None),
                "current": each == tab,
                "count": counts[each.value] if counts[each.value] <= COUNT_CAP else "10,000+",
            }
            for each, label in TABS.items()
        ],
        tab=tab,
        q=q,
        ready=queries.ready(READY + 1) if tab == Tab.RUNNING and not q else [],
        most_ready=READY,
        said=_said,
    )


@blueprint.get("/pilots/pilots.<any(csv, xlsx):format>")
@requires(P.PILOTS_MANAGE)
def pilots_file(format: str) -> Response:
    tab, q = _asked()
    header = [
        _("Reference"),
        _("Product"),
        _("Package"),
        _("Software partner"),
        _("Customer"),
        _("Account"),
        _("State"),
        _("Begins on"),
        _("Verdict expected on"),
        _("Day of the verdict"),
        _("Reason"),
    ]
    query = queries.narrowed(q).where(queries.in_tab(tab))
    rows = (
        [
            each.ref,
            each.integration.product.name,
            each.integration.package.name,
            each.integration.product.partner.organisation.name,
            each.account.company_name,
            each.account.ref,
            _said(each)[1],
            each.starts_on,
            each.ends_on,
            each.verdict_on,
            each.why,
        ]
        for each in everything_of(query, Pilot.starts_on, Pilot.id, descending=True)
    )
    return table_response(format, _("pilots"), header, rows)


def _asked() -> tuple[Tab, str]:
    wish = request.args.get("tab", "")
    return Tab(wish) if wish in set(Tab) else Tab.RUNNING, request.args.get("q", "")[:200]


def _said(pilot: Pilot) -> tuple[str, str, str]:
    return told_pilots.said(pilot, today(vendor().timezone))


# --- one --------------------------------------------------------------------------------------------------------------


@blueprint.get("/pilots/<ref>")
@requires(P.PILOTS_MANAGE)
def pilot(ref: str) -> Response:
    return _page(queries.pilot(ref))


def _page(found: Pilot, form: EndForm | None = None) -> Response:
    form = form or EndForm.of(found)
    return render_page(
        "manuals/desk_pilot.html",
        pilot=found,
        integration=found.integration,
        both=_both(found.integration),
        said=_said(found),
        stage=(STAGE_GLYPHS[found.integration.stage], STAGES[found.integration.stage]),
        names=names_of([found.started_by_id, found.verdict_by_id]),
        told=told_pilots.timeline(entries_of(found)),
        form=form,
        status=form.status,
    )


def _both(integration: Integration) -> str:
    return _("%(product)s with %(package)s", product=integration.product.name, package=integration.package.name)


@blueprint.post("/pilots/<ref>/end")
@requires(P.PILOTS_MANAGE)
def move_end(ref: str) -> Response:
    found = queries.pilot(ref)
    form = EndForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.move_end(found.id, form.seen, form.day, actor())
            if saved:
                flash(_("The day was moved."), "done")
                return redirect_see_other(url_for(".pilot", ref=ref))
        except Conflict as conflict:
            found = queries.pilot(ref)
            form.overtaken(conflict, found.version)
    return _page(found, form)


@blueprint.route("/pilots/<ref>/verdict", methods=["GET", "POST"])
@requires(P.PILOTS_MANAGE)
def verdict(ref: str) -> Response:
    """A page of its own: what it does is seen by everybody at once."""
    found = queries.pilot(ref)
    if found.verdict is not None and request.method == "GET":
        return redirect_see_other(url_for(".pilot", ref=ref))
    form = VerdictForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.decide(found.id, form.seen, form.to_decision(), actor())
            if saved:
                flash(_("The verdict stands. The software partner gets a mail."), "done")
                return redirect_see_other(url_for(".pilot", ref=ref))
        except service.HasVerdict as quicker:
            flash(str(quicker.message), "warning")
            return redirect_see_other(url_for(".pilot", ref=ref))
        except Conflict as conflict:
            found = queries.pilot(ref)
            form.overtaken(conflict, found.version)
    return render_page(
        "manuals/desk_pilot_verdict.html", pilot=found, both=_both(found.integration), form=form, status=form.status
    )


# --- an integration ---------------------------------------------------------------------------------------------------


@blueprint.route("/integrations/<ref>/pilot", methods=["GET", "POST"])
@requires(P.PILOTS_MANAGE)
def start_pilot(ref: str) -> Response:
    """With whom: `q` searches all customers; without it those are offered who are credited to the software partner."""
    integration = publications.integration_by_ref(ref)
    q = request.args.get("q", "")[:200]
    found = queries.candidates(integration, q)
    form = StartForm.of(found, actor(), {one.account.ref: _about(one) for one in found})
    obstacle = _obstacle(integration)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = service.start(integration.id, form.to_beginning(), actor())
            if saved:
                flash(_started(made), "done")
                return redirect_see_other(url_for(".pilot", ref=made.ref))
        except Conflict as refused:
            form.refused(refused)
    return render_page(
        "manuals/desk_pilot_start.html",
        integration=integration,
        both=_both(integration),
        q=q,
        found=found,
        credited=any(one.credited for one in found),
        obstacle=obstacle,
        running=queries.running(integration.id),
        form=form,
        status=form.status,
    )


def _about(one: Candidate) -> str:
    where = ", ".join(part for part in (one.account.city, country_name(one.account.country), one.account.ref) if part)
    if one.came:
        return _("%(where)s. Signed up by this onboarding page.", where=where)
    if one.credited:
        return _("%(where)s. Credited to this software partner.", where=where)
    return where


def _started(made: Pilot) -> str:
    if made.plan_id is None:
        return _(
            "The pilot is started, without a plan: the playbook of pilots is not published. The software partner gets "
            "a mail."
        )
    return _("The pilot is started. Customer and software partner get a mail.")


def _obstacle(integration: Integration) -> Conflict | None:
    """Why no pilot can start now, before anybody fills in a form."""
    product = integration.product
    if product.archived_at is not None or not product.partner.is_active or integration.stage == Stage.WITHDRAWN:
        return service.NotWorkedOn()
    if queries.running(integration.id) is not None:
        return service.OneRuns()
    if integration.stage == Stage.LISTED:
        return service.AlreadyListed()
    if integration.stage != Stage.PILOT or not queries.is_out(integration.id):
        return service.NotOutYet()
    return None


@blueprint.route("/integrations/<ref>/withdrawal", methods=["GET", "POST"])
@requires(P.PILOTS_MANAGE)
def withdraw(ref: str) -> Response:
    integration = publications.integration_by_ref(ref)
    product_url = url_for("integrations_desk.product", ref=integration.product.ref)
    if integration.stage == Stage.WITHDRAWN and request.method == "GET":
        return redirect_see_other(product_url)
    form = WithdrawForm(data={"version": str(integration.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                stages.withdraw(integration.id, form.seen, form.reason.data, actor())
            if saved:
                flash(_("The integration is withdrawn."), "done")
                return redirect_see_other(product_url)
        except Conflict as conflict:
            integration = publications.integration_by_ref(ref)
            form.overtaken(conflict, integration.version)
    return render_page(
        "manuals/desk_withdraw.html",
        integration=integration,
        both=_both(integration),
        product_url=product_url,
        form=form,
        status=form.status,
    )


@blueprint.post("/integrations/<ref>/return")
@requires(P.PILOTS_MANAGE)
def put_back(ref: str) -> Response:
    integration = publications.integration_by_ref(ref)
    product_url = url_for("integrations_desk.product", ref=integration.product.ref)
    try:
        made = stages.put_back(integration.id, number_in(request.form.get("version"), -1), actor())
    except Conflict as refused:
        flash(str(refused.message), "warning")
    else:
        flash(f"{STAGES[made.stage]}. {STAGE_NEXT[made.stage]}".removesuffix(" "), "done")
    return redirect_see_other(product_url)
