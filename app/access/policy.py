"""Who may do what, on one page: each permission and the rule that grants it.

Rules look at people through the protocol below, so this page depends on no feature. Which *records* a person sees is
said by each feature's `queries.visible_to(actor)`; this page says which *verbs* a person has at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.access.permissions import P
from app.access.roles import MemberRole, OrganisationKind, StaffRole


class Actor(Protocol):
    """A signed-in person as the rules see them."""

    @property
    def is_active(self) -> bool: ...

    @property
    def staff_roles(self) -> frozenset[StaffRole]: ...

    def membership_role(self, kind: OrganisationKind) -> MemberRole | None:
        """The role in the organisation of this kind that the person works for now."""


Rule = Callable[[Actor], bool]


def _anybody(actor: Actor) -> bool:
    return True


def _staff(*roles: StaffRole) -> Rule:
    """Holders of one of these roles; without any named, all staff. An administrator may do all that staff may."""
    allowed = frozenset(roles) | {StaffRole.ADMINISTRATOR} if roles else frozenset(StaffRole)
    return lambda actor: bool(actor.staff_roles & allowed)


def _reseller(*roles: MemberRole) -> Rule:
    return _member(OrganisationKind.RESELLER, roles)


def _service_partner(*roles: MemberRole) -> Rule:
    return _member(OrganisationKind.SERVICE_PARTNER, roles)


def _software_partner(*roles: MemberRole) -> Rule:
    return _member(OrganisationKind.SOFTWARE_PARTNER, roles)


def _either(*rules: Rule) -> Rule:
    return lambda actor: any(rule(actor) for rule in rules)


def _member(kind: OrganisationKind, roles: tuple[MemberRole, ...]) -> Rule:
    allowed = frozenset(roles or MemberRole)
    return lambda actor: actor.membership_role(kind) in allowed


_S = StaffRole
_SELLING = (_S.SALES, _S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR)
_IMPLEMENTING = (*_SELLING, _S.CONTENT_EDITOR, _S.DESIGNER)

RULES: dict[P, Rule] = {
    P.OWN_PROFILE: _anybody,
    P.PANEL: _reseller(),
    P.PANEL_LEADS_READ: _reseller(),
    P.PANEL_LEADS_WRITE: _reseller(),
    P.PANEL_TERMS_ACCEPT: _reseller(MemberRole.OWNER),
    P.PANEL_PEOPLE_READ: _either(_reseller(), _service_partner(), _software_partner()),
    P.PANEL_PEOPLE_MANAGE: _either(
        _reseller(MemberRole.OWNER), _service_partner(MemberRole.OWNER), _software_partner(MemberRole.OWNER)
    ),
    P.PANEL_LINK_READ: _reseller(),
    P.PANEL_LINK_MANAGE: _reseller(MemberRole.OWNER),
    P.PANEL_BILLING_READ: _reseller(),
    P.PARTNER_PANEL: _service_partner(),
    P.PARTNER_FOLLOWUPS: _service_partner(),
    P.PARTNER_DETAILS: _service_partner(MemberRole.OWNER),
    P.SOFTWARE_PANEL: _software_partner(),
    P.SOFTWARE_OWNER: _software_partner(MemberRole.OWNER),
    P.API_LEADS_READ: _either(_staff(*_SELLING, _S.FINANCE), _reseller()),
    P.API_LEADS_WRITE: _either(_staff(*_SELLING), _reseller()),
    P.API_ACCOUNTS_READ: _either(_staff(*_SELLING, _S.FINANCE), _reseller()),
    P.API_RESELLERS_READ: _either(_staff(*_SELLING, _S.FINANCE), _reseller()),
    P.API_BILLING_READ: _either(_staff(*_SELLING, _S.FINANCE), _reseller()),
    P.TOKENS: _either(_staff(), _reseller()),
    P.DESK: _staff(),
    P.APPLICATIONS_READ: _staff(_S.SALES, _S.TEAM_LEADER),
    P.APPLICATIONS_DECIDE: _staff(_S.SALES, _S.TEAM_LEADER),
    P.RESELLERS_READ: _staff(*_SELLING, _S.FINANCE),
    P.RESELLERS_MANAGE: _staff(_S.SALES, _S.TEAM_LEADER),
    P.LEADS_READ: _staff(*_SELLING, _S.FINANCE),
    P.LEADS_EDIT: _staff(*_SELLING),
    P.LEADS_DECIDE: _staff(_S.SALES, _S.TEAM_LEADER),
    P.LEADS_CONVERT: _staff(_S.SALES, _S.ACCOUNT_MANAGER, _S.TEAM_LEADER),
    P.ACCOUNTS_READ: _staff(*_SELLING, _S.FINANCE),
    P.ACCOUNTS_EDIT: _staff(*_SELLING),
    P.ACCOUNTS_MERGE: _staff(_S.TEAM_LEADER),
    P.CHANGE_REQUESTS_DECIDE: _staff(_S.SALES, _S.ACCOUNT_MANAGER, _S.TEAM_LEADER),
    P.BILLING_READ: _staff(*_SELLING, _S.FINANCE),
    P.BILLING_EDIT: _staff(_S.SALES, _S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.FINANCE),
    P.BILLING_HAND_OVER: _staff(_S.FINANCE),
    P.INVOICES_READ: _staff(*_SELLING, _S.FINANCE),
    P.INVOICES_EDIT: _staff(_S.FINANCE),
    P.IMPORT: _staff(*_SELLING, _S.FINANCE, _S.CONTENT_EDITOR),
    P.PRIVACY_MANAGE: _staff(_S.TEAM_LEADER),
    P.PLANS_READ: _staff(*_IMPLEMENTING),
    P.PLANS_START: _staff(*_SELLING),
    P.PLANS_WORK: _staff(*_IMPLEMENTING),
    P.PLANS_MANAGE: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR),
    P.SECRETS_REVEAL: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER),
    P.CASES_LEAD: _staff(_S.TEAM_LEADER),
    P.INTEREST_NOTE: _staff(*_SELLING),
    P.SERVICE_PARTNERS_READ: _staff(*_SELLING),
    P.SERVICE_PARTNERS_MANAGE: _staff(_S.COORDINATOR),
    P.PARTNER_CHOOSE: _staff(_S.SALES, _S.TEAM_LEADER, _S.COORDINATOR),
    P.FOLLOWUPS_READ: _staff(*_SELLING),
    P.FOLLOWUPS_ASK: _staff(_S.SALES, _S.TEAM_LEADER, _S.COORDINATOR),
    P.FOLLOWUPS_ASSIGN: _staff(_S.COORDINATOR),
    P.SOFTWARE_PARTNERS_READ: _staff(*_IMPLEMENTING),
    P.SOFTWARE_PARTNERS_MANAGE: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR),
    P.QUESTIONS_ANSWER: _staff(*_IMPLEMENTING),
    P.MANUALS_EDIT: _staff(_S.CONTENT_EDITOR),
    P.PILOTS_MANAGE: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR),
    P.DIRECTORY_MANAGE: _staff(_S.CONTENT_EDITOR),
    P.COOPERATION_MANAGE: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR),
    P.REPORTS_READ: _staff(*_SELLING, _S.FINANCE),
    P.TRAININGS_READ: _staff(*_IMPLEMENTING),
    P.TRAININGS_MANAGE: _staff(_S.ACCOUNT_MANAGER, _S.TEAM_LEADER, _S.COORDINATOR),
    P.PLAYBOOKS_MANAGE: _staff(_S.CONTENT_EDITOR, _S.TEAM_LEADER),
    P.CATALOGUE_MANAGE: _staff(_S.FINANCE, _S.CONTENT_EDITOR),
    P.DOCUMENTS_MANAGE: _staff(_S.CONTENT_EDITOR),
    P.MAIL_READ: _staff(*_SELLING),
    P.MAIL_RESEND: _staff(*_SELLING),
    P.HISTORY_READ: _staff(_S.TEAM_LEADER),
    P.STAFF_MANAGE: _staff(_S.ADMINISTRATOR),
    P.SETTINGS_MANAGE: _staff(_S.ADMINISTRATOR),
}


def allows(actor: Actor, permission: P) -> bool:
    """Whether `actor` holds `permission`. A closed person holds none."""
    return actor.is_active and RULES[permission](actor)
