"""What a text would take, before it is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from backend.domain import sms
from backend.domain.sms import LONGEST_TEXT
from backend.domain.staff import Scope
from backend.web.api.blueprint import answer, api, asker
from backend.web.shapes import Shape


class TextIn(Shape):
    """The words of a text as they would be sent."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class OddCharacterOut(Shape):
    """A character that alone turns the text into UCS-2, its place counted from 1; `plain` is what
    to write instead, null where only leaving it out helps.
    """

    character: str
    position: int
    name: str
    plain: str | None


class PreviewOut(Shape):
    """What the text takes: `units` are septets in GSM-7 and 16-bit units in UCS-2, `room` is how
    many are left in the last segment. `advice` says what would make it shorter; empty when nothing
    would.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    room: int
    odd: list[OddCharacterOut]
    advice: str


@api.post("/texts/preview", summary="What a text takes to send", responses={200: PreviewOut})
def preview_text(body: TextIn) -> Response:
    """Count a text's segments, and name the characters that make it dearer; nothing is kept."""
    asker(Scope.CONVERSATIONS_READ)
    return answer(PreviewOut, sms.preview(body.text))
