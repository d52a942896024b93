"""A real desk with everything running, and a real browser that looks at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    StorageState,
    expect,
    sync_playwright,
)

from tests.running import RunningDesk, running_desk

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOW_TO_GET_IT = "Chromium is not installed: on Debian and Ubuntu, apt-get install chromium gets it."
PATIENCE_MS = 20_000  # an answer comes in well under a second, but not on a busy test machine
FLAGS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


Sessions = dict[str, StorageState]


@dataclass
class Visit:
    """A page with all that went wrong on it: console errors, CSP violations, failed requests."""

    page: Page
    desk: RunningDesk
    sessions: Sessions
    faults: list[str] = field(default_factory=list)
    expected_refusals: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where the desk is, without a closing slash."""
        return self.desk.url

    def watch(self) -> None:
        """Keep what the browser complains about."""
        self.page.on("console", self._keep_console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._keep_response)

    def open(self, path: str) -> Page:
        """Go to a path of the desk."""
        self.page.goto(self.url + path)
        return self.page

    def enter_as(self, role: str) -> Page:
        """Be signed in as a demo person; leaves on the chat.

        The session of an earlier visit is used again: sign-ins are limited to a few a minute.
        """
        if role not in self.sessions:
            self.sign_in_as(role)
            self.sessions[role] = self.page.context.storage_state()
        self.page.context.set_storage_state(self.sessions[role])
        return self.open("/chat")

    def sign_in_as(self, role: str) -> Page:
        """Sign in by keyboard, as a person would; leaves on the chat."""
        email, password = self.desk.sign_ins[role]
        self.open("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/chat")
        return self.page

    def _keep_console(self, message: ConsoleMessage) -> None:
        # A refused request is kept by its status, below.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _keep_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_refusals:
            self.faults.append(f"{response.status} {response.url}")


OpenVisit = Callable[..., Visit]


@pytest.fixture(scope="session")
def sessions() -> Sessions:
    """Signed-in sessions by role, filled as they are made."""
    return {}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is. Without it tests are skipped, but fail where CI asks for everything."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    return CHROMIUM


@pytest.fixture(scope="session")
def running(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """The whole product on free loopback ports, freshly seeded."""
    with running_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium. It ends with the module: its event loop must not meet other tests."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def open_visit(browser: Browser, running: RunningDesk, sessions: Sessions) -> Iterator[OpenVisit]:
    """Open a fresh browser profile; options as for Playwright's `new_context`. At the end of
    the test nothing may have gone wrong in any of them.
    """
    visits: list[Visit] = []

    def open_one(**options: object) -> Visit:
        context = browser.new_context(locale="en-US", **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        visit = Visit(context.new_page(), running, sessions)
        visit.watch()
        visits.append(visit)
        return visit

    yield open_one
    for visit in visits:
        visit.page.context.close()
    assert [fault for visit in visits for fault in visit.faults] == []


@pytest.fixture
def visit(open_visit: OpenVisit) -> Visit:
    """A desktop visitor who has not signed in."""
    return open_visit(viewport={"width": 1280, "height": 860})


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """Where screenshots for the documents go; None unless SCREENSHOTS=1 asks for them."""
    if os.environ.get("SCREENSHOTS") != "1":
        return None
    folder = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
