"""What is written to resellers, contact persons and the vendor about leads."""

from app.leads.emails import decision, privacy, registration, requests

__all__ = ["decision", "privacy", "registration", "requests"]
