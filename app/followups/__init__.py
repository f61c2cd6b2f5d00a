"""The total service: interest on every lead, the choice of a service partner, follow-ups by partners (T0 to T3)."""
