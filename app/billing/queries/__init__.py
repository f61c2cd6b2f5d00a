"""Finding billing details, what is due, hand-overs and invoices."""
