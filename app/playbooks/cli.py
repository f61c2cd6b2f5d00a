"""`flask playbooks`: check files, bring them in, write them out."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.i18n import in_locale
from app.playbooks import schema, shelf
from app.playbooks.faults import NotAPlaybook

playbooks = AppGroup("playbooks", help="Templates of plans, as YAML files.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@playbooks.command("check")
@click.argument("files", nargs=-1, type=_FILE)
def check(files: tuple[Path, ...]) -> None:
    """Says what is wrong with FILES, or with the shipped ones. Ends with 1 when something is. Changes nothing."""
    with in_locale("en"):  # asks no database, so that a file can be checked where there is none
        right = [_is_right(file) for file in files or shelf.files()]
    if not all(right):
        raise SystemExit(1)


def _is_right(file: Path) -> bool:
    try:
        outline = schema.read(file.read_bytes(), str(file))
    except NotAPlaybook as refusal:
        click.echo(str(refusal), err=True)
        return False
    click.echo(f"{file}: {len(outline.tasks)} tasks, {len(outline.trainings)} trainings, nothing wrong")
    return True
