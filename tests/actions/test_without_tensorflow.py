"""Rasa runs without TensorFlow: stand-ins are imported, what would compute is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import rasa
import tensorflow as tf
from conftest import ROOT
from rasa.engine.exceptions import GraphSchemaValidationException

DOMAIN = """
version: "3.1"
intents: [greet, goodbye]
responses:
  utter_greet: [{text: "Hello."}]
"""
DATA = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - hi
  - intent: goodbye
    examples: |
      - farewell
      - bye
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
"""
CONFIG = """
recipe: default.v1
assistant_id: tiny
language: en
pipeline: [{pipeline}]
policies: [{policies}]
"""
TOKENS = "{name: WhitespaceTokenizer}, {name: CountVectorsFeaturizer}"
KEYWORDS = "{name: KeywordIntentClassifier}"
RULES = "{name: RulePolicy}"


def elsewhere(folder: Path, code: str) -> str:
    """What the bot's Python prints that runs some code outside the tree, its path untouched."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        env={"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def train(folder: Path, pipeline: str, policies: str) -> Any:
    """Train two intents with these components."""
    config = CONFIG.format(pipeline=pipeline, policies=policies)
    for name, content in {"domain": DOMAIN, "config": config, "data": DATA}.items():
        (folder / f"{name}.yml").write_text(content, encoding="utf-8")
    return rasa.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data.yml")],
        output=str(folder / "models"),
        force_training=True,
    )


def test_rasa_is_imported_anywhere(tmp_path: Path) -> None:
    """In any folder Rasa's model and components load, and TensorFlow is the stand-in."""
    code = (
        "import rasa.core.agent, rasa.model_training, tensorflow, keras, sys;"
        "from rasa.nlu.classifiers.diet_classifier import DIETClassifier;"
        "print(*(type(sys.modules[name].__spec__.loader).__module__"
        " for name in ('tensorflow', 'keras')))"
    )

    assert elsewhere(tmp_path, code) == "without_tensorflow without_tensorflow"


def test_the_tree_it_comes_from_is_this_one(tmp_path: Path) -> None:
    """The .pth file names this tree, runs once, and imports no package of ours."""
    code = (
        "import sys;"
        "found = [one for one in sys.meta_path if type(one).__name__ == 'WithoutTensorFlow'];"
        "print(*(one.find_spec.__code__.co_filename for one in found), 'bot' in sys.modules)"
    )

    assert elsewhere(tmp_path, code) == f"{ROOT / 'bot' / 'without_tensorflow.py'} False"


def test_no_other_package_is_stood_in_for(tmp_path: Path) -> None:
    """A missing package stays missing."""
    code = "import importlib.util as util; print(util.find_spec('tensorflow_hub'))"

    assert elsewhere(tmp_path, code) == "None"


def test_stand_ins_can_be_subclassed() -> None:
    """A layer is written, annotated and made as if TensorFlow were there."""

    class Layer(tf.keras.layers.Layer):
        weights: tf.Tensor | None = None

        def __init__(self, units: int) -> None:
            super().__init__(name="layer", dtype=tf.float32)
            self.units = units

        def call(self, inputs: list[tf.Tensor]) -> tf.Tensor | None:
            return None

    assert Layer(7).units == 7
    assert get_type_hints(Layer.call)["inputs"] == list[tf.Tensor]


def test_stand_ins_decorate() -> None:
    """A function below a stand-in is defined without a fault."""

    @tf.function
    def step() -> None:
        """Nobody calls it."""

    assert isinstance(step, tf.function)


def test_a_stand_in_has_no_hidden_names() -> None:
    """Python's own questions (``__wrapped__``, ``__array__``) get an honest no."""
    assert not hasattr(tf, "__wrapped__")
    assert not hasattr(tf.Tensor, "__array__")


@pytest.mark.parametrize(
    ("component", "pipeline", "policies"),
    [
        ("DIETClassifier", f"{TOKENS}, {{name: DIETClassifier}}", RULES),
        ("ResponseSelector", f"{TOKENS}, {{name: ResponseSelector}}", RULES),
        ("TEDPolicy", KEYWORDS, "{name: TEDPolicy}"),
        ("UnexpecTEDIntentPolicy", KEYWORDS, f"{RULES}, {{name: UnexpecTEDIntentPolicy}}"),
    ],
    ids=["DIET", "ResponseSelector", "TED", "UnexpecTED"],
)
def test_what_needs_tensorflow_is_refused(
    tmp_path: Path, component: str, pipeline: str, policies: str
) -> None:
    """Rasa's own check names the component and TensorFlow, before anything is trained."""
    with pytest.raises(GraphSchemaValidationException) as refused:
        train(tmp_path, pipeline, policies)

    assert f"Component '{component}' requires the following packages" in str(refused.value)
    assert "tensorflow (left out on purpose" in str(refused.value)
    assert not (tmp_path / "models").exists()


def test_what_needs_no_tensorflow_is_trained(tmp_path: Path) -> None:
    """The same project without such components gives a model."""
    assert Path(train(tmp_path, KEYWORDS, RULES).model).exists()
