"""A report as one page of HTML that needs nothing else: no script, no font, no network.

Each picture stands below a sentence that says the same, and above a table with its numbers, for
readers that cannot see it or want the exact figures.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from sensor import __version__
from sensor.core.self_check import HINT, QUESTIONS
from sensor.core.words import Text
from sensor.report import plots, sentences
from sensor.report.days import Period, name_of, neighbours, read_period
from sensor.report.heat import Heat
from sensor.report.metrics import Figures
from sensor.report.report import Report
from sensor.report.sentences import heeded, length
from sensor.report.speech import NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture with all that belongs to it."""

    name: str
    title: str
    sentence: str
    key: Sequence[tuple[str, str]] = ()
    """Style and meaning of each colour."""
    svgs: tuple[Markup, Markup]
    """For a wide page and for a narrow one."""
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def named(period: Period) -> str:
    """Name the file of a page in a folder of pages."""
    return f"{name_of(period)}.html"


def page(report: Report, *, beside: Path | None = None) -> str:
    """Return the whole page; it links to those of the days before and after that lie beside it."""
    environment = Environment(
        finalize=_unbroken,
        loader=PackageLoader("sensor.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        report=report,
        say=lambda english, **gaps: report.say(Text(english, gaps)),
        version=__version__,
        title=report.say.days(report.period),
        summary=sentences.summary(report),
        coverage=sentences.coverage(report),
        merge_rule=sentences.merge_rule(report),
        tiles=_tiles(report),
        pictures=[
            picture(report)
            for picture in (_timeline, _heatmap, _lengths, _trend, _answers)
            if not report.is_empty
        ],
        parts=_parts(report),
        questions=[report.say(question.seen) for question in QUESTIONS],
        self_checks=[
            (report.say.dated(report.clock(row.at)), *map(report.say.yes_or_no, row[2:]))
            for row in report.self_checks or ()
        ],
        hint=report.say(HINT),
        near=_near(report, beside),
        reminder=sentences.self_check(report),
        made=f"{report.clock(report.now):%Y-%m-%d %H:%M}",
    )


def _near(report: Report, beside: Path | None) -> list[tuple[str, str]]:
    """Give file and title of the pages before and after, as far as they are there."""
    found = []
    for name in neighbours(report.period):
        if beside is not None and name and (beside / f"{name}.html").exists():
            days = read_period(name, report.period.first, report.period.first)
            found.append((f"{name}.html", report.say.days(days)))
    return found


def _unbroken(value: object) -> object:
    """Keep number and unit on one line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return re.sub(r"(?<=[0-9]) (?=(h|min|s|%)\b)", "\N{NO-BREAK SPACE}", value)


def _tiles(report: Report) -> list[tuple[str, str, str]]:
    """Return the main figures with their names, and with those of the days before."""
    say = report.say
    figures: list[tuple[Text, Callable[[Figures], str]]] = [
        (Text("chair time"), lambda found: length(found.chair_seconds)),
        (Text("longest stretch"), lambda found: length(found.longest_bout_seconds)),
        (Text("in stretches of 30 min and more"), lambda found: say.percent(found.prolonged_share)),
        (Text("times you got up"), lambda found: str(found.transitions)),
        (Text("full breaks"), lambda found: str(found.full_breaks)),
        (Text("up within 5 min of an alert"), partial(heeded, report)),
    ]

    def before(figure: str) -> str:
        if not report.has_before:
            return ""
        if report.is_one_day:
            return say(Text("the day before: {figure}", {"figure": figure}))
        gaps = {"days": str(len(report.period)), "figure": figure}
        return say(Text("the {days} days before: {figure}", gaps))

    return [
        (say(name), figure(report.total), before(figure(report.before))) for name, figure in figures
    ]


def _drawn(name: str, draw: Callable[[Figure], None]) -> tuple[Markup, Markup]:
    # Drawn from numbers and dates alone: nothing in it needs to be escaped.
    wide, narrow = (plots.drawn(name, draw, width) for width in (plots.WIDE, plots.NARROW))
    return Markup(wide), Markup(narrow)  # noqa: S704


def _timeline(report: Report) -> Picture:
    say, rows = report.say, report.days[-plots.MOST_ROWS :]
    last = Text("The last {days} days of the period.", {"days": str(len(rows))})
    return Picture(
        name="timeline",
        title=say(Text("Day by day")),
        sentence=sentences.rhythm(report),
        key=(
            ("short", say(Text("stretch under 30 min"))),
            ("long", say(Text("30 to 60 min"))),
            ("longer", say(Text("60 min and more"))),
            ("mark", say(Text("alert"))),
            ("unwatched", say(Text("not watched"))),
        ),
        heads=(
            *(say(Text("day")), say(Text("chair time")), say(Text("stretches"))),
            *(say(Text("longest")), say(Text("got up")), say(Text("watched"))),
        ),
        rows=[
            (
                say.day(day),
                length(found.chair_seconds),
                str(found.bouts),
                length(found.longest_bout_seconds),
                str(found.transitions),
                length(found.coverage_seconds),
            )
            for day, found in rows
        ],
        note=say(last) if len(rows) < len(report.days) else "",
        svgs=_drawn("timeline", partial(plots.timeline, report)),
    )


def _heatmap(report: Report) -> Picture:
    say, heat = report.say, Heat(report)
    key = say(Text("light: none of the hour, dark: all of it (average)"))
    return Picture(
        name="hours",
        title=say(Text("Hour by hour")),
        sentence=sentences.hours(report, heat.busiest()),
        key=(("heat", key),),
        heads=(say(Text("minutes sat")), *(f"{hour}:00" for hour in heat.hours)),
        rows=[
            (
                say.weekday(day),
                *(f"{60 * heat.share(day, hour):.0f}" for hour in heat.hours),
            )
            for day in heat.weekdays
        ],
        svgs=_drawn("hours", partial(plots.heatmap, report, heat)),
    )


def _lengths(report: Report) -> Picture:
    say = report.say
    return Picture(
        name="lengths",
        title=say(Text("How long at a stretch")),
        sentence=sentences.lengths(report),
        heads=(say(Text("stretches of (min)")), say(Text("stretches")), say(Text("time in them"))),
        rows=[
            (name, str(group.bouts), length(group.seconds))
            for name, group in zip(plots.BINS, report.total.bins, strict=True)
        ],
        svgs=_drawn("lengths", partial(plots.lengths, report)),
    )


def _trend(report: Report) -> Picture:
    say, head = report.say, Text("in stretches of 30 min and more")
    if len(report.period) <= plots.DAY_BY_DAY:
        heads = (say(Text("day")), say(head), say(Text("a week earlier")))
        rows = [
            (say.day(day), say.percent(now.prolonged_share), say.percent(then.prolonged_share))
            for (day, now), then in zip(report.days, report.a_week_earlier, strict=True)
        ]
    else:
        heads = (say(Text("week of")), say(head), say(Text("the week before")))
        shares = [found.prolonged_share for _, found in report.weeks]
        rows = [
            (say.dated(week.first), say.percent(now), say.percent(then))
            for (week, _), now, then in zip(report.weeks, shares, [None, *shares[:-1]], strict=True)
        ]
    return Picture(
        name="trend",
        title=say(Text("Long stretches")),
        sentence=sentences.prolonged(report),
        heads=heads,
        rows=rows,
        svgs=_drawn("trend", partial(plots.trend, report)),
    )


def _answers(report: Report) -> Picture:
    say, counts = report.say, plots.answer_counts(report)
    return Picture(
        name="answers",
        title=say(Text("After an alert")),
        sentence=sentences.alerts(report),
        heads=(say(Text("up after (min)")), say(Text("alerts"))),
        rows=list(zip(plots.answer_names(report), map(str, counts), strict=True)),
        svgs=_drawn("answers", partial(plots.answers, report)),
    )


def _parts(report: Report) -> list[Sequence[str]]:
    say = report.say
    return [
        (
            name,
            length(found.chair_seconds),
            str(found.bouts),
            length(found.longest_bout_seconds),
            length(found.usual_bout_seconds),
            say.percent(found.prolonged_share),
            f"{found.short_breaks} + {found.full_breaks}",
            heeded(report, found) if found.alerts else NOTHING,
            length(found.coverage_seconds),
        )
        for name, found in (*report.parts, (say(Text("Total")), report.total))
    ]
