"""A network in ONNX's file format, written without a library.

The format is protobuf (onnx.proto, IR version 8, operators of version 17), and of it a network of
plain operators needs little: the ``onnx`` package would be 31 MB and an import at every start. Each
number below is a field's, as onnx.proto has it.

Operators that are ONNX Runtime's own have its domain before their name (com.microsoft.Gelu).
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

_IR_VERSION = 8
# Whose operators a network may have, and of which version.
_OPERATORS = {"": 17, "com.microsoft": 1}
_FLOAT = 1
_TYPES = {np.dtype(np.float32): _FLOAT, np.dtype(np.int8): 3, np.dtype(np.int64): 7}
# Wire types: a number, four bytes, and bytes with their length before them.
_VARINT, _FIXED32, _BYTES = 0, 5, 2
# Kinds of an operator's attribute.
_OF_FLOAT, _OF_INT = 1, 2


class OnnxNetwork:
    """Operators in the order they were added; each gives one output, known by its name."""

    def __init__(self) -> None:
        self._operators: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, values: npt.NDArray[Any]) -> str:
        """The name of an array that is part of the network: float32, int8 or int64; KeyError."""
        name = f"constant {len(self._constants)}"
        self._constants.append(
            b"".join(_number(1, size) for size in values.shape)
            + _number(2, _TYPES[values.dtype])
            + _text(8, name)
            + _bytes(9, np.ascontiguousarray(values).tobytes())
        )
        return name

    def numbers(self, *values: int) -> str:
        """The name of some whole numbers: axes, places, sizes."""
        return self.constant(np.array(values, np.int64))

    def add(self, operator: str, *inputs: str, **attributes: float) -> str:
        """The name of what an operator makes of the inputs with these names ("": left out)."""
        name = f"output {len(self._operators)}"
        domain, _, operator = operator.rpartition(".")
        self._operators.append(
            b"".join(_text(1, one) for one in inputs)
            + _text(2, name)
            + _text(4, operator)
            + b"".join(_bytes(5, _attribute(*one)) for one in attributes.items())
            + _text(7, domain)
        )
        return name

    def file(self, given: str, width: int, wanted: str) -> bytes:
        """The file: of ``given``, float32 (any, width), it makes ``wanted``, float32 (1, any)."""
        graph = (
            b"".join(_bytes(1, one) for one in self._operators)
            + _text(2, "network")
            + b"".join(_bytes(5, one) for one in self._constants)
            + _bytes(11, _value(given, _text(2, "any"), _number(1, width)))
            + _bytes(12, _value(wanted, _number(1, 1), _text(2, "wide")))
        )
        operators = (_text(1, domain) + _number(2, one) for domain, one in _OPERATORS.items())
        return (
            _number(1, _IR_VERSION)
            + _bytes(7, graph)
            + b"".join(_bytes(8, one) for one in operators)
        )


def _value(name: str, *sizes: bytes) -> bytes:
    shape = b"".join(_bytes(1, size) for size in sizes)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, shape)))


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _OF_INT)
    four = _varint(2 << 3 | _FIXED32) + struct.pack("<f", value)
    return _text(1, name) + four + _number(20, _OF_FLOAT)


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first, all but the last with the eighth bit set."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])
