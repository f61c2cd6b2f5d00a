"""Forms of the work together with software partners."""
