"""What one check has found."""

from dataclasses import dataclass
from typing import Literal

from sensor.errors import ChairSensorError

Verdict = Literal["ok", "fail", "unknown"]
"""`unknown`: it cannot be told from here, which is no fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up."""

    check: str
    """What was looked at, in one or two words."""
    verdict: Verdict
    found: str
    fix: str | None = None
    """What to do about it."""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", found)


def fail(check: str, found: str, fix: str | None = None) -> Finding:
    """Something must be done."""
    return Finding(check, "fail", found, fix)


def unknown(check: str, found: str, fix: str | None = None) -> Finding:
    """It cannot be told; `fix` is how it could be."""
    return Finding(check, "unknown", found, fix)


def troubled(check: str, error: ChairSensorError) -> Finding:
    """Take over what one of the program's own errors says."""
    return fail(check, error.what, error.fix)
