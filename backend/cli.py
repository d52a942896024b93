"""The command line: `backend COMMAND`; `backend --help` lists them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import timedelta

import click

from backend import app, first_run
from backend.domain.errors import NumbersError
from backend.services import staff


@click.group()
def commands() -> None:
    """The number desk."""


@commands.command()
def init() -> None:
    """Write missing secrets to .env, bring the database up to date, seed the demo once."""
    for line in first_run.initialise():
        click.echo(line)


@commands.command()
def serve() -> None:
    """Serve what faces the world: pages, webhooks, the API."""
    _gunicorn(app.public_address(), "backend.app:serve_public()", "backend", threads="32")


@commands.command("serve-internal")
def serve_internal() -> None:
    """Serve the action server's own listener."""
    _gunicorn(app.internal_address(), "backend.app:serve_internal()", "internal", threads="16")


@commands.command()
def worker() -> None:
    """Work off the queue: answer texts, send texts, sweep."""
    from backend import worker as tasks

    tasks.run(app.open_workshop())


@commands.command()
@click.option("--within", default=180, show_default=True, help="Seconds to wait for every part.")
def welcome(within: int) -> None:
    """Wait until every part is ready, say where to look, and stay."""

    for line in first_run.welcome(within):
        click.echo(line)
        sys.stdout.flush()
    # Stay, since honcho stops everything when one process ends; as something that takes no memory.
    os.execvp("tail", ["tail", "-f", "/dev/null"])


@commands.group()
def tokens() -> None:
    """Bearer tokens for the API."""


@tokens.command("create")
@click.option("--staff", "email", required=True, help="E-mail of whom the token speaks for.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 365))
def create_token(email: str, days: int) -> None:
    """Print a new bearer token; it is shown this once."""
    click.echo(staff.create_access_token(app.open_workshop().desk, email, timedelta(days=days)))


def main() -> None:
    """Run a command; what is wrong is said in a sentence."""
    os.umask(0o077)  # what we write holds people's words and numbers: for this user only
    try:
        commands(standalone_mode=True)
    except (NumbersError, app.SettingsError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _gunicorn(address: str, application: str, name: str, threads: str) -> None:
    arguments: Sequence[str] = (
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", address, "--name", f"numberdesk-{name}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", threads),
        *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"),
    )
    os.execv(sys.executable, list(arguments))
