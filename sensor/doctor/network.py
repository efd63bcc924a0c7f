"""The check of broker and Home Assistant, by a probe beside the daemon's connection."""

import json
from collections.abc import Callable, Iterator, Mapping

from sensor.daemon.answer import Answer
from sensor.daemon.ports import Publication
from sensor.doctor.finding import Finding, fail, ok, unknown
from sensor.errors import AS_ROOT
from sensor.homeassistant.discovery import Discovery
from sensor.languages import translation
from sensor.mqtt.failures import LinkError
from sensor.mqtt.probe import Probe
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config
from sensor.settings.unit import ONE, Unit, unit_of

SETUP = "`sudo {command}` asks for the broker, user and password, and tests them"
MAY_NOT = (
    "may this user read and write there? The broker's ACL needs `topic readwrite` for both (README)"
)
PUSHED = (
    "the doctor's connection pushed the daemon off for a moment: the broker makes the user the "
    "client id, or allows one connection"
)
KEEP_ON = "set mqtt.client_id; the doctor then asks only the daemon"
HARMLESS = "CHECK"
"""A command that the daemon refuses; it then publishes its true state again."""


def network(
    config: Config,
    topics: Topics | None,
    ask: Callable[[], Answer | None],
    *,
    password_hidden: bool,
    daemon_hides: bool,
) -> Iterator[Finding]:
    """Check the broker, and Home Assistant through it.

    `topics` are the chair's if its id is known; `ask` returns the daemon's answer. A daemon that
    is connected is asked; a probe then looks at what the broker retains.
    """
    if not config.mqtt.wanted:
        yield ok("broker", "none wanted: mqtt.host = none")
        return
    answer = ask()
    online = answer if answer is not None and answer["mqtt"]["connected"] else None
    if online is not None and online["broker"] != config.mqtt.address:
        other = f"the daemon is connected to {online['broker']}, not to {config.mqtt.address}"
        yield fail("broker", other, _unit(config).restart)
        return
    if online is not None and config.mqtt.client_id is not None:
        # A broker that ties client ids to users may be why it is set: a probe could push it off.
        yield _daemons_word(config, online)
        yield _home_assistant(config, None, online)
        return
    own_id = None
    if topics is not None and answer is None and not daemon_hides:
        own_id = config.mqtt.client_id or topics.object_id
    try:
        retained, live = _probed(config, topics, own_id, online=online is not None)
    except LinkError as error:
        yield _not_let_in(config, error, online, ask, password_hidden=password_hidden)
        return
    yield from _broker(config, answer, ask)
    if topics is None:
        hidden = "the chair's id, made at the daemon's first start, cannot be read"
        yield unknown("discovery", hidden, "start the daemon, and look with sudo")
        return
    if online is not None:
        yield from _told(topics, retained, answered=live)
    if config.mqtt.discovery:
        yield _discovery(config, topics, retained, online=online is not None)
        yield _home_assistant(config, retained.get(topics.birth_topic), answer)
    else:
        yield ok("discovery", "not wanted: mqtt.discovery = false")


def _unit(config: Config) -> Unit:
    """Return the unit that a next step is about."""
    return unit_of(config.file) or ONE


def _probed(
    config: Config, topics: Topics | None, own_id: str | None, *, online: bool
) -> tuple[Mapping[str, bytes], bool]:
    """Return what the broker retains, by topic, and whether the daemon answered a command.

    Raises LinkError.
    """
    wanted = (topics.discovery, *_retained(topics), topics.birth_topic) if topics else ()
    with Probe(config.mqtt, purpose="doctor", topics=wanted, client_id=own_id) as probe:
        if topics is None:
            return {}, False
        retained = probe.retained()
        command = Publication(topic=topics.command("do", "snooze"), payload=HARMLESS)
        return retained, online and bool(probe.answered(command, on=topics.state))


def _not_let_in(
    config: Config,
    error: LinkError,
    online: Answer | None,
    ask: Callable[[], Answer | None],
    *,
    password_hidden: bool,
) -> Finding:
    """Say what it means that the broker refused the probe."""
    refused = "mqtt.client_id" in error.about
    if online is not None and refused:
        return _daemons_word(config, online)
    if online is not None and _is_pushed_off(online, ask() or online):
        return unknown("broker", PUSHED, KEEP_ON)  # and its reconnect pushed the probe off
    if password_hidden and refused:
        return unknown("broker", "only root can read the password", AS_ROOT)
    return fail(
        "broker", error.what, error.fix or SETUP.format(command=_unit(config).command("setup"))
    )


def _retained(topics: Topics) -> tuple[str, ...]:
    return topics.availability, topics.state, topics.diagnostics


def _daemons_word(config: Config, answer: Answer) -> Finding:
    refused = answer["mqtt"].get("refused")
    if refused:
        said = "; ".join(f"{topic}: {reason}" for topic, reason in refused.items())
        return fail("broker", f"the daemon is connected, but {said}", MAY_NOT)
    return ok("broker", f"the daemon is connected to {config.mqtt.address}")


def _broker(
    config: Config, answer: Answer | None, ask: Callable[[], Answer | None]
) -> Iterator[Finding]:
    """Say how broker and daemon get on, now that the broker has accepted the probe."""
    if answer is None:
        user = f" as {config.mqtt.username}" if config.mqtt.username else " without a user"
        over = " over TLS" * config.mqtt.tls
        yield ok("broker", f"connected to {config.mqtt.address}{user}{over}")
        return
    if not answer["mqtt"]["connected"]:
        reason = answer["mqtt"]["trouble"] or "still connecting"
        fix = f"{_unit(config).restart}, if the settings have changed since it started"
        yield fail("broker", f"accepts the doctor, but the daemon reports: {reason}", fix)
        return
    after = ask() or answer
    if _is_pushed_off(answer, after):
        yield unknown("broker", PUSHED, KEEP_ON)
    elif after["mqtt"].get("refused"):
        yield _daemons_word(config, after)
    else:
        yield from _broker(config, None, ask)


def _is_pushed_off(before: Answer, after: Answer) -> bool:
    """Whether a daemon that was connected has lost its connection between two answers."""
    counts = {int(answer["diagnostics"]["reconnects"]) for answer in (before, after)}
    return not after["mqtt"]["connected"] or len(counts) > 1


def _told(topics: Topics, retained: Mapping[str, bytes], *, answered: bool) -> Iterator[Finding]:
    """Check whether the daemon's messages are retained, and whether commands reach it."""
    missing = [topic for topic in _retained(topics) if topic not in retained]
    if missing:
        yield fail("state", f"the broker retains nothing on {', '.join(missing)}", MAY_NOT)
    elif answered:
        yield ok("state", "a command reached the daemon, and its answer reached the broker")
    else:
        found = f"a command sent to {topics.base}/do/ got no answer"
        yield unknown("state", found, MAY_NOT)


def _discovery(
    config: Config, topics: Topics, retained: Mapping[str, bytes], *, online: bool
) -> Finding:
    """Compare the description that Home Assistant gets with that of this version."""
    said = retained.get(topics.discovery)
    if said is None:
        found = f"the broker retains nothing on {topics.discovery}"
        return fail("discovery", found, MAY_NOT if online else "start the daemon")
    describe = Discovery(topics, config, translation(config.language))
    try:
        told = json.loads(said)
        expected = describe.payload(config.rules().day_starts, describe.platforms(told))
        same = told == json.loads(json.dumps(expected))
    except (ValueError, LookupError, TypeError, AttributeError):
        same = False
    if not same:
        found = "the description is that of other settings or another version"
        return fail("discovery", found, _unit(config).restart)
    says = retained.get(topics.availability, b"nothing").decode(errors="replace")
    if says != "online":
        return fail("discovery", f"up to date, but the chair is {says}", "start the daemon")
    return ok("discovery", f"up to date; the chair is {says}")


def _home_assistant(config: Config, retained: bytes | None, answer: Answer | None) -> Finding:
    """Read the birth message, which Home Assistant sends only when it starts."""
    says = retained.decode(errors="replace") if retained else None
    says = says or (answer["mqtt"]["home_assistant"] if answer else None)
    check = "Home Assistant"
    if says is None:
        how = (
            f"it reports only when it starts, on {config.mqtt.birth_topic}; restart it, or have "
            "its birth and will messages retained (options of its MQTT integration)"
        )
        return unknown(check, "has not been heard since the daemon connected", how)
    if says != "online":
        return fail(check, f"says that it is {says}", "start Home Assistant")
    return ok(check, "says that it is online")
