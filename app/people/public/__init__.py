"""Doors for everybody: signing in and out, personal links, new passwords, and coming in by an invitation."""

from flask import Blueprint

blueprint = Blueprint("people_public", __name__)

from app.people.public import addresses, go, passwords, signing_in, welcome  # noqa: E402 - they fill the blueprint

__all__ = ["addresses", "blueprint", "go", "passwords", "signing_in", "welcome"]
