"""One evaluation from the examples to the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.evaluation.banking77 import banking77
from bot.evaluation.crossvalidation import cross_validated, fitted
from bot.evaluation.exam import read_exam
from bot.evaluation.examination import Examination, examined
from bot.evaluation.examples import Settings, read_examples, read_settings
from bot.evaluation.figures import Figures, Noisy
from bot.evaluation.judgement import JUDGED_NOISE
from bot.evaluation.languages import Told, told_languages
from bot.evaluation.latency import latencies
from bot.evaluation.noise import with_noise
from bot.evaluation.phrases import Phrase
from bot.evaluation.served import as_served, language_told
from bot.nlu.encoders import (
    Encoder,
    MiniLM,
    MultilingualUse,
    SentenceEncoders,
)
from bot.nlu.understanding import OUT_OF_SCOPE, Reading, Understanding

Say = Callable[[str], None]
# Times that the exam is spoilt anew, by the share of spoilt letters; more where it is judged.
_DRAWS = {0.05: 1, JUDGED_NOISE: 3, 0.2: 1}
# Every text is encoded once, however many models learn from it: 100 MB at most.
_EVERY_TEXT = 50_000


@dataclass(frozen=True)
class Plan:
    """Where things are; ``examples`` thins the training examples out (a trial of the command)."""

    root: Path
    exam: Path
    banking77: Path | None = None
    examples: int | None = None


@dataclass(frozen=True)
class _Trained:
    """The model under evaluation, with what it reads with."""

    understanding: Understanding
    settings: Settings
    pair: tuple[Encoder, Encoder]

    def read(self, phrases: Sequence[Phrase], noise: float = 0.0, draw: int = 0) -> list[Reading]:
        """Read the phrases one by one, as people's texts come."""
        encoders = SentenceEncoders.remembering(*self.pair)
        texts = [with_noise(phrase.text, noise, draw) for phrase in phrases]
        return [as_served(self.understanding, text, encoders) for text in texts]


def measure(plan: Plan, say: Say) -> Figures:
    """Train, examine, cross-validate and time; ``say`` is told what happens. Raises Unreadable."""
    settings = read_settings(plan.root / "config.yml")
    examples = _thinned(read_examples(plan.root), plan.examples)
    exam = read_exam(plan.exam, {example.intent for example in examples})
    pair = MultilingualUse(), MiniLM()
    encoders = SentenceEncoders.remembering(*pair, _EVERY_TEXT)
    say(f"Learning from {len(examples):,} examples …")
    trained = _Trained(fitted(examples, settings, encoders), settings, pair)
    say(f"Reading {len(exam):,} exam phrases …")
    readings = trained.read(exam)
    new = _new(exam, readings, examples, settings)
    noise = tuple(_noisy(trained, exam, share, draws, say) for share, draws in _DRAWS.items())
    say("Timing the components …")
    texts = [phrase.text for phrase in exam]
    latency = latencies(texts, trained.understanding, settings.bands, pair, JUDGED_NOISE)
    found = cross_validated(examples, settings, encoders, say)
    public = banking77(plan.banking77, settings.temper, encoders, say) if plan.banking77 else ()
    return Figures(
        examples=dict(sorted(Counter(example.language for example in examples).items())),
        intents=len(trained.understanding.model.intents),
        bands=asdict(settings.bands),
        exam=examined(exam, readings, settings.bands),
        new=new.cells,
        noise=noise,
        cross_validation=examined(examples, found.readings, settings.bands),
        sharpness=found.sharpness,
        quick=found.quick,
        languages=_languages([*examples, *exam]),
        banking77=public,
        latency=latency,
    )


def _languages(phrases: Sequence[Phrase]) -> tuple[Told, ...]:
    inside = [phrase for phrase in phrases if phrase.intent != OUT_OF_SCOPE]
    return told_languages(inside, language_told)


def _noisy(trained: _Trained, exam: Sequence[Phrase], share: float, draws: int, say: Say) -> Noisy:
    say(f"Reading them with {100 * share:.0f} % of the letters spoilt ({draws}×) …")
    readings = [reading for draw in range(draws) for reading in trained.read(exam, share, draw)]
    return Noisy(share, draws, examined([*exam] * draws, readings, trained.settings.bands))


def _new(
    exam: Sequence[Phrase],
    readings: Sequence[Reading],
    examples: Sequence[Phrase],
    settings: Settings,
) -> Examination:
    """The exam without phrases that are also examples, word for word."""
    known = {_letters(example.text) for example in examples}
    new = [at for at, phrase in enumerate(exam) if _letters(phrase.text) not in known]
    return examined([exam[at] for at in new], [readings[at] for at in new], settings.bands)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _thinned(examples: list[Phrase], most: int | None) -> list[Phrase]:
    """At most so many examples of each intent and language."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for example in examples:
        seen[example.intent, example.language] += 1
        if most is None or seen[example.intent, example.language] <= most:
            kept.append(example)
    return kept
