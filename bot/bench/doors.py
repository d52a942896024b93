"""How one turn is put to a running Rasa: through its REST channel, or through our own."""

import itertools
from dataclasses import dataclass, field
from typing import Any

# What the backend says about a person: a member of staff in web chat. Stock Rasa gets it as well.
_PERSON = {
    "turn_token": "a token of the benchmark",
    "audience": "staff",
    "channel": "web",
    "language": "en",
    "institution": "demo",
    "institution_name": "Demo State University",
    "office": "financial-aid",
    "office_name": "Financial Aid",
}


class RestDoor:
    """Rasa's own REST channel; who asks travels in the request's ``metadata``."""

    path = "/webhooks/rest/webhook"
    headers: dict[str, str] = {}  # noqa: RUF012 (a constant; a Door has them)

    def body(self, conversation: str, text: str) -> dict[str, Any]:
        """The request's JSON."""
        return {"sender": conversation, "message": text, "metadata": _PERSON}

    def said(self, answer: Any) -> list[str]:
        """The replies' texts; none when an action that is not there was chosen."""
        return [reply["text"] for reply in answer if reply.get("text")]


@dataclass
class BackendDoor:
    """The channel that the product uses (``bot.backend_channel``)."""

    secret: str
    path: str = "/webhooks/backend/turn"
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        """The door's key."""
        return {"Authorization": f"Bearer {self.secret}"}

    def body(self, conversation: str, text: str) -> dict[str, Any]:
        """The request's JSON, with a message id of its own."""
        message_id = f"msg_{next(self._ids)}"
        return {"conversation": conversation, "message_id": message_id, "text": text, **_PERSON}

    def said(self, answer: Any) -> list[str]:
        """The replies' texts."""
        return [reply["text"] for reply in answer["replies"] if reply["text"]]


Door = RestDoor | BackendDoor
