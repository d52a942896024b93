"""Train our bot as `make train` does: ``python -m bot.bench.training PROJECT FOLDER NAME``.

A program of its own, so that ending the benchmark ends the training too.
"""

import sys
from pathlib import Path

from bot.train import train

if __name__ == "__main__":
    _, project, folder, name = sys.argv
    sys.exit(0 if train(name, Path(project), Path(folder)) else 1)
