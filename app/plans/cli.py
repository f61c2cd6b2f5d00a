"""`flask secrets`: the keys with which secrets are encrypted."""

import click
from flask.cli import AppGroup

from app.plans.service import secrets as service

secrets = AppGroup("secrets", help="What is encrypted in the database.")


@secrets.command("rotate")
def rotate() -> None:
    """Brings everything encrypted under the newest key, so that older ones can go. Ends with 1 when something fits no
    key."""
    rotation = service.rotate()
    click.echo(f"{rotation.done} values are under the newest key")
    if rotation.unreadable:
        click.echo(f"{rotation.unreadable} values fit none of the keys in GANGWAY_ENCRYPTION_KEYS", err=True)
        raise SystemExit(1)
