"""What the figures say, in one plain sentence each. Modest: they describe, they do not judge."""

from sensor.core.words import span as spoken
from sensor.statistics.metrics import Figures
from sensor.statistics.report import Report

NOTHING_SAT = "Nobody sat on this chair."
TOO_LITTLE = 0.05
"""Share (0-1) by which a week must differ for the difference to be told."""


def summary(report: Report) -> str:
    """Say how much was sat, and in what portions."""
    total = report.total
    if report.is_empty:
        return "Nothing is known of this time: the chair was not watched."
    if not total.chair_seconds:
        return NOTHING_SAT
    said = f"You sat {spoken(total.chair_seconds)} on this chair"
    if not report.is_one_day:
        days = sum(found.chair_seconds > 0 for _, found in report.days)
        if days > 1:
            said += f" on {days} days, {spoken(total.chair_seconds / days)} a day"
    if total.longest_bout_seconds:
        said += f"; the longest bout was {spoken(total.longest_bout_seconds)}"
    return f"{said}."


def rhythm(total: Figures) -> str:
    """Say how often somebody got up."""
    between = total.seconds_between_transitions
    if between is None:
        return NOTHING_SAT if not total.chair_seconds else "You have not got up yet."
    return f"On average you got up after {spoken(between)} of sitting."


def hours(busiest: tuple[str, int] | None) -> str:
    """Say when most was sat."""
    if busiest is None:
        return NOTHING_SAT
    day, hour = busiest
    return f"You sat most on {day} between {hour}:00 and {(hour + 1) % 24}:00."


def lengths(total: Figures) -> str:
    """Say where the time went: few long bouts or many short ones."""
    usual = total.usual_bout_seconds
    if usual is None:
        return "No bout is finished yet."
    return (
        f"Half of the time was sat in bouts of {spoken(usual)} or less; "
        f"the middle one of {sum(group.bouts for group in total.bins)} bouts was "
        f"{spoken(total.median_bout_seconds or 0)} long."
    )


def prolonged(report: Report) -> str:
    """Say how much was sat in long bouts, and how that compares."""
    share = report.total.prolonged_share
    if share is None:
        return NOTHING_SAT
    said = f"{percent(share)} of the time was sat in bouts of half an hour and more"
    earlier = report.before.prolonged_share
    days = len(report.period)
    before_is = "the day before" if days == 1 else f"in the {days} days before"
    if earlier is None or not report.has_before:
        return f"{said}."
    if abs(share - earlier) < TOO_LITTLE:
        return f"{said}, about as much as {before_is}."
    word = "less" if share < earlier else "more"
    return f"{said}, {word} than {before_is} ({percent(earlier)})."


def alerts(total: Figures) -> str:
    """Say how alerts were answered."""
    if not total.alerts:
        return "No alert was needed."
    heeded, alerts = total.alerts_heeded, counted(total.alerts, "alert", "alerts")
    which = {0: "none", total.alerts: "all"}.get(heeded, str(heeded))
    said = f"You were up within 5 minutes after {which} of {alerts}"
    if total.response_seconds is None:
        return f"{said}."
    return f"{said}; it usually took {spoken(total.response_seconds)}."


def coverage(report: Report) -> str:
    """Say how much of the time is known at all, and what is estimated or left out."""
    said = (
        f"The sensor watched {spoken(report.total.coverage_seconds)} of "
        f"{spoken(report.elapsed)} ({percent(report.coverage)})."
    )
    if report.total.estimated:
        said += f" {counted(report.total.estimated, 'bout is', 'bouts are')} partly estimated."
    if report.total.left_out:
        said += f" {counted(report.total.left_out, 'bout is', 'bouts are')} left out: not you."
    return said


def counted(number: int, one: str, many: str) -> str:
    """`1 bout is`, `2 bouts are`."""
    return f"{number} {one if number == 1 else many}"


def percent(share: float | None) -> str:
    """A share as people write it."""
    return "-" if share is None else f"{share:.0%}"


def length(seconds: float | None) -> str:
    """A duration, or a dash where there is none."""
    return "-" if not seconds else spoken(seconds)
