"""What the bar at the top of every page offers this person."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request, url_for

from backend.domain.staff import Right, has_right
from backend.web.session import current_staff, desk

pages = Blueprint("navigation", __name__)


@dataclass(frozen=True)
class NavigationLink:
    """A link in the bar; `is_here` marks the page that is being shown."""

    title: str
    url: str
    is_here: bool


@pages.app_context_processor
def navigation() -> dict[str, tuple[NavigationLink, ...]]:
    """The template variable `navigation`: empty for who has not signed in."""
    me = current_staff()
    if me is None:
        return {"navigation": ()}
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
    return {
        "navigation": tuple(
            NavigationLink(title, url_for(endpoint), request.blueprint == endpoint.split(".")[0])
            for title, endpoint in offered
        )
    }
