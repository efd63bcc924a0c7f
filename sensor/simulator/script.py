"""Simulator scripts: one action a line, `TIME ACTION [ARGS]`, `#` for comments.

Parsing is pure: a text becomes steps (`steps.py`), and `actions.py` carries them out. The first
mistake is told in one line with file, line number, reason and an example, and nothing is run.
"""

import re
from collections.abc import Callable
from typing import Any, Literal

from sensor.errors import SettingsError, meant
from sensor.settings.bad_value import BadValueError
from sensor.settings.durations import seconds
from sensor.simulator.steps import (
    Action,
    BrokerStep,
    ChatterStep,
    ClockStep,
    DiskStep,
    DownStep,
    EndStep,
    HomeAssistantStep,
    LoopStep,
    MatStep,
    PressStep,
    PublishStep,
    SeatStep,
    StallStep,
    Step,
    StuckStep,
    SuspendStep,
)

LONGEST = 100 * 366 * 86400
"""Seconds; a script for more than a century is a slip of the pen."""


_TIME = re.compile(r"(?:([0-9]{1,6}):)?([0-9]{1,7}):([0-9]{2}(?:\.[0-9]{1,6})?)")
_DUTY = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_DOWN_FOR = 5.0
_HOME_ASSISTANT_BOOTS = 30.0


def read(text: str, name: str) -> list[Step]:
    """Read a whole script called `name`. Raises SettingsError with the first mistake."""
    steps: list[Step] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0] if "publish" not in line else _without_comment(line)
        if not words.strip():
            continue
        try:
            step = _step(words.strip(), number)
            if steps and step.at < steps[-1].at:
                raise _BadStep(  # noqa: TRY301
                    f"the time is before that of line {steps[-1].line}",
                    "write the lines in the order in which they happen",
                )
        except _BadStep as wrong:
            raise SettingsError(f"{name}, line {number}: {wrong}") from None
        steps.append(step)
    if not steps:
        raise SettingsError(f"{name}: it has no action; write for example: 0:00:10 sit")
    return steps


class _BadStep(Exception):  # noqa: N818  (half a sentence)
    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}; {advice}")


def _without_comment(line: str) -> str:
    """Cut the comment off a line with a payload, which may have a # inside a word."""
    return re.split(r"(?:^|\s)#", line, maxsplit=1)[0]


def _step(line: str, number: int) -> Step:
    time, *rest = line.split(None, 1)
    at = _time(time)
    if not rest:
        raise _BadStep("the action is missing", "write for example: 0:00:10 sit")
    name, *arguments = rest[0].split(None, 1)
    reader = _READERS.get(name)
    if reader is None:
        advice = meant(name, _READERS, f"there are {', '.join(_READERS)};")
        raise _BadStep(f"unknown action {name!r}", f"{advice} for example: 0:00:10 sit")
    return Step(at, reader(arguments[0] if arguments else ""), number)


def _time(text: str) -> float:
    found = _TIME.fullmatch(text)
    if found:
        hours, minutes, rest = int(found[1] or 0), int(found[2]), float(found[3])
        at = hours * 3600 + minutes * 60 + rest
        if rest < 60 and (found[1] is None or minutes < 60) and at <= LONGEST:
            return at
    raise _BadStep(f"{text!r} is not a time", "write H:MM:SS or MM:SS, for example: 0:55:00 stand")


def _alone(action: Action, example: str) -> Callable[[str], Action]:
    def read_nothing(arguments: str) -> Action:
        if arguments:
            raise _BadStep(f"{arguments!r} is one word too many", f"for example: {example}")
        return action

    return read_nothing


def _duration(text: str, example: str) -> float:
    try:
        duration = seconds(text)
    except BadValueError as error:
        raise _BadStep(f"{text!r} {error.what}", f"for example: {example}") from None
    if not 0 < duration <= LONGEST:
        raise _BadStep(f"{text!r} is not a duration", f"for example: {example}")
    return duration


def _chatter(arguments: str) -> Action:
    example = "0:10:00 chatter 10m 80%"
    words = arguments.split()
    if len(words) != 2:
        raise _BadStep("chatter takes a duration and a share", f"for example: {example}")
    duty = _DUTY.fullmatch(words[1])
    if not duty or float(duty[1]) > 100:
        raise _BadStep(f"{words[1]!r} is not a share from 0% to 100%", f"for example: {example}")
    return ChatterStep(_duration(words[0], example), float(duty[1]) / 100)


def _publish(arguments: str) -> Action:
    subtopic, *payload = arguments.split(None, 1) or [""]
    legal = subtopic and not any(sign in subtopic for sign in "+#\0")
    if not legal or "" in subtopic.split("/") or not payload:
        raise _BadStep(
            "publish takes a topic below the chair's own and a payload",
            "for example: 0:30:00 publish set/sit_limit 45",
        )
    return PublishStep(subtopic, payload[0])


def _broker(arguments: str) -> Action:
    match arguments.split():
        case ["up" | "down" as way]:
            return BrokerStep(way == "up")
        case ["slow", delay]:
            return BrokerStep(up=True, delay=_duration(delay, "0:50:00 broker slow 3s"))
        case ["refuse"]:
            return BrokerStep(up=True, refuses=True)
        case ["slow"]:
            raise _BadStep("the delay is missing", "for example: 0:50:00 broker slow 3s")
    raise _BadStep(
        "the broker goes down, up, slow DURATION or refuse", "for example: 0:50:00 broker down"
    )


def _homeassistant(arguments: str) -> Action:
    example = "0:50:00 homeassistant restart 40s"
    match arguments.split():
        case ["restart"]:
            return HomeAssistantStep(_HOME_ASSISTANT_BOOTS)
        case ["restart", duration]:
            return HomeAssistantStep(_duration(duration, example))
    raise _BadStep("Home Assistant can only restart", f"for example: {example}")


def _one_of(example: str, **actions: Action) -> Callable[[str], Action]:
    def read_word(arguments: str) -> Action:
        if arguments not in actions:
            words = " or ".join(actions)
            raise _BadStep(f"{arguments!r} is not {words}", f"for example: {example}")
        return actions[arguments]

    return read_word


def _down(how: Literal["restart", "crash", "reboot"]) -> Callable[[str], Action]:
    example = f"1:00:00 {how} 90s{' unsynced' if how == 'reboot' else ''}"

    def read_down(arguments: str) -> Action:
        words = arguments.split()
        synchronised = True
        if how == "reboot" and words and words[-1] == "unsynced":
            synchronised = False
            words.pop()
        if len(words) > 1:
            raise _BadStep(f"{how} takes one duration at most", f"for example: {example}")
        return DownStep(how, _duration(words[0], example) if words else _DOWN_FOR, synchronised)

    return read_down


def _seat(arguments: str) -> Action:
    match arguments.split():
        case ["miss" | "repeat" | "unretained" | "retained" as what]:
            return SeatStep(what)
        case ["late" | "stale" as what, duration]:
            return SeatStep(what, duration=_duration(duration, f"0:50:00 seat {what} 2m"))
        case ["battery", share] if (left := _DUTY.fullmatch(share)) and float(left[1]) <= 100:
            return SeatStep("battery", percent=round(float(left[1])))
    raise _BadStep(
        "the seat takes miss, late DURATION, repeat, stale DURATION, unretained, retained or "
        "battery SHARE",
        "for example: 0:50:00 seat battery 5%",
    )


def _clock(arguments: str) -> Action:
    example = "0:30:00 clock +3h"
    if arguments[:1] not in ("+", "-"):
        raise _BadStep("the clock jumps by + or - a duration", f"for example: {example}")
    by = _duration(arguments[1:].strip(), example)
    return ClockStep(by if arguments[0] == "+" else -by)


_READERS: dict[str, Callable[[str], Any]] = {
    "sit": _alone(MatStep(closed=True), "0:00:10 sit"),
    "stand": _alone(MatStep(closed=False), "0:55:00 stand"),
    "stuck": _one_of(
        "0:20:00 stuck closed", closed=StuckStep(closed=True), open=StuckStep(closed=False)
    ),
    "unstuck": _alone(StuckStep(closed=None), "0:50:00 unstuck"),
    "chatter": _chatter,
    "press": _alone(PressStep(), "1:01:00 press"),
    "publish": _publish,
    "broker": _broker,
    "homeassistant": _homeassistant,
    "restart": _down("restart"),
    "crash": _down("crash"),
    "reboot": _down("reboot"),
    "suspend": lambda text: SuspendStep(_duration(text, "1:00:00 suspend 7h")),
    "stall": lambda text: StallStep(_duration(text, "1:00:00 stall 20s")),
    "clock": _clock,
    "disk": _one_of("0:40:00 disk full", full=DiskStep(full=True), free=DiskStep(full=False)),
    "unplug": _alone(LoopStep(closed=False), "0:30:00 unplug"),
    "plug": _alone(LoopStep(closed=True), "0:31:00 plug"),
    "seat": _seat,
    "bridge": _one_of("0:50:00 bridge down", down=SeatStep("down"), up=SeatStep("up")),
    "end": _alone(EndStep(), "8:00:00 end"),
}
