"""Who is here: whoever came by a personal link, in which plan, and whether this browser is known to be theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Response, current_app, flash, request, url_for

from app.access import links
from app.access.guard import public
from app.access.links import Purpose
from app.core import csp
from app.core.clock import now
from app.core.errors import DomainError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import speak_to
from app.plans.models import Plan, PlanContact, PlanTask
from app.plans.my import blueprint
from app.plans.party import Hand, customer
from app.plans.queries import entering
from app.plans.tokens import PROVED_FOR, carried

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Guest:
    """Somebody on the customer's side, in one plan."""

    plan: Plan
    contact: PlanContact
    hand: Hand
    proved_at: datetime | None
    only: PlanTask | None = None
    """The only task they see, when their link is for that."""

    @property
    def ref(self) -> str | None:
        """The plan's reference as their addresses carry it; None for one task alone."""
        return None if self.only else self.plan.ref

    def url(self, endpoint: str, **values: Any) -> str:
        """One of their own pages, with the plan's reference where it belongs."""
        return url_for(f"plans_my.{endpoint}", ref=self.ref, **values)

    @property
    def home(self) -> str:
        return self.url("task", task_ref=self.only.ref) if self.only else self.url("plan")


class NotLetIn(DomainError):
    """Nobody came by a link, or it is closed by now."""

    status = 404


class ProveFirst(DomainError):
    """This browser is not known to be theirs."""

    def __init__(self, guest: Guest) -> None:
        super().__init__()
        self.guest = guest


def guest(ref: str | None, task_ref: str | None = None, *, unproved: bool = False) -> Guest:
    """Who came by a link, in the plan of this reference; without one, at the one task that the link is for.

    Raises:
        NotLetIn: by no open link.
        NotFound: into another plan, or at another task.
        ProveFirst: a code has to be typed first; not when `unproved` is allowed.
    """
    csp.private_link()
    purpose = Purpose.PLAN if ref is not None else Purpose.PLAN_TASK
    link_id = links.scope_id(purpose)
    if link_id is None:
        raise NotLetIn
    tokens = carried()
    if ref is not None:
        came = entering.by_plan_link(link_id, ref, tokens)
    else:
        came = entering.by_task_link(link_id, task_ref or "", tokens)
    if came is None:
        raise _nothing_there(purpose)
    speak_to(came.contact.locale)
    hand = customer(came.contact, only_task=came.task.id if came.task else None)
    found = Guest(came.plan, came.contact, hand, came.proved_at, came.task)
    if not unproved and not is_proved(found):
        raise ProveFirst(found)
    return found


def told(text: str, undo_url: str = "", **undo_fields: str) -> None:
    """What just happened, on top of the next page, with a way to undo it."""
    message: Any = {"text": text, "undo_url": undo_url, "undo_fields": undo_fields} if undo_url else text
    flash(message, "done")


def _nothing_there(purpose: Purpose) -> Exception:
    """For one who came by an open link the same page as for a task that their plan does not have, in their language."""
    link = links.in_scope(purpose)
    if link is None:
        return NotLetIn()
    if purpose == Purpose.PLAN:
        contact = entering.contact_of_link(link.subject_id)
    else:
        given = entering.handover_of_link(link.subject_id)
        contact = given.contact if given else None
    if contact is None:
        return NotLetIn()
    speak_to(contact.locale)
    return NotFound()


def is_proved(found: Guest, within: timedelta = PROVED_FOR) -> bool:
    """Whether a mailed code was typed in this browser within that time. A demonstration asks for none."""
    if current_app.config["GANGWAY"].demo:
        return True
    return found.proved_at is not None and now() - found.proved_at < within


def door(rule: str, *, methods: tuple[str, ...] = ("GET",), of_plan_only: bool = False) -> Callable[[View], View]:
    """A page about one task, for people of the plan at `/my/plans/<ref>/tasks/<task_ref>...` and for whoever came by a
    link for that task alone at `/my/tasks/<task_ref>...`."""

    def mark(view: View) -> View:
        public(view)
        name = view.__name__
        blueprint.add_url_rule(f"/plans/<ref>/tasks/<task_ref>{rule}", name, view, methods=methods)
        if not of_plan_only:
            blueprint.add_url_rule(f"/tasks/<task_ref>{rule}", name, view, methods=methods)
        return view

    return mark


@blueprint.errorhandler(NotLetIn)
def _closed(error: NotLetIn) -> Response:
    return render_page("plans/my_closed.html", status=404)


@blueprint.errorhandler(ProveFirst)
def _to_code(error: ProveFirst) -> Response:
    found = error.guest
    where = {"task_ref": found.only.ref} if found.only else {}
    following = request.full_path.rstrip("?") if request.method == "GET" else found.home
    return redirect_see_other(found.url("code", **where, next=following))
