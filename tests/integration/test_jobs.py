"""What the desk makes of what was said for a job: what is known, what is asked, what is planned."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from backend.db.tables import Inbox, Office, PhoneNumber, StaffMember
from backend.domain.conversations import Responder
from backend.domain.staff import Role
from backend.services import inbox, numbers
from tests.integration.campaigning import a_single_use_number, draft, number_id, running
from tests.integration.conftest import World
from tests.integration.ordering import an_order, order
from tests.integration.planning import Talk, audited

CREATE = "create_reusable_number"
TRANSFER = "transfer_number"
CHANGE = "change_unsolicited_response"
ARCHIVE = "archive_campaign"


@pytest.fixture
def bob(world: World, internal: Flask) -> Talk:
    """Bob of Financial Aid, chatting."""
    return Talk(world, internal, world.bob)


@pytest.fixture
def alice(world: World, internal: Flask) -> Talk:
    """The administrator, chatting."""
    return Talk(world, internal, world.alice)


@pytest.fixture
def with_inbox(world: World) -> None:
    """The Registrar has an inbox, and Financial Aid a second one."""
    add_inbox(world, "registrar", "Registrar inbox")
    add_inbox(world, "financial-aid", "Scholarships")


def add_inbox(world: World, office: str, name: str) -> None:
    """One more inbox of an office."""
    with world.desk.db.write(world.alice.institution_id) as session:
        row = session.scalars(select(Office).where(Office.slug == office)).one()
        session.add(Inbox(office_id=row.id, name=name))


def asked(proposed: dict[str, object]) -> tuple[str, str | None, list[str]]:
    """Which field is asked for, why, and what is offered."""
    question = proposed["question"]
    assert isinstance(question, dict), proposed
    return question["field"], question["problem"], [one["name"] for one in question["choices"]]


def test_one_question_is_enough(alice: Talk) -> None:
    """ "Create a reusable number for Financial Aid in 316": only who answers is asked."""
    proposed = alice.propose(CREATE, office="fin aid", place="316")

    assert asked(proposed) == ("response", None, ["assistant", "inbox"])
    assert proposed["known"]["office"]["name"] == "Financial Aid"

    planned = alice.propose(CREATE, office="fin aid", place="316", response="assistant")

    assert planned["plan"]["facts"] == {
        "office": "Financial Aid",
        "name": "Financial Aid",
        "place": {"kind": "area_code", "name": "316"},
        "response": "assistant",
        "inbox": "Financial Aid inbox",
        "counts_for": "Financial Aid",
        "cost": 1,
        "left": 8,
    }


def test_office_staff_are_asked_for_no_office(bob: Talk) -> None:
    """They order for their own; what is left of the contract is for administrators."""
    proposed = bob.propose(CREATE, place="316", response="assistant")

    assert proposed["known"]["office"]["name"] == "Financial Aid"
    assert proposed["plan"]["facts"]["left"] is None


def test_an_administrator_is_asked_for_which_office(alice: Talk) -> None:
    """All of them are offered, and so are the area codes that the institution has."""
    assert asked(alice.propose(CREATE)) == ("office", None, ["Financial Aid", "Registrar"])
    assert asked(alice.propose(CREATE, office="Financial Aid"))[2] == ["316", "any"]


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        ("316", "area_code", "316"),
        ("67260", "zip_code", "67260"),
        ("Wichita, KS", "city", "Wichita, KS"),
        ("wichita, ks", "city", "Wichita, KS"),
        ("doesn't matter", "any", "any"),
        ("Donde sea", "any", "any"),
        ("(316) 555-0188", "number", "(316) 555-0188"),
    ],
)
def test_where_a_number_is_from(bob: Talk, said: str, kind: str, name: str) -> None:
    """An area code, a ZIP code, a city, anywhere, or this very number."""
    planned = bob.propose(CREATE, place=said, response="assistant")

    assert planned["plan"]["facts"]["place"] == {"kind": kind, "name": name}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("800", "toll_free"),
        ("416", "not_us"),
        ("999", "unknown_area_code"),
        ("00000", "unknown"),
        ("Narnia", "unknown"),
        ("Springfield", "several"),
        ("+44 20 7946 0000", "not_us"),
        ("; drop table", "unknown"),
    ],
)
def test_where_no_number_is_from(bob: Talk, said: str, problem: str) -> None:
    """What is no place of the United States is asked about, with choices."""
    proposed = bob.propose(CREATE, place=said, response="assistant")
    field, why, choices = asked(proposed)

    assert (field, why) == ("place", problem)
    assert choices
    assert proposed["question"]["said"] == said


def test_the_carrier_has_none_there(world: World, bob: Talk) -> None:
    """It is said before anything is promised."""
    world.carrier.sold_out = {"620"}
    proposed = bob.propose(CREATE, place="620", response="assistant")

    assert asked(proposed) == ("place", "none_available", ["any"])
    assert "place" not in proposed["known"]


def test_what_was_not_understood_is_asked_before_what_is_missing(alice: Talk) -> None:
    """The office comes back with the words, though the place is missing too."""
    proposed = alice.propose(CREATE, office="zoology")

    assert asked(proposed)[:2] == ("office", "unknown")
    assert proposed["question"]["said"] == "zoology"


def test_another_office_than_ones_own(world: World, bob: Talk, with_inbox: None) -> None:
    """Bob may not order for the Registrar; he is told at once, and it is on record."""
    proposed = bob.propose(CREATE, office="registrar")

    assert proposed["status"] == 403
    assert "your own office" in proposed["detail"]
    assert audited(world, "number.order")[0].startswith("refused:")


def test_an_agent_orders_nothing(world: World, internal: Flask) -> None:
    """Carol is told so before she is asked anything."""
    carol = Talk(world, internal, world.carol)

    assert [carol.propose(job)["status"] for job in (CREATE, TRANSFER, CHANGE, ARCHIVE)] == [
        403
    ] * 4
    assert len(audited(world, "number.order")) == 1


def test_texts_for_people_need_an_inbox(bob: Talk, with_inbox: None) -> None:
    """Asked for where there are several, and taken by its name."""
    proposed = bob.propose(CREATE, place="316", response="inbox")
    planned = bob.propose(CREATE, place="316", response="inbox", inbox="scholarships")

    assert asked(proposed) == ("inbox", None, ["Financial Aid inbox", "Scholarships"])
    assert planned["plan"]["facts"]["inbox"] == "Scholarships"


def test_names_do_not_repeat(world: World, bob: Talk) -> None:
    """Without a name it is called after its office, and counted."""
    order(world, an_order("Financial Aid"))
    planned = bob.propose(CREATE, place="316", response="assistant")
    named = bob.propose(CREATE, place="316", response="assistant", name="  Front\n desk ")

    assert planned["plan"]["facts"]["name"] == "Financial Aid 2"
    assert named["plan"]["facts"]["name"] == "Front desk"


def test_a_field_can_be_asked_for_anew(bob: Talk) -> None:
    """ "Change the area code": it is asked, though it was known; the rest stays known."""
    said = {"place": "316", "response": "assistant", "name": "Front desk"}
    proposed = bob.propose(CREATE, change="place", **said)
    renamed = bob.propose(CREATE, change="name", **said)

    assert asked(proposed)[:2] == ("place", None)
    assert proposed["known"]["name"]["value"] == "Front desk"
    assert asked(renamed) == ("name", None, [])


def test_quota_is_told_to_who_may_know(world: World, bob: Talk, alice: Talk) -> None:
    """A full contract stops both at once; only the administrator hears the figures."""
    for _ in range(8):
        order(world)
    for_bob = bob.propose(CREATE)
    for_alice = alice.propose(CREATE)

    assert (for_bob["code"], for_alice["code"]) == ("over_quota", "over_quota")
    assert "10" not in for_bob["detail"] and "figures" not in for_bob
    assert for_alice["figures"]["limit"] == 10


def test_a_receipt_says_what_was_bought(bob: Talk, alice: Talk) -> None:
    """Number, id, who answers; what is used of the contract for administrators."""
    receipt = bob.press(bob.plan(CREATE, place="316", response="assistant"))["receipt"]
    for_alice = alice.press(
        alice.plan(CREATE, office="financial aid", place="316", response="inbox")
    )["receipt"]

    assert receipt["number"]["id"].startswith("num_")
    assert receipt["url"] == f"/numbers/{receipt['number']['id']}"
    assert (receipt["response"], receipt["quota"]) == ("assistant", None)
    assert for_alice["quota"] == {"used": 4, "reserved": 0, "limit": 10}


@pytest.mark.parametrize(
    "said", ["+13165550021", "316-555-0021", "0021", "555-0021", "Number 1", "number 1"]
)
def test_numbers_in_any_words(bob: Talk, with_inbox: None, said: str) -> None:
    """By its digits in any spelling, by its end, by its name."""
    planned = bob.propose(TRANSFER, number=said, office="registrar")

    assert planned["plan"]["facts"] == {
        "number": {
            "id": planned["known"]["number"]["value"],
            "phone_number": "(316) 555-0021",
            "name": "Number 1",
        },
        "from": "Financial Aid",
        "to": "Registrar",
        "inbox": "Registrar inbox",
        "response": "assistant",
    }


def test_a_transfer_and_back(world: World, alice: Talk, with_inbox: None) -> None:
    """The receipt knows how to undo it, and that is a plan like any other."""
    done = alice.press(alice.plan(TRANSFER, number="0021", office="registrar"))
    undo = done["receipt"]["undo"]
    back = alice.propose(TRANSFER, number=done["receipt"]["number"]["id"], **undo)

    assert audited(world, "number.transfer") == ["done: to Registrar"]
    assert (back["plan"]["facts"]["from"], back["plan"]["facts"]["to"]) == (
        "Registrar",
        "Financial Aid",
    )
    assert alice.press(back["plan"]["id"])["outcome"] == "done"


def test_a_used_number_is_refused_at_once(world: World, bob: Talk, with_inbox: None) -> None:
    """With the reason and the day, and before the office is asked for."""
    world.receive("SM1", "hello")
    proposed = bob.propose(TRANSFER, number="0021")

    assert proposed["status"] == 409
    assert "(316) 555-0021" in proposed["detail"]
    assert "used first on November 23, 2026, when a text came in" in proposed["detail"]
    assert proposed["why"] == "number_used"
    assert proposed["facts"] == {
        "phone_number": "(316) 555-0021",
        "at": "2026-11-23",
        "how": "received_text",
    }


def test_only_numbers_that_may_move_are_offered(world: World, bob: Talk) -> None:
    """A used one and a campaign's own are not among the choices."""
    world.receive("SM1", "hello")
    a_single_use_number(world)

    assert asked(bob.propose(TRANSFER))[2] == ["(316) 555-0022 Number 2"]


def test_a_foreign_number_is_like_none(world: World, bob: Talk) -> None:
    """Western's number and one that does not exist get the same words."""
    foreign = bob.propose(TRANSFER, number=world.western_number)["question"]
    nobodys = bob.propose(TRANSFER, number="+16205550177")["question"]

    assert {**foreign, "said": ""} == {**nobodys, "said": ""}
    assert foreign["problem"] == "unknown"


def test_an_office_that_cannot_take_it(bob: Talk, with_inbox: None, world: World) -> None:
    """The one it is at already, and one without an inbox."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.add(Office(slug="bursar", name="Bursar", time_zone="America/Chicago"))

    assert asked(bob.propose(TRANSFER, number="0021", office="fin aid"))[1] == "same_office"
    assert asked(bob.propose(TRANSFER, number="0021", office="bursar"))[1] == "no_inbox"


def test_who_answers_is_changed_and_back(world: World, bob: Talk, with_inbox: None) -> None:
    """Before and after stand in the plan; undo brings the old inbox back too."""
    planned = bob.propose(CHANGE, number="0021", response="inbox", inbox="scholarships")
    settled = bob.press(planned["plan"]["id"])

    assert planned["plan"]["facts"]["before"] == {
        "response": "assistant",
        "inbox": "Financial Aid inbox",
    }
    assert planned["plan"]["facts"]["after"] == {"response": "inbox", "inbox": "Scholarships"}

    undone = bob.press(bob.plan(CHANGE, number="0021", **settled["receipt"]["undo"]))

    assert undone["receipt"]["after"] == {
        "response": "assistant",
        "inbox": "Financial Aid inbox",
    }
    assert audited(world, "number.unsolicited") == ["done: to inbox", "done: to assistant"]


def test_nothing_to_change(bob: Talk) -> None:
    """It is like that already."""
    proposed = bob.propose(CHANGE, number="0021", response="assistant")

    assert (proposed["status"], proposed["code"]) == (409, "conflict")


def test_a_campaign_decides_meanwhile(world: World, bob: Talk) -> None:
    """The plan says so."""
    running(world)
    planned = bob.propose(CHANGE, number="0021", response="inbox")

    assert planned["plan"]["facts"]["campaign"] == "Spring orientation"


def test_archiving_says_what_becomes_of_the_number(world: World, bob: Talk) -> None:
    """A reusable number stays, with who answers then; a single-use one goes back."""
    running(world)
    draft(world, number=a_single_use_number(world), name="One time", students=())
    reusable = bob.propose(ARCHIVE, campaign="spring orientation")["plan"]["facts"]
    single = bob.propose(ARCHIVE, campaign="One time")["plan"]["facts"]

    assert (reusable["after"], reusable["response"]) == ("stays", "assistant")
    assert reusable["inbox"] == "Financial Aid inbox"
    assert (single["after"], single["response"]) == ("released", None)


def test_a_campaign_ends_once(world: World, bob: Talk) -> None:
    """Confirmed, archived, and then it is archived already."""
    running(world)
    settled = bob.press(bob.plan(ARCHIVE, campaign="Spring orientation"))
    again = bob.propose(ARCHIVE, campaign="spring orientation")

    assert settled["receipt"]["campaign"] == "Spring orientation"
    assert audited(world, "campaign.archive") == ["done"]
    assert again["status"] == 409 and "archived already" in again["detail"]


def test_campaigns_are_offered_running_ones_first(world: World, bob: Talk) -> None:
    """Which one is asked with buttons."""
    running(world)
    draft(world, number=number_id(world, world.inbox_number), name="Later", students=())

    assert asked(bob.propose(ARCHIVE)) == ("campaign", None, ["Spring orientation", "Later"])


def test_a_person_is_asked_for(world: World, bob: Talk) -> None:
    """The conversation is in the administrators' inbox, and in nobody else's."""
    bob.say("my port is stuck")
    planned = bob.propose("human_handoff")
    settled = bob.press(planned["plan"]["id"])

    assert planned["plan"]["facts"] == {"to": ["Alice"]}
    assert settled["receipt"] == {
        "to": ["Alice"],
        "inbox": "Financial Aid inbox",
        "conversation": bob.conversation,
    }
    assert [line.contact for line in inbox.listing(world.desk, world.alice).lines] == ["Bob"]
    assert inbox.listing(world.desk, world.bob).lines == []
    assert audited(world, "conversation.hand_over") == ["done"]


def test_the_only_administrator_has_nobody_to_ask(alice: Talk) -> None:
    """She is told so."""
    proposed = alice.propose("human_handoff")

    assert proposed["status"] == 409
    assert "only administrator" in proposed["detail"]


def test_administrators_who_left_are_not_named(world: World, bob: Talk) -> None:
    """Only active ones."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(
            select(StaffMember).where(StaffMember.role == Role.ADMINISTRATOR)
        ).one().is_active = False

    assert bob.propose("human_handoff")["status"] == 409


def test_numbers_are_listed_by_office(world: World, alice: Talk, bob: Talk) -> None:
    """All that may be seen, one office's, and candidates for words that name none."""
    everything = alice.call("/internal/numbers", {"office": None}).get_json()
    registrar = alice.call("/internal/numbers", {"office": "registrar"}).get_json()
    unclear = alice.call("/internal/numbers", {"office": "zoology"}).get_json()
    foreign = bob.call("/internal/numbers", {"office": "registrar"}).get_json()

    assert [one["phone_number"] for one in everything["numbers"]] == [
        "(316) 555-0021",
        "(316) 555-0022",
    ]
    assert (everything["more"], everything["url"]) == (0, "/numbers")
    assert (registrar["office"]["name"], registrar["numbers"]) == ("Registrar", [])
    assert [one["name"] for one in unclear["candidates"]] == ["Financial Aid", "Registrar"]
    assert [one["name"] for one in foreign["candidates"]] == ["Financial Aid"]


def test_numbers_are_listed_by_what_is_asked(world: World, alice: Talk) -> None:
    """By area code, and only those that were never used."""
    world.receive("SM1", "hello")
    by_code = alice.call("/internal/numbers", {"area_code": "620"}).get_json()
    unused = alice.call("/internal/numbers", {"unused": True}).get_json()

    assert by_code["numbers"] == []
    assert [one["phone_number"] for one in unused["numbers"]] == ["(316) 555-0022"]


def test_what_can_be_said_of_a_number(world: World, bob: Talk) -> None:
    """Its first use, whether it may move, who answers now and why."""
    world.receive("SM1", "hello")
    number = bob.call("/internal/number", {"said": "0021"}).get_json()["match"]

    assert number["first_use"] == {"how": "received_text", "at": "2026-11-23"}
    assert not number["may_move"] and "used first" in number["why_not"]
    assert number["effective"]["responder"] == "assistant"
    assert number["unsolicited"] == {"response": "assistant", "inbox": "Financial Aid inbox"}


def test_a_number_one_may_not_see_is_no_match(world: World, bob: Talk) -> None:
    """The same for another institution's and nobody's."""
    foreign = bob.call("/internal/number", {"said": world.western_number}).get_json()
    nobodys = bob.call("/internal/number", {"said": "+16205550177"}).get_json()

    assert foreign == nobodys == {"match": None, "candidates": []}


def test_an_unknown_path_of_the_internal_listener(internal: Flask) -> None:
    """A problem document: there are no pages here."""
    answer = internal.test_client().get("/nothing")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("body", [None, [], "x", {"said": 7}, {"said": {"a": 1}}, {"office": []}])
def test_a_body_that_is_no_request(bob: Talk, body: object) -> None:
    """A clear answer, never a fault of ours."""
    for path in ("/internal/numbers", "/internal/number"):
        answer = bob.call(path, body)  # type: ignore[arg-type]
        assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    "said",
    [
        {"office": "x" * 5_000},
        {"place": "\u202e613", "response": "assistant"},
        {"office": "{institution_name}"},
        {"name": "<script>alert(1)</script>", "place": "316", "response": "assistant"},
        {"plan": "pln_1", "number": "num_1", "unknown": "field"},
        {"response": "ASSISTANT'); --"},
        {"place": "３１６", "response": "assistant"},
    ],
)
def test_hostile_words_are_only_words(world: World, bob: Talk, said: dict[str, str]) -> None:
    """A question or a plan comes of them, and nothing is done."""
    assert bob.propose(CREATE, **said)["status"] == 200
    assert numbers.listed(world.desk, world.bob, after=None, limit=10).numbers[2:] == []


def test_a_number_keeps_its_state_when_only_planned(world: World, bob: Talk) -> None:
    """Proposing is reading."""
    bob.plan(CHANGE, number="0021", response="inbox")
    with world.desk.db.read(world.bob.institution_id) as session:
        row = session.scalars(select(PhoneNumber).order_by(PhoneNumber.id)).first()

    assert row is not None and row.unsolicited_response is Responder.ASSISTANT
