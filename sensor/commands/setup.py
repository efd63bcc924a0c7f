"""`chair-sensor setup`: a guided first run in the terminal."""

import argparse
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sensor.commands.parser import add_chair
from sensor.core.words import Text
from sensor.errors import ChairSensorError, SettingsError
from sensor.settings.durations import is_none
from sensor.settings.values import TLS_FILES
from sensor.setup import PARTS

QUESTIONS: dict[str, tuple[str, str]] = {
    "name": ("NAME", "name of the chair"),
    "id": ("ID", "id of the chair, in its topics and in Home Assistant (default: desk)"),
    "seat": ("wired|wireless", "how the chair knows: a mat on the pins, or a sensor on the broker"),
    "seat_topic": ("TOPIC", "topic of that sensor; or homeassistant, for its blueprint"),
    "zigbee": ("TOPIC", "base topic of Zigbee2MQTT (default: all of one level)"),
    "broker_rights": ("yes|no", "let the chair read that topic, at a mosquitto of setup's own"),
    "broker": ("HOST[:PORT]", "the MQTT broker, or none"),
    "username": ("USER", "user of the broker"),
    "tls": ("yes|no", "whether the broker uses TLS"),
    "ca_file": ("FILE", "CA certificate of the broker"),
    "cert_file": ("FILE", "certificate of the chair"),
    "key_file": ("FILE", "key of that certificate"),
    "install_broker": ("yes|no", "install Debian's mosquitto if no broker is found"),
    "open_broker": ("yes|no", "let the network reach that mosquitto too, encrypted"),
    "stop": ("yes|no", "stop a running service for the test of mat and buzzer"),
    "sit_confirm": ("yes|no", "take the proposal for sit_confirm, if there is one; not with --yes"),
    "leave_confirm": ("yes|no", "the same for leave_confirm; not with --yes"),
    "heard": ("yes|no", "whether the buzzer was heard; not with --yes"),
    "silent": ("yes|no", "whether the buzzer is silent afterwards; not with --yes"),
    "write": ("yes|no", "write the settings"),
    "enable": ("yes|no", "start the service now and at every boot"),
}
PASSWORD = "password_file"  # noqa: S105  (the name of a question)
OF_SOMEBODY = ("sit_confirm", "leave_confirm", "heard", "silent")
"""Questions that need a user who sits and listens."""
OF_PARTS: dict[str, tuple[str, ...]] = {
    "seat": ("seat", "seat_topic", "zigbee", "broker_rights"),
    "mat": ("sit_confirm", "leave_confirm"),
    "buzzer": ("heard", "silent"),
    "broker": ("broker", "username", PASSWORD, "tls", *TLS_FILES, "install_broker", "open_broker"),
    "service": ("enable",),
}
"""Questions of each part that --skip leaves out."""
SETTINGS = {
    "name": "chair.name",
    "id": "chair.id",
    "seat_topic": "seat.topic",
    "broker": "mqtt.host",
    **{name: f"mqtt.{name}" for name in ("username", "tls", *TLS_FILES)},
}
"""Settings that are asked for, by question."""
SECRETS = (("mqtt", "password"), ("mqtt", PASSWORD))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chair-sensor setup`: one for each answer."""
    file = parser.add_mutually_exclusive_group()
    file.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings to begin with and to write (default: /etc/chair-sensor/config.toml)",
    )
    add_chair(file, may_be_new=True)
    parser.add_argument(
        "--yes", action="store_true", help="ask nothing: take answers from options, else proposals"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=PARTS,
        metavar="PART",
        help=f"leave a part out: {', '.join(PARTS)}; may be repeated",
    )
    answers = parser.add_argument_group("answers given in advance")
    for key, (metavar, text) in QUESTIONS.items():
        answers.add_argument(f"--{key.replace('_', '-')}", metavar=metavar, help=text)
    answers.add_argument(
        "--password-file",
        metavar="FILE",
        help="file with the password of that user; - is standard input",
    )
    answers.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="write any other setting, such as chair.id=desk or pins.mat=6; may be repeated",
    )
    parser.set_defaults(command=_setup)


def _setup(options: argparse.Namespace) -> None:
    from sensor.daemon.clock import MachineClock  # noqa: PLC0415  (only this command needs them)
    from sensor.hardware.chips import real_factory  # noqa: PLC0415
    from sensor.languages import translation  # noqa: PLC0415
    from sensor.settings.unit import ONE  # noqa: PLC0415
    from sensor.setup.new_settings import NewSettings  # noqa: PLC0415
    from sensor.setup.prompts import TerminalPrompts  # noqa: PLC0415
    from sensor.setup.system import System  # noqa: PLC0415
    from sensor.setup.wizard import Wizard  # noqa: PLC0415

    answers = _answers(options)
    _check(options, answers)
    settings = NewSettings(options.config)
    settings.take(_others(options.set))
    translate = translation(settings.language)
    prompts = TerminalPrompts(answers, unattended=options.yes, translate=translate)
    system = System(prompts.say, dry=options.dry_run)
    wizard = Wizard(settings, prompts, system, MachineClock(), real_factory)
    try:
        wizard.run([part for part in PARTS if part not in options.skip])
    except SystemExit:  # Ctrl-C
        if not system.has_written:
            prompts.say(Text("\nNothing was written."))
        raise
    if wizard.left:
        left = ", ".join(each.said(translate) for each in wizard.left)
        raise ChairSensorError(
            Text("not finished: {parts}; see above", {"parts": left}).said(translate)
        )
    which = "" if settings.unit else f" --config {settings.file}"
    gaps = {"command": f"sudo {(settings.unit or ONE).command('doctor')}{which}"}
    prompts.say(Text("\nDone. `{command}` checks everything.", gaps))


def _answers(options: argparse.Namespace) -> dict[str, str]:
    given = {key: getattr(options, key) for key in QUESTIONS}
    answers = {key: answer for key, answer in given.items() if answer is not None}
    for key, answer in answers.items():
        first, *others = QUESTIONS[key][0].split("|")
        if others and answer not in (first, *others):
            option, wrong = _option(key), f"is neither {first} nor {others[0]}"
            raise SettingsError(f"{option} {answer!r} {wrong}; write {option} {first}")
        if key in OF_SOMEBODY and options.yes:
            raise SettingsError(
                f"{_option(key)} needs somebody on the chair; leave it out, or --yes"
            )
    if options.password_file is not None:
        answers[PASSWORD] = _secret(options.password_file)
    return answers


NO_BROKER_HERE = (("install_broker", "no"), ("open_broker", "no"))
"""Answers that an unattended call may spell out, whatever else it says."""


def _check(options: argparse.Namespace, answers: Mapping[str, str]) -> None:
    """Refuse options that would change nothing, but for the `no` to a broker that nobody wants.

    Raises SettingsError.
    """
    unasked = {key: f"with --skip {part}" for part in options.skip for key in OF_PARTS[part]}
    if {"mat", "buzzer"} <= {*options.skip}:
        unasked["stop"] = "with --skip mat and --skip buzzer"
    if options.seat == "wired":
        unasked |= dict.fromkeys(("seat_topic", "zigbee", "broker_rights"), "with --seat wired")
    if options.dry_run:
        unasked["stop"] = "with --dry-run"
    if options.broker is not None:
        unasked |= dict.fromkeys(("install_broker", "open_broker"), "with --broker")
        if is_none(options.broker):
            unasked |= dict.fromkeys(
                ("username", PASSWORD, "tls", *TLS_FILES), "with --broker none"
            )
    if options.install_broker == "no" or (options.yes and options.install_broker is None):
        unasked["open_broker"] = "without --install-broker yes"
    for text in options.set:
        setting = text.partition("=")[0].strip()
        unasked |= {
            key: f"beside --set {setting}" for key, name in SETTINGS.items() if name == setting
        }
    for key, answer in answers.items():
        if key in unasked and (key, answer) not in NO_BROKER_HERE:
            raise SettingsError(f"{_option(key)} changes nothing {unasked[key]}; leave it out")


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _others(written: Sequence[str]) -> dict[tuple[str, ...], str]:
    found = {}
    for text in written:
        name, equals, value = text.partition("=")
        key = tuple(name.strip().split("."))
        if not equals:  # the text may be a secret gone astray: it is not shown
            raise SettingsError(
                "--set without a value: write key=value, such as --set chair.id=desk"
            )
        if key in SECRETS:
            raise SettingsError(
                f"--set {name}: every user of this machine could see it; use --password-file FILE"
            )
        found[key] = value
    return found


def _secret(path: str) -> str:
    from sensor.settings.text_files import decoded, read_text  # noqa: PLC0415

    try:
        if path == "-":
            return next(decoded(io.BytesIO(sys.stdin.buffer.readline()))).rstrip("\n")
        return read_text(Path(path)).rstrip("\n")
    except OSError as error:
        reason = f"{error.strerror}; name a file you may read"
    except ValueError as error:
        reason = str(error)
    raise SettingsError(f"--password-file {path}: {reason}")
