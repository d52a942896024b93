"""What is said of a job: its questions, its plan, its receipt, and what went wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend_client import BackendRefused
from actions.jobs.job import Job
from actions.languages import answered_in, language_of

Button = dict[str, str]

# What is repeated of somebody's words.
LONGEST_ECHO = 60
# So many words tell too little about their language when they only answer a question.
_BARE_WORDS = 3
_TITLES = {
    "en": {
        "cancel": "Cancel",
        "again": "Try again",
        "anew": "Start again",
        "assistant": "The assistant",
        "inbox": "People in an inbox",
        "any": "Anywhere",
    },
    "es": {
        "cancel": "Cancelar",
        "again": "Intentar de nuevo",
        "anew": "Empezar de nuevo",
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
# Refusals that have words of their own; of others the backend's sentence is repeated.
_REFUSALS = ("not_allowed", "over_quota", "carrier_error")


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
        """Why the backend did not do it. Its sentences are in English."""
        ours = refusal.code in _REFUSALS
        response = f"utter_job_refused_{refusal.code}" if ours else "utter_job_refused"
        self.say(response, buttons, reason=refusal.reason)

    def cancel(self, plan: str | None = None) -> Button:
        """A button that ends the job."""
        named = json.dumps({"plan": plan}) if plan else ""
        return {"title": self._words("cancel"), "payload": f"/cancel{named}"}

    def start_again(self, job: Job, said: Mapping[str, str]) -> Button:
        """A button that begins a job with what was said for it before."""
        return self._button(job, said, self._words("anew"))

    def try_again(self, job: Job, plan: str | None = None) -> Button:
        """A button that does the last thing once more: confirms the plan, or asks the backend."""
        if plan is not None:
            return self.confirm_again(plan)
        return self._button(job, {"step": "again"}, self._words("again"))

    def confirm_again(self, plan: str) -> Button:
        """A button that confirms a plan once more."""
        payload = f"/affirm{json.dumps({'plan': plan})}"
        return {"title": self._words("again"), "payload": payload}

    def _say_problem(self, question: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {"said": echo(question.get("said") or "")}
        if question.get("reason"):
            values["reason"] = str(question["reason"])
        self.say(f"utter_job_problem_{question['problem']}", **values)

    def _title(self, choice: Mapping[str, str]) -> str:
        return _TITLES[self.language].get(choice["value"]) or echo(choice["name"])

    def _words(self, name: str) -> str:
        return _TITLES[self.language][name]

    @staticmethod
    def _button(job: Job, named: Mapping[str, str], title: str) -> Button:
        fields = json.dumps(named, ensure_ascii=False) if named else ""
        return {"title": title, "payload": f"/{job.name}{fields}"}


def _is_bare(tracker: Tracker) -> bool:
    """Whether a job is answered with a few words that mean nothing by themselves."""
    message = tracker.latest_message
    is_understood = (message.get("intent") or {}).get("name") not in (
        "out_of_scope",
        "nlu_fallback",
    )
    few = len(str(message.get("text") or "").split()) <= _BARE_WORDS
    return few and not is_understood and bool((tracker.active_loop or {}).get("name"))


def echo(words: str) -> str:
    """Somebody's words as they are repeated: on one line, and not for pages."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_ECHO else f"{line[: LONGEST_ECHO - 1]}…"
