"""A network in ONNX's format, loaded to answer one text at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def onnx_session(model: str | bytes) -> InferenceSession:
    """A session for a file's path or its content, in the caller's thread.

    A second thread took a quarter off MiniLM's median and made its slowest tenth half as slow
    again, and other texts' readings need the processor too.
    """
    # Takes 0.2 s, which Rasa's own loading need not wait for.
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
