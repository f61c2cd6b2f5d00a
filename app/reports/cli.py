"""`flask reports`: the sums that reports are read from."""

import click
from flask.cli import AppGroup

from app.reports import rollups

reports = AppGroup("reports", help="The sums that reports are read from.")


@reports.command("rebuild")
def rebuild() -> None:
    """Counts all leads anew: after a restored backup, or whatever changed the database by another way. Pages go on
    showing the former figures meanwhile."""
    click.echo(f"{rollups.rebuild()} days counted")
