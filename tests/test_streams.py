"""Every command on streams that take less than they should: one line at most, no traceback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sensor.settings.loading import load
from sensor.simulator.script import read
from sensor.simulator.simulation import World

ROOT = Path(__file__).parents[1]
NAME = "Büro \N{EIGHTH NOTE} \N{CJK UNIFIED IDEOGRAPH-6905}"
MONDAY = 1_772_438_400.0
"""2026-03-02T08:00:00Z."""
SPEAKING = [
    *("--help", "simulate --help", "--version", "check-config", "exercises"),
    *("report 2026-03-02", "report 2026-W10", "report --json", "report --csv", "export"),
    *("simulate --script night", "simulate --script night --jsonl -", "simulate --sitter office"),
    *("homeassistant blueprint", "homeassistant blueprint daily-summary"),
    *("homeassistant dashboard", "homeassistant discovery"),
]
"""Commands that have something to say, and end with 0."""
FAILING = {
    "doctor": 1,
    "status": 1,
    "nonsense": 2,
    "report --nonsense": 2,
    "report tomorrow": 2,
    "check-config --set nonsense=1": 2,
    "check-config --config none.toml": 2,
    "run --set pins.chip=99": 1,
    "silence --set pins.chip=99": 1,
    "self-check": 2,
    "forget all": 2,
    "import none.json": 2,
    "simulate --script none": 2,
    "setup --set x": 2,
}
"""Commands that fail here, whatever the streams are, with their exit codes."""
PEOPLE = [
    *("--help", "simulate --help", "check-config", "exercises", "simulate --script night"),
    *("report 2026-03-02", "report 2026-W10"),
]
DATA = ["report --json", "export", "homeassistant discovery"]
ENCODINGS = {
    "latin-1": ("latin-1", {}),
    "latin-9": ("iso8859-15", {}),
    "ascii": ("ascii", {}),
    "C": ("utf-8", {"LC_ALL": "C"}),
    "POSIX": ("utf-8", {"LC_ALL": "POSIX"}),
}
"""The encoding that Python chooses for the streams, and what the environment says."""


class Done(NamedTuple):
    """How a command has ended."""

    code: int
    out: bytes
    err: str

    @property
    def complaints(self) -> list[str]:
        """What is told as wrong."""
        return [line for line in self.err.splitlines() if line.startswith("chair-sensor: ")]


Run = Callable[..., Done]


def first_of(commands: Iterable[str]) -> list[Any]:
    """Give the first command to the quick run, and leave the others to the slow one."""
    first, *others = commands
    return [first, *(pytest.param(each, marks=pytest.mark.slow) for each in others)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings in German, and the history of a morning."""
    folder = tmp_path_factory.mktemp("home")
    state = folder / "state"
    state.mkdir()
    fixed = ("chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")
    steps = read("0:00:10 sit\n1:10:00 stand\n2:00:00 end\n", "the script of these tests")
    config = load(overrides=fixed, environ={})
    World(config=config, steps=steps, wall_start=MONDAY, state_dir=state).run()
    (folder / "config.toml").write_text(
        f'state_dir = "{state}"\nlanguage = "de"\n[chair]\nname = "{NAME}"\ntimezone = "UTC"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Iterator[Run]:
    """Run a command on streams of a kind: a name of a file, `closed` or `gone`."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CHAIR_SENSOR_STATE_DIR": str(home / "state"),
        "CHAIR_SENSOR_LANGUAGE": "de",
        "CHAIR_SENSOR_CHAIR__ID": "test",
        "CHAIR_SENSOR_CHAIR__NAME": NAME,
        "CHAIR_SENSOR_CHAIR__TIMEZONE": "UTC",
    }
    with subprocess.Popen(
        [sys.executable, ROOT / "tests/nursery.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None

        def run(
            command: str,
            *,
            out: str = "out",
            err: str = "err",
            encoding: str = "utf-8",
            **more: str,
        ) -> Done:
            for name in ("out", "err"):
                (home / name).write_bytes(b"")
            asked = {
                "arguments": command.split(),
                "environ": environ | more,
                "folder": str(home),
                "streams": (os.devnull, out, err),
                "encoding": encoding,
            }
            print(json.dumps(asked), file=nursery.stdin, flush=True)
            assert nursery.stdout is not None
            code = int(nursery.stdout.readline())
            written = (home / "err").read_text("utf-8", "replace")
            return Done(code, (home / "out").read_bytes(), written)

        yield run
        nursery.stdin.close()


def assert_no_traceback(done: Done) -> None:
    """Fail if the program, the interpreter or the log shows its inside."""
    for said in (done.err, done.out.decode("utf-8", "replace")):
        assert not re.search(r"Traceback|Exception ignored|Logging error|Error: ", said), said


@pytest.mark.slow
@pytest.mark.parametrize("command", SPEAKING)
def test_as_it_should_be(run: Run, command: str) -> None:
    """On sound streams each of these commands says something and ends with 0."""
    done = run(command)

    assert (done.code, done.complaints) == (0, [])
    assert done.out
    assert_no_traceback(done)


@pytest.mark.parametrize("out", ["/dev/full", "closed"])
@pytest.mark.parametrize("command", first_of(SPEAKING))
def test_output_that_takes_nothing(run: Run, command: str, out: str) -> None:
    """A full disk or a closed standard output is one line that names it, and exit 1."""
    done = run(command, out=out)

    assert done.code == 1
    [line] = done.complaints
    reason = "No space left on device" if out == "/dev/full" else "Bad file descriptor"
    assert line == f"chair-sensor: standard output: {reason}; the output is not complete"
    assert_no_traceback(done)


@pytest.mark.slow
def test_records_and_log_that_nothing_takes(home: Path) -> None:
    """Where neither the records nor the log can be written, one line says so."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "sensor",
                *("simulate", "--script", "night", "--jsonl", "/dev/full"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("command", first_of(SPEAKING))
def test_a_reader_who_has_gone(run: Run, command: str) -> None:
    """What `| head` has not read is not worth a word."""
    done = run(command, out="gone")

    assert (done.code, done.complaints) == (0, [])
    assert_no_traceback(done)


@pytest.mark.slow
@pytest.mark.parametrize("err", ["/dev/full", "closed", "gone"])
@pytest.mark.parametrize("command", SPEAKING)
def test_errors_that_nobody_takes(run: Run, command: str, err: str) -> None:
    """A command that has nothing to complain of is not held up by standard error."""
    done = run(command, err=err)

    assert done.code == 0
    assert done.out
    assert_no_traceback(done)


@pytest.mark.parametrize(
    ("out", "err"),
    [
        *(("/dev/full", "err"), ("closed", "err")),
        *(("out", "/dev/full"), ("out", "closed"), ("out", "gone")),
    ],
)
@pytest.mark.parametrize("command", first_of(FAILING))
def test_a_failure_keeps_its_code(run: Run, command: str, out: str, err: str) -> None:
    """What is wrong with a command is told by its exit code, whatever the streams take."""
    done = run(command, out=out, err=err)

    assert done.code == FAILING[command]
    assert done.err or err != "err"
    assert_no_traceback(done)


def test_no_stream_at_all(run: Run, home: Path) -> None:
    """A command without streams works, and no file of its own takes their numbers."""
    done = run("export --output saved.json", out="closed", err="closed")

    assert done.code == 1  # what it says at the end could not be written
    assert json.loads((home / "saved.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", ENCODINGS)
@pytest.mark.parametrize("command", first_of(PEOPLE))
def test_text_for_people(run: Run, command: str, kind: str) -> None:
    """A terminal that knows few letters gets the text in these."""
    encoding, environ = ENCODINGS[kind]
    done = run(command, encoding=encoding, **environ)

    assert (done.code, done.complaints) == (0, [])
    text = done.out.decode("ascii" if kind in ("C", "POSIX") else encoding)
    assert "\\u" not in text.replace(r"\u6905", "")  # no alphabet of the West has the last letter
    assert_no_traceback(done)
    if command == "report 2026-03-02":
        letter, short = ("ü", "ä") if "latin" in kind else ("ue", "ae")
        assert text.startswith(f"B{letter}ro * \\u6905: Montag")
        assert f"L{short}ngste Sitzphase" in text
        assert "##" in text


@pytest.mark.parametrize("kind", ENCODINGS)
@pytest.mark.parametrize("command", first_of(DATA))
def test_data_for_programs(run: Run, command: str, kind: str) -> None:
    """JSON is UTF-8 in every locale, and loses no letter of the chair's name."""
    encoding, environ = ENCODINGS[kind]
    done = run(command, encoding=encoding, **environ)

    told = json.loads(done.out.decode("utf-8"))
    assert command == "export" or NAME in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("kind", ENCODINGS)
@pytest.mark.parametrize("command", first_of(FAILING))
def test_complaints(run: Run, command: str, kind: str) -> None:
    """What is wrong is told in the letters that there are, file names in no encoding, too."""
    encoding, environ = ENCODINGS[kind]
    done = run(f"{command} --config \udcffü", encoding=encoding, **environ)

    assert done.code in (1, 2)
    assert_no_traceback(done)


@pytest.mark.slow
@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}])
def test_a_process_of_its_own(home: Path, locale: dict[str, str]) -> None:
    """The interpreter's own start leads to the same: a report in the letters that there are."""
    done = subprocess.run(
        [sys.executable, "-m", "sensor", "report", "2026-03-02", "--config", "config.toml"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"} | locale,
        cwd=home,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("latin-1").startswith(("Buero * ", "Büro * "))


@pytest.mark.slow
def test_a_shell(home: Path) -> None:
    """In a real shell a reader who has gone and a full disk are told apart."""
    program = f"{sys.executable} -m sensor"
    done = subprocess.run(
        ["sh", "-c", f"{program} exercises | true; {program} exercises > /dev/full"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith("chair-sensor: standard output: No space left on device")
