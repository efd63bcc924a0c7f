"""A report for programs: JSON, and CSV with one line for each day. Seconds, shares from 0 to 1."""

import csv
import io
import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from sensor.core.self_check import QUESTIONS
from sensor.report import sentences
from sensor.report.metrics import BIN_NAMES, Figures
from sensor.report.report import Report

SHARES = ("prolonged_share", "hour_long_share", "coverage_share")


def as_json(report: Report) -> str:
    """Return everything, the period as a whole and in parts."""
    rules, as_of = report.rules, report.history.as_of
    whole = {
        "chair": report.chair_name,
        "first_day": report.period.first.isoformat(),
        "last_day": report.period.last.isoformat(),
        "timezone": str(report.almanac.zone),
        "as_of": None if as_of is None else _iso(report.clock(as_of)),
        "rules": {
            "short_absence_seconds": rules.short_absence,
            "break_min_seconds": rules.break_min,
            "leave_confirm_seconds": rules.leave_confirm,
            "day_starts": f"{rules.day_starts:%H:%M}",
            "text": sentences.merge_rule(report),
        },
        "damaged_rows": report.history.damaged,
        "elapsed_seconds": round(report.elapsed),
        "total": flat(report.total),
        "before": flat(report.before),
        "days": [{"date": day.isoformat(), **flat(found)} for day, found in report.days],
        "weeks": [
            {"monday": week.first.isoformat(), **flat(found)} for week, found in report.weeks
        ],
        "self_checks": [
            {
                "at": _iso(report.clock(row.at)),
                **{question.about: bool(getattr(row, question.about)) for question in QUESTIONS},
            }
            for row in report.self_checks or ()
        ],
    }
    return json.dumps(whole, indent=2)


def as_csv(report: Report) -> str:
    """Return a line for each day."""
    text = io.StringIO()
    names = ["date", *flat(report.total)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for day, found in report.days:
        writer.writerow({"date": day.isoformat(), **flat(found)})
    return text.getvalue()


def flat(found: Figures) -> dict[str, Any]:
    """Name every figure; None where there is nothing to tell."""
    told: dict[str, Any] = {}
    for field in fields(Figures):
        value = getattr(found, field.name)
        match field.name:
            case "span":
                continue
            case "bins":
                for name, group in zip(BIN_NAMES, value, strict=True):
                    told[f"bouts_{name}_min"] = group.bouts
                    told[f"seconds_in_bouts_{name}_min"] = round(group.seconds)
            case "prolonged" | "hour_long":
                told[f"{field.name}_bouts"] = value.bouts
                told[f"{field.name}_seconds"] = round(value.seconds)
            case _:
                told[field.name] = round(value) if isinstance(value, float) else value
    for name in SHARES:
        share = getattr(found, name)
        told[name] = None if share is None else round(share, 4)
    return told


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
