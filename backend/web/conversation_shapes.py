"""Conversations as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.db.tables import Author
from backend.domain.media import LONGEST_ADDRESS
from backend.domain.media import MOST as MOST_PICTURES
from backend.domain.sms import LONGEST_TEXT
from backend.services.inbox import View
from backend.services.inbox.handling import LONGEST_NOTE
from backend.services.inbox.lines import LONGEST_SEARCH
from backend.web.number_shapes import Name, Utc
from backend.web.shapes import PageIn, Pages, Shape

Id = Annotated[str, Field(min_length=1, max_length=40)]
Picture = Annotated[str, Field(min_length=9, max_length=LONGEST_ADDRESS)]
Pictures = Annotated[list[Picture], Field(max_length=MOST_PICTURES)]
Body = Annotated[str, Field(max_length=LONGEST_TEXT)]


class ConversationPath(Shape):
    """A conversation's id in the address."""

    conversation_id: Annotated[
        str, Field(max_length=40, description="As in the list of conversations.")
    ]


class ConversationsIn(PageIn):
    """Which conversations: those that need attention, yours, or all; and what to search for:
    a name, a phone number in any spelling, or words of a text from the last year.
    """

    view: View = View.ALL
    search: Annotated[str, Field(min_length=1, max_length=LONGEST_SEARCH)] | None = None


class ThreadIn(Shape):
    """`before` is the `earlier` of the part that you have."""

    before: Id | None = None


class ReplyIn(Shape):
    """A text of at most 1,600 characters, with the https addresses of pictures. `seen` is the
    `latest` that you had before you: what came after it still waits for a person.
    """

    body: Body = ""
    media: Pictures = Field(default_factory=list)
    seen: Id | None = None


class StartIn(Shape):
    """The first text of a 1:1 conversation: from a number (its id) to a phone number in any
    spelling, or a contact's id; `name` is for a student not known by one.
    """

    number: Id
    to: Id
    name: Name | None = None
    body: Body = ""
    media: Pictures = Field(default_factory=list)


class CannedReplyOut(Shape):
    """A canned reply of the conversation's office, with the student's name filled in."""

    id: str
    title: str
    body: str


class CannedRepliesOut(Shape):
    """Canned replies by title."""

    canned_replies: list[CannedReplyOut]


class ColleagueOut(Shape):
    """Somebody to whom a conversation can be assigned."""

    id: str
    name: str
    office: str


class ColleaguesOut(Shape):
    """Colleagues by name."""

    colleagues: list[ColleagueOut]


class KnownContactsIn(Shape):
    """A name or a phone number, or a part of one."""

    search: Annotated[str, Field(min_length=1, max_length=LONGEST_SEARCH)]


class KnownContactOut(Shape):
    """A student to write to; `name` is empty while nobody has told it."""

    id: str
    name: str
    phone_number: str


class KnownContactsOut(Shape):
    """At most 20 contacts, by name."""

    contacts: list[KnownContactOut]


class AssignIn(Shape):
    """The colleague: an id or an e-mail."""

    staff: Annotated[str, Field(min_length=1, max_length=254)]


class NoteIn(Shape):
    """A private note, which students never see."""

    body: Annotated[str, Field(max_length=LONGEST_NOTE)]


class ReadIn(Shape):
    """The message (its id) up to which you have read."""

    message: Id


class ConversationOut(Shape):
    """A conversation in the inbox; `taken_by` is the agent whose it is, `is_mine` whether that is
    you, `is_unread` whether something came that you have not read.
    """

    id: str
    contact: str
    phone_number: str | None
    number: str | None
    office: str
    inbox: str | None
    needs_attention: bool
    is_urgent: bool
    is_unread: bool
    is_resolved: bool
    with_person: bool
    taken_by: str | None
    is_mine: bool
    last_message_at: Utc
    last_text: str
    last_author: Author | None


class ConversationPageOut(Pages):
    """Some conversations, urgent ones first, then the latest."""

    conversations: list[ConversationOut]


class TrailOut(Shape):
    """What the assistant made of a student's words, and how sure it was (0 to 1); `chose` is the
    choice that a number of theirs stood for.
    """

    intent: str | None
    confidence: float | None
    outcome: str
    chose: str | None


class EntryOut(Shape):
    """A message, or (without an author) an event or a `note`; `by` names the staff member who
    wrote it; `status` is the delivery state, `why` the reason when it failed or waits.
    """

    id: str | None
    at: Utc
    kind: str
    author: Author | None
    by: str | None
    text: str
    media: list[str]
    status: str | None
    why: str | None
    trail: TrailOut | None


class ThreadOut(Shape):
    """A conversation with what happened in it, oldest first; ask on with `before` set to
    `earlier`, until that is null.
    """

    conversation: Annotated[ConversationOut, Field(validation_alias="line")]
    timeline: list[EntryOut]
    latest: str | None
    earlier: str | None
    why_no_reply: str | None
    why_replies_wait: str | None


class WrittenOut(Shape):
    """The conversation and the message that was written; `waits` says why it does not leave at
    once, null when it does.
    """

    conversation: str
    message: str
    waits: str | None
