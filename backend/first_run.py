"""What a fresh checkout lacks (secrets, tables, the demo institution), and the welcome."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from backend.app import Workshop, is_answering, open_workshop
from backend.db.migrate import migrate
from backend.db.tables import OptOutHandledBy
from backend.services import carrier_accounts, demo


def initialise() -> Iterator[str]:
    """Make a fresh checkout ready to start; says what it did, line by line. Safe to repeat."""
    names = _write_missing_secrets(Path(".env"), dict(os.environ))
    if names:
        yield f"New secrets in .env: {', '.join(names)}."
    workshop = open_workshop()
    settings, desk = workshop.settings, workshop.desk
    migrate(settings.database_url)
    is_new = not demo.is_seeded(desk)
    if is_new:
        sign_ins = demo.seed_institution(desk)
        _write_sign_ins(settings.demo_sign_ins_file, sign_ins)
    _keep_carrier_account(workshop, is_new=is_new)
    if is_new:
        demo.seed_numbers(desk)
        yield "The demo institution is ready."
    yield "The database is up to date."


def welcome(within_s: int) -> Iterator[str]:
    """Where to look and who to sign in as, once every part is ready or `within_s` is over."""
    workshop = open_workshop()
    deadline = time.monotonic() + within_s
    while missing := [name for name, check in _all_parts(workshop).items() if not check()]:
        if time.monotonic() > deadline:
            yield f"Not ready after {within_s} s: {', '.join(missing)}. See the lines above."
            return
        time.sleep(0.5)
    yield ""
    yield f"Numberdesk is ready:  {workshop.settings.public_url}"
    if workshop.sandbox is not None:
        yield "Sandbox carrier: no real texts are sent."
    if workshop.settings.demo_sign_ins_file.exists():
        yield "Demo sign-ins (role, e-mail, password):"
        yield from (
            f"  {line}" for line in workshop.settings.demo_sign_ins_file.read_text().splitlines()
        )
    yield "Press Ctrl-C to stop everything."


def _all_parts(workshop: Workshop) -> dict[str, Callable[[], bool]]:
    settings = workshop.settings
    return workshop.readiness() | {
        "backend": lambda: is_answering(f"http://127.0.0.1:{settings.port}/healthz"),
        "internal": lambda: is_answering(f"{settings.internal_url}/healthz"),
    }


def _keep_carrier_account(workshop: Workshop, *, is_new: bool) -> None:
    """Bring the demo's carrier account to what the settings say."""
    settings, desk = workshop.settings, workshop.desk
    handled_by = OptOutHandledBy(settings.opt_outs_confirmed_by)
    if settings.twilio_account_sid and settings.twilio_auth_token:
        sid, token = settings.twilio_account_sid, settings.twilio_auth_token
        carrier_accounts.keep(desk, demo.SLUG, sid, token, handled_by)
    elif is_new:  # the sandbox's account: made up once, kept in the database
        sid, token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        carrier_accounts.keep(desk, demo.SLUG, sid, token, handled_by)
    else:
        carrier_accounts.keep_opt_outs(desk, demo.SLUG, handled_by)


def _write_sign_ins(file: Path, sign_ins: Sequence[demo.SignIn]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    width = max(len(each.role.replace("_", " ")) for each in sign_ins)
    file.write_text(
        "".join(
            f"{each.role.replace('_', ' '):{width}}  {each.email}  {each.password}\n"
            for each in sign_ins
        )
    )


def _write_missing_secrets(dotenv: Path, environment: dict[str, str]) -> list[str]:
    """Add to `.env` the secrets that neither it nor the environment holds; returns their names.

    The file is readable by its owner only.
    """
    made = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(32),
        "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
        "RASA_CHANNEL_SECRET": lambda: secrets.token_urlsafe(32),
    }
    present = {
        name
        for name, value in {
            **(dotenv_values(dotenv) if dotenv.exists() else {}),
            **environment,
        }.items()
        if value
    }
    missing = [name for name in made if not {name, f"{name}_FILE"} & present]
    if missing:
        with os.fdopen(os.open(dotenv, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.writelines(f"{name}={made[name]()}\n" for name in missing)
    return missing
