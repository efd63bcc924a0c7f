"""Draws the moving picture of the front page from a real simulation: `python tests/pictures.py`.

Clock, words, sitting time, levels and the buzzer are those of the records; the sitter and the
chair are drawn. It moves by CSS alone, so it also moves where a page shows it as an image, takes
the reader's light or dark side, and stands still for a reader who wants no motion.
`tests/test_readme.py` fails when the picture no longer shows what the product says.
"""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / ".github/images/alert.svg"
SCRIPT = "0:00:10 sit\n1:05:40 stand\n1:12:00 end\n"
"""An hour of sitting, an alert that is ignored for five minutes, a break."""
SECONDS = {
    ("break_soon", 0): 1.0,
    ("break_due", 1): 1.6,
    ("break_overdue", 2): 1.3,
    ("break_overdue", 3): 1.3,
    ("stood_up", 0): 1.5,
    ("break_complete", 0): 1.3,
}
"""How long each event of the records is shown; eight seconds together."""
STILL = ("break_overdue", 2)
"""What is seen where nothing moves."""
LIMIT = 3600
LEFT, WIDTH = 330, 500
"""Of text and gauge, in pixels."""
STYLE = """
svg { --card: #ffffff; --line: #d0d7de; --ink: #1f2328; --quiet: #59636e; --track: #e6e9ed;
  --calm: #1a7f37; --soon: #9a6700; --due: #cf222e; --thing: #8c959f; --sitter: #0969da; }
@media (prefers-color-scheme: dark) {
  svg { --card: #0d1117; --line: #3d444d; --ink: #f0f6fc; --quiet: #9198a1; --track: #262c36;
    --calm: #3fb950; --soon: #d29922; --due: #f85149; --thing: #656c76; --sitter: #4493f8; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.limb { fill: none; stroke: var(--sitter); stroke-width: 13; stroke-linecap: round; }
.thing { fill: none; stroke: var(--thing); stroke-width: 7; stroke-linecap: round; }
.beep { fill: none; stroke: var(--due); stroke-width: 3.5; stroke-linecap: round;
  animation: beep .4s step-end infinite; }
.frame { visibility: hidden; animation-duration: %ss; animation-timing-function: step-end;
  animation-iteration-count: infinite; }
.still { visibility: visible; }
@keyframes beep { 50%% { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .frame, .beep { animation: none; } }
"""
ROOM = """
<g class="thing">
<path d="M20 250H310"/><path d="M104 104L112 182H192M150 182V232M122 238L150 228L178 238"/>
<path d="M222 152H304M292 152V248"/>
</g>
<rect x="242" y="132" width="44" height="16" rx="3" fill="var(--thing)"/>
<circle cx="264" cy="126" r="7" fill="var(--ink)"/>
"""
SITS = """
<circle cx="138" cy="72" r="17" fill="var(--sitter)"/>
<path class="limb" d="M137 98L142 166L196 170L198 240M139 112L176 136L222 142"/>
"""
STANDS = """
<circle cx="62" cy="46" r="17" fill="var(--sitter)"/>
<path class="limb" d="M62 72V148L50 242M62 148L76 242M62 84L38 60L46 26M62 84L86 60L78 26"/>
"""
ARCS = (
    "M250 110A20 20 0 0 1 278 110",
    "M242 100A32 32 0 0 1 286 100",
    "M234 90A44 44 0 0 1 294 90",
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of the records, as it is shown."""

    event: dict[str, Any]
    sounds: bool
    """Whether the buzzer sounded between this event and the next."""
    seconds: int
    """The sitting time that the state told next."""

    @property
    def key(self) -> tuple[str, int]:
        """Its kind and level."""
        return self.event["event_type"], self.event["level"] or 0

    @property
    def sits(self) -> bool:
        """Whether the sitter is on the chair."""
        return self.key[0] not in ("stood_up", "break_complete")


def simulation() -> list[dict[str, Any]]:
    """Run the simulation of the picture; return its records."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CHAIR_SENSOR_")}
    run = subprocess.run(
        [sys.executable, "-m", "sensor", "simulate", "--script", "-", "--jsonl", "-"],
        cwd=ROOT,
        env=kept,
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def frames(records: Sequence[dict[str, Any]]) -> list[Frame]:
    """Take the events of the alert, and whether the buzzer sounded after each."""
    events = [one for one in records if one.get("topic", "").endswith("/event")]
    shown = [one for one in events if _key(one["payload"]) in SECONDS]
    ends = [*(one["t"] for one in shown[1:]), records[-1]["t"]]
    beeps = [one["t"] for one in records if one["kind"] == "buzzer" and one["on"]]
    states = [one for one in records if one.get("topic", "").endswith("/state")]
    return [
        Frame(
            one["payload"],
            any(one["t"] <= beep < end for beep in beeps),
            next(each["payload"]["sitting_seconds"] for each in states if each["t"] >= one["t"]),
        )
        for one, end in zip(shown, ends, strict=True)
    ]


def _key(event: dict[str, Any]) -> tuple[str, int]:
    return event["event_type"], event["level"] or 0


def drawn(shown: Sequence[Frame]) -> str:
    """Draw the frames one after the other."""
    whole = sum(SECONDS[frame.key] for frame in shown)
    keyframes, groups, at = [], [], 0.0
    for number, frame in enumerate(shown):
        start, at = at, at + SECONDS[frame.key]
        keyframes.append(_keyframes(number, 100 * start / whole, 100 * at / whole))
        still = " still" if frame.key == STILL else ""
        style = f'style="animation-name: frame{number}"'
        groups.append(f'<g class="frame{still}" {style}>{"".join(_frame(frame))}</g>')
    style = STYLE % f"{whole:g}" + "\n".join(keyframes)
    head = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 280" width="860" height="280"'
    card = 'width="859" height="279" rx="10" fill="var(--card)" stroke="var(--line)"'
    parts = [
        f'<svg {head} role="img">',
        "<title>An alert of chair-sensor, from a simulation</title>",
        f"<style>{style}\n</style>",
        f'<rect x=".5" y=".5" {card}/>',
        ROOM.strip(),
        *groups,
    ]
    return "\n".join([*parts, "</svg>", ""])


def _keyframes(number: int, start: float, end: float) -> str:
    before = "" if start == 0 else "0% { visibility: hidden; } "
    after = "" if end > 99.9 else f"{end:.2f}% {{ visibility: hidden; }} "
    shown = f"{start:.2f}% {{ visibility: visible; }} "
    last = "visible" if end > 99.9 else "hidden"
    return f"@keyframes frame{number} {{ {before}{shown}{after}100% {{ visibility: {last}; }} }}"


def _frame(frame: Frame) -> Iterator[str]:
    """Draw the sitter, the buzzer, and what the event says."""
    kind, level = frame.key
    colour = {"break_soon": "--soon", "break_due": "--due", "break_overdue": "--due"}.get(
        kind, "--calm"
    )
    yield SITS if frame.sits else STANDS
    mat = colour if frame.sits else "--thing"
    yield f'<path d="M114 178H190" stroke="var({mat})" stroke-width="7" stroke-linecap="round"/>'
    if frame.sounds and frame.sits:
        yield from (f'<path class="beep" d="{arc}"/>' for arc in ARCS[:level])
    clock = frame.event["at"][11:19]
    title = kind.replace("_", " ") + (f", level {level}" if level else "")
    yield _text(62, clock, 15, "--quiet")
    yield _text(96, title, 28, colour, weight=650)
    for number, line in enumerate(textwrap.wrap(frame.event["message"], 56)):
        yield _text(128 + 22 * number, line, 17, "--ink")
    seconds = frame.seconds
    full = max(1, round(min(1, seconds / LIMIT) * WIDTH))
    yield f'<rect x="{LEFT}" y="186" width="{WIDTH}" height="14" rx="7" fill="var(--track)"/>'
    yield f'<rect x="{LEFT}" y="186" width="{full}" height="14" rx="7" fill="var({colour})"/>'
    sat = f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    sound = "buzzer sounds" if frame.sounds and frame.sits else "silent"
    yield _text(226, f"sitting time {sat} of 1:00:00, {sound}", 15, "--quiet")


def _text(y: int, text: str, size: int, colour: str, *, weight: int = 400) -> str:
    return (
        f'<text x="{LEFT}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'fill="var({colour})">{escape(text)}</text>'
    )


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(frames(simulation())), encoding="utf-8")
