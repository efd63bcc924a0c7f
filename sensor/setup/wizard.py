"""The guided first run, from its first question to the start of the service."""

import difflib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack, chdir, suppress
from dataclasses import asdict
from functools import partial
from tempfile import TemporaryDirectory

from sensor.core.rules import spoken
from sensor.core.setting import settings_of
from sensor.core.words import Text
from sensor.daemon.answer import Answer
from sensor.daemon.ports import Clock
from sensor.errors import AS_ROOT, ChairSensorError, HardwareError, SettingsError
from sensor.hardware.chips import FactoryMaker, chip_files
from sensor.settings.chairs import clashes, units
from sensor.settings.config import Chair, Seat, wires
from sensor.settings.editing import Key, Value
from sensor.settings.unit import ONE
from sensor.setup import PARTS
from sensor.setup.broker import UNCHANGED, BrokerTest
from sensor.setup.buzzer import test_buzzer
from sensor.setup.mat import MatTest
from sensor.setup.new_settings import WAY, NewSettings
from sensor.setup.prompts import Prompts
from sensor.setup.seat import SeatTest, own_topic
from sensor.setup.system import System
from sensor.status.client import ask, ask_for
from sensor.storage.identity import remembered_id

USUAL_ID = "desk"
ASKED: Mapping[str, Sequence[Key]] = {
    "chair": [("chair", "name"), ("chair", "id")],
    "seat": [("pins", "buzzer"), *(("seat", name) for name in settings_of(Seat))],
    "mat": [("sit_confirm",), ("leave_confirm",)],
    "buzzer": [("pins", "buzzer_active_high")],
    "broker": WAY,
}
"""Settings that the answers may change, by the part of the wizard."""
HOW = Text(
    "How does the chair know that somebody sits: wired (a mat on the pins) or wireless (a sensor "
    "on the broker)?"
)
WIRED, WIRELESS = Text("wired"), Text("wireless")
NO_MAT = {"mat", "tamper"}
"""Pins that a seat on the broker leaves unused."""
NO_CHIP = Text(
    "No GPIO chip here: the chair has no pins, and no buzzer. Home Assistant does the sound."
)
NO_BROKER_YET = Text("the broker")
NOT_TESTED = Text("mat and buzzer not tested")
ANOTHER_DEVICE = Text(
    "Home Assistant knows this chair as {old}. As {new} it is another device there: its entities, "
    "their history and the automations with them begin anew, and the topics change to {topics}. "
    "The service removes {old} from the broker when it starts."
)


class Wizard:
    """Leads the user through one setup; `left` names what does not work in the end."""

    def __init__(
        self,
        settings: NewSettings,
        prompts: Prompts,
        system: System,
        clock: Clock,
        make_factory: FactoryMaker,
    ) -> None:
        self.left: list[Text] = []
        self._settings = settings
        self._prompts = prompts
        self._system = system
        self._clock = clock
        self._make_factory = make_factory
        self._unit = settings.unit or ONE
        self._shown = self._unit.properties()

    def run(self, parts: Collection[str] = PARTS) -> None:
        """Ask, test, write, start. Raises ChairSensorError."""
        self._look_at_file(parts)
        if self._unit.chair and self._settings.config.chair.name == Chair().name:
            name = re.sub(r"[_-]+", " ", f"{self._unit.chair} chair").capitalize()
            self._settings.take({("chair", "name"): name})
        with ExitStack() as stack:
            self._ask_about_chair("name", Text("Name of the chair, as Home Assistant shows it"))
            self._settle_id()
            wireless = "seat" in parts and self._is_wireless()
            if problems := [*clashes(self._settings.config)]:
                raise SettingsError(*problems, fix="say --set pins.mat=6 and so on")
            pins = self._settings.config.pins
            tested = [("mat", pins.mat), ("buzzer", pins.buzzer)]
            wired = any(part in parts and pin is not None for part, pin in tested)
            if wired and self._pins_are_ours(stack):
                self._try_pins(parts)
            client_id = self._try_broker() if "broker" in parts else None
            if wireless:
                self._try_seat(client_id)
            self._write()
            if "service" in parts:
                self._prompts.say(Text("\n-- service"))
                if self._started():
                    stack.pop_all()  # the service was just started

    def _look_at_file(self, parts: Collection[str]) -> None:
        """Check, before any question, whether the file and all answers could be written."""
        file = self._settings.file
        gaps = {"file": str(file)}
        new = Text("Settings: {file} (new)", gaps)
        self._prompts.say(Text("Settings: {file}", gaps) if file.exists() else new)
        nearest = next(path for path in (file, *file.parents) if path.exists())
        if not self._system.dry and not os.access(nearest, os.W_OK):
            raise ChairSensorError(
                f"you may not write {file}", fix=f"{AS_ROOT}, with --config FILE, or --dry-run"
            )
        self._settings.check(
            key for part, keys in ASKED.items() if part in parts or part == "chair" for key in keys
        )

    def _ask_about_chair(self, key: str, question: Text, proposal: str | None = None) -> None:
        """Ask for a text of [chair]; an unchanged one is not written."""
        now = getattr(self._settings.config.chair, key)
        while True:
            answer = self._prompts.ask(key, question, now or proposal or "")
            if answer == now:
                return
            try:
                self._settings.take({("chair", key): answer})
            except SettingsError as error:
                if not self._prompts.present:
                    raise
                self._prompts.say(str(error))
            else:
                return

    def _settle_id(self) -> None:
        """Set the id, so that it never changes by itself; say what another one means."""
        known = self._settings.before.chair.id or remembered_id(self._settings.config)
        self._ask_about_chair(
            "id", Text("Id of the chair, in its MQTT topics"), known or self._unit.chair or USUAL_ID
        )
        config = self._settings.config
        if known not in (None, config.chair.id):
            base = f"{config.mqtt.base_topic}/{config.chair.id}"
            gaps = {"old": str(known), "new": str(config.chair.id), "topics": base}
            self._prompts.say(Text(ANOTHER_DEVICE.english, gaps))

    # --- seat ---------------------------------------------------------------------------------

    def _is_wireless(self) -> bool:
        """Ask how the chair knows; without a mat, set the chair's own topic until one is chosen."""
        prompts, before = self._prompts, self._settings.config.seat.topic
        chips = chip_files()
        if prompts.knows("seat_topic"):
            wireless = True
        else:
            proposal = WIRELESS if before or (prompts.present and not chips) else WIRED
            wireless = self._chosen(proposal)
        if not wireless:
            if before:
                self._take_mat()
            return False
        if not chips:
            prompts.say(NO_CHIP)
            connected = {name for name, _ in wires(asdict(self._settings.config.pins))}
            self._settings.take({("pins", name): "none" for name in connected - NO_MAT})
        if not before:
            config = self._settings.config
            host: dict[Key, Value] = {} if config.mqtt.wanted else {("mqtt", "host"): None}
            self._settings.take({("seat", "topic"): own_topic(config), **host})
        return True

    def _chosen(self, proposal: Text) -> bool:
        """Ask for wired or wireless; return whether it is the second."""
        while True:
            answer = self._prompts.ask("seat", HOW, proposal).strip().lower()
            for choice in (WIRED, WIRELESS):
                if answer in (choice.english, choice.said(self._prompts.translate).lower()):
                    return choice is WIRELESS
            self._prompts.say(Text("Please answer wired or wireless."))

    def _take_mat(self) -> None:
        """Take the sensor out of the settings; the mat is on its usual pin if it had none."""
        nothing: dict[Key, Value] = {("seat", name): None for name in settings_of(Seat)}
        try:
            self._settings.take(nothing)
        except SettingsError:
            self._settings.take({**nothing, ("pins", "mat"): None})

    def _try_seat(self, client_id: str | None) -> None:
        self._prompts.say(Text("\n-- seat"))
        test = SeatTest(self._settings, self._prompts, self._clock, client_id)
        if NO_BROKER_YET in self.left or not test.run():
            self.left.append(Text("the seat"))

    def _try_broker(self) -> str | None:
        """Find the broker; return the daemon's client id if a connection may use it."""
        self._prompts.say(Text("\n-- MQTT broker"))
        broker = BrokerTest(self._settings, self._prompts, self._system)
        if not broker.run():
            self.left.append(NO_BROKER_YET)
        return broker.client_id

    # --- pins ---------------------------------------------------------------------------------

    def _pins_are_ours(self, stack: ExitStack) -> bool:
        """Stop a running service until `stack` ends; return whether the pins are free."""
        holder = self._holder()
        if self._settings.unit and self._shown.get("ActiveState") == "active":
            question = Text(
                "The service holds the pins. Stop it for the test? The bout continues afterwards."
            )
            there = self._prompts.present  # without a user there is little to test
            if self._system.dry or not self._prompts.agree("stop", question, proposal=there):
                self._prompts.say(
                    Text("The service holds the pins: mat and buzzer are not tested.")
                )
                return False
            self._system.run("systemctl", "stop", self._unit.name)
            stack.callback(self._system.run, "systemctl", "start", self._unit.name)
        elif holder is not None:
            self._prompts.say(
                Text(
                    "A daemon holds the pins (process {process}, {name}): "
                    "mat and buzzer are not tested.",
                    {"process": str(holder["pid"]), "name": holder["name"]},
                )
            )
            self.left.append(NOT_TESTED)
            return False
        return True

    def _holder(self) -> Answer | None:
        """Return the answer of a daemon that holds our pins, of this chair or of another."""
        pins = {number for _, number in wires(asdict(self._settings.config.pins))}
        config = self._settings.config
        asked = [partial(ask_for, config), *(partial(ask, unit=unit) for unit in units())]
        for answered in asked:
            with suppress(ChairSensorError):
                answer = answered()
                if any(number in pins for _, number in wires(answer["pins"])):
                    return answer
        return None

    def _try_pins(self, parts: Collection[str]) -> None:
        config, prompts = self._settings.config, self._prompts
        try:
            with ExitStack() as stack:
                # lgpio leaves a FIFO in the working directory
                with TemporaryDirectory(prefix="chair-sensor-") as folder, chdir(folder):
                    factory = self._make_factory(config.pins.chip)
                stack.callback(factory.close)
                if "mat" in parts and config.pins.mat is not None:
                    prompts.say(Text("\n-- mat on GPIO{pin}", {"pin": str(config.pins.mat)}))
                    self._try_mat(factory)
                if "buzzer" in parts and config.pins.buzzer is not None:
                    prompts.say(Text("\n-- buzzer on GPIO{pin}", {"pin": str(config.pins.buzzer)}))
                    self._try_buzzer(factory)
        except HardwareError as error:
            prompts.say(Text("Mat and buzzer cannot be tested: {error}", {"error": str(error)}))
            self.left.append(NOT_TESTED)

    def _try_mat(self, factory: object) -> None:
        config = self._settings.config
        times = MatTest(config.pins, factory, self._clock, self._prompts).run(config.rules())
        if times is None:
            self.left.append(Text("the mat"))
        else:
            self._settings.take({(name,): spoken(seconds) for name, seconds in times.items()})

    def _try_buzzer(self, factory: object) -> None:
        pins = self._settings.config.pins
        active_high = test_buzzer(pins, factory, self._clock, self._prompts)
        if active_high is None:
            self.left += [Text("the buzzer")] * self._prompts.present
        elif active_high is not pins.buzzer_active_high:
            self._settings.take({("pins", "buzzer_active_high"): active_high})

    # --- changes --------------------------------------------------------------------------------

    def _write(self) -> None:
        old, new = self._settings.text()
        self._prompts.say(Text("\n-- settings in {file}", {"file": str(self._settings.file)}))
        if old == new and not self._settings.beside:
            self._prompts.say(Text("Nothing changes."))
            return
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""):
            if line[:3] not in ("---", "+++") and line[:2] != "@@":
                self._prompts.say(f"  {line}")
        for path in self._settings.beside:
            self._prompts.say(Text("  and {path}", {"path": str(path)}))
        if not self._prompts.agree("write", Text("Write these changes?"), proposal=True):
            raise ChairSensorError(UNCHANGED.said(self._prompts.translate))
        self._settings.write(self._system)

    def _started(self) -> bool:
        """Enable and start the service, if installed and wanted; return whether it was started."""
        prompts = self._prompts
        if not self._settings.unit:
            prompts.say(
                Text(
                    "The service does not read {file}: start this chair with "
                    "`chair-sensor run --config {file}`.",
                    {"file": str(self._settings.file)},
                )
            )
        elif not self._shown:
            prompts.say(
                Text("This machine does not run systemd: nothing starts the daemon by itself.")
            )
        elif self._shown.get("LoadState") != "loaded":
            prompts.say(
                Text("The service is not installed. Run sudo systemd/install.sh in a clone.")
            )
            self.left.append(Text("the service"))
        elif prompts.agree(
            "enable", Text("Start the service now and at every boot?"), proposal=True
        ):
            self._system.run("systemctl", "enable", self._unit.name)
            self._system.run("systemctl", "restart", self._unit.name)
            gaps = {"command": self._unit.command("status")}
            prompts.say(Text("`{command}` shows the current state.", gaps))
            return True
        return False
