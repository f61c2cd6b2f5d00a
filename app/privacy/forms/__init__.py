"""Forms about personal data: what a person asks, and what staff answer."""
