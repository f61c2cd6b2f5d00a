"""The support agreement of a software partner at the desk: its versions, drafting, proposing, confirming."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import comparing, told, words
from app.cooperation.desk import blueprint
from app.cooperation.forms.agreements import AgreementForm, TrainedForm
from app.cooperation.models import AgreementState, SupportAgreement
from app.cooperation.queries import agreements as queries
from app.cooperation.queries.agreements import Standing
from app.cooperation.service import agreements as service
from app.core.carried import number_in
from app.core.clock import today
from app.core.errors import Conflict, DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import by_ref
from app.settings.models import vendor


@blueprint.get("/software-partners/<ref>/agreement")
@requires(P.COOPERATION_MANAGE)
def agreement(ref: str) -> Response:
    return _page(by_ref(ref))


def _page(partner: SoftwarePartner, refused: DomainError | None = None, form: TrainedForm | None = None) -> Response:
    standing = queries.of_partner(partner.id)
    shown = standing.under_way or standing.in_force
    return render_page(
        "cooperation/desk_agreement.html",
        partner=partner,
        standing=standing,
        shown=shown,
        invoicing=queries.invoicing(shown),
        words=words,
        form=form or TrainedForm(formdata=None, data={"on": _training_day(standing)}),
        entries=told.timeline(entries_of(shown)) if shown else [],
        refused=refused.message if refused else "",
        status=refused.status if refused else form.status if form else 200,
    )


def _training_day(standing: Standing) -> Any:
    """The planned day, once it has come."""
    day = standing.in_force.training_on if standing.in_force else None
    return day if day is not None and day <= today(vendor().timezone) else None


@blueprint.get("/software-partners/<ref>/agreement/versions.<any(csv, xlsx):format>")
@requires(P.COOPERATION_MANAGE)
def agreements_file(ref: str, format: str) -> Response:
    partner = by_ref(ref)
    header = [
        _("Reference"),
        _("Version"),
        _("State"),
        *(str(told.FIELDS[name]) for name in comparing.COMPARED),
        _("Training held on"),
        _("Proposed at"),
        _("Confirmed for the vendor by"),
        _("Confirmed for the software partner by"),
        _("In force since"),
    ]
    return table_response(
        format,
        _("support agreements"),
        header,
        (
            [
                one.ref,
                one.number,
                words.AGREEMENT_STATES[one.state],
                *comparing.values_of(one),
                one.trained_on,
                one.proposed_at,
                one.vendor_by.name if one.vendor_by else "",
                one.partner_by.name if one.partner_by else "",
                one.in_force_at,
            ]
            for one in queries.of_partner(partner.id).versions
        ),
    )


@blueprint.route("/software-partners/<ref>/agreement/new", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def new_agreement(ref: str) -> Response:
    """The next version, with the words of the one before."""
    partner = by_ref(ref)
    standing = queries.of_partner(partner.id)
    form = AgreementForm.of(next(iter(standing.versions), None))
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.draft(partner.id, form.to_details(), actor())
            if saved:
                flash(_("The draft is saved. The software partner sees it once you propose it."), "done")
                return redirect_see_other(url_for(".agreement", ref=ref))
        except Conflict as conflict:
            form.refused(conflict)
    elif standing.under_way is not None and not form.is_submitted():
        return redirect_see_other(url_for(".agreement", ref=ref))
    return _form_page(partner, form, None)


@blueprint.route("/software-partners/<ref>/agreement/<int:number>/edit", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def edit_agreement(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    form = AgreementForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.edit(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The draft is saved."), "done")
                return redirect_see_other(url_for(".agreement", ref=ref))
        except service.NotADraft as conflict:
            form.refused(conflict)
        except Conflict as conflict:
            form.overtaken(conflict, _version(partner, number).version)
    elif found.state != AgreementState.DRAFT and not form.is_submitted():
        return redirect_see_other(url_for(".agreement_version", ref=ref, number=number))
    return _form_page(partner, form, found)


def _form_page(partner: SoftwarePartner, form: AgreementForm, found: SupportAgreement | None) -> Response:
    return render_page(
        "cooperation/desk_agreement_form.html",
        partner=partner,
        form=form,
        agreement=found,
        invoicing=queries.invoicing(None),
        status=form.status,
    )


@blueprint.get("/software-partners/<ref>/agreement/<int:number>")
@requires(P.COOPERATION_MANAGE)
def agreement_version(ref: str, number: int) -> Response:
    """One version; `?with=` puts another one beside it."""
    partner = by_ref(ref)
    standing = queries.of_partner(partner.id)
    found = queries.version(standing, number, drafts=True)
    return render_page(
        "cooperation/desk_agreement_version.html",
        partner=partner,
        agreement=found,
        invoicing=queries.invoicing(found),
        words=words,
        **comparing.beside(found, standing.versions, request.args.get("with", "")),
    )


@blueprint.post("/software-partners/<ref>/agreement/<int:number>/proposal")
@requires(P.COOPERATION_MANAGE)
def propose_agreement(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    message: Any = {
        "text": str(_("Proposed. The owners of the software partner get a mail.")),
        "undo_url": url_for(".take_back_agreement", ref=ref, number=number),
        "undo_fields": {"version": found.version + 1},
    }
    return _done(partner, lambda: service.propose(found.id, _seen(), actor()), message)


@blueprint.post("/software-partners/<ref>/agreement/<int:number>/taking-back")
@requires(P.COOPERATION_MANAGE)
def take_back_agreement(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    return _done(partner, lambda: service.take_back(found.id, _seen(), actor()), _("Taken back. It is a draft again."))


@blueprint.post("/software-partners/<ref>/agreement/<int:number>/confirmation")
@requires(P.COOPERATION_MANAGE)
def confirm_agreement(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    return _done(
        partner,
        lambda: service.confirm(found.id, _seen(), actor(), for_vendor=True),
        _("Confirmed for us."),
    )


@blueprint.route("/software-partners/<ref>/agreement/<int:number>/disposal", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def discard_agreement(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    if request.method == "GET":
        if found.state != AgreementState.DRAFT:
            return redirect_see_other(url_for(".agreement", ref=ref))
        return render_page("cooperation/desk_agreement_discard.html", partner=partner, agreement=found)
    return _done(partner, lambda: service.discard(found.id, _seen(), actor()), _("The draft is thrown away."))


@blueprint.post("/software-partners/<ref>/agreement/<int:number>/training")
@requires(P.COOPERATION_MANAGE)
def team_trained(ref: str, number: int) -> Response:
    partner = by_ref(ref)
    found = _version(partner, number)
    form = TrainedForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.trained(found.id, form.to_details(), actor())
            if saved:
                flash(_("Noted: the support team is trained."), "done")
                return redirect_see_other(url_for(".agreement", ref=ref, _anchor="training"))
        except Conflict as conflict:
            form.refused(conflict)
    return _page(partner, form=form)


def _done(partner: SoftwarePartner, verb: Callable[[], object], message: Any) -> Response:
    try:
        verb()
    except Conflict as refused:
        return _page(partner, refused)
    flash(message, "done")
    return redirect_see_other(url_for(".agreement", ref=partner.ref))


def _seen() -> int:
    return number_in(request.form.get("version"), -1)


def _version(partner: SoftwarePartner, number: int) -> SupportAgreement:
    return queries.version(queries.of_partner(partner.id), number, drafts=True)
