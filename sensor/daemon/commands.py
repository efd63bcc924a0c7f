"""Commands: what a client asks for over MQTT, as values; the inbox and the loop pass them on."""

from typing import Literal, NamedTuple

from sensor.settings.overrides import Change

Action = Literal["snooze", "void", "reset", "test_buzzer", "reset_settings"]


class SwitchBuzzer(NamedTuple):
    """Let the buzzer sound, or keep it silent until switched on again."""

    on: bool


class SwitchDnd(NamedTuple):
    """Begin or end do not disturb."""

    on: bool


class Press(NamedTuple):
    """A button was pressed."""

    action: Action


class Unknown(NamedTuple):
    """A topic under `set/` or `do/` that does not exist; `reason` is one line for the log."""

    reason: str


Command = Change | SwitchBuzzer | SwitchDnd | Press
