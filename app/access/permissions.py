"""Everything that may be allowed, by name."""

import enum


class P(enum.StrEnum):
    """A permission. `policy.py` says who holds it."""

    # Any signed-in person
    OWN_PROFILE = "own_profile"

    # The panel: members of a reseller organisation, for what is their organisation's own
    PANEL = "panel"
    PANEL_LEADS_READ = "panel_leads_read"
    PANEL_LEADS_WRITE = "panel_leads_write"
    PANEL_TERMS_ACCEPT = "panel_terms_accept"
    PANEL_LINK_READ = "panel_link_read"
    PANEL_LINK_MANAGE = "panel_link_manage"
    PANEL_BILLING_READ = "panel_billing_read"

    # Either panel: the people of the organisation
    PANEL_PEOPLE_READ = "panel_people_read"
    PANEL_PEOPLE_MANAGE = "panel_people_manage"

    # The panel of a service partner: for the leads that are assigned to it
    PARTNER_PANEL = "partner_panel"
    PARTNER_FOLLOWUPS = "partner_followups"
    PARTNER_DETAILS = "partner_details"

    # The panel of a software partner: for its own products, questions and agreements
    SOFTWARE_PANEL = "software_panel"
    SOFTWARE_OWNER = "software_owner"
    """Confirms agreements and changes the company's details."""

    # Programs with a token: what both panel and desk show, each its own part of it
    API_LEADS_READ = "api_leads_read"
    API_LEADS_WRITE = "api_leads_write"
    API_ACCOUNTS_READ = "api_accounts_read"
    API_BILLING_READ = "api_billing_read"
    API_RESELLERS_READ = "api_resellers_read"

    # Tokens of one's own
    TOKENS = "tokens"

    # The desk
    DESK = "desk"
    APPLICATIONS_READ = "applications_read"
    APPLICATIONS_DECIDE = "applications_decide"
    RESELLERS_READ = "resellers_read"
    RESELLERS_MANAGE = "resellers_manage"
    LEADS_READ = "leads_read"
    LEADS_EDIT = "leads_edit"
    LEADS_DECIDE = "leads_decide"
    LEADS_CONVERT = "leads_convert"
    ACCOUNTS_READ = "accounts_read"
    ACCOUNTS_EDIT = "accounts_edit"
    ACCOUNTS_MERGE = "accounts_merge"
    CHANGE_REQUESTS_DECIDE = "change_requests_decide"
    BILLING_READ = "billing_read"
    BILLING_EDIT = "billing_edit"
    BILLING_HAND_OVER = "billing_hand_over"
    INVOICES_READ = "invoices_read"
    INVOICES_EDIT = "invoices_edit"
    IMPORT = "import"
    PRIVACY_MANAGE = "privacy_manage"
    PLANS_READ = "plans_read"
    PLANS_START = "plans_start"
    PLANS_WORK = "plans_work"
    PLANS_MANAGE = "plans_manage"
    SECRETS_REVEAL = "secrets_reveal"
    CASES_LEAD = "cases_lead"
    """Assign cases, complete those of others, return them, and override rules of a plan with a reason."""
    INTEREST_NOTE = "interest_note"
    SERVICE_PARTNERS_READ = "service_partners_read"
    SERVICE_PARTNERS_MANAGE = "service_partners_manage"
    PARTNER_CHOOSE = "partner_choose"
    FOLLOWUPS_READ = "followups_read"
    FOLLOWUPS_ASK = "followups_ask"
    FOLLOWUPS_ASSIGN = "followups_assign"
    SOFTWARE_PARTNERS_READ = "software_partners_read"
    SOFTWARE_PARTNERS_MANAGE = "software_partners_manage"
    """Introduction slots, technical links, who looks after whom, products and packages, ending a cooperation."""
    QUESTIONS_ANSWER = "questions_answer"
    MANUALS_EDIT = "manuals_edit"
    """Judge what partners supply; complete, publish and take down manuals and onboarding pages."""
    PILOTS_MANAGE = "pilots_manage"
    DIRECTORY_MANAGE = "directory_manage"
    COOPERATION_MANAGE = "cooperation_manage"
    """Support agreements, joint marketing, goals and reviews."""
    REPORTS_READ = "reports_read"
    """Reports as such; each one asks for the permission to read what it counts, too."""
    TRAININGS_READ = "trainings_read"
    TRAININGS_MANAGE = "trainings_manage"
    PLAYBOOKS_MANAGE = "playbooks_manage"
    CATALOGUE_MANAGE = "catalogue_manage"
    DOCUMENTS_MANAGE = "documents_manage"
    MAIL_READ = "mail_read"
    MAIL_RESEND = "mail_resend"
    HISTORY_READ = "history_read"
    STAFF_MANAGE = "staff_manage"
    SETTINGS_MANAGE = "settings_manage"
