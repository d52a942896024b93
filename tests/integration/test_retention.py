"""What is past its time goes, as each institution has set it; what somebody still needs stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.db.tables import (
    Campaign,
    CampaignContact,
    Contact,
    ContractLimits,
    Conversation,
    ConversationEvent,
    Institution,
    Message,
    ReplyButton,
    Turn,
    UnansweredQuestion,
    UnroutedText,
)
from backend.domain.errors import NotFound
from backend.services import campaign_life, inbound, inbox, quotas, retention, staff_chat
from backend.services.audit import WEB
from backend.services.ports import BotReply, Button, Nearest
from backend.services.retention import Report
from tests.integration.campaigning import audited, count, phone, running
from tests.integration.conftest import World
from tests.integration.dumping import dump_of, tables_with

KEPT_DAYS = 30
OLD = "Clementine’s old words"
NEW = "Marigold’s new words"


def keep(world: World, **days: int | None) -> None:
    """Set how long Northern keeps what."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(Institution).values({f"{kind}_kept_days": kept for kind, kept in days.items()})
        )


def receive_from(world: World, number: str, sid: str, body: str, to: str | None = None) -> None:
    text = replace(world.text(sid, body, to), from_number=number)
    inbound.receive(world.desk, world.alice.institution_id, text)


def resolve_all(world: World) -> None:
    """Somebody has seen to everything."""
    with world.desk.db.write() as session:
        session.execute(
            update(Conversation).values(with_person=False, needs_attention=False, is_urgent=False)
        )


def a_desk_of_some_age(world: World) -> None:
    """Old and new talks, with everything that hangs on them."""
    world.bot.replies = (BotReply("Yes.", audience="everyone", buttons=(Button("More", "/more"),)),)
    world.bot.intent, world.bot.nearest = "nlu_fallback", (Nearest("student_hours", 0.4),)
    staff_chat.ask(world.desk, world.alice, text=f"{OLD}, from staff")
    world.receive("SM1", OLD, media=("https://x.test/old",))
    receive_from(world, phone(5), "SM2", f"{OLD}, once only")
    world.receive("SM3", OLD, to="+13165550999")
    receive_from(world, phone(7), "SM7", f"{OLD}, once to people", to=world.inbox_number)
    world.queue.work()
    world.clock.pass_time(days=20)
    world.receive("SM4", f"{OLD}, in the middle", media=("https://x.test/middle",))
    world.queue.work()
    world.clock.pass_time(days=20)
    world.receive("SM5", NEW, media=("https://x.test/new",))
    receive_from(world, phone(6), "SM6", NEW)
    world.queue.work()
    resolve_all(world)


def counts(reports: tuple[Report, ...]) -> dict[str, int]:
    """How much of each kind, of all institutions."""
    return {
        f"{report.institution} {kind}": found.count
        for report in reports
        for kind, found in report.found.items()
    }


def test_a_dry_run_says_exactly_what_a_run_deletes(world: World) -> None:
    """The same figures by kind, and nothing is changed by looking; a second run finds nothing."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS, media=10, trackers=5)
    world.clock.pass_time(days=6)
    before, memory = dump_of(world.desk.db), set(world.bot.memory)

    looked = retention.look(world.desk)
    assert (dump_of(world.desk.db), world.bot.memory) == (before, memory)
    ran = retention.run(world.desk)

    assert counts(ran) == counts(looked)
    assert counts(looked)["northern messages"] >= 4
    assert {kind.split(" ", 1)[1] for kind in counts(looked)} >= {
        *("messages", "timeline lines", "conversations", "contacts"),
        *("trackers", "texts’ pictures", "unrouted texts"),
    }
    assert [report.found for report in ran] == [report.found for report in looked]
    assert counts(retention.look(world.desk)) == counts(retention.run(world.desk)) == {}


def test_old_words_are_gone_and_new_ones_stay(world: World) -> None:
    """Bodies, turns, buttons, questions, in every table; the talk goes on."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS)

    retention.run(world.desk)

    dump = dump_of(world.desk.db)
    assert {name for name, rows in dump.items() if f"{OLD}, once" in rows} == set()
    assert dump["messages"].count(f"{OLD}, in the middle") == 1
    assert dump["messages"].count(NEW) == 2
    with world.desk.db.read() as session:
        oldest = session.scalars(select(Message.created_at).order_by(Message.created_at)).first()
        assert oldest is not None
        assert oldest > world.clock.now() - timedelta(days=KEPT_DAYS)
        for table in (Turn, UnansweredQuestion, ReplyButton):
            assert session.scalars(select(table.message_id)).all()
        assert phone(5) not in session.scalars(select(Contact.e164)).all()
    assert count(world, UnroutedText) == 0


def test_a_summary_goes_with_the_words_it_quotes_and_a_note_in_its_own_time(world: World) -> None:
    """The agent's summary is younger than the first words in it, by a day at the most."""
    world.bot.replies = (BotReply("I'm not sure what you mean.", audience="student"),)
    world.bot.intent = "nlu_fallback"
    world.receive("SM1", OLD)
    world.queue.work()
    talk = conversation_id(world)
    inbox.note(world.desk, world.carol, talk, f"{OLD}, said on the phone", WEB)
    world.clock.pass_time(hours=20)
    world.receive("SM2", NEW)
    world.queue.work()
    inbox.note(world.desk, world.carol, talk, f"{NEW}, said on the phone", WEB)
    assert "conversation_events" in tables_with(world.desk.db, f"“{OLD}”")
    resolve_all(world)
    keep(world, messages=KEPT_DAYS)
    world.clock.pass_time(days=KEPT_DAYS, hours=-19)

    looked = retention.look(world.desk)
    ran = retention.run(world.desk)

    assert counts(looked) == counts(ran)
    assert tables_with(world.desk.db, OLD) == set()
    assert tables_with(world.desk.db, NEW) == {"messages", "conversation_events"}
    world.clock.pass_time(days=1)
    retention.run(world.desk)
    assert tables_with(world.desk.db, NEW) == set()


def conversation_id(world: World) -> str:
    with world.desk.db.read() as session:
        return session.scalars(select(Conversation.public_id)).one()


def test_pictures_may_go_before_the_words(world: World) -> None:
    """Only the addresses of the older ones."""
    a_desk_of_some_age(world)
    keep(world, media=10)

    retention.run(world.desk)

    with world.desk.db.read() as session:
        media = [each for each in session.scalars(select(Message.media)) if each]
        bodies = session.scalars(select(Message.body)).all()
    assert media == [["https://x.test/new"]]
    assert OLD in bodies


def test_nothing_is_deleted_where_nothing_is_set(world: World) -> None:
    """None keeps; and another institution's setting is its own."""
    a_desk_of_some_age(world)
    with world.desk.db.write(world.zoe.institution_id) as session:
        session.execute(
            update(Institution).values(
                messages_kept_days=1, media_kept_days=1, trackers_kept_days=1
            )
        )
    before = dump_of(world.desk.db)["messages"]

    assert counts(retention.run(world.desk)) == {}
    assert dump_of(world.desk.db)["messages"] == before
    assert audited(world, retention.ACTION) == []


@pytest.mark.parametrize("why", ["with_person", "needs_attention", "is_urgent"])
def test_what_somebody_must_see_to_stays(world: World, why: str) -> None:
    """However old: a conversation that is urgent, waits for a person, or is with one."""
    world.receive("SM1", OLD)
    world.queue.work()
    with world.desk.db.write() as session:
        session.execute(update(Conversation).values({why: True}))
    keep(world, messages=1, media=1)
    world.clock.pass_time(days=400)
    before = dump_of(world.desk.db)["messages"]

    retention.run(world.desk)

    assert dump_of(world.desk.db)["messages"] == before
    resolve_all(world)
    retention.run(world.desk)
    assert count(world, Message) == 0


def test_what_is_to_be_sent_stays(world: World) -> None:
    """A text that waits is not lost by its age."""
    world.receive("SM1", OLD)
    world.queue.work()
    with world.desk.db.write() as session:
        session.execute(update(Message).where(Message.author == "assistant").values(status="held"))
    keep(world, messages=1)
    world.clock.pass_time(days=400)

    retention.run(world.desk)

    with world.desk.db.read() as session:
        assert session.scalars(select(Message.status)).all() == ["held"]


def test_evidence_of_consent_stays(world: World) -> None:
    """The text that was a STOP, with its contact; what was said besides it goes."""
    world.receive("SM1", OLD)
    world.receive("SM2", "STOP")
    world.queue.work()
    resolve_all(world)
    keep(world, messages=1)
    world.clock.pass_time(days=400)

    retention.run(world.desk)

    with world.desk.db.read() as session:
        assert session.scalars(select(Message.body)).all() == ["STOP"]
        assert count(world, Contact) == 1
        assert session.scalars(
            select(ConversationEvent.kind).where(ConversationEvent.message_id.is_not(None))
        ).all()


def test_a_campaign_keeps_its_texts_until_it_is_long_archived(world: World) -> None:
    """Nobody is texted twice, and the contract counts whom it counted."""
    made = running(world, students=range(3))
    keep(world, messages=KEPT_DAYS)
    world.clock.pass_time(days=60)
    assert counts(retention.look(world.desk)) == {}

    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    world.clock.pass_time(days=31)
    resolve_all(world)
    with world.desk.db.read(world.alice.institution_id) as session:
        before = quotas.read(session, world.clock.now()).contacts_used
    looked = retention.look(world.desk)
    ran = retention.run(world.desk)

    assert counts(looked) == counts(ran)
    with world.desk.db.read(world.alice.institution_id) as session:
        assert quotas.read(session, world.clock.now()).contacts_used == before == 3
    assert (count(world, Message), count(world, Conversation)) == (0, 0)
    assert count(world, Contact) == 3
    # In the next contract period nobody needs to know any more.
    with world.desk.db.write() as session:
        session.add(
            ContractLimits(
                institution_id=world.alice.institution_id,
                starts_on=world.clock.now().date(),
                ends_on=world.clock.now().date() + timedelta(days=300),
                contacts_limit=5,
                numbers_limit=5,
            )
        )
    looked = retention.look(world.desk)
    assert counts(looked) == counts(retention.run(world.desk))
    assert (count(world, CampaignContact), count(world, Contact)) == (0, 0)
    assert count(world, Campaign) == 1


def test_the_assistant_forgets_first(world: World) -> None:
    """While it is away the words it may still remember stay, and the next run goes on."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS)
    world.bot.is_up = False

    (looked, _) = retention.look(world.desk)
    (ran, _) = retention.run(world.desk)

    assert looked.assistant_is_away and ran.assistant_is_away
    assert OLD in dump_of(world.desk.db)["messages"]
    world.bot.is_up = True
    assert not retention.run(world.desk)[0].assistant_is_away
    with world.desk.db.read() as session:
        kept = set(session.scalars(select(Conversation.public_id)))
    assert f"{OLD}, once" not in dump_of(world.desk.db)["messages"]
    assert world.bot.memory <= kept


def test_idle_memory_is_forgotten_in_its_own_time(world: World) -> None:
    """Of conversations in which nothing was said for so many days; the words stay here."""
    a_desk_of_some_age(world)
    keep(world, trackers=30)
    remembered = len(world.bot.memory)

    (ran, _) = retention.run(world.desk)

    assert ran.found["trackers"].count == 2  # the old talk of staff, and the one-time student
    assert len(world.bot.memory) == remembered - 2
    assert OLD in dump_of(world.desk.db)["messages"]


def test_a_run_that_breaks_off_is_taken_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, killed at every step: in the end the same is left as after one run."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS, media=10, trackers=5)
    monkeypatch.setattr(retention, "SOME", 1)
    whole = counts(retention.look(world.desk))
    steps = 0
    transact = type(world.desk.db).transact

    class Killed(BaseException):
        """The process is gone."""

    def one_step(db: object, *arguments: object) -> object:
        nonlocal steps
        steps += 1
        done = transact(db, *arguments)  # type: ignore[arg-type]
        raise Killed(done)

    for _ in range(sum(whole.values()) + 5):
        monkeypatch.setattr(type(world.desk.db), "transact", one_step)
        try:
            retention.run(world.desk)
        except Killed:
            continue
        finally:
            monkeypatch.setattr(type(world.desk.db), "transact", transact)
    retention.run(world.desk)

    assert steps > 5
    assert counts(retention.look(world.desk)) == {}
    assert f"{OLD}, once" not in dump_of(world.desk.db)["messages"]


def test_it_is_on_record(world: World) -> None:
    """How much of what, by the desk itself, without words."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS)

    retention.run(world.desk)

    ((by, channel, _, outcome),) = audited(world, retention.ACTION)
    assert (by, channel) == (None, "desk")
    assert "messages" in outcome
    assert tables_with(world.desk.db, f"{OLD}, once") == set()


def test_one_institution_alone(world: World) -> None:
    """By its short name; an unknown one is said to be so."""
    a_desk_of_some_age(world)
    keep(world, messages=KEPT_DAYS)

    assert counts(retention.run(world.desk, "western")) == {}
    assert counts(retention.run(world.desk, "northern"))
    with pytest.raises(NotFound):
        retention.run(world.desk, "nowhere")
