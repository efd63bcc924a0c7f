"""The end of a simulation at the user's broker: its device goes from Home Assistant, or stays."""

import logging
import shlex
from dataclasses import asdict

from sensor.errors import SettingsError
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config, Mqtt
from sensor.terminal.dialogue import agreed

log = logging.getLogger(__name__)

NOT_TO_PURGE = {"password", "keepalive", "discovery", "birth_topic"}
"""Settings of the broker that a removal does without, or must not show."""


def offer_removal(config: Config, *, may_ask: bool) -> None:
    """Ask whether to remove the device from Home Assistant, or say how. Raises as `purge`."""
    from sensor.homeassistant.purge import naming, purge  # noqa: PLC0415  (needs paho)

    topics = Topics.of(config.mqtt, str(config.chair.id))
    what = naming(config, topics)
    is_gone = False
    try:
        if may_ask and _agrees(f"Remove {what}, and from Home Assistant?"):
            purge(config, topics)
            is_gone = True
            log.info("removed %s", what)
    finally:  # after Ctrl-C, too
        if not is_gone:
            options = named_to_purge(config)
            log.info("to remove the device: chair-sensor homeassistant purge %s", options)


def named_to_purge(config: Config) -> str:
    """Return the options with which `purge` finds the chair, but for the password."""
    mqtt, usual = asdict(config.mqtt), asdict(Mqtt())
    given = {"chair.id": config.chair.id} | {
        f"mqtt.{name}": f"{value}".lower() if isinstance(value, bool) else value
        for name, value in mqtt.items()
        if value != usual[name] and name not in NOT_TO_PURGE
    }
    file = ["--config", shlex.quote(str(config.file))] if config.file else []
    return " ".join([*file, *(f"--set {shlex.quote(f'{k}={v}')}" for k, v in given.items())])


def _agrees(question: str) -> bool:
    try:
        return agreed(question, otherwise="")
    except SettingsError:  # the input has ended
        return False
