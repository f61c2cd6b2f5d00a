"""The roles of PROCESSES.md. A person may hold several staff roles; members of an organisation hold one there."""

import enum

from app.core.i18n import _l


class StaffRole(enum.StrEnum):
    SALES = "sales"
    ACCOUNT_MANAGER = "account_manager"
    TEAM_LEADER = "team_leader"
    COORDINATOR = "coordinator"
    CONTENT_EDITOR = "content_editor"
    DESIGNER = "designer"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"


class OrganisationKind(enum.StrEnum):
    RESELLER = "reseller"
    SOFTWARE_PARTNER = "software_partner"
    SERVICE_PARTNER = "service_partner"


class MemberRole(enum.StrEnum):
    OWNER = "owner"
    """Invites, removes, accepts the terms, changes the organisation's details."""
    MEMBER = "member"


STAFF_ROLE_NAMES = {
    StaffRole.SALES: _l("Sales"),
    StaffRole.ACCOUNT_MANAGER: _l("Account manager"),
    StaffRole.TEAM_LEADER: _l("Team leader"),
    StaffRole.COORDINATOR: _l("Coordinator"),
    StaffRole.CONTENT_EDITOR: _l("Content editor"),
    StaffRole.DESIGNER: _l("Designer"),
    StaffRole.FINANCE: _l("Finance"),
    StaffRole.ADMINISTRATOR: _l("Administrator"),
}

MEMBER_ROLE_NAMES = {MemberRole.OWNER: _l("Owner"), MemberRole.MEMBER: _l("Member")}
