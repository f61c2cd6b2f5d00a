"""Doors to the staff, for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.roles import STAFF_ROLE_NAMES, StaffRole
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _, _l
from app.core.tables import table_response
from app.history import service as history
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.people import queries
from app.people.forms import ColleagueForm, RolesForm
from app.people.models import Person
from app.people.service import staff as service

blueprint = Blueprint("people_desk", __name__, url_prefix="/desk/staff")


@blueprint.get("")
@requires(P.STAFF_MANAGE)
def staff() -> Response:
    return render_page("people/desk_staff.html", people=queries.staff(), roles=STAFF_ROLE_NAMES)


@blueprint.get("/staff.<any(csv, xlsx):format>")
@requires(P.STAFF_MANAGE)
def staff_file(format: str) -> Response:
    header = [
        _("Name"),
        _("E-mail address"),
        _("Language"),
        _("Roles"),
        _("Authenticator app"),
        _("Last sign-in"),
        _("Closed on"),
    ]
    rows = (
        [
            one.name,
            one.email,
            NAMES.get(one.locale, one.locale),
            ", ".join(str(STAFF_ROLE_NAMES[StaffRole(role)]) for role in sorted(one.staff_roles)),
            _("Set up") if one.has_totp else _("Not set up"),
            one.signed_in_at,
            one.closed_at,
        ]
        for one in queries.staff()
    )
    return table_response(format, _("staff"), header, rows)


@blueprint.route("/invite", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def invite() -> Response:
    form = ColleagueForm(data={"locale": actor().locale})
    if form.validate_on_submit():
        try:
            person, _path = service.invite(form.to_details(), actor())
        except DomainError as error:
            form.fail(error)
        else:
            flash(str(_("The invitation is on its way to %(email)s.", email=person.email)), "done")
            return redirect_see_other(url_for("people_desk.staff"))
    return render_page("people/desk_invite.html", form=form, status=422 if form.problems else 200)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@requires(P.STAFF_MANAGE)
def member(ref: str) -> Response:
    """One colleague: roles, what was done to the sign-in, and what an administrator may do."""
    person = queries.staff_member(ref)
    form = RolesForm(data={"roles": sorted(person.staff_roles)})
    if form.validate_on_submit():
        try:
            service.set_roles(person, form.roles.data, actor())
        except DomainError as error:
            form.fail(error)
            person = queries.staff_member(ref)
        else:
            return _done(person, _("The roles are changed."), stays=bool(form.roles.data))
    return _page(person, form)


@blueprint.post("/<ref>/invitation")
@requires(P.STAFF_MANAGE)
def invite_again(ref: str) -> Response:
    person = queries.staff_member(ref)
    service.invite_again(person, actor())
    return _done(person, _("The invitation is on its way to %(email)s.", email=person.email))


@blueprint.post("/<ref>/closing")
@requires(P.STAFF_MANAGE)
def close(ref: str) -> Response:
    person = queries.staff_member(ref)
    try:
        service.close(person, actor())
    except DomainError as error:
        return _refused(person, error)
    flash(
        {  # type: ignore[arg-type]  # the layouts show a mapping as text with an undo button
            "text": str(_("The access is closed, everywhere and from now on.")),
            "undo_url": url_for("people_desk.reopen", ref=person.ref),
        },
        "done",
    )
    return redirect_see_other(url_for("people_desk.member", ref=person.ref))


@blueprint.post("/<ref>/reopening")
@requires(P.STAFF_MANAGE)
def reopen(ref: str) -> Response:
    person = queries.staff_member(ref)
    service.reopen(person, actor())
    return _done(person, _("The access is open again, with the roles of before."))


@blueprint.post("/<ref>/authenticator-reset")
@requires(P.STAFF_MANAGE)
def reset_totp(ref: str) -> Response:
    person = queries.staff_member(ref)
    try:
        service.reset_totp(person, actor())
    except DomainError as error:
        return _refused(person, error)
    return _done(person, _("The authenticator app is removed. The person was told by mail and sets it up anew."))


@blueprint.post("/<ref>/signing-out")
@requires(P.STAFF_MANAGE)
def sign_out_everywhere(ref: str) -> Response:
    person = queries.staff_member(ref)
    service.sign_out_everywhere(person, actor())
    return _done(person, _("The person is signed out everywhere."))


def _done(person: Person, text: str, *, stays: bool = True) -> Response:
    flash(str(text), "done")
    where = url_for("people_desk.member", ref=person.ref) if stays else url_for("people_desk.staff")
    return redirect_see_other(where)


def _refused(person: Person, error: DomainError) -> Response:
    person = queries.staff_member(person.ref)  # what was read before the refusal is no longer held
    form = RolesForm(formdata=None, data={"roles": sorted(person.staff_roles)})
    form.fail(error)
    return _page(person, form, status=error.status)


def _page(person: Person, form: RolesForm, status: int = 422) -> Response:
    entries = history.entries_of(person, limit=30)
    names = queries.names_of(entry.actor_id for entry in entries)
    return render_page(
        "people/desk_member.html",
        form=form,
        member=person,
        own=person.id == actor().id,
        entries=[_line(entry, names) for entry in entries],
        status=status if form.problems else 200,
    )


VERBS = {
    "person.created": _l("Added to the people"),
    "person.roles_changed": _l("Roles changed"),
    "person.came_in": _l("Accepted the invitation"),
    "person.profile_changed": _l("Details changed"),
    "person.password_changed": _l("Password changed"),
    "person.password_reset": _l("Password set anew by a mailed link"),
    "person.totp_added": _l("Authenticator app set up"),
    "person.totp_removed": _l("Authenticator app removed"),
    "person.totp_reset": _l("Authenticator app reset by an administrator"),
    "person.recovery_codes_renewed": _l("New recovery codes made"),
    "person.recovery_code_used": _l("Signed in with a recovery code"),
    "person.email_change_asked": _l("Change of e-mail address asked"),
    "person.email_change_withdrawn": _l("Change of e-mail address withdrawn"),
    "person.email_changed": _l("E-mail address changed"),
    "person.signed_out_everywhere": _l("Signed out everywhere"),
    "person.closed": _l("Access closed"),
    "person.reopened": _l("Access opened again"),
}
words.name(VERBS)
FIELDS = {
    "name": _l("Name"),
    "phone": _l("Phone"),
    "locale": _l("Language"),
    "email": _l("E-mail address"),
    "roles": _l("Roles"),
}


def _line(entry: HistoryEntry, names: dict[int, str]) -> Told:
    changes = [
        (FIELDS[value.field], _shown(value.field, value.old), _shown(value.field, value.new))
        for value in entry.values
        if value.field in FIELDS
    ]
    who = names.get(entry.actor_id, "") if entry.actor_id is not None else ""
    is_state = entry.verb in ("person.closed", "person.reopened", "person.came_in")
    return Told(entry.at, who, words.of(entry.verb), changes, is_state)


def _shown(name: str, value: Any) -> Any:
    if name == "roles":
        return ", ".join(str(STAFF_ROLE_NAMES[StaffRole(code)]) for code in value or ())
    if name == "locale":
        return NAMES.get(value, value)
    return value
