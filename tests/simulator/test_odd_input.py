"""Scripts, recordings and starts that nobody expects: they play, or are refused in one line."""

import io
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from sensor.commands.main import main

SCRIPT = "0:00:10 sit\n0:10:00 publish set/sit_limit 20\n1:00:00 stand # away\n2:00:00 end\n"
ODD = [
    *(b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0", b"\xff", b"\r\n", b"\xe2\x80\xa8"),
    *(b"\x1c", b"#", b":", b"0:00 ", b"\xc3\xa9", b"9" * 5000, b"%", b"-", b"+", b"\xd9\xa3"),
    *(b"1e9s", b"nan", b"inf", b"0:10 sit\n", b"clock +999999h\n", b"chatter 1s 101%"),
]
Simulate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def simulate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Simulate:
    """Simulate with a script at standard input; return code, output and errors."""

    def run(script: bytes, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(script)))
        code = main(["simulate", "--script", "-", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_saved_anywhere(simulate: Simulate, tmp_path: Path, encoding: str, end: str) -> None:
    """A script plays the same from each editor, from a file and from standard input."""
    text = SCRIPT.replace("away", "für heute").replace("\n", end).encode(encoding)
    file = tmp_path / "script.txt"
    file.write_bytes(text)
    records = [tmp_path / "one.jsonl", tmp_path / "two.jsonl", tmp_path / "three.jsonl"]

    assert simulate(SCRIPT.encode(), "--jsonl", str(records[0]))[0] == 0
    assert simulate(text, "--jsonl", str(records[1]))[0] == 0
    assert main(["simulate", "--script", str(file), "--jsonl", str(records[2])]) == 0

    assert records[0].read_bytes() == records[1].read_bytes() == records[2].read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_recording_saved_anywhere(tmp_path: Path, simulate: Simulate, encoding: str) -> None:
    """A recording that went through an editor is lived again as it was."""
    recording, first, again = (tmp_path / name for name in ("recording", "first", "again"))
    simulate(SCRIPT.encode(), "--record", str(recording), "--jsonl", str(first))
    recording.write_bytes(recording.read_text("utf-8").encode(encoding))

    assert main(["simulate", "--replay", str(recording), "--jsonl", str(again)]) == 0
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_damaged_scripts(simulate: Simulate, seed: int) -> None:
    """Whatever bytes a script holds, it plays or is refused in one line with its name."""
    random = Random(seed)  # noqa: S311  (it must be repeatable)
    for _ in range(10):
        script = bytearray(SCRIPT.encode())
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(script) + 1)
            script[place : place + random.choice((0, 0, 1, 3))] = random.choice(ODD)
        code, _, err = simulate(bytes(script))

        assert code == 0 or (code == 2 and len(err.splitlines()) == 1), (script, err)
        assert code == 0 or "standard input" in err or "of the script" in err


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
@pytest.mark.parametrize(
    "start",
    [
        *("9999-12-31T23:59:59", "9999-12-31T23:59:59-12:00", "9999-12-31", "0001-01-01"),
        *("0001-01-01T00:00:00+14:00", "9998-12-31T23:59:59-12:00", "-1", "", "24:00", "\udcff"),
    ],
)
def test_ends_of_the_calendar(simulate: Simulate, start: str, zone: str) -> None:
    """A start at which the calendar has no room is refused in one line."""
    code, _, err = simulate(SCRIPT.encode(), f"--start={start}", "--timezone", zone)

    if start:  # nothing stands for the usual start
        [line] = err.splitlines()
        assert code == 2
        assert "--start" in line


@pytest.mark.slow
@pytest.mark.parametrize("start", ["1969-12-31T23:59:59", "0003-01-01", "2038-01-19", "9900-01-01"])
@pytest.mark.parametrize("by", ["+1h", "-1h", "+870h", "+999999h", "-999999h"])
def test_far_clocks(simulate: Simulate, start: str, by: str) -> None:
    """Far years and jumps of a century are lived, or refused in one line before anything runs."""
    script = f"0:00:10 sit\n0:10:00 clock {by}\n1:10:00 stand\n30:00:00 end\n"
    code, out, err = simulate(script.encode(), f"--start={start}")

    assert code == 0 or (code == 2 and len(err.splitlines()) == 1 and not out)


@pytest.mark.parametrize(
    "arguments", [("--sitter", "office", "--days", "3"), ("--sitter", "office", "--days", "10000")]
)
def test_random_sitter_at_the_end(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """A random sitter ends with the calendar, too."""
    code = main(["simulate", *arguments, "--start", "9998-12-30T08:00:00"])

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert "the years 2 to 9998" in line or "the calendar ends" in line


def test_a_full_disk_for_the_records(simulate: Simulate) -> None:
    """A file of records that cannot be written is named."""
    code, _, err = simulate(SCRIPT.encode(), "--jsonl", "/dev/full")

    [line] = err.splitlines()
    assert code == 1
    assert line.startswith("chair-sensor: /dev/full: No space left on device")
