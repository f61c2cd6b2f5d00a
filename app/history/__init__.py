"""The record of changes: append-only, numbered within each record, sealed into one chain by the worker (X3)."""
