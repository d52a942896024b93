"""The command line: `backend COMMAND`; `backend --help` lists them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import BinaryIO, TextIO

import click

from backend import app, first_run
from backend.domain.contacts_csv import MOST_BYTES, RowFault
from backend.domain.conversations import Responder
from backend.domain.errors import NumbersError
from backend.domain.staff import Scope
from backend.services import (
    audit,
    contact_imports,
    ordering,
    personal_data,
    quotas,
    review,
    staff,
)
from backend.services import keys as sealing
from backend.services import retention as old_data
from backend.services.ordering import ReusableOrder, Wish
from backend.services.reconcile import reconcile


def _day(_context: click.Context, _option: click.Parameter, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(
            f"{written} is not a day of the calendar. Write it like 2027-02-28."
        ) from None


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
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may be used for; may be repeated. Without it: all that the person may do.",
)
def create_token(email: str, days: int, scopes: Sequence[str]) -> None:
    """Print a new bearer token; it is shown this once."""
    desk, chosen = app.open_workshop().desk, [Scope(scope) for scope in scopes]
    click.echo(staff.create_access_token(desk, email, timedelta(days=days), chosen or None))


@tokens.command("list")
def list_tokens() -> None:
    """List the tokens in force: id, whose, until when, what for."""
    for token in staff.access_tokens(app.open_workshop().desk):
        scopes = "everything" if token.scopes is None else " ".join(token.scopes)
        click.echo(f"{token.id}  {token.staff}  until {token.expires_at:%Y-%m-%d}  {scopes}")


@tokens.command("revoke")
@click.argument("token_id")
def revoke_token(token_id: str) -> None:
    """End the token with this id (as in the list) at once."""
    staff.revoke_access_token(app.open_workshop().desk, token_id)
    click.echo(f"{token_id} is worth nothing any more.")


@commands.command()
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 1000))
def questions(most: int) -> None:
    """List the latest questions that the assistant could not answer: to write examples from."""
    for asked in review.latest(app.open_workshop().desk, most):
        nearest = f"nearest: {asked.nearest}" if asked.nearest else "near nothing"
        words = " ".join(asked.words.split())
        click.echo(f"{asked.at:%Y-%m-%d %H:%M}  {asked.institution}  {asked.channel}  {words}")
        click.echo(f"                  {nearest}")


@commands.group()
def numbers() -> None:
    """Phone numbers and the carrier's inventory."""


@numbers.command("reconcile")
def reconcile_numbers() -> None:
    """Compare the carrier's inventory with ours both ways; mend what can be mended.

    Ends with status 2 when something is left for a person.
    """
    report = reconcile(app.open_workshop().desk)
    for told in report.mended:
        click.echo(f"Mended: {told}")
    for told in report.reported:
        click.echo(f"Please look: {told}")
    click.echo(
        f"{report.in_order} in order, {len(report.mended)} mended, "
        f"{len(report.reported)} to look at."
    )
    if report.reported:
        sys.exit(2)


@numbers.command("adopt")
@click.argument("phone_number")
@click.option("--office", required=True, help="The office that it is for: its id or name.")
@click.option("--name", required=True, help="What it is called here.")
@click.option("--staff", "email", required=True, help="E-mail of the administrator who asks.")
@click.option("--response", type=click.Choice(list(Responder)), default=Responder.INBOX)
def adopt_number(phone_number: str, office: str, name: str, email: str, response: str) -> None:
    """Take in PHONE_NUMBER, which the carrier account owns already, as a reusable number."""
    desk = app.open_workshop().desk
    order = ReusableOrder(office, name, Responder(response), wish=Wish(phone_number=phone_number))
    taken = ordering.adopt(desk, staff.by_email(desk, email), order, audit.CLI)
    click.echo(f"{taken.id} is {taken.state}, for {taken.office}.")


@commands.group()
def limits() -> None:
    """Contract limits."""


@limits.command("set")
@click.option("--institution", required=True, help="Its short name, such as demo.")
@click.option("--from", "starts_on", required=True, callback=_day, help="First day, 2026-07-01.")
@click.option("--to", "ends_on", required=True, callback=_day, help="Last day, 2027-06-30.")
@click.option("--contacts", required=True, type=click.IntRange(0), help="Unique contacts.")
@click.option("--numbers", required=True, type=click.IntRange(0), help="Provisioned numbers.")
def set_limits(
    institution: str, starts_on: date, ends_on: date, contacts: int, numbers: int
) -> None:
    """Set what a contract period covers, as the contract says."""
    desk = app.open_workshop().desk
    quotas.set_limits(desk, institution, starts_on, ends_on, contacts=contacts, numbers=numbers)
    click.echo(f"{institution}: {contacts:,} contacts and {numbers:,} numbers.")


@commands.group()
def keys() -> None:
    """The keys that encrypt secrets in the database."""


@keys.command("rotate")
def rotate_keys() -> None:
    """Encrypt every secret anew under the first of ENCRYPTION_KEYS; then the others can go."""
    count = sealing.reseal(app.open_workshop().desk)
    click.echo(f"{count:,} secrets are encrypted under the newest key.")


@commands.group()
def retention() -> None:
    """What is past its time, as each institution's settings say."""


@retention.command("look")
@click.option("--institution", help="Only this one: its short name, such as demo.")
def look_at_retention(institution: str | None) -> None:
    """Say what would be deleted now; nothing is changed."""
    _show_reports(old_data.look(app.open_workshop().desk, institution), "would be deleted")


@retention.command("run")
@click.option("--institution", help="Only this one: its short name, such as demo.")
def run_retention(institution: str | None) -> None:
    """Delete it now, as the worker does once a day. Ends with status 2 when some had to stay."""
    reports = old_data.run(app.open_workshop().desk, institution)
    _show_reports(reports, "deleted")
    if any(report.assistant_is_away for report in reports):
        sys.exit(2)


def _show_reports(reports: Sequence[old_data.Report], what: str) -> None:
    for report in reports:
        if not report.found:
            click.echo(f"{report.institution}: nothing is past its time.")
        for kind, found in report.found.items():
            oldest = f", the oldest from {found.oldest:%Y-%m-%d}" if found.oldest else ""
            click.echo(f"{report.institution}: {found.count:,} {kind} {what}{oldest}")
        if report.assistant_is_away:
            click.echo(
                f"{report.institution}: the assistant cannot be reached. What it may remember "
                "has to be forgotten first, so it stays until it is back."
            )


@commands.group()
def contact() -> None:
    """One contact's data."""


@contact.command("export")
@click.argument("phone_number")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@click.option("--staff", "email", required=True, help="E-mail of the administrator who asks.")
def export_contact(phone_number: str, file: TextIO, email: str) -> None:
    """Write all that is kept of the contact with PHONE_NUMBER to FILE (- is the terminal)."""
    desk = app.open_workshop().desk
    who = staff.by_email(desk, email)
    contact_id = personal_data.by_number(desk, who, phone_number)
    data = personal_data.export(desk, who, contact_id, audit.CLI)
    json.dump(data, file, ensure_ascii=False, indent=2)
    file.write("\n")


@contact.command("delete")
@click.argument("phone_number")
@click.option("--staff", "email", required=True, help="E-mail of the administrator who asks.")
@click.option("--yes", is_flag=True, help="It is meant: it cannot be undone.")
def delete_contact(phone_number: str, email: str, yes: bool) -> None:
    """Delete all that is kept of the contact with PHONE_NUMBER, but for their consent."""
    desk = app.open_workshop().desk
    who = staff.by_email(desk, email)
    contact_id = personal_data.by_number(desk, who, phone_number)
    held = personal_data.summary(desk, who, contact_id)
    if not yes:
        click.echo(
            f"{contact_id}: messages {held.messages:,}, conversations {held.conversations:,}. "
            "Deleting them cannot be undone; with --yes it is done."
        )
        sys.exit(2)
    deleted = personal_data.erase(desk, who, contact_id, audit.CLI)
    click.echo(
        f"{contact_id}: deleted. Messages {deleted.messages:,}, "
        f"conversations {deleted.conversations:,}."
    )
    if not deleted.is_forgotten:
        click.echo("The assistant cannot be reached: the worker has it forget them when it is.")


@commands.group()
def campaigns() -> None:
    """Campaigns and their contacts."""


@campaigns.command("import")
@click.argument("campaign_id")
@click.argument("file", type=click.File("rb"))
@click.option("--staff", "email", required=True, help="E-mail of whom it is done for.")
@click.option("--preview", is_flag=True, help="Only say what would happen.")
def import_contacts(campaign_id: str, file: BinaryIO, email: str, preview: bool) -> None:
    """Import the contacts of a CSV FILE into a draft campaign; good rows are kept."""
    desk = app.open_workshop().desk
    who = staff.by_email(desk, email)
    # One byte more than is taken, so that a larger file is refused and never held as a whole.
    content = file.read(MOST_BYTES + 1)
    if preview:
        report = contact_imports.preview(desk, who, campaign_id, content)
        _show_faults(report.problems, report.bad)
        click.echo(
            f"{report.good:,} of {report.rows:,} rows are good: {report.new:,} contacts are new to "
            f"the campaign, {report.already_there:,} are in it already, {report.opted_out:,} have "
            "opted out and would get no text. Nothing was stored."
        )
        return
    with click.progressbar(length=1, label="Importing") as bar:

        def advance(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        done = contact_imports.bring_in(
            desk, who, campaign_id, content, audit.CLI, on_progress=advance
        )
    _show_faults(done.problems, done.bad)
    click.echo(
        f"{done.added:,} contacts were added, {done.already_there:,} were there already, "
        f"{done.bad:,} rows were left out."
    )


def _show_faults(faults: Sequence[RowFault], bad: int) -> None:
    for fault in faults:
        click.echo(f"Row {fault.row}: {fault.fix}")
    if bad > len(faults):
        click.echo(f"… and {bad - len(faults):,} more bad rows.")


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
