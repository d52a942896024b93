"""The API does what its own OpenAPI document says, whatever it is sent (schemathesis)."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from backend.db.tables import Conversation, Office
from backend.domain.conversations import Responder
from backend.services import campaigns, contact_imports
from backend.services.campaigns import NewCampaign
from tests.integration.conftest import World
from tests.integration.ordering import API, order
from tests.integration.test_api import bearer

EXAMPLES = "25"
# Well-formed input may still be refused (an area code that does not exist): 422 with its reason.
CONFIGURATION = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

[parameters]
"path.number_id" = "{number_id}"
"path.campaign_id" = "{campaign_id}"
"path.import_id" = "{import_id}"
"path.office_id" = "{office_id}"
"path.conversation_id" = "{conversation_id}"
"""


class Quiet(WSGIRequestHandler):
    """A server that leaves the test's output alone."""

    def log(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    """Things that are there, by the name of their path parameter."""
    new = NewCampaign("Financial Aid", "Spring aid", Responder.ASSISTANT, "Hello")
    campaign = campaigns.create(world.desk, world.alice, new, API)
    file = b"phone\n3165550177\n"
    brought = contact_imports.start(world.desk, world.alice, campaign.id, file, API)
    world.receive("SM1", "hello", to=world.inbox_number)
    with world.desk.db.read(world.alice.institution_id) as session:
        office = session.scalars(select(Office.public_id).order_by(Office.id)).first()
        talk = session.scalars(select(Conversation.public_id)).first()
    return {
        "number_id": order(world).id,
        "campaign_id": campaign.id,
        "import_id": brought.id,
        "office_id": str(office),
        "conversation_id": str(talk),
    }


@pytest.fixture
def address(public: Flask) -> Iterator[str]:
    """The application behind a real HTTP server that does not mind haste."""
    for limiter in public.extensions["limiter"]:
        limiter.enabled = False
    server = make_server("127.0.0.1", 0, public, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_document_is_openapi_3_1(browser: FlaskClient) -> None:
    """And every operation names who may call it and what can go wrong."""
    document = browser.get("/api/v1/openapi.json").json
    assert document is not None
    operations = [
        operation
        for path in document["paths"].values()
        for name, operation in path.items()
        if name in ("get", "post", "put", "patch", "delete")
    ]

    assert document["openapi"].startswith("3.1")
    assert all(operation["security"] == [{"bearer": []}] for operation in operations)
    assert all({"401", "403", "422", "429"} <= set(each["responses"]) for each in operations)


def test_every_operation_is_on_the_page_about_the_api(browser: FlaskClient) -> None:
    """docs/api.md lists each method and address, and none that is gone."""
    document = browser.get("/api/v1/openapi.json").json
    assert document is not None
    operations = {
        f"{method.upper()} {re.sub('{[a-z_]+}', '{id}', path.removeprefix('/api/v1'))}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text()

    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", text)) == operations


def test_every_operation_keeps_to_the_document(
    world: World, address: str, ids: dict[str, str], tmp_path: Path
) -> None:
    """No server error, no status, type or shape that the document does not name, no bad input
    taken for good, no way in without a token.
    """
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(**ids))
    token = bearer(world, "alice@northern.example")["Authorization"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"{address}/api/v1/openapi.json",
            *("--header", f"Authorization: {token}", "--max-examples", EXAMPLES),
            *("--seed", "1", "--no-color", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    print(done.stdout)

    assert done.returncode == 0
