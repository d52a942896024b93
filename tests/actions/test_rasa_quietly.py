"""What Rasa takes for an error and is none stays out of the log, and nothing else does."""

import json
import logging
from collections.abc import Iterator

import pytest
from conftest import BackendDouble
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_quietly import leave_words_out, let_go_quietly

LOGGER = "rasa.core.actions.action"
REJECTED = {"action_name": "transfer_number_form", "error": "It is not for this job."}


@pytest.fixture
def quiet() -> Iterator[None]:
    """The log as it is while serving."""
    logger = logging.getLogger(LOGGER)
    before = list(logger.filters)
    let_go_quietly()
    yield
    logger.filters[:] = before


async def run_action(url: str) -> None:
    """Have Rasa call a job's action on a server."""
    action = RemoteAction("transfer_number_form", EndpointConfig(url))
    await action.run(
        CollectingOutputChannel(),
        TemplatedNaturalLanguageGenerator({}),
        DialogueStateTracker.from_events("cnv_alice", []),
        Domain.empty(),
    )


async def test_rasa_takes_a_rejection_for_an_error(
    backend: BackendDouble, caplog: pytest.LogCaptureFixture
) -> None:
    """Without us Rasa logs it: should it stop, ours can go."""
    backend.status, backend.content = 400, REJECTED
    with pytest.raises(ActionExecutionRejection):
        await run_action(backend.url)

    assert [record.getMessage() for record in caplog.records] == [REJECTED["error"]]


@pytest.mark.usefixtures("quiet")
async def test_a_rejection_is_normal(
    backend: BackendDouble, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that lets a message go is a rejection to Rasa, and not a word in the log."""
    backend.status, backend.content = 400, REJECTED
    with pytest.raises(ActionExecutionRejection, match="not for this job"):
        await run_action(backend.url)

    assert caplog.records == []


@pytest.mark.usefixtures("quiet")
async def test_an_action_server_that_is_away_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A call that reaches nobody is still an error in the log."""
    with pytest.raises(RasaException):
        await run_action("http://127.0.0.1:9")

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "Couldn't connect" in caplog.text


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("status", "content"), [(500, {"error": "The action failed."}), (404, REJECTED)]
)
async def test_a_failed_action_is_still_raised(
    backend: BackendDouble, status: int, content: dict[str, str]
) -> None:
    """What Rasa's processor logs as a failure reaches it as before."""
    backend.status, backend.content = status, content
    with pytest.raises(RasaException, match="Failed to execute custom action"):
        await run_action(backend.url)


@pytest.mark.usefixtures("quiet")
def test_other_words_of_that_logger_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Outside a rejection nothing is held back, not even while another error is handled."""
    logger = logging.getLogger(LOGGER)
    logger.error("alone")
    try:
        json.loads("{")
    except ValueError:
        logger.error("in trouble")

    assert [record.getMessage() for record in caplog.records] == ["alone", "in trouble"]


@pytest.fixture
def discreet() -> Iterator[None]:
    """Errors as they are logged while serving."""
    make = logging.getLogRecordFactory()
    leave_words_out()
    yield
    logging.setLogRecordFactory(make)


@pytest.mark.usefixtures("discreet")
def test_an_error_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """Its kind and place only: the text may quote what somebody wrote."""
    words = "my grandmother is called Clementine"
    log = logging.getLogger("sanic.error")
    try:
        raise ValueError(words)
    except ValueError as fault:
        log.exception("Exception occurred while handling uri: %s", "http://127.0.0.1/turn")
        log.error(fault)

    assert words not in caplog.text
    assert "uri: http://127.0.0.1/turn [ValueError: test_rasa_quietly.py:" in caplog.text
