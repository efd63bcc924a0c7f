"""A signal at any moment of a command: it ends at once, without a traceback or anything left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
HELD = """if True:
    import os, signal, sys
    sys.argv = ["chair-sensor", *sys.argv[1:]]
    number = int(sys.argv.pop())
    class Finder:
        def find_spec(self, name, *_):
            if name == "{module}":
                os.kill(os.getpid(), number)
    sys.meta_path.insert(0, Finder())
    from sensor.__main__ import main
    sys.exit(main())
"""
"""A program that gets its signal while it imports a module."""


Done = subprocess.CompletedProcess[str]


def held(folder: Path, module: str, number: int, *arguments: str, before: str = "env") -> Done:
    """Run a command that gets a signal when it imports a module."""
    return subprocess.run(
        [before, sys.executable, "-c", HELD.format(module=module), *arguments, str(int(number))],
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "TMPDIR": str(folder)},
        cwd=folder,
        input="0:10 sit\n1:00 end\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("sensor.commands.main", ["report"]),
        ("sensor.settings.loading", ["check-config"]),
        ("sensor.simulator.real_broker", ["simulate"]),
        ("sensor.doctor.examination", ["doctor"]),
        ("sensor.report.terminal", ["report"]),
    ],
)
def test_while_it_starts(tmp_path: Path, module: str, arguments: list[str], number: int) -> None:
    """Whatever is being loaded when the signal comes, nothing is said and nothing stays behind."""
    done = held(tmp_path, module, number, *arguments)

    assert done.returncode in (0, 1, 128 + number, -number)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nohup(tmp_path: Path) -> None:
    """A signal that the caller ignores stays ignored: `nohup chair-sensor simulate` goes on."""
    script = ("simulate", "--script", "-")
    done = held(tmp_path, "sensor.simulator.simulation", signal.SIGHUP, *script, before="nohup")

    assert done.returncode == 0
    assert "sitting" in done.stdout


def test_setup_says_that_nothing_was_written(tmp_path: Path) -> None:
    """Ctrl-C at a question of `setup` ends it, and says that the settings are as before."""
    with subprocess.Popen(
        [sys.executable, "-m", "sensor", "setup", "--config", "new.toml", "--skip", "mat"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = b""
        while b"Name of the chair" not in said:
            said += os.read(process.stdout.fileno(), 4096)
        stat = Path(f"/proc/{process.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "S":
            pass  # `input` swallows what a handler raises before it waits for an answer
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()

    assert process.returncode == 130
    assert said.endswith(b"\nNothing was written.\n")
    assert list(tmp_path.iterdir()) == []
