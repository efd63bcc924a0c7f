"""The daemon's answer as text, in its language: pure, the answer in, lines out."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sensor.core.words import PROBLEMS, Text, span
from sensor.daemon.diagnostics import MOST_RECENT
from sensor.languages import translation

Facts = Mapping[str, Any]
Say = Callable[[Text], str]
"""Says a text in a language."""
STATUSES = {
    "vacant": Text("vacant"),
    "sitting": Text("sitting"),
    "break_soon": Text("break soon"),
    "break_due": Text("break due"),
    "snoozed": Text("snoozed"),
    "away": Text("away"),
    "ignored": Text("ignored"),
    "starting": Text("starting"),
    "unplugged": Text("unplugged"),
}
CONTACTS = {True: Text("pressed"), False: Text("free"), None: Text("unplugged")}


LABELS = 15
"""Columns of the labels."""


def lines(answer: Facts, width: int | None = None) -> Iterator[str]:
    """Give the lines of `chair-sensor status`, the most important first.

    A longer line than `width` columns goes on below its text; None: no line is too long.
    """
    translate = translation(answer.get("language", "en"))

    def say(text: Text) -> str:
        return text.said(translate)

    state = answer["state"]
    rows = [
        *_sitting(state, say),
        *_undisturbed(state, say),
        (say(Text("seat")), seat(answer, say))
        if "seat" in answer.get("contact", {})
        else (say(Text("mat")), mat(answer, say)),
        (say(Text("buzzer")), buzzer(answer, say)),
        *_program(answer, say),
    ]
    problem = state["problem"] and say(PROBLEMS[state["problem"]])
    head = [
        *_headline(answer, say),
        *([say(Text("PROBLEM: {what}", {"what": problem}))] if problem else []),
    ]
    yield from (each for line in head for each in _wrapped(line, width, 0))
    yield ""
    for name, text in rows:
        yield from _wrapped(f"{name:<{LABELS}} {text}", width, LABELS + 1)


def _wrapped(line: str, width: int | None, indent: int) -> list[str]:
    if width is None:
        return [line]
    wider = max(width, 2 * indent)
    return textwrap.wrap(line, wider, subsequent_indent=" " * indent, break_on_hyphens=False)


def brief(answer: Facts) -> list[str]:
    """Return what a request of the sitter has brought about."""
    translate = translation(answer.get("language", "en"))

    def say(text: Text) -> str:
        return text.said(translate)

    state = answer["state"]
    snoozes = Text("snoozes left: {snoozes}", {"snoozes": str(state["snoozes_left"])})
    left = [say(snoozes)] if state.get("snoozed_until") else []
    rows = _undisturbed(state, say)
    return [*_headline(answer, say), *left, *(" ".join(row) for row in rows)]


def _headline(answer: Facts, say: Say) -> tuple[str, str]:
    state = answer["state"]
    status = STATUSES.get(state["status"], Text(state["status"]))
    return f"{answer['name']} ({answer['mqtt']['base_topic']}): {say(status)}", state["reason"]


def _undisturbed(state: Facts, say: Say) -> Iterator[tuple[str, str]]:
    if until := state.get("do_not_disturb_until"):
        clock = {"clock": f"{datetime.fromisoformat(until):%H:%M}"}
        yield say(Text("do not disturb")), say(Text("until {clock}", clock))


def _sitting(state: Facts, say: Say) -> Iterator[tuple[str, str]]:
    limit = span(state["settings"]["sit_limit"] * 60)
    gaps = {"time": span(state["sitting_seconds"]), "limit": limit}
    yield say(Text("sitting time")), say(Text("{time} of {limit}", gaps))
    if state["bout_started_at"]:
        clock = f"{datetime.fromisoformat(state['bout_started_at']):%H:%M}"
        since = Text("{clock}, estimated") if state["estimated"] else Text("{clock}")
        yield say(Text("sitting since")), say(Text(since.english, {"clock": clock}))
    if state["level"]:
        gaps = {"level": str(state["level"]), "snoozes": str(state["snoozes_left"])}
        yield say(Text("alert")), say(Text("level {level} of 4, {snoozes} snoozes left", gaps))
    today = state["today"]
    gaps = {
        "time": span(today["chair_seconds"]),
        "times": str(today["bouts"]),
        "breaks": str(today["short_breaks"] + today["full_breaks"]),
        "alerts": str(today["alerts"]),
    }
    yield (
        say(Text("today")),
        say(Text("{time} on the chair; sat down {times}, breaks {breaks}, alerts {alerts}", gaps)),
    )


def _program(answer: Facts, say: Say) -> Iterator[tuple[str, str]]:
    yield say(Text("broker")), broker(answer, say)
    heard = answer["mqtt"]["home_assistant"]
    says = Text("says that it is {what}", {"what": str(heard)})
    yield "Home Assistant", say(says if heard else Text("has said nothing so far"))
    if not answer.get("clock", {}).get("synchronised", True):
        yield (
            say(Text("clock")),
            say(Text("not set by a time server, as far as the daemon knows")),
        )
    settings = answer["state"]["settings"]
    yield say(Text("profile")), settings["profile"]
    known = answer["diagnostics"]
    started = datetime.fromisoformat(known["started_at"])
    gaps = {
        "version": known["version"],
        "process": str(answer["pid"]),
        "since": f"{started:%Y-%m-%d %H:%M}",
    }
    yield say(Text("program")), say(Text("{version}, process {process}, since {since}", gaps))


def mat(answer: Facts, say: Say = Text.said) -> str:
    """Return the level of the mat's contact, and how often it changed in the last minute."""
    count = answer["edges_last_minute"]
    most = Text("{contact} ({name}); at least {count} changes in the last minute")
    one = Text("{contact} ({name}); 1 change in the last minute")
    some = Text("{contact} ({name}); {count} changes in the last minute")
    named = answer.get("contact")  # a daemon from before an upgrade names only the pin
    gaps = {
        "contact": say(CONTACTS[answer["state"]["contact_closed"]]),
        "name": named["name"] if named else f"GPIO{answer['pins']['mat']}",
        "count": str(count),
    }
    chosen = most if count == MOST_RECENT else one if count == 1 else some
    return say(Text(chosen.english, gaps))


def seat(answer: Facts, say: Say = Text.said) -> str:
    """Return what a sensor on the broker told last, and how it is."""
    about = answer["contact"]["seat"]
    known = CONTACTS[answer["state"]["contact_closed"]]
    level = known if about["known"] else Text("not known")
    parts = [f"{say(level)} ({answer['contact']['name']})"]
    if about["heard_ago"] is None:
        parts.append(say(Text("nothing heard yet")))
    else:
        parts.append(say(Text("heard {time} ago", {"time": span(about["heard_ago"])})))
    if about["changed_ago"] is not None:
        parts.append(say(Text("changed {time} ago", {"time": span(about["changed_ago"])})))
    if about["fault"]:
        parts.append(say(Text("its message {fault}", {"fault": about["fault"]})))
    for topic, online in about["availability"].items():
        gaps = {"topic": topic}
        silent, says = Text("{topic} has told nothing", gaps), Text("{topic} is not online", gaps)
        parts += [] if online else [say(silent if online is None else says)]
    for name, value in (("battery", about["battery"]), ("link", about["link_quality"])):
        if value is not None:
            battery, link = Text("battery {value} %"), Text("link quality {value}")
            chosen = battery if name == "battery" else link
            figure = {"value": f"{value:g}"}
            parts.append(say(Text(chosen.english, figure)))
    return "; ".join(parts)


def changes(count: int) -> str:
    """Return a number of changes in words."""
    return f"{count} {'change' if count == 1 else 'changes'}"


def buzzer(answer: Facts, say: Say = Text.said) -> str:
    """Return whether the buzzer sounds, and all that silences it."""
    state = answer["state"]
    quiet = [
        Text("silent now"),
        *([] if state["buzzer"] else [Text("switched off")]),
        *([Text("quiet hours")] if state["quiet"] else []),
        *([Text("do not disturb")] if state["do_not_disturb"] else []),
    ]
    sounds = [Text("sounds now")] if answer["buzzer_sounds"] else quiet
    sound, pin = ", ".join(map(say, sounds)), answer["pins"]["buzzer"]
    return say(Text("none (pins.buzzer = none)")) if pin is None else f"{sound} (GPIO{pin})"


def broker(answer: Facts, say: Say = Text.said) -> str:
    """Return whether the daemon is connected to the broker, and if not, why."""
    mqtt = answer["mqtt"]
    if answer["broker"] is None:
        return say(Text("none wanted (mqtt.host = none)"))
    if mqtt["connected"]:
        # A daemon that runs since before an upgrade does not know of it.
        refused = "; ".join(f"{what}: {why}" for what, why in mqtt.get("refused", {}).items())
        gaps = {"broker": answer["broker"], "refused": refused}
        partly = Text("connected to {broker}, but {refused}", gaps)
        return say(partly if refused else Text("connected to {broker}", gaps))
    if mqtt["trouble"]:
        return say(Text("away: {why}", {"why": mqtt["trouble"]}))
    return say(Text("connecting to {broker}", {"broker": answer["broker"]}))
