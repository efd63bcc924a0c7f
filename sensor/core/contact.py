"""The contact filter: a Schmitt trigger on an integrated contact (core/README.md, section 2).

Until the first confirmation the charge is not known: it is somewhere in [low, high] = [0, 1].
Both bounds obey the same rule, and the seat is known as soon as they meet at a rail.

Nothing is sampled: the charge is worked out only when the contact changes, and the moment of
the next crossing is an expression of the state.
"""

from dataclasses import dataclass

from sensor.core.changed import changed
from sensor.core.instant import NEVER, Instant
from sensor.core.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Contact:
    """The raw contact and the charge, which has no unit (0-1)."""

    closed: bool
    changed_at: Instant
    """When the raw contact took its present level."""
    at: Instant
    """The moment at which the bounds `low` and `high` held."""
    low: float
    high: float
    rose_at: Instant
    """When the charge last left 0."""
    fell_at: Instant
    """When the charge last left 1."""
    seen_rising: bool
    """Whether the contact was seen to close; False: it was closed when watching began."""
    occupied: bool | None = None
    """The confirmed seat; None before the first confirmation."""


def start(closed: bool, now: float) -> Contact:
    """Return a filter that knows the level of the contact and nothing else."""
    return Contact(
        closed=closed,
        changed_at=now,
        at=now,
        low=0,
        high=1,
        rose_at=now,
        fell_at=now,
        seen_rising=not closed,
    )


def read(contact: Contact, closed: bool, now: float, rules: Rules) -> Contact:
    """Return the filter with the contact's level at `now`; a repeated level changes nothing."""
    if closed == contact.closed:
        return contact
    low, high = _charge(contact, now, rules)
    rises = closed and low == 0
    falls = not closed and high == 1
    return changed(
        contact,
        closed=closed,
        changed_at=now,
        at=now,
        low=low,
        high=high,
        rose_at=now if rises else contact.rose_at,
        fell_at=now if falls else contact.fell_at,
        seen_rising=contact.seen_rising or rises,
    )


def worked_out(contact: Contact, now: float, rules: Rules) -> Contact:
    """Return the filter with its charge worked out at `now`; needed before a rate changes."""
    low, high = _charge(contact, now, rules)
    return changed(contact, at=now, low=low, high=high)


def _charge(contact: Contact, now: float, rules: Rules) -> tuple[float, float]:
    """Return the bounds of the charge at `now`."""
    passed, whole = now - contact.at, rules.sit_confirm if contact.closed else rules.leave_confirm
    share = 1 if passed >= whole else passed / whole
    if contact.closed:
        return min(1, contact.low + share), min(1, contact.high + share)
    return max(0, contact.low - share), max(0, contact.high - share)


def crossing(contact: Contact, rules: Rules) -> float:
    """Return when the seat will be confirmed as the contact is now; inf if it already is."""
    if contact.occupied is contact.closed:
        return NEVER
    if contact.closed:
        return contact.at + (1 - contact.low) * rules.sit_confirm
    return contact.at + contact.high * rules.leave_confirm


def confirmed(contact: Contact, now: float) -> Contact:
    """Return the filter with the seat confirmed as the contact is now."""
    rail = 1 if contact.closed else 0
    return changed(contact, at=now, low=rail, high=rail, occupied=contact.closed)


def certainly_open(contact: Contact, rules: Rules) -> float:
    """Return when the charge is at 0, past which no return can be back-dated; inf while closed."""
    if contact.closed:
        return NEVER
    return contact.at + contact.low * rules.leave_confirm
