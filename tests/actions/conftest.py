"""People, a backend that answers over real HTTP, and two tiny trained models."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
os.environ["RASA_MAX_CACHE_SIZE"] = "0"
sys.path.insert(0, str(ROOT))


@dataclass
class BackendDouble:
    """A backend that says what it is told to and remembers what it was asked.

    ``answers`` are by path, in the place of ``content``: what is answered, or a status with it, or
    a function from what was sent to either. ``sent`` is the JSON of each POST.
    """

    url: str
    status: int = 200
    content: Any = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[BackendDouble]:
    """A real HTTP server on loopback, where INTERNAL_URL points."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.double = BackendDouble(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("INTERNAL_URL", server.double.url)
    yield server.double
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def turn_body() -> dict[str, Any]:
    """A well-formed turn: Alice of Financial Aid asks in web chat."""
    return {
        "conversation": "cnv_alice",
        "message_id": "msg_1",
        "text": "hello",
        "payload": None,
        "turn_token": "token-of-this-turn",
        "audience": "staff",
        "channel": "web",
        "language": "en",
        "institution": "demo",
        "institution_name": "Demo State University",
        "office": "financial-aid",
        "office_name": "Financial Aid",
    }


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a few intents, trained with keywords only: two seconds, the same machinery."""
    return _trained(tmp_path_factory.mktemp("tiny"), _TINY)


@pytest.fixture(scope="session")
def doubting_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with our own pipeline that is never sure: it asks back whatever is said."""
    return _trained(tmp_path_factory.mktemp("doubting"), _DOUBTING)


def _trained(folder: Path, project: dict[str, str]) -> Path:
    import rasa

    for name, content in project.items():
        (folder / name).write_text(content, encoding="utf-8")
    result = rasa.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data.yml")],
        output=str(folder),
        force_training=True,
    )
    return Path(result.model)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        double: BackendDouble = self.server.double
        double.asked.append((self.path, self.headers.get("Authorization", "")))
        status, content = double.status, double.answers.get(self.path, double.content)
        if callable(content):
            content = content(double.sent[-1][1])
        if isinstance(content, tuple):
            status, content = content
        raw = content if isinstance(content, bytes) else json.dumps(content)
        body = raw if isinstance(raw, bytes) else raw.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.double.sent.append((self.path, json.loads(self.rfile.read(length) or b"null")))
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


_TINY = {
    "config.yml": """
recipe: default.v1
assistant_id: tiny
language: en
pipeline:
  - name: KeywordIntentClassifier
    case_sensitive: false
policies:
  - name: bot.intent_rules.IntentRulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet, goodbye, check_quota]
actions: [action_check_quota]
responses:
  utter_greet:
    - text: "Hello from {office_name}."
      metadata: {audience: everyone, language: en}
  utter_goodbye:
    - text: "Bye."
      buttons: [{title: "Again", payload: "/greet"}]
      metadata:
        audience: staff
        language: en
        source: {article: "A", section: "B", modified: "Tue, 4 Mar"}
  utter_pass_to_person:
    - text: "A person will see this."
      metadata: {audience: student, language: en, hand_off: true}
""",
    "data.yml": """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: goodbye
    examples: |
      - farewell
  - intent: check_quota
    examples: |
      - quota
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: goodbye
    steps: [{intent: goodbye}, {action: utter_goodbye}]
  - rule: quota
    steps: [{intent: check_quota}, {action: action_check_quota}]
""",
}

_DOUBTING = {
    "config.yml": """
recipe: default.v1
assistant_id: doubting
language: en
pipeline:
  - name: bot.nlu.language.LanguageOfMessage
  - name: bot.nlu.intent_reader.IntentReader
    sure: 1.1
    unsure: 0.0
    choice: 0.1
    quick_enough: 0.9
    quick_sharpness: 1.6
    sharpness: 1.4
policies:
  - name: bot.intent_rules.IntentRulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [hours, place, out_of_scope, nlu_fallback]
responses:
  utter_hours:
    - text: "Eight to five."
      metadata: {audience: everyone, language: en}
  utter_place:
    - text: "In the library."
      metadata: {audience: everyone, language: en}
  utter_unsure:
    - text: "I'm not sure."
      metadata: {audience: staff, language: en}
    - text: "A person will see this."
      metadata: {audience: student, language: en, hand_off: true}
  utter_did_you_mean:
    - text: "Which of these?"
      metadata: {audience: staff, language: en}
    - text: "What do you mean?"
      metadata: {audience: student, language: en}
  utter_choice_hours:
    - text: "hours"
      metadata: {audience: everyone, language: en}
  utter_choice_place:
    - text: "address"
      metadata: {audience: everyone, language: en}
""",
    "data.yml": """
version: "3.1"
nlu:
  - intent: hours
    examples: |
      - when are you open
      - what are your hours
      - what time do you close
      - ¿a qué hora abren?
      - horario
  - intent: place
    examples: |
      - where are you
      - where is the office
      - what is your address
      - ¿dónde está la oficina?
      - dirección
  - intent: out_of_scope
    examples: |
      - write me a poem
      - what is the capital of france
      - tell me a joke
      - play some music
      - cuéntame un chiste
rules:
  - rule: hours
    steps: [{intent: hours}, {action: utter_hours}]
  - rule: place
    steps: [{intent: place}, {action: utter_place}]
  - rule: out of scope
    steps: [{intent: out_of_scope}, {action: utter_unsure}]
  - rule: unsure
    steps: [{intent: nlu_fallback}, {action: utter_unsure}]
""",
}
