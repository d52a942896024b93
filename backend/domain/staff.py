"""Staff roles and what each may do; the one place where rights are decided.

FAQ, "How many provisioned phone numbers do I have for Two-Way Messaging?": only Administrators
see the contract limits.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from backend.domain.errors import NotAllowed


class Role(StrEnum):
    """What a staff member is."""

    ADMINISTRATOR = "administrator"
    OFFICE_STAFF = "office_staff"
    AGENT = "agent"


class Right(StrEnum):
    """What may be done; the value says it in words."""

    SEE_CONTRACT_LIMITS = "see the contract limits"
    SEE_EVERY_OFFICE = "work with every office's conversations, numbers and campaigns"
    ORDER_NUMBERS = "order phone numbers"
    CHANGE_NUMBERS = "change phone numbers"
    RUN_CAMPAIGNS = "run campaigns"
    SEE_AUDIT = "see the audit"
    PLAY_STUDENT = "use the phone simulator"
    RUN_OFFICE = "change an office’s hours, away note, on-call contacts and canned replies"
    CHANGE_SETTINGS = "change the institution’s settings"
    SEE_PERSONAL_DATA = "export or delete a student’s data"


class Scope(StrEnum):
    """What a bearer token may be used for; never more than the person it speaks for may do."""

    CHAT = "chat"
    QUOTA_READ = "quota:read"
    NUMBERS_READ = "numbers:read"
    NUMBERS_WRITE = "numbers:write"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    AUDIT_READ = "audit:read"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.OFFICE_STAFF: frozenset(
        {
            Right.ORDER_NUMBERS,
            Right.CHANGE_NUMBERS,
            Right.RUN_CAMPAIGNS,
            Right.RUN_OFFICE,
            Right.PLAY_STUDENT,
        }
    ),
    Role.AGENT: frozenset({Right.PLAY_STUDENT}),
}

WHY_NOT: Final[dict[Right, str]] = {
    Right.SEE_CONTRACT_LIMITS: "Only Administrators can see the contract limits.",
    Right.SEE_AUDIT: "Only Administrators can see the audit.",
    Right.ORDER_NUMBERS: "Only Administrators and office staff can order phone numbers.",
    Right.CHANGE_NUMBERS: "Only Administrators and office staff can change phone numbers.",
    Right.RUN_CAMPAIGNS: "Only Administrators and office staff can run campaigns.",
    Right.RUN_OFFICE: "Only Administrators and office staff can change how an office works.",
    Right.CHANGE_SETTINGS: "Only Administrators can change the institution’s settings.",
    Right.SEE_PERSONAL_DATA: "Only Administrators can see, export or delete a student’s data.",
}


def has_right(role: Role, right: Right) -> bool:
    """Whether the role carries the right."""
    return right in RIGHTS[role]


def require(role: Role, right: Right) -> None:
    """Let pass who has the right; raise `NotAllowed` with the rule in words for who has not."""
    if not has_right(role, right):
        sentence = WHY_NOT.get(right, f"Your role does not let you {right}.")
        raise NotAllowed(sentence, why=f"no_right_{right.name.lower()}")
