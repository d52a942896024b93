"""What a fresh checkout lacks (secrets, tables, the demo institution), and the welcome."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from backend.adapters import listeners
from backend.app import Workshop, open_workshop
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
    if not demo.is_seeded(desk):
        sign_ins = demo.new_sign_ins()
        # Written first: passwords that nobody can read would be of no use.
        _write_sign_ins(settings.demo_sign_ins_file, sign_ins)
        demo.seed(desk, sign_ins, with_numbers=workshop.sandbox is not None)
        yield "The demo institution is ready."
    carrier_accounts.keep(
        desk,
        demo.SLUG,
        OptOutHandledBy(settings.opt_outs_confirmed_by),
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.messaging_service_sid,
    )
    if workshop.sandbox is not None:
        demo.stock(desk)
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
        "backend": lambda: listeners.answers(f"http://127.0.0.1:{settings.port}/healthz"),
        "internal": lambda: listeners.answers(f"{settings.internal_url}/healthz"),
    }


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
