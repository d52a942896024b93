"""The models that are measured: trained here, or a stock model that an earlier run kept.

Training stock Rasa on thousands of examples takes an hour or more, so its model is kept beside a
note of how long it took and on what.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.bench.processes import Failed
from bot.bench.sides import train_stock

_ENDING = ".tar.gz"
_ABOUT = 0.1


@dataclass(frozen=True)
class Note:
    """What is kept beside a stock model: seconds of training, and the project's hash and size."""

    training_s: float
    project: str
    examples: int


def project_hash(project: Path) -> str:
    """Twelve hex digits over what a project is trained from; not over what training leaves."""
    digest = hashlib.sha256()
    data = sorted(path for path in (project / "data").rglob("*") if path.is_file())
    for path in (project / "config.yml", project / "domain.yml", *data):
        digest.update(f"{path.relative_to(project)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def trained_stock(
    python: Path, project: Path, examples: int, kept: Path, log: Path
) -> tuple[Path, Note]:
    """Train stock Rasa; its model and note are put into the folder ``kept``. Raises Failed."""
    name = project_hash(project)
    made = log.parent / f"stock-{name}{_ENDING}"
    note = Note(train_stock(python, project, made, log), name, examples)
    kept.mkdir(parents=True, exist_ok=True)
    model = kept / made.name
    shutil.move(made, model)
    write_note(model, note)
    return model, note


def write_note(model: Path, note: Note) -> None:
    """Put a note beside a model."""
    _note_path(model).write_text(json.dumps(asdict(note), indent=1) + "\n", encoding="utf-8")


def read_note(model: Path) -> Note:
    """The note beside a model; Failed when one of the two is missing."""
    if not model.exists() or not _note_path(model).exists():
        raise Failed(f"{model} or the note beside it ({_note_path(model).name}) is not there.")
    return Note(**json.loads(_note_path(model).read_text(encoding="utf-8")))


def told(note: Note, examples: int) -> str:
    """A sentence for readers when a stock model of an earlier run was used."""
    if not is_comparable(note, examples):
        return (
            f"Stock Rasa's model is of an earlier run, on {note.examples:,} examples instead of "
            f"{examples:,}, so training is not compared."
        )
    return (
        "Stock Rasa's model and the seconds of its training are of an earlier run, on "
        f"{note.examples:,} examples."
    )


def is_comparable(note: Note, examples: int) -> bool:
    """Whether a model learned from about as many examples: data changes, an hour is an hour."""
    return abs(note.examples / examples - 1) <= _ABOUT


def _note_path(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(_ENDING) + ".json")
