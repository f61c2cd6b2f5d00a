"""The verbs of plans. Each goes through `changing`, which holds the plan's row while it changes."""
