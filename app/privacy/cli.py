"""`flask privacy`: what is held about a person, exporting and erasing it; what goes with time."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.i18n import LOCALES, in_locale
from app.privacy import service
from app.privacy.service import erasing, retention
from app.privacy.service.walk import Tally
from app.privacy.sources import holding_of

privacy = AppGroup("privacy", help="Personal data: show, export, erase, keep no longer than needed.")


@privacy.command("show")
@click.argument("email")
def show(email: str) -> None:
    """Says what is held about the person with this address, and why."""
    with in_locale("en"):
        _found, tallies = service.look(email)
        _print(tallies)
        for erasure in service.erased_before(email):
            click.echo(f"Erased before: {erasure.ref}, begun {erasure.created_at:%Y-%m-%d %H:%M} UTC")


@privacy.command("export")
@click.argument("email")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The ZIP file; person.zip by default.")
@click.option("--lang", type=click.Choice(LOCALES), help="The overview's language; the person's own by default.")
def export(email: str, output: Path | None, lang: str | None) -> None:
    """Writes everything that is held about the person with this address into a ZIP file."""
    path = output or Path("person.zip")
    content = service.export(email, lang or "")
    path.touch(mode=0o600)
    path.write_bytes(content)
    click.echo(f"{path}: {len(content)} bytes")


@privacy.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(email: str, yes: bool) -> None:
    """Erases the person with this address from every place, and says what stays and why."""
    with in_locale("en"):
        found, tallies = service.look(email)
        try:
            erasing.refuse_if_needed(found)
        except service.CannotErase as refused:
            raise click.ClickException(str(refused.message)) from None
        _print(tallies)
        if not yes and click.prompt("Type the address once more to erase this person") != email:
            raise click.ClickException("Not the same address; nothing was changed.")
        erasure = service.erase(email)
        click.echo(f"{erasure.ref}: {sum(erasure.erased.values())} records erased")
        for place, count in sorted(erasure.kept.items()):
            table, _dot, column = place.partition(".")
            reason = holding_of(table).stays[column]
            click.echo(f"Kept in {count} of {place}: {reason.why} {reason.until}")
        if erasure.state != "done":
            click.echo("The worker finishes this erasure: something was still under way.")


@privacy.command("retention")
@click.option("--apply", "really", is_flag=True, help="Erase what is found, at once.")
def retain(really: bool) -> None:
    """Says what each rule would erase now; with --apply it does so."""
    with in_locale("en"):
        found = retention.apply_now() if really else retention.dry_run()
        for standing, count in found:
            since = f"{standing.days} days after {standing.rule.since}"
            click.echo(f"{count:>8}  {standing.rule.code:<24} {standing.rule.name}; {since}")
        click.echo("Erased." if really else "Nothing was erased. --apply erases what is counted here.")


@privacy.command("redo")
@click.option("--list", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="erasures.jsonl")
def redo(path: Path | None) -> None:
    """After a backup was restored: makes the erasures again that the backup does not know of."""
    lines = erasing.forgotten(path)
    done = 0
    for erasure in erasing.redo(lines):
        done += 1
        click.echo(f"{erasure.ref}: {sum(erasure.erased.values())} records erased")
    click.echo(f"{len(lines)} erasures are not in this database; {done} people were erased again.")


def _print(tallies: list[Tally]) -> None:
    if not tallies:
        click.echo("Nothing is held about this address.")
    for tally in tallies:
        kind = tally.holding.kind
        click.echo(
            f"{tally.own:>6} own, {tally.named:>4} mentions  {tally.holding.table.name:<20} {kind.name}: {kind.until}"
        )
        for column, count in sorted(tally.kept.items()):
            reason = tally.holding.stays[column]
            click.echo(f"{'':>8}{count} stay ({column}): {reason.why} {reason.until}")
