"""`flask backup`: make one, put one in place, look whether one is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup

from app.backup import manifest as manifests
from app.backup import service
from app.backup.manifest import BackupRefused
from app.core.errors import Unavailable

backup = AppGroup("backup", help="Database and files in one folder, and the way back.")

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_OTHER_KEYS = click.option("--other-keys", is_flag=True, help="The keys that it was made with are lost.")


@backup.command("make")
@_FOLDER
@click.option("--without-files", is_flag=True, help="The database alone: the store is copied in another way.")
@click.option("--keys", type=click.Path(dir_okay=False, path_type=Path), help="Also write the keys, into this file.")
def make(folder: Path, without_files: bool, keys: Path | None) -> None:
    """Copies database and files into FOLDER, which must not exist. Gangway may go on running."""
    with _refusals():
        made = service.make(folder, with_files=not without_files, keys=keys)
    files = "no files" if made.files is None else f"{made.files} files of {made.files_bytes} bytes"
    click.echo(f"{folder}: the database of {made.moment:%Y-%m-%d %H:%M:%S} UTC, {files}")


@backup.command("check")
@_FOLDER
@_OTHER_KEYS
def check(folder: Path, other_keys: bool) -> None:
    """Reads all of a backup and compares its digests."""
    with _refusals():
        found = manifests.read(folder, other_keys=other_keys)
        manifests.check(folder, found)
    click.echo(f"Whole, made at {found.moment:%Y-%m-%d %H:%M:%S} UTC on migration {found.revision}.")


@backup.command("restore")
@_FOLDER
@click.option("--replace", is_flag=True, help="Although there is data here: it is gone afterwards.")
@_OTHER_KEYS
@click.option(
    "--erasures", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The newest erasures.jsonl."
)
def restore(folder: Path, replace: bool, other_keys: bool, erasures: Path | None) -> None:
    """Puts the backup in FOLDER in place. Stop web and worker first."""
    with _refusals():
        done = service.restore(folder, replace=replace, other_keys=other_keys, erasures=erasures, say=click.echo)
    click.echo(f"{done.erased_again} people who were erased since were erased again.")
    if not done.list_found:
        click.echo("There is no erasures.jsonl here. Bring the newest one, then: flask privacy redo", err=True)
    for fault in done.faults:
        click.echo(f"FAULT: {fault}", err=True)
    click.echo("Start web and worker, look at /desk/mail, and let mail leave again there.")
    if done.faults:
        raise SystemExit(1)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BackupRefused as refused:
        raise click.ClickException(str(refused)) from None
    except (Unavailable, OSError) as problem:
        raise click.ClickException(f"{type(problem).__name__}: {problem}") from None
