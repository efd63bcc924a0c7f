"""Results as one table for people, or as JSON for programs."""

# ruff: noqa: T201  (it prints: that is its purpose)

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, and in the same run the nearest peer's and the floor's; less is better.

    None: there is no such thing to measure.
    """

    what: str
    unit: str
    ours: float
    peer: float | None = None
    """mqtt-io, which people use to bring a pin to MQTT."""
    floor: float | None = None
    """A bare script that does nothing but that."""
    spread: tuple[float, float] | None = field(default=None, kw_only=True)
    """Least and most of ours, divided by the peer's of the same run if there is one."""
    more_is_better: bool = field(default=False, kw_only=True)
    note: str = field(default="", kw_only=True)

    @property
    def to_peer(self) -> float | None:
        """Ours divided by the peer's."""
        return self.ours / self.peer if self.peer else None

    @property
    def to_floor(self) -> float | None:
        """Ours divided by the floor's."""
        return self.ours / self.floor if self.floor else None


HEADINGS = (
    *("", "unit", "chair-sensor", "before", "mqtt-io", "bare", "/ mqtt-io", "/ bare", "spread"),
    "",
)
Earlier = Mapping[tuple[str, str], float]
"""Our figure of each row, by what it is and its unit, in the run that is compared with."""


def middle(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Return each row with the medians of all runs, and how far they lie apart."""
    return [_middle(rows) for rows in zip(*runs, strict=True)]


def _middle(rows: Sequence[Row]) -> Row:
    ratios = [row.ours if row.to_peer is None else row.to_peer for row in rows]
    return replace(
        rows[0],
        **{name: _median(rows, name) for name in ("ours", "peer", "floor")},
        spread=(min(ratios), max(ratios)) if len(rows) > 1 else None,
    )


def _median(rows: Sequence[Row], name: str) -> Any:
    values = [value for row in rows if (value := getattr(row, name)) is not None]
    return statistics.median(values) if values else None


def show(rows: Sequence[Row], earlier: Earlier) -> None:
    """Print the table; what the earlier run has not measured stays empty."""
    cells = [HEADINGS] + [
        (
            row.what,
            row.unit,
            _text(row.ours),
            _text(earlier.get((row.what, row.unit))),
            _text(row.peer),
            _text(row.floor),
            _text(row.to_peer),
            _text(row.to_floor),
            " - ".join(map(_text, row.spread)) if row.spread else "-",
            "(more is better)" if row.more_is_better else row.note,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, line in enumerate(cells):
        words, figures, note = line[:2], line[2:-1], line[-1]
        texts = [word.ljust(width) for word, width in zip(words, widths, strict=False)]
        texts += [text.rjust(width) for text, width in zip(figures, widths[2:], strict=False)]
        print("  ".join([*texts, note]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def as_json(run: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the rows for programs, with what is known of the `run`."""
    told = [{**asdict(row), "to_peer": row.to_peer, "to_floor": row.to_floor} for row in rows]
    return json.dumps({**run, "rows": told}, indent=2) + "\n"


def read(file: Path) -> tuple[dict[str, Any], Earlier]:
    """Return what is known of a run that was written so, and its figures."""
    told = json.loads(file.read_text("utf-8"))
    return told, {(row["what"], row["unit"]): row["ours"] for row in told.pop("rows")}


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    if value and abs(value) < 1:
        return f"{value:.2g}"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
