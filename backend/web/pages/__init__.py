"""The pages people use in a browser: parse, call one service, render."""

from __future__ import annotations

from flask import Blueprint

from backend.web.pages import (
    audit,
    campaigns,
    chat,
    consent,
    contacts,
    inbox,
    navigation,
    numbers,
    office_settings,
    phone,
    quota,
    settings,
    sign_in,
)

# What may come in on the few pages that take files, by endpoint, in bytes.
LARGER_UPLOADS = {"campaigns.bring_in_contacts": campaigns.LARGEST_UPLOAD}


def blueprints() -> list[Blueprint]:
    """Every blueprint of the pages, for the app to register without a prefix."""
    return [
        navigation.pages,
        sign_in.pages,
        chat.pages,
        phone.pages,
        inbox.pages,
        contacts.pages,
        numbers.pages,
        campaigns.pages,
        quota.pages,
        settings.pages,
        office_settings.pages,
        audit.pages,
        consent.pages,
    ]
