"""A report as one page of HTML that needs nothing else: no script, no font, no network.

Each picture stands below a sentence that says the same, and above a table with its numbers: for
those who cannot see it, and for those who want to know exactly.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from sensor import __version__
from sensor.statistics import plots, sentences
from sensor.statistics.heat import Heat
from sensor.statistics.report import Report
from sensor.statistics.sentences import length, percent

DAYS_OF_THE_WEEK = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture with all that belongs to it."""

    name: str
    title: str
    sentence: str
    key: Sequence[tuple[str, str]] = ()
    """Style and words of what the colours mean."""
    svgs: tuple[Markup, Markup]
    """For a wide page and for a narrow one."""
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def page(report: Report) -> str:
    """Return the whole page."""
    environment = Environment(
        finalize=_unbroken,
        loader=PackageLoader("sensor.statistics", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        report=report,
        version=__version__,
        summary=sentences.summary(report),
        rhythm=sentences.rhythm(report.total),
        coverage=sentences.coverage(report),
        tiles=_tiles(report),
        pictures=[] if report.is_empty else list(_pictures(report)),
        parts=_parts(report),
        made=f"{report.clock(report.now):%Y-%m-%d %H:%M}",
    )


def _unbroken(value: object) -> object:
    """Keep number and unit on one line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return re.sub(r"(?<=[0-9]) (?=(h|min|s|%)\b)", "\N{NO-BREAK SPACE}", value)


def _tiles(report: Report) -> list[tuple[str, str, str]]:
    """Name the figures that one looks for first, with those of the days before."""
    total, before = report.total, report.before

    def compared(text: str) -> str:
        return f"before: {text}" if report.has_before else ""

    return [
        ("chair time", length(total.chair_seconds), compared(length(before.chair_seconds))),
        (
            "longest bout",
            length(total.longest_bout_seconds),
            compared(length(before.longest_bout_seconds)),
        ),
        (
            "in bouts of 30 min and more",
            percent(total.prolonged_share),
            compared(percent(before.prolonged_share)),
        ),
        ("times you got up", str(total.transitions), compared(str(before.transitions))),
        ("full breaks", str(total.full_breaks), compared(str(before.full_breaks))),
        (
            "alerts heeded",
            f"{total.alerts_heeded} of {total.alerts}",
            compared(f"{before.alerts_heeded} of {before.alerts}"),
        ),
    ]


def _pictures(report: Report) -> list[Picture]:
    heat = Heat(report)
    return [
        _timeline(report),
        _heatmap(heat),
        _lengths(report),
        _trend(report),
        _answers(report),
    ]


def _drawn(name: str, draw: Callable[[Figure], None]) -> tuple[Markup, Markup]:
    # Drawn from numbers and dates alone: nothing in it needs to be escaped.
    wide, narrow = (plots.drawn(name, draw, width) for width in (plots.WIDE, plots.NARROW))
    return Markup(wide), Markup(narrow)  # noqa: S704


def _timeline(report: Report) -> Picture:
    rows = report.days[-plots.MOST_ROWS :]
    note = f"The last {len(rows)} days of the period." if len(rows) < len(report.days) else ""
    return Picture(
        name="timeline",
        title="Day by day",
        sentence=sentences.rhythm(report.total),
        key=(
            ("short", "bout under 30 min"),
            ("long", "30 to 60 min"),
            ("longer", "60 min and more"),
            ("mark", "alert"),
            ("unwatched", "not watched"),
        ),
        heads=("day", "chair time", "bouts", "longest", "got up", "watched"),
        rows=[
            (
                f"{day:%a} {day.day} {day:%b}",
                length(found.chair_seconds),
                str(found.bouts),
                length(found.longest_bout_seconds),
                str(found.transitions),
                length(found.coverage_seconds),
            )
            for day, found in rows
        ],
        note=note,
        svgs=_drawn("timeline", partial(plots.timeline, report)),
    )


def _heatmap(heat: Heat) -> Picture:
    busiest = heat.busiest()
    named = (DAYS_OF_THE_WEEK[busiest[0]], busiest[1]) if busiest else None
    return Picture(
        name="hours",
        title="Hour by hour",
        sentence=sentences.hours(named),
        key=(("heat", "none of the hour to all of it, on an average day that was watched"),),
        heads=("minutes sat", *(f"{hour}:00" for hour in heat.hours)),
        rows=[
            (
                DAYS_OF_THE_WEEK[day],
                *(f"{60 * heat.share(day, hour):.0f}" for hour in heat.hours),
            )
            for day in heat.weekdays
        ],
        svgs=_drawn("hours", partial(plots.heatmap, heat)),
    )


def _lengths(report: Report) -> Picture:
    return Picture(
        name="lengths",
        title="How long at a stretch",
        sentence=sentences.lengths(report.total),
        heads=("bouts of (min)", "bouts", "time in them"),
        rows=[
            (name, str(group.bouts), length(group.seconds))
            for name, group in zip(plots.BINS, report.total.bins, strict=True)
        ],
        svgs=_drawn("lengths", partial(plots.lengths, report)),
    )


def _trend(report: Report) -> Picture:
    if len(report.period) <= plots.DAY_BY_DAY:
        heads = ("day", "in bouts of 30 min and more", "a week earlier")
        rows = [
            (f"{day:%a} {day.day} {day:%b}", percent(now.prolonged_share), percent(then))
            for (day, now), then in zip(
                report.days,
                (found.prolonged_share for found in report.a_week_earlier),
                strict=True,
            )
        ]
    else:
        heads = ("week of", "in bouts of 30 min and more", "the week before")
        shares = [found.prolonged_share for _, found in report.weeks]
        rows = [
            (f"{week.first.day} {week.first:%b %Y}", percent(now), percent(then))
            for (week, _), now, then in zip(report.weeks, shares, [None, *shares[:-1]], strict=True)
        ]
    return Picture(
        name="trend",
        title="Long bouts",
        sentence=sentences.prolonged(report),
        heads=heads,
        rows=rows,
        svgs=_drawn("trend", partial(plots.trend, report)),
    )


def _answers(report: Report) -> Picture:
    counts = plots.answer_counts(report)
    return Picture(
        name="answers",
        title="After an alert",
        sentence=sentences.alerts(report.total),
        heads=("up after (min)", "alerts"),
        rows=list(zip(plots.ANSWER_NAMES, map(str, counts), strict=True)),
        svgs=_drawn("answers", partial(plots.answers, report)),
    )


def _parts(report: Report) -> list[Sequence[str]]:
    return [
        (
            name,
            length(found.chair_seconds),
            str(found.bouts),
            length(found.longest_bout_seconds),
            length(found.usual_bout_seconds),
            percent(found.prolonged_share),
            f"{found.short_breaks} + {found.full_breaks}",
            f"{found.alerts_heeded} of {found.alerts}" if found.alerts else "-",
            length(found.coverage_seconds),
        )
        for name, found in (*report.parts, ("whole", report.total))
    ]
