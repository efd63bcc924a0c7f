"""The figures in plain, modest sentences, each whole in the catalogues: pieces do not translate."""

from sensor.core.self_check import is_due
from sensor.core.words import Text
from sensor.core.words import span as spoken
from sensor.report.metrics import Figures
from sensor.report.report import Report
from sensor.report.speech import NOTHING

NOTHING_SAT = Text("Nobody sat on this chair.")
TOO_LITTLE = 0.05
"""Share (0-1) by which a week must differ for the difference to be told."""
WHOLE = 0.9995
"""Share (0-1) of the time from which on no share is told."""


def summary(report: Report) -> str:
    """Say how much was sat, and in what portions."""
    say, total = report.say, report.total
    if report.is_empty:
        return say(Text("Nothing is known of this time: the chair was not watched."))
    if not total.chair_seconds:
        return say(NOTHING_SAT)
    gaps = {"time": spoken(total.chair_seconds)}
    days = sum(found.chair_seconds > 0 for _, found in report.days)
    if days > 1:
        gaps |= {"days": str(days), "each": spoken(total.chair_seconds / days)}
        said = say(Text("You sat {time} on this chair on {days} days, {each} a day.", gaps))
    else:
        said = say(Text("You sat {time} on this chair.", gaps))
    if total.longest_bout_seconds:
        gaps = {"time": spoken(total.longest_bout_seconds)}
        said += " " + say(Text("The longest stretch was {time}.", gaps))
    return said


def rhythm(report: Report) -> str:
    """Say how often the sitter got up."""
    between = report.total.seconds_between_transitions
    if between is not None:
        gaps = {"time": spoken(between)}
        return report.say(Text("On average you got up after {time} of sitting.", gaps))
    if report.total.chair_seconds:
        return report.say(Text("You have not got up yet."))
    return report.say(NOTHING_SAT)


def hours(report: Report, busiest: tuple[int, int] | None) -> str:
    """Say on what day of the week, and in which of its hours, most was sat."""
    if busiest is None:
        return report.say(NOTHING_SAT)
    day, hour = busiest
    gaps = {
        "weekday": report.say.weekday(day),
        "from": f"{hour}:00",
        "until": f"{(hour + 1) % 24}:00",
    }
    return report.say(Text("You sat most on {weekday} between {from} and {until}.", gaps))


def lengths(report: Report) -> str:
    """Say where the time went: few long bouts or many short ones."""
    total = report.total
    usual = total.usual_bout_seconds
    if usual is None:
        return report.say(Text("No stretch of sitting is finished yet."))
    if sum(group.bouts for group in total.bins) == 1:
        return report.say(
            Text("One stretch of sitting is finished; it lasted {time}.", {"time": spoken(usual)})
        )
    gaps = {"usual": spoken(usual)}
    return report.say(Text("You spent half of the time in stretches of {usual} or less.", gaps))


def prolonged(report: Report) -> str:
    """Say how much was sat in long bouts, and how that compares."""
    say, share = report.say, report.total.prolonged_share
    if share is None:
        return say(NOTHING_SAT)
    gaps = {"share": say.percent(share)}
    said = say(
        Text("You spent {share} of your sitting time in stretches of 30 minutes or longer.", gaps)
    )
    earlier = report.before.prolonged_share
    if earlier is None or not report.has_before:
        return said
    if report.is_one_day:
        almost = Text("The day before it was about as much.")
        less = Text("That is less than the day before ({share}).")
        more = Text("That is more than the day before ({share}).")
    else:
        almost = Text("In the {days} days before it was about as much.")
        less = Text("That is less than in the {days} days before ({share}).")
        more = Text("That is more than in the {days} days before ({share}).")
    change = share - earlier
    compared = almost if abs(change) < TOO_LITTLE else less if change < 0 else more
    gaps = {"days": str(len(report.period)), "share": say.percent(earlier)}
    return f"{said} {say(Text(compared.english, gaps))}"


def alerts(report: Report) -> str:
    """Say how alerts were answered."""
    say, total = report.say, report.total
    if not total.alerts:
        return say(Text("No alert was needed."))
    gaps = {"alerts": str(total.alerts), "heeded": str(total.alerts_heeded)}
    if total.alerts == 1:
        said = (
            Text("There was one alert, and you were up within 5 minutes.")
            if total.alerts_heeded
            else Text("There was one alert; you were not up within 5 minutes.")
        )
    elif total.alerts_heeded == total.alerts:
        said = Text("You were up within 5 minutes after all of {alerts} alerts.", gaps)
    elif total.alerts_heeded:
        said = Text("You were up within 5 minutes after {heeded} of {alerts} alerts.", gaps)
    else:
        said = Text("You were up within 5 minutes after none of {alerts} alerts.", gaps)
    if total.response_seconds is None:
        return say(said)
    gaps = {"time": spoken(total.response_seconds)}
    one, usual = Text("It took {time}.", gaps), Text("It usually took {time}.", gaps)
    return f"{say(said)} {say(one if total.alerts == 1 else usual)}"


def coverage(report: Report) -> str:
    """Say how much of the time is known at all, and what is estimated or left out."""
    say, total = report.say, report.total
    gaps = {
        "time": spoken(total.coverage_seconds),
        "whole": spoken(report.elapsed),
        "share": say.percent(report.coverage),
    }
    part = Text("The sensor watched {time} of {whole} ({share}).", gaps)
    whole = Text("The sensor watched all the time ({whole}).", gaps)
    said = [say(part if report.coverage < WHOLE else whole)]
    if total.estimated == 1:
        said.append(say(Text("One stretch is partly estimated.")))
    elif total.estimated:
        gaps = {"number": str(total.estimated)}
        said.append(say(Text("{number} stretches are partly estimated.", gaps)))
    if total.left_out == 1:
        said.append(say(Text("One stretch is left out: not you.")))
    elif total.left_out:
        gaps = {"number": str(total.left_out)}
        said.append(say(Text("{number} stretches are left out: not you.", gaps)))
    if report.history.damaged:
        gaps = {"number": str(report.history.damaged)}
        said.append(say(Text("Damaged rows of the history, left out: {number}.", gaps)))
    return " ".join(said)


def merge_rule(report: Report) -> str:
    """Say by which rule bouts are merged: the figures mean nothing without it."""
    rules = report.rules
    gaps = {
        "short": spoken(rules.short_absence),
        "full": spoken(rules.break_min),
        "confirm": spoken(rules.leave_confirm),
        "time": f"{rules.day_starts:%H:%M}",
    }
    return report.say(
        Text(
            "Up to {short} off the chair does not interrupt a stretch; longer is a short break, "
            "from {full} on a full one. Leaving is noticed after {confirm}. "
            "A day begins at {time}.",
            gaps,
        )
    )


def running(report: Report) -> str | None:
    """Say since when the sitter has been sitting; None without a bout that counts."""
    bout, as_of = report.history.open_bout, report.history.as_of
    if bout is None or as_of is None or bout.mark is not None:
        return None
    known = report.clock(as_of)
    gaps = {
        "since": f"{report.clock(bout.started_at):%H:%M}",
        "time": length(bout.seated_seconds),
        "weekday": report.say.short_weekday(known.weekday()),
        "clock": f"{known:%H:%M}",
    }
    return report.say(Text("Sitting since {since}, {time} as of {weekday} {clock}.", gaps))


def self_check(report: Report) -> str | None:
    """Say that the next self-check is due; None if it is not, or not wanted."""
    checks = report.self_checks
    if checks is None or report.now >= report.total.span.end:
        return None
    if not is_due(checks[-1].at if checks else None, report.now):
        return None
    if not checks:
        return report.say(Text("No self-check yet; `chair-sensor self-check` takes two minutes."))
    gaps = {"date": report.say.dated(report.clock(checks[-1].at))}
    return report.say(
        Text(
            "The last self-check was on {date}; `chair-sensor self-check` takes two minutes.", gaps
        )
    )


def heeded(report: Report, found: Figures) -> str:
    """Say how many of the alerts were heeded."""
    gaps = {"heeded": str(found.alerts_heeded), "alerts": str(found.alerts)}
    return report.say(Text("{heeded} of {alerts}", gaps))


def length(seconds: float | None) -> str:
    """Return seconds as a duration; a dash for None."""
    return spoken(seconds) if seconds else NOTHING
