"""``python -m rasa`` without its libraries' deprecations: ``python -m bot.rasa_quietly``.

Filters don't help: several of those libraries reset them when they are imported.
"""

import warnings
from typing import Any, TextIO

_show = warnings.showwarning


def show_for_people(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show only what Rasa itself says to those who write its data (UserWarning)."""
    if category is UserWarning or category.__module__.startswith("rasa"):
        _show(message, category, filename, lineno, file, line)


def main() -> Any:
    """Rasa's own command line, arguments and exit code untouched."""
    warnings.showwarning = show_for_people
    from rasa.__main__ import main as rasa

    return rasa()


if __name__ == "__main__":
    main()
