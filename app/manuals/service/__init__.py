"""The verbs of manuals: intake, judging, drafting, publishing, pilots."""
