"""Looking sessions up."""
