"""The transitions of the bout accounting as a table; `tests/core/test_transitions.py` checks it.

A row is one elementary change. Those with the cause `time` may follow another at the same moment:
a leave that is confirmed late finds its break complete already. `README.md` shows the table.
"""

from typing import Literal, NamedTuple

Place = Literal["Idle", "Seated", "Absent", "Break", "Out of sight", "Resuming", "Ignored"]
"""Where the accounting is: the kind of `State.sitting`. An `Absent` is a `Break` once its bout is
closed, and `Out of sight` while no leave was seen."""


class Transition(NamedTuple):
    """One row of the table."""

    before: Place
    cause: str
    """The message, or what time alone has brought about; changed settings act as time does."""
    after: Place
    section: int
    """Of the rules in `README.md`."""
    meaning: str


TABLE = tuple(
    Transition(*row)
    for row in (
        ("Idle", "seat occupied", "Seated", 3, "a bout begins"),
        ("Idle", "recall", "Resuming", 7, "the sitter sat when the daemon stopped"),
        ("Idle", "recall", "Absent", 7, "the absence goes on over the downtime"),
        ("Idle", "recall", "Break", 7, "the break goes on over the downtime"),
        ("Idle", "recall", "Out of sight", 7, "the mat was unplugged when the daemon stopped"),
        ("Idle", "recall", "Ignored", 7, "down for less than `break_min`: still voided"),
        ("Seated", "seat vacant", "Absent", 3, "sitting time freezes at the back-dated leave"),
        ("Seated", "unplugged", "Out of sight", 2, "it may or may not become an absence"),
        ("Seated", "suspended", "Out of sight", 6, "for less than `break_min`: likewise"),
        ("Seated", "suspended", "Idle", 6, "for `break_min` or longer: the bout is closed"),
        ("Seated", "void", "Ignored", 5, "the bout is left out; nothing counts"),
        ("Seated", "reset", "Seated", 5, "the bout is closed, a new one begins"),
        ("Seated", "recall", "Seated", 7, "the bout from before goes on"),
        ("Seated", "recall", "Ignored", 7, "the bout from before was voided"),
        ("Absent", "seat occupied", "Seated", 3, "the same bout, or one less the credit"),
        ("Absent", "time", "Break", 3, "longer than `short_absence`: the bout is closed"),
        ("Absent", "void", "Idle", 5, "the bout is left out"),
        ("Absent", "reset", "Idle", 5, "the bout is closed"),
        ("Absent", "recall", "Absent", 7, "the bout from before goes on"),
        ("Break", "seat occupied", "Seated", 3, "a bout begins, sitting time less the credit"),
        ("Break", "time", "Idle", 3, "`break_min` away: a full break"),
        ("Break", "reset", "Idle", 5, "the timer is zero; the break goes on"),
        ("Out of sight", "seat occupied", "Seated", 2, "an absence of that length, or none"),
        ("Out of sight", "seat vacant", "Absent", 2, "an absence since the sight was lost"),
        ("Out of sight", "void", "Ignored", 5, "the bout is left out; nothing counts"),
        ("Out of sight", "reset", "Idle", 5, "the bout is closed"),
        ("Out of sight", "recall", "Out of sight", 7, "the bout from before goes on"),
        ("Out of sight", "recall", "Ignored", 7, "the bout from before was voided"),
        ("Resuming", "seat occupied", "Seated", 7, "down for less than `break_min`: sat on"),
        ("Resuming", "seat vacant", "Idle", 7, "the bout was closed when the daemon stopped"),
        ("Resuming", "unplugged", "Out of sight", 2, "it may or may not become an absence"),
        ("Resuming", "void", "Ignored", 5, "the bout is left out; nothing counts"),
        ("Resuming", "reset", "Idle", 5, "the bout is closed"),
        ("Ignored", "seat vacant", "Idle", 5, "the next to sit counts"),
        ("Ignored", "suspended", "Idle", 6, "for `break_min` or longer"),
        ("Ignored", "reset", "Seated", 5, "a bout begins now"),
        ("Ignored", "reset", "Idle", 5, "unless the seat is not occupied"),
    )
)
