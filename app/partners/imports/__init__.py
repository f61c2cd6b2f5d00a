"""What comes into the reseller programme from files: resellers, applications, addresses in circulation."""

from app.partners.imports.addresses import NO_SUCH_RESELLER, AddressImporter
from app.partners.imports.applications import ApplicationImporter
from app.partners.imports.resellers import ResellerImporter

__all__ = ["NO_SUCH_RESELLER", "AddressImporter", "ApplicationImporter", "ResellerImporter"]
