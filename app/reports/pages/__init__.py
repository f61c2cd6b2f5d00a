"""Each report: what it asks, and how it is told."""
