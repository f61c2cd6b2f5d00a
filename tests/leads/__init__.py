"""Tests of app/leads."""
