"""What belongs to no single feature: landing page, desk home, search, error pages, health."""
