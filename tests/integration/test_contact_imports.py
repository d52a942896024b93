"""Contacts come in by CSV: shown first, brought in once, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.clock import SystemClock
from backend.db.session import Database
from backend.db.tables import CampaignContact, Contact, ContactImport, ImportState
from backend.domain.contacts_csv import RowFault
from backend.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from backend.services import campaign_life, contact_imports, inbound
from backend.services import sweep as sweeping
from backend.services.audit import WEB
from backend.services.contact_imports import BATCH, Import
from backend.services.inbound import IncomingText
from tests.integration.campaigning import (
    audited,
    count,
    draft,
    file_of,
    number_id,
    phone,
    running,
)
from tests.integration.conftest import World
from tests.integration.test_api import bearer

MIXED = (
    "phone,name,language\n"
    f"{phone(1)},Ana,es\n"
    "nobody,Bob,en\n"
    f"{phone(2)},Chris,\n"
    f"{phone(1)},Again,en\n"
).encode()


@pytest.fixture
def campaign(world: World) -> str:
    """A draft without contacts."""
    return draft(world, students=[]).id


def imported(world: World, campaign: str, content: bytes) -> Import:
    """A file that the worker has brought in."""
    taken = contact_imports.start(world.desk, world.bob, campaign, content, WEB)
    world.queue.work()
    return contact_imports.read(world.desk, world.bob, taken.id)


def names(world: World) -> dict[str, tuple[str | None, str | None]]:
    """Name and language of every contact, by number."""
    with world.desk.db.read() as session:
        return {row.e164: (row.name, row.language) for row in session.scalars(select(Contact))}


def test_a_preview_says_what_would_happen_and_stores_nothing(world: World, campaign: str) -> None:
    """Good and bad rows, who is there already or has opted out, and what the contract still has."""
    imported(world, campaign, file_of([5, 6]))
    running(world, students=[6, 7], number=number_id(world, world.inbox_number))
    stop = IncomingText("SM1", phone(7), world.assistant_number, "STOP")
    inbound.receive(world.desk, world.bob.institution_id, stop)
    before = count(world, Contact), count(world, ContactImport)
    content = file_of([5, 6, 7, 8]) + b"nobody,Bob\n"
    seen = contact_imports.preview(world.desk, world.alice, campaign, content)
    by_bob = contact_imports.preview(world.desk, world.bob, campaign, content)

    assert (seen.rows, seen.good, seen.bad) == (5, 4, 1)
    assert [(fault.row, fault.code) for fault in seen.problems] == [(6, "invalid_number")]
    assert (seen.new, seen.already_there, seen.opted_out) == (2, 2, 1)
    assert (seen.newly_targeted, seen.contacts_left) == (2, 998)
    assert by_bob == replace(seen, contacts_left=None)
    assert (count(world, Contact), count(world, ContactImport)) == before


def test_good_rows_come_in_and_bad_ones_are_listed(world: World, campaign: str) -> None:
    """The worker brings them in; the file itself is dropped, the faults are kept."""
    waiting = contact_imports.start(world.desk, world.bob, campaign, MIXED, WEB)
    world.queue.work()
    done = contact_imports.read(world.desk, world.bob, waiting.id)

    assert (waiting.state, waiting.rows_done, waiting.rows_total) == (ImportState.WAITING, 0, 2)
    assert (done.state, done.rows_done, done.rows_total) == (ImportState.DONE, 2, 2)
    assert (done.added, done.already_there, done.bad) == (2, 0, 2)
    assert done.problems[0] == RowFault(
        3, "phone", "invalid_number", "It has no US phone number. Write one such as (316) 555-0123."
    )
    assert names(world) == {phone(1): ("Ana", "es"), phone(2): ("Chris", None)}
    with world.desk.db.read() as session:
        assert session.scalars(select(ContactImport.content)).all() == [None]
    assert audited(world, "contacts.import") == [
        (world.bob.id, "web", campaign, "done: 2 rows taken, 2 left out")
    ]


def test_the_same_file_again_adds_nothing(world: World, campaign: str) -> None:
    """Contacts are counted as being there; a changed name is taken over, a missing one is not."""
    imported(world, campaign, MIXED)
    again = imported(world, campaign, MIXED)
    renamed = imported(world, campaign, f"phone,name\n{phone(1)},Ana López\n{phone(2)},\n".encode())

    assert (again.added, again.already_there) == (0, 2)
    assert (renamed.added, renamed.already_there) == (0, 2)
    assert count(world, CampaignContact) == 2
    assert names(world) == {phone(1): ("Ana López", "es"), phone(2): ("Chris", None)}


def test_contacts_of_another_institution_are_left_alone(world: World, campaign: str) -> None:
    """The same number at two institutions is two contacts."""
    with world.desk.db.write(world.zoe.institution_id) as session:
        session.add(Contact(e164=phone(1), name="Zed", created_at=world.clock.now()))
    imported(world, campaign, MIXED)
    with world.desk.db.read(world.zoe.institution_id) as session:
        kept = session.scalars(select(Contact.name)).all()

    assert kept == ["Zed"] and count(world, Contact) == 3


def test_a_file_that_cannot_be_read_is_refused_whole(world: World, campaign: str) -> None:
    """Nothing is stored, and the field is named."""
    with pytest.raises(InvalidRequest) as caught:
        contact_imports.start(world.desk, world.bob, campaign, b"name\nAna\n", WEB)

    assert [problem.field for problem in caught.value.problems] == ["file"]
    assert count(world, ContactImport) == 0


def test_a_file_of_untold_length_is_refused_when_too_large(
    world: World, campaign: str, browser: FlaskClient
) -> None:
    """Sent in chunks, without its length: 413, and no row of it is taken for the whole."""
    wide = b"(316) 555-0100," + b"x" * 900 + b"\n"
    answer = browser.post(
        f"/api/v1/campaigns/{campaign}/contacts",
        input_stream=BytesIO(b"phone,name\n" + wide * (26_000_000 // len(wide))),
        headers=bearer(world, "bob@northern.example") | {"Transfer-Encoding": "chunked"},
        content_type="text/csv",
        environ_overrides={"wsgi.input_terminated": True},  # as gunicorn says
    )

    assert answer.status_code == 413 and count(world, ContactImport) == 0


def test_only_drafts_of_the_own_office_take_contacts(world: World, campaign: str) -> None:
    """Agents are refused, others do not find it, and one that has started takes none."""
    started = running(world, number=number_id(world, world.inbox_number)).id
    for attempt in (
        partial(contact_imports.preview, world.desk),
        partial(contact_imports.start, world.desk, via=WEB),
    ):
        with pytest.raises(NotAllowed):
            attempt(world.carol, campaign_id=campaign, content=MIXED)
        with pytest.raises(NotFound):
            attempt(world.zoe, campaign_id=campaign, content=MIXED)
        with pytest.raises(Conflict, match="is active"):
            attempt(world.bob, campaign_id=started, content=MIXED)
    done = imported(world, campaign, MIXED)
    with pytest.raises(NotFound):
        contact_imports.read(world.desk, world.zoe, done.id)

    campaign_life.archive(world.desk, world.bob, campaign, WEB)
    with pytest.raises(Conflict, match="archived"):
        contact_imports.start(world.desk, world.bob, campaign, MIXED, WEB)


def test_a_campaign_waits_for_its_import(world: World) -> None:
    """It cannot start while contacts are still coming in."""
    made = draft(world, students=[7])
    contact_imports.start(world.desk, world.bob, made.id, MIXED, WEB)
    with pytest.raises(Conflict, match="still being imported"):
        campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.work()

    assert campaign_life.activate(world.desk, world.bob, made.id, WEB).counts.targeted == 3


def test_an_import_ends_when_its_campaign_is_archived(world: World, campaign: str) -> None:
    """Nothing more comes in, and the file is dropped."""
    taken = contact_imports.start(world.desk, world.bob, campaign, MIXED, WEB)
    campaign_life.archive(world.desk, world.bob, campaign, WEB)
    world.queue.work()
    done = contact_imports.read(world.desk, world.bob, taken.id)

    assert (done.state, done.added) == (ImportState.DONE, 0)
    assert count(world, Contact) == 0


def test_two_workers_at_once_do_no_harm(world: World, campaign: str) -> None:
    """Four run the same import together: every contact once, every figure right."""
    content = file_of(range(3 * BATCH))
    taken = contact_imports.start(world.desk, world.bob, campaign, content, WEB)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(contact_imports.run, world.desk), [taken.id] * 4))
    done = contact_imports.read(world.desk, world.bob, taken.id)

    assert (done.rows_done, done.added, done.already_there) == (3 * BATCH, 3 * BATCH, 0)
    assert count(world, CampaignContact) == 3 * BATCH


def test_two_imports_of_the_same_people_at_once_do_no_harm(world: World) -> None:
    """In opposite order into two campaigns: neither waits for the other for ever."""
    people = range(2 * BATCH)
    first, second = draft(world, students=[]).id, draft(world, students=[]).id

    def run(campaign: str, content: bytes) -> int:
        taken = contact_imports.start(world.desk, world.bob, campaign, content, WEB)
        contact_imports.run(world.desk, taken.id)
        return contact_imports.read(world.desk, world.bob, taken.id).added

    with ThreadPoolExecutor(2) as pool:
        files = [file_of(people), file_of(reversed(people))]
        added = list(pool.map(run, [first, second], files))

    assert added == [len(people)] * 2 and count(world, Contact) == len(people)


class MortalClock(SystemClock):
    """A clock that kills its process when it is asked for the nth time."""

    def __init__(self, moment: datetime, last: int) -> None:
        self.moment = moment
        self.left = last

    def now(self) -> datetime:
        """The moment, or death."""
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.moment


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_an_import_goes_on_where_a_killed_worker_stopped(
    world: World, campaign: str, batch: int
) -> None:
    """Killed inside any batch, that batch is undone; the sweep has the rest brought in, once."""
    content = file_of(range(3 * BATCH))
    taken = contact_imports.start(world.desk, world.bob, campaign, content, WEB)
    world.queue.notes.clear()
    child = os.fork()
    if child == 0:
        try:
            clock = MortalClock(world.clock.now(), batch)
            desk = replace(world.desk, db=Database(world.desk.db.url), clock=clock)
            contact_imports.run(desk, taken.id)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    halfway = contact_imports.read(world.desk, world.bob, taken.id)
    sweeping.sweep(world.desk)
    early = list(world.queue.notes)
    world.clock.pass_time(minutes=2)
    sweeping.sweep(world.desk)
    world.queue.work()
    done = contact_imports.read(world.desk, world.bob, taken.id)

    assert os.WIFSIGNALED(status)
    assert halfway.rows_done == halfway.added == (batch - 1) * BATCH
    assert early == []
    assert (done.state, done.added, done.already_there) == (ImportState.DONE, 3 * BATCH, 0)


def backend(world: World, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on this world."""
    return subprocess.run(
        [sys.executable, "-c", "from backend.cli import main; main()", *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DATABASE_URL": world.desk.db.url,
            "SECRET_KEY": "a secret key for tests only",
            "RASA_CHANNEL_SECRET": "a channel secret for tests",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_contacts_are_imported_on_the_command_line(
    world: World, campaign: str, tmp_path: Path
) -> None:
    """The preview stores nothing; the import needs no worker; both name the bad rows."""
    file = tmp_path / "contacts.csv"
    file.write_bytes(MIXED)
    command = ("campaigns", "import", campaign, str(file), "--staff", world.bob.email)
    preview = backend(world, tmp_path, *command, "--preview")
    before = count(world, Contact)
    done = backend(world, tmp_path, *command)
    nobody = backend(world, tmp_path, *command[:-1], "nobody@northern.example")

    assert "2 of 4 rows are good" in preview.stdout and before == 0
    assert "Row 3: It has no US phone number." in preview.stdout
    assert "2 contacts were added, 0 were there already, 2 rows were left out." in done.stdout
    assert "Row 5: The same number is in row 2" in done.stdout
    assert count(world, CampaignContact) == 2
    assert nobody.returncode == 1 and "no active staff member" in nobody.stderr
    assert audited(world, "contacts.import")[0][:2] == (world.bob.id, "cli")
