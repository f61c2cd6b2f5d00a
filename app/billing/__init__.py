"""What customers are invoiced for, and the invoices themselves, mirrored from the invoicing system."""
