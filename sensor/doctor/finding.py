"""The result of one check."""

from dataclasses import dataclass
from typing import Literal

from sensor.errors import ChairSensorError

Verdict = Literal["ok", "fail", "unknown"]
"""`unknown`: it cannot be determined from here, which is not a fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up."""

    check: str
    """The thing that was checked, in one or two words."""
    verdict: Verdict
    found: str
    fix: str | None = None
    """What to do about it."""


def ok(check: str, found: str) -> Finding:
    """Make a finding: all is well."""
    return Finding(check, "ok", found)


def fail(check: str, found: str, fix: str | None = None) -> Finding:
    """Make a finding: the user must act."""
    return Finding(check, "fail", found, fix)


def unknown(check: str, found: str, fix: str | None = None) -> Finding:
    """Make a finding: it cannot be determined; `fix` says how it could be."""
    return Finding(check, "unknown", found, fix)


def troubled(check: str, error: ChairSensorError) -> Finding:
    """Make a finding of one of the program's own errors."""
    return fail(check, error.what, error.fix)
