"""`flask demo`: fill an empty database with the demo vendor, and tell who can be tried out."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import AppGroup

from app.demo import loader, people

demo = AppGroup("demo", help="The demo vendor (demo mode only).")


def _only_in_demo_mode() -> None:
    if not current_app.config["GANGWAY"].demo:
        raise click.ClickException("This is a production installation; the demo is not for it.")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when somebody lives in the database already.")
def load(if_empty: bool) -> None:
    """Loads the demo vendor into an empty database."""
    _only_in_demo_mode()
    if not loader.is_empty():
        if if_empty:
            return
        raise click.ClickException("The demo goes only into an empty database.")
    click.echo("Loading the demo ...")
    loader.load()


@demo.command("people")
@click.option("--json", "as_json", is_flag=True, help="As a list of objects, applicants with a new private link too.")
def list_people(as_json: bool) -> None:
    """Lists everybody who can be tried out, with password and registration link."""
    _only_in_demo_mode()
    if as_json:
        click.echo(json.dumps(people.listed(), ensure_ascii=False, indent=1))
        return
    for person in people.listed(with_applicants=False):
        links = " ".join(person["links"].values())
        click.echo(
            f"{person['role']:<20}{person['locale']:<4}{person['email']:<36}{person['password'] or '':<20}{links}"
        )
