"""A report for the terminal: tables and bars that can be read without colour, too."""

from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from sensor.statistics import sentences
from sensor.statistics.metrics import Figures
from sensor.statistics.report import Report
from sensor.statistics.sentences import length, percent
from sensor.statistics.spans import Seats, Span, overlaps

BIN_LABELS = ("under 1 min", "1-5 min", "5-10 min", "10-30 min", "30-60 min", "over 60 min")
BAR = 24
"""Characters of the longest bar."""
SLOT = 1800
"""Seconds of a character in the picture of a day."""
SHADES = " .:▒█"
"""From nothing to all of a slot."""


def show(report: Report, console: Console) -> None:
    """Print a report."""
    console.print(Text(f"{report.chair_name}: {report.title}", style="bold"))
    console.print(Text(sentences.summary(report)))
    if not report.is_empty:
        if report.is_one_day:
            console.print(_clock(report), "")
        console.print(_figures(report), "")
        if not report.is_one_day:
            console.print(_parts(report), "")
        console.print(_bins(report.total), "")
        console.print(Text(sentences.rhythm(report.total)))
        console.print(Text(sentences.prolonged(report)))
        console.print(Text(sentences.lengths(report.total)))
        console.print(Text(sentences.alerts(report.total)))
    if report.history.open_bout is not None and report.history.open_bout.mark is None:
        console.print(Text(_running(report)))
    console.print(Text(sentences.coverage(report), style="dim"))
    console.print(Text(report.merge_rule, style="dim"))


def _running(report: Report) -> str:
    bout, as_of = report.history.open_bout, report.history.as_of
    assert bout is not None  # noqa: S101  (asked by the caller)
    assert as_of is not None  # noqa: S101
    return (
        f"Sitting since {report.clock(bout.started_at):%H:%M}, "
        f"{length(bout.seated_seconds)} as of {report.clock(as_of):%a %H:%M}."
    )


def _figures(report: Report) -> Table:
    total, before, has_before = report.total, report.before, report.has_before
    table = Table(box=None, pad_edge=False, show_header=has_before)
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    if has_before:
        days = len(report.period)
        table.add_column("day before" if days == 1 else f"{days} days before", justify="right")
    for name, texts in _rows(total, before):
        table.add_row(name, *texts[: 2 if has_before else 1])
    return table


def _rows(*columns: Figures) -> list[tuple[str, list[str]]]:
    def row(name: str, text: Any) -> tuple[str, list[str]]:
        return name, [text(found) for found in columns]

    return [
        row("Chair time", lambda f: length(f.chair_seconds)),
        row("Bouts", lambda f: str(f.bouts)),
        row("Longest bout", lambda f: length(f.longest_bout_seconds)),
        row("Mean bout", lambda f: length(f.mean_bout_seconds)),
        row("Usual bout (W50)", lambda f: length(f.usual_bout_seconds)),
        row("In bouts of 30 min and more", lambda f: percent(f.prolonged_share)),
        row("In bouts of 60 min and more", lambda f: percent(f.hour_long_share)),
        row("Got up", lambda f: str(f.transitions)),
        row("Short breaks", lambda f: str(f.short_breaks)),
        row("Full breaks", lambda f: str(f.full_breaks)),
        row("Alerts heeded", lambda f: f"{f.alerts_heeded} of {f.alerts}"),
        row("Up after an alert (median)", lambda f: length(f.response_seconds)),
        row("Watched", lambda f: length(f.coverage_seconds)),
    ]


def _parts(report: Report) -> Table:
    parts = report.parts
    most = max(found.chair_seconds for _, found in parts) or 1
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for head in ("chair time", "", "longest", "≥30 min", "breaks", "heeded", "watched"):
        table.add_column(head, justify="left" if not head else "right", no_wrap=True)
    for name, found in parts:
        if not (found.coverage_seconds or found.chair_seconds):
            table.add_row(name, "not watched", style="dim")
            continue
        table.add_row(
            name,
            length(found.chair_seconds),
            Text("█" * round(BAR * found.chair_seconds / most), style="cyan"),
            length(found.longest_bout_seconds),
            percent(found.prolonged_share),
            str(found.short_breaks + found.full_breaks),
            f"{found.alerts_heeded}/{found.alerts}" if found.alerts else "-",
            length(found.coverage_seconds),
        )
    return table


def _bins(total: Figures) -> Table:
    most = max(group.seconds for group in total.bins) or 1
    table = Table(box=None, pad_edge=False)
    table.add_column("finished bouts", no_wrap=True)
    table.add_column("count", justify="right")
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("")
    for name, group in zip(BIN_LABELS, total.bins, strict=True):
        bar = Text("█" * round(BAR * group.seconds / most), style="cyan")
        table.add_row(name, str(group.bouts), length(group.seconds), bar)
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
    return Group(Text(labels, style="dim"), Text(line, style="cyan"))


def _shade(seconds: float) -> int:
    if not seconds:
        return 0
    return min(len(SHADES) - 1, 1 + int((len(SHADES) - 1) * seconds / SLOT))
