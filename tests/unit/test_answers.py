"""The words of the assistant: complete for staff, short enough for a student's phone."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.domain.assistant_texts import Introduction, compose, without_internal_links
from backend.domain.sms import segments

ROOT = Path(__file__).parents[2]
ARTICLE = "Setting up a reusable phone number FAQs"
PROVISIONED = "How many provisioned phone numbers do I have for Two-Way Messaging?"
PORTING = "Can I port a number to use with Ocelot Two-Way Messaging?"

# What each answer must say, whatever else it says. Kept apart from the answers: losing a fact
# while rewording must fail.
FACTS: dict[str, tuple[str, ...]] = {
    "faq_provisioned_count": (
        "client admin", "Quotas & Account", "Contract Limits", "unique contacts",
        "provisioned numbers", "Only Administrators", "campus or office", "campaign",
        "reusable number",
    ),
    "faq_same_number_all_campaigns": ("Yes", "reusable number", "Reusable Numbers article"),
    "faq_unsolicited_without_campaign": ("No", "unsolicited texts", "no active campaign"),
    "faq_text_back_after_archive": (
        "Yes", "unsolicited settings", "unsolicited email settings", "Virtual Assistant",
        "inbox listed", "Agent",
    ),
    "faq_another_school": (
        "Single-use", "one campaign", "archived", "can't use the number any more", "Twilio",
        "waiting period", "Reusable", "your school only", "again and again",
    ),
    "faq_transfer_number": (
        "hasn't been used", "reassigned", "any campaign", "1:1 interaction", "no longer possible",
    ),
    "faq_port_number": (
        "Yes", "Ocelot Two-Way Messaging", "First and last name", "authorized user",
        "https://freecarrierlookup.com/", "service address", "physical address", "PO Box", "LOA",
        "US_LOA2022.pdf", "CSR", "phone bill", "last 30 days", "time sensitive",
        "up to four weeks",
    ),
    "faq_port_requirements": (
        "first and last name", "authorized user", "owner/carrier",
        "https://freecarrierlookup.com/", "Service address", "physical address",
        "PO Box is not valid", "Letter of Authorization", "signed", "must match",
        "US_LOA2022.pdf", "Customer Service Record", "Porting Team", "not just billing records",
        "not necessarily", "scanned or electronic", "most recent", "within the last 30 days",
        "account", "every number", "time sensitive",
    ),
    "faq_port_time": ("Up to four weeks", "time sensitive"),
    "faq_port_rejection_reasons": (
        "Unsatisfactory Business Relationship", "unpaid", "port away fee", "Mismatch", "exactly",
        "zip code", "Inactive", "in service with the losing carrier", "Unauthorized Signature",
        "PIN", "last four digits", "Social Security", "Account Number", "Unlock Google Voice",
        "www.google.com/voice/unlock", "resubmitted", "Billing Telephone Number",
        "master number", "Unportable", "Twilio", "Resold Account", "CSR", "detailed directions",
    ),
    "faq_req_authorized_user": (
        "first and last name", "authorized user or owner", "https://freecarrierlookup.com/",
    ),
    "faq_req_service_address": ("corresponds", "physical address", "PO Box is not valid"),
    "faq_req_loa": (
        "Letter of Authorization", "sign", "authorized user and/or owner", "must match",
        "service address", "current carrier", "US_LOA2022.pdf",
    ),
    "faq_req_csr": (
        "Customer Service Record", "current carrier", "Porting Team", "on file",
        "billing records", "by name",
    ),
    "faq_req_phone_bill": (
        "scanned or electronic", "most recent", "last 30 days", "account",
        "owner/authorized user", "address", "all the numbers",
    ),
    "faq_reject_business_relationship": (
        "Unsatisfactory Business Relationship", "unpaid balance", "port away fee", "pay",
        "current carrier",
    ),
    "faq_reject_mismatch": (
        "All Data Mismatch", "Name Mismatch", "Address Mismatch", "Letter of Authorization",
        "Customer Service Record", "database", "exactly", "authorized user", "service address",
        "zip code",
    ),
    "faq_reject_inactive": ("Number is Inactive", "in service with the losing carrier"),
    "faq_reject_unauthorized_signature": (
        "Unauthorized Signature", "authorized to make changes",
        "Letter of Authorization", "contact the carrier", "updated",
    ),
    "faq_reject_wireless_pin": (
        "Wrong Wireless Account PIN", "last four digits", "Social Security Number", "Sometimes",
        "contact the carrier", "on file",
    ),
    "faq_reject_account_number": (
        "Incorrect / Missing Account Number", "losing carrier", "account number", "on file",
    ),
    "faq_reject_google_voice": (
        "Unlock Google Voice", "every Google Voice number", "www.google.com/voice/unlock",
        "resubmitted",
    ),
    "faq_reject_billing_number": (
        "Invalid Billing Telephone Number", "master number", "many phone numbers",
        "losing carrier", "on file",
    ),
    "faq_reject_unportable": ("Number is Unportable", "regions", "Twilio", "third-party"),
    "faq_reject_resold": (
        "Resold Account", "service provider", "CSR (Customer Service Record)",
        "detailed directions",
    ),
}  # fmt: skip

# The article's heading of those questions that are not about porting.
SECTIONS = {
    "faq_provisioned_count": PROVISIONED,
    "faq_same_number_all_campaigns": (
        "Is there a way to use the same phone number in all my campaigns?"
    ),
    "faq_unsolicited_without_campaign": (
        "Do I have to have an active campaign to receive unsolicited messages?"
    ),
    "faq_text_back_after_archive": (
        "Can a student still text me back on a reusable phone number after I archive a Campaign?"
    ),
    "faq_another_school": "Can another school use the same provisioned number?",
    "faq_transfer_number": "Can I transfer a reusable number to another office?",
}

# Names as long as they get; an office's own facts may be this long.
LONG_NAME = "Office of Student Success West"
FILLED = {
    "{office_name}": LONG_NAME,
    "{institution_name}": "Wheatland State University Ark",
    "{value}": "Monday to Friday 8-5, Thursday until 7",
}
STAFF_WORDS = re.compile(
    r"contract limit|quotas?\b|twilio|ocelot|\bLOA\b|\bCSR\b|\bBTN\b|\bport(ing|ed|abilidad)?\b"
    r"|provision|single-use|reusable|campaign|campaña|carrier|operador|unsolicited|client admin"
    r"|numberdesk|administra",
    re.IGNORECASE,
)
# Never offered when the assistant asks what was meant: small talk, and what is none of ours.
NEVER_OFFERED = {
    "greet", "goodbye", "thanks", "bot_challenge", "affirm", "deny", "cancel",
    "undo", "out_of_scope", "nlu_fallback",
}  # fmt: skip
CHOICE = "utter_choice_"
# What fits on a button.
LONGEST_BUTTON = 40
# The assistant never offers more.
MOST_CHOICES = 3
HANDING_OFF = (
    "utter_human_handoff", "utter_pass_to_person", "utter_backend_unreachable",
    "utter_office_fact_unknown",
)  # fmt: skip
# Asked with choices that come from what the student wrote.
ASKING_BACK = ("utter_did_you_mean", "utter_choose")

Variation = dict[str, Any]


def _responses() -> dict[str, list[Variation]]:
    found: dict[str, list[Variation]] = {}
    for path in sorted((ROOT / "data").rglob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        answers = content.get("responses", {}) | content.get("sayings", {})
        for name, variations in answers.items():
            assert name not in found, f"{name} stands in two files: Rasa would drop one"
            found[name] = variations
    return found


RESPONSES = _responses()
INTENTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
FAQ_INTENTS = [intent for intent in INTENTS if intent.startswith("faq_")]
OFFERED = [intent for intent in INTENTS if intent not in NEVER_OFFERED]
VARIATIONS = [(name, one) for name, several in RESPONSES.items() for one in several]
NAMED_STUDENTS = [
    pytest.param(name, one, id=f"{name}-{one['metadata']['language']}")
    for name, one in VARIATIONS
    if one["metadata"]["audience"] in ("student", "everyone")
]
STUDENTS = [pytest.param(param.values[1], id=param.id) for param in NAMED_STUDENTS]


def _of(name: str, audience: str, language: str) -> Variation:
    """The one variation of an answer for an audience in a language."""
    (found,) = [
        one
        for one in RESPONSES[name]
        if (one["metadata"]["audience"], one["metadata"]["language"]) == (audience, language)
    ]
    return found


def _as_sent(variation: Variation) -> str:
    """A variation as long as it gets: long names filled in."""
    text = str(variation["text"])
    for placeholder, value in FILLED.items():
        text = text.replace(placeholder, value)
    return text


def _choices(name: str, variation: Variation) -> tuple[str, ...]:
    """What a student is offered under an answer, as much and as long as it gets."""
    language = variation["metadata"]["language"]
    if name not in ASKING_BACK:
        return tuple(button["title"] for button in variation.get("buttons", ()))
    person = _of(f"{CHOICE}human_handoff", "student", language)["text"]
    others = sorted(set(_names("student", language)) - {person}, key=len)
    return (*others[-MOST_CHOICES:], person)


def _names(audience: str, language: str) -> list[str]:
    """What an audience is offered in a language."""
    return [
        one["text"]
        for name, one in VARIATIONS
        if name.startswith(CHOICE)
        and (one["metadata"]["audience"], one["metadata"]["language"]) == (audience, language)
    ]


def test_every_variation_says_whom_it_is_for_and_in_which_language() -> None:
    """Without an audience an answer could reach the wrong person."""
    audiences = {one["metadata"]["audience"] for _, one in VARIATIONS}
    languages = {one["metadata"]["language"] for _, one in VARIATIONS}

    assert audiences <= {"staff", "student", "everyone"}
    assert languages <= {"en", "es"}


def test_every_question_of_the_faq_has_its_facts_listed_here() -> None:
    """A new FAQ answer comes with the facts that it must keep."""
    assert set(FAQ_INTENTS) == set(FACTS)


@pytest.mark.parametrize(("intent", "facts"), FACTS.items())
def test_an_faq_answer_is_complete(intent: str, facts: tuple[str, ...]) -> None:
    """Every fact, list item and link of the article's question is in the answer."""
    text = _of(f"utter_{intent}", "staff", "en")["text"]
    missing = [fact for fact in facts if fact.casefold() not in text.casefold()]

    assert missing == []


@pytest.mark.parametrize("intent", FAQ_INTENTS)
def test_an_faq_answer_keeps_its_links_and_numbers_in_spanish(intent: str) -> None:
    """Links, forms, menu names and figures are the same in every language."""
    english = _of(f"utter_{intent}", "staff", "en")
    spanish = _of(f"utter_{intent}", "staff", "es")
    kept = r"https?://\S+?(?=[\s).]|$)|www\.[\w./]+\w|\w+\.pdf|Contract Limits|\b30\b|1:1|^\d+\."

    assert set(re.findall(kept, english["text"], re.M)) == set(
        re.findall(kept, spanish["text"], re.M)
    )
    assert english["metadata"].get("link") == spanish["metadata"].get("link")


@pytest.mark.parametrize("intent", FAQ_INTENTS)
def test_an_faq_answer_names_its_source(intent: str) -> None:
    """Article, the question as headed in it, and the date it was modified."""
    sources = [one["metadata"]["source"] for one in RESPONSES[f"utter_{intent}"]]
    section = SECTIONS.get(intent, PORTING)

    assert sources == [{"article": ARTICLE, "section": section, "modified": "Tue, 4 Mar"}] * 2


@pytest.mark.parametrize("intent", FAQ_INTENTS)
def test_the_faq_is_for_staff(intent: str) -> None:
    """A student never gets an answer about the institution's internals."""
    audiences = {one["metadata"]["audience"] for one in RESPONSES[f"utter_{intent}"]}

    assert audiences == {"staff"}


def test_the_ten_rejections_and_the_five_requirements_are_counted() -> None:
    """The two lists are whole and numbered."""
    rejections = _of("utter_faq_port_rejection_reasons", "staff", "en")["text"]
    requirements = _of("utter_faq_port_requirements", "staff", "en")["text"]

    assert re.findall(r"^(\d+)\.", rejections, re.M) == [str(n) for n in range(1, 11)]
    assert re.findall(r"^(\d+)\.", requirements, re.M) == [str(n) for n in range(1, 6)]


@pytest.mark.parametrize("variation", STUDENTS)
def test_a_students_answer_fits_in_two_segments(variation: Variation) -> None:
    """English stays in GSM-7 within 306 septets; Spanish within 134 UCS-2 units."""
    text = _as_sent(variation)
    english = variation["metadata"]["language"] == "en"
    cost = segments(text)

    assert cost.count <= 2
    assert not english or cost.encoding == "GSM-7"
    assert english or len(text.encode("utf-16-be")) // 2 <= 134


@pytest.mark.parametrize("variation", STUDENTS)
def test_a_students_answer_has_no_staff_words(variation: Variation) -> None:
    """Nothing of how the institution rents its numbers reaches a student."""
    assert STAFF_WORDS.findall(_as_sent(variation)) == []


@pytest.mark.parametrize(("name", "variation"), NAMED_STUDENTS)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_students_answer_fits_as_it_is_sent(
    name: str, variation: Variation, is_first: bool
) -> None:
    """With who speaks, which comes first of all, and with its choices: nothing is left out."""
    composed = compose(
        _as_sent(variation),
        variation["metadata"]["language"],
        titles=_choices(name, variation),
        introduction=Introduction(LONG_NAME, FILLED["{institution_name}"]) if is_first else None,
    )

    assert composed is not None
    assert segments(composed.text).count <= 2
    assert (composed.is_shortened, composed.has_choices) == (False, True)


@pytest.mark.parametrize("variation", STUDENTS)
def test_a_students_answer_can_be_texted(variation: Variation) -> None:
    """Every placeholder is one that the bot fills; its buttons, which become numbers, are what a
    student may ask.
    """
    placeholders = set(re.findall(r"\{\w+\}", variation["text"]))
    asked = {button["payload"].removeprefix("/") for button in variation.get("buttons", ())}

    assert placeholders <= set(FILLED)
    assert asked <= {intent for intent in OFFERED if intent.startswith(("student_", "office_"))} | {
        "human_handoff"
    }


@pytest.mark.parametrize("variation", STUDENTS)
def test_a_students_answer_links_nothing_itself(variation: Variation) -> None:
    """A link in a text is an office's own web page, from its record; no page of the desk."""
    text = _as_sent(variation)

    assert "link" not in variation["metadata"] and "source" not in variation["metadata"]
    assert "://" not in text and "www." not in text
    assert without_internal_links(text, "desk.school.edu") == text


@pytest.mark.parametrize("name", HANDING_OFF)
def test_what_the_assistant_cannot_do_for_a_student_reaches_a_person(name: str) -> None:
    """Each hands off in both languages and names the office whose people will see it."""
    handed = [_of(name, "student", language) for language in ("en", "es")]

    assert all(one["metadata"]["hand_off"] is True for one in handed)
    assert all("{office_name}" in one["text"] for one in handed)


def test_nothing_hands_off_a_member_of_staff() -> None:
    """Web chat has nobody to hand over to, so no staff answer claims to."""
    handed = [
        name
        for name, one in VARIATIONS
        if one["metadata"].get("hand_off") and one["metadata"]["audience"] != "student"
    ]

    assert handed == []


def test_each_audience_has_both_languages_or_none() -> None:
    """No one is answered in English only because nobody wrote the Spanish."""
    spoken: dict[tuple[str, str], set[str]] = {}
    for name, one in VARIATIONS:
        key = (name, one["metadata"]["audience"])
        spoken.setdefault(key, set()).add(one["metadata"]["language"])

    assert {key for key, languages in spoken.items() if languages != {"en", "es"}} == set()


def test_the_quota_answer_has_a_place_for_every_figure() -> None:
    """Contacts and numbers, limit and used; reserved; by office; the contract's period."""
    wanted = {
        "{contacts_used}", "{contacts_limit}", "{numbers_used}", "{numbers_limit}",
        "{numbers_reserved}", "{by_office}", "{period_starts}", "{period_ends}",
    }  # fmt: skip
    english, spanish = RESPONSES["utter_quota"]

    assert set(re.findall(r"\{\w+\}", english["text"])) == wanted
    assert set(re.findall(r"\{\w+\}", spanish["text"])) == wanted


def test_being_unsure_offers_staff_three_ways_on() -> None:
    """Staff who were not understood see what the assistant can do, a person among it, briefly."""
    unsure = [_of("utter_unsure", "staff", language) for language in ("en", "es")]

    assert all(len(one["buttons"]) == 3 for one in unsure)
    assert all(one["buttons"][-1]["payload"] == "/human_handoff" for one in unsure)
    assert all(len(one["text"].splitlines()) <= 4 for one in unsure)


@pytest.mark.parametrize("name", ["utter_office_fafsa_code", f"{CHOICE}office_fafsa_code"])
def test_an_offices_own_answer_stays_with_its_office(name: str) -> None:
    """The demo office's answer and its name tell institution and office: no other office gives
    or offers it.
    """
    owners = {
        (one["metadata"].get("institution"), one["metadata"].get("office"))
        for one in RESPONSES[name]
    }

    assert owners == {("demo", "financial-aid")}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("intent", OFFERED)
def test_whatever_can_be_meant_has_a_name_on_a_button(intent: str, language: str) -> None:
    """Staff who are asked what they meant can be offered every intent but talk."""
    name = _of(f"{CHOICE}{intent}", "staff", language)["text"]

    assert 0 < len(name) <= LONGEST_BUTTON


def test_only_what_can_be_meant_has_a_name() -> None:
    """No name is left over, and talk is never offered."""
    named = {name.removeprefix(CHOICE) for name in RESPONSES if name.startswith(CHOICE)}

    assert named == set(OFFERED)


def test_a_student_is_offered_what_students_ask() -> None:
    """Their own questions and a person; nothing that only staff may do or read."""
    named = {
        name.removeprefix(CHOICE)
        for name, one in VARIATIONS
        if name.startswith(CHOICE) and one["metadata"]["audience"] != "staff"
    }
    asked = {intent for intent in OFFERED if intent.startswith(("student_", "office_"))}

    assert named == asked | {"human_handoff"}


@pytest.mark.parametrize("audience", ["staff", "student"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_two_names_are_never_alike(audience: str, language: str) -> None:
    """Who must choose can tell the choices apart, and no name holds what parts or ends them."""
    names = [name.casefold() for name in _names(audience, language)]

    assert len(set(names)) == len(names)
    assert not [name for name in names if set(name) & set("/.{}") or name != name.strip()]


@pytest.mark.parametrize("name", ["utter_unsure", "utter_did_you_mean"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_not_understanding_a_student_wakes_nobody(name: str, language: str) -> None:
    """The first time they are asked again and offered a person; the desk counts."""
    student = _of(name, "student", language)

    assert "hand_off" not in student["metadata"]
    assert [one["payload"] for one in _of("utter_unsure", "student", language)["buttons"]] == [
        "/human_handoff"
    ]
