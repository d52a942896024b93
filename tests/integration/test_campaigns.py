"""Campaigns: drafted, started once, written to everyone who is willing, and ended for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backend.db.tables import (
    Author,
    Campaign,
    CampaignContact,
    ContractLimits,
    Inbox,
    Institution,
    Message,
    Office,
)
from backend.domain.campaigns import CampaignState
from backend.domain.consent import ConsentScope
from backend.domain.contacts_csv import parse
from backend.domain.conversations import Responder
from backend.domain.errors import (
    CarrierError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    OverQuota,
)
from backend.domain.provisioned_numbers import NumberKind, NumberState, Use
from backend.services import (
    campaign_contacts,
    campaign_life,
    campaign_openings,
    campaigns,
    inbound,
    inbox,
    left_texts,
    numbers,
    outbound,
    quotas,
)
from backend.services import sweep as sweeping
from backend.services.audit import WEB
from backend.services.campaigns import Changes, Counts, NewCampaign
from backend.services.inbound import IncomingText
from backend.services.inbox import View
from backend.services.ordering import Wish
from backend.services.ports import Errand
from tests.integration.browsing import DESK, sign_in
from tests.integration.campaigning import (
    OPENING,
    a_single_use_number,
    audited,
    bring_in,
    count,
    draft,
    file_of,
    number_id,
    number_row,
    openings,
    phone,
    running,
    send_off,
    sent_to,
    set_state,
)
from tests.integration.conftest import World


def limit_contacts(world: World, most: int) -> None:
    """What the contract covers."""
    with world.desk.db.write() as session:
        session.execute(update(ContractLimits).values(contacts_limit=most))


def receive(world: World, sid: str, last: int, to: str, words: str) -> None:
    """A student texts one of our numbers."""
    text = IncomingText(sid, phone(last), to, words)
    inbound.receive(world.desk, world.bob.institution_id, text)


def thread_of_only_conversation(world: World) -> inbox.Thread:
    """The only conversation, as its office sees it."""
    (line,) = inbox.listing(world.desk, world.carol, View.ALL).lines
    return inbox.thread(world.desk, world.carol, line.id)


def faults_of(refusal: InvalidRequest) -> set[tuple[str, str]]:
    """Field and code of every problem."""
    return {(problem.field, problem.code) for problem in refusal.problems}


def test_a_campaign_is_drafted_with_all_that_is_known(world: World) -> None:
    """What was asked for comes back, also in the list; a draft targets nobody and uses nothing."""
    made = draft(world)

    assert made.state is CampaignState.DRAFT
    assert (made.office, made.inbox) == ("Financial Aid", "Financial Aid inbox")
    assert made.number is not None and made.number.phone_number == world.assistant_number
    assert made.counts == Counts(contacts=3, targeted=0, opened=0, skipped=0)
    assert campaigns.listed(world.desk, world.alice, after=None, limit=10).campaigns == [made]
    assert number_row(world, world.assistant_number).first_used_at is None
    assert audited(world, "campaign.create") == [(world.bob.id, "web", made.id, "done")]


def test_everything_wrong_with_a_draft_is_said_at_once(world: World) -> None:
    """Name, words, inbox and number; an unknown office is told the others."""
    new = NewCampaign(
        office="Financial Aid",
        name=" ",
        responder=Responder.INBOX,
        opening_text="x" * 1_601,
        inbox="Nowhere",
        number_id="num_unknown",
    )
    with pytest.raises(InvalidRequest) as caught:
        campaigns.create(world.desk, world.bob, new, WEB)
    with pytest.raises(InvalidRequest) as unknown:
        campaigns.create(world.desk, world.alice, NewCampaign("Parking", "X", Responder.INBOX), WEB)

    assert faults_of(caught.value) == {
        ("name", "missing"),
        ("opening_text", "too_long"),
        ("inbox", "unknown_inbox"),
        ("number", "unknown_number"),
    }
    assert faults_of(unknown.value) == {("office", "unknown_office")}


def test_agents_run_no_campaigns(world: World) -> None:
    """An agent is refused each change with the rule in words, and that is on record."""
    made = draft(world)
    for attempt in (
        lambda: draft(world, who=world.carol),
        lambda: campaigns.edit(world.desk, world.carol, made.id, Changes(name="X"), WEB),
        lambda: campaign_life.activate(world.desk, world.carol, made.id, WEB),
        lambda: campaign_life.archive(world.desk, world.carol, made.id, WEB),
        lambda: campaign_contacts.export(world.desk, world.carol, made.id, WEB),
    ):
        with pytest.raises(NotAllowed, match="Only Administrators and office staff"):
            attempt()

    for action in ("create", "edit", "activate", "archive"):
        refused = audited(world, f"campaign.{action}")[-1]
        assert refused[0] == world.carol.id and refused[3].startswith("refused: Only")
    assert campaigns.read(world.desk, world.carol, made.id) == made


def test_office_staff_see_and_run_their_own_offices_campaigns(world: World) -> None:
    """Another office's campaign is not there for them; they are told who may draft one there."""
    with world.desk.db.write(world.alice.institution_id) as session:
        office = Office(slug="housing", name="Housing", time_zone="America/Chicago")
        session.add(office)
        session.flush()
        session.add(Inbox(office_id=office.id, name="Housing inbox"))
    new = NewCampaign("Housing", "Rooms", Responder.INBOX)
    theirs = campaigns.create(world.desk, world.alice, new, WEB)

    with pytest.raises(NotAllowed, match="your own office, Financial Aid"):
        campaigns.create(world.desk, world.bob, new, WEB)
    for attempt in (campaigns.read, partial(campaign_life.archive, via=WEB)):
        with pytest.raises(NotFound):
            attempt(world.desk, world.bob, theirs.id)
        with pytest.raises(NotFound):
            attempt(world.desk, world.zoe, theirs.id)
    assert not campaigns.listed(world.desk, world.bob, after=None, limit=10).campaigns


def test_campaigns_and_contacts_come_page_by_page(world: World) -> None:
    """Each once, in order; a cursor of nothing is refused."""
    made = [draft(world, students=range(5)) for _ in range(3)]
    first = campaigns.listed(world.desk, world.bob, after=None, limit=2)
    rest = campaigns.listed(world.desk, world.bob, after=first.next, limit=2)
    page = campaign_contacts.listed(world.desk, world.bob, made[0].id, after=None, limit=3)
    last = campaign_contacts.listed(world.desk, world.bob, made[0].id, after=page.next, limit=3)

    assert [*first.campaigns, *rest.campaigns] == made and rest.next is None
    numbers = [line.phone_number for line in [*page.contacts, *last.contacts]]
    assert numbers == [phone(each) for each in range(5)] and last.next is None
    assert {(line.state, line.why) for line in page.contacts} == {("waiting", None)}
    with pytest.raises(InvalidRequest):
        campaigns.listed(world.desk, world.bob, after="cmp_x", limit=2)
    with pytest.raises(InvalidRequest):
        campaign_contacts.listed(world.desk, world.bob, made[0].id, after="ctc_x", limit=2)


def test_the_same_request_under_the_same_key_makes_one_campaign(world: World) -> None:
    """Eight at once get the same draft; another request under that key is refused."""
    new = NewCampaign("Financial Aid", "Orientation", Responder.INBOX)

    def ask(_: int) -> str:
        return campaigns.create(world.desk, world.bob, new, WEB, key="k1").id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(ask, range(8)))

    other = replace(new, name="Other")

    assert len(made) == 1 and count(world, Campaign) == 1
    with pytest.raises(Conflict, match=made.pop()):
        campaigns.create(world.desk, world.bob, other, WEB, key="k1")


def test_only_a_draft_can_be_changed(world: World) -> None:
    """Everything but the office of a draft; nothing of an active or archived campaign."""
    made = draft(world)
    changes = Changes(
        name="Summer orientation",
        responder=Responder.ASSISTANT,
        opening_text="Hello!",
        inbox="Financial Aid inbox",
        number_id=number_id(world, world.inbox_number),
    )
    changed = campaigns.edit(world.desk, world.bob, made.id, changes, WEB)

    assert (changed.name, changed.responder) == ("Summer orientation", Responder.ASSISTANT)
    assert changed.opening_text == "Hello!"
    assert changed.number is not None and changed.number.phone_number == world.inbox_number
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    with pytest.raises(Conflict, match="is active"):
        campaigns.edit(world.desk, world.bob, made.id, changes, WEB)
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    with pytest.raises(Conflict, match="archived"):
        campaigns.edit(world.desk, world.bob, made.id, changes, WEB)


def test_a_refused_change_changes_nothing(world: World) -> None:
    """All faults at once, and the draft is as it was."""
    made = draft(world)
    changes = Changes(name="", inbox="Nowhere", number_id="num_x", opening_text="Hello!")
    with pytest.raises(InvalidRequest) as caught:
        campaigns.edit(world.desk, world.bob, made.id, changes, WEB)

    assert {field for field, _ in faults_of(caught.value)} == {"name", "inbox", "number"}
    assert campaigns.read(world.desk, world.bob, made.id) == made


def test_a_single_use_number_belongs_to_one_campaign(world: World) -> None:
    """No other campaign may choose it, and its own campaign keeps it."""
    bought = a_single_use_number(world)
    made = draft(world, number=bought)
    with pytest.raises(InvalidRequest) as caught:
        draft(world, number=bought)
    other = Changes(number_id=number_id(world, world.inbox_number))
    with pytest.raises(Conflict, match="bought for this campaign"):
        campaigns.edit(world.desk, world.bob, made.id, other, WEB)

    assert faults_of(caught.value) == {("number", "single_use")}


@pytest.mark.parametrize("state", [NumberState.RELEASING, NumberState.RELEASED])
def test_a_number_that_is_given_back_cannot_be_chosen(world: World, state: NumberState) -> None:
    """It is refused with what has become of it."""
    with pytest.raises(InvalidRequest) as caught:
        draft(world, number=a_single_use_number(world, state))

    assert faults_of(caught.value) == {("number", "not_in_service")}


def test_numbers_of_others_cannot_be_chosen(world: World) -> None:
    """Neither another institution's nor another office's."""
    with pytest.raises(InvalidRequest) as western:
        draft(world, number=number_id(world, world.western_number))
    with world.desk.db.write(world.alice.institution_id) as session:
        session.add(Inbox(office_id=world.alice.office_id, name="Registrar inbox"))
    with pytest.raises(InvalidRequest) as registrars:
        draft(world, who=world.alice, office="Registrar")

    assert faults_of(western.value) == {("number", "unknown_number")}
    assert faults_of(registrars.value) == {("number", "other_office")}


def test_a_single_use_number_is_ordered_for_a_draft(world: World) -> None:
    """It is bought, becomes the campaign's, and counts to the campaign's office, whoever ordered
    it; a second is refused.
    """
    new = NewCampaign("Financial Aid", "Orientation", Responder.INBOX, OPENING)
    made = campaigns.create(world.desk, world.alice, new, WEB)
    wish = Wish(area_code="316")
    ordered = campaigns.order_number(world.desk, world.alice, made.id, wish, WEB)

    assert ordered.number is not None
    assert ordered.number.kind is NumberKind.SINGLE_USE
    assert ordered.number.state is NumberState.ACTIVE
    figures = quotas.for_staff(world.desk, world.alice, WEB)
    assert {each.office: each.single_use for each in figures.by_office} == {
        "Financial Aid": 1,
        "Registrar": 0,
    }
    with pytest.raises(Conflict, match="has a number already"):
        campaigns.order_number(world.desk, world.bob, made.id, wish, WEB)


def test_starting_lists_everything_that_is_missing(world: World) -> None:
    """Number, contacts and opening message, all at once."""
    new = NewCampaign("Financial Aid", "Orientation", Responder.INBOX)
    made = campaigns.create(world.desk, world.bob, new, WEB)
    with pytest.raises(InvalidRequest) as caught:
        campaign_life.activate(world.desk, world.bob, made.id, WEB)

    assert faults_of(caught.value) == {
        ("number", "missing"),
        ("contacts", "missing"),
        ("opening_text", "missing"),
    }


def test_starting_texts_everyone_once(world: World) -> None:
    """Each contact gets the opening message in a conversation with the number, which is used."""
    began = world.clock.now()
    made = running(world)
    again = campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    number = number_row(world, world.assistant_number)

    assert made.state is CampaignState.ACTIVE and made.activated_at == began
    assert made.counts == Counts(contacts=3, targeted=3, opened=3, skipped=0)
    assert sent_to(world) == [phone(each) for each in range(3)]
    assert {text.from_number for text in world.carrier.sent} == {world.assistant_number}
    assert (number.first_use, number.first_use_reference) == (Use.CAMPAIGN, made.id)
    assert again == made and len(audited(world, "campaign.activate")) == 1
    page = campaign_contacts.listed(world.desk, world.bob, made.id, after=None, limit=5)
    assert {line.state for line in page.contacts} == {"queued"}


def test_an_answer_goes_where_the_campaign_says(world: World) -> None:
    """A student who answers the opening message is in the same conversation, in the inbox."""
    running(world, students=[1])
    receive(world, "SM1", 1, world.assistant_number, "Where?")
    thread = thread_of_only_conversation(world)

    assert thread.line.inbox == "Financial Aid inbox" and thread.line.needs_attention
    authors = [entry.author for entry in thread.timeline if entry.author is not None]
    assert authors == [Author.CAMPAIGN, Author.CONTACT]


def test_who_has_opted_out_gets_no_text(world: World) -> None:
    """They are skipped with the reason, on this number, and counted as targeted."""
    receive(world, "SM1", 1, world.assistant_number, "STOP")
    receive(world, "SM2", 2, world.inbox_number, "STOP")
    made = running(world)
    page = campaign_contacts.listed(world.desk, world.bob, made.id, after=None, limit=5)

    assert sent_to(world) == [phone(0), phone(2)]
    assert made.counts == Counts(contacts=3, targeted=3, opened=2, skipped=1)
    assert (page.contacts[1].state, page.contacts[1].why) == (
        "skipped",
        "This person has opted out, so no text is sent.",
    )


@pytest.mark.parametrize("scope", [ConsentScope.OFFICE, ConsentScope.INSTITUTION])
def test_an_opt_out_reaches_as_far_as_the_institution_says(
    world: World, scope: ConsentScope
) -> None:
    """STOP to one number of the office silences the other, where the scope is wide."""
    with world.desk.db.write() as session:
        session.execute(update(Institution).values(opt_out_scope=scope))
    receive(world, "SM1", 1, world.inbox_number, "STOP")
    running(world)

    assert sent_to(world) == [phone(0), phone(2)]


def test_an_opt_out_after_the_start_is_honoured_when_sending(world: World) -> None:
    """The message that waits already is canceled with the reason."""
    made = draft(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    held_back, world.queue.notes = world.queue.notes, []
    receive(world, "SM1", 1, world.assistant_number, "STOP")
    world.queue.notes = held_back
    send_off(world)

    assert sent_to(world) == [phone(0), phone(2)]
    assert openings(world)[1] == ("canceled", "The student opted out before it was sent.")


def test_the_contract_limit_on_contacts_is_checked_with_the_figures(world: World) -> None:
    """Only contacts new in this period count; administrators see the figures, others a sentence."""
    limit_contacts(world, 4)
    running(world, students=range(3))
    more = draft(world, students=range(1, 6), number=number_id(world, world.inbox_number))
    with pytest.raises(OverQuota) as told:
        campaign_life.activate(world.desk, world.alice, more.id, WEB)
    with pytest.raises(OverQuota) as untold:
        campaign_life.activate(world.desk, world.bob, more.id, WEB)

    figures = told.value.figures
    assert figures is not None
    assert (figures.limit, figures.used, figures.wanted) == (4, 3, 3)
    assert untold.value.figures is None
    limit_contacts(world, 6)
    again = campaign_life.activate(world.desk, world.bob, more.id, WEB)
    assert again.counts.targeted == 5
    assert audited(world, "campaign.activate")[1][3].startswith("refused")


def test_of_two_campaigns_at_the_last_contacts_one_starts(world: World) -> None:
    """Both at the same moment, on numbers of their own: the limit holds."""
    limit_contacts(world, 4)
    drafts = [
        draft(world, students=range(3)),
        draft(world, students=range(10, 13), number=number_id(world, world.inbox_number)),
    ]

    def start(campaign: str) -> bool:
        try:
            campaign_life.activate(world.desk, world.bob, campaign, WEB)
        except OverQuota:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        started = list(pool.map(start, [each.id for each in drafts]))

    assert sorted(started) == [False, True]


def test_one_number_has_one_active_campaign(world: World) -> None:
    """Four start on it at the same moment: one does, the others are told of it."""
    drafts = [draft(world, name=f"Campaign {each}") for each in range(4)]

    def start(campaign: str) -> str:
        try:
            return campaign_life.activate(world.desk, world.bob, campaign, WEB).name
        except Conflict as refusal:
            return str(refusal)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(start, [each.id for each in drafts]))
    (winner,) = [each for each in told if each.startswith("Campaign ")]

    assert sum(f"The campaign “{winner}” is active" in each for each in told) == 3


def test_a_reusable_number_serves_one_campaign_after_another(world: World) -> None:
    """Archived, the first leaves the number in service for the next."""
    first = running(world)
    archived = campaign_life.archive(world.desk, world.bob, first.id, WEB)
    second = running(world, students=range(3, 5), name="Second")

    assert archived.state is CampaignState.ARCHIVED and archived.number is not None
    assert archived.number.state is NumberState.ACTIVE
    assert second.counts.opened == 2
    with pytest.raises(Conflict, match="archived campaign cannot start"):
        campaign_life.activate(world.desk, world.bob, first.id, WEB)


def test_archived_the_numbers_own_setting_returns(world: World) -> None:
    """FAQ, "Can a student still text me back … after I archive a Campaign?": the same student's
    next text is answered as the number is set, and `effective` says so before and after.
    """
    made = running(world, students=[1])
    receive(world, "SM1", 1, world.assistant_number, "Where?")
    in_campaign = len(world.bot.asked)
    during = numbers.effective(world.desk, world.bob, str(made.number and made.number.id))
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    after = numbers.effective(world.desk, world.bob, str(made.number and made.number.id))
    receive(world, "SM2", 1, world.assistant_number, "And when?")
    world.queue.work()

    assert (during.responder, after.responder) == (Responder.INBOX, Responder.ASSISTANT)
    assert in_campaign == 0 and [turn.text for turn in world.bot.asked] == ["And when?"]


def test_a_draft_does_not_keep_a_number_where_it_is(world: World) -> None:
    """Used means used: the number of a draft that never started moves; the draft is then told."""
    made = draft(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.add(Inbox(office_id=world.alice.office_id, name="Registrar inbox"))
    moved = numbers.transfer(
        world.desk, world.bob, str(made.number and made.number.id), "Registrar", WEB
    )
    with pytest.raises(InvalidRequest) as caught:
        campaign_life.activate(world.desk, world.bob, made.id, WEB)

    assert (moved.office, moved.first_use) == ("Registrar", None)
    assert faults_of(caught.value) == {("number", "other_office")}


def test_archiving_gives_a_single_use_number_back(world: World) -> None:
    """It is on its way back and then released; a second time changes nothing."""
    made = running(world, number=a_single_use_number(world))
    archived = campaign_life.archive(world.desk, world.bob, made.id, WEB)
    world.queue.work()
    again = campaign_life.archive(world.desk, world.bob, made.id, WEB)

    assert archived.number is not None and archived.number.state is NumberState.RELEASING
    assert again.number is not None and again.number.state is NumberState.RELEASED
    assert "release" in world.carrier.calls
    assert len(audited(world, "campaign.archive")) == 1


def test_archiving_a_draft_gives_back_the_number_it_was_buying(world: World) -> None:
    """A single-use number that is still being ordered goes back as well."""
    made = draft(world, number=a_single_use_number(world, NumberState.ORDERING))
    with pytest.raises(Conflict, match="being bought"):
        campaign_life.activate(world.desk, world.bob, made.id, WEB)
    archived = campaign_life.archive(world.desk, world.bob, made.id, WEB)

    assert archived.number is not None and archived.number.state is NumberState.RELEASING


def test_archiving_cancels_what_was_not_handed_over(world: World) -> None:
    """Texts that wait are canceled with the reason; the errands that follow send nothing."""
    made = draft(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    world.queue.work()

    assert sent_to(world) == []
    assert openings(world) == [("canceled", outbound.CAMPAIGN_ARCHIVED)] * 3


def test_a_text_of_an_archived_campaign_is_never_sent(world: World) -> None:
    """One that came back to waiting after the archive is canceled when its turn comes."""
    made = draft(world, students=[0])
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    with world.desk.db.write() as session:
        session.execute(update(Message).values(status="pending"))
    world.queue.work()

    assert openings(world) == [("canceled", outbound.CAMPAIGN_ARCHIVED)]


def test_texts_wait_while_their_number_is_being_registered(
    world: World, browser: FlaskClient
) -> None:
    """They are held, with the reason in the thread, and go out when it is in service."""
    set_state(world, world.assistant_number, NumberState.REGISTERING)
    running(world, students=[0])
    held = openings(world)
    sign_in(browser, world.carol.email)
    thread = thread_of_only_conversation(world).line.id
    page = browser.get(f"/inbox/{thread}", base_url=DESK).text
    set_state(world, world.assistant_number, NumberState.ACTIVE)
    with world.desk.db.write() as session:
        errands = left_texts.release_held(session, number_row(world, world.assistant_number))
    for errand in errands:
        world.desk.queue.enqueue(errand)
    world.queue.work()

    assert [status for status, _ in held] == ["held"]
    assert "Held back" in page and "This text waits for its number." in page and "Campaign" in page
    assert openings(world) == [("queued", None)] and sent_to(world) == [phone(0)]


def test_a_text_held_too_late_is_found_by_the_sweep(world: World) -> None:
    """Held at the very moment its number came into service, it goes out all the same."""
    set_state(world, world.assistant_number, NumberState.REGISTERING)
    running(world, students=[0])
    set_state(world, world.assistant_number, NumberState.ACTIVE)
    sweeping.sweep(world.desk)
    world.queue.work()

    assert sent_to(world) == [phone(0)]


def test_a_text_from_a_number_given_back_is_canceled(world: World) -> None:
    """It says so; nothing is sent."""
    made = draft(world, students=[0])
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    set_state(world, world.assistant_number, NumberState.RELEASING)
    world.queue.work()

    ((status, reason),) = openings(world)
    assert status == "canceled" and reason is not None and "given back" in reason


def test_two_workers_write_to_everyone_once(world: World) -> None:
    """Six starts at the same moment make one message for each contact."""
    made = draft(world, students=range(120))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.notes.clear()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(partial(campaign_openings.write_next, world.desk), [made.id] * 6))

    assert count(world, Message) == 120
    with world.desk.db.read() as session:
        rows = session.scalars(select(CampaignContact.message_id)).all()
        assert len(set(rows)) == 120 and None not in rows


def test_a_campaign_is_written_in_batches_that_the_queue_can_bear(world: World) -> None:
    """At most 200 texts wait for their turn at once; the next follow as these go out."""
    made = draft(world, students=range(250))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    campaign_openings.write_next(world.desk, made.id)
    under_way = count(world, Message)
    send_off(world)

    assert under_way == 200
    assert len(sent_to(world)) == len(set(sent_to(world))) == 250


def test_a_crash_between_batches_loses_nobody(world: World) -> None:
    """When every errand is lost, the sweep finds the contacts and the texts that are left."""
    made = draft(world, students=range(250))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.notes.clear()
    campaign_openings.write_next(world.desk, made.id)
    world.queue.notes.clear()
    for _ in range(3):
        world.clock.pass_time(minutes=1)
        sweeping.sweep(world.desk)
        send_off(world)

    assert sorted(sent_to(world)) == [phone(each) for each in range(250)]


def test_a_campaign_without_opening_message_sends_nothing(world: World) -> None:
    """One from before there were opening messages stays quiet under the sweep."""
    made = running(world, students=[0])
    with world.desk.db.write() as session:
        session.execute(update(Campaign).values(opening_text=""))
        session.execute(update(CampaignContact).values(message_id=None))
    sweeping.sweep(world.desk)
    campaign_openings.write_next(world.desk, made.id)
    world.queue.work()

    assert sent_to(world) == [phone(0)]


def test_nothing_is_written_once_the_campaign_is_archived(world: World) -> None:
    """A late errand finds it archived and stops."""
    made = draft(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    world.queue.work()

    assert Errand("start_campaign", made.id) not in [note[0] for note in world.queue.notes]
    assert count(world, Message) == 0


def test_a_lost_answer_is_not_texted_again(world: World) -> None:
    """A text that the carrier may have taken shows as unconfirmed among the contacts."""
    world.carrier.refusal = CarrierError("The answer was lost.", may_have_happened=True)
    made = running(world, students=[0])
    sweeping.sweep(world.desk)
    world.queue.work()
    page = campaign_contacts.listed(world.desk, world.bob, made.id, after=None, limit=5)

    assert [(line.state, line.why) for line in page.contacts] == [
        ("unconfirmed", "The answer was lost.")
    ]


def test_contacts_are_exported_as_they_can_be_imported(world: World) -> None:
    """A file of the campaign's contacts, with how far each is; the export is on record."""
    made = running(world)
    content = campaign_contacts.export(world.desk, world.bob, made.id, WEB)
    other = draft(world, students=[], number=number_id(world, world.inbox_number))
    bring_in(world, other.id, [0, 1, 2])

    assert [contact.phone for contact in parse(content).contacts] == [
        contact.phone for contact in parse(file_of(range(3))).contacts
    ]
    assert content.decode("utf-8-sig").splitlines()[1] == "(316) 200-0000,Student 0,,queued"
    assert audited(world, "contacts.export") == [(world.bob.id, "web", made.id, "done")]


def test_a_release_that_was_forgotten_is_found(world: World) -> None:
    """After a crash the sweep finds a number on its way back and has it released."""
    made = running(world, number=a_single_use_number(world))
    campaign_life.archive(world.desk, world.bob, made.id, WEB)
    world.queue.notes.clear()
    world.clock.pass_time(minutes=2)
    sweeping.sweep(world.desk)
    world.queue.work()

    assert number_row(world, "+13165550077").state is NumberState.RELEASED
