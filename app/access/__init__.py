"""Who may do what: roles, permissions, the policy page, the guard at each door, and personal links."""
