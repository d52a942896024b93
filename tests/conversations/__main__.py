"""`python -m tests.conversations`: play the table, and print how each conversation went."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.conversations.play import Played, play
from tests.conversations.script import read_table
from tests.conversations.stage import open_stage


def table(played: Iterable[Played]) -> str:
    """The conversations as a Markdown table: turns used, the fewest possible, passed or not."""
    lines = ["| conversation | about | turns | minimum | result |", "|---|---|---|---|---|"]
    for one in played:
        told = one.conversation
        about = "hostile" if told.hostile else told.job or told.group
        minimum = "" if told.minimum is None else told.minimum
        result = "passed" if one.fault is None else f"**failed**: {one.fault}"
        lines.append(f"| {told.name} | {about} | {told.turns_used} | {minimum} | {result} |")
    return "\n".join(line.replace("\n", " ") for line in lines)


def main() -> int:
    """Play those asked for; the number of those that failed is the exit status."""
    arguments = argparse.ArgumentParser(prog="python -m tests.conversations")
    arguments.add_argument("-k", default="", help="only conversations with these words")
    arguments.add_argument("-v", action="store_true", help="print every transcript")
    asked = arguments.parse_args()
    chosen = [one for one in read_table() if asked.k in f"{one.group} {one.name}"]
    played = []
    with tempfile.TemporaryDirectory() as folder, open_stage(Path(folder)) as stage:
        for conversation in chosen:
            one = play(conversation, stage)
            played.append(one)
            if one.fault or asked.v:
                fault = one.fault or "passed"
                print(f"\n## {conversation.name}: {fault}\n\n{one.transcript}\n", file=sys.stderr)
    print(table(played))
    failed = sum(one.fault is not None for one in played)
    print(f"\n{len(played) - failed} of {len(played)} passed.")
    return min(failed, 100)


if __name__ == "__main__":
    sys.exit(main())
