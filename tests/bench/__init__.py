"""Measures the application against bare programs that do the same: `python -m tests.bench`, or `make bench`."""
