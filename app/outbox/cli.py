"""`flask worker`, `flask outbox` and `flask schedule`: sending mail and running what is due."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from app.core import schedule as schedules
from app.core.clock import now
from app.outbox import bounces, pause, pausing, sender, service
from app.outbox.mailer import Line
from app.outbox.webhooks import sender as events
from app.outbox.worker import Worker

outbox = AppGroup("outbox", help="Mail that waits to be sent.")
schedule = AppGroup("schedule", help="What happens by itself at its time.")


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Sends mail as it is queued and runs the schedule, until INT or TERM."""
    Worker(current_app._get_current_object()).run()  # type: ignore[attr-defined] # a proxy cannot cross threads


@outbox.command("send")
@click.option("--loop", is_flag=True, help="Keep sending until INT or TERM.")
def send(loop: bool) -> None:
    """Sends the mails and events that are due now."""
    if loop:
        Worker(current_app._get_current_object(), with_schedule=False).run()  # type: ignore[attr-defined] # as above
        return
    click.echo(f"{sender.send_due(Line(), sender.owner_name())} mails dealt with")
    while events.send_due(sender.owner_name()):
        pass


@outbox.command("bounce")
def bounce() -> None:
    """Reads a returned mail from standard input, as a mail server hands it to a program."""
    found = bounces.read(sys.stdin.buffer.read(bounces.LARGEST + 1))
    if found is None:
        click.echo("Not a delivery status notification; nothing was changed.")
        return
    if not found.permanent:
        click.echo("Delivery is only delayed; nothing was changed.")
        return
    row = service.note_bounce(found.message_id, found.reason)
    click.echo(f"{row.ref} is marked as returned." if row else "No mail of ours; nothing was changed.")


@outbox.command("pause")
def hold() -> None:
    """Lets nothing leave until `flask outbox release`, or an administrator at the desk, says so."""
    standing = pausing.pause(None)
    click.echo(f"Nothing leaves since {standing.begun_at:%Y-%m-%d %H:%M} UTC.")


@outbox.command("release")
@click.option("--set-aside-old", is_flag=True, help="Set aside what waited when the restored backup was made.")
def release(set_aside_old: bool) -> None:
    """Lets mails and events leave again."""
    standing = pause.standing()
    if standing is None:
        click.echo("Nothing was paused.")
        return
    count = pausing.release(standing.id, None, set_aside_old=set_aside_old)
    click.echo(f"Mails leave again. {count} were set aside." if count else "Mails leave again.")


@schedule.command("run")
@click.option("--now", "moment", help="The moment to run for, such as 2026-03-09T06:00 (UTC unless it says otherwise).")
def run(moment: str | None) -> None:
    """Runs the jobs that are due and were not run yet."""
    done = schedules.run_due(_moment(moment) if moment else now())
    click.echo("\n".join(done) if done else "Nothing was due.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("must look like 2026-03-09T06:00", param_hint="--now") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
