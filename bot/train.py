"""Train the model when its inputs changed: ``python -m bot.train``.

A model's name holds the hash of everything it was made from, so whether it is up to date is
whether it exists.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bot.answer_check import check_answers
from bot.serve import QUIET
from bot.settings import ROOT

_KEPT_MODELS = 3
_PREFIX = "numberdesk-"
_SECONDS_BETWEEN_LINES = 10
# Lines of Rasa's output that are shown when training fails.
_LAST_WORDS = 30


def training_inputs(root: Path) -> Iterator[Path]:
    """Every file that a model is made from, in a fixed order."""
    yield root / "config.yml"
    yield root / "domain.yml"
    yield from sorted((root / "data").rglob("*.yml"))
    yield from sorted((root / "bot" / "nlu").rglob("*.py"))
    yield root / "bot" / "intent_rules.py"
    yield root / "requirements" / "bot.txt"


def inputs_hash(root: Path) -> str:
    """Twelve hex digits over the inputs' paths and contents."""
    digest = hashlib.sha256()
    for path in training_inputs(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def forget_old_models(folder: Path, kept: int = _KEPT_MODELS) -> None:
    """Delete all but the newest models of ours."""
    models = sorted(folder.glob(f"{_PREFIX}*.tar.gz"), key=lambda model: model.stat().st_mtime)
    for model in models[:-kept]:
        model.unlink()


def answer_faults(root: Path) -> list[str]:
    """What is wrong with the answers, a sentence each."""
    return check_answers((root / "data").rglob("*.yml"))


def train(name: str, root: Path, folder: Path) -> bool:
    """Train a model called ``name`` into a folder with Rasa's command line; whether it worked.

    No training cache: the hash already says what is up to date. Prints a line now and then, and
    of Rasa's own output only what tells an author something.
    """
    command = [
        *(sys.executable, "-m", "bot.rasa_quietly", "train", "--quiet", "--force"),
        *("--config", "config.yml", "--domain", "domain.yml", "--data", "data"),
        *("--out", str(folder), "--fixed-model-name", name),
    ]
    # The project may be a copy elsewhere; our components are here.
    environment = {
        **os.environ,
        **QUIET,
        "RASA_MAX_CACHE_SIZE": "0",
        "PYTHONPATH": str(ROOT),
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        rasa = subprocess.Popen(command, cwd=root, env=environment, stdout=output, stderr=output)
        _wait(rasa)
        output.seek(0)
        lines = output.read().splitlines()
    trained = rasa.returncode == 0
    for line in telling_lines(lines) if trained else lines[-_LAST_WORDS:]:
        print(line)
    return trained


def telling_lines(lines: list[str]) -> list[str]:
    """Rasa's warnings to authors; not that the rule policy, known by name only, is missing."""
    beside_the_point = "'RulePolicy' is not included"
    return [
        line.partition("UserWarning: ")[2].removesuffix("\x1b[0m")
        for line in lines
        if "UserWarning: " in line and beside_the_point not in line
    ]


def main() -> None:
    """Train, or say that there is nothing to train; exits with 1 when training fails."""
    name = _PREFIX + inputs_hash(ROOT)
    model = ROOT / "models" / f"{name}.tar.gz"
    if model.exists():
        model.touch()
        print(f"The model is up to date ({model.name}).")
        return
    _stop_on(answer_faults(ROOT))
    print(f"Training {model.name}: a minute or two ...", flush=True)
    started = time.monotonic()
    # Made aside and moved in when whole: half a model must never look like one.
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as aside:
        made = Path(aside) / model.name
        if not train(name, ROOT, Path(aside)) or not made.exists():
            sys.exit("Training failed; the last model that worked is still in models/.")
        made.replace(model)
    forget_old_models(model.parent)
    print(f"Trained {model.name} in {time.monotonic() - started:.0f} s.")


def _stop_on(faults: list[str]) -> None:
    if faults:
        sys.exit("The answers can't be used:\n" + "\n".join(f"  {fault}" for fault in faults))


def _wait(process: "subprocess.Popen[bytes]") -> None:
    started = time.monotonic()
    while process.poll() is None:
        try:
            process.wait(_SECONDS_BETWEEN_LINES)
        except subprocess.TimeoutExpired:
            print(f"  ... training, {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
