"""The public directory of integrations."""
