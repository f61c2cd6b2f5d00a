"""What happens to software partners, their questions, products and integrations."""
