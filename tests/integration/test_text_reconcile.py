"""A text whose sending is in doubt is looked up at the carrier: sent once, or said not to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from backend.db.tables import Author, ConsentEvent, Conversation, ConversationEvent, Message
from backend.domain.carrier_refusals import ASKING, SENDING, lost_answer, refused, unreachable
from backend.domain.consent import ConsentKind, ConsentScope
from backend.domain.lost_texts import ASK_AFTER, SURE_AFTER, WORTH_SENDING_FOR
from backend.services import outbound, routing
from backend.services.catch_up import STILL_UNDER_WAY, catch_up, keep_in_step
from backend.services.outbound import LEASE
from backend.services.ports import AcceptedText, CarriedText, Delivery
from backend.services.sweep import sweep
from backend.services.text_reconcile import Settled, ask_for_reports, settle
from tests.fakes import Fault
from tests.integration.conftest import STUDENT, World

LOST = Fault(lost_answer(SENDING), happened=True)
NEVER_ARRIVED = Fault(lost_answer(SENDING))


def answered(world: World, *faults: Fault) -> None:
    """A student asks, and the answer meets these faults on its way to the carrier."""
    world.carrier.faults["send"] = list(faults)
    world.receive("SM_question", "who is this?")
    world.queue.work()


def message(world: World, author: Author = Author.ASSISTANT) -> Message:
    """The last text of ours."""
    with world.desk.db.read() as session:
        query = select(Message).where(Message.author == author).order_by(Message.id.desc())
        found = session.scalars(query.limit(1)).one()
        session.expunge(found)
        return found


def reasons(world: World) -> list[str]:
    """Every reason on the timeline."""
    with world.desk.db.read() as session:
        return list(session.scalars(select(ConversationEvent.reason)))


def needs_attention(world: World) -> bool:
    """Whether the conversation is on the list of those that do."""
    with world.desk.db.read() as session:
        return session.scalars(select(Conversation.needs_attention)).one()


def change(world: World, sid: str, **values: object) -> None:
    """Have the carrier know something else of a text."""
    world.carrier.texts[sid] = replace(world.carrier.texts[sid], **values)  # type: ignore[arg-type]


def test_a_text_that_the_carrier_has_is_not_sent_again(world: World) -> None:
    """The answer to sending it was lost; its SID and status come from the carrier's list."""
    answered(world, LOST)
    before = message(world).status
    (sid,) = world.carrier.texts.keys()
    change(world, sid, status="delivered")
    settled = settle(world.desk)
    world.queue.work()
    after = message(world)

    assert before == "unconfirmed" and settled == Settled(found=1)
    assert (after.status, after.carrier_sid, after.error_reason) == ("delivered", sid, None)
    assert len(world.carrier.sent) == 1
    assert any("is not sent again" in reason for reason in reasons(world))


def test_a_text_that_the_carrier_refused_later_is_shown(world: World) -> None:
    """Found, but not delivered: with the carrier's reason, and for a person to see."""
    answered(world, LOST)
    (sid,) = world.carrier.texts.keys()
    change(world, sid, status="undelivered", error_code=30003)
    settle(world.desk)

    assert message(world).status == "undelivered" and needs_attention(world)
    assert any("could not be reached" in reason for reason in reasons(world))


@pytest.mark.parametrize("heard_by", ["settling", "the list", "asking"])
def test_a_21610_that_is_found_later_records_the_opt_out(world: World, heard_by: str) -> None:
    """However it is heard of that the carrier refused a text for it."""
    catch_up(world.desk)
    answered(world, *([LOST] if heard_by == "settling" else []))
    (sid,) = world.carrier.texts.keys()
    change(world, sid, status="failed", error_code=21610)
    world.clock.pass_time(minutes=11)
    {"settling": settle, "the list": catch_up, "asking": ask_for_reports}[heard_by](world.desk)

    with world.desk.db.read() as session:
        event = session.scalars(select(ConsentEvent)).one()
        assert (event.kind, event.scope) == (ConsentKind.OPT_OUT, ConsentScope.NUMBER)
    assert message(world).status == "failed" and needs_attention(world)
    assert any("refused a text with 21610" in reason for reason in reasons(world))


def test_a_21610_that_is_found_later_undoes_no_start(world: World) -> None:
    """The student has asked for texts since the refused one was sent."""
    answered(world)
    (sid,) = world.carrier.texts.keys()
    change(world, sid, status="failed", error_code=21610)
    world.clock.pass_time(minutes=1)
    world.receive("SM2", "START")
    world.clock.pass_time(minutes=10)
    ask_for_reports(world.desk)

    with world.desk.db.read() as session:
        row = session.scalars(select(Conversation)).one()
        assert not routing.is_opted_out(session, row)


def test_a_text_that_never_arrived_is_sent_again_when_that_is_sure(world: World) -> None:
    """Not at once: what was asked for may still be on its way into the list."""
    answered(world, NEVER_ARRIVED)
    early = settle(world.desk)
    world.clock.pass_time(seconds=SURE_AFTER.total_seconds())
    settled = settle(world.desk)
    world.queue.work()

    assert early == Settled() and settled == Settled(sent_again=1)
    assert message(world).status == "queued" and len(world.carrier.sent) == 1


def test_a_text_that_shows_up_late_is_not_sent_again(world: World) -> None:
    """It was under way for as long as we waited."""
    answered(world, NEVER_ARRIVED)
    settle(world.desk)
    text = message(world)
    world.carrier.texts["SM_late"] = CarriedText(
        "SM_late", world.assistant_number, STUDENT, text.body, "outbound", "sent", world.clock.now()
    )
    world.clock.pass_time(minutes=5)

    assert settle(world.desk) == Settled(found=1)
    assert message(world).carrier_sid == "SM_late" and world.carrier.sent == []


def test_an_answer_that_is_too_late_is_given_up(world: World) -> None:
    """The assistant answers within ten minutes or not at all; a person sees that it did not."""
    answered(world, NEVER_ARRIVED)
    world.clock.pass_time(minutes=10, seconds=1)

    assert settle(world.desk) == Settled(given_up=1)
    assert message(world).status == "failed" and needs_attention(world)
    assert any("too late to send it now" in reason for reason in reasons(world))
    assert settle(world.desk) == Settled()


@pytest.mark.parametrize(("late", "then"), [(0, "queued"), (1, "failed")])
def test_what_the_desk_itself_says_is_worth_sending_for_longer(
    world: World, late: int, then: str
) -> None:
    """A confirmation of STOP an hour late is better than none."""
    world.carrier.faults["send"] = [NEVER_ARRIVED]
    world.receive("SM1", "STOP")
    world.queue.work()
    world.clock.pass_time(seconds=WORTH_SENDING_FOR.total_seconds() + late)
    settle(world.desk)
    world.queue.work()

    assert message(world, Author.SYSTEM).status == then


def test_who_opted_out_meanwhile_is_not_texted(world: World) -> None:
    """Going back to the waiting texts means going through all their checks again."""
    answered(world, NEVER_ARRIVED)
    world.receive("SM2", "STOP")
    world.clock.pass_time(minutes=4)
    settle(world.desk)
    world.queue.work()

    assert message(world).status == "canceled"


def test_while_the_carrier_cannot_be_asked_nothing_changes(world: World) -> None:
    """Neither sent nor given up: the doubt stays until the list can be read."""
    answered(world, LOST)
    world.carrier.faults["texts_between"] = [Fault(unreachable(ASKING))]

    assert settle(world.desk) == Settled() and message(world).status == "unconfirmed"
    assert settle(world.desk) == Settled(found=1)


def test_two_doubtful_texts_with_the_same_words_are_two(world: World) -> None:
    """One text at the carrier stands for one of ours: the other is sent again, once."""
    answered(world, LOST)
    world.clock.pass_time(seconds=10)
    with world.desk.db.write(world.alice.institution_id) as session:
        first = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
        text = outbound.written(
            session,
            first.conversation,
            None,
            first.body,
            Author.ASSISTANT,
            world.clock.now(),
        )
        copy = outbound.errand_of(text)
    world.carrier.faults["send"] = [NEVER_ARRIVED]
    world.queue.enqueue(copy)
    world.queue.work()
    world.clock.pass_time(minutes=4)
    settled = settle(world.desk)
    world.queue.work()

    assert settled == Settled(found=1, sent_again=1)
    assert len(world.carrier.texts) == 2 and settle(world.desk) == Settled()


@pytest.mark.parametrize("accepted", [True, False])
def test_killed_while_sending(world: World, accepted: bool) -> None:
    """The worker died around the carrier's answer: the student gets the text once either way."""

    class WorkerDies(Exception):
        pass

    take = world.carrier.send

    def die(*arguments: object) -> AcceptedText:
        if accepted:
            take(*arguments)  # type: ignore[arg-type]
        raise WorkerDies

    world.receive("SM1", "who is this?")
    world.carrier.send = die  # type: ignore[method-assign, assignment]
    with pytest.raises(WorkerDies):
        world.queue.work()
    world.carrier.send = take  # type: ignore[method-assign]
    world.clock.pass_time(seconds=LEASE.total_seconds() + 1)
    sweep(world.desk)
    settled = settle(world.desk)
    world.queue.work()

    assert settled == (Settled(found=1) if accepted else Settled(sent_again=1))
    assert len(world.carrier.sent) == 1 and message(world).status == "queued"


def test_a_second_copy_at_the_carrier_is_counted_and_noted_once(world: World) -> None:
    """Whatever sent it: who looks at the conversation learns that the student got it twice."""
    catch_up(world.desk)
    answered(world)
    (sid,) = world.carrier.texts.keys()
    world.carrier.texts["SM_copy"] = replace(world.carrier.texts[sid], sid="SM_copy")
    world.clock.pass_time(seconds=STILL_UNDER_WAY.total_seconds() + 1)
    for _ in range(3):
        catch_up(world.desk)

    assert [reason for reason in reasons(world) if "twice" in reason] == [
        "The carrier sent a text twice; the second copy is SM_copy."
    ]


def test_what_the_carrier_says_itself_is_no_copy(world: World) -> None:
    """Twilio's own confirmation of STOP is on its list too."""
    catch_up(world.desk)
    answered(world)
    (sid,) = world.carrier.texts.keys()
    world.carrier.texts["SM_own"] = replace(
        world.carrier.texts[sid], sid="SM_own", body="You have been unsubscribed."
    )
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    assert not any("twice" in reason for reason in reasons(world))


def test_a_report_that_was_lost_is_read_off_the_list(world: World) -> None:
    """How far a text has come is on the list that is read anyhow."""
    catch_up(world.desk)
    answered(world)
    (sid,) = world.carrier.texts.keys()
    change(world, sid, status="delivered")
    world.clock.pass_time(minutes=1)
    catch_up(world.desk)

    assert message(world).status == "delivered"


def test_a_report_that_is_long_in_coming_is_asked_for(world: World) -> None:
    """First after some minutes, then each time the text is twice as old."""
    answered(world)
    (sid,) = world.carrier.texts.keys()
    asked = []
    status = world.carrier.status

    def count(*arguments: object) -> Delivery:
        asked.append(1)
        return status(*arguments)  # type: ignore[arg-type]

    world.carrier.status = count  # type: ignore[method-assign, assignment]
    for _ in range(60):
        ask_for_reports(world.desk)
        world.clock.pass_time(minutes=1)
    change(world, sid, status="undelivered", error_code=30006)
    world.clock.pass_time(minutes=40)
    for _ in range(3):
        ask_for_reports(world.desk)

    assert len(asked) == 4  # after 11, 22 and 44 minutes, and when it was known
    assert message(world).status == "undelivered" and message(world).error_code == 30006


def test_a_text_the_carrier_does_not_know_is_not_asked_about_for_ever(world: World) -> None:
    """20404 stays 20404; a carrier that cannot be reached is asked again at once."""
    answered(world)
    world.clock.pass_time(seconds=ASK_AFTER.total_seconds() + 1)
    answers = [unreachable(ASKING), refused(20404, attempt=ASKING)]
    asked = []

    def say_no(*_: object) -> None:
        asked.append(1)
        raise answers.pop(0)

    world.carrier.status = say_no  # type: ignore[method-assign, assignment]
    for _ in range(4):
        ask_for_reports(world.desk)

    assert len(asked) == 2


def test_in_step_is_in_and_out(world: World) -> None:
    """The worker's one errand fetches what came and settles what left."""
    keep_in_step(world.desk)
    answered(world, LOST)
    world.carrier.receive("SM_new", "+13165550123", world.assistant_number, "hello")
    world.clock.pass_time(minutes=1)
    keep_in_step(world.desk)
    world.queue.work()
    with world.desk.db.read() as session:
        sids = set(session.scalars(select(Message.carrier_sid)))

    assert message(world).carrier_sid is not None and "SM_new" in sids
    assert not any("twice" in reason for reason in reasons(world))
