"""Software partners: registration, the seven steps, questions, products and packages."""
