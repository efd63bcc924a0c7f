"""Draws the README's picture from a real simulation: `python tests/pictures.py`.

The lines are what `chair-sensor simulate --script workday` prints; nothing in them is made up.
`tests/test_readme.py` fails when the picture no longer shows what the product says.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / ".github/images/simulate.svg"
COMMAND = ("simulate", "--script", "workday")

NAMESPACE = "http://www.w3.org/2000/svg"
CELL, LINE, SIZE = 8.43, 21, 14
"""Width of a character, height of a line and size of the type, in pixels."""
LEFT, TOP = 20, 56
BACKGROUND, PLAIN, PALE = "#0d1117", "#c9d1d9", "#768390"
COLOURS = {
    "sitting": "#57ab5a",
    "break_soon": "#d9a53f",
    "break_due": "#f47067",
    "break_overdue": "#f47067",
    "away": "#6cb6ff",
    "break_complete": "#57ab5a",
}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def simulation() -> list[str]:
    """Run the simulation of the picture; return the lines that it prints."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CHAIR_SENSOR_")}
    run = subprocess.run(
        [sys.executable, "-m", "sensor", *COMMAND],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def excerpt(lines: list[str]) -> list[str]:
    """Take the morning: a heeded reminder, a short break, and one that is ignored for long."""
    fourth = next(number for number, line in enumerate(lines) if "level 4" in line)
    rest = [line for line in lines[fourth:] if "break_overdue" not in line]
    return [*lines[: fourth + 1], "...", *rest[:2]]


def drawn(lines: list[str]) -> str:
    """Draw a terminal with these lines as SVG."""
    columns = max(map(len, lines))
    width = round(2 * LEFT + columns * CELL)
    height = TOP + len(lines) * LINE
    size = f'width="{width}" height="{height}"'
    title = f"chair-sensor {' '.join(COMMAND)}"
    parts = [
        f'<svg xmlns="{NAMESPACE}" viewBox="0 0 {width} {height}" {size} role="img">',
        f"<title>What {title} prints</title>",
        f'<rect {size} rx="8" fill="{BACKGROUND}"/>',
        f'<g font-family="{FONT}" font-size="{SIZE}" xml:space="preserve">',
        _text(0, TOP - LINE - 4, f"$ {title}", PLAIN),
    ]
    for number, line in enumerate(lines):
        parts += _coloured(line, TOP + number * LINE)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _coloured(line: str, y: float) -> Iterator[str]:
    """Draw the time pale, the word for what happens in its colour, the rest plain."""
    clock, gap, said = line.partition("  ")
    yield _text(0, y, clock, PALE)
    word, colon, rest = said.partition(":")
    start = len(clock) + len(gap)
    yield _text(start, y, word + colon, COLOURS.get(word, PALE))
    yield _text(start + len(word + colon) + 1, y, rest.lstrip(), PLAIN)


def _text(column: int, y: float, text: str, colour: str) -> str:
    """Put a text at a column, as wide as its characters say, whatever font there is."""
    if not text:
        return ""
    return (
        f'<text x="{LEFT + column * CELL:.1f}" y="{y:g}" fill="{colour}" '
        f'textLength="{len(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(excerpt(simulation())), encoding="utf-8")
