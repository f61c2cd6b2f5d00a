"""The vendor's settings at the desk, a page for each concern: company, brand, promises, processes (X7)."""

from app.web.settings import brand, company, processes, promises
from app.web.settings.door import blueprint

__all__ = ["blueprint", "brand", "company", "processes", "promises"]
