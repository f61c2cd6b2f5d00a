"""Forms of software partners, in the panel and at the desk."""
