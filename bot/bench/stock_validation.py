"""Our server with Rasa's own check of an action's answer: ``python -m bot.bench.stock_validation``.

Beside it is measured what checking the schema once saves; the product has no such switch.
"""

import sys
import warnings

from bot import rasa_server
from bot.rasa_quietly import show_for_people
from bot.without_tensorflow import StandIns


def main() -> None:
    """Serve as bot.rasa_server does, but for that one place."""
    # As it does itself, since all of Rasa is imported before it has begun.
    sys.meta_path.insert(0, StandIns(rasa_server.NOT_SERVING))
    warnings.showwarning = show_for_people
    from rasa.core.actions.action import RemoteAction

    from bot import rasa_speed

    vars(rasa_speed)["validate_action_result"] = RemoteAction._validate_action_result
    rasa_server.main()


if __name__ == "__main__":
    main()
