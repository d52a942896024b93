"""What is said of a job: its questions, its plan, its receipt, and what went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend_client import BackendRefused
from actions.buttons import TRY_AGAIN, Button, payload
from actions.jobs.hearing import NOT_UNDERSTOOD
from actions.jobs.job import Job
from actions.languages import answered_in, language_of, spoken
from actions.mentions import intent_of
from actions.refusals import reasons

# What is repeated of somebody's words.
_LONGEST_ECHO = 60
# So many words tell too little about their language when they only answer a question.
_BARE_WORDS = 3
_CANCEL = {"en": "Cancel", "es": "Cancelar"}
_UNDO = {"en": "Take it back", "es": "Deshacerlo"}
_START_AGAIN = {"en": "Start again", "es": "Empezar de nuevo"}
# Choices that are no names: the backend gives their value only.
_CHOICES = {
    "en": {
        "assistant": "The assistant",
        "inbox": "People in an inbox",
        "any": "Anywhere",
    },
    "es": {
        "assistant": "El asistente",
        "inbox": "Personas, en una bandeja",
        "any": "Cualquier lugar",
    },
}
_FIELDS = {
    "en": {
        "office": "The office",
        "place": "Where it is from",
        "response": "Who answers",
        "inbox": "The inbox",
        "name": "The name",
        "number": "The number",
        "campaign": "The campaign",
    },
    "es": {
        "office": "La oficina",
        "place": "De dónde es",
        "response": "Quién contesta",
        "inbox": "La bandeja",
        "name": "El nombre",
        "number": "El número",
        "campaign": "La campaña",
    },
}
# Refusals that are said in a way of their own: figures stand in the backend's sentence only.
_REFUSALS = ("over_quota", "carrier_error")
# Of other problems with an answer the backend says more in a sentence.
_PROBLEMS = frozenset(
    {
        *("unknown", "several", "same_office", "no_inbox", "none_available", "too_long"),
        *("toll_free", "unknown_area_code", "not_us", "invalid_number"),
    }
)
_PLACES = {
    "en": {3: "area code {place}", 5: "ZIP code {place}"},
    "es": {3: "código de área {place}", 5: "código postal {place}"},
}


@dataclass(frozen=True)
class Voice:
    """Says what is to be said, in the language of the conversation."""

    dispatcher: CollectingDispatcher
    language: str

    @classmethod
    def of(cls, dispatcher: CollectingDispatcher, tracker: Tracker) -> "Voice":
        """As the latest message wants it; a few words of an answer, which may be no more than a
        name, do not change the language.
        """
        before = answered_in(tracker)
        return cls(dispatcher, before if before and _is_bare(tracker) else language_of(tracker))

    def say(self, response: str, buttons: list[Button] | None = None, **values: Any) -> None:
        """Utter one of `data/answers`."""
        self.dispatcher.utter_message(
            response=response, buttons=buttons or [], language=self.language, **values
        )

    def ask(self, job: Job, question: Mapping[str, Any]) -> None:
        """A question about a field with its choices; before it, why what was said won't do."""
        if question.get("problem"):
            self._say_problem(question)
        choices = [
            self._button(job, {question["field"]: one["value"]}, self._title(one))
            for one in question["choices"]
        ]
        self.say(f"utter_{job.name}_asks_{question['field']}", [*choices, self.cancel()])

    def ask_which_field(self, job: Job, plan: str | None) -> None:
        """What to change about a plan."""
        fields = [
            self._button(job, {"change": name}, _FIELDS[self.language][name]) for name in job.fields
        ]
        self.say("utter_job_asks_which_field", [*fields, self.cancel(plan)])

    def show_plan(self, job: Job, plan: Mapping[str, Any]) -> None:
        """What would be done, with the buttons that decide about it."""
        response, values = job.plan(plan["facts"], self.language)
        self.say(response, **{**values, "plan": plan["id"]})

    def give_receipt(self, job: Job, receipt: Mapping[str, Any]) -> None:
        """What was done."""
        response, values = job.receipt(receipt, self.language)
        self.say(response, **values)

    def give_reason(self, refusal: BackendRefused, buttons: list[Button] | None = None) -> None:
        """Why the backend did not do it."""
        ours = refusal.code in _REFUSALS
        response = f"utter_job_refused_{refusal.code}" if ours else "utter_job_refused"
        self.say(response, buttons, **reasons(refusal, self.language))

    def note_changes(self, known: Mapping[str, Mapping[str, str]]) -> None:
        """That what was known is another now; nothing where all is as it was."""
        if known:
            changed = ", ".join(self._value(name, found) for name, found in known.items())
            self.say("utter_job_changed", changed=changed[:1].upper() + changed[1:])

    def say_not_understood(self, parts: Sequence[str]) -> None:
        """Which parts of a message have changed nothing."""
        self.say("utter_job_part_not_understood", said="”, “".join(map(_echo, parts)))

    def cancel(self, plan: str | None = None) -> Button:
        """A button that ends the job."""
        named = {"plan": plan} if plan else {}
        return {"title": _CANCEL[self.language], "payload": payload("cancel", named)}

    def start_again(self, job: Job, said: Mapping[str, str]) -> Button:
        """A button that begins a job with what was said for it before."""
        return self._button(job, said, _START_AGAIN[self.language])

    def undo(self, job: Job, said: Mapping[str, str]) -> Button:
        """A button that asks for the job that takes back what was done."""
        return self._button(job, said, _UNDO[self.language])

    def try_again(self, job: Job, plan: str | None = None) -> Button:
        """A button that does the last thing once more: confirms the plan, or asks the backend."""
        if plan is not None:
            return self.confirm_again(plan)
        return self._button(job, {"step": "again"}, TRY_AGAIN[self.language])

    def confirm_again(self, plan: str) -> Button:
        """A button that confirms a plan once more."""
        return {"title": TRY_AGAIN[self.language], "payload": payload("affirm", {"plan": plan})}

    def _say_problem(self, question: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {"said": _echo(spoken(question.get("said") or ""))}
        if question.get("reason"):
            values["reason"] = str(question["reason"])
        problem = question["problem"] if question["problem"] in _PROBLEMS else "unknown"
        self.say(f"utter_job_problem_{problem}", **values)

    def _value(self, field: str, known: Mapping[str, str]) -> str:
        """A field's value within a sentence."""
        name = self._title(known)
        if field == "place" and name.isdigit():
            return _PLACES[self.language].get(len(name), "{place}").format(place=name)
        return f"“{name}”" if field == "name" else name

    def _title(self, choice: Mapping[str, str]) -> str:
        return _CHOICES[self.language].get(choice["value"]) or _echo(choice["name"])

    @staticmethod
    def _button(job: Job, named: Mapping[str, str], title: str) -> Button:
        return {"title": title, "payload": payload(job.name, named)}


def _is_bare(tracker: Tracker) -> bool:
    """Whether a job is answered with a few words that mean nothing by themselves."""
    few = len(str(tracker.latest_message.get("text") or "").split()) <= _BARE_WORDS
    return few and intent_of(tracker) in NOT_UNDERSTOOD and tracker.active_loop_name is not None


def _echo(words: str) -> str:
    """Somebody's words as they are repeated: on one line, and not for pages."""
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST_ECHO else f"{line[: _LONGEST_ECHO - 1]}…"
