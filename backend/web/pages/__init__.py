"""The pages people use in a browser: parse, call one service, render."""

from __future__ import annotations

from flask import Blueprint

from backend.web.pages import chat, inbox, navigation, phone, quota, sign_in


def blueprints() -> list[Blueprint]:
    """Every blueprint of the pages, for the app to register without a prefix."""
    return [
        navigation.pages,
        sign_in.pages,
        chat.pages,
        phone.pages,
        inbox.pages,
        quota.pages,
    ]
