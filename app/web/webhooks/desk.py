"""Addresses that are told of events: added, stopped, started, tried, and everything that was sent to them."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, ngettext
from app.outbox import pause as outbox_pause
from app.outbox.webhooks import events, queries, sender, service, signing
from app.outbox.webhooks.models import DeliveryState, WebhookState
from app.outbox.webhooks.queries import Box, Counts
from app.settings.models import vendor
from app.web.settings import door
from app.web.webhooks.forms import ReplayForm, WebhookForm

blueprint = Blueprint("webhooks_desk", __name__, url_prefix="/desk/webhooks")

STATES: dict[WebhookState, tuple[str, Any, str]] = {
    WebhookState.ON: ("done", _l("Switched on"), "done"),
    WebhookState.PAUSED: ("no", _l("Paused"), ""),
    WebhookState.OFF: ("flag", _l("Switched off after failures"), "act"),
}
"""Glyph, words and tone of each state."""

DELIVERY_STATES: dict[DeliveryState, tuple[str, Any, str]] = {
    DeliveryState.QUEUED: ("wait", _l("Waiting to be sent"), ""),
    DeliveryState.SENDING: ("wait", _l("Being sent"), ""),
    DeliveryState.DELIVERED: ("done", _l("Arrived"), "done"),
    DeliveryState.FAILED: ("flag", _l("Given up"), "act"),
}

BOX_NAMES = {Box.WAITING: _l("Waiting"), Box.DELIVERED: _l("Arrived"), Box.FAILED: _l("Given up")}

OUTCOMES = {
    "delivered": _l("The other system took it."),
    "refused": _l("The other system answered with an error."),
    "unreachable": _l("The other system could not be reached."),
    "private": _l("The address leads into a private network, so nothing was sent."),
    "unreadable": _l("The message could not be written."),
}


@blueprint.context_processor
def _pages() -> dict[str, Any]:
    return {"settings_pages": door.tabs, "event_name": event_name}


def event_name(type: str) -> str:
    """The type in words."""
    if type == events.TEST:
        return _("Test event")
    for kind, known in events.offered():
        if type == events.every(kind):
            return _("%(records)s: all events", records=kind.name)
        for event in known:
            if event.type == type:
                return _("%(records)s: %(event)s", records=kind.name, event=event.name)
    return type


@blueprint.get("")
@requires(P.SETTINGS_MANAGE)
def webhooks() -> Response:
    return render_page(
        "webhooks/webhooks.html",
        webhooks=queries.all_of_them(),
        counts=queries.counts(),
        nothing=Counts(),
        states=STATES,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def add() -> Response:
    form = WebhookForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            webhook = service.add(form.to_details(), actor())
        if saved:
            return _done(webhook.ref, _("The address was added. Show its secret now and enter it in the other system."))
    return render_page("webhooks/form.html", form=form, webhook=None, status=form.status)


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def edit(ref: str) -> Response:
    found = queries.by_ref(ref)
    form = WebhookForm(obj=found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.edit(found.id, form.to_details(), form.seen, actor())
            if saved:
                return _done(ref, _("The address was changed."))
        except Conflict as conflict:
            form.overtaken(conflict, queries.by_ref(ref).version)
    return render_page("webhooks/form.html", form=form, webhook=found, status=form.status)


@blueprint.get("/<ref>")
@requires(P.SETTINGS_MANAGE)
def webhook(ref: str) -> Response:
    found = queries.by_ref(ref)
    box = _box(request.args.get("state", ""))
    counts = queries.counts().get(found.id, Counts())
    numbers = {Box.WAITING: counts.waiting, Box.FAILED: counts.failed}
    tabs = [{"label": _("All"), "url": url_for(".webhook", ref=ref), "current": box is None}]
    tabs += [
        {
            "label": name,
            "url": url_for(".webhook", ref=ref, state=one.value),
            "current": box is one,
            "count": numbers.get(one) or None,
        }
        for one, name in BOX_NAMES.items()
    ]
    return render_page(
        "webhooks/webhook.html",
        webhook=found,
        counts=counts,
        found=queries.page(found, box, request.args.get("cursor")),
        tabs=tabs,
        box=box,
        states=STATES,
        delivery_states=DELIVERY_STATES,
        sending_paused=outbox_pause.standing() is not None,
    )


@blueprint.post("/<ref>/secret")
@requires(P.SETTINGS_MANAGE)
def secret(ref: str) -> Response:
    """Answered with a page: the secret stands in no address, cookie or cache, and a reload shows it no more."""
    found = queries.by_ref(ref)
    return render_page("webhooks/secret.html", webhook=found, secret=service.show_secret(found.id, actor()))


@blueprint.get("/<ref>/secret-renewal")
@requires(P.SETTINGS_MANAGE)
def confirm_renewal(ref: str) -> Response:
    return render_page("webhooks/renewal.html", webhook=queries.by_ref(ref))


@blueprint.post("/<ref>/secret-renewal")
@requires(P.SETTINGS_MANAGE)
def renew_secret(ref: str) -> Response:
    service.renew_secret(queries.by_ref(ref).id, actor())
    return _done(ref, _("There is a new secret. The former one stays valid for 24 hours beside it."))


@blueprint.post("/<ref>/former-secret-end")
@requires(P.SETTINGS_MANAGE)
def end_former_secret(ref: str) -> Response:
    service.end_former_secret(queries.by_ref(ref).id, actor())
    return _done(ref, _("The former secret is no longer valid."))


@blueprint.post("/<ref>/test")
@requires(P.SETTINGS_MANAGE)
def test(ref: str) -> Response:
    sent = service.send_test(queries.by_ref(ref).id, actor())
    flash(_("A test event is on its way. This page shows within seconds what was answered; load it again."), "done")
    return redirect_see_other(url_for(".delivery", ref=ref, event=sent.ref))


@blueprint.post("/<ref>/pause")
@requires(P.SETTINGS_MANAGE)
def pause(ref: str) -> Response:
    service.pause(queries.by_ref(ref).id, actor())
    return _done(ref, {"text": _("Paused. Events gather here and wait."), "undo_url": url_for(".resume", ref=ref)})


@blueprint.post("/<ref>/resumption")
@requires(P.SETTINGS_MANAGE)
def resume(ref: str) -> Response:
    service.resume(queries.by_ref(ref).id, actor())
    return _done(ref, _("Switched on. What waits is sent now."))


@blueprint.get("/<ref>/removal")
@requires(P.SETTINGS_MANAGE)
def confirm_removal(ref: str) -> Response:
    return render_page("webhooks/removal.html", webhook=queries.by_ref(ref))


@blueprint.post("/<ref>/removal")
@requires(P.SETTINGS_MANAGE)
def remove(ref: str) -> Response:
    service.remove(queries.by_ref(ref).id, actor())
    flash(_("The address was removed. It is told nothing any more."), "done")
    return redirect_see_other(url_for(".webhooks"))


@blueprint.route("/<ref>/replay", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def replay_failed(ref: str) -> Response:
    found = queries.by_ref(ref)
    form = ReplayForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            assert form.since.data is not None
            since = datetime.combine(form.since.data, time(), ZoneInfo(vendor().timezone))
            count = service.replay_failed(found.id, since, actor())
        if saved:
            return _done(ref, ngettext("%(num)s event is sent again.", "%(num)s events are sent again.", count))
    return render_page("webhooks/replay.html", form=form, webhook=found, status=form.status)


@blueprint.get("/<ref>/events/<event>")
@requires(P.SETTINGS_MANAGE)
def delivery(ref: str, event: str) -> Response:
    found = queries.delivery(queries.by_ref(ref), event)
    return render_page(
        "webhooks/delivery.html",
        delivery=found,
        webhook=found.webhook,
        message=json.dumps(json.loads(signing.body_of(found)), indent=2),
        states=DELIVERY_STATES,
        outcomes=OUTCOMES,
        answer_in_words=_answer_in_words,
        sending_paused=outbox_pause.standing() is not None,
    )


def _answer_in_words(kept: str) -> str:
    """What was answered as it came; our own words for no answer in the reader's language."""
    if kept == sender.UNKNOWN_NAME:
        return _("The name could not be looked up.")
    if kept == sender.TOO_SLOW:
        return _("No answer within %(num)s seconds.", num=f"{sender.SECONDS:.0f}")
    return kept


@blueprint.post("/<ref>/events/<event>/replay")
@requires(P.SETTINGS_MANAGE)
def replay(ref: str, event: str) -> Response:
    found = queries.delivery(queries.by_ref(ref), event)
    service.replay(found.id, actor())
    flash(_("The event is sent again."), "done")
    return redirect_see_other(url_for(".delivery", ref=ref, event=event))


def _done(ref: str, said: Any) -> Response:
    """Back to the page of the address, with what happened: words, or words with their undoing (see flashes())."""
    flash(said, "done")
    return redirect_see_other(url_for(".webhook", ref=ref))


def _box(text: str) -> Box | None:
    with suppress(ValueError):
        return Box(text)
    return None
