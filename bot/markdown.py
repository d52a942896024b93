"""Markdown that reads well in plain text too: columns stand, lines end within the width. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

_WIDTH = 100


def page(*parts: str) -> str:
    """The parts, an empty line between two; paragraphs are wrapped, empty parts left out.

    Headings, tables, pictures and lists stand as they are.
    """
    return "\n\n".join(_wrapped(part) for part in parts if part) + "\n"


def bullets(*items: str) -> str:
    """A list of paragraphs."""
    return "\n".join(_filled(f"- {item}", indent="  ") for item in items)


def table(head: Sequence[str], lines: Sequence[Sequence[str]], names: int = 1) -> str:
    """A table, its columns as wide as their widest cell.

    The first ``names`` columns stand to the left, the others, numbers, to the right.
    """
    widths = [max(len(line[at]) for line in (head, *lines)) for at in range(len(head))]
    rules = ["-" * width for width in widths[:names]]
    rules += ["-" * (width - 1) + ":" for width in widths[names:]]
    return "\n".join(_line(line, widths, names) for line in (head, rules, *lines))


def _wrapped(part: str) -> str:
    return part if part.startswith(("|", "#", "!", "- ")) else _filled(part)


def _line(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = [
        cell.ljust(width) if at < names else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
