"""`chair-sensor not-me | snooze | do-not-disturb`: requests to the running daemon, without MQTT."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from sensor.commands.parser import Parser
from sensor.commands.status import add_place, told
from sensor.errors import ChairSensorError
from sensor.terminal.dialogue import say

WHO = "The daemon obeys root, its own user and the members of the group gpio."


@dataclass(frozen=True, slots=True)
class Request:
    """A command of the daemon, and what its help says."""

    command: str
    """Topic below the chair's, and payload."""
    text: str
    more: str


REQUESTS = {
    "not-me": Request(
        "do/void PRESS",
        "leave the present sitter out of the count: a cat, a bag, a guest",
        "An alert ends, and nothing is counted until the chair has been empty.",
    ),
    "snooze": Request(
        "do/snooze PRESS",
        "silence the alert for a few minutes",
        "This works only while a break is due, and twice (`max_snoozes`) until you get up.",
    ),
    "do-not-disturb": Request(
        "set/do_not_disturb ON",
        "no alerts for an hour",
        "It ends by itself, after an hour or what `dnd_expires` says.",
    ),
}


def add(commands: "argparse._SubParsersAction[Parser]", new_command: Callable[..., Parser]) -> None:
    """Add the commands; `new_command` is that of `main.py`."""
    for name, each in REQUESTS.items():
        parser = new_command(
            commands,
            name,
            each.text,
            f"{each.more} {WHO}",
            example=f"chair-sensor {name}",
            with_settings=False,
        )
        add_place(parser)
        parser.set_defaults(command=_request, request=each.command)
        if name == "do-not-disturb":
            off = each.command.replace("ON", "OFF")
            parser.add_argument(
                "--off", action="store_const", dest="request", const=off, help="end it now"
            )


def _request(options: argparse.Namespace) -> None:
    from sensor.settings.unit import ONE, unit_of  # noqa: PLC0415
    from sensor.status.text import brief  # noqa: PLC0415

    answer = told(options, options.request)
    if "refusal" not in answer["mqtt"]:  # a daemon that runs since before an upgrade
        fix = f"restart it: {(unit_of(options.config) or ONE).restart}"
        raise ChairSensorError("the daemon is older than this command", fix=fix)
    if refusal := answer["mqtt"]["refusal"]:
        raise ChairSensorError(refusal)
    say("\n".join(brief(answer)))
