"""The guard at each door: an endpoint carries `@requires(permission)` or `@public`, and nothing else opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.access import policy
from app.access.permissions import P
from app.access.scopes import Scope
from app.core import programs
from app.core.errors import Forbidden
from app.core.htmx import redirect_see_other, wants_fragment
from app.core.i18n import _l

if TYPE_CHECKING:
    from app.people.models import Person

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: P) -> Callable[[View], View]:
    """The view is for holders of `permission`. Others: the sign-in page when unknown, 403 when known."""

    def mark(view: View) -> View:
        setattr(view, "gangway_access", permission)  # noqa: B010 - a plain attribute is unknown to the type checker
        return view

    return mark


def public(view: View) -> View:
    """The view is for everybody, on purpose."""
    setattr(view, "gangway_access", "public")  # noqa: B010 - as above
    return view


def elsewhere(find: Callable[[Person], str | None]) -> Callable[[View], View]:
    """One address for people of several kinds: who may not open this view is led to where `find` says, None for
    nowhere."""

    def mark(view: View) -> View:
        setattr(view, "gangway_elsewhere", find)  # noqa: B010 - as above
        return view

    return mark


def scope(needed: Scope) -> Callable[[View], View]:
    """The view of the API needs a token with this scope, beside its person's permission."""

    def mark(view: View) -> View:
        setattr(view, "gangway_scope", needed)  # noqa: B010 - as above
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> P | str | None:
    """What the endpoint carries: a permission, "public", or None, which opens to nobody."""
    return cast("P | str | None", getattr(app.view_functions[endpoint], "gangway_access", None))


def init_app(app: Flask) -> None:
    """Asks at every request. Runs after the language and csrf hooks, before any view."""

    @app.before_request
    def _ask() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # 404 and 405 are answered by Flask itself
        carried = access_of(app, request.endpoint)
        if carried == "public":
            return None
        if not isinstance(carried, P):
            abort(404)
        person = actor_or_none()
        if person is None:
            return _to_sign_in()
        if programs.door_asked():
            _ask_scope(app.view_functions[request.endpoint])
        if not policy.allows(person, carried):
            lead_on = getattr(app.view_functions[request.endpoint], "gangway_elsewhere", None)
            elsewhere = lead_on(person) if lead_on is not None else None
            if elsewhere is not None:
                return redirect(elsewhere, 303)
            raise Forbidden
        return None


def _ask_scope(view: Any) -> None:
    needed: Scope | None = getattr(view, "gangway_scope", None)
    if needed is None:
        abort(404)  # a door of the API that names no scope opens to nobody
    if needed not in g.gangway_scopes:
        raise Forbidden(_l("This token does not have the scope %(scope)s.", scope=needed.value))


def _to_sign_in() -> ResponseReturnValue:
    """Back to where the person wanted to go, after signing in. A fragment is never swapped for a sign-in page."""
    if wants_fragment() or request.method != "GET":
        here = url_for("web.home")
    else:
        here = request.full_path.rstrip("?")
    url = url_for("people_public.sign_in", next=here)
    return redirect_see_other(url) if wants_fragment() else redirect(url, 303)


def may(permission: P) -> bool:
    """For templates and doors: whether the person of this request holds `permission`."""
    person = actor_or_none()
    return person is not None and policy.allows(person, permission)


def actor_or_none() -> Person | None:
    """The person signed in on this request, if any."""
    person = cast("Any", current_user)
    return cast("Person", person._get_current_object()) if person.is_authenticated else None


def actor() -> Person:
    """The person signed in on this request, behind a door that asks for a permission."""
    person = actor_or_none()
    if person is None:
        raise Forbidden
    return person
