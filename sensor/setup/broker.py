"""The broker: found or asked for, and tried until it accepts the chair or the user gives up."""

import socket
from collections.abc import Mapping
from dataclasses import replace

from sensor.core.words import Text
from sensor.errors import ChairSensorError, SettingsError
from sensor.languages import YES, meaning
from sensor.mqtt.failures import NOT_AUTHORISED, LinkError
from sensor.mqtt.probe import Probe
from sensor.mqtt.topics import Topics
from sensor.settings.address import read, written
from sensor.settings.config import NO_BROKER, Mqtt
from sensor.settings.durations import is_none
from sensor.settings.editing import Key, Value
from sensor.setup import mosquitto
from sensor.setup.new_settings import NewSettings
from sensor.setup.prompts import Prompts
from sensor.setup.system import System
from sensor.status.client import NobodyAnswersError, ask_for
from sensor.storage.identity import known_id

USUAL = ("localhost", "homeassistant.local")
"""Hosts that are looked at for a broker."""
KNOCK = 2.0
"""Seconds that a broker may take to accept a TCP connection."""
UNCHANGED = Text("the settings stay as they were")
ALONE = Text("No broker: chair and buzzer work without one. Alerts stay on this machine.")

NEEDED = Text("A seat without a wire is heard through a broker: name one.")

RETRY_QUESTION = Text(
    "yes to correct it, another HOST[:PORT] to try that, or no to go on without a connection"
)
ADDRESS_QUESTION = Text("MQTT broker, HOST or HOST:PORT, or none")
NOTHING_FOUND = Text(
    "Address of Home Assistant or of another broker, such as homeassistant.local; none: go on "
    "without Home Assistant"
)
TLS_QUESTIONS = {
    "tls": Text("Does the broker use TLS?"),
    "ca_file": Text("File with the CA certificate of the broker"),
    "cert_file": Text("File with the client certificate"),
    "key_file": Text("File with the key of the client certificate"),
}


class BrokerTest:
    """The part of the wizard about the broker; its results go into the settings."""

    def __init__(self, settings: NewSettings, prompts: Prompts, system: System) -> None:
        self._settings = settings
        self._prompts = prompts
        self._system = system
        self.client_id: str | None = None
        """The daemon's own, which a connection may try if the broker takes no other."""
        self._imagined = False
        """Whether this dry run has only pretended to install the broker."""

    def run(self) -> bool:
        """Ask and try; False: a broker is set, and the connection to it fails."""
        if not self._choose():
            return self._stay_alone()
        self._ask_for(*(name for name in TLS_QUESTIONS if self._prompts.knows(name)))
        if self._prompts.knows("username") or self._prompts.knows("password_file"):
            self._ask_user()
        while (error := self._tried()) is not None:
            mqtt = self._settings.config.mqtt
            lacks_user = error.kind is NOT_AUTHORISED and mqtt.username is None
            if lacks_user and self._prompts.present:
                self._prompts.say(
                    Text("{address} requires a user and a password.", {"address": mqtt.address})
                )
            else:
                self._prompts.say(Text("Cannot connect: {error}", {"error": str(error)}))
                if not self._prompts.present:
                    raise ChairSensorError(
                        f"broker: {error}", fix=UNCHANGED.said(self._prompts.translate)
                    )
                answer = self._prompts.ask("retry", RETRY_QUESTION, YES).strip()
                again = meaning(answer, self._prompts.translate)
                if again is False:
                    return False
                if again is None:
                    self._take(answer)
                    continue
            if not self._ask_about(error):
                return self._stay_alone()
        self._leave_out_usual_port()
        self._prompts.say(
            Text("Connected to {address}.", {"address": self._settings.config.mqtt.address})
        )
        return True

    def _stay_alone(self) -> bool:
        self._settings.take_no_broker()
        self._prompts.say(ALONE)
        return True

    def _choose(self) -> bool:
        """Choose a broker; False: none is wanted."""
        found = self._found()
        if found:
            self._prompts.say(Text("Found a broker: {broker}.", {"broker": found}))
        elif not self._prompts.knows("broker"):
            self._prompts.say(Text("No broker was found nearby."))
        if self._installed(found):
            return True
        mqtt = self._settings.config.mqtt
        known = found or self._prompts.knows("broker")
        question = ADDRESS_QUESTION if known else NOTHING_FOUND
        if not mqtt.wanted:
            return self._ask_where(NO_BROKER, question)
        named = _named(mqtt) if self._is_set else NO_BROKER
        return self._ask_where(found or named, question)

    def _found(self) -> str | None:
        mqtt = self._settings.config.mqtt
        known = {mqtt.address: _named(mqtt)} if self._is_set else {}
        places = known | dict(zip(USUAL, USUAL, strict=True))
        return next((name for place, name in places.items() if _answers(place)), None)

    @property
    def _is_set(self) -> bool:
        """Whether the settings name a broker."""
        mqtt = self._settings.config.mqtt
        return mqtt.wanted and (mqtt.host != Mqtt().host or mqtt.port is not None)

    def _installed(self, found: str | None) -> bool:
        """Offer to install a broker if none was found or named; say whether one was installed."""
        if self._prompts.knows("broker"):
            hindrance: Text | None = Text("--broker names another")
        elif found:
            hindrance = Text("{broker} answers", {"broker": found})
        else:
            hindrance = mosquitto.hindrance(self._system, self._settings.unit)
        if hindrance and not self._prompts.knows("install_broker"):
            if not (found or self._prompts.knows("broker")):
                gaps = {"reason": hindrance.said(self._prompts.translate)}
                self._prompts.say(Text("mosquitto cannot be installed from here: {reason}.", gaps))
            return False
        if not self._prompts.agree(
            "install_broker",
            Text(
                "Install Debian's mosquitto on this machine, "
                "with a user and a password for the chair?"
            ),
            proposal=False,
        ):
            return False
        if hindrance:
            reason = hindrance.said(self._prompts.translate)
            self._prompts.say(Text("mosquitto is not installed: {reason}.", {"reason": reason}))
            return False
        host = f"{socket.gethostname().partition('.')[0]}.local"
        gaps = {
            "host": host,
            "port": str(mosquitto.PORT),
            "tls_port": str(mosquitto.TLS_PORT),
            "ca_file": str(mosquitto.certificates()[0]),
        }
        is_open = self._prompts.agree(
            "open_broker",
            Text(
                "Let other machines connect to mosquitto, encrypted, at {host} port {tls_port}? "
                "Otherwise only this machine can.",
                gaps,
            ),
            proposal=False,
        )
        config = self._settings.config
        chair = Topics.of(config.mqtt, known_id(config))
        password = mosquitto.install(self._system, chair, host=host if is_open else None)
        self._imagined = self._system.dry
        self._settings.take(_address("localhost", self._settings.config.mqtt))
        self._settings.take_user(mosquitto.USER, password)
        # No other place has it, and the next steps may fail.
        self._settings.keep_password(self._system)
        self._say_where(gaps, is_open=is_open)
        return True

    def _say_where(self, gaps: Mapping[str, str], *, is_open: bool) -> None:
        """Say where the new broker listens, and what its other clients need."""
        here = Text("mosquitto listens on port {port} for this machine only.", gaps)
        everywhere = Text(
            "mosquitto listens on port {port} for this machine only, and on port {tls_port} with "
            "TLS for all others.",
            gaps,
        )
        self._prompts.say(everywhere if is_open else here)
        self._prompts.say(
            Text(
                "Every client needs a user. Home Assistant has none yet: "
                "/etc/mosquitto/conf.d/chair-sensor.conf says how to add one."
            )
        )
        if is_open:
            self._prompts.say(
                Text(
                    "For Home Assistant on another machine: broker {host}, port {tls_port}, "
                    "CA certificate {ca_file}.",
                    gaps,
                )
            )

    def _ask_where(self, proposal: str, question: Text = ADDRESS_QUESTION) -> bool:
        while True:
            answer = self._prompts.ask("broker", question, proposal)
            if is_none(answer) or meaning(answer, self._prompts.translate) is False:
                if self._settings.config.seat.topic is None:
                    return False
                if not self._prompts.present:
                    raise SettingsError(NEEDED.said(self._prompts.translate))
                self._prompts.say(NEEDED)
                continue
            if self._take(answer):
                return True

    def _take(self, address: str) -> bool:
        """Take an address as that of the broker; False, and said why: it is none."""
        try:
            self._settings.take(_address(address, self._settings.config.mqtt))
        except SettingsError as error:
            self._mistaken(error)
            return False
        return True

    def _tried(self) -> LinkError | None:
        """Connect to the broker; return why that fails, None: it works."""
        if self._imagined:
            return None
        config = self._settings.config
        own_id = config.mqtt.client_id or (config.chair.id and f"chair-sensor-{config.chair.id}")
        try:
            answer = ask_for(config)
        except NobodyAnswersError:
            pass
        except ChairSensorError:
            own_id = None
        else:
            own_id = None
            is_there = answer["mqtt"]["connected"] and answer["broker"] == config.mqtt.address
            if is_there and config.mqtt == self._settings.before.mqtt:
                return None  # a probe could push the daemon off
        self.client_id = own_id
        trying = Text("  trying {address} ...", {"address": config.mqtt.address})
        self._prompts.show(trying.said(self._prompts.translate))
        try:
            with Probe(config.mqtt, purpose="setup", client_id=own_id):
                return None
        except LinkError as error:
            return error

    def _leave_out_usual_port(self) -> None:
        """Remove a port that is the usual one: it would stay, and be wrong, with TLS."""
        mqtt = self._settings.config.mqtt
        if mqtt.port is not None and mqtt.address == replace(mqtt, port=None).address:
            self._settings.take({("mqtt", "port"): None})

    def _ask_about(self, error: LinkError) -> bool:
        """Ask for the settings that the error is about; without any, for the broker.

        False: no broker is wanted.
        """
        about = set(error.about)
        if about & {"mqtt.username", "mqtt.password"}:
            self._ask_user()
            return True
        if (not about or about & {"mqtt.host", "mqtt.port"}) and not self._ask_where(
            _named(self._settings.config.mqtt)
        ):
            return False
        self._ask_for(*(name for name in TLS_QUESTIONS if f"mqtt.{name}" in about))
        return True

    def _ask_user(self) -> None:
        username = self._prompts.ask(
            "username", Text("User of the broker"), self._settings.config.mqtt.username or "chair"
        )
        password = self._prompts.secret(
            "password_file", Text("Password of {user}", {"user": username})
        )
        try:
            self._settings.take_user(username, password)
        except SettingsError as error:
            self._mistaken(error)

    def _ask_for(self, *names: str) -> None:
        """Ask for settings that are checked together."""
        values: dict[Key, Value] = {}
        for name in names:
            now, question = getattr(self._settings.config.mqtt, name), TLS_QUESTIONS[name]
            if isinstance(now, bool):
                value: Value = self._prompts.agree(name, question, proposal=not now)
            else:
                value = self._prompts.ask(name, question, str(now or "")) or None
            values[("mqtt", name)] = value
        try:
            self._settings.take(values)
        except SettingsError as error:
            self._mistaken(error)

    def _mistaken(self, error: SettingsError) -> None:
        if not self._prompts.present:
            raise error
        self._prompts.say(str(error))


def _address(text: str, mqtt: Mqtt) -> dict[Key, Value]:
    """Return the settings of an address; a port that was set belonged to another broker."""
    host, port, tls = read(text, "--broker")
    changes: dict[Key, Value] = {("mqtt", "host"): host}
    if port is not None or mqtt.port is not None:
        changes["mqtt", "port"] = port
    if tls is not None:
        changes["mqtt", "tls"] = tls
    return changes


def _named(mqtt: Mqtt) -> str:
    """Return the address as `read` takes it, with a port only if one is set."""
    return written(mqtt.host, mqtt.port)


def _answers(address: str) -> bool:
    host, port, _ = read(address, "broker")
    try:
        socket.create_connection((host, port or mosquitto.PORT), KNOCK).close()
    except (OSError, ValueError):
        return False
    return True
