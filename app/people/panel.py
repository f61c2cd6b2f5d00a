"""Doors to an organisation's people, for its members; owners invite, change and remove."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.roles import MEMBER_ROLE_NAMES, MemberRole
from app.core.errors import DomainError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.limits import limiter
from app.core.tables import table_response
from app.people import landing, queries
from app.people.forms import MemberForm, RoleForm
from app.people.models import Membership, Organisation
from app.people.service import places
from app.people.tries import TooManyTries

blueprint = Blueprint("people_panel", __name__, url_prefix="/panel/people")


@blueprint.get("")
@requires(P.PANEL_PEOPLE_READ)
def people() -> Response:
    return _people()


def _people(warning: DomainError | None = None) -> Response:
    """The list; with a warning when a rule said no."""
    organisation = _organisation()
    members = queries.members_of(organisation)
    owners = [held.person_id for held in members if held.role == MemberRole.OWNER and held.person.is_active]
    return render_page(
        "people/panel_people.html",
        organisation=organisation,
        members=members,
        must_stay=places.LastOwner().message if owners == [actor().id] else "",
        invitations=queries.open_invitations(organisation),
        roles=MEMBER_ROLE_NAMES,
        warning=warning.message if warning else "",
        status=warning.status if warning else 200,
    )


@blueprint.get("/people.<any(csv, xlsx):format>")
@requires(P.PANEL_PEOPLE_READ)
def people_file(format: str) -> Response:
    """Members, then those who were invited."""
    organisation = _organisation()
    header = [_("Name"), _("E-mail address"), _("Role"), _("Member since"), _("Invitation sent")]
    members = [
        [held.person.name, held.person.email, MEMBER_ROLE_NAMES[MemberRole(held.role)], held.created_at, None]
        for held in queries.members_of(organisation)
    ]
    invited = [
        [asked.name, asked.email, MEMBER_ROLE_NAMES[MemberRole(asked.role)], None, asked.sent_at]
        for asked in queries.open_invitations(organisation)
    ]
    return table_response(format, _("people"), header, [*members, *invited])


@blueprint.route("/invite", methods=["GET", "POST"])
@requires(P.PANEL_PEOPLE_MANAGE)
@limiter.limit("20 per minute", methods=["POST"])
def invite() -> Response:
    form = MemberForm(data={"role": MemberRole.MEMBER, "locale": actor().locale})
    if form.validate_on_submit():
        try:
            places.invite(_organisation(), form.to_details(), actor())
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            flash(str(_("The invitation is on its way to %(email)s.", email=form.email.data)), "done")
            return redirect_see_other(url_for("people_panel.people"))
    return render_page("people/panel_invite.html", form=form, status=422 if form.problems else 200)


@blueprint.post("/invitations/<ref>/again")
@requires(P.PANEL_PEOPLE_MANAGE)
@limiter.limit("20 per minute")
def invite_again(ref: str) -> Response:
    invitation = queries.invitation(_organisation().id, ref)
    places.invite_again(invitation, actor())
    flash(str(_("The invitation is on its way to %(email)s.", email=invitation.email)), "done")
    return redirect_see_other(url_for("people_panel.people"))


@blueprint.post("/invitations/<ref>/withdrawal")
@requires(P.PANEL_PEOPLE_MANAGE)
def withdraw(ref: str) -> Response:
    places.withdraw_invitation(queries.invitation(_organisation().id, ref), actor())
    flash(str(_("The invitation is withdrawn; its link no longer works.")), "done")
    return redirect_see_other(url_for("people_panel.people"))


@blueprint.route("/<ref>/role", methods=["GET", "POST"])
@requires(P.PANEL_PEOPLE_MANAGE)
def role(ref: str) -> Response:
    membership = _membership(ref)
    form = RoleForm(data={"role": membership.role})
    if form.validate_on_submit():
        try:
            places.change_role(membership, form.role.data, actor())
        except DomainError as error:
            form.fail(error)
            membership = _membership(ref)
        else:
            flash(str(_("The role is changed.")), "done")
            return redirect_see_other(url_for("people_panel.people"))
    return render_page("people/panel_role.html", form=form, member=membership, status=422 if form.problems else 200)


@blueprint.route("/<ref>/removal", methods=["GET", "POST"])
@requires(P.PANEL_PEOPLE_MANAGE)
def removal(ref: str) -> Response:
    return _end(_membership(ref))


@blueprint.route("/leaving", methods=["GET", "POST"])
@requires(P.PANEL_PEOPLE_READ)
def leaving() -> Response:
    """Leaves the organisation oneself."""
    return _end(_membership(actor().ref))


def _end(membership: Membership) -> Response:
    own = membership.person_id == actor().id
    if request.method != "POST":
        if queries.is_last_owner(membership):
            return _people(places.LastOwner())
        return render_page("people/panel_removal.html", member=membership, own=own)
    try:
        places.end_membership(membership, actor())
    except places.LastOwner as error:
        return _people(error)
    if own:
        flash(str(_("You have left %(name)s.", name=membership.organisation.name)), "done")
        return redirect_see_other(url_for("people_my.home"))
    flash(str(_("The member is removed and cannot sign in here from now on.")), "done")
    return redirect_see_other(url_for("people_panel.people"))


def _organisation() -> Organisation:
    """The organisation that the person works for now, while its programme runs."""
    held = actor().membership
    if held is None or not landing.may_see_people(actor()):
        raise NotFound
    return held.organisation


def _membership(ref: str) -> Membership:
    return queries.membership(_organisation().id, ref)
