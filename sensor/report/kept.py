"""A report from the history that a database keeps."""

import math
from collections.abc import Callable
from pathlib import Path

from sensor.errors import SettingsError
from sensor.report.days import Almanac, read_period
from sensor.report.report import Report, compiled, needed
from sensor.settings.config import Config
from sensor.storage.history import began, read


def compiled_from(config: Config, text: str, database: Callable[[], Path], now: float) -> Report:
    """Return the report of the period that `text` names, as of `now` (Unix time).

    Raises SettingsError for a wrong period, before the history is looked for, and as `database`.
    """
    rules = config.rules()
    almanac = Almanac(rules.day_starts, rules.timezone)
    today = almanac.day(now)
    read_period(text, today, today)
    path = database()
    first = began(path)
    period = read_period(text, today, almanac.day(first) if first is not None else today)
    if period.first > today:
        raise SettingsError(f"{text!r} is still to come; today is {today}")
    try:
        since, until = needed(period, almanac)
    except (OverflowError, ValueError):
        since, until = -math.inf, math.inf
    history = read(path, since=since, until=until, zone=rules.timezone)
    return compiled(
        history,
        period,
        almanac,
        rules,
        now=now,
        chair_name=config.chair.name,
        language=config.language,
        with_self_checks=config.self_check,
    )
