"""Asking at a terminal, and not asking where options have answered."""

import io
import os
import pty
import subprocess
import sys
import tomllib
from contextlib import chdir
from pathlib import Path

import pytest

from sensor.commands import main
from sensor.errors import SettingsError
from sensor.setup.prompts import TerminalPrompts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Type these lines."""
    lines = io.StringIO()
    monkeypatch.setattr("sys.stdin", lines)
    return lines


def types(lines: io.StringIO, text: str) -> None:
    """Type a text."""
    lines.write(text)
    lines.seek(0)


def test_asks_until_it_is_yes_or_no(typed: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """Enter takes the proposal; anything else is asked again."""
    types(typed, "maybe\nNO\n\n")
    person = TerminalPrompts({}, unattended=False)

    assert person.agree("retry", "Again?", proposal=True) is False
    assert person.agree("retry", "Again?", proposal=True) is True
    assert "Please answer yes or no." in capsys.readouterr().out


def test_proposal(typed: io.StringIO) -> None:
    """Enter takes the proposal of a text, too."""
    types(typed, "\n  Sofa \n")
    person = TerminalPrompts({}, unattended=False)

    assert person.ask("name", "Name", "Desk chair") == "Desk chair"
    assert person.ask("name", "Name", "Desk chair") == "Sofa"


def test_answers_count_once(typed: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """An option answers the first time; after that somebody is asked."""
    types(typed, "by hand\n")
    person = TerminalPrompts({"broker": "given"}, unattended=False)

    assert person.knows("broker")
    assert person.ask("broker", "Broker", "") == "given"
    assert person.ask("broker", "Broker", "") == "by hand"
    assert "Broker: given\n" in capsys.readouterr().out


def test_unattended() -> None:
    """With nobody there, proposals are taken, once: a question that returns is an error."""
    person = TerminalPrompts({}, unattended=True)

    assert person.agree("write", "Write?", proposal=True) is True
    assert person.ask("name", "Name", "Desk chair") == "Desk chair"
    with pytest.raises(SettingsError, match="or --name"):
        person.ask("name", "Name", "Desk chair")
    with pytest.raises(SettingsError, match="--password-file"):
        person.secret("password_file", "Password")


def test_nobody_there(typed: io.StringIO) -> None:
    """At the end of input it is one line that says what to do."""
    types(typed, "")
    person = TerminalPrompts({}, unattended=False)

    with pytest.raises(SettingsError, match="Use --yes to accept the defaults"):
        person.ask("name", "Name", "")
    with pytest.raises(SettingsError, match="--yes to leave the test with a sitter out"):
        person.ready("Get up.")
    with pytest.raises(SettingsError, match="Correct the fault and run this again") as told:
        person.agree("retry", "Again?", proposal=True)
    assert "--" not in str(told.value)


def test_what_others_send_is_shown_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    """Names and values from the broker reach the terminal without its commands."""
    person = TerminalPrompts({}, unattended=False)

    person.say("the list:\n  1  zigbee2mqtt/\x1b]0;owned\x07")
    person.show("seat: \x1b[2J on\n")

    assert capsys.readouterr().out == (
        "the list:\n  1  zigbee2mqtt/\\x1b]0;owned\\x07\nseat: \\x1b[2J on\\n\n"
    )


def test_dumb_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal only changes are shown, a line each, and no control characters."""
    person = TerminalPrompts({}, unattended=False)

    for level, left in (("free", 3), ("free", 2), ("PRESSED", 1), ("PRESSED", 0)):
        person.show(level, f" ({left} s)")

    assert capsys.readouterr().out == "free\nPRESSED\n"


class TestCommand:
    """`chair-sensor setup` as it is typed."""

    WHISPER = (
        "from sensor.setup.prompts import TerminalPrompts;"
        "person = TerminalPrompts({}, unattended=False);"
        "person.show('live'); print(len(person.secret('password_file', 'Password')))"
    )

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
    def test_unattended(
        self,
        tmp_path: Path,
        mosquitto: object,
        capsys: pytest.CaptureFixture[str],
        encoding: str,
    ) -> None:
        """Every answer by option: the file is written, the password beside it."""
        port = mosquitto().port  # type: ignore[operator]
        secret = tmp_path / "secret"
        secret.write_bytes("\ufeffhunter2\r\n".encode(encoding))
        file = tmp_path / "config.toml"

        code = main.main(
            [
                *("setup", "--yes", "--config", str(file), "--skip", "mat", "--skip", "buzzer"),
                *("--name", "Sofa", "--broker", f"127.0.0.1:{port}", "--username", "chair"),
                *("--password-file", str(secret)),
            ]
        )

        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        assert "hunter2" not in said.out
        assert "No broker was found" not in said.out
        assert 'username = "chair"' in file.read_text()
        assert (tmp_path / "mqtt_password").read_text() == "hunter2\n"

    def test_any_setting(self, tmp_path: Path) -> None:
        """What is not asked is set by option, in the shape that a file has."""
        file, path = tmp_path / "config.toml", tmp_path / "state"
        others = (
            *("chair.id=7", "pins.mat=6", "pins.led=22,27", "mqtt.discovery=off"),
            *("sit_limit=45m", "goals=true", "max_snoozes=3", "keep_days=none"),
        )

        with chdir(tmp_path):
            code = main.main(
                [
                    *("setup", "--yes", "--config", str(file), "--broker", "none"),
                    *("--skip", "mat", "--skip", "buzzer", "--set", "state_dir=state"),
                    *(f"--set={other}" for other in others),
                ]
            )

        assert code == 0
        assert tomllib.loads(file.read_text()) == {
            "sit_limit": "45m",
            "goals": True,
            "max_snoozes": 3,
            "keep_days": "none",
            "state_dir": str(path),
            "chair": {"id": "7"},
            "pins": {"mat": 6, "led": [22, 27]},
            "mqtt": {"host": "none", "discovery": False},
        }

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--yes", "--heard", "yes"], "--heard needs somebody on the chair"),
            (["--set", "chair.idd=x"], "Did you mean chair.id?"),
            (["--set", "hunter2"], "--set without a value"),
            (["--set", "mqtt.password=hunter2"], "use --password-file"),
            (["--enable", "maybe"], "--enable 'maybe' is neither yes nor no"),
            (["--heard", "no"], "--heard changes nothing with --skip buzzer; leave it out"),
            (["--sit-confirm", "no"], "--sit-confirm changes nothing with --skip mat"),
            (["--stop", "no"], "--stop changes nothing with --skip mat and --skip buzzer"),
            (["--skip=broker", "--tls", "yes"], "--tls changes nothing with --skip broker"),
            (["--skip=broker", "--broker", "x"], "--broker changes nothing with --skip broker"),
            (["--skip=service", "--enable", "no"], "--enable changes nothing with --skip service"),
            (["--broker", "None", "--username", "u"], "--username changes nothing with --broker n"),
            (["--broker", "x", "--install-broker", "yes"], "--install-broker changes nothing with"),
            (["--yes", "--open-broker", "yes"], "changes nothing without --install-broker yes"),
            (["--install-broker", "no", "--open-broker", "yes"], "--open-broker changes nothing"),
            (["--set", "chair.id=x", "--id", "y"], "--id changes nothing beside --set chair.id"),
            (["--set", "mqtt.host=x", "--broker", "y"], "changes nothing beside --set mqtt.host"),
            (["--password-file", "/nonexistent"], "--password-file /nonexistent: No such file"),
            (["--password-file", "/dev/null/x"], "--password-file /dev/null/x: Not a directory"),
            (["--broker", "broker lan", "--yes"], "must be the name or address of a host alone"),
            (["--broker", "::1:1884", "--yes"], "Write [::1]:1884 or [::1:1884]."),
            (
                ["--broker", "x", "--username", "chair", "--yes"],
                "The password has no default; add --password-file FILE",
            ),
            (
                ["--broker", "host:99999", "--yes"],
                "mqtt.port must be a whole number, 1 to 65535 (got '99999', your answer).",
            ),
            (["--broker", "mqtt://chair:hunter2@host", "--yes"], "must not hold a user"),
            (
                ["--id", "My Desk", "--yes"],
                "chair.id must be 1 to 64 of a-z, 0-9, _ and - (got 'My Desk', your answer).",
            ),
        ],
    )
    def test_mistakes(
        self, options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A wrong answer in an option is one line, exit 2, and nothing is written."""
        skipped = ("--skip", "mat", "--skip", "buzzer", "--config", str(tmp_path / "c.toml"))

        assert main.main(["setup", *skipped, *options]) == 2

        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("chair-sensor: ")
        assert message in line
        assert "hunter2" not in line
        assert not (tmp_path / "c.toml").exists()

    def test_stop_in_a_dry_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A dry run stops no service."""
        file = str(tmp_path / "c.toml")

        assert main.main(["setup", "--config", file, "--dry-run", "--stop", "yes"]) == 2

        assert "--stop changes nothing with --dry-run; leave it out" in capsys.readouterr().err

    def test_password_is_not_echoed(self, tmp_path: Path) -> None:
        """On a real terminal the whole talk works, and the password is not shown."""
        parent, child = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-c", self.WHISPER],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
        ):
            os.close(child)
            seen = b""
            while b"Password: " not in seen:
                seen += os.read(parent, 999)
            os.write(parent, b"hunter2\n")
            while b"7" not in seen.split(b"Password: ")[1]:
                seen += os.read(parent, 999)
            os.close(parent)

        assert b"hunter2" not in seen
        assert seen.startswith(b"\r\x1b[Klive\r\n")
