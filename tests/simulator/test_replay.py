"""A recorded day, lived again, is the same day; a recording that cannot be read is told so."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import main
from sensor.daemon.recording import HEAD, LARGEST
from sensor.simulator.simulate import ready_scripts

EXAMPLES = sorted((Path(__file__).parents[1] / "acceptance" / "examples").glob("*.txt"))
WILD = """\
0:00:10 sit
0:10:00.5 chatter 2m 70%
0:20:00 suspend 40s
0:20:10 stand
0:25:00 sit
0:30:00.123 crash 7.7s
0:30:02 stand
0:31:00 suspend 10m
0:33:00 sit
0:50:00 unplug
0:51:00 plug
0:52:00 publish set/sit_limit 10
0:55:00 publish set/sit_limit nonsense
0:56:00 reboot 90s unsynced
0:56:10 stand
0:56:20 sit
1:01:00 clock +90s
1:01:00 press
1:20:00 broker down
1:22:00 press
1:25:00 restart 3m
1:26:00 broker up
1:30:00.25 reboot 4.5s
1:31:00 stand
1:33:00.125 sit
1:35:00 clock -3h
1:50:00 press
1:59:00 publish do/void PRESS
2:00:00 stand
2:10:00 sit
2:20:00 unplug
2:21:00 restart 20s
2:21:10 plug
2:40:00 end
"""

SEAT_TOPIC = "chair-sensor/simulated/seat/set"
Simulated = Callable[..., list[str]]


@pytest.fixture
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    """Run `simulate` with these arguments; give the records as lines."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> list[str]:
        assert main(["simulate", "--jsonl", "out", *arguments]) == 0
        return (tmp_path / "out").read_text().splitlines()

    return run


def recorded(path: str = "day") -> list[Any]:
    """Read the lines of a recording."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "script", [*sorted(ready_scripts()), *map(str, EXAMPLES)], ids=lambda name: Path(name).stem
)
def test_same_records(simulated: Simulated, script: str) -> None:
    """A replay gives the records of the recorded day, byte for byte."""
    day = simulated("--script", script, "--record", "day")

    assert simulated("--replay", "day") == day


@pytest.mark.slow
def test_wild_day(simulated: Simulated) -> None:
    """Also with crashes, boots without a clock, suspends, clock jumps and commands at once."""
    Path("wild").write_text(WILD)
    day = simulated("--script", "wild", "--record", "day", "--set", "quiet_hours=08:30-08:50")

    assert simulated("--replay", "day") == day


SEAT = """\
0:00:10 publish seat/set {"seated": false, "age": 5}
0:01:00 publish seat/set {"seated": true, "age": 0}
0:05:00 publish seat/set {"seated": true, "age": 240}
0:07:00 publish seat/set {"seated": null, "age": 0}
0:07:30 publish seat/set {"seated": true, "age": 30}
0:08:00 broker down
0:08:02 broker up
0:09:00 crash 3s
0:09:30 publish seat/set {"seated": true, "age": 150}
0:12:00 broker down
0:13:00 broker up
0:14:00 publish seat/set garbage
0:15:00 publish seat/set {"seated": true, "age": 9}
0:40:00 publish seat/set {"seated": false, "age": 0}
1:00:00 end
"""


def test_a_seat_on_the_broker(simulated: Simulated) -> None:
    """What its sensor told is told again; all that followed from it follows again."""
    Path("seat").write_text(SEAT)
    day = simulated(
        *("--script", "seat", "--record", "day"), *("--set", f"seat.topic={SEAT_TOPIC}")
    )

    assert simulated("--replay", "day") == day
    events = [json.loads(line) for line in day if '"event_type"' in line]
    assert len({each["payload"]["event_type"] for each in events}) > 3


def test_a_simulated_seat(simulated: Simulated) -> None:
    """A script's own sensor and its faults are replayed from what was heard of it: same events."""
    Path("seat").write_text(
        "0:10 sit\n10:00 seat battery 7%\n11:00 suspend 3m\n20:00 broker down\n20:10 stand\n"
        "20:40 broker up\n24:00 sit\n30:00 restart\n31:00 bridge down\n40:00 bridge up\n50:00 end\n"
    )
    sensor = ("seat.topic=z/chair", "seat.key=contact", "seat.availability=z/bridge")
    day = simulated(
        *("--script", "seat", "--record", "day"), *(w for s in sensor for w in ("--set", s))
    )

    events = [line for line in day if '"event_type"' in line]
    assert [line for line in simulated("--replay", "day") if '"event_type"' in line] == events
    assert len(events) > 6


def test_a_retained_message_of_the_seat(simulated: Simulated) -> None:
    """One that the broker had kept comes back as such: the bout is estimated."""
    Path("seat").write_text('0:00:10 publish seat/set {"seated": true}\n0:10:00 end\n')
    simulated(*("--script", "seat", "--record", "day"), *("--set", f"seat.topic={SEAT_TOPIC}"))
    lines = [
        [*line[:4], 1] if isinstance(line, list) and line[1] == "seat" else line
        for line in recorded()
    ]
    Path("day").write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    states = [json.loads(line) for line in simulated("--replay", "day") if "/state" in line]
    assert states[-1]["payload"]["estimated"] is True
    assert states[-1]["payload"]["status"] == "sitting"


def test_starts_at_odd_moments(simulated: Simulated) -> None:
    """What happens right at a start stays there, whatever the moments add up to."""
    Path("odd").write_text("0:10 sit\n1:40.1 reboot 2s\n8:20.7 restart 7.7s\n20:00 end\n")
    day = simulated("--script", "odd", "--record", "day")

    assert simulated("--replay", "day") == day


@pytest.mark.parametrize(
    "script",
    [
        "0:10 sit\n10:00 suspend 1h\n1:10:00 suspend 30m\n2:00:00 end\n",
        "0:10 sit\n10:00 suspend 1h\n20:00 suspend 30m\n30:00 suspend 2m\n2:00:00 end\n",
        "0:10 sit\n10:00 suspend 3m\n11:00 stand\n12:00 suspend 90s\n13:30 sit\n30:00 end\n",
    ],
    ids=["after", "within", "moved"],
)
def test_two_suspends_in_a_row(simulated: Simulated, script: str) -> None:
    """A machine that falls asleep again as soon as it is awake does so in the replay."""
    Path("asleep").write_text(script)
    day = simulated("--script", "asleep", "--record", "day")

    assert simulated("--replay", "day") == day


@pytest.mark.parametrize("name", ["Drehstuhl 2.5", "Desk chair"])
def test_language_and_name(simulated: Simulated, name: str) -> None:
    """What is said, and of which chair, is as it was."""
    Path("script").write_text("0:10 sit\n65:00 stand\n71:00 end\n")
    own = ["--set", "language=de", "--set", f"chair.name={name}"]
    day = simulated("--script", "script", "--record", "day", *own)

    assert any(f'"name": "{name}"' in line for line in day)
    assert simulated("--replay", "day") == day


def test_moved_while_down_for_longer(simulated: Simulated) -> None:
    """Whoever sits down while a machine is up again, but not its daemon, does so when he did."""
    Path("long").write_text(
        "0:10 sit\n5:00 stand\n10:00 reboot 25s\n10:10 restart 40s\n10:40 sit\n20:00 end\n"
    )
    day = simulated("--script", "long", "--record", "day")

    assert simulated("--replay", "day") == day


@pytest.mark.slow
def test_random_days(simulated: Simulated) -> None:
    """The random office worker too, in a zone of his own."""
    zone = ["--timezone", "Europe/Berlin", "--start", "2026-03-27T08:00"]
    day = simulated("--sitter", "office", "--days", "2", "--record", "day", *zone)

    assert simulated("--replay", "day") == day


@pytest.mark.slow
def test_a_recording_of_a_replay(simulated: Simulated) -> None:
    """A replay can be recorded, and that recording replayed."""
    day = simulated("--script", "broker-outage", "--record", "day")

    assert simulated("--replay", "day", "--record", "again") == day
    assert simulated("--replay", "again") == day


def test_settings_are_the_recorded_ones(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither environment nor file of this machine counts; what is given with --set does."""
    Path("script").write_text("0:10 sit\n5:00 stand\n6:00 end\n")
    options = ["sit_limit=2m", "level_every=once,60s,30s,5s", "working_hours=Mon-Fri 08:00-09:00"]
    given = [word for option in options for word in ("--set", option)]
    day = simulated("--script", "script", "--record", "day", *given)
    monkeypatch.setenv("CHAIR_SENSOR_SIT_LIMIT", "3m")

    assert simulated("--replay", "day") == day
    other = "\n".join(simulated("--replay", "day", "--set", "sit_limit=4m"))
    assert '"break_due"' in other
    assert '"sit_limit": 4' in other


@pytest.mark.slow
def test_no_secrets(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    """Id, host, user and password are not in it."""
    monkeypatch.setenv("CHAIR_SENSOR_MQTT__PASSWORD", "hunter2")
    monkeypatch.setenv("CHAIR_SENSOR_MQTT__USERNAME", "anna")
    monkeypatch.setenv("CHAIR_SENSOR_MQTT__HOST", "anna.lan")
    names = ["--set", "chair.name=Office", "--set", "chair.id=anna"]
    simulated("--script", "workday", "--record", "day", *names)

    text = Path("day").read_text().lower()
    assert "anna" not in text
    assert "hunter2" not in text
    assert os.stat("day").st_mode & 0o077 == 0  # noqa: PTH116


def test_memory_of_an_unrecorded_life(simulated: Simulated) -> None:
    """A recording that begins with a memory brings it along: the bout goes on."""
    Path("script").write_text("0:10 sit\n50:00 restart\n70:00 end\n")
    day = simulated("--script", "script", "--record", "day")
    whole = recorded()
    second = next(n for n, line in enumerate(whole) if HEAD in line and n)
    Path("half").write_text("".join(json.dumps(line) + "\n" for line in whole[second:]))

    half = simulated("--replay", "half")

    shifted = [json.loads(line) | {"t": 0} for line in half]
    starts = [n for n, line in enumerate(day) if '"what": "start"' in line]
    expected = [json.loads(line) | {"t": 0} for line in day[starts[1] :]]
    assert [r for r in shifted if r["kind"] != "contact"] == expected


@pytest.mark.slow
def test_after_a_power_cut(simulated: Simulated) -> None:
    """A line that was cut off is passed over, and the next life begins a line of its own."""
    simulated("--script", "workday", "--record", "day")
    first = Path("day").read_bytes()
    Path("day").write_bytes(first[: first.rindex(b"[") + 9])
    simulated("--script", "forgetful", "--record", "day")

    lines = Path("day").read_text().splitlines()
    assert sum(HEAD in line for line in lines) == 2
    records = "\n".join(simulated("--replay", "day"))
    assert records.count('"what": "start"') == 2
    assert records.count('"what": "crash"') == 1


def test_killed(simulated: Simulated) -> None:
    """A life whose end nobody told is cut where it was last heard of: the last will is sent."""
    Path("script").write_text("0:10 sit\n20:00 restart\n30:00 end\n")
    simulated("--script", "script", "--record", "day")
    lines = [line for line in Path("day").read_text().splitlines() if '"stop"' not in line]
    Path("day").write_text("\n".join(lines))

    records = [json.loads(line) for line in simulated("--replay", "day")]

    assert [r["what"] for r in records if r["kind"] == "daemon"] == [
        "start",
        "crash",
        "start",
        "stop",
    ]


@pytest.mark.slow
def test_writes_are_few(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flickering mat is written once a minute, not once an edge; nothing is written at night."""
    writes: list[int] = []
    write = os.write

    def counted(file: int, data: bytes) -> int:
        writes.append(len(data))
        return write(file, data)

    monkeypatch.setattr("sensor.daemon.recording.os.write", counted)
    simulated("--script", "fidgety", "--record", "day")

    assert len(writes) <= 8 * 60
    assert sum(writes) == Path("day").stat().st_size > 100_000


@pytest.mark.slow
def test_full(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It never grows past its limit; that is said, and the replay is right up to there."""
    monkeypatch.setattr("sensor.daemon.recording.LARGEST", 10_000)
    with caplog.at_level(logging.WARNING):
        day = simulated("--script", "fidgety", "--record", "day")

    assert 9_000 < Path("day").stat().st_size < 10_100
    assert "is full, nothing more is recorded" in caplog.text
    assert recorded()[-1][1] == "full"
    again = simulated("--replay", "day")
    assert again[:-2] == day[: len(again) - 2]
    assert LARGEST > 1_000_000


@pytest.mark.slow
def test_disk_refuses(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that takes no more ends the recording, not the day."""
    day = simulated("--script", "workday")

    def refuse(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sensor.daemon.recording.os.write", refuse)
    with caplog.at_level(logging.WARNING):
        assert simulated("--script", "workday", "--record", "day") == day

    assert caplog.text.count("No space left on device; nothing more is recorded") == 1


HEADLINE = json.dumps(
    {HEAD: 1, "at": 0, "t": 0, "wall": 1772438400, "synchronised": 1, "boot": "b", "zone": "UTC"}
    | {"mat": 0, "loop": 1, "seed": 1, "settings": {}, "changed": {}, "memory": None}
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory; name a recording"),
        ("", "is not a recording"),
        ("0:10 sit\n", "line 1: is not a recording"),
        ('[1,"mat",1]\n', "line 1: is not a recording"),
        (HEADLINE.replace(f'"{HEAD}": 1', f'"{HEAD}": 2'), "line 1: has format 2, this program"),
        (HEADLINE.replace('"mat": 0, ', ""), "line 1: lacks a valid 'mat'"),
        (HEADLINE.replace("1772438400", "1e99"), "line 1: 1e+99 as 'wall' is not a time"),
        (HEADLINE.replace('"settings": {}', '"settings": {"state_dir": "/"}'), "'state_dir'"),
        (HEADLINE.replace('"settings": {}', '"settings": {"snooze": "cat"}'), "snooze"),
        (HEADLINE.replace('"UTC"', '"Mars/Base"'), "Mars/Base"),
        (HEADLINE.replace('"memory": null', '"memory": {"state": 1}'), "line 1: holds a memory"),
        (HEADLINE + '\n[1,"mat",7]\n', 'line 2: [1, "mat", 7] is not a line of a recording'),
        (HEADLINE + '\n[NaN,"mat",1]\n', "line 2: nan is not a time"),
        (HEADLINE + '\n[1,"ma\n[2,"mat",1]\n', "line 2: is not a recording"),
        (HEADLINE + "\n" + "[" * 100_000 + "\n[1]\n", "line 2: is not a recording"),
    ],
)
def test_bad_recordings(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is in the file: one line with its name, exit 2, nothing run."""
    path = tmp_path / "day"
    if content is not None:
        path.write_text(content)

    code = main(["simulate", "--replay", str(path)])

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert said in line


@pytest.mark.parametrize(
    "option",
    [
        *("--script x", "--sitter office", "--start 2026-01-01", "--speed 2", "--days 2"),
        *("--broker x", "--keep x", "--seed 0", "--config x"),
    ],
)
def test_clashes(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a recording decides itself cannot be asked for as well."""
    (tmp_path / "day").write_text(HEADLINE)

    code = main(["simulate", "--replay", str(tmp_path / "day"), *option.split()])

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert f"leave out {option.split(maxsplit=1)[0]}" in line


def test_where_it_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, or a file that is something else: one line, exit 2, the file as it was."""
    (tmp_path / "letter").write_text("Dear Anna\n")
    for path, said in ((tmp_path, "Is a directory"), (tmp_path / "letter", "is not a recording")):
        code = main(["simulate", "--script", "workday", "--record", str(path)])

        [line] = capsys.readouterr().err.splitlines()
        assert code == 2
        assert said in line
    assert (tmp_path / "letter").read_text() == "Dear Anna\n"
