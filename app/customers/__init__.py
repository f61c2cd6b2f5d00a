"""Customers: accounts with their shops and services."""
