"""Reports: what each feature's `reports.py` counts, kept where it is much, and shown as charts, tables and files."""
