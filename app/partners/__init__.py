"""The reseller programme: application, decision, welcome, accesses, and the personal link (R1-R6)."""
