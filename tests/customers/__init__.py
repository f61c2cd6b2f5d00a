"""Tests of app/customers."""
