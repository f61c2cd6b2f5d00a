"""The vendor's settings at the desk, a page for each concern: company, brand, promises, support, processes (X7)."""

from app.web.settings import brand, company, processes, promises, support
from app.web.settings.door import blueprint

__all__ = ["blueprint", "brand", "company", "processes", "promises", "support"]
