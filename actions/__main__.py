"""Serve the actions on loopback: ``python -m actions``.

The SDK's own ``run`` listens on every interface unless told otherwise, and its error page repeats
the request, which holds what people wrote and the turn token.
"""

import importlib.util
import logging
import sys
import traceback
import warnings

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from actions.backend_client import certificates
from actions.languages import day
from actions.settings import SettingsFault, read_settings

logger = logging.getLogger("actions")
# Innermost calls that are told of an error.
MOST_CALLS = 8


def actions_app() -> Sanic:
    """The SDK's app with our actions, and with errors that tell nothing about the request."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's libraries, while imported
    from rasa_sdk.endpoint import create_app

    app: Sanic = create_app("actions", cors_origins=[])
    app.error_handler.add(Exception, _fault_without_request)
    return app


def _fault_without_request(request: Request, fault: Exception) -> HTTPResponse:
    # Without the error's own text, which may quote what people wrote.
    calls = traceback.extract_tb(fault.__traceback__)[-MOST_CALLS:]
    where = " > ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno}" for call in calls)
    logger.error("an action failed: %s at %s", type(fault).__name__, where)
    return json_response({"error": "The action failed."}, status=500)


def main() -> None:
    """Listen on 127.0.0.1 at ACTIONS_URL's port until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    try:
        settings = read_settings()
    except SettingsFault as fault:
        sys.exit(str(fault))
    print(f"Actions on http://127.0.0.1:{settings.port}", flush=True)
    _spare_vain_searches()
    _warm_up()
    actions_app().run("127.0.0.1", settings.port, workers=1, access_log=False, motd=False)


def _spare_vain_searches() -> None:
    """httpx's library looks for this package eight times a request, for a millisecond where it is
    not installed; now it is told at once that it isn't.
    """
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]


def _warm_up() -> None:
    """Certificates and calendars are read at their first use, which nobody's question waits for."""
    certificates()
    for language in ("en", "es"):
        day("2026-07-01", language)


if __name__ == "__main__":
    main()
