"""Files of what stands beside the resellers: their people, addresses and accesses, the systems, the welcome package."""

from __future__ import annotations

from flask import Response, current_app, url_for

from app.access.guard import requires
from app.access.permissions import P
from app.access.roles import MEMBER_ROLE_NAMES, MemberRole
from app.core import identifiers
from app.core.i18n import NAMES, _
from app.core.paging import everything_of
from app.core.tables import table_response
from app.partners import queries, told
from app.partners.desk.door import blueprint
from app.partners.models import AccessState, GrantedAccess, PersonalLink
from app.people.models import Membership


@blueprint.get("/desk/reseller-people.<any(csv, xlsx):format>")
@requires(P.RESELLERS_READ)
def people_file(format: str) -> Response:
    header = [
        _("Reseller"),
        _("Reference"),
        _("Name"),
        _("E-mail address"),
        _("Phone"),
        _("Language"),
        _("Role"),
        _("Since"),
        _("Last sign-in"),
    ]
    rows = (
        [
            reseller.organisation.name,
            reseller.ref,
            held.person.name,
            held.person.email,
            identifiers.show_phone(held.person.phone) if held.person.phone else "",
            NAMES.get(held.person.locale, held.person.locale),
            MEMBER_ROLE_NAMES[MemberRole(held.role)],
            held.created_at,
            held.person.signed_in_at,
        ]
        for held, reseller in everything_of(queries.everybody(), Membership.id, descending=False)
    )
    return table_response(format, _("people of resellers"), header, rows)


@blueprint.get("/desk/reseller-addresses.<any(csv, xlsx):format>")
@requires(P.RESELLERS_READ)
def addresses_file(format: str) -> Response:
    """Those that were imported come back through the same import."""
    header = [_("Address"), _("Reseller"), _("Name of the reseller"), _("Kind"), _("Since"), _("Withdrawn on")]
    rows = (
        [
            f"/{link.slug}" if link.is_alias else url_for("leads_public.registration", slug=link.slug),
            link.reseller.ref,
            link.reseller.organisation.name,
            _("In circulation before") if link.is_alias else _("Personal link"),
            link.created_at,
            link.withdrawn_at,
        ]
        for link in everything_of(queries.every_link(), PersonalLink.id, descending=False)
    )
    return table_response(format, _("addresses of resellers"), header, rows)


@blueprint.get("/desk/systems/accesses.<any(csv, xlsx):format>")
@requires(P.RESELLERS_MANAGE)
def accesses_file(format: str) -> Response:
    header = [_("Reseller"), _("Reference"), _("System"), _("State"), _("Changed on"), _("Still open in the system")]
    rows = (
        [
            access.reseller.organisation.name,
            access.reseller.ref,
            access.system.name,
            told.ACCESS_STATES[AccessState(access.state)],
            access.changed_at,
            _("Yes") if access.to_close else _("No"),
        ]
        for access in everything_of(queries.every_access(), GrantedAccess.id, descending=False)
    )
    return table_response(format, _("accesses"), header, rows)


@blueprint.get("/desk/systems/systems.<any(csv, xlsx):format>")
@requires(P.RESELLERS_MANAGE)
def systems_file(format: str) -> Response:
    counts = queries.accesses_by_system()
    header = [_("System"), _("Offered"), *(told.ACCESS_STATES[state] for state in AccessState)]
    rows = (
        [
            system.name,
            _("Yes") if system.offered else _("No"),
            *(counts.get((system.id, state.value), 0) for state in AccessState),
        ]
        for system in queries.systems()
    )
    return table_response(format, _("systems"), header, rows)


@blueprint.get("/desk/welcome-package/welcome-package.<any(csv, xlsx):format>")
@requires(P.RESELLERS_MANAGE)
def welcome_package_file(format: str) -> Response:
    """All languages, each in its order."""
    header = [_("Reference"), _("Language"), _("Title"), _("Description"), _("Kind"), _("Address")]
    rows = (
        [
            item.ref,
            NAMES[item.locale],
            item.title,
            item.description,
            _("Link") if item.url else _("File"),
            item.url or current_app.config["GANGWAY"].public_url + url_for(".welcome_file", ref=item.ref),
        ]
        for item in queries.welcome_items()
    )
    return table_response(format, _("welcome package"), header, rows)
