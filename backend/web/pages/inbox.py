"""The inbox: students' conversations, and what an agent does with them.

The list and each conversation work without JavaScript. With it they keep themselves up to date:
`?live=1` is the changing part of the same page, with an ETag, so that nothing new costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask import redirect as lead
from werkzeug.wrappers import Response as AnyResponse

from backend.domain.errors import NumbersError
from backend.domain.messages import spoken
from backend.domain.sms import LONGEST_TEXT
from backend.services import inbox
from backend.services.audit import WEB
from backend.services.inbox import FirstText, KnownStudent, Thread, View
from backend.services.inbox.handling import LONGEST_NOTE
from backend.services.inbox.lines import LONGEST_SEARCH
from backend.services.inbox.starting import MOST_FOUND
from backend.services.staff import Who
from backend.web.pages import forms
from backend.web.session import desk, require_staff

pages = Blueprint("inbox", __name__)
pages.add_app_template_filter(spoken, "delivery")

ON_A_PAGE = 50
START_FIELDS = ("number", "to", "find", "name", "body", "media")


@pages.get("/inbox")
def show_list() -> str | AnyResponse:
    """What waits, urgent first; with `view` what is mine, or everything; with `search` what was
    sought.
    """
    me = require_staff()
    view, search, after = _view(), forms.asked("search"), forms.asked("after")
    page = inbox.listing(desk(), me, view, search=search, after=after, limit=ON_A_PAGE)
    parts = {"page": page, "view": view, "search": search}
    if _is_live():
        return _live("inbox_list_live.html", parts)
    return render_template(
        "inbox.html",
        **parts,
        live=url_for("inbox.show_list", view=view, search=search, after=after, live=1),
        is_first=after is None,
        longest=LONGEST_SEARCH,
    )


@pages.get("/inbox/new")
def new() -> str:
    """The form to text a student first."""
    me = require_staff()
    values = {"key": forms.new_key(), "to": forms.asked("to") or ""}
    return _start_form(me, values)


@pages.post("/inbox/new")
def start() -> AnyResponse | str | tuple[str, int]:
    """Look for a student by name, or send the first text; faults stand beside the fields."""
    me = require_staff()
    if "look" in request.form:
        found = inbox.known_students(desk(), me, forms.typed("find"))
        return _start_form(me, request.form, found=found)
    first = FirstText(
        number=forms.typed("number"),
        to=forms.chosen("contact") or forms.typed("to"),
        body=forms.typed("body"),
        name=forms.chosen("name"),
        media=_pictures(),
    )
    try:
        written = inbox.start(desk(), me, first, WEB, key=forms.key())
    except NumbersError as refusal:
        faults = forms.faults(refusal, START_FIELDS)
        found = inbox.known_students(desk(), me, forms.typed("find"))
        return _start_form(me, request.form, found=found, faults=faults), refusal.status
    flash(written.waits or "Your text is on its way.")
    return lead(url_for("inbox.show", conversation=written.conversation), 303)


@pages.get("/inbox/<conversation>")
def show(conversation: str) -> str | AnyResponse:
    """One conversation with everything that happened in it, read by this person from now on."""
    me = require_staff()
    thread = _thread(me, conversation, forms.asked("before"))
    if _is_live():
        return _live("inbox_thread_live.html", {"thread": thread})
    return _page(me, thread)


@pages.post("/inbox/<conversation>/reply")
def reply(conversation: str) -> AnyResponse | str | tuple[str, int]:
    """Send a reply, or put a canned one into the box."""
    me = require_staff()
    chosen = forms.chosen("insert")
    if chosen is not None:
        body = _with_canned(me, conversation, chosen)
        typed = {"body": body, "media": forms.typed("media")}
        return _page(me, _thread(me, conversation), typed)

    def send() -> None:
        written = inbox.reply(
            *(desk(), me, conversation, forms.typed("body"), WEB),
            media=_pictures(),
            seen=forms.chosen("seen"),
            key=forms.key(),
        )
        if written.waits:
            flash(written.waits)

    return _done(me, conversation, send, ("body", "media"))


@pages.post("/inbox/<conversation>/note")
def note(conversation: str) -> AnyResponse | str | tuple[str, int]:
    """Write a private note."""
    me = require_staff()
    words = forms.typed("note")
    return _done(
        me,
        conversation,
        lambda: inbox.note(desk(), me, conversation, words, WEB, key=forms.key()),
        ("note",),
    )


@pages.post("/inbox/<conversation>/take")
def take(conversation: str) -> AnyResponse | str | tuple[str, int]:
    """Make a conversation mine."""
    me = require_staff()
    return _done(me, conversation, lambda: inbox.take(desk(), me, conversation, WEB))


@pages.post("/inbox/<conversation>/assign")
def assign(conversation: str) -> AnyResponse | str | tuple[str, int]:
    """Make a conversation a colleague's."""
    me = require_staff()
    colleague = forms.typed("staff")
    return _done(
        me,
        conversation,
        lambda: inbox.assign(desk(), me, conversation, colleague, WEB),
        ("staff",),
    )


@pages.post("/inbox/<conversation>/hand-back")
def hand_back(conversation: str) -> AnyResponse:
    """Give a conversation back to the assistant."""
    me = require_staff()
    inbox.hand_back(desk(), me, conversation, WEB)
    flash("Handed back. New texts are answered as the number or its campaign is set.")
    return lead(url_for("inbox.show_list"), 303)


@pages.post("/inbox/<conversation>/resolve")
def resolve(conversation: str) -> AnyResponse:
    """Close a conversation."""
    me = require_staff()
    inbox.resolve(desk(), me, conversation, WEB)
    flash("Resolved. The next text opens it again.")
    return lead(url_for("inbox.show_list"), 303)


def _view() -> View:
    """The view that was asked for; a search without one looks everywhere."""
    usual = View.ALL if forms.asked("search") else View.ATTENTION
    try:
        return View(forms.asked("view") or usual)
    except ValueError:
        return usual


def _is_live() -> bool:
    return "live" in request.args


def _live(template: str, parts: Mapping[str, object]) -> AnyResponse:
    """The changing part of a page, or 304 when the browser has it already."""
    shown = render_template(template, **parts)
    response = Response(shown)
    response.set_etag(sha256(shown.encode()).hexdigest())
    return response.make_conditional(request)


def _thread(me: Who, conversation: str, before: str | None = None) -> Thread:
    """The conversation; what is shown of it counts as read."""
    thread = inbox.thread(desk(), me, conversation, before=before)
    if thread.line.is_unread and before is None and thread.latest is not None:
        inbox.mark_read(desk(), me, conversation, thread.latest)
    return thread


def _page(
    me: Who,
    thread: Thread,
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> str:
    """A conversation's page with what was typed, each form under a key of its own."""
    return render_template(
        "inbox_thread.html",
        thread=thread,
        canned=inbox.ready_replies(desk(), me, thread.line.id),
        colleagues=inbox.colleagues(desk(), me, thread.line.id),
        values=values or {},
        faults=faults or {},
        reply_key=(values or {}).get("key") or forms.new_key(),
        note_key=forms.new_key(),
        is_latest=forms.asked("before") is None,
        longest=LONGEST_TEXT,
        longest_note=LONGEST_NOTE,
    )


def _done(
    me: Who, conversation: str, act: Callable[[], None], fields: tuple[str, ...] = ()
) -> AnyResponse | tuple[str, int]:
    """Do it and show the conversation; what was wrong stands beside the fields."""
    try:
        act()
    except NumbersError as refusal:
        if refusal.status == 404:
            raise
        faults = forms.faults(refusal, fields)
        return _page(me, _thread(me, conversation), request.form, faults), refusal.status
    return lead(url_for("inbox.show", conversation=conversation), 303)


def _with_canned(me: Who, conversation: str, chosen: str) -> str:
    """What stands in the box, and the canned reply after it."""
    ready = inbox.ready_replies(desk(), me, conversation)
    inserted = [each.body for each in ready if each.id == chosen]
    return " ".join(filter(None, (forms.typed("body"), *inserted)))


def _pictures() -> list[str]:
    return forms.typed("media").split()


def _start_form(
    me: Who,
    values: Mapping[str, str],
    *,
    found: tuple[KnownStudent, ...] | None = None,
    faults: Mapping[str, str] | None = None,
) -> str:
    return render_template(
        "inbox_new.html",
        numbers=inbox.numbers_to_write_from(desk(), me),
        found=found,
        most_found=MOST_FOUND,
        values=values,
        faults=faults or {},
        longest=LONGEST_TEXT,
    )
