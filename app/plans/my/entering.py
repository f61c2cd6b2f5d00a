"""The mailed code that a new device is asked for."""

from __future__ import annotations

from flask import Response, flash, request

from app.access.guard import public
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.limits import PUBLIC_FORM, limiter
from app.core.paths import own_path
from app.plans.forms.my import CodeForm
from app.plans.my import blueprint
from app.plans.my.scope import Guest, guest, is_proved
from app.plans.service import devices
from app.plans.service.devices import TooManyTries
from app.plans.tokens import carried, keep_token


@blueprint.route("/plans/<ref>/code", methods=["GET", "POST"])
@blueprint.route("/tasks/<task_ref>/code", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM)
def code(ref: str | None = None, task_ref: str | None = None) -> Response:
    """GET tells that a code is needed and sends none: looking writes nothing, and a mail scanner looks."""
    here = guest(ref, task_ref, unproved=True)
    form = CodeForm(data={"next": own_path(request.args.get("next")) or here.home})
    if form.validate_on_submit():
        secret = None
        with form.attempt():
            secret = devices.prove(here.contact.id, form.code.data, carried())
        if secret is not None:
            response = redirect_see_other(own_path(form.next.data) or here.home)
            if secret:
                keep_token(response, secret)
            return response
    return _page(here, form)


@blueprint.post("/plans/<ref>/code/mail")
@blueprint.post("/tasks/<task_ref>/code/mail")
@public
@limiter.limit("10 per minute")
def send_code(ref: str | None = None, task_ref: str | None = None) -> Response:
    """Mails a code to the address that the link was for."""
    here = guest(ref, task_ref, unproved=True)
    form = CodeForm(data={"next": own_path(request.form.get("next")) or here.home})
    try:
        devices.send_code(here.contact.id)
    except TooManyTries as locked:
        response = _page(here, form, locked=-(-locked.retry_after // 60), status=429)
        response.headers["Retry-After"] = str(locked.retry_after)
        return response
    flash(_("The code is on its way."), "done")
    where = {"task_ref": here.only.ref} if here.only else {}
    return redirect_see_other(here.url("code", **where, next=form.next.data))


def _page(here: Guest, form: CodeForm, *, locked: int = 0, status: int = 0) -> Response:
    return render_page(
        "plans/my_code.html",
        here=here,
        form=form,
        sent_at=devices.waiting_code(here.contact.id),
        locked=locked,
        known=is_proved(here),
        where={"task_ref": here.only.ref} if here.only else {},
        status=status or form.status,
    )
