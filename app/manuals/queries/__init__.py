"""Finding intakes, publications and pilots."""
