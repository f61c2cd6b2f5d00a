"""`flask playbooks`: check files, bring them in, write them out."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.errors import DomainError, NotFound
from app.core.i18n import in_locale
from app.playbooks import queries, schema, service, shelf
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


@playbooks.command("import")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--publish", is_flag=True, help="Put it in force at once instead of leaving a draft at the desk.")
@click.option("--shipped", is_flag=True, help="The playbooks of this release, as every start does it.")
def bring_in(files: tuple[Path, ...], publish: bool, shipped: bool) -> None:
    """Brings FILES in, each as a draft. A file with a mistake changes nothing, and the others are not read."""
    if not files and not shipped:
        raise click.UsageError("Name a file, or say --shipped.")
    with in_locale("en"):
        try:
            for brought in service.bring_shipped() if shipped else ():
                click.echo(_told(brought))
            for file in files:
                click.echo(_told(service.import_file(file.read_bytes(), str(file), None, publish=publish)))
        except NotAPlaybook as refusal:
            click.echo(str(refusal), err=True)
            click.echo("Nothing was imported.", err=True)
            raise SystemExit(1) from None
        except DomainError as error:
            raise click.ClickException(str(error.message)) from None


def _told(brought: service.Brought) -> str:
    code, version = brought.playbook.code, brought.version
    if version is None:
        return f"{code}: nothing new"
    if version.published_at is None:
        return f"{code}: version {version.number} is a draft; look at it at /desk/playbooks, or import with --publish"
    return f"{code}: version {version.number} published"


@playbooks.command("export")
@click.argument("code")
@click.option("--version", "number", type=int, help="Another than the newest published one.")
def write_out(code: str, number: int | None) -> None:
    """Writes the playbook CODE to the standard output, as YAML."""
    playbook = queries.by_code(code)
    if playbook is None:
        known = ", ".join(each.code for each in queries.everything()) or "none"
        raise click.ClickException(f"There is no playbook {code}. There are: {known}.")
    try:
        if number is not None:
            version = queries.version(playbook.id, number)
        else:
            found = queries.newest(playbook.id) or queries.draft(playbook.id)
            if found is None:
                raise NotFound
            version = found
    except NotFound:
        raise click.ClickException(f"{code} has no such version.") from None
    click.echo(service.export(version), nl=False)
