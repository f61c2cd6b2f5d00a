"""`flask users`: the first administrator, and whoever is to be let in from the machine itself."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.access.roles import StaffRole
from app.core import identifiers
from app.core.errors import DomainError
from app.core.i18n import LOCALES
from app.people import queries
from app.people.service import staff

users = AppGroup("users", help="People who sign in.")


@users.command("add")
@click.option("--email", required=True, help="Where the invitation goes.")
@click.option("--name", required=True, help="The person's full name.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in StaffRole]),
    default=[StaffRole.ADMINISTRATOR.value],
    show_default=True,
    help="A staff role; may be given several times.",
)
@click.option("--locale", type=click.Choice(LOCALES), default="en", show_default=True, help="The person's language.")
def add(email: str, name: str, roles: tuple[str, ...], locale: str) -> None:
    """Invites a staff member. The link goes out by mail and is printed too, for a machine without a mail server."""
    try:
        address = identifiers.normalise_email(email)
        wanted = frozenset(StaffRole(role) for role in roles)
        person, path = staff.invite(staff.Colleague(address, identifiers.clean_line(name), locale, wanted), None)
    except (DomainError, identifiers.Invalid) as error:
        raise click.ClickException(str(error.message)) from error
    click.echo(f"{person.name} <{person.email}> is on the staff: {', '.join(sorted(wanted))}.")
    click.echo(f"Invitation, valid for 14 days: {current_app.config['GANGWAY'].public_url}{path}")


@users.command("reset-totp")
@click.argument("email")
def reset_totp(email: str) -> None:
    """Forgets somebody's authenticator app and recovery codes, and tells them by mail. The password stays."""
    person = queries.by_email(email.strip())
    if person is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    try:
        staff.reset_totp(person, None)
    except DomainError as error:
        raise click.ClickException(str(error.message)) from error
    click.echo(f"{person.name} <{person.email}> signs in without a code until a new app is set up.")
