"""Nobody's words and nobody's number in anything that was written during the tests.

A pytest plugin. What a test has written (its standard output and error, its log records) is kept,
and so are the log files of real processes. What people wrote and their numbers are collected from
the tests' databases as each is done with. At the end of the run the one is searched for the other,
and the run fails where anything is found.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

# Shorter words are found in everything.
SHORTEST = 14
_NUMBER = re.compile(r"(?<!\d)(?:\+?1[-. ]?)?\(?(\d{3})\)?[-. ]?(\d{3})[-. ]?(\d{4})(?!\d)")
_E164 = re.compile(r"\+1\d{10}(?!\d)")


class Written:
    """What was written, and what must not be in it."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, str]] = []
        self._words: set[str] = set()
        self._numbers: set[str] = set()
        self.found: list[str] = []

    def wrote(self, where: str, text: str) -> None:
        """Keep what a test or a process has written."""
        if text:
            self._texts.append((where, text))

    def read_logs(self, folder: Path) -> None:
        """Keep the log files of processes that worked in a folder."""
        for log in folder.glob("*.log"):
            self.wrote(str(log), log.read_text(errors="replace"))

    def heard(self, words: Iterable[str], numbers: Iterable[str]) -> None:
        """Take note of what people wrote, and of their numbers (E.164)."""
        self._words.update(
            plain for each in words if len(plain := _plain(each)) >= SHORTEST and " " in plain
        )
        self._numbers.update(number[-10:] for number in numbers if len(number) >= 10)

    def leaks(self) -> list[str]:
        """Each place where somebody's words or number stand."""
        return [
            f"{where}: {found}" for where, text in self._texts for found in sorted(self._in(text))
        ]

    def _in(self, text: str) -> Iterator[str]:
        plain = _plain(text)
        yield from (words for words in self._words if words in plain)
        known = {"".join(parts) for parts in _NUMBER.findall(text)} & self._numbers
        yield from known | {number[2:] for number in _E164.findall(text)}


WRITTEN = Written()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a step of a test has written; a failed test's own words are pytest's."""
    for title, text in report.sections:
        if title.endswith(report.when or ""):  # each step brings along those before it
            WRITTEN.wrote(f"{report.nodeid} ({title})", text)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for a leak."""
    WRITTEN.found = WRITTEN.leaks()
    if WRITTEN.found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the leaks are."""
    if WRITTEN.found:
        terminalreporter.section("words or phone numbers in what was written", red=True)
        for leak in WRITTEN.found:
            terminalreporter.write_line(leak)


def _plain(text: str) -> str:
    """As one line in small letters, without what logs and programs do to quotes and accents."""
    if "\\" in text:
        text = re.sub(r"\\u[0-9a-fA-F]{4}", _unescaped, text)
        text = text.replace("\\n", " ").replace("\\", "")
    return " ".join(text.casefold().split())


def _unescaped(escape: re.Match[str]) -> str:
    return codecs.decode(escape[0], "unicode_escape")
