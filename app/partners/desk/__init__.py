"""Staff doors of the reseller programme: the queue, resellers, their links and accesses, what every reseller gets."""

from app.partners.desk import applications, files, links, resellers, suspension, terms, welcome
from app.partners.desk.door import blueprint

__all__ = ["applications", "blueprint", "files", "links", "resellers", "suspension", "terms", "welcome"]
