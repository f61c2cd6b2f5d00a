"""Finding what persons asked about their data, and what their address stands on."""
