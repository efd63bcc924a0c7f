"""Files that no program has written, or that a disk has spoilt: what is left is one clear line.

Scripts, recordings, exports and databases, each changed at random, through the command line. The
settings file has a test of its own (`test_settings_fuzz.py`), and so have the daemon's database
(`storage/test_damage.py`) and the commands of strangers (`simulator/test_wild_commands.py`).
"""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import pytest

from sensor.commands.main import main
from sensor.simulator.simulation import World

LIFE = """\
0:00:10 sit
0:10:00.5 chatter 2m 70%
0:20:00 suspend 40s
0:25:00 publish set/sit_limit 20
0:30:00 broker down
0:40:00 crash 7s
0:41:00 unplug
0:42:00 plug
0:50:00 broker up
0:51:00 reboot 90s unsynced
0:55:00 clock +90s
1:10:00 press
1:12:00 stand
1:20:00 end
"""
PIECES = [
    *(b"", b"-1", b"1e308", b"1e999", b"NaN", b"-Infinity", b"null", b"true", b"[[", b"{}", b'"x"'),
    *(b"\n", b"\0", b"\xff\xfe", b"9" * 400, b"1e12", b"-86400", b"\xe2\x98\x83", b"#"),
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 0.5, 1e9, -1e9, 1e300, 10**30, float("nan"), "", "x", [], {}),
    *("9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-12:00", "NaN", 86400 * 400),
]


def scribbled(random: Random, content: bytes) -> bytes:
    """Change a few bytes, add some, or cut the rest off."""
    spoilt = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(spoilt) + 1)
        until = min(len(spoilt), at + random.choice((0, 1, 3, 40)))
        piece = random.choice([*PIECES, random.randbytes(5), bytes(spoilt[at:until]) * 2])
        spoilt[at:until] = piece
    return bytes(spoilt[: random.randrange(len(spoilt) + 1)] if random.random() < 0.1 else spoilt)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every container and key of a nested JSON value."""
    if isinstance(value, dict | list):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from places(inner)


def revalued(random: Random, value: Any) -> None:
    """Put something else somewhere."""
    container, key = random.choice(list(places(value)))
    container[key] = random.choice(VALUES)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a script, its recording, its database, and an export of that."""
    folder = tmp_path_factory.mktemp("sound")
    script, state = folder / "script", folder / "state"
    script.write_text(LIFE)
    state.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        stop = World.stop

        def keep(world: World, why: str) -> None:
            stop(world, why)
            copy(world.state_dir / "chair-sensor.db", state)

        patch.setattr(World, "stop", keep)
        assert main(["simulate", "--script", str(script), "--record", str(folder / "day")]) == 0
    where = f"state_dir={state}"
    assert main(["export", "--set", where, "--output", str(folder / "history.json")]) == 0
    return folder


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let the simulations say nothing, and leave the log as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield
    logger.handlers[:], logger.level = handlers, level


@pytest.fixture
def ends_well(capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """Run a command: all well, or one line and the exit code that goes with it."""

    def run(*arguments: str, failing: tuple[int, ...]) -> int:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr().err.splitlines()
        assert code in (0, *failing), said
        if code:
            [line] = said
            assert line.startswith("chair-sensor: ")
            assert line.isprintable()
        return code

    return run


@pytest.mark.slow
def test_scripts(sound: Path, tmp_path: Path, ends_well: Any) -> None:
    """A spoilt script is told with its line, exit 2; or it still is a script, and runs."""
    random = Random(1)  # noqa: S311  (repeatable)
    file = tmp_path / "script"
    for _ in range(100):
        file.write_bytes(scribbled(random, (sound / "script").read_bytes()))
        ends_well("simulate", "--script", str(file), failing=(2,))


@pytest.mark.slow
def test_recordings(sound: Path, tmp_path: Path, ends_well: Any) -> None:
    """A spoilt recording is told with its line, exit 2; or it still is one, and is lived again."""
    random = Random(2)  # noqa: S311  (repeatable)
    file, lines = tmp_path / "day", (sound / "day").read_bytes().splitlines()
    for number in range(60):
        if number % 2:
            changed = list(lines)
            at = random.randrange(len(lines))
            line = json.loads(lines[at])
            revalued(random, line)
            changed[at] = json.dumps(line).encode()
            file.write_bytes(b"\n".join(changed))
        else:
            file.write_bytes(scribbled(random, b"\n".join(lines)))
        ends_well("simulate", "--replay", str(file), failing=(2,))


@pytest.mark.slow
def test_imports(sound: Path, tmp_path: Path, ends_well: Any) -> None:
    """A spoilt export is refused whole, exit 2; what is taken can be reported on."""
    random = Random(3)  # noqa: S311  (repeatable)
    file, whole = tmp_path / "history.json", (sound / "history.json").read_bytes()
    where = ("--set", f"state_dir={tmp_path}")
    for number in range(100):
        copy(sound / "state" / "chair-sensor.db", tmp_path)
        if number % 2:
            history = json.loads(whole)
            revalued(random, history)
            file.write_text(json.dumps(history))
        else:
            file.write_bytes(scribbled(random, whole))
        if ends_well("import", str(file), *where, failing=(1, 2)) == 0:
            assert ends_well("report", "all", "--json", *where, failing=()) == 0


@pytest.mark.slow
def test_databases(sound: Path, tmp_path: Path, ends_well: Any) -> None:
    """What cannot be read of a damaged database is said in one line, exit 1."""
    random = Random(4)  # noqa: S311  (repeatable)
    file, whole = tmp_path / "chair-sensor.db", (sound / "state" / "chair-sensor.db").read_bytes()
    commands = [
        ("report", "all", "--json"),
        ("report", "2026-W10", "--csv"),
        ("export",),
        ("import", str(sound / "history.json")),
        ("forget", "all", "--yes"),
    ]
    for number in range(100):
        spoilt = bytearray(whole)
        for _ in range(random.randint(1, 5)):
            at = random.randrange(len(spoilt))
            scribble = random.randbytes(random.randrange(1, 64))
            spoilt[at : at + len(scribble)] = scribble
        file.write_bytes(bytes(spoilt))
        command = commands[number % len(commands)]
        ends_well(*command, "--set", f"state_dir={tmp_path}", failing=(1,))
