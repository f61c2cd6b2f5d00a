"""Reminders of tasks: one digest for each address and day at most, in the reader's language and working hours (I10)."""
