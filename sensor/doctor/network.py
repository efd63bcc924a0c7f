"""The broker and Home Assistant, seen from a visit of our own beside the daemon's connection."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sensor import __version__
from sensor.config import Config
from sensor.doctor.finding import AS_ROOT, Finding, fail, ok, troubled, unknown
from sensor.errors import ChairSensorError
from sensor.mqtt import discovery
from sensor.mqtt.reasons import NOT_AUTHORISED
from sensor.mqtt.topics import Topics
from sensor.mqtt.visit import Visit

SETUP = "`sudo chair-sensor setup` asks for the broker, user and password, and tests them"
Answer = Mapping[str, Any]

MAY_NOT = (
    "may this user read and write there? The broker's ACL needs `topic readwrite` for both (README)"
)


def network(
    config: Config, topics: Topics | None, answer: Answer | None, *, password_hidden: bool
) -> Iterator[Finding]:
    """Visit the broker; `topics` are the chair's if its id is known, `answer` the daemon's."""
    if not config.mqtt.wanted:
        yield ok("broker", "none wanted: mqtt.host = none")
        return
    online = answer is not None and answer["mqtt"]["connected"]
    wanted = (topics.discovery, topics.availability, topics.birth_topic) if topics else ()
    try:
        with Visit(config.mqtt, purpose="doctor", topics=wanted) as visit:
            retained = visit.retained() if wanted else {}
    except ChairSensorError as error:
        if password_hidden and str(error) == NOT_AUTHORISED:
            yield _without_password(config, online=online)
        else:
            found = troubled("broker", error)
            yield replace(found, fix=found.fix or SETUP)
        return
    if answer is not None and not online:
        reason = answer["mqtt"]["trouble"] or "still connecting"
        fix = "sudo systemctl restart chair-sensor, if the settings have changed since it started"
        yield fail("broker", f"takes this visit, but the daemon says: {reason}", fix)
    else:
        who = f" as {config.mqtt.username}" if config.mqtt.username else " without a user"
        yield ok("broker", f"{config.mqtt.address} takes us{who}{' over TLS' * config.mqtt.tls}")
    if topics is None:
        hidden = "the chair's id, made at the daemon's first start, cannot be read"
        yield unknown("discovery", hidden, "start the daemon, and look with sudo")
    elif config.mqtt.discovery:
        yield _discovery(config, topics, retained, online=online)
        yield _home_assistant(config, retained.get(topics.birth_topic), answer)
    else:
        yield ok("discovery", "not wanted: mqtt.discovery = false")


def _without_password(config: Config, *, online: bool) -> Finding:
    if online:
        return ok("broker", f"the daemon is connected to {config.mqtt.address}")
    return unknown("broker", "only root may read the password", AS_ROOT)


def _discovery(
    config: Config, topics: Topics, retained: Mapping[str, bytes], *, online: bool
) -> Finding:
    """Compare what Home Assistant is told with what this version would tell."""
    said = retained.get(topics.discovery)
    if said is None:
        found = f"the broker shows nothing on {topics.discovery}"
        return fail("discovery", found, MAY_NOT if online else "start the daemon")
    expected = discovery.payload(
        topics,
        chair_name=config.chair.name,
        version=__version__,
        day_starts=config.rules().day_starts,
    )
    try:
        same = json.loads(said) == json.loads(json.dumps(expected))
    except ValueError:
        same = False
    if not same:
        found = "Home Assistant is told of other settings or another version"
        return fail("discovery", found, "sudo systemctl restart chair-sensor")
    says = retained.get(topics.availability, b"nothing").decode(errors="replace")
    if says != "online":
        return fail("discovery", f"as it should be, but the chair is {says}", "start the daemon")
    return ok("discovery", f"as it should be, the chair is {says}")


def _home_assistant(config: Config, retained: bytes | None, answer: Answer | None) -> Finding:
    """Take the birth message, which Home Assistant sends only when it starts."""
    says = retained.decode(errors="replace") if retained else None
    says = says or (answer["mqtt"]["home_assistant"] if answer else None)
    check = "Home Assistant"
    if says is None:
        how = (
            f"it tells only when it starts, on {config.mqtt.birth_topic}; restart it to see, or "
            "let its birth and will messages be retained, in the options of its MQTT integration"
        )
        return unknown(check, "has not been heard since the daemon started", how)
    if says != "online":
        return fail(check, f"says that it is {says}", "start Home Assistant")
    return ok(check, "says that it is online")
