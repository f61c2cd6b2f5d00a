"""The way in by a personal link: to a plan, or to one task of it. The link is not used up; it works until it closes."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, url_for

from app.access import links
from app.access.links import AccessLink, Entrance, LinkClosed, Purpose
from app.core.htmx import redirect_see_other
from app.core.i18n import _, _l, speak_to
from app.plans import texts
from app.plans.queries import entering
from app.plans.queries import my as queries
from app.plans.service import devices
from app.settings.models import vendor


def open_them() -> None:
    links.ENTRANCES[Purpose.PLAN] = Entrance(about=_about_plan, enter=_enter_plan, what_next=_ask)
    links.ENTRANCES[Purpose.PLAN_TASK] = Entrance(about=_about_task, enter=_enter_task, what_next=_ask)


def _about_plan(link: AccessLink) -> tuple[Any, Any, Any]:
    contact = entering.contact_of_link(link.subject_id)
    if contact is None:
        raise LinkClosed
    speak_to(contact.locale)
    name = contact.name
    if current_app.config["GANGWAY"].demo:
        sentence = _("This page is for %(name)s. It shows what is to be done, by whom, and until when.", name=name)
    else:
        sentence = _(
            "This page is for %(name)s. It shows what is to be done, by whom, and until when. On a new device we mail "
            "a code to the same address first.",
            name=name,
        )
    return _("Plan for %(company)s", company=contact.plan.name), sentence, _("Open the plan")


def _enter_plan(link: AccessLink, secret: str) -> Response:
    contact = entering.contact_of_link(link.subject_id)
    if contact is None:
        raise LinkClosed
    ref, task = contact.plan.ref, str(link.payload.get("task", ""))
    devices.entered(contact.id)
    links.enter_scope(link)
    if task and queries.task_in(contact.plan_id, task):
        return redirect_see_other(url_for("plans_my.task", ref=ref, task_ref=task))
    return redirect_see_other(url_for("plans_my.plan", ref=ref))


def _about_task(link: AccessLink) -> tuple[Any, Any, Any]:
    given = entering.handover_of_link(link.subject_id)
    if given is None:
        raise LinkClosed
    speak_to(given.contact.locale)
    title = texts.title_of(given.task, texts.outline_of(given.task.plan))
    return (
        title,
        _(
            "%(company)s asks %(name)s to do this task. This link opens it and nothing else.",
            company=given.task.plan.name,
            name=given.contact.name,
        ),
        _("Open the task"),
    )


def _enter_task(link: AccessLink, secret: str) -> Response:
    given = entering.handover_of_link(link.subject_id)
    if given is None:
        raise LinkClosed
    ref = given.task.ref
    devices.entered(given.contact_id, given.id)
    links.enter_scope(link)
    return redirect_see_other(url_for("plans_my.task", task_ref=ref))


def _ask(link: AccessLink) -> tuple[Any, str, Any] | None:
    """Whom to ask once the link is closed."""
    address = vendor().support_email or vendor().contact_email
    if not address:
        return None
    return (
        _l("Look for a newer mail about this plan, or ask us for a new link: %(email)s", email=address),
        f"mailto:{address}",
        _l("Write to us"),
    )
