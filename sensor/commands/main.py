"""The command line: `chair-sensor run | simulate | check-config | status | ...`.

Exit codes: 0 all went well, 1 something failed (pins, state directory), 2 a setting, an option or
a script is wrong.
"""

import argparse
import errno
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from sensor import __version__
from sensor.commands.parser import Parser, add_chair, add_record
from sensor.errors import ChairSensorError, SettingsError
from sensor.terminal import streams
from sensor.terminal.dialogue import loaded, printable

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
    "on the chair": "not-me snooze do-not-disturb",
    "without a Pi": "simulate exercises",
    "your data": "report export import forget self-check",
    "Home Assistant": "homeassistant",
    "help": "help",
}
"""Every command, in the order of the help."""

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
    return "\nchair-sensor: ".join(map(printable, text.splitlines()))


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
        ("simulate", _from_file("simulate")),
        ("check-config", _add_check_config),
        ("setup", _add_setup),
        ("doctor", _add_doctor),
        ("status", _add_status),
        ("not-me snooze do-not-disturb", _from_file("requests")),
        ("report", _from_file("report")),
        ("export import forget", _from_file("history")),
        ("self-check exercises", _from_file("coaching")),
        ("homeassistant", _add_homeassistant),
        ("silence", _add_silence),
        ("help", _from_file("help", _parser)),
    ):
        if not known or only in names.split():
            add(commands)
    return parser


def _from_file(name: str, given: Callable[..., Parser] | None = None) -> Callable[[Any], None]:
    """Return what adds the commands of a file; it is imported only then: all take their time."""

    def add(commands: "argparse._SubParsersAction[Parser]") -> None:
        import_module(f"sensor.commands.{name}").add(commands, given or _command)

    return add


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
    file = parser.add_mutually_exclusive_group()
    file.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings in TOML (default: /etc/chair-sensor/config.toml)",
    )
    add_chair(file)
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
    add_record(parser)
    parser.set_defaults(command=_run)


def _add_check_config(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = _command(
        commands,
        "check-config",
        "check the settings and show the result",
        "It lists what differs from the defaults, or every mistake at once. Secrets are not shown.",
        example="chair-sensor check-config --all",
        with_exit_codes=True,
    )
    parser.add_argument("--all", action="store_true", help="list the defaults, too")
    parser.set_defaults(command=_check_config)


def _add_setup(commands: "argparse._SubParsersAction[Parser]") -> None:
    from sensor.commands.setup import add_options  # noqa: PLC0415

    parser = _command(
        commands,
        "setup",
        "try mat, buzzer and broker with you, write the settings, start the service",
        "It shows the mat live, asks you to sit and to get up, sounds the buzzer, finds and "
        "tries the broker. It shows the settings before it writes them. Run it with sudo.",
        example="sudo chair-sensor setup --broker homeassistant.local",
        with_settings=False,
    )
    add_options(parser)


def _add_doctor(commands: "argparse._SubParsersAction[Parser]") -> None:
    from sensor.commands.doctor import add_options  # noqa: PLC0415

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
    add_options(parser)


def _add_status(commands: "argparse._SubParsersAction[Parser]") -> None:
    from sensor.commands.status import add_options  # noqa: PLC0415

    parser = _command(
        commands,
        "status",
        "show what the running daemon knows now",
        "It asks the daemon on this machine; neither broker nor Home Assistant is needed. "
        "The daemon answers root, its own user and the members of the group gpio.",
        example="chair-sensor status",
        with_settings=False,
    )
    add_options(parser)


def _add_homeassistant(commands: "argparse._SubParsersAction[Parser]") -> None:
    from sensor.commands.homeassistant import add_commands  # noqa: PLC0415

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
    if not hasattr(signal, "SIGHUP"):
        raise ChairSensorError("the daemon needs Linux; `chair-sensor simulate` runs anywhere")
    # A terminal that is closed is no reason to leave the chair, not even while starting.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    config = loaded(options)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)  # nothing is open yet: the end is at once
    from sensor.app import resident  # noqa: PLC0415  (only this command needs it)

    if code := resident(config, record=options.record):
        raise SystemExit(code)


def _check_config(options: argparse.Namespace) -> None:
    from sensor.settings.chairs import clashes  # noqa: PLC0415
    from sensor.settings.loading import describe, load_with_origins  # noqa: PLC0415
    from sensor.settings.unit import ONE  # noqa: PLC0415
    from sensor.storage.in_force import in_force  # noqa: PLC0415

    written = load_with_origins(config_file=options.config, overrides=options.set)
    if problems := [*clashes(written.config)]:
        raise SettingsError(*problems)
    now = in_force(written.config, written.origins)
    file = options.config or ONE.settings
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
