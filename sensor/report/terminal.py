"""A report as text: tables and bars that can be read without colour, too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import wrap

from sensor.core.self_check import HINT, QUESTIONS
from sensor.core.words import Text
from sensor.report import sentences
from sensor.report.metrics import Figures
from sensor.report.report import Report
from sensor.report.sentences import heeded, length
from sensor.report.spans import Seats, Span, overlaps
from sensor.report.speech import NOTHING

BIN_LABELS = (
    *(Text("under 1 min"), Text("1-5 min"), Text("5-10 min"), Text("10-30 min")),
    *(Text("30-60 min"), Text("over 60 min")),
)
BAR = 24
"""Characters of the longest bar."""
LEAST_BAR = 5
"""Characters; where there is no room for so many, there is no bar."""
BETWEEN = 2
"""Characters from one column to the next."""
NARROWEST = 20
"""Characters of a line, however narrow the terminal is."""
BOLD, DIM, CYAN = "1", "2", "36"
"""Styles, as terminals know them."""
DISPENSABLE = ("heeded", "breaks", "watched")
"""Columns that are dropped where it is narrow, the first one first."""
SLOT = 1800
"""Seconds that a character stands for in the picture of a day."""
SHADES = " .:▒█"
"""From nothing to all of a slot."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of a table: numbers stand right, words left."""

    head: str
    cells: Sequence[str]
    right: bool = True
    style: str = ""

    @property
    def width(self) -> int:
        """Characters of its widest cell."""
        return max(map(len, (self.head, *self.cells)))

    def line(self, text: str) -> str:
        """Return a cell, filled up to the width of the column."""
        return text.rjust(self.width) if self.right else text.ljust(self.width)


class TextReport:
    """Lays a report out in lines of `width` characters.

    `spell` writes a text with the characters that the terminal has, before it is measured.
    """

    def __init__(self, width: int, spell: Callable[[str], str], *, colour: bool) -> None:
        self._width = max(NARROWEST, width)
        self._spell = spell
        self._colour = colour

    def lines(self, report: Report) -> Iterator[str]:
        """Give the lines of a report."""
        title = f"{report.chair_name}: {report.say.days(report.period)}"
        yield from self._said(title, BOLD)
        yield from self._said(sentences.summary(report))
        if not report.is_empty:
            if report.is_one_day:
                yield from self._clock(report)
            yield from self._figures(report)
            if not report.is_one_day:
                yield from self._parts(report)
            yield from self._bins(report)
            for said in (
                *(sentences.rhythm, sentences.prolonged, sentences.lengths, sentences.alerts),
            ):
                yield from self._said(said(report))
        if (running := sentences.running(report)) is not None:
            yield from self._said(running)
        if report.self_checks:
            yield ""
            yield from self._self_checks(report)
            yield from self._said(report.say(HINT))
            yield ""
        if (reminder := sentences.self_check(report)) is not None:
            yield from self._said(reminder)
        yield from self._said(sentences.coverage(report), DIM)
        yield from self._said(sentences.merge_rule(report), DIM)

    # --- lines ------------------------------------------------------------------------------------

    def _said(self, text: str, style: str = "") -> Iterator[str]:
        """Break a sentence into lines."""
        for line in wrap(self._spell(text), self._width, break_on_hyphens=False):
            yield self._styled(line, style)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and style and text else text

    def _column(
        self, head: str, cells: Sequence[str], *, right: bool = True, style: str = ""
    ) -> TextColumn:
        return TextColumn(self._spell(head), list(map(self._spell, cells)), right, style)

    def _table(self, columns: Sequence[TextColumn], dim: Sequence[bool] = ()) -> Iterator[str]:
        """Give the lines of a table, with a head if any column has one; the last one is empty."""
        if any(column.head for column in columns):
            head = (column.line(column.head) for column in columns)
            yield self._styled((" " * BETWEEN).join(head).rstrip(), BOLD)
        for number in range(len(columns[0].cells)):
            faint = DIM if dim and dim[number] else ""
            yield (
                (" " * BETWEEN)
                .join(
                    self._styled(column.line(column.cells[number]), column.style or faint)
                    for column in columns
                )
                .rstrip()
            )
        yield ""

    def _left(self, *columns: TextColumn) -> int:
        """Return how many characters the columns leave for one more."""
        return self._width - sum(column.width + BETWEEN for column in columns)

    def _bar(self, seconds: Sequence[float], *columns: TextColumn) -> list[TextColumn]:
        """Draw a bar for each row where there is room for one beside the columns."""
        left, most = self._left(*columns), max(seconds) or 1
        longest = min(BAR, left) if left >= LEAST_BAR else 0
        bars = ["█" * round(longest * each / most) for each in seconds]
        return [self._column("", bars, right=False, style=CYAN)] if longest else []

    # --- tables -----------------------------------------------------------------------------------

    def _figures(self, report: Report) -> Iterator[str]:
        say = report.say
        rows = _rows(report)
        columns = [
            self._column("", [say(name) for name, _ in rows], right=False),
            self._column("", [text(report.total) for _, text in rows]),
        ]
        if report.has_before:
            days = Text("{days} days before", {"days": str(len(report.period))})
            head = Text("day before") if report.is_one_day else days
            columns.append(self._column(say(head), [text(report.before) for _, text in rows]))
        return self._table(columns)

    def _parts(self, report: Report) -> Iterator[str]:
        """Give the table of the period in parts, with the columns that fit."""
        parts = [found for _, found in report.parts]
        head = report.say(Text("h:mm"))
        names = self._column(head, [name for name, _ in report.parts], right=False)
        columns = {name: self._column(*column) for name, column in _columns(report, parts).items()}
        for name in DISPENSABLE:
            if self._left(names, *columns.values()) < -BETWEEN:
                del columns[name]
        bar = self._bar([found.chair_seconds for found in parts], names, *columns.values())
        chair = columns.pop("chair")
        dim = [not _is_known(found) for found in parts]
        return self._table([names, chair, *bar, *columns.values()], dim)

    def _bins(self, report: Report) -> Iterator[str]:
        say, bins = report.say, report.total.bins
        columns = [
            self._column(
                say(Text("finished stretches")), [say(name) for name in BIN_LABELS], right=False
            ),
            self._column(say(Text("count")), [str(group.bouts) for group in bins]),
            self._column(say(Text("time")), [length(group.seconds) for group in bins]),
        ]
        return self._table([*columns, *self._bar([group.seconds for group in bins], *columns)])

    def _self_checks(self, report: Report) -> Iterator[str]:
        say, rows = report.say, report.self_checks or ()
        dates = [say.dated(report.clock(row.at)) for row in rows]
        columns = [self._column(say(Text("self-check")), dates, right=False)]
        for question in QUESTIONS:
            answers = [say.yes_or_no(getattr(row, question.about)) for row in rows]
            columns.append(self._column(say(question.seen), answers))
        return (line for line in self._table(columns) if line)

    def _clock(self, report: Report) -> Iterator[str]:
        """Draw a day as a line of half hours, the fuller the more was sat."""
        day = report.total.span
        slots = [
            Span(start, min(start + SLOT, day.end))
            for start in (day.start + number * SLOT for number in range(round(day.seconds / SLOT)))
        ]
        sat = [0.0] * len(slots)
        seats = Seats(report.history)
        for bout in report.history.counted_bouts:
            for stretch in seats.stretches(bout):
                for number, seconds in overlaps(slots, *stretch):
                    sat[number] += seconds
        labels = "".join(f"{report.clock(slot.start):%H}".ljust(6) for slot in slots[::6])
        yield self._styled(labels.rstrip(), DIM)
        yield self._styled(self._spell("".join(SHADES[_shade(each)] for each in sat)), CYAN)
        yield ""


def _rows(report: Report) -> list[tuple[Text, Callable[[Figures], str]]]:
    say = report.say
    return [
        (Text("Chair time"), lambda f: length(f.chair_seconds)),
        (Text("Stretches of sitting"), lambda f: str(f.bouts)),
        (Text("Longest stretch"), lambda f: length(f.longest_bout_seconds)),
        (Text("Usual stretch"), lambda f: length(f.usual_bout_seconds)),
        (Text("In stretches of 30 min and more"), lambda f: say.percent(f.prolonged_share)),
        (Text("In stretches of 60 min and more"), lambda f: say.percent(f.hour_long_share)),
        (Text("Got up"), lambda f: str(f.transitions)),
        (Text("Short breaks"), lambda f: str(f.short_breaks)),
        (Text("Full breaks"), lambda f: str(f.full_breaks)),
        (Text("Up within 5 min of an alert"), partial(heeded, report)),
        (Text("Up after an alert (median)"), lambda f: length(f.response_seconds)),
        (Text("Watched"), lambda f: length(f.coverage_seconds)),
    ]


def _columns(report: Report, parts: Sequence[Figures]) -> dict[str, tuple[str, list[str]]]:
    """Give head and cells of each column of figures."""
    say = report.say
    unknown = say(Text("unknown"))

    def column(head: Text, cell: Callable[[Figures], str]) -> tuple[str, list[str]]:
        return say(head), [cell(found) for found in parts]

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


def _shade(seconds: float) -> int:
    if not seconds:
        return 0
    return min(len(SHADES) - 1, 1 + int((len(SHADES) - 1) * seconds / SLOT))
