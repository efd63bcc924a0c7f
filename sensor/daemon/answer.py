"""The daemon's answer to `chair-sensor status`, key by key."""

from typing import Any, NotRequired, TypedDict

from sensor.core.messages import StateMessage


class About(TypedDict):
    """What does not change while the daemon runs."""

    pid: int
    """The daemon's process."""
    name: str
    """The chair's, as Home Assistant shows it."""
    language: str
    """In which texts for people are."""
    broker: str | None
    """HOST:PORT, or what a simulation has instead; None: no broker is wanted."""
    pins: dict[str, Any]
    """BCM numbers and the like by the keys of `[pins]`."""
    pin_library: str
    """The class of gpiozero's that drives the pins, or `no pins`."""
    state_dir: str
    """Where the daemon keeps its state."""


class LinkAnswer(TypedDict):
    """How the daemon gets on with broker and Home Assistant."""

    base_topic: str
    """The chair's, with its id."""
    connected: bool
    """Whether what is published goes anywhere."""
    trouble: str | None
    """Why there is no connection; None: there is one, or none was tried yet."""
    home_assistant: str | None
    """Home Assistant's last birth or will message; None: it has not been heard."""
    refused: dict[str, str]
    """What the broker does not take, each with the reason."""
    refusal: NotRequired[str | None]
    """Why the last command changed nothing; None: it was carried out, or there was none."""


class ClockAnswer(TypedDict):
    """What is known of the wall clock."""

    synchronised: bool | None
    """Whether a time server sets it; None: the daemon may not ask."""


class ContactAnswer(TypedDict):
    """Where the mat's contact comes from."""

    name: str
    """As users read it, such as GPIO5."""
    seat: NotRequired["SeatAnswer"]
    """What is known of a sensor on the broker; not there for a mat."""


class SeatAnswer(TypedDict):
    """How a sensor on the broker is; None: it has not told that yet."""

    known: bool
    """Whether the contact is known now."""
    heard_ago: float | None
    """Seconds since its last message."""
    changed_ago: float | None
    """Seconds since it told another contact, or the age of its first."""
    fault: str | None
    """Why its messages tell nothing of the contact."""
    availability: dict[str, bool | None]
    """Whether each of the topics says `online`."""
    battery: float | None
    """Percent."""
    link_quality: float | None
    """As the bridge tells it."""


class Now(TypedDict):
    """What is true at the moment of the question."""

    state: StateMessage
    """The message that the broker gets."""
    contact: ContactAnswer
    """See there."""
    buzzer_sounds: bool
    """Whether the buzzer is on."""
    edges_last_minute: int
    """Changes of the mat's contact in the last 60 s, counted up to 1000."""
    diagnostics: dict[str, Any]
    """The message that the broker gets."""
    mqtt: LinkAnswer
    """See there."""
    clock: ClockAnswer
    """See there."""


class Answer(About, Now):
    """The whole answer. A daemon of an older version may lack keys."""
