"""docs/evaluation.json, the page and the pictures made from it: read, written, compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.evaluation.figures import Figures, from_json, to_json, to_keep
from bot.evaluation.judgement import Threshold, values_of
from bot.evaluation.page import page

_FIGURES, _PAGE, _PICTURES = "evaluation.json", "evaluation.md", "pictures"
# Points of percent; less is another machine's arithmetic.
_TELLING = 0.05


def kept_figures(folder: Path) -> Figures | None:
    """The figures of the last run that wrote here; None without one of this shape."""
    try:
        return from_json((folder / _FIGURES).read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError):
        return None


def loses_banking77(measured: Figures, folder: Path) -> bool:
    """Whether ``write`` drops BANKING77's last figures: kept in another shape, not measured."""
    is_unreadable = (folder / _FIGURES).is_file() and kept_figures(folder) is None
    return is_unreadable and not measured.banking77


def write(measured: Figures, thresholds: Sequence[Threshold], folder: Path) -> list[Path]:
    """Bring figures, page and pictures up to date; the files that changed."""
    from bot.evaluation.pictures import pictures

    figures = to_keep(measured, kept_figures(folder))
    contents = {
        folder / _FIGURES: to_json(figures).encode(),
        folder / _PAGE: page(figures, thresholds).encode(),
    }
    for name, svg in pictures(figures).items():
        contents[folder / _PICTURES / name] = svg
    return [path for path, content in contents.items() if _replaced(path, content)]


def page_is_current(thresholds: Sequence[Threshold], folder: Path) -> bool:
    """Whether the page is what this program makes of the kept figures."""
    kept, path = kept_figures(folder), folder / _PAGE
    if kept is None or not path.is_file():
        return False
    return path.read_text(encoding="utf-8") == page(kept, thresholds)


def differences(measured: Figures, folder: Path) -> list[str]:
    """A line for each judged figure that is not what the page says."""
    kept = kept_figures(folder)
    said = values_of(kept) if kept else {}
    return [
        f"{name}: {said[name].percent:.2f} on the page, {value.percent:.2f} measured"
        for name, value in values_of(measured).items()
        if name in said and abs(said[name].percent - value.percent) > _TELLING
    ]


def _replaced(path: Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
