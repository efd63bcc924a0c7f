"""The settings changed from Home Assistant, and the commands that change them."""

import logging
from typing import Any

from sensor.core.events import BuzzerSwitch, DoNotDisturb, Reset, Snooze, TestBuzzer, Void
from sensor.core.rules import Rules
from sensor.daemon.checkpoints import Checkpoints
from sensor.daemon.commands import Command, Press, SwitchBuzzer, SwitchDnd
from sensor.daemon.live_state import LiveState
from sensor.daemon.ports import ChangedStore, Gateway
from sensor.settings.config import Config
from sensor.settings.overrides import (
    BUZZER,
    MUTE,
    NO_BUZZER,
    Change,
    Refusal,
    apply_change,
    reconciled,
    restored,
    rule_changes,
)

log = logging.getLogger(__name__)

_PRESSES: dict[str, type[Snooze | Void | Reset | TestBuzzer]] = {
    "snooze": Snooze,
    "void": Void,
    "reset": Reset,
    "test_buzzer": TestBuzzer,
}


class Overrides:
    """What was changed, over the settings as they were read at the start."""

    def __init__(
        self, config: Config, live: LiveState, checkpoints: Checkpoints, gateway: Gateway
    ) -> None:
        self.values: dict[str, Any] = {}
        self._config = config
        self._live = live
        self._checkpoints = checkpoints
        self._gateway = gateway

    def load(self, store: ChangedStore) -> None:
        """Restore the changes of an earlier life that still fit, and log the rest."""
        overrides, dropped = restored(store.load())
        self.values, clashes = reconciled(self._config, overrides)
        for line in (*dropped, *clashes):
            log.warning("%s", line)
        self._live.rules = self.rules()

    @property
    def profile(self) -> str:
        """The profile in force."""
        return str(self.values.get("profile", self._config.profile))

    @property
    def buzzer_switch(self) -> BuzzerSwitch:
        """Whether the buzzer may sound at all."""
        return BuzzerSwitch(self.values.get(BUZZER, True))

    def rules(self) -> Rules:
        """Return the rules in force, in the time zone that the system has now."""
        return self._config.rules(rule_changes(self.values))

    def obey(self, command: Command, at: float) -> None:
        """Carry out a command, or refuse it; the state is published again, changed or not."""
        self._gateway.forget()
        match command:
            case Change():
                changed = apply_change(self._config, self.values, command)
                if isinstance(changed, Refusal):
                    self._gateway.refuse(changed)
                else:
                    self._change(changed, at)
            case SwitchBuzzer(on):
                self._change({**self.values, BUZZER: on}, at)
                if on and self._live.rules.buzzer_style == "off":
                    self._gateway.refuse(MUTE)
            case SwitchDnd(on):
                self._live.apply(DoNotDisturb(on), at)
            case Press("reset_settings"):
                self._change({}, at)
            case Press("test_buzzer") if self._config.pins.buzzer is None:
                self._gateway.refuse(NO_BUZZER)
            case Press(action):
                self._live.apply(_PRESSES[action](), at)

    def _change(self, values: dict[str, Any], at: float) -> None:
        if values == self.values:
            return  # nothing to write either
        self.values = values
        self._checkpoints.keep(values)
        self._live.change_rules(self.rules(), at)
        self._live.apply(self.buzzer_switch, at)
