"""Rasa's server without its command line: ``python -m bot.rasa_server``, started by bot.serve.

``rasa run`` imports training, testing, plotting and a terminal dialogue before it serves; this
imports what serving needs. Listens on 127.0.0.1 only, without Rasa's own HTTP API.
"""

import argparse
import logging
import sys
import warnings
from threading import Thread

from bot.nlu.encoders import warm_encoders
from bot.without_tensorflow import StandIns

# What Rasa imports for learning, plotting, asking on a terminal, its own graph runner (see
# bot.rasa_speed), and channels and stores that this project has none of: 80 MB and nearly a second
# that serving never uses.
NOT_SERVING = frozenset(
    (
        *("sklearn", "matplotlib", "prompt_toolkit", "questionary", "terminaltables", "dask"),
        *("slack_sdk", "twilio", "socketio", "aiogram", "webexteamssdk", "rocketchat_API"),
        *("mattermostwrapper", "fbmessenger", "cachecontrol"),
    )
)


def main() -> None:
    """Serve a model until told to stop."""
    options = read_options()
    sys.meta_path.insert(0, StandIns(NOT_SERVING))
    # The encoders take as long to load as Rasa does: side by side.
    Thread(target=warm_encoders, daemon=True).start()
    from bot.rasa_quietly import leave_words_out, let_go_quietly, show_for_people

    warnings.showwarning = show_for_people
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    from bot.rasa_speed import speed_up

    configure_logging_and_warnings(
        logging.WARNING, None, warn_only_once=True, filter_repeated_logs=True
    )
    configure_structlog(logging.WARNING)
    let_go_quietly()
    leave_words_out()
    speed_up()
    rasa.core.run.serve_application(
        options.model,
        interface="127.0.0.1",
        port=options.port,
        credentials=options.credentials,
        endpoints=AvailableEndpoints.read_endpoints(options.endpoints),
        enable_api=False,
    )


def read_options() -> argparse.Namespace:
    """``--model``, ``--port``, ``--credentials``, ``--endpoints``: all required."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    for name in ("--model", "--credentials", "--endpoints"):
        options.add_argument(name, required=True)
    return options.parse_args()


if __name__ == "__main__":
    main()
