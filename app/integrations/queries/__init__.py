"""Finding software partners, their questions, products and integrations."""
