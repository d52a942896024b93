"""The page of one contact's data, in a browser; and the commands that do the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend import cli
from backend.adapters.encryption import FernetCipher
from backend.db.tables import CarrierAccount, Contact, Conversation, Institution, Message
from backend.services import personal_data, retention
from backend.services.audit import WEB
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import count
from tests.integration.conftest import CIPHER_KEY, STUDENT, World
from tests.integration.dumping import tables_with

WORDS = "my grandmother is called Clementine"


@pytest.fixture
def contact(world: World) -> str:
    """The id of a student who has texted."""
    world.receive("SM1", WORDS, to=world.inbox_number)
    return personal_data.by_number(world.desk, world.alice, STUDENT)


@pytest.fixture
def alice(public: Flask) -> FlaskClient:
    """The administrator's browser."""
    browser = public.test_client()
    sign_in(browser, "alice@northern.example")
    return browser


def test_everything_can_be_downloaded(alice: FlaskClient, contact: str) -> None:
    """From the page, as a file; the page itself shows figures."""
    page = alice.get(f"/contacts/{contact}", base_url=DESK)
    file = alice.get(f"/contacts/{contact}/data.json", base_url=DESK)

    assert "Messages: 1" in page.text
    assert f"/contacts/{contact}/data.json" in page.text
    assert WORDS not in page.text
    assert file.headers["Content-Disposition"] == f'attachment; filename="{contact}.json"'
    assert file.headers["Cache-Control"] == "no-store"
    (talk,) = json.loads(file.text)["conversations"]
    assert [message["text"] for message in talk["messages"]] == [WORDS]


def test_deleting_takes_the_typed_word(world: World, alice: FlaskClient, contact: str) -> None:
    """Anything else deletes nothing and says what to type; the page outlives the deletion."""
    path = f"/contacts/{contact}"
    form = {"base_url": DESK, "headers": headers(csrf_of(alice, path))}

    typo = alice.post(f"{path}/delete", data={"confirmation": "delete"}, **form)
    assert (typo.status_code, count(world, Message)) == (422, 1)
    assert "Type DELETE in capital letters" in typo.text
    with world.desk.db.read() as session:
        talk = session.scalars(select(Conversation.public_id)).one()
    done = alice.post(f"{path}/delete", data={"confirmation": "DELETE"}, **form)
    after = alice.get(path, base_url=DESK).text
    of_the_talk = [
        alice.get(f"{where}/{talk}", base_url=DESK).status_code
        for where in ("/inbox", "/contacts/of", "/api/v1/conversations")
    ]

    assert (done.status_code, count(world, Message)) == (303, 0)
    assert "Deleted contact" in after and "Everything is deleted" in after
    assert "/delete" not in after and "0199" not in after
    assert of_the_talk == [404, 404, 404]


def test_without_our_page_nothing_is_deleted(
    world: World, alice: FlaskClient, contact: str
) -> None:
    """A forged form lacks the token."""
    forged = alice.post(
        f"/contacts/{contact}/delete", data={"confirmation": "DELETE"}, base_url=DESK
    )

    assert (forged.status_code, count(world, Message)) == (400, 1)


def test_the_inbox_leads_administrators_there(
    world: World, public: Flask, alice: FlaskClient, contact: str
) -> None:
    """And nobody else: they get the rule in words."""
    with world.desk.db.read() as session:
        talk = session.scalars(select(Conversation.public_id)).one()
    carol = public.test_client()
    sign_in(carol, "carol@northern.example")

    led = alice.get(f"/contacts/of/{talk}", base_url=DESK)
    refused = [
        carol.get(path, base_url=DESK)
        for path in (
            f"/contacts/of/{talk}",
            f"/contacts/{contact}",
            f"/contacts/{contact}/data.json",
        )
    ]

    assert f"/contacts/of/{talk}" in alice.get(f"/inbox/{talk}", base_url=DESK).text
    assert led.headers["Location"] == f"/contacts/{contact}"
    assert f"/contacts/of/{talk}" not in carol.get(f"/inbox/{talk}", base_url=DESK).text
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert "Only Administrators" in refused[1].text


@pytest.fixture
def command(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a `backend` command on this world."""

    monkeypatch.setattr(cli.app, "open_workshop", lambda: SimpleNamespace(desk=world.desk))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli.commands, arguments)

    return run


def test_the_commands_export_and_delete(
    world: World, command: Callable[..., Result], contact: str
) -> None:
    """By number, however written, for an administrator; deleting only with --yes."""
    as_alice = ("--staff", "alice@northern.example")

    exported = command("contact", "export", "(316) 555-0199", "-", *as_alice)
    asked = command("contact", "delete", STUDENT, *as_alice)
    assert count(world, Message) == 1
    deleted = command("contact", "delete", STUDENT, "--yes", *as_alice)

    assert json.loads(exported.output)["contact"]["id"] == contact
    assert (asked.exit_code, deleted.exit_code) == (2, 0)
    assert "messages 1," in asked.output and "--yes" in asked.output
    assert tables_with(world.desk.db, "Clementine", STUDENT) == set()
    assert STUDENT not in asked.output + deleted.output


def test_the_commands_keep_to_rights(command: Callable[..., Result], contact: str) -> None:
    """An agent's e-mail opens nothing."""
    told = command("contact", "export", STUDENT, "-", "--staff", "carol@northern.example")

    assert told.exit_code == 1 and "Only Administrators" in str(told.exception)


def test_the_command_says_what_would_go_and_what_went(
    world: World, command: Callable[..., Result], contact: str
) -> None:
    """Looking changes nothing; the run says the same and does it."""
    with world.desk.db.write() as session:
        for institution in session.scalars(select(Institution)):
            institution.messages_kept_days = 1
        for talk in session.scalars(select(Conversation)):
            talk.needs_attention = talk.with_person = False
    world.clock.pass_time(days=3)

    looked = command("retention", "look", "--institution", "northern")
    assert count(world, Message) == 1
    ran = command("retention", "run", "--institution", "northern")

    assert "northern: 1 messages would be deleted, the oldest from 2026-11-23" in looked.output
    assert looked.output.replace("would be deleted", "deleted") == ran.output
    assert (count(world, Message), count(world, Contact)) == (0, 0)
    assert "nothing is past its time" in command("retention", "run").output
    assert retention.look(world.desk)[0].found == {}


def test_keys_can_be_changed(
    world: World,
    command: Callable[..., Result],
    contact: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything is encrypted anew under the first key, so that the old one can go; an erased
    contact's number is still recognised.
    """
    personal_data.erase(world.desk, world.alice, contact, WEB)
    new = Fernet.generate_key().decode()
    both = replace(world.desk, cipher=FernetCipher(f"{new},{CIPHER_KEY}"))
    monkeypatch.setattr(cli.app, "open_workshop", lambda: SimpleNamespace(desk=both))
    told = command("keys", "rotate")

    only_new = FernetCipher(new)
    assert "3 secrets" in told.output
    with both.db.read() as session:
        sealed = session.scalars(select(CarrierAccount.auth_token_sealed)).all()
    assert sorted(only_new.decrypt(each) for each in sealed) == [
        "token of northern",
        "token of western",
    ]
    alone = replace(both, cipher=only_new)
    assert personal_data.by_number(alone, world.alice, STUDENT) == contact


def test_no_secret_is_readable_in_the_database(world: World, contact: str) -> None:
    """Neither a carrier's token nor the key of the hashes, in any table."""
    personal_data.erase(world.desk, world.alice, contact, WEB)
    with world.desk.db.read() as session:
        key = session.scalars(
            select(Institution.contact_key_sealed).where(Institution.slug == "northern")
        ).one()
    assert key is not None

    opened = world.desk.cipher.decrypt(key)

    assert tables_with(world.desk.db, "token of northern", "token of western", opened) == set()
