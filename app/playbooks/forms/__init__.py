"""The forms of playbooks."""
