"""The verbs of billing: details, hand-overs, invoices, payments."""
