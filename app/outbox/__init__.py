"""Mail queued with the change it tells of, then claimed, rendered once and sent by the worker (X2)."""
