"""The WSGI entry: what a server imports."""

import gc

gc.disable()  # What starting makes stays: looking it over again and again takes a fifth of the start.

from app import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
