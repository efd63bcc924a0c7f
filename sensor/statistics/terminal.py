"""A report for the terminal: tables and bars that can be read without colour, too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text as Styled

from sensor.core.self_check import HINT, QUESTIONS
from sensor.core.text import Text
from sensor.statistics import sentences
from sensor.statistics.metrics import Figures
from sensor.statistics.report import Report
from sensor.statistics.sentences import heeded, length
from sensor.statistics.spans import Seats, Span, overlaps
from sensor.statistics.speech import NOTHING

BIN_LABELS = (
    *(Text("under 1 min"), Text("1-5 min"), Text("5-10 min"), Text("10-30 min")),
    *(Text("30-60 min"), Text("over 60 min")),
)
BAR = 24
"""Characters of the longest bar."""
LEAST_BAR = 5
"""Characters; where there is no room for so many, there is no bar."""
BETWEEN = 1
"""Characters from one column to the next, on each side."""
DISPENSABLE = ("heeded", "breaks", "watched")
"""Columns that may go where it is narrow, the first one first."""
SLOT = 1800
"""Seconds of a character in the picture of a day."""
SHADES = " .:▒█"
"""From nothing to all of a slot."""


def show(report: Report, console: Console) -> None:
    """Print a report."""
    console.print(Styled(f"{report.chair_name}: {report.say.days(report.period)}", style="bold"))
    console.print(Styled(sentences.summary(report)))
    if not report.is_empty:
        if report.is_one_day:
            console.print(_clock(report), "")
        console.print(_figures(report), "")
        if not report.is_one_day:
            console.print(_parts(report, console.width), "")
        console.print(_bins(report, console.width), "")
        for said in (
            *(sentences.rhythm, sentences.prolonged, sentences.lengths, sentences.alerts),
        ):
            console.print(Styled(said(report)))
    if (running := sentences.running(report)) is not None:
        console.print(Styled(running))
    if report.self_checks:
        console.print("", _self_checks(report), Styled(report.say(HINT)), "")
    if (reminder := sentences.self_check(report)) is not None:
        console.print(Styled(reminder))
    console.print(Styled(sentences.coverage(report), style="dim"))
    console.print(Styled(sentences.merge_rule(report), style="dim"))


def _figures(report: Report) -> Table:
    total, before, has_before, say = report.total, report.before, report.has_before, report.say
    table = Table(box=None, pad_edge=False, show_header=has_before)
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    if has_before:
        days = Text("{days} days before", {"days": str(len(report.period))})
        head = Text("day before") if report.is_one_day else days
        table.add_column(say(head), justify="right", no_wrap=True)
    for name, text in _rows(report):
        table.add_row(say(name), *map(text, (total, before) if has_before else (total,)))
    return table


def _rows(report: Report) -> list[tuple[Text, Callable[[Figures], str]]]:
    say = report.say
    return [
        (Text("Chair time"), lambda f: length(f.chair_seconds)),
        (Text("Bouts"), lambda f: str(f.bouts)),
        (Text("Longest bout"), lambda f: length(f.longest_bout_seconds)),
        (Text("Mean bout"), lambda f: length(f.mean_bout_seconds)),
        (Text("Usual bout (W50)"), lambda f: length(f.usual_bout_seconds)),
        (Text("In bouts of 30 min and more"), lambda f: say.percent(f.prolonged_share)),
        (Text("In bouts of 60 min and more"), lambda f: say.percent(f.hour_long_share)),
        (Text("Got up"), lambda f: str(f.transitions)),
        (Text("Short breaks"), lambda f: str(f.short_breaks)),
        (Text("Full breaks"), lambda f: str(f.full_breaks)),
        (Text("Alerts heeded"), partial(heeded, report)),
        (Text("Up after an alert (median)"), lambda f: length(f.response_seconds)),
        (Text("Watched"), lambda f: length(f.coverage_seconds)),
    ]


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    cells: Sequence[str]

    @property
    def width(self) -> int:
        return max(map(len, (self.head, *self.cells)))


def _parts(report: Report, width: int) -> Table:
    """Show the period in parts, in so many characters; what matters least goes first."""
    parts = [found for _, found in report.parts]
    names = _Column(report.say(Text("h:mm")), [name for name, _ in report.parts])
    columns = _columns(report, parts)

    for name in DISPENSABLE:
        if _left(width, names, *columns.values()) < 0:
            del columns[name]
    bar = _bar(width, names, *columns.values())
    most = max(found.chair_seconds for found in parts) or 1
    table = Table(box=None, pad_edge=False)
    table.add_column(names.head, no_wrap=True)
    for name, column in columns.items():
        table.add_column(column.head, justify="right", no_wrap=True)
        if name == "chair" and bar:
            table.add_column("", no_wrap=True)
    for number, found in enumerate(parts):
        cells: list[Any] = [column.cells[number] for column in columns.values()]
        if bar:
            cells.insert(1, Styled("█" * round(bar * found.chair_seconds / most), style="cyan"))
        table.add_row(names.cells[number], *cells, style="" if _is_known(found) else "dim")
    return table


def _left(width: int, *columns: _Column) -> int:
    """Return how many characters the columns leave."""
    return width - sum(column.width + 2 * BETWEEN for column in columns)


def _bar(width: int, *columns: _Column) -> int:
    """Return how long the longest bar beside the columns is; 0 where there is no room for one."""
    left = _left(width, *columns)
    return min(BAR, left) if left >= LEAST_BAR else 0


def _columns(report: Report, parts: Sequence[Figures]) -> dict[str, _Column]:
    say = report.say
    unknown = say(Text("unknown"))

    def column(head: Text, cell: Callable[[Figures], str]) -> _Column:
        return _Column(say(head), [cell(found) for found in parts])

    return {
        "chair": column(
            Text("chair time"), lambda f: _hours(f.chair_seconds) if _is_known(f) else unknown
        ),
        "longest": column(Text("longest"), lambda f: _hours(f.longest_bout_seconds)),
        "share": column(Text("≥30 min"), lambda f: say.percent(f.prolonged_share)),
        "breaks": column(
            Text("breaks"),
            lambda f: str(f.short_breaks + f.full_breaks) if _is_known(f) else NOTHING,
        ),
        "heeded": column(
            Text("heeded"), lambda f: f"{f.alerts_heeded}/{f.alerts}" if f.alerts else NOTHING
        ),
        "watched": column(Text("watched"), lambda f: _hours(f.coverage_seconds)),
    }


def _is_known(found: Figures) -> bool:
    return bool(found.coverage_seconds or found.chair_seconds)


def _hours(seconds: float) -> str:
    """Write a duration as in a column: `5:41`."""
    minutes = int(seconds / 60 + 0.001)
    return f"{minutes // 60}:{minutes % 60:02}" if seconds else NOTHING


def _bins(report: Report, width: int) -> Table:
    say, bins = report.say, report.total.bins
    columns = (
        _Column(say(Text("finished bouts")), [say(name) for name in BIN_LABELS]),
        _Column(say(Text("count")), [str(group.bouts) for group in bins]),
        _Column(say(Text("time")), [length(group.seconds) for group in bins]),
    )
    bar = _bar(width, *columns)
    most = max(group.seconds for group in bins) or 1
    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column.head, justify="right" if number else "left", no_wrap=True)
    for number, group in enumerate(bins):
        drawn = Styled("█" * round(bar * group.seconds / most), style="cyan")
        table.add_row(*(column.cells[number] for column in columns), drawn)
    return table


def _self_checks(report: Report) -> Table:
    say = report.say
    table = Table(box=None, pad_edge=False)
    table.add_column(say(Text("self-check")), no_wrap=True)
    for question in QUESTIONS:
        table.add_column(say(question.seen), justify="right", no_wrap=True)
    for row in report.self_checks or ():
        table.add_row(say.dated(report.clock(row.at)), *map(say.yes_or_no, row[2:]))
    return table


def _clock(report: Report) -> Group:
    """Draw a day as a line of half hours, the fuller the more was sat."""
    day, history = report.total.span, report.history
    slots = [
        Span(start, min(start + SLOT, day.end))
        for start in (day.start + number * SLOT for number in range(round(day.seconds / SLOT)))
    ]
    sat = [0.0] * len(slots)
    seats = Seats(history)
    for bout in (*history.bouts, *([history.open_bout] if history.open_bout else [])):
        for stretch in seats.stretches(bout) if bout.mark is None else ():
            for number, seconds in overlaps(slots, *stretch):
                sat[number] += seconds
    line = "".join(SHADES[_shade(seconds)] for seconds in sat)
    labels = "".join(f"{report.clock(slot.start):%H}".ljust(6) for slot in slots[::6])
    return Group(Styled(labels, style="dim"), Styled(line, style="cyan"))


def _shade(seconds: float) -> int:
    if not seconds:
        return 0
    return min(len(SHADES) - 1, 1 + int((len(SHADES) - 1) * seconds / SLOT))
