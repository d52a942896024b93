"""What came while nobody listened is fetched from the carrier's list, once and in time or late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from backend.db.tables import (
    Author,
    CarrierAccount,
    Contact,
    Conversation,
    ConversationEvent,
    Message,
    OptOutHandledBy,
    PhoneNumber,
    UnroutedText,
)
from backend.domain.carrier_refusals import ASKING, unreachable
from backend.domain.errors import DatabaseBusy
from backend.domain.provisioned_numbers import NumberState
from backend.services import carrier_accounts, inbound, personal_data
from backend.services.audit import WEB
from backend.services.catch_up import OVERLAP, STEP, STILL_UNDER_WAY, catch_up
from tests.fakes import Fault
from tests.integration.conftest import STUDENT, World

# A text of this age has had both tries of its webhook.
DROPPED = STILL_UNDER_WAY + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def listened_before(world: World) -> None:
    """The desk has read the carriers' lists once, and time has gone by."""
    assert catch_up(world.desk) == 0
    world.clock.pass_time(hours=1)


def text(world: World, sid: str, body: str = "hello", to: str | None = None) -> None:
    """A student's text that no webhook brings."""
    world.carrier.receive(sid, STUDENT, to or world.assistant_number, body)


def texts(world: World) -> list[tuple[str | None, str]]:
    """What students have texted, as we have it."""
    with world.desk.db.read() as session:
        rows = session.scalars(
            select(Message).where(Message.author == Author.CONTACT).order_by(Message.id)
        )
        return [(row.carrier_sid, row.body) for row in rows]


def mark(world: World) -> datetime | None:
    """How far Northern's account has been read."""
    with world.desk.db.read() as session:
        return session.scalars(
            select(CarrierAccount.texts_listed_to).filter_by(account_sid=world.account_sid)
        ).one()


def reasons(world: World) -> str:
    """Every reason on the timeline."""
    with world.desk.db.read() as session:
        return "\n".join(session.scalars(select(ConversationEvent.reason)))


def test_a_text_whose_webhook_was_lost_is_fetched_and_answered(world: World) -> None:
    """It is answered as if the webhook had come, and only once however often the list is read."""
    text(world, "SM1", "who is this?")
    world.clock.pass_time(seconds=DROPPED.total_seconds())
    fetched = [catch_up(world.desk) for _ in range(3)]
    world.queue.work()

    assert fetched == [1, 0, 0] and texts(world) == [("SM1", "who is this?")]
    (sent,) = world.carrier.sent
    assert "Yes, you may." in sent.body


def test_a_text_still_under_way_is_left_to_its_webhook(world: World) -> None:
    """The webhook tells more (whether the carrier confirmed a STOP), so it gets its chance."""
    text(world, "SM1")
    world.clock.pass_time(seconds=STILL_UNDER_WAY.total_seconds() - 1)

    assert catch_up(world.desk) == 0
    world.clock.pass_time(seconds=1)
    assert catch_up(world.desk) == 1


def test_webhook_and_list_are_one_text(world: World) -> None:
    """A webhook that comes before or after its text was fetched changes nothing."""
    text(world, "SM1")
    world.receive("SM1", "hello")
    text(world, "SM2", "and?")
    world.clock.pass_time(minutes=1)
    fetched = catch_up(world.desk)
    world.receive("SM2", "and?")

    assert fetched == 1 and texts(world) == [("SM1", "hello"), ("SM2", "and?")]


def test_a_stop_that_was_lost_is_honoured(world: World) -> None:
    """Nobody is texted on because a webhook got lost."""
    text(world, "SM1", "STOP")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)
    world.receive("SM2", "hello")
    world.queue.work()

    assert world.bot.asked == [] and len(world.carrier.sent) == 1


def test_a_start_that_was_lost_lifts_no_later_stop(world: World) -> None:
    """What counts is the order in which the student wrote, not the one in which we heard of it."""
    text(world, "SM1", "START")
    world.clock.pass_time(seconds=20)
    world.receive("SM2", "STOP")
    world.queue.work()
    world.clock.pass_time(minutes=1)
    assert catch_up(world.desk) == 1
    world.receive("SM3", "hello")
    world.queue.work()

    assert world.bot.asked == [] and len(world.carrier.sent) == 1


def test_a_stop_that_the_carrier_confirmed_is_not_confirmed_again(world: World) -> None:
    """The list does not tell that Twilio has answered; the account's setting does."""
    with world.desk.db.write() as session:
        for account in session.scalars(select(CarrierAccount)):
            account.opt_out_handled_by = OptOutHandledBy.TWILIO
    text(world, "SM1", "STOP")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)
    world.queue.work()

    assert world.carrier.sent == [] and "STOP" in reasons(world)


def test_after_a_long_stop_everything_is_fetched_in_its_order(world: World) -> None:
    """Three days of texts come in, oldest first, each with the moment the carrier got it; what
    is too old for the assistant waits for a person.
    """
    sent_at = []
    for day in range(3):
        text(world, f"SM{day}", f"day {day}")
        sent_at.append(world.clock.now())
        world.clock.pass_time(days=1)
    catch_up(world.desk)
    world.queue.work()

    assert [body for _sid, body in texts(world)] == ["day 0", "day 1", "day 2"]
    with world.desk.db.read() as session:
        assert list(session.scalars(select(Message.created_at).order_by(Message.id))) == sent_at
        assert session.scalars(select(Conversation.needs_attention)).one()
    assert world.bot.asked == [] and world.carrier.sent == []
    assert "within 10 minutes" in reasons(world)


def test_nothing_from_before_the_first_start_is_read(world: World) -> None:
    """An account brings years of other texts along: they are none of ours."""
    with world.desk.db.write() as session:
        for account in session.scalars(select(CarrierAccount)):
            account.texts_listed_to = None
    text(world, "SM1", "before")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)
    text(world, "SM2", "after")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    assert texts(world) == [("SM2", "after")]


def test_another_account_begins_anew(world: World) -> None:
    """Whoever changes the account does not get what the new one had before."""
    carrier_accounts.keep(
        world.desk, "northern", OptOutHandledBy.US, "AC" + "9" * 32, "another token", ""
    )
    text(world, "SM1", "before")
    world.clock.pass_time(minutes=1)

    with world.desk.db.read() as session:
        assert (
            session.scalars(
                select(CarrierAccount.texts_listed_to).filter_by(account_sid="AC" + "9" * 32)
            ).one()
            is None
        )
    catch_up(world.desk)
    assert texts(world) == []


def test_a_silent_carrier_leaves_the_mark(world: World) -> None:
    """What could not be read is read the next time, also when the carrier fails in the middle;
    the other account is not kept waiting.
    """
    before = mark(world)
    text(world, "SM1")
    world.clock.pass_time(minutes=20)
    down = Fault(unreachable(ASKING))
    world.carrier.faults["texts_in"] = [down]
    catch_up(world.desk)

    assert mark(world) == before and "texts_in" in world.carrier.calls
    assert catch_up(world.desk) == 1
    after = mark(world)
    assert before is not None and after is not None and after > before


def test_a_long_list_is_read_in_steps_that_stay_read(world: World) -> None:
    """A carrier that fails half-way does not have to be asked for the first half again."""
    before = mark(world)
    assert before is not None
    text(world, "SM1")
    world.clock.pass_time(hours=3)
    # The first step of Northern's account is read, the second is not.
    world.carrier.on_call = lambda when, method: (
        world.carrier.faults.update(texts_in=[Fault(unreachable(ASKING))])
        if (when, method) == ("after", "texts_in")
        else None
    )
    catch_up(world.desk)

    assert mark(world) == before + STEP


def test_the_mark_stays_behind_by_the_overlap(world: World) -> None:
    """What the carrier lists late is found all the same, within the overlap."""
    catch_up(world.desk)

    assert mark(world) == world.clock.now() - STILL_UNDER_WAY - OVERLAP
    world.clock.pass_time(minutes=-9)
    text(world, "SM1", "listed late")
    world.clock.pass_time(minutes=9)
    assert catch_up(world.desk) == 1


def test_a_text_that_cannot_be_stored_now_is_fetched_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy database leaves the mark where it is."""
    text(world, "SM1")
    world.clock.pass_time(minutes=1)

    def busy(*_: object) -> None:
        raise DatabaseBusy("busy")

    with monkeypatch.context() as patch:
        patch.setattr(inbound, "receive", busy)
        with pytest.raises(DatabaseBusy):
            catch_up(world.desk)

    assert catch_up(world.desk) == 1


def test_texts_to_numbers_of_others_are_not_read(world: World) -> None:
    """The carrier account may serve other systems, whose texts are none of our business; a
    number that was ours is another matter.
    """
    with world.desk.db.write() as session:
        number = session.scalars(select(PhoneNumber).filter_by(e164=world.inbox_number)).one()
        number.state = NumberState.RELEASED
    text(world, "SM1", "not for us", to="+13165559999")
    text(world, "SM2", "are you still there?", to=world.inbox_number)
    came_at = world.clock.now()
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    with world.desk.db.read() as session:
        unrouted = session.scalars(select(UnroutedText)).one()
        assert (unrouted.carrier_sid, unrouted.received_at) == ("SM2", came_at)
    assert texts(world) == []


def test_pictures_come_along(world: World) -> None:
    """A fetched picture message has its references, as the webhook would have brought them."""
    world.carrier.receive("MM1", STUDENT, world.assistant_number, "", media_count=1)
    world.carrier.pictures["MM1"] = ("https://api.twilio.example/Media/ME1",)
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    with world.desk.db.read() as session:
        assert session.scalars(select(Message.media)).one() == [
            "https://api.twilio.example/Media/ME1"
        ]


def test_what_was_deleted_is_not_fetched_again(world: World) -> None:
    """The carrier still lists the texts of a student whose data was deleted here."""
    delete_a_talk(world)
    catch_up(world.desk)

    assert texts(world) == []
    with world.desk.db.read() as session:
        assert session.scalars(select(Contact.erased_at)).one() is not None


def test_who_texts_again_after_a_deletion_gets_nothing_back(world: World) -> None:
    """What came before the deletion stays deleted; what came after it is fetched."""
    delete_a_talk(world)
    text(world, "SM2", "it is me again")
    world.clock.pass_time(seconds=5)
    world.receive("SM3", "are you there?")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    assert sorted(texts(world)) == [("SM2", "it is me again"), ("SM3", "are you there?")]


def delete_a_talk(world: World) -> None:
    """A student texts, and all that is kept of them is deleted; the carrier still lists it."""
    text(world, "SM1")
    world.receive("SM1", "hello")
    world.clock.pass_time(minutes=1)
    with world.desk.db.read() as session:
        contact = session.scalars(select(Contact.public_id)).one()
    personal_data.erase(world.desk, world.alice, contact, WEB)
    world.clock.pass_time(seconds=1)
