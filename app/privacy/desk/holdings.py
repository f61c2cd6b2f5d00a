"""What is held about one person: looked up by their address, given to them, and erased.

Addresses of pages name nobody: they stand in browsers' histories and servers' logs. So the person in them is encrypted.
"""

from __future__ import annotations

import io

from flask import Response, flash, request, send_file, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.crypto import KeyMissing, decrypt, encrypt
from app.core.db import write
from app.core.errors import FieldError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.privacy import service
from app.privacy.desk import blueprint
from app.privacy.forms.people import EraseForm, LookForm
from app.privacy.models import Erasure, ErasureState
from app.privacy.queries import erasures as queries
from app.privacy.service import exporting, holding
from app.privacy.sources import holdings


@blueprint.route("/people", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def people() -> Response:
    form = LookForm()
    if form.validate_on_submit():
        return redirect_see_other(url_for(".person", who=encrypt(form.email.data.lower())))
    return render_page(
        "privacy/people.html",
        form=form,
        page=queries.page(request.args.get("cursor")),
        states=STATES,
        status=form.status,
    )


STATES = {
    ErasureState.ERASING: ("wait", ""),
    ErasureState.ANSWERING: ("done", "done"),
    ErasureState.DONE: ("done", "done"),
}


@blueprint.get("/erasures.<any(csv, xlsx):format>")
@requires(P.PRIVACY_MANAGE)
def erasures_file(format: str) -> Response:
    """How much was erased and what stays, and nothing about whom."""
    header = [
        _("Reference"),
        _("Begun"),
        _("State"),
        _("Records erased"),
        _("Records of which something stays"),
        _("Ended"),
    ]
    rows = (
        [
            each.ref,
            each.created_at,
            _("Done") if each.state == ErasureState.DONE else _("Under way"),
            sum(each.erased.values()),
            sum(each.kept.values()),
            each.ended_at,
        ]
        for each in queries.everything()
    )
    return table_response(format, _("erasures"), header, rows)


def _email(who: str) -> str:
    """Raises NotFound: nobody of ours made this address of a page."""
    try:
        return decrypt(who)
    except KeyMissing:
        raise NotFound from None


@blueprint.get("/people/<who>")
@requires(P.PRIVACY_MANAGE)
def person(who: str) -> Response:
    email = _email(who)
    looked, lines = holding.held(email, actor())
    return render_page(
        "privacy/person.html",
        fragment="privacy/_person.html",
        who=who,
        email=email,
        looked=looked,
        found=looked.found,
        lines=lines,
        former=service.erased_before(email),
        obstacle=holding.obstacle(looked.found),
    )


@blueprint.post("/people/<who>/export")
@requires(P.PRIVACY_MANAGE)
def export(who: str) -> Response:
    email = _email(who)
    content = service.export(email)
    exporting.note(email, actor())
    return send_file(
        io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=_("personal-data") + ".zip"
    )


@blueprint.route("/people/<who>/erasure", methods=["GET", "POST"])
@requires(P.PRIVACY_MANAGE)
def erase_person(who: str) -> Response:
    """What goes and what stays; then the address typed once more."""
    email = _email(who)
    form = EraseForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            if form.typed.data.lower() != email:
                raise FieldError("typed", _("This is not the address of the person who would be erased"))
            try:
                with write():
                    erasure = service.begin_erasure(email, actor())
            except service.CannotErase as refused:
                raise FieldError("typed", refused.message) from refused
        if saved:
            flash(str(_("The erasure has begun.")), "done")
            return redirect_see_other(url_for(".erasure", ref=erasure.ref))
    looked, lines = holding.held(email, actor())
    if not looked.is_over:
        return redirect_see_other(url_for(".person", who=who))  # which says how far it is
    return render_page(
        "privacy/person_erase.html",
        who=who,
        email=email,
        lines=lines,
        form=form,
        obstacle=holding.obstacle(looked.found),
        status=form.status,
    )


@blueprint.get("/erasures/<ref>")
@requires(P.PRIVACY_MANAGE)
def erasure(ref: str) -> Response:
    """How far an erasure is, and what it did."""
    found = queries.by_ref(ref)
    return render_page(
        "privacy/erasure.html",
        fragment="privacy/_erasure.html",
        erasure=found,
        tables=len(holdings()),
        done=_tables_done(found),
        lines=holding.outcome(found),
        is_over=found.state != ErasureState.ERASING,
        asked=queries.asked_by(found),
    )


def _tables_done(found: Erasure) -> int:
    """In the first round; the rounds after it only look whether anything came meanwhile."""
    return found.place if found.round == 1 else len(holdings())
