"""What the bar at the top of every page offers this person."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request, url_for

from backend.domain.errors import DatabaseBusy
from backend.domain.staff import Right, has_right
from backend.services import inbox
from backend.services.staff import Who
from backend.web.session import current_staff, desk

pages = Blueprint("navigation", __name__)

# Pages without a link of their own, and whose link is marked on them.
BELONGS_TO = {"office_settings": "settings", "consent": "audit", "contacts": "inbox"}


@dataclass(frozen=True)
class NavigationLink:
    """A link in the bar; `is_here` marks the page that is being shown, `is_counted` the one that
    says how many conversations are unread.
    """

    title: str
    url: str
    is_here: bool
    is_counted: bool


@pages.app_context_processor
def navigation() -> dict[str, object]:
    """The template variables `navigation`, empty for who has not signed in, and `unread`: how
    many conversations wait that this person has not read.
    """
    me = current_staff()
    if me is None:
        return {"navigation": (), "unread": 0}
    offered = [
        ("Chat", "chat.show"),
        ("Inbox", "inbox.show_list"),
        ("Numbers", "numbers.show_list"),
        ("Campaigns", "campaigns.show_list"),
    ]
    if desk().simulator is not None and has_right(me.role, Right.PLAY_STUDENT):
        offered.append(("Phone", "phone.show"))
    if has_right(me.role, Right.SEE_CONTRACT_LIMITS):
        offered.append(("Quota", "quota.show"))
    if has_right(me.role, Right.SEE_AUDIT):
        offered.append(("Audit", "audit.show"))
    if has_right(me.role, Right.RUN_OFFICE):
        offered.append(("Settings", "settings.show"))
    here = BELONGS_TO.get(request.blueprint or "", request.blueprint)
    return {
        "navigation": tuple(
            NavigationLink(
                title,
                url_for(endpoint),
                is_here=here == endpoint.split(".")[0],
                is_counted=endpoint == "inbox.show_list",
            )
            for title, endpoint in offered
        ),
        "unread": _unread(me),
    }


def _unread(me: Who) -> int:
    try:
        return inbox.unread_count(desk(), me)
    except DatabaseBusy:  # a page can still say so
        return 0
