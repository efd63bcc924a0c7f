"""The daemon's answer as text: pure, the answer in, lines out."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sensor.core.words import PROBLEMS, span
from sensor.daemon.diagnostics import MOST_RECENT

Facts = Mapping[str, Any]


def lines(answer: Facts) -> list[str]:
    """Return the lines of `chair-sensor status`, the most important first."""
    state = answer["state"]
    rows = [*_sitting(state), *_wires(answer), *_program(answer)]
    return [
        f"{answer['name']} ({answer['mqtt']['base_topic']}): {state['status']}",
        state["reason"],
        *([f"PROBLEM: {PROBLEMS[state['problem']].said()}"] if state["problem"] else []),
        "",
        *(f"{name:<15} {text}" for name, text in rows),
    ]


def _sitting(state: Facts) -> Iterator[tuple[str, str]]:
    limit = state["settings"]["sit_limit"] * 60
    yield "sitting time", f"{span(state['sitting_seconds'])} of {span(limit)}"
    if state["bout_started_at"]:
        estimated = ", estimated" if state["estimated"] else ""
        yield "bout", f"since {_clock(state['bout_started_at'])}{estimated}"
    if state["level"]:
        yield "alert", f"level {state['level']} of 4, {state['snoozes_left']} snoozes left"
    today = state["today"]
    breaks = today["short_breaks"] + today["full_breaks"]
    counts = f"bouts {today['bouts']}, breaks {breaks}, alerts {today['alerts']}"
    yield "today", f"{span(today['chair_seconds'])} on the chair; {counts}"


def _wires(answer: Facts) -> Iterator[tuple[str, str]]:
    yield "mat", mat(answer)
    yield "buzzer", buzzer(answer)


def _program(answer: Facts) -> Iterator[tuple[str, str]]:
    yield "broker", broker(answer)
    heard = answer["mqtt"]["home_assistant"]
    yield "Home Assistant", f"says that it is {heard}" if heard else "has said nothing so far"
    if not answer.get("clock", {}).get("synchronised", True):
        yield "clock", "not set by a time server, as far as the daemon knows"
    settings = answer["state"]["settings"]
    yield "profile", settings["profile"]
    known = answer["diagnostics"]
    started = datetime.fromisoformat(known["started_at"])
    yield (
        "program",
        f"{known['version']}, process {answer['pid']}, since {started:%a %Y-%m-%d %H:%M}",
    )


def mat(answer: Facts) -> str:
    """Return the level of the mat's contact, and how often it changed in the last minute."""
    contact = {True: "pressed", False: "free", None: "unplugged"}[answer["state"]["contact_closed"]]
    count = answer["edges_last_minute"]
    most = "at least " if count == MOST_RECENT else ""
    return f"{contact} ({answer['contact']['name']}); {most}{changes(count)} in the last minute"


def changes(count: int) -> str:
    """Return a number of changes in words."""
    return f"{count} {'change' if count == 1 else 'changes'}"


def buzzer(answer: Facts) -> str:
    """Return whether the buzzer sounds, and all that silences it."""
    state = answer["state"]
    quiet = [
        *([] if state["buzzer"] else ["switched off"]),
        *(["quiet hours"] if state["quiet"] else []),
        *(["do not disturb"] if state["do_not_disturb"] else []),
    ]
    sound = "sounds now" if answer["buzzer_sounds"] else ", ".join(["silent now", *quiet])
    return f"{sound} (GPIO{answer['pins']['buzzer']})"


def broker(answer: Facts) -> str:
    """Return whether the daemon is connected to the broker, and if not, why."""
    mqtt = answer["mqtt"]
    if answer["broker"] is None:
        return "none wanted (mqtt.host = none)"
    if mqtt["connected"]:
        # A daemon that runs since before an upgrade does not know of it.
        refused = "; ".join(f"{what}: {why}" for what, why in mqtt.get("refused", {}).items())
        return f"connected to {answer['broker']}{f', but {refused}' if refused else ''}"
    return f"away: {mqtt['trouble']}" if mqtt["trouble"] else f"connecting to {answer['broker']}"


def _clock(label: str) -> str:
    return f"{datetime.fromisoformat(label):%H:%M}"
