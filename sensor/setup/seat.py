"""The seat without a wire: its sensor is chosen, and what it tells is learnt with the user."""

from collections.abc import Mapping, Sequence

from sensor.core.rules import spoken
from sensor.core.words import Text
from sensor.daemon.ports import Clock
from sensor.errors import SettingsError
from sensor.mqtt.failures import LinkError
from sensor.mqtt.probe import Probe
from sensor.mqtt.seat_message import is_online, words
from sensor.mqtt.topics import Topics
from sensor.settings.config import Config
from sensor.settings.editing import Key, Value
from sensor.setup import filter_times, mosquitto, seat_keys, zigbee
from sensor.setup.new_settings import NewSettings
from sensor.setup.prompts import Prompts
from sensor.setup.seat_learning import availability_topics, guess
from sensor.setup.seat_lesson import SeatLesson
from sensor.setup.system import System
from sensor.setup.zigbee import Device

LARGEST = 1 << 24
"""Bytes of the longest list of devices that is read."""
ZIGBEE = "zigbee2mqtt"
HOME_ASSISTANT = "homeassistant"
"""The answer that stands for the chair's own topic, which the blueprint writes to."""

WHICH = Text(
    "The seat: a number of the list, the topic of another sensor, or homeassistant for any entity "
    "there"
)
WHICH_TOPIC = Text("The seat: the topic of its sensor, or homeassistant for any entity there")
BLUEPRINT = Text(
    "Home Assistant tells the chair on {topic}: import the blueprint seat_from_entity there "
    "(`chair-sensor homeassistant blueprint` has it), and choose the chair and the entity."
)
WORKS = Text(
    "The seat works. Longest release while seated: {open_for} s ({seated} changes); "
    "longest contact while empty: {closed_for} s ({empty} changes)."
)
RETAIN = Text(
    "Nothing is retained on {topic}: after a restart the seat is not known until the next message. "
    "Switch retain on (Zigbee2MQTT: `retain: true` for the device)."
)
AVAILABILITY = Text(
    "The sensor does not tell whether it is there: switch on availability in Zigbee2MQTT, and run "
    "this again."
)
RIGHTS = Text(
    "mosquitto does not let {user} do that yet. Add these lines to {file} and reload mosquitto? "
    "{lines}"
)
NO_RIGHTS = Text("Until {file} has these lines, the seat cannot be heard.")
NOT_LISTED = Text("{number} is not in the list (1 to {last}).")
NO_ANSWER = Text("Name a number, a topic, or homeassistant; Ctrl-C ends without a change.")
HERE = ("localhost", "127.0.0.1", "::1")
"""Hosts that are this machine."""
DELAYED = Text("{keys} in the sensor adds to the chair's own times: 0-2 s is best.")


def own_topic(config: Config) -> str:
    """Return where Home Assistant's blueprint tells this chair about its seat."""
    return Topics.of(config.mqtt, str(config.chair.id)).seat


class SeatTest:
    """The part of the wizard about a sensor on the broker; its results go into the settings."""

    def __init__(
        self,
        settings: NewSettings,
        prompts: Prompts,
        system: System,
        clock: Clock,
        client_id: str | None,
    ) -> None:
        """Prepare; `client_id` is that of a daemon which is known not to be connected."""
        self._settings = settings
        self._prompts = prompts
        self._system = system
        self._clock = clock
        self._client_id = client_id
        topic, own = settings.config.seat.topic, own_topic(settings.config)
        self._known = None if topic == own else topic
        """The sensor that is set already; None: none is."""
        self._devices: list[Device] = []

    def run(self) -> bool:
        """Choose and test; False: its topic is set, but whether it is of use is not known."""
        try:
            with self._probe("+/bridge/devices", f"{self._bridge}/{zigbee.DEVICES}") as probe:
                self._devices = self._listed(probe.retained())
            topic = self._choose()
            self._give_rights(topic)
            if topic == own_topic(self._settings.config):
                self._prompts.say(Text(BLUEPRINT.english, {"topic": topic}))
                return True
            self._prompts.say(Text("Listening on {topic}.", {"topic": topic}))
            with self._probe(topic, *self._places(topic)) as probe:
                return self._tested(topic, probe)
        except LinkError as error:
            self._prompts.say(Text("The seat cannot be heard: {error}", {"error": str(error)}))
            return False

    # --- which one ------------------------------------------------------------------------------

    def _probe(self, *topics: str) -> Probe:
        mqtt = self._settings.config.mqtt
        wanted = tuple(dict.fromkeys(topics))
        return Probe(
            mqtt, purpose="setup", topics=wanted, client_id=self._client_id, largest=LARGEST
        )

    @property
    def _bridge(self) -> str:
        if not self._prompts.knows("zigbee"):
            return ZIGBEE
        return self._prompts.ask("zigbee", Text("Base topic of Zigbee2MQTT"), ZIGBEE)

    def _listed(self, retained: Mapping[str, bytes]) -> list[Device]:
        return [
            device
            for topic, payload in sorted(retained.items())
            for device in zigbee.devices(payload, topic.removesuffix(f"/{zigbee.DEVICES}"))
        ]

    def _choose(self) -> str:
        """Ask which sensor it is; the topic is in the settings then."""
        if self._offered and not self._prompts.knows("seat_topic") and self._prompts.present:
            self._show_list()
        unsure = self._offered and self._prompts.present
        proposal = self._known or ("" if unsure else HOME_ASSISTANT)
        while True:
            question = WHICH if self._offered else WHICH_TOPIC
            answer = self._prompts.ask("seat_topic", question, proposal).strip()
            if self._prompts.present and (doubt := self._doubt(answer)):
                self._prompts.say(doubt)
                continue
            topic = self._meant(answer)
            if topic == self._known:
                return topic
            try:
                self._take(topic=topic, key=None, seated=None, empty=None, availability=None)
            except SettingsError as error:
                if not self._prompts.present:
                    raise
                self._prompts.say(str(error))
            else:
                return topic

    def _show_list(self) -> None:
        self._prompts.say(Text("Zigbee2MQTT lists:"))
        for number, device in enumerate(self._offered, 1):
            keys = ", ".join(device.keys)
            self._prompts.say(f"  {number:2}  {device.topic}: {keys} ({device.model})")
        for device in self._devices:
            if device.refusal and device not in self._offered:
                gaps: dict[str, str | Text] = {"topic": device.topic, "reason": device.refusal}
                self._prompts.say(Text("   -  {topic}: {reason}", gaps))

    @property
    def _offered(self) -> list[Device]:
        return [each for each in self._devices if each.keys]

    def _doubt(self, answer: str) -> Text | None:
        """Return why an answer names no sensor; None: it may."""
        if not answer:
            return NO_ANSWER
        if not (self._offered and answer.isdecimal()) or self._meant(answer) != answer:
            return None
        return Text(NOT_LISTED.english, {"number": answer, "last": str(len(self._offered))})

    def _meant(self, answer: str) -> str:
        """Return the topic of a number, a name or a topic."""
        if answer.isdecimal() and 0 < int(answer) <= len(self._offered):
            return self._offered[int(answer) - 1].topic
        return own_topic(self._settings.config) if answer.lower() == HOME_ASSISTANT else answer

    def _take(self, **values: Value) -> None:
        self._settings.take({("seat", name): value for name, value in values.items()})

    def _places(self, topic: str) -> list[str]:
        """List topics where the sensor may tell that it is online; none is the chair's own."""
        mqtt = self._settings.config.mqtt
        own = (mqtt.birth_topic, *self._settings.config.seat.availability)
        found = [each for each in availability_topics(topic) if each not in own and "," not in each]
        return [each for each in found if not each.startswith(f"{mqtt.base_topic}/")]

    def _give_rights(self, topic: str) -> None:
        """Offer to add what is missing in the rights of a broker that setup has installed here."""
        mqtt = self._settings.config.mqtt
        if topic == own_topic(self._settings.config):
            user = mosquitto.HOME_ASSISTANT
            lines = [f"topic write {Topics.of(mqtt, '+').seat}"]
        else:
            heard = (topic, *self._settings.config.seat.availability, *self._places(topic))
            user, lines = mqtt.username or "", [f"topic read {each}" for each in heard]
        if mqtt.host not in HERE or not user:
            return
        if (changed := mosquitto.with_rights(user, lines, mosquitto.ETC)) is None:
            return
        file, text = changed
        listed = "".join(f"\n  {each}" for each in [f"user {user}", *lines])
        gaps = {"user": user, "file": str(file), "lines": listed}
        if self._prompts.agree("broker_rights", Text(RIGHTS.english, gaps), proposal=True):
            self._system.write(file, text)
            self._system.run("systemctl", "reload", "mosquitto")
        else:
            self._prompts.say(Text(NO_RIGHTS.english, gaps))

    # --- what it tells --------------------------------------------------------------------------

    def _tested(self, topic: str, probe: Probe) -> bool:
        retained = probe.retained()
        told = retained.pop(topic, b"")
        device = next((each for each in self._devices if each.topic == topic), None)
        online = [each for each, payload in retained.items() if is_online(payload)]
        if online and (self._prompts.present or topic != self._known):
            self._take(availability=[*self._settings.config.seat.availability, *online])
        if not self._prompts.present:
            return self._guessed(topic, told, device)
        lesson = SeatLesson(topic, probe.inbox, self._clock, self._prompts, device)
        while isinstance(found := lesson.run(told), Text):
            self._prompts.say(found)
            if not self._prompts.agree("retry", Text("Try the seat again?"), proposal=True):
                return False
        phases, learnt = found
        self._take(**learnt.settings)
        traces = list(learnt.traces(phases))
        rules = self._settings.config.rules()
        seated = [trace for is_seated, trace in traces if is_seated]
        empty = [trace for is_seated, trace in traces if not is_seated]
        times = filter_times.proposed(WORKS, seated, empty, rules, self._prompts)
        changes: dict[Key, Value] = {(name,): spoken(seconds) for name, seconds in times.items()}
        self._settings.take(changes)
        heard = [payload for phase in phases for _, payload in phase.messages]
        self._advise(topic, told, device, heard)
        return True

    def _guessed(self, topic: str, told: bytes, device: Device | None) -> bool:
        """Take what is likely without a sitter; False: nothing is."""
        self._prompts.say(Text("The seat is {topic}; it was not tested.", {"topic": topic}))
        if topic == self._known:
            return True
        known = words(told) if told else {}
        key = guess(known, device.keys if device else ())
        self._take(key=key)
        return key is not None or None in known

    def _advise(
        self, topic: str, told: bytes, device: Device | None, heard: Sequence[bytes]
    ) -> None:
        """Name the settings of the device that would help."""
        if not told:
            self._prompts.say(Text(RETAIN.english, {"topic": topic}))
        if device and f"{topic}/availability" not in self._settings.config.seat.availability:
            self._prompts.say(AVAILABILITY)
        delays = sorted({key for one in heard for key in seat_keys.delays(words(one))})
        if delays:
            self._prompts.say(Text(DELAYED.english, {"keys": ", ".join(delays)}))
