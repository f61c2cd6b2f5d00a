"""The pictures of docs/: drawings of our own, and pages of the demo as a person sees them."""
