"""`flask history`: check the record of changes."""

import click
from flask.cli import AppGroup

from app.history import chain

history = AppGroup("history", help="The record of changes.")


@history.command("verify")
def verify() -> None:
    """Checks every stored entry and value. Ends with 1 when something was changed or removed."""
    verdict = chain.verify()
    click.echo(f"{verdict.sealed} entries sealed and checked, {verdict.unsealed} not sealed yet")
    click.echo(f"{verdict.evidence} submissions and acceptances checked")
    for day, count in sorted(verdict.erased.items()):
        click.echo(f"{count} values erased on {day}")
    for fault in verdict.faults:
        click.echo(f"FAULT: {fault}", err=True)
    if verdict.faults:
        raise SystemExit(1)
    click.echo("Nothing was changed or removed.")


@history.command("seal")
def seal() -> None:
    """Seals the entries that are not sealed yet; the worker does this by itself."""
    click.echo(f"{chain.seal_entries()} entries sealed")
