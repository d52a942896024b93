"""One call of an action: the message, and the means to ask the backend and to answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend_client import Backend
from actions.jobs.hearing import Heard
from actions.jobs.in_hand import SLOT, InHand
from actions.jobs.wording import Voice

Event = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """The latest message's turn; `now` is in seconds since 1970."""

    tracker: Tracker
    dispatcher: CollectingDispatcher
    voice: Voice
    heard: Heard
    now: float

    @classmethod
    def of(cls, dispatcher: CollectingDispatcher, tracker: Tracker, now: float) -> "Turn":
        """The turn of the latest message."""
        voice = Voice.of(dispatcher, tracker)
        return cls(tracker, dispatcher, voice, Heard.of(tracker), now)

    @property
    def backend(self) -> Backend:
        """With this turn's token; BackendRefused without one."""
        return Backend.of_turn(self.tracker)

    @property
    def today(self) -> date:
        """The day on this machine, from which the dates of messages are seen."""
        return datetime.fromtimestamp(self.now).date()  # noqa: DTZ006

    @property
    def in_hand(self) -> InHand | None:
        """The job in hand, if any."""
        return InHand.kept(self.tracker.get_slot(SLOT))

    def events(self) -> list[Event]:
        """What has happened since the message came in, the latest first."""
        after: list[Event] = []
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                break
            after.append(event)
        return after
