"""The pictures made of characters: chair and sitter, gauge, and the strip of the day. Pure.

Shapes tell the same as colours, for terminals that have none.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from rich.text import Text

from sensor.simulator.screen.view import COLOURS, GREY, RED

METAL = "#adbac7"
CHAIR = (
    "                    ",
    "     ┃              ",
    "     ┃              ",
    "     ┃              ",
    "     ┃              ",
    "     ┗━━━━━━━┓      ",
    "         ┃          ",
    "      ╺━━┻━━╸       ",
    "      ◉     ◉       ",
)
SITTING = (
    "       ▟█▙          ",
    "       ▜█▛          ",
    "      ▟██▙          ",
    "      ████▄▄▖       ",
    "      █████▄▄▖      ",
    "             ┃█     ",
    "              █     ",
    "              █▄    ",
    "                    ",
)
STANDING = (
    "               ▟█▙  ",
    "               ▜█▛  ",
    "              ▟███▙ ",
    "              █▐█▌█ ",
    "              ▝▐█▌▘ ",
    "               ▐█▌  ",
    "               █ █  ",
    "               █ █  ",
    "               ▀ ▀  ",
)
SOUND = (" ♪", "♫ ", " ♪")
"""Beside the sitter's head while the buzzer sounds."""

_EIGHTHS = " ▏▎▍▌▋▊▉"
TRACKS = {
    "sitting": "▄",
    "break_soon": "▆",
    "break_due": "█",
    "snoozed": "▓",
    "away": "·",
    "vacant": "·",
    "ignored": "░",
    "starting": "?",
    "unplugged": "x",
    "down": "x",
}
_SPANS = (2, 4, 8, 12, 24)
"""Hours that the strip shows: the shortest that holds the day so far."""


def chair(*, sitting: bool, standing: bool, sounds: bool, colour: str) -> Text:
    """Draw the chair, with the sitter on it or beside it."""
    sitter = SITTING if sitting else STANDING if standing else None
    picture = Text()
    for number, line in enumerate(CHAIR):
        for column, sign in enumerate(line):
            over = sitter[number][column] if sitter else " "
            picture.append(sign if over == " " else over, METAL if over == " " else colour)
        if sounds and not standing and number < len(SOUND):
            picture.right_crop(4)
            picture.append(f"{SOUND[number]}  ", f"bold {RED}")
        picture.append("\n")
    return picture


def gauge(filled: float, warned_at: float, width: int, colour: str) -> Text:
    """Draw how full it is, 0-1, in eighths of a character, with a mark for the first quiet hint."""
    eighths = round(filled * width * 8)
    whole, part = divmod(eighths, 8)
    bar = "█" * whole + (_EIGHTHS[part] if part else "")
    rest = list("─" * (width - len(bar)))
    mark = round(warned_at * width) - len(bar)
    if 0 <= mark < len(rest):
        rest[mark] = "┊"
    return Text.assemble((bar, colour), ("".join(rest), GREY))


def strip(
    past: Sequence[tuple[float, str]],
    *,
    now: float,
    wall: float,
    zone: tzinfo,
    width: int,
) -> Text:
    """Draw the day so far above its hours. `now` is in seconds of the script, as in `past`."""
    began = past[0][0] if past else now
    local = datetime.fromtimestamp(wall + began - now, zone)
    start = began - (local.minute * 60 + local.second)
    hours = next((span for span in _SPANS if now - start < span * 3600), _SPANS[-1])
    start = max(start, _full_hour(now, wall, zone) + 3600 - hours * 3600)
    cell = hours * 3600 / width
    track, scale = Text(), [" "] * (width + 6)
    for number in range(width):
        left = start + number * cell
        word = _most(past, left, min(left + cell, now)) if left < now else None
        track.append(TRACKS.get(word or "", " "), COLOURS.get(word or "", GREY))
    every = 1 if width / hours >= 7 else 2 if width / hours >= 4 else 4
    for hour in range(0, hours, every):
        label = datetime.fromtimestamp(wall + start - now + hour * 3600 + 1, zone)
        column = round(hour * width / hours)
        scale[column : column + 5] = f"{label:%H:%M}"
    return Text.assemble(track, "\n", ("".join(scale[:width]), GREY))


def _full_hour(now: float, wall: float, zone: tzinfo) -> float:
    local = datetime.fromtimestamp(wall, zone)
    return now - (local.minute * 60 + local.second)


def _most(past: Sequence[tuple[float, str]], left: float, right: float) -> str | None:
    """Return the status that lasted longest in a stretch of time; None: nothing is known."""
    shares: dict[str, float] = {}
    for (since, word), (until, _) in pairwise([*past, (right, "")]):
        share = min(until, right) - max(since, left)
        if share > 0:
            shares[word] = shares.get(word, 0) + share
    return max(shares, key=lambda word: shares[word]) if shares else None
