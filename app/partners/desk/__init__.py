"""Staff doors of the reseller programme: the queue, resellers, their links and accesses, what every reseller gets."""

from app.partners.desk import applications, links, resellers, suspension, terms, welcome
from app.partners.desk.door import blueprint

__all__ = ["applications", "blueprint", "links", "resellers", "suspension", "terms", "welcome"]
