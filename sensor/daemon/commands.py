"""Commands: what a client asks for over MQTT, as values; the inbox and the loop pass them on."""

from dataclasses import dataclass
from typing import Literal

from sensor.settings.overrides import Change

Action = Literal["snooze", "void", "reset", "test_buzzer", "reset_settings"]


@dataclass(frozen=True, slots=True)
class SwitchBuzzer:
    """Let the buzzer sound, or keep it silent until switched on again."""

    on: bool


@dataclass(frozen=True, slots=True)
class SwitchDnd:
    """Begin or end do not disturb."""

    on: bool


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed."""

    action: Action


@dataclass(frozen=True, slots=True)
class Unknown:
    """A topic under `set/` or `do/` that does not exist; `reason` is one line for the log."""

    reason: str


Command = Change | SwitchBuzzer | SwitchDnd | Press
