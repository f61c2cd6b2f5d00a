"""The vendor's settings at the desk, a page for each concern, as door.py lists them (X7)."""

from app.web.settings import brand, company, processes, promises, support, total_service
from app.web.settings.door import blueprint

__all__ = ["blueprint", "brand", "company", "processes", "promises", "support", "total_service"]
