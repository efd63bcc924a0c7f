"""The command line: `chair-sensor run | simulate | check-config | status | ...`.

Exit codes: 0 all went well, 1 something failed (pins, state directory), 2 a setting, an option or
a script is wrong.
"""

import argparse
import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sensor import __version__
from sensor.commands.coaching import add_coaching
from sensor.commands.doctor import add_options as add_doctor_options
from sensor.commands.help import add_help
from sensor.commands.history import add_commands as add_history
from sensor.commands.homeassistant import add_commands
from sensor.commands.parser import Parser
from sensor.commands.report import add_report
from sensor.commands.setup import add_options as add_setup_options
from sensor.commands.status import add_options as add_status_options
from sensor.errors import ChairSensorError, SettingsError
from sensor.settings.config import Config
from sensor.settings.values import TLS_FILES
from sensor.terminal import streams
from sensor.terminal.dialogue import loaded

if TYPE_CHECKING:
    from sensor.simulator.replay import Life

EXIT_CODES = """\
exit codes:
  0  all went well
  1  something failed: a pin, a permission, the broker of a simulation
  2  a setting, an option or a script is wrong; nothing was run
  126  the installation is incomplete: its Python or a package is gone
"""

START = """\
usage: chair-sensor COMMAND [OPTIONS]

  chair-sensor simulate        on any machine: a simulated chair and its alerts
  chair-sensor report --demo   on any machine: the report of a simulated week
  sudo chair-sensor setup      on the Pi: try the parts, write the settings
  chair-sensor status          on the Pi: show what the daemon knows now
  sudo chair-sensor doctor     on the Pi: check everything, say what to do
  chair-sensor --help          list all commands; help COMMAND explains one
"""
"""What `chair-sensor` says without a command."""

GROUPS = {
    "on the Pi": "setup doctor status check-config run silence",
    "without a Pi": "simulate exercises",
    "your data": "report export import forget self-check",
    "Home Assistant": "homeassistant",
    "help": "help",
}
"""Every command, in the order of the help."""

BY_RECORDING = ("config", "script", "sitter", "days", "seed", "start", "speed", "broker", "keep")
"""Options of `simulate` that a recording decides itself."""
OF_BROKER = tuple(
    f"mqtt.{name}" for name in ("port", "username", "password", "password_file", "tls", *TLS_FILES)
)
"""Settings that act on a real broker only."""

NO_HOME = "this user has no home directory; set HOME, or say --set state_dir=DIR"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code. Never shows a traceback for what a user can mend."""
    code, wrong, refused = 0, "", None
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        sys.stderr.write(START)
        return 2
    try:
        options = _parser(given[0]).parse_args(given)
        options.command(options)
    except ChairSensorError as error:
        code, wrong = error.exit_code, str(error)
    except OSError as error:
        refused = error
    except ModuleNotFoundError:
        raise  # the entry knows what to do
    except ImportError as error:
        code, wrong = 1, f"{error}; the program in {sys.prefix} is not whole: install it anew"
    except RuntimeError as error:
        if "home directory" not in str(error):
            raise
        code, wrong = 1, NO_HOME
    except SystemExit:  # argparse has told its mistake, or a signal ends the command
        refused = streams.written_out()
        if refused is None:
            raise
    refused = streams.written_out() or refused
    if refused is not None and refused.filename == streams.OUT and refused.errno == errno.EPIPE:
        refused = None  # the reader of the output has gone (`| head`): not a failure
    if refused is not None and not wrong:
        code, wrong = 1, _system_says(refused)
    if wrong:
        print(f"chair-sensor: {_lines(wrong)}", file=sys.stderr)  # noqa: T201
    return code


def _system_says(error: OSError) -> str:
    """Name what the system has refused, and how."""
    said = error.strerror or str(error)
    if error.filename == streams.OUT:
        return f"{streams.OUT}: {said}; the output is not complete"
    return f"{error.filename}: {said}" if error.filename else said


def _lines(text: str) -> str:
    """Begin each line with our name; what a damaged file holds must not reach the terminal raw."""
    lines = text.splitlines()
    return "\nchair-sensor: ".join(
        "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
        for line in lines
    )


def _parser(only: str = "") -> Parser:
    """Return the parser of all commands, or of the one that is named: the others take time."""
    parser = Parser(
        prog="chair-sensor",
        usage="chair-sensor COMMAND [OPTIONS]",
        description="Watches a pressure mat under a desk chair and gets you up once an hour.",
        epilog=EXIT_CODES,
        groups=GROUPS,
    )
    parser.add_argument("--version", action="version", version=f"chair-sensor {__version__}")
    commands = parser.add_subparsers(prog="chair-sensor", metavar="COMMAND", required=True)
    known = only in " ".join(GROUPS.values()).split()
    for names, add in (
        ("run", _add_run),
        ("simulate", _add_simulate),
        ("check-config", _add_check_config),
        ("setup", _add_setup),
        ("doctor", _add_doctor),
        ("status", _add_status),
        ("report", lambda commands: add_report(commands, _command)),
        ("export import forget", lambda commands: add_history(commands, _command)),
        ("self-check exercises", lambda commands: add_coaching(commands, _command)),
        ("homeassistant", _add_homeassistant),
        ("silence", _add_silence),
        ("help", lambda commands: add_help(commands, _parser)),
    ):
        if not known or only in names.split():
            add(commands)
    return parser


def _command(  # noqa: PLR0913  (the last ones by name)
    commands: "argparse._SubParsersAction[Parser]",
    name: str,
    text: str,
    more: str,
    *,
    example: str,
    with_settings: bool = True,
    with_exit_codes: bool = False,
) -> Parser:
    parser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}. {more}",
        epilog=f"for example:\n  {example}\n" + (f"\n{EXIT_CODES}" if with_exit_codes else ""),
    )
    if not with_settings:
        return parser
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings in TOML (default: /etc/chair-sensor/config.toml)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting, for example sit_limit=45m or mqtt.host=192.168.1.5; may be repeated",
    )
    return parser


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "run",
        "watch the chair on this Raspberry Pi until stopped",
        "The systemd unit starts this command.",
        example="chair-sensor run --set profile=demo",
        with_exit_codes=True,
    )
    _add_record(parser)
    parser.set_defaults(command=_run)


def _add_simulate(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
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
    _add_record(parser)
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


def _add_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write down what reaches the chair, for `simulate --replay`; appends",
    )


def _add_check_config(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "check-config",
        "check the settings and show what they come to",
        "It lists what differs from the defaults, or every mistake at once. Secrets are not shown.",
        example="chair-sensor check-config --all",
        with_exit_codes=True,
    )
    parser.add_argument("--all", action="store_true", help="list the defaults, too")
    parser.set_defaults(command=_check_config)


def _add_setup(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "setup",
        "try mat, buzzer and broker with you, write the settings, start the service",
        "It shows the mat live, asks you to sit and to get up, sounds the buzzer, finds and "
        "tries the broker. It shows the settings before it writes them. Run it with sudo.",
        example="sudo chair-sensor setup --broker homeassistant.local",
        with_settings=False,
    )
    add_setup_options(parser)


def _add_doctor(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "doctor",
        "check machine, pins, settings, broker and service, and say what to do",
        "It may run beside the daemon. With sudo it sees everything. A `?` marks what cannot be "
        "found out from here, which is not a fault. It ends with 0 only if nothing failed, and "
        "if nothing is hidden that root could see.",
        example="sudo chair-sensor doctor",
        with_exit_codes=True,
    )
    add_doctor_options(parser)


def _add_status(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "status",
        "show what the running daemon knows now",
        "It asks the daemon on this machine; neither broker nor Home Assistant is needed. "
        "The daemon answers root, its own user and the members of the group gpio.",
        example="chair-sensor status",
        with_settings=False,
    )
    add_status_options(parser)


def _add_homeassistant(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "homeassistant",
        "blueprints and a dashboard for Home Assistant; remove the chair from it",
        "The chair itself needs none of this: Home Assistant finds it by MQTT discovery.",
        example="chair-sensor homeassistant blueprint break_notification",
        with_settings=False,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_commands(actions, _command)


def _add_silence(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "silence",
        "turn buzzer and LED off, for after the daemon has died",
        "The systemd unit runs it whenever the daemon has ended, however it ended.",
        example="chair-sensor silence",
        with_exit_codes=True,
    )
    parser.set_defaults(command=_silence)


def _run(options: argparse.Namespace) -> None:
    from sensor.daemon.__main__ import become  # noqa: PLC0415  (only this command needs it)

    if not hasattr(signal, "SIGHUP"):
        raise ChairSensorError("the daemon needs Linux; `chair-sensor simulate` runs anywhere")
    # A terminal that is closed is no reason to leave the chair, not even while starting.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    become(loaded(options), options.record)


def _simulate(options: argparse.Namespace) -> None:
    from sensor.simulator.simulate import Options, simulate  # noqa: PLC0415

    overrides = [f"chair.timezone={options.timezone}"] if options.timezone else []
    if options.broker is not None:
        overrides += _broker(options.broker)
    _check_simulate(options)
    config = loaded(options, overrides)
    lives: Sequence[Life] = ()
    if options.replay:
        from sensor.settings.loading import load  # noqa: PLC0415
        from sensor.simulator.replay import read  # noqa: PLC0415

        def configured(recorded: Sequence[str]) -> Config:
            given = [*recorded, *options.set, *overrides]
            return load(config_file=Path(os.devnull), overrides=given, environ={})

        lives = read(options.replay, configured)
    chosen = Options(
        script=options.script,
        sitter=options.sitter,
        days=options.days,
        replay=lives,
        record=options.record,
        keep=options.keep,
        jsonl=options.jsonl,
        start=options.start,
        speed=options.speed,
        broker=options.broker,
        seed=1 if options.seed is None else options.seed,
        plain=options.plain,
    )
    _log_with_simulated_time(config.log_level, sys.stderr if options.jsonl == "-" else sys.stdout)
    simulate(config, chosen)


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


def _check_config(options: argparse.Namespace) -> None:
    from sensor.settings.loading import DEFAULT_FILE, describe, load_with_origins  # noqa: PLC0415
    from sensor.storage.in_force import in_force  # noqa: PLC0415

    written = load_with_origins(config_file=options.config, overrides=options.set)
    now = in_force(written.config, written.origins)
    file = options.config or DEFAULT_FILE
    print(f"{file}: valid" if file.exists() else f"{file}: not there; valid without it")  # noqa: T201
    lines = describe(now.config, now.origins)
    changed = [line for line in lines if line.endswith(")") and "  (" in line]
    usual = [line for line in lines if line not in changed]
    print("\n".join(["", *(changed or ["all settings have their defaults"])]))  # noqa: T201
    if options.all:
        print("\n".join(["", "defaults:", *usual]))  # noqa: T201
    else:
        print(f"\n{len(usual)} settings have their default; --all lists them")  # noqa: T201
    for problem in now.problems:
        print(problem, file=sys.stderr)  # noqa: T201


def _silence(options: argparse.Namespace) -> None:
    from sensor.app import quieten  # noqa: PLC0415

    quieten(loaded(options))


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
