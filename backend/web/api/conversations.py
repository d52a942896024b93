"""Conversations with students in the API: read, reply, take, assign, hand back, resolve, start."""

from __future__ import annotations

from flask import Response, url_for

from backend.domain.staff import Scope
from backend.services import inbox
from backend.services.inbox import FirstText, Written
from backend.services.staff import Who
from backend.web.api.blueprint import answer, api, asker, via
from backend.web.conversation_shapes import (
    AssignIn,
    CannedRepliesOut,
    ColleaguesOut,
    ConversationOut,
    ConversationPageOut,
    ConversationPath,
    ConversationsIn,
    KnownContactsIn,
    KnownContactsOut,
    NoteIn,
    ReadIn,
    ReplyIn,
    StartIn,
    ThreadIn,
    ThreadOut,
    WrittenOut,
)
from backend.web.session import desk
from backend.web.shapes import IdempotencyHeader

AT = "/conversations/<conversation_id>"


@api.get("/conversations", summary="Conversations", responses={200: ConversationPageOut})
def list_conversations(query: ConversationsIn) -> Response:
    """Your office's conversations with students, or every office's for administrators."""
    who = asker(Scope.CONVERSATIONS_READ)
    page = inbox.listing(
        *(desk(), who, query.view),
        search=query.search,
        after=query.after,
        limit=query.limit,
    )
    return answer(ConversationPageOut, {"conversations": page.lines, "next": page.next})


@api.post("/conversations", summary="Text a student first", responses={201: WrittenOut})
def start_conversation(header: IdempotencyHeader, body: StartIn) -> Response:
    """Begin a 1:1 conversation from one of your office's reusable numbers, which counts as its
    first use; or go on with the one that this pair has.
    """
    who = asker(Scope.CONVERSATIONS_WRITE)
    first = FirstText(body.number, body.to, body.body, body.name, body.media)
    return _written(inbox.start(desk(), who, first, via(), key=header.idempotency_key))


@api.get(AT, summary="One conversation", responses={200: ThreadOut})
def read_conversation(path: ConversationPath, query: ThreadIn) -> Response:
    """A conversation that you may see, with its last 100 messages and what happened meanwhile."""
    who = asker(Scope.CONVERSATIONS_READ)
    thread = inbox.thread(desk(), who, path.conversation_id, before=query.before)
    return answer(ThreadOut, thread)


@api.post(f"{AT}/reply", summary="Reply", responses={201: WrittenOut})
def reply_in_conversation(
    header: IdempotencyHeader, path: ConversationPath, body: ReplyIn
) -> Response:
    """Text the student. The conversation is yours from then on, and the assistant silent."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    written = inbox.reply(
        *(desk(), who, path.conversation_id, body.body, via()),
        media=body.media,
        seen=body.seen,
        key=header.idempotency_key,
    )
    return _written(written)


@api.post(f"{AT}/take", summary="Take it", responses={200: ConversationOut})
def take_conversation(path: ConversationPath) -> Response:
    """Make it yours: the assistant is silent in it. Again changes nothing."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    inbox.take(desk(), who, path.conversation_id, via())
    return _as_it_is(who, path.conversation_id)


@api.post(f"{AT}/assign", summary="Assign it", responses={200: ConversationOut})
def assign_conversation(path: ConversationPath, body: AssignIn) -> Response:
    """Make it a colleague's who may see it."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    inbox.assign(desk(), who, path.conversation_id, body.staff, via())
    return _as_it_is(who, path.conversation_id)


@api.get(f"{AT}/colleagues", summary="To whom it can go", responses={200: ColleaguesOut})
def list_colleagues(path: ConversationPath) -> Response:
    """The colleagues to whom you can assign it."""
    who = asker(Scope.CONVERSATIONS_READ)
    others = inbox.colleagues(desk(), who, path.conversation_id)
    return answer(ColleaguesOut, {"colleagues": others})


@api.get(f"{AT}/canned-replies", summary="Canned replies", responses={200: CannedRepliesOut})
def list_canned_replies(path: ConversationPath) -> Response:
    """The canned replies of its office, ready to be sent as its `reply`."""
    who = asker(Scope.CONVERSATIONS_READ)
    ready = inbox.ready_replies(desk(), who, path.conversation_id)
    return answer(CannedRepliesOut, {"canned_replies": ready})


@api.get("/contacts", summary="Find a student", responses={200: KnownContactsOut})
def find_contacts(query: KnownContactsIn) -> Response:
    """The students with whom your office has written or whom it has in a campaign, or all for
    administrators; their id is a `to` of a new conversation.
    """
    who = asker(Scope.CONVERSATIONS_READ)
    return answer(KnownContactsOut, {"contacts": inbox.known_students(desk(), who, query.search)})


@api.post(f"{AT}/hand-back", summary="Hand it back", responses={200: ConversationOut})
def hand_back_conversation(path: ConversationPath) -> Response:
    """Give it back to the assistant: new texts are answered as the number is set."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    inbox.hand_back(desk(), who, path.conversation_id, via())
    return _as_it_is(who, path.conversation_id)


@api.post(f"{AT}/resolve", summary="Resolve it", responses={200: ConversationOut})
def resolve_conversation(path: ConversationPath) -> Response:
    """Close it; the next text opens it again."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    inbox.resolve(desk(), who, path.conversation_id, via())
    return _as_it_is(who, path.conversation_id)


@api.post(f"{AT}/note", summary="Write a private note", responses={200: ConversationOut})
def note_in_conversation(
    header: IdempotencyHeader, path: ConversationPath, body: NoteIn
) -> Response:
    """Keep a note for colleagues on its timeline."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    key = header.idempotency_key
    inbox.note(desk(), who, path.conversation_id, body.body, via(), key=key)
    return _as_it_is(who, path.conversation_id)


@api.put(f"{AT}/read", summary="Mark it as read", responses={200: ConversationOut})
def mark_conversation_read(path: ConversationPath, body: ReadIn) -> Response:
    """Keep how far you have read; marks never go back."""
    who = asker(Scope.CONVERSATIONS_WRITE)
    inbox.mark_read(desk(), who, path.conversation_id, body.message)
    return _as_it_is(who, path.conversation_id)


def _as_it_is(who: Who, conversation: str) -> Response:
    return answer(ConversationOut, inbox.read(desk(), who, conversation))


def _written(written: Written) -> Response:
    response = answer(WrittenOut, written, 201)
    address = url_for("api.read_conversation", conversation_id=written.conversation)
    response.headers["Location"] = address
    return response
