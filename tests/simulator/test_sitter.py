"""The random office worker: repeatable, and much like those who were measured."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.commands.main import main
from sensor.simulator.sitter import AFTERWARDS, LONGEST_FIDGET, office
from sensor.simulator.steps import EndStep, MatStep, Step

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HALF_AN_HOUR = 1800


def bouts(steps: list[Step]) -> list[tuple[float, float]]:
    """List when somebody sat down and got up, fidgets merged."""
    found: list[tuple[float, float]] = []
    edges = [step.at for step in steps if isinstance(step.action, MatStep)]
    for sat, up in zip(edges[::2], edges[1::2], strict=True):
        if found and sat - found[-1][1] <= LONGEST_FIDGET:
            found[-1] = (found[-1][0], up)
        else:
            found.append((sat, up))
    return found


@pytest.mark.slow
@given(seed=st.integers(0, 50), days=st.integers(1, 12))
def test_is_a_script(seed: int, days: int) -> None:
    """Times rise, the contact alternates from closed to open, and an end comes after it."""
    steps = office(seed=seed, days=days, start=MONDAY)

    assert all(one.at < other.at for one, other in pairwise(steps))
    edges = [step.action for step in steps[:-1]]
    assert edges == [MatStep(closed=True), MatStep(closed=False)] * (len(edges) // 2)
    assert steps[-1].action == EndStep()
    assert steps[-1].at == pytest.approx(steps[-2].at + AFTERWARDS)


def test_same_seed_same_days() -> None:
    """The same seed gives the same days, whatever is drawn before and after; another one not."""
    week = office(seed=7, days=5, start=MONDAY)
    tuesday = office(seed=7, days=1, start=MONDAY + timedelta(days=1))

    shifted = [step.at + 86400 for step in tuesday[:-1]]
    assert office(seed=7, days=5, start=MONDAY) == week
    assert office(seed=8, days=5, start=MONDAY) != week
    assert shifted == pytest.approx([s.at for s in week[:-1] if 86400 <= s.at < 2 * 86400 - 28800])


def test_weekends_are_free() -> None:
    """Six days from a Monday on end on the next Monday; nobody comes in between."""
    steps = office(seed=7, days=6, start=MONDAY)

    weekdays = {(MONDAY + timedelta(seconds=step.at)).weekday() for step in steps}
    assert weekdays == {0, 1, 2, 3, 4}
    assert steps[-1].at > 7 * 86400


def test_begins_in_the_middle_of_a_day() -> None:
    """What lies before the start is left out."""
    steps = office(seed=7, days=1, start=MONDAY + timedelta(hours=4))

    assert steps[0].at >= 0
    assert steps[-2].at < 8 * 3600


@pytest.mark.slow
def test_keeps_office_hours_all_year() -> None:
    """Summer time moves the day with the clocks on the wall."""
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 1, 5, tzinfo=zone)

    firsts: dict[date, float] = {}
    for step in office(seed=7, days=250, start=start):
        moment = datetime.fromtimestamp(start.timestamp() + step.at, zone)
        firsts.setdefault(moment.date(), moment.hour + moment.minute / 60)

    assert len(firsts) == 250
    assert mean(firsts.values()) == pytest.approx(8.5, abs=0.05)
    assert max(firsts.values()) - min(firsts.values()) < 2


def test_is_like_the_measured_ones() -> None:
    """Of 250 days the figures are those of Evans 2012, and the absences' those of AusDiab."""
    found = bouts(office(seed=7, days=250, start=MONDAY))
    lengths = [up - sat for sat, up in found]
    absences = [other[0] - one[1] for one, other in pairwise(found)]
    at_work = [away for away in absences if away < 4 * 3600]
    prolonged = [length for length in lengths if length > HALF_AN_HOUR]

    assert sum(lengths) / 250 / 3600 == pytest.approx(5.7, abs=0.15)
    assert len(prolonged) / 250 == pytest.approx(3.7, abs=0.2)
    assert sum(prolonged) / 250 / 3600 == pytest.approx(3.3, abs=0.15)
    assert median(at_work) / 60 == pytest.approx(2.6, abs=0.6)  # lunch and long bouts shift it


@pytest.mark.slow
def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """The command, twice: same records; its sitter is seen to sit, and the day ends."""
    for out in ("one", "two"):
        arguments = ["--sitter", "office", "--seed", "7", "--jsonl", str(tmp_path / out)]
        assert main(["simulate", *arguments]) == 0

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert b'"sat_down"' in (tmp_path / "one").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--sitter cat", "--sitter 'cat' is not known; the sitters are: office"),
        ("--sitter office --script workday", "--script and --sitter exclude each other"),
        ("--days 3", "--days is for a random sitter: add --sitter office"),
        ("--sitter office --days 0", "--days 0: from 1 to 10000"),
        ("--sitter office --days 300 --start 9998-12-30", "the calendar ends in 9999"),
    ],
)
def test_mistakes(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit 2, nothing run."""
    code = main(["simulate", *arguments.split()])

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert said in line
