"""Events for other systems: what happens to records is told to addresses that the administrator enters, signed."""
