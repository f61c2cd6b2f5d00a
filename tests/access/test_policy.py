"""The policy as a table: whoever changes who may do what changes this page too, and sees it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole, OrganisationKind, StaffRole

# fmt: off
STAFF = {  # beside own_profile and desk, which all staff hold
    #                         sales  acc.m. leader coord. editor design financ admin
    "applications_read":      "  x             x                                  x  ",
    "applications_decide":    "  x             x                                  x  ",
    "resellers_read":         "  x      x      x      x                    x      x  ",
    "resellers_manage":       "  x             x                                  x  ",
    "tokens":                 "  x      x      x      x      x      x      x      x  ",
    "api_leads_read":         "  x      x      x      x                    x      x  ",
    "api_leads_write":        "  x      x      x      x                           x  ",
    "api_accounts_read":      "  x      x      x      x                    x      x  ",
    "api_billing_read":       "  x      x      x      x                    x      x  ",
    "api_resellers_read":     "  x      x      x      x                    x      x  ",
    "leads_read":             "  x      x      x      x                    x      x  ",
    "leads_edit":             "  x      x      x      x                           x  ",
    "leads_decide":           "  x             x                                  x  ",
    "leads_convert":          "  x      x      x                                  x  ",
    "accounts_read":          "  x      x      x      x                    x      x  ",
    "accounts_edit":          "  x      x      x      x                           x  ",
    "accounts_merge":         "                x                                  x  ",
    "change_requests_decide": "  x      x      x                                  x  ",
    "billing_read":           "  x      x      x      x                    x      x  ",
    "billing_edit":           "  x      x      x                           x      x  ",
    "billing_hand_over":      "                                            x      x  ",
    "invoices_read":          "  x      x      x      x                    x      x  ",
    "invoices_edit":          "                                            x      x  ",
    "import":                 "  x      x      x      x      x             x      x  ",
    "privacy_manage":         "                x                                  x  ",
    "plans_read":             "  x      x      x      x      x      x             x  ",
    "plans_start":            "  x      x      x      x                           x  ",
    "plans_work":             "  x      x      x      x      x      x             x  ",
    "plans_manage":           "         x      x      x                           x  ",
    "secrets_reveal":         "         x      x                                  x  ",
    "cases_lead":             "                x                                  x  ",
    "interest_note":          "  x      x      x      x                           x  ",
    "service_partners_read":  "  x      x      x      x                           x  ",
    "service_partners_manage": "                       x                           x  ",
    "partner_choose":         "  x             x      x                           x  ",
    "followups_read":         "  x      x      x      x                           x  ",
    "followups_ask":          "  x             x      x                           x  ",
    "followups_assign":       "                       x                           x  ",
    "software_partners_read": "  x      x      x      x      x      x             x  ",
    "software_partners_manage":"         x      x      x                           x  ",
    "questions_answer":       "  x      x      x      x      x      x             x  ",
    "manuals_edit":           "                              x                    x  ",
    "pilots_manage":          "         x      x      x                           x  ",
    "directory_manage":       "                              x                    x  ",
    "cooperation_manage":     "         x      x      x                           x  ",
    "reports_read":           "  x      x      x      x                    x      x  ",
    "trainings_read":         "  x      x      x      x      x      x             x  ",
    "trainings_manage":       "         x      x      x                           x  ",
    "playbooks_manage":       "                x             x                    x  ",
    "catalogue_manage":       "                              x             x      x  ",
    "documents_manage":       "                              x                    x  ",
    "mail_read":              "  x      x      x      x                           x  ",
    "mail_resend":            "  x      x      x      x                           x  ",
    "history_read":           "                x                                  x  ",
    "staff_manage":           "                                                   x  ",
    "settings_manage":        "                                                   x  ",
}
MEMBERS = {
    #                         owner  member
    "panel":                  "  x      x  ",
    "panel_leads_read":       "  x      x  ",
    "panel_leads_write":      "  x      x  ",
    "tokens":                 "  x      x  ",
    "api_leads_read":         "  x      x  ",
    "api_leads_write":        "  x      x  ",
    "api_accounts_read":      "  x      x  ",
    "api_billing_read":       "  x      x  ",
    "api_resellers_read":     "  x      x  ",
    "panel_link_read":        "  x      x  ",
    "panel_link_manage":      "  x         ",
    "panel_billing_read":     "  x      x  ",
    "panel_terms_accept":     "  x         ",
    "panel_people_read":      "  x      x  ",
    "panel_people_manage":    "  x         ",
}
OF_SERVICE_PARTNERS = {
    #                         owner  member
    "partner_panel":          "  x      x  ",
    "partner_followups":      "  x      x  ",
    "partner_details":        "  x         ",
    "panel_people_read":      "  x      x  ",
    "panel_people_manage":    "  x         ",
}
OF_SOFTWARE_PARTNERS = {
    #                         owner  member
    "software_panel":         "  x      x  ",
    "software_owner":         "  x         ",
    "panel_people_read":      "  x      x  ",
    "panel_people_manage":    "  x         ",
}
# fmt: on


@dataclass(frozen=True)
class Somebody:
    """A person as the rules see them."""

    staff_roles: frozenset[StaffRole] = frozenset()
    role: MemberRole | None = None
    kind: OrganisationKind = OrganisationKind.RESELLER
    is_active: bool = True

    def membership_role(self, kind: OrganisationKind) -> MemberRole | None:
        return self.role if kind == self.kind else None


def held_by(actor: Somebody) -> set[str]:
    return {asked.value for asked in P if policy.allows(actor, asked)}


@pytest.mark.parametrize("column", range(len(StaffRole)), ids=[role.value for role in StaffRole])
def test_what_staff_hold(column: int) -> None:
    ticked = {asked for asked, row in STAFF.items() if row[column * 7 : column * 7 + 7].strip()}
    assert held_by(Somebody(staff_roles=frozenset({list(StaffRole)[column]}))) == ticked | {"own_profile", "desk"}


@pytest.mark.parametrize("column", range(len(MemberRole)), ids=[role.value for role in MemberRole])
def test_what_a_resellers_members_hold(column: int) -> None:
    ticked = {asked for asked, row in MEMBERS.items() if row[column * 7 : column * 7 + 7].strip()}
    assert held_by(Somebody(role=list(MemberRole)[column])) == ticked | {"own_profile"}


@pytest.mark.parametrize("column", range(len(MemberRole)), ids=[role.value for role in MemberRole])
def test_what_a_service_partners_members_hold(column: int) -> None:
    ticked = {asked for asked, row in OF_SERVICE_PARTNERS.items() if row[column * 7 : column * 7 + 7].strip()}
    kind = OrganisationKind.SERVICE_PARTNER
    assert held_by(Somebody(role=list(MemberRole)[column], kind=kind)) == ticked | {"own_profile"}


def test_somebody_without_role_or_place_has_a_profile() -> None:
    assert held_by(Somebody()) == {"own_profile"}


def test_staff_never_hold_a_panel_and_members_never_the_desk() -> None:
    everything = held_by(Somebody(staff_roles=frozenset(StaffRole)))
    assert not any(asked.startswith("panel") for asked in everything)
    owner = held_by(Somebody(role=MemberRole.OWNER))
    assert all(asked.startswith(("panel", "api")) or asked in ("own_profile", "tokens") for asked in owner)


@pytest.mark.parametrize("column", range(len(MemberRole)), ids=[role.value for role in MemberRole])
def test_what_a_software_partners_members_hold(column: int) -> None:
    ticked = {asked for asked, row in OF_SOFTWARE_PARTNERS.items() if row[column * 7 : column * 7 + 7].strip()}
    kind = OrganisationKind.SOFTWARE_PARTNER
    assert held_by(Somebody(role=list(MemberRole)[column], kind=kind)) == ticked | {"own_profile"}


def test_what_panels_share_is_the_people() -> None:
    people = {"panel_people_read", "panel_people_manage"}
    assert set(MEMBERS) & set(OF_SERVICE_PARTNERS) == people
    assert set(MEMBERS) & set(OF_SOFTWARE_PARTNERS) == people
    assert set(OF_SERVICE_PARTNERS) & set(OF_SOFTWARE_PARTNERS) == people


def test_an_administrator_may_do_all_that_staff_may() -> None:
    assert held_by(Somebody(staff_roles=frozenset({StaffRole.ADMINISTRATOR}))) == held_by(
        Somebody(staff_roles=frozenset(StaffRole))
    )


def test_two_roles_are_the_sum_of_both() -> None:
    both = frozenset({StaffRole.SALES, StaffRole.CONTENT_EDITOR})
    assert held_by(Somebody(staff_roles=both)) == held_by(Somebody(staff_roles=frozenset({StaffRole.SALES}))) | held_by(
        Somebody(staff_roles=frozenset({StaffRole.CONTENT_EDITOR}))
    )


def test_a_closed_person_holds_nothing() -> None:
    assert held_by(Somebody(staff_roles=frozenset(StaffRole), role=MemberRole.OWNER, is_active=False)) == set()
