"""What a browser does: sign in, and show a page's CSRF token when it changes something."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.conftest import PASSWORD

DESK = "https://desk.example"


def csrf_of(browser: FlaskClient, page: str = "/sign-in") -> str:
    """The token that a page holds."""
    text = browser.get(page, base_url=DESK).text
    return text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def headers(token: str) -> dict[str, str]:
    """What our own pages send along."""
    return {"X-CSRFToken": token, "Referer": f"{DESK}/"}


def sign_in(browser: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Sign in through the form."""
    token = csrf_of(browser)
    return browser.post(
        "/sign-in",
        data={"email": email, "password": password},
        base_url=DESK,
        headers=headers(token),
    )
