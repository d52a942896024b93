"""One contact's data: exported whole; deleted whole, but for the consent, which goes on working."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from backend.db.tables import (
    Base,
    CampaignContact,
    Contact,
    Conversation,
    Institution,
    Message,
    Turn,
    UnroutedText,
)
from backend.domain.campaigns import Skipped
from backend.domain.carrier_refusals import refused
from backend.domain.errors import CarrierError, NotAllowed, NotFound
from backend.domain.staff import Role
from backend.services import (
    campaign_life,
    contact_imports,
    inbound,
    inbox,
    outbound,
    personal_data,
    quotas,
    removal,
)
from backend.services.audit import CLI, WEB
from backend.services.ports import (
    AcceptedText,
    BotReply,
    BotTurn,
    CarrierCredentials,
    Nearest,
    OutgoingText,
)
from backend.services.staff import Who
from tests.integration.campaigning import (
    audited,
    count,
    draft,
    number_id,
    phone,
    running,
)
from tests.integration.conftest import STUDENT, World, on_sqlite_only
from tests.integration.dumping import dump_of, tables_with

WORDS = "my grandmother is called Clementine"
REPLY = "Grandmothers are welcome"
OTHER = "+13165550177"
WRITTEN = (STUDENT, STUDENT[2:], "(316) 555-0199", "316-555-0199")


def a_talk(world: World) -> str:
    """A student who has texted, was answered, not understood, called a person, sent a picture,
    reached a wrong number, was in a campaign, and has opted out at the end; the contact's id.
    """
    world.bot.replies = (BotReply(REPLY, audience="student"),)
    world.bot.intent, world.bot.nearest = "nlu_fallback", (Nearest("student_hours", 0.4),)
    world.receive("SM1", WORDS)
    world.queue.work()
    world.receive("SM2", f"{WORDS}, a picture", to=world.inbox_number, media=("https://x.test/1",))
    world.receive("SM3", f"{WORDS}, wrongly", to="+13165550999")
    world.receive("SM4", "STOP")
    world.queue.work()
    return contact_id(world)


def contact_id(world: World, number: str = STUDENT) -> str:
    return personal_data.by_number(world.desk, world.alice, number)


def test_every_pointer_is_known_to_the_removal() -> None:
    """A new column that points at a message, a conversation, a contact or a turn has to be looked
    at in `removal` before it can land.
    """
    taken_out = {"messages", "conversations", "contacts", "turns"}
    pointers = {
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in taken_out
    }

    assert {pointer.property.columns[0] for pointer in removal.POINTERS} == pointers


def test_nothing_of_a_deleted_contact_is_anywhere(world: World) -> None:
    """No word, no number, in whatever writing, in any table; nor in the assistant's memory."""
    contact = a_talk(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        row = session.scalars(select(Contact).where(Contact.public_id == contact)).one()
        row.name = "Clementine Smith"
    assert tables_with(world.desk.db, "Clementine", *WRITTEN) >= {
        "messages",
        "contacts",
        "unrouted_texts",
    }

    deleted = personal_data.erase(world.desk, world.alice, contact, WEB)

    assert deleted.is_forgotten and deleted.conversations == 2 and deleted.unrouted_texts == 1
    assert tables_with(world.desk.db, "Clementine", REPLY, *WRITTEN) == set()
    assert world.bot.memory == set()
    assert [count(world, table) for table in (Message, Turn, UnroutedText)] == [0, 0, 0]
    world.clock.pass_time(minutes=3)
    personal_data.forget_the_deleted(world.desk)
    assert count(world, Conversation) == 0


@on_sqlite_only
def test_the_file_is_overwritten(world: World) -> None:
    """SQLite would leave what is deleted in the file until its room is needed."""
    contact = a_talk(world)
    file = Path(make_url(world.desk.db.url).database or "")

    personal_data.erase(world.desk, world.alice, contact, WEB)
    world.desk.db.close()

    assert file.stat().st_size > 0
    for each in file.parent.glob(f"{file.name}*"):
        assert b"Clementine" not in each.read_bytes()


def test_it_is_on_record_without_the_number(world: World) -> None:
    """Who deleted which contact, how much; no word and no number."""
    contact = a_talk(world)

    personal_data.export(world.desk, world.alice, contact, CLI)
    personal_data.erase(world.desk, world.alice, contact, WEB)

    assert audited(world, "contact.export") == [(world.alice.id, "cli", contact, "done")]
    ((by, channel, subject, outcome),) = audited(world, "contact.delete")
    assert (by, channel, subject) == (world.alice.id, "web", contact)
    assert outcome.startswith("done: ") and "2 conversations" in outcome


def test_a_stop_outlives_the_deletion(world: World) -> None:
    """Imported anew, the number is recognised, and gets no campaign's text."""
    world.receive("SM1", "STOP")
    world.queue.work()
    personal_data.erase(world.desk, world.alice, contact_id(world), WEB)
    world.carrier.sent.clear()

    made = draft(world, students=[1])
    file = f"phone,name\n{STUDENT},Clementine\n".encode()
    preview = contact_imports.preview(world.desk, world.alice, made.id, file)
    contact_imports.start(world.desk, world.alice, made.id, file, WEB)
    world.queue.work()
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.work()

    assert preview.opted_out == 1
    assert STUDENT not in [text.to_number for text in world.carrier.sent]
    with world.desk.db.read() as session:
        rows = select(CampaignContact.skipped, Contact.e164).join(Contact)
        assert {e164: skipped for skipped, e164 in session.execute(rows)} == {
            phone(1): None,
            STUDENT: Skipped.OPTED_OUT,
        }
        contact = session.scalars(select(Contact).where(Contact.e164 == STUDENT)).one()
        assert (contact.erased_at, contact.name) == (None, "Clementine")


def test_who_texts_again_is_known_again(world: World) -> None:
    """The same contact, opted out as before, with nothing but what was written since."""
    world.receive("SM1", "STOP")
    before = contact_id(world)
    personal_data.erase(world.desk, world.alice, before, WEB)

    world.receive("SM2", "hello again, it is me")
    world.queue.work()

    assert contact_id(world) == before
    assert world.bot.asked == []
    assert count(world, Contact) == 1


def test_each_institution_has_hashes_of_its_own(world: World) -> None:
    """One number erased at two institutions looks different at each."""
    world.receive("SM1", "hello")
    with world.desk.db.write(world.zoe.institution_id) as session:
        session.add(Contact(e164=STUDENT, created_at=world.clock.now()))

    for who in (world.alice, world.zoe):
        personal_data.erase(world.desk, who, personal_data.by_number(world.desk, who, STUDENT), WEB)

    with world.desk.db.read() as session:
        hashes = session.scalars(select(Contact.e164)).all()
        keys = session.scalars(select(Institution.contact_key_sealed)).all()
    assert len(set(hashes)) == 2 and all(each.startswith("erased:") for each in hashes)
    opened = [world.desk.cipher.decrypt(key) for key in keys if key]
    assert len(set(opened)) == 2
    assert tables_with(world.desk.db, *opened) == set()


def test_the_contract_still_counts_a_deleted_contact(world: World) -> None:
    """Who was targeted stays counted; who waits in a draft is gone; nobody is texted twice."""
    running(world, students=range(3))
    draft(world, students=range(3), name="Later", number=number_id(world, world.inbox_number))
    with world.desk.db.read(world.alice.institution_id) as session:
        before = quotas.read(session, world.clock.now()).contacts_used
    sent = len(world.carrier.sent)

    personal_data.erase(world.desk, world.alice, contact_id(world, phone(0)), WEB)
    world.queue.work()
    world.queue.run_next_delayed()

    with world.desk.db.read(world.alice.institution_id) as session:
        assert quotas.read(session, world.clock.now()).contacts_used == before == 3
        left = session.scalars(
            select(CampaignContact.skipped).where(CampaignContact.message_id.is_(None))
        ).all()
    assert left.count(Skipped.DELETED) == 1
    assert len(left) == 3  # with the two that are left in the draft
    assert len(world.carrier.sent) == sent


def test_while_the_assistant_is_away_its_memory_waits(world: World) -> None:
    """The rows are gone at once; its memory is deleted when it is back, also after a crash."""
    contact = a_talk(world)
    world.bot.is_up = False

    deleted = personal_data.erase(world.desk, world.alice, contact, WEB)

    assert not deleted.is_forgotten
    assert tables_with(world.desk.db, "Clementine", *WRITTEN) == set()
    assert not personal_data.forget_the_deleted(world.desk)
    world.bot.is_up = True
    assert world.bot.memory
    assert personal_data.forget_the_deleted(world.desk)
    assert world.bot.memory == set()


def test_an_answer_under_way_is_dropped(world: World) -> None:
    """Deleted while the assistant is thinking: nothing is stored or sent, and what it remembers
    all the same is forgotten a little later.
    """
    world.receive("SM1", WORDS)

    def delete(_turn: BotTurn) -> None:
        personal_data.erase(world.desk, world.alice, contact_id(world), WEB)

    world.bot.while_thinking = delete
    world.queue.work()

    assert world.carrier.sent == []
    assert tables_with(world.desk.db, "Clementine", *WRITTEN) == set()
    world.clock.pass_time(minutes=3)
    assert world.bot.memory and personal_data.forget_the_deleted(world.desk)
    assert world.bot.memory == set()
    assert count(world, Conversation) == 0


def test_a_text_that_waits_is_not_sent(world: World) -> None:
    """Deleted between being written and being sent."""
    world.receive("SM1", "STOP")
    errands = list(world.queue.notes)

    personal_data.erase(world.desk, world.alice, contact_id(world), WEB)
    world.queue.work()

    assert errands and world.carrier.sent == []
    outbound.send(world.desk, errands[0][0].row_id)
    assert world.carrier.sent == []


@pytest.mark.parametrize("refusal", [None, refused(30007), CarrierError("busy")])
def test_a_text_that_is_just_being_sent(world: World, refusal: CarrierError | None) -> None:
    """Deleted while the carrier has it: whatever it says is about nothing any more."""
    world.receive("SM1", "STOP")
    send = world.carrier.send

    def delete_first(account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        personal_data.erase(world.desk, world.alice, contact_id(world), WEB)
        return send(account, text)

    world.carrier.send = delete_first  # type: ignore[method-assign]
    world.carrier.refusal = refusal
    world.queue.work()

    assert count(world, Message) == 0


def test_all_that_is_kept_is_exported(world: World) -> None:
    """Every text, picture, event and guess, and nothing of anybody else's; it fits in JSON."""
    contact = a_talk(world)

    data = personal_data.export(world.desk, world.alice, contact, WEB)
    written = json.dumps(data)

    with world.desk.db.read() as session:
        for body in session.scalars(select(Message.body)):
            assert json.dumps(body)[1:-1] in written
    assert "https://x.test/1" in written
    assert f"{WORDS}, wrongly" in written
    assert "student_hours" in written
    assert data["contact"]["phone_number"] == STUDENT
    assert [event["kind"] for event in data["consent"]] == ["opt_out"]
    kinds = {event["kind"] for talk in data["conversations"] for event in talk["timeline"]}
    assert "consent.stop" in kinds


def test_summaries_and_notes_are_exported_and_deleted(world: World) -> None:
    """They hold the student's words as well: what the agent read of them, and wrote about them."""
    world.bot.replies = (BotReply("A person will see it.", audience="student", hand_off=True),)
    world.receive("SM1", WORDS)
    world.queue.work()
    with world.desk.db.read() as session:
        talk = session.scalars(select(Conversation.public_id)).one()
    inbox.note(world.desk, world.carol, talk, "Clementine, said on the phone", WEB)
    contact = contact_id(world)

    (exported,) = personal_data.export(world.desk, world.alice, contact, WEB)["conversations"]
    lines = {line["kind"]: line["text"] for line in exported["timeline"]}
    personal_data.erase(world.desk, world.alice, contact, WEB)

    assert f"“{WORDS}”" in lines["summary"]
    assert lines["note"] == "Clementine, said on the phone"
    assert tables_with(world.desk.db, "Clementine", *WRITTEN) == set()


def test_every_kind_of_row_is_in_the_export(world: World) -> None:
    """Each text a table holds about the contact is in the export, but for what is only our own:
    ids, states and times.
    """
    contact = a_talk(world)
    written = json.dumps(personal_data.export(world.desk, world.alice, contact, WEB))

    with_words = tables_with(world.desk.db, "Clementine", STUDENT)

    assert with_words == {"messages", "contacts", "unrouted_texts"}
    assert written.count("Clementine") == 3


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_only_administrators(world: World, name: str) -> None:
    """Neither look, nor export, nor delete; and the try is on record."""
    contact = a_talk(world)
    who: Who = getattr(world, name)

    for attempt in (
        lambda: personal_data.summary(world.desk, who, contact),
        lambda: personal_data.export(world.desk, who, contact, WEB),
        lambda: personal_data.erase(world.desk, who, contact, WEB),
        lambda: personal_data.by_number(world.desk, who, STUDENT),
    ):
        with pytest.raises(NotAllowed):
            attempt()

    assert audited(world, "contact.delete")[0][3].startswith("refused")
    assert who.role is not Role.ADMINISTRATOR
    assert count(world, Message) > 0


def test_not_another_institutions(world: World) -> None:
    """Western's administrator finds nothing of Northern's, by id or by number."""
    contact = a_talk(world)

    for attempt in (
        lambda: personal_data.summary(world.desk, world.zoe, contact),
        lambda: personal_data.export(world.desk, world.zoe, contact, WEB),
        lambda: personal_data.erase(world.desk, world.zoe, contact, WEB),
        lambda: personal_data.by_number(world.desk, world.zoe, STUDENT),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert count(world, Message) > 0


def test_a_neighbour_keeps_everything(world: World) -> None:
    """Another contact's rows are as they were."""
    world.receive("SM1", WORDS)
    other = world.text("SM2", "I am somebody else", to=world.inbox_number)
    inbound.receive(world.desk, world.alice.institution_id, replace(other, from_number=OTHER))

    personal_data.erase(world.desk, world.alice, contact_id(world), WEB)

    assert "I am somebody else" in dump_of(world.desk.db)["messages"]
    assert contact_id(world, OTHER)
