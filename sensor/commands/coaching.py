"""`chair-sensor exercises | self-check`: the list of exercises, the monthly self-check."""

import argparse
from collections.abc import Callable
from datetime import datetime

from sensor.commands.parser import Parser
from sensor.errors import SettingsError
from sensor.terminal.dialogue import answered, loaded, say

SWITCHED_OFF = (
    "self_check is off; write self_check = true into the settings, or add --set self_check=true"
)


def add(
    commands: "argparse._SubParsersAction[Parser]",
    new_command: Callable[..., Parser],
) -> None:
    """Add the commands; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "exercises",
        "list the exercises that may be suggested, and how they are done",
        "They are in the language that is set.",
        example="chair-sensor exercises --set language=de",
    )
    parser.set_defaults(command=_exercises)
    parser = new_command(
        commands,
        "self-check",
        "a look in the mirror, once a month: three questions, yes or no",
        "It is a hint to yourself, not a diagnosis, and only there with self_check = true. "
        "The answers are kept in the history on this machine, and `report` shows them.",
        example="sudo chair-sensor self-check",
    )
    parser.set_defaults(command=_self_check)


def _exercises(options: argparse.Namespace) -> None:
    from sensor.coaching.exercises import lines  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415

    for line in lines(translation(loaded(options).language)):
        say(line)


def _self_check(options: argparse.Namespace) -> None:
    from sensor.coaching.self_check import answers  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415
    from sensor.storage.exchange import imported  # noqa: PLC0415
    from sensor.storage.paths import existing_database  # noqa: PLC0415
    from sensor.storage.tables import TABLES  # noqa: PLC0415

    config = loaded(options)
    if not config.self_check:
        raise SettingsError(SWITCHED_OFF)
    path = existing_database(config)
    found = answers(translation(config.language), ask=_asked, say=say)
    now = datetime.now(config.rules().timezone)
    offset = now.utcoffset()
    assert offset is not None  # noqa: S101  (it has a zone)
    row = {"at": round(now.timestamp(), 3), "utc_offset": int(offset.total_seconds()), **found}
    imported(path, [(TABLES["self_check"], row)])


def _asked(question: str) -> str:
    return answered(question, otherwise="nothing was noted")
