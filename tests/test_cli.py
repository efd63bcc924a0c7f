"""The command line: exit codes, help, and mistakes told in one line."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sensor import __version__
from sensor.commands.help import TOPICS
from sensor.commands.main import GROUPS, _parser, main
from sensor.commands.parser import Parser
from sensor.simulator.simulate import ready_scripts

ROOT = Path(__file__).parents[1]
COMMANDS = ["run", "simulate", "check-config", "silence"]
SECRET = "hunter2-is-my-password"  # noqa: S105  (that is the point)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Start `chair-sensor` in a process of its own, at home in an empty folder."""

    def run(
        *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CHAIR_SENSOR_")}
        return subprocess.run(
            [sys.executable, "-m", "sensor", *arguments],
            env=kept | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)} | environment,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def in_words(text: str) -> str:
    """Undo argparse's line breaks."""
    return " ".join(text.split())


def leaves(parser: Parser) -> Iterator[Parser]:
    """Give the parser of each command, those that follow another one included."""
    for command in parser.commands.values():
        yield command
        yield from leaves(command)


class TestHelp:
    """What `--help` says."""

    def test_all_commands(self, run: Run) -> None:
        """The help names every command and every exit code."""
        done = run("--help")

        assert (done.returncode, done.stderr) == (0, "")
        for command in [*COMMANDS, "setup", "doctor", "status"]:
            assert re.search(rf"^    {command}\b", done.stdout, re.MULTILINE)
        assert re.findall(r"^  (\d)  ", done.stdout, re.MULTILINE) == ["0", "1", "2"]

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Each command has its own help, with every option explained, and ends with 0."""
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])

        text = capsys.readouterr().out
        assert ended.value.code == 0
        assert "exit codes:" in text
        assert "one setting, for example sit_limit=45m" in in_words(text)
        assert "%(" not in text
        assert "None" not in text

    def test_ready_scripts(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The help of `simulate` names every ready script."""
        with pytest.raises(SystemExit):
            main(["simulate", "--help"])

        text = capsys.readouterr().out
        assert [name for name in ready_scripts() if name not in text] == []

    @pytest.mark.parametrize("command", COMMANDS)
    def test_no_secrets(
        self, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A password in the environment shows in no help."""
        monkeypatch.setenv("CHAIR_SENSOR_MQTT__PASSWORD", SECRET)

        with pytest.raises(SystemExit):
            main([command, "--help"])

        assert SECRET not in capsys.readouterr().out

    def test_every_command_is_in_a_group(self) -> None:
        """No command is missing in the help, and each has an example that is understood."""
        parser = _parser()

        listed = [name for names in GROUPS.values() for name in names.split()]
        assert sorted(listed) == sorted(parser.commands)
        for command in leaves(parser):
            for line in (command.epilog or "").splitlines():
                if found := re.match("  (?:sudo )?chair-sensor (.*)", line):
                    assert parser.parse_args(found[1].split()).command

    @pytest.mark.parametrize("columns", ["60", "80"])
    def test_width(self, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """No sentence of a help text is wider than the terminal."""
        monkeypatch.setenv("COLUMNS", columns)
        for command in [_parser(), *leaves(_parser())]:
            _usage, _, text = command.format_help().partition("\n\n")
            sentences = re.split("exit codes:|for example:", text)[0]

            assert max(map(len, sentences.splitlines()), default=0) <= int(columns)

    def test_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a command: where to begin, in six lines, each a command that there is."""
        assert main([]) == 2

        _, _, *lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 6
        assert max(map(len, lines)) < 80
        for line in lines[:-1]:
            command = re.split(r"  +", line)[1].removeprefix("sudo ").removeprefix("chair-sensor ")
            assert _parser().parse_args(command.split()).command

    @pytest.mark.parametrize("topic", TOPICS)
    def test_pages(
        self, topic: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each page can be read in the terminal: no markup, nothing of a table lost."""
        monkeypatch.setenv("COLUMNS", "80")
        source = (ROOT / TOPICS[topic]).read_text("utf-8")

        assert main(["help", topic]) == 0

        text = capsys.readouterr().out
        assert "](" not in re.sub(r"^ {4}\S.*", "", text, flags=re.MULTILINE)  # but for code
        assert "```" not in text
        for row in re.findall(r"^\| *`([a-z_.]+)`", source, re.MULTILINE):
            assert row in text

    def test_help_of_a_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`help COMMAND` is what `COMMAND --help` says; a word of it may follow."""
        assert main(["help", "homeassistant", "purge"]) == 0
        assert "usage: chair-sensor homeassistant purge" in capsys.readouterr().out
        assert main(["help", "hardwar"]) == 2
        assert "did you mean hardware?" in capsys.readouterr().err

    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`--version` is one line."""
        with pytest.raises(SystemExit) as ended:
            main(["--version"])

        assert ended.value.code == 0
        assert capsys.readouterr().out == f"chair-sensor {__version__}\n"


class TestMistakes:
    """Whatever is typed wrong: a plain line, exit 2, no traceback."""

    @pytest.mark.parametrize(
        "arguments",
        [[], ["nonsense"], ["run", "--nonsense"], ["simulate", "--speed", "x"], ["simulate", "-1"]],
    )
    def test_usage(self, arguments: list[str], run: Run) -> None:
        """A wrong option or command shows the usage."""
        done = run(*arguments)

        assert done.returncode == 2
        assert done.stderr.startswith("usage: chair-sensor")
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "meant"),
        [
            (["staus"], "did you mean status?"),
            (["homeassistant", "dashbord"], "did you mean dashboard?"),
            (["simulate", "--spede", "3"], "did you mean --speed?"),
            (["simulate", "workday"], "did you mean --script workday?"),
            (["simulate", "day.recording"], "did you mean --replay day.recording?"),
            (["check-config", "my.toml"], "did you mean --config my.toml?"),
            (["run", "--sit-limit=45m"], "--set sit_limit=VALUE"),
            (["report", "--week"], "did you mean week?"),
            (["report", "week", "week.html"], "did you mean --html week.html?"),
            (["--config", "my.toml", "run"], "write run --config"),
            (["homeassistant"], "name one of: blueprint, dashboard, purge"),
            (["simulate", "--days", "x"], "--days must be a whole number (got 'x')"),
            (["report", "--html"], "--html needs a value: --html FILE|DIR"),
        ],
    )
    def test_meant(
        self, arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A slip is told with what was probably meant."""
        with pytest.raises(SystemExit) as ended:
            main(arguments)

        said = capsys.readouterr().err
        assert ended.value.code == 2
        assert meant in said
        assert len(said.splitlines()) == 2

    def test_period_meant(self, capsys: pytest.CaptureFixture[str]) -> None:
        """So are a ready script and a period."""
        assert main(["simulate", "--script", "workdya"]) == 2
        assert "Did you mean workday?" in capsys.readouterr().err
        assert main(["report", "yesterdy"]) == 2
        assert "did you mean yesterday?" in capsys.readouterr().err

    @pytest.mark.parametrize("command", COMMANDS)
    def test_settings(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Every wrong setting is one line that begins with the program's name, all at once."""
        code = main([command, "--set", "sit_limitt=5m", "--set", "snooze=never"])

        said = capsys.readouterr()
        assert code == 2
        lines = said.err.splitlines()
        assert len(lines) == 2
        assert all(line.startswith("chair-sensor: ") for line in lines)
        assert "Did you mean sit_limit" in said.err
        assert said.out == ""

    @pytest.mark.parametrize("command", COMMANDS)
    def test_config_file(
        self, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file that is not there, a folder, garbage: one line with its name."""
        (tmp_path / "garbage.toml").write_bytes(b"\xff\xfe[[[")
        for path in (tmp_path / "missing.toml", tmp_path, tmp_path / "garbage.toml"):
            code = main([command, "--config", str(path)])

            assert code == 2
            [line] = capsys.readouterr().err.splitlines()
            assert line.startswith(f"chair-sensor: {path}")

    @pytest.mark.slow
    def test_secret_in_a_mistake(self, run: Run, tmp_path: Path) -> None:
        """A password shows in no error, wherever it was written and whatever else is wrong."""
        config = tmp_path / "config.toml"
        config.write_text(f'sit_limit = 5000000\n[mqtt]\npassword = "{SECRET}"\nnonsense = 1\n')
        done = run("check-config", "--config", "config.toml", "--set", f"mqtt.pasword={SECRET}")

        assert done.returncode == 2
        assert SECRET not in done.stdout + done.stderr

    @pytest.mark.slow
    def test_secret_in_what_is_shown(self, run: Run) -> None:
        """`check-config` says that there is a password, not which."""
        done = run("check-config", CHAIR_SENSOR_MQTT__PASSWORD=SECRET)

        assert done.returncode == 0
        assert SECRET not in done.stdout + done.stderr
        assert re.search(r"^mqtt\.password = .*environment", done.stdout, re.MULTILINE)


class TestCommands:
    """What the commands do on a machine without pins."""

    @pytest.mark.slow
    @pytest.mark.parametrize("command", ["run", "silence"])
    def test_not_a_pi(self, command: str, run: Run) -> None:
        """Without GPIO it is one line that says what to do, exit 1."""
        if list(Path("/dev").glob("gpiochip*")):
            pytest.skip("this machine has pins")

        done = run(command)

        assert done.returncode == 1
        lines = [line for line in done.stderr.splitlines() if line.startswith("chair-sensor: ")]
        assert len(lines) == 1
        assert "Traceback" not in done.stderr
        assert "`chair-sensor simulate` runs anywhere" in lines[0]

    @pytest.mark.slow
    def test_check_config(self, run: Run) -> None:
        """It shows every setting with its value and where it comes from, what differs first."""
        done = run("check-config", "--all", "--set", "sit_limit=45m", CHAIR_SENSOR_SNOOZE="7m")

        assert done.returncode == 0
        assert done.stdout.index("snooze = 7m") < done.stdout.index("break_min = 5m")
        assert "sit_limit = 45m  (--set)" in done.stdout
        assert re.search(r"^snooze = 7m  \(environment .*\)$", done.stdout, re.MULTILINE)
        assert "break_min = 5m\n" in done.stdout

    @pytest.mark.slow
    def test_script_on_standard_input(self, run: Run) -> None:
        """`simulate --script - --jsonl -` is a filter: records on stdout, the log beside it."""
        done = run("simulate", "--script", "-", "--jsonl", "-", stdin="0:10 sit\n1:00 end\n")

        assert done.returncode == 0
        assert all(line.startswith('{"t": ') for line in done.stdout.splitlines())
        assert "sitting" in done.stderr

    @pytest.mark.slow
    def test_bad_script(self, run: Run) -> None:
        """A script that cannot be read is told with its line, and nothing runs."""
        done = run("simulate", "--script", "-", "--jsonl", "-", stdin="0:10 sit\n1:00 jump\n")

        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert line.startswith("chair-sensor: standard input")
        assert "2" in line
        assert "jump" in line

    @pytest.mark.slow
    def test_reader_has_gone(self, tmp_path: Path) -> None:
        """`| head` is no reason for a traceback."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-m", "sensor", "simulate", "--script", "workday", "--jsonl", "-"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()

        assert first.startswith('{"t": 0')
        assert "Traceback" not in errors
        assert "BrokenPipe" not in errors


def test_a_reader_who_has_gone_is_no_traceback_of_another_thread() -> None:
    """With `| head` the network's thread may be the next to write: it goes on without a word."""
    code = """if True:
        import logging, os, sys, threading
        from sensor.commands.simulate import _Lines
        reader, writer = os.pipe()
        os.close(reader)
        logging.getLogger().addHandler(_Lines(os.fdopen(writer, "w", 1)))
        thread = threading.Thread(target=logging.warning, args=["away"])
        thread.start()
        thread.join()
        try:
            logging.warning("away")
        except BrokenPipeError:
            os._exit(5)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert (done.returncode, done.stderr) == (5, "")
