"""What a message is to the job in hand: an answer, a correction, a yes or no, or nothing to it."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from actions.jobs.hearing import NOT_UNDERSTOOD, Heard, Said
from actions.jobs.in_hand import WHICH_FIELD, InHand
from actions.jobs.job import Job
from actions.jobs.parts import Parts, read_by_parts

_YES, _NO = "affirm", "deny"
# Jobs that a "don't" does not ask for.
_OTHER_JOBS = frozenset({"create_reusable_number", "transfer_number", "archive_campaign"})
# What staff are answered; of other intents a message is rather the words of an answer.
_FOR_STAFF = (
    *("faq_", "check_", "list_", "open_", "create_", "transfer_", "change_", "archive_", "human_"),
    *("greet", "goodbye", "thanks", "bot_"),
)
# An answer is little more than what it names.
_FEW_WORDS = 3
# What goes by any words at all.
_ANY_WORDS = frozenset({"name", "campaign"})
# Where any words can be the answer, only what is surely something else is not taken for one.
_SURELY = 0.8
_FIELD_WORDS = {
    "inbox": r"\b(?:inbox|mailbox|bandeja|buz[oó]n)\b",
    "response": (
        r"\b(?:who (?:answers|responds)|response|answer(?:s|ing)?|assistant"
        r"|qui[eé]n (?:contesta|responde)|respuesta|asistente)\b"
    ),
    "name": r"\b(?:name|nombre)\b",
    "place": (
        r"\b(?:area|area code|place|city|zip(?: code)?|prefix|location|lugar|ciudad|lada|prefijo"
        r"|c[oó]digo(?: postal| de [aá]rea)?)\b"
    ),
    "campaign": r"\b(?:campaign|campa[ñn]a)\b",
    "office": r"\b(?:office|department|oficina|departamento)\b",
    "number": r"\b(?:number|line|n[uú]mero|l[ií]nea)\b",
}


@dataclass(frozen=True)
class Step:
    """What to do with a message.

    `elsewhere`: it is for somebody else to answer; `cancel`; `confirm` the plan in hand;
    `which_field`: ask what to change; `change`: ask the `field` anew; `say`: `said` is for the
    backend; `again`: do the last thing once more; `no_answer`: say that it is none.
    `guesses` are words that may be for a field too, which the backend knows; `unplaced` are for
    none. What leaves any is never a confirmation.
    """

    kind: Literal[
        "elsewhere", "cancel", "confirm", "which_field", "change", "say", "again", "no_answer"
    ]
    said: Said = field(default_factory=dict)
    field: str | None = None
    guesses: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()


ELSEWHERE, CANCEL, CONFIRM = Step("elsewhere"), Step("cancel"), Step("confirm")
AGAIN, NO_ANSWER = Step("again"), Step("no_answer")


def decide(job: Job, hand: InHand, heard: Heard) -> Step:
    """The step that a message asks for."""
    if heard.is_button:
        return _of_button(job, hand, heard)
    if heard.tries_again():
        return AGAIN
    if heard.has_enough() or (heard.intent == job.name and is_denied(job, heard)):
        return CANCEL
    if heard.says_dont() and heard.intent in _OTHER_JOBS and heard.intent not in job.sounds_like:
        return NO_ANSWER
    asked = hand.asked if hand.asked in job.fields else None
    parts = Parts(job.read(heard)) if asked in _ANY_WORDS else read_by_parts(job, heard)
    if _is_elsewhere(job, asked, heard, parts):
        return ELSEWHERE
    if asked is None:
        step = _about_plan(job, hand, heard, parts.said)
    else:
        step = _answer(job, asked, heard, parts.said)
    return _with_rest(job, asked, step, parts)


def _with_rest(job: Job, asked: str | None, step: Step, parts: Parts) -> Step:
    """The step with what else was said; words that are the whole answer leave none."""
    if asked is not None and not (step.kind == "say" and parts.said):
        return step
    if step.kind in ("which_field", "no_answer", "change"):
        return replace(step, guesses=parts.guesses)
    return replace(step, guesses=parts.guesses, unplaced=parts.unplaced)


def is_denied(job: Job, heard: Heard) -> bool:
    """Whether a message names the job to say that it shall not be done."""
    return heard.says_dont() and not job.takes_dont


def _of_button(job: Job, hand: InHand, heard: Heard) -> Step:
    plan = heard.pressed("plan")
    if heard.intent == _YES and plan:
        return CONFIRM if plan == hand.plan else ELSEWHERE
    if heard.intent == _NO and plan:
        return _which_field(job) if plan == hand.plan else ELSEWHERE
    if heard.intent == "cancel":
        return CANCEL if plan in (None, hand.plan) else ELSEWHERE
    if heard.intent != job.name:
        return ELSEWHERE
    change = heard.pressed("change")
    if change in job.fields:
        return Step("change", field=change)
    said = job.read(heard)
    return Step("say", said) if said else AGAIN


def _is_elsewhere(job: Job, asked: str | None, heard: Heard, parts: Parts) -> bool:
    """Whether a message is understood as something else that can be answered now."""
    said = parts.said
    answer = job.fields[asked](heard) if asked else None
    if answer is not None and heard.is_offered():
        return False
    if heard.intent in NOT_UNDERSTOOD:
        # The assistant would ask which of some things was meant: not in the place of an answer.
        if asked is None and not heard.asks() and _is_about_plan(job, heard, parts):
            return False
        return heard.wavers and not said and (answer is None or heard.asks())
    if heard.intent in (job.name, _YES, _NO):
        return False
    if heard.asks():
        return True
    if heard.intent in job.sounds_like and said and heard.value("phone_number") is None:
        return False
    if heard.intent in _OTHER_JOBS and heard.confidence >= _SURELY and heard.gives_order():
        return True
    is_named = bool(said) if answer is None else asked in said or answer != heard.text
    if is_named and heard.other_words() <= _FEW_WORDS:
        return False
    if asked is None and not heard.intent.startswith(_FOR_STAFF):
        return not (parts.guesses or _names_field_only(job, heard))
    if answer is None:
        return not (asked is None and _names_field_only(job, heard))
    return heard.confidence >= _SURELY and heard.intent.startswith(_FOR_STAFF)


def _answer(job: Job, asked: str, heard: Heard, said: Said) -> Step:
    answer = said.get(asked) or job.fields[asked](heard)
    yes_or_no = heard.intent in (_YES, _NO)
    if yes_or_no and not said:
        if answer and answer != heard.text:
            return Step("say", {asked: answer})
        named = _field_named(job, heard) if heard.intent == _NO else None
        return Step("change", field=named) if named and named != asked else NO_ANSWER
    if heard.intent in NOT_UNDERSTOOD and heard.asks() and not said:
        return NO_ANSWER
    if asked in _ANY_WORDS and answer and not yes_or_no:
        return Step("say", {asked: answer})
    # A whole message is no answer where it names something else: then it is about that.
    if answer and not (said and answer == heard.text):
        said = {**said, asked: answer}
    return Step("say", said) if said else NO_ANSWER


def _about_plan(job: Job, hand: InHand, heard: Heard, said: Said) -> Step:
    if said:
        return Step("say", said)
    named = _field_named(job, heard)
    if named and (
        heard.intent == _NO or hand.asked == WHICH_FIELD or _names_field_only(job, heard)
    ):
        return Step("change", field=named)
    if heard.intent == _YES and hand.plan and hand.asked is None:
        return CONFIRM
    if heard.intent == _NO and hand.plan:
        return _which_field(job)
    return AGAIN if heard.intent == job.name else NO_ANSWER


def _which_field(job: Job) -> Step:
    """Which to change, where there is a choice; a job without any can only be left."""
    if not job.fields:
        return CANCEL
    first, *others = job.fields
    return Step("which_field") if others else Step("change", field=first)


def _is_about_plan(job: Job, heard: Heard, parts: Parts) -> bool:
    """Whether words that are not understood may be for the plan: a name, a field, a day."""
    return bool(parts.guesses or heard.named("date")) or _names_field_only(job, heard)


def _names_field_only(job: Job, heard: Heard) -> bool:
    """Whether a message is no more than a field's name: "the area code"."""
    few = heard.other_words() <= _FEW_WORDS and not heard.asks()
    return few and heard.intent != _YES and _field_named(job, heard) is not None


def _field_named(job: Job, heard: Heard) -> str | None:
    """The field that is called by its name: "change the office"."""
    named = (
        name
        for name, words in _FIELD_WORDS.items()
        if name in job.fields and re.search(words, heard.text, re.IGNORECASE)
    )
    return next(named, None)
