"""`chair-sensor simulate`: the real daemon on a simulated chair, at a terminal or headless."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sensor.commands.parser import Parser, add_record
from sensor.errors import SettingsError
from sensor.settings.config import Config
from sensor.settings.values import NEED_TLS

if TYPE_CHECKING:
    from sensor.simulator.lives import Life

BY_RECORDING = ("config", "script", "sitter", "days", "seed", "start", "speed", "broker", "keep")
"""Options of `simulate` that a recording decides itself."""
OF_BROKER = tuple(
    f"mqtt.{name}"
    for name in ("port", "username", "password", "password_file", "protocol", "tls", *NEED_TLS)
)
"""Settings that act on a real broker only."""


def add(
    commands: "argparse._SubParsersAction[Parser]",
    new_command: Callable[..., Parser],
) -> None:
    """Add the command; `new_command` is that of `main.py`."""
    parser = new_command(
        commands,
        "simulate",
        "run the real daemon on a simulated chair, without hardware",
        "Without options it shows a working day at 60 times the speed of life, with an MQTT "
        "broker of its own. With --script, --sitter or --replay it runs as fast as it can, and "
        "gives the same records every time.",
        example="chair-sensor simulate --script forgetful --jsonl forgetful.jsonl",
        with_exit_codes=True,
    )
    _add_sitting(parser)
    add_record(parser)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep state and history in DIR: `report --set state_dir=DIR` shows them",
    )
    parser.add_argument("--jsonl", metavar="OUT", help="write records as JSON lines (- : stdout)")
    parser.add_argument(
        "--start", metavar="TIME", help="the wall clock at the start, 2026-03-02T08:00:00+01:00"
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help="such as Europe/Berlin (default: UTC, with --broker this machine's)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help="N times as fast as life, or max (default: 60, with a script of yours max)",
    )
    parser.add_argument(
        "--broker", metavar="HOST[:PORT]", help="use this broker, so that alerts appear at home"
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="for what is random: sitter, chattering contact, waits (default: 1)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="lines of text instead of the screen on a terminal"
    )
    parser.set_defaults(command=_simulate)


def _add_sitting(parser: Parser) -> None:
    """Add the options that say what the sitter does."""
    parser.add_argument(
        "--script",
        metavar="FILE",
        help="what the sitter does: a file, - for standard input, or one of workday, fidgety, "
        "forgetful, cat-on-the-chair, broker-outage, night",
    )
    parser.add_argument(
        "--sitter", metavar="NAME", help="a random sitter instead of a script: office"
    )
    parser.add_argument(
        "--days", type=int, metavar="N", help="working days of the random sitter (default: 1)"
    )
    parser.add_argument(
        "--replay", metavar="FILE", help="live a recording again, with its settings"
    )


def _simulate(options: argparse.Namespace) -> None:
    from sensor.settings.loading import load_with_origins  # noqa: PLC0415
    from sensor.simulator.simulate import Options, named, simulate  # noqa: PLC0415

    overrides = [f"chair.timezone={options.timezone}"] if options.timezone else []
    if options.broker is not None:
        overrides += _broker(options.broker)
    _check_simulate(options)
    own = options.broker is None
    given = load_with_origins(
        config_file=options.config, overrides=[*options.set, *overrides], own_broker=own
    )
    config = named(given)
    lives: Sequence[Life] = ()
    if not options.replay:
        _tell_unused(given.origins if own else {}, options.config)
    else:
        from sensor.simulator.lives import read  # noqa: PLC0415

        def configured(recorded: Sequence[str]) -> Config:
            texts = [*recorded, *options.set, *overrides]
            given = load_with_origins(
                config_file=Path(os.devnull), overrides=texts, environ={}, own_broker=True
            )
            return named(given)

        lives = read(options.replay, configured)
    seed = 1 if options.seed is None else options.seed
    named_alike = {each.name for each in fields(Options)} - {"replay", "seed"}
    same = {name: getattr(options, name) for name in named_alike}
    _log_with_simulated_time(config.log_level, sys.stderr if options.jsonl == "-" else sys.stdout)
    simulate(config, Options(replay=lives, seed=seed, **same))


def _check_simulate(options: argparse.Namespace) -> None:
    """Refuse options that would change nothing. Raises SettingsError."""
    for name in BY_RECORDING if options.replay else ():
        given = getattr(options, name)
        if given is not None and (name, given) != ("speed", 0):  # max is how it goes anyway
            raise SettingsError(f"--replay and --{name} do not go together; leave out --{name}")
    instead = {"state_dir": "--keep DIR", "mqtt.host": "--broker HOST"}
    if options.broker is None:
        instead |= dict.fromkeys(OF_BROKER, "--broker HOST, too")
    if options.timezone is not None:
        instead["chair.timezone"] = "--timezone alone"
    for text in options.set:
        key = text.partition("=")[0].strip()
        if key in instead:
            raise SettingsError(f"--set {key} changes nothing in a simulation; say {instead[key]}")


def _tell_unused(origins: Mapping[str, str], file: Path | None) -> None:
    """Say which settings change nothing without `--broker`: those of the environment and of `file`.

    A real chair's own file names its broker rightly.
    """
    from sensor.settings.unit import ONE, unit_of  # noqa: PLC0415

    unit = unit_of(file)
    rightly = str((unit or ONE).settings) if unit else None
    unused = [
        f"{key} ({origins[key]})"
        for key in ("mqtt.host", *OF_BROKER)
        if key in origins and origins[key] != rightly
    ]
    if unused:
        print(f"without --broker these change nothing: {', '.join(unused)}", file=sys.stderr)  # noqa: T201


def _broker(text: str) -> list[str]:
    from sensor.settings.address import read  # noqa: PLC0415  (only this command needs it)

    host, port, tls = read(text, "--broker")
    given = {"host": host, "port": port, "tls": tls}
    return [f"mqtt.{key}={value}" for key, value in given.items() if value is not None]


def _speed(text: str) -> float:
    if text == "max":
        return 0
    try:
        speed = float(text)
    except ValueError:
        speed = -1
    if not 0 < speed <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed; write 1, 60, 3600 or max")
    return speed


def _log_with_simulated_time(level: str, out: TextIO) -> None:
    handler = _Lines(out)
    handler.setFormatter(logging.Formatter("%(clock)s  %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])


_MAIN = threading.main_thread()


class _Lines(logging.StreamHandler[TextIO]):
    """Lines for people. Where none can be written (`| head`, a full disk) the simulation ends."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
        elif (
            threading.current_thread() is threading.main_thread() and self.stream is not sys.stderr
        ):
            raise  # noqa: PLE0704  (called while it is handled)
