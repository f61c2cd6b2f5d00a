"""What comes into the reseller programme from files: resellers, applications, addresses in circulation."""

from app.partners.imports import addresses, applications, resellers
from app.partners.imports.addresses import NO_SUCH_RESELLER

__all__ = ["NO_SUCH_RESELLER", "addresses", "applications", "resellers"]
