"""The verbs of the total service: noting interest, asking and answering follow-ups, partners, assigning."""
