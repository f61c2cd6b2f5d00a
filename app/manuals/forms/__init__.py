"""Fields of intakes, publications and pilots."""
