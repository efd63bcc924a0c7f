"""The pictures of a report's page: SVG drawn by matplotlib, without a script, sharp on paper.

matplotlib wants fixed colours, a page has a light and a dark side: each colour here stands for a
variable of the page's style sheet, and the words in a picture take the page's font. The object
interface alone is used, so that no state is shared and no window system asked for.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from sensor.core.words import Text
from sensor.report.heat import Heat
from sensor.report.metrics import Figures, counted_alerts, response
from sensor.report.report import Report
from sensor.report.spans import Seats, Span, covered, overlaps, without

INK, FAINT, PAPER = "#010101", "#020202", "#030303"
SHORT, LONG, LONGER, MARK = "#040404", "#050505", "#060606", "#070707"
HEATS = ("#080800", "#080801", "#080802", "#080803", "#080804", "#080805")
VARIABLES = {
    INK: "--ink",
    FAINT: "--line",
    PAPER: "--card",
    SHORT: "--short",
    LONG: "--long",
    LONGER: "--longer",
    MARK: "--mark",
    **{colour: f"--heat-{number}" for number, colour in enumerate(HEATS)},
}
WIDE, NARROW = 7.2, 3.5
"""Inches; a page shows the one that fits."""
MOST_ROWS = 42
"""Days in a timeline; of a longer period the last ones are drawn."""
DAY_BY_DAY = 31
"""Days; a longer trend is drawn by weeks."""
BINS = ("<1", "1-5", "5-10", "10-30", "30-60", ">60")
ANSWERS = (60, 300, 900, 3600)
ANSWERED = ("≤1", "1-5", "5-15", "15-60", ">60")
CLOCK = Text("hour")

Block = tuple[float, float, float]
"""Row, left edge and length of a rectangle."""
HALF = 0.37
"""Of the height of a rectangle, in rows."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "chair-sensor",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "ytick.left": False,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6,
}


def drawn(name: str, draw: Callable[[Figure], None], width: float) -> str:
    """Return one picture as an SVG element for the middle of a page."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, 3))
        FigureCanvasSVG(figure)
        draw(figure)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return _inlined(text.getvalue(), f"{name}-{'wide' if width == WIDE else 'narrow'}-")


def _inlined(svg: str, prefix: str) -> str:
    """Take the element out of the file: ids of its own, colours and fonts of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= id=")', prefix, svg)
    svg = re.sub(r'(?<=url\(#)|(?<=href="#)', prefix, svg)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*" ([^>]*?)width="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*" ([^>]*?)height="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = re.sub(r"font: ([^;'\"]*?)px '[^;\"]*", r"font-size: \1px", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _margins(figure: Figure, *, left: float, bottom: float, top: float = 0.08) -> None:
    """Leave room at the edges, in inches; having it measured would take as long as the drawing."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=left / width,
        right=1 - 0.12 / width,
        bottom=bottom / height,
        top=1 - top / height,
        wspace=0.08,
        hspace=0.55,
    )


def _blocks(axes: Axes, blocks: Iterable[Block], **style: Any) -> None:
    """Draw many rectangles of one style at once."""
    corners = [
        ((x, y - HALF), (x, y + HALF), (x + length, y + HALF), (x + length, y - HALF))
        for y, x, length in blocks
    ]
    axes.add_collection(PolyCollection(corners, linewidths=0, **style), autolim=False)


def timeline(report: Report, figure: Figure) -> None:
    """Draw each day as a row: stretches of sitting by their length, and the alerts."""
    rows = report.days[-MOST_ROWS:]
    spans = [found.span for _, found in rows]
    history, seats = report.history, Seats(report.history)
    figure.set_figheight(0.9 + (0.21 if len(rows) > 1 else 0.5) * len(rows))
    _margins(figure, left=0.95, bottom=0.5)
    axes = figure.add_subplot()
    bars: dict[str, list[Block]] = {colour: [] for colour in (SHORT, LONG, LONGER)}
    for bout in history.counted_bouts:
        if bout.ended_at > spans[0].start:
            for stretch in seats.stretches(bout):
                bars[_colour(bout.seated_seconds)] += _placed(spans, stretch)
    for colour, blocks in bars.items():
        _blocks(axes, blocks, facecolor=colour)
    first, last = _hours(bars)
    dark: list[Block] = []
    seen = list(covered(history))
    for span in spans:
        for hole in without(Span(span.start, min(span.end, report.now)), seen):
            dark += _placed(spans, hole)
    _blocks(axes, dark, facecolor="none", edgecolor=FAINT, hatch="////")
    rings = [
        (number, (alert.rang_at - spans[number].start) / 3600)
        for alert in counted_alerts(history, spans[0].start, spans[-1].end)
        if alert.rang_at is not None
        for number, _ in overlaps(spans, alert.rang_at, alert.rang_at + 1)
    ]
    axes.plot(
        [x for _, x in rings],
        [y + 0.12 for y, _ in rings],
        "^",
        color=MARK,
        markersize=5.5,
        markeredgewidth=0.7,
        markeredgecolor=PAPER,
        linestyle="none",
    )
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(first, last)
    step = 1 if last - first <= (14 if figure.get_figwidth() == WIDE else 6) else 3
    ticks = range(int(first), int(last) + 1, step)
    begins = report.almanac.day_starts.hour
    axes.set_xticks(ticks, [str((begins + tick) % 24) for tick in ticks])
    axes.set_yticks(range(len(rows)), [report.say.day(day) for day, _ in rows])
    axes.grid(axis="x")
    axes.set_xlabel(report.say(CLOCK))


def _colour(seconds: float) -> str:
    return SHORT if seconds < 1800 else LONG if seconds < 3600 else LONGER


def _placed(spans: Sequence[Span], stretch: Span) -> Iterator[Block]:
    for number, seconds in overlaps(spans, *stretch):
        start = max(stretch.start, spans[number].start) - spans[number].start
        yield number, start / 3600, seconds / 3600


def _hours(bars: dict[str, list[Block]]) -> tuple[float, float]:
    """Return the whole hours between which all bars lie; a working day if there is none."""
    found = [block for blocks in bars.values() for block in blocks]
    if not found:
        return 4, 15
    first = int(min(start for _, start, _ in found))
    last = -int(-max(start + length for _, start, length in found) // 1)
    return max(0, min(first, last - 4)), max(last, first + 4)


def heatmap(report: Report, heat: Heat, figure: Figure) -> None:
    """Draw how much of each hour was sat on each day of the week."""
    figure.set_figheight(0.75 + 0.25 * len(heat.weekdays))
    _margins(figure, left=0.42, bottom=0.5)
    axes = figure.add_subplot()
    steps: list[list[Block]] = [[] for _ in HEATS]
    for row, weekday in enumerate(heat.weekdays):
        for column, hour in enumerate(heat.hours):
            share = heat.share(weekday, hour)
            step = 0 if share <= 0 else min(len(HEATS) - 1, 1 + int(share * (len(HEATS) - 1)))
            steps[step].append((row, column + 0.03, 0.94))
    for colour, blocks in zip(HEATS, steps, strict=True):
        _blocks(axes, blocks, facecolor=colour)
    every = 1 if figure.get_figwidth() == WIDE else 3
    ticks = range(0, len(heat.hours) + 1, every)
    axes.set_xticks(ticks, [str((heat.hours[0] + tick) % 24) for tick in ticks])
    axes.set_yticks(
        range(len(heat.weekdays)), [report.say.short_weekday(day) for day in heat.weekdays]
    )
    axes.set_ylim(len(heat.weekdays) - 0.5, -0.5)
    axes.set_xlim(0, len(heat.hours))
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(report.say(CLOCK))


def lengths(report: Report, figure: Figure) -> None:
    """Draw how many bouts there were of each length, and the time sat in them."""
    say, bins = report.say, report.total.bins
    figure.set_figheight(2.5 if figure.get_figwidth() == WIDE else 4.2)
    _margins(figure, left=0.1, bottom=0.5, top=0.3)
    shape = (1, 2) if figure.get_figwidth() == WIDE else (2, 1)
    left, right = figure.subplots(*shape)
    colours = [SHORT] * 4 + [LONG, LONGER]
    _bars(left, BINS, [group.bouts for group in bins], colours, str)
    left.set_title(say(Text("stretches")), loc="left", fontsize=9)
    hours = [group.seconds / 3600 for group in bins]
    _bars(right, BINS, hours, colours, say.number)
    right.set_title(say(Text("hours sat in them")), loc="left", fontsize=9)
    for axes in (left, right):
        axes.set_xlabel(say(Text("minutes")))


def _bars(
    axes: Axes,
    names: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str],
    text: Callable[[float], str],
) -> None:
    """Draw bars with their numbers on top, so that nothing has to be read off an axis."""
    drawn = axes.bar(range(len(names)), values, color=list(colours), width=0.72)
    axes.bar_label(
        drawn, [text(value) if value else "" for value in values], padding=2, fontsize=8.5
    )
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.set_ylim(0, (max(values) or 1) * 1.15)


def trend(report: Report, figure: Figure) -> None:
    """Draw the share of time in bouts of half an hour and more, and a week earlier."""
    figure.set_figheight(2.5)
    _margins(figure, left=0.5, bottom=0.5, top=0.35)
    axes, say = figure.add_subplot(), report.say
    if len(report.period) <= DAY_BY_DAY:
        names = [
            f"{say.short_weekday(day.weekday())}\n{day.day}"
            if len(report.days) <= 14
            else str(day.day)
            for day, _ in report.days
        ]
        _shares(report, axes)
        axes.set_xticks(range(len(names)), names)
    else:
        weeks = report.weeks
        shares = [_percent(found) for _, found in weeks]
        axes.plot(range(len(weeks)), shares, color=LONG, linewidth=1.6, marker="o", markersize=2.5)
        room = 0.05 * len(weeks)  # for the first and the last label
        axes.set_xlim(-room, len(weeks) - 1 + room)
        every = max(1, len(weeks) // (8 if figure.get_figwidth() == WIDE else 4))
        ticks = range(0, len(weeks), every)
        axes.set_xticks(
            ticks,
            [f"{say.short_date(weeks[n][0].first)}\n{weeks[n][0].first.year}" for n in ticks],
        )
    axes.set_ylim(0, 105)
    axes.set_yticks([0, 50, 100], [say.percent(share) for share in (0, 0.5, 1)])
    axes.grid(axis="y")
    axes.tick_params(length=0)


def _shares(report: Report, axes: Axes) -> None:
    now = [_percent(found) for _, found in report.days]
    axes.bar(range(len(now)), now, color=LONG, width=0.66, label=report.say(Text("this time")))
    axes.plot(
        range(len(now)),
        [_percent(found) for found in report.a_week_earlier],
        "D",
        color=INK,
        markersize=5,
        markerfacecolor=PAPER,
        linestyle="none",
        label=report.say(Text("a week earlier")),
    )
    axes.set_xlim(-0.7, len(now) - 0.3)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, handletextpad=0.4)


def _percent(found: Figures) -> float:
    share = found.prolonged_share
    return float("nan") if share is None else 100 * share


def answers(report: Report, figure: Figure) -> None:
    """Draw how long after an alert the sitter was up."""
    figure.set_figheight(2.3)
    _margins(figure, left=0.1, bottom=0.5)
    _bars(
        figure.add_subplot(),
        answer_names(report),
        answer_counts(report),
        [SHORT, SHORT, LONG, LONG, LONGER, LONGER],
        str,
    )
    figure.axes[0].set_xlabel(report.say(Text("minutes until you were up")))


def answer_names(report: Report) -> list[str]:
    """Name the groups of alerts, in minutes."""
    return [*ANSWERED, report.say(Text("stayed"))]


def answer_counts(report: Report) -> list[int]:
    """Count the alerts of the period by how soon the sitter was up; unanswered ones come last."""
    counts = [0] * (len(ANSWERED) + 1)
    for alert in counted_alerts(report.history, *report.total.span):
        seconds = response(alert)
        counts[-1 if seconds is None else sum(seconds > limit for limit in ANSWERS)] += 1
    return counts
