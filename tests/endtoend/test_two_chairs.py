"""Two daemons on one machine and one broker: nothing of one chair appears in the other."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.doctor import configuration
from sensor.settings.unit import Unit
from sensor.status import client
from sensor.storage import paths
from tests.endtoend.kit import Chair, Heard, Recorder
from tests.kit import MosquittoStarter

pytestmark = pytest.mark.slow

NAMES = ("desk", "sofa")
OF_CHAIRS = {
    "desk": {"pins.mat": "5", "pins.buzzer": "17"},
    "sofa": {"pins.mat": "13", "pins.buzzer": "18"},
    "wireless sofa": {
        "pins.buzzer": "none",
        "seat.topic": "zigbee2mqtt/sofa",
        "seat.key": "contact",
    },
}
"""Settings of each chair, beside its name and the broker."""


class Two:
    """Both chairs, as their units start them, and all that they say to the broker."""

    def __init__(self, root: Path, port: int, seen: Recorder, *, wireless: bool) -> None:
        self.seen = seen
        self.wireless = wireless
        self.chairs: dict[str, Chair] = {}
        for name in NAMES:
            unit, own = Unit(name), {"chair.id": name, "chair.name": f"Chair {name}"}
            own |= OF_CHAIRS["wireless sofa" if wireless and name == "sofa" else name]
            broker = {"mqtt.host": "127.0.0.1", "mqtt.port": str(port)}
            unit.settings.parent.mkdir(parents=True)
            unit.settings.write_text(_toml(own | broker))
            state, runtime = root / "var" / unit.name, unit.own(client.UNIT_DIRECTORY)
            runtime.mkdir(parents=True)
            free = {"pins.tamper": "none", "pins.button": "none", "break_min": "60s"}
            given = {key.replace(".", "__"): value for key, value in (own | free).items()}
            self.chairs[name] = Chair(state, port, **given)
            self.chairs[name].environment = {
                "STATE_DIRECTORY": str(state),
                "RUNTIME_DIRECTORY": str(runtime),
            }

    def sofa(self, *, occupied: bool) -> None:
        """Let somebody sit down on the sofa, or get up."""
        if self.wireless:
            self.seen.say("zigbee2mqtt/sofa", json.dumps({"contact": occupied}))
        else:
            self.chairs["sofa"].do("sit" if occupied else "stand")

    def of(self, name: str) -> list[Heard]:
        """List what came under the topics of a chair."""
        return [
            each for each in self.seen.entries if each.topic.startswith(f"chair-sensor/{name}/")
        ]

    def await_status(self, name: str, status: str) -> None:
        """Wait until the broker has this state of a chair."""

        def fits(heard: Heard) -> bool:
            return heard.topic == f"chair-sensor/{name}/state" and (
                isinstance(heard.payload, dict) and heard.payload["status"] == status
            )

        self.seen.wait(fits, what=f"{name}: {status}")


def _toml(settings: dict[str, str]) -> str:
    return "".join(
        f"{key} = {value if value.isdecimal() else json.dumps(value)}\n"
        for key, value in settings.items()
    )


@pytest.fixture(params=["wired", "wireless"])
def two(
    request: pytest.FixtureRequest,
    mosquitto: MosquittoStarter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Two]:
    """Start both, with all folders of the machine somewhere else."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path / "etc/chair-sensor/it.toml")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr(configuration, "CREDSTORE", tmp_path / "credstore")
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run/chair-sensor")
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "var/chair-sensor")
    port = mosquitto("allow_anonymous true").port
    with Recorder(port) as seen, ExitStack() as stack:
        both = Two(tmp_path, port, seen, wireless=request.param == "wireless")
        for each in both.chairs.values():
            stack.enter_context(each)
        for each in both.chairs.values():
            each.await_log("watching the ")
        both.await_status("desk", "vacant")
        seen.wait(lambda heard: heard.topic == "chair-sensor/sofa/state", what="the sofa")
        if both.wireless:  # a wire tells by itself, a sensor once it has something to tell
            both.sofa(occupied=False)
        both.await_status("sofa", "vacant")
        yield both


def told(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Run a command that must succeed; return what it says."""
    code = main.main(command)
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def test_nothing_of_one_appears_in_the_other(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    """On pins, broker and disk, and in what each command tells, each chair is alone."""
    desk, sofa = two.chairs.values()
    desk.do("sit")
    desk.buzzer.wait(lambda edge: edge.on)
    desk.do("stand")
    two.await_status("desk", "away")

    answers: dict[str, Any] = {
        name: json.loads(told(capsys, "status", "--json", "--chair", name)) for name in NAMES
    }
    assert [each["pid"] for each in answers.values()] == [
        each.process.pid for each in two.chairs.values()
    ]
    assert answers["sofa"]["state"]["status"] == "vacant"
    assert answers["sofa"]["state"]["today"]["bouts"] == 0
    both = told(capsys, "status")
    assert both.startswith("Chair desk (chair-sensor/desk): away\n")
    assert "\n\nChair sofa (chair-sensor/sofa): vacant\n" in both

    spoken = {json.dumps(each.payload) for each in two.of("sofa") if each.topic.endswith("event")}
    assert not any("sat_down" in each for each in spoken)
    assert sofa.contact.entries == []
    assert sofa.edges == []
    for each in two.chairs.values():
        assert not any("broker away" in line for line in each.log.entries)
    for name, rows in (("desk", True), ("sofa", False)):
        history = json.loads(told(capsys, "export", "--chair", name))
        assert bool(history["events"]) is rows, history


def test_home_assistant_report_and_doctor(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is a device of its own, with what it has; report and doctor tell of one chair."""
    two.chairs["desk"].do("sit")
    two.await_status("desk", "break_due")

    described = {
        each.payload["dev"]["name"]: each
        for each in two.seen.entries
        if each.topic.startswith("homeassistant/device/")
    }
    assert sorted(described) == ["Chair desk", "Chair sofa"]
    for name in NAMES:
        text = json.dumps(described[f"Chair {name}"].payload)
        assert not any(f"chair-sensor/{other}" in text for other in NAMES if other != name)
    sofa = described["Chair sofa"].payload["cmps"]
    assert ("set_buzzer" in sofa, "seat_battery" in sofa) == (not two.wireless, two.wireless)
    assert "set_buzzer" in described["Chair desk"].payload["cmps"]
    assert "Chair desk" in told(capsys, "report", "--chair", "desk")
    assert "Chair desk" not in told(capsys, "report", "--chair", "sofa")
    for name, other in (NAMES, NAMES[::-1]):
        main.main(["doctor", "--json", "--chair", name])
        rows = {each["check"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
        assert rows["chairs"]["found"].startswith("shares nothing with another")
        seat = {each: row for each, row in rows.items() if each != "chairs"}
        assert f"chair-sensor/{other}" not in json.dumps(seat)
        assert ("seat" in rows) is (two.wireless and name == "sofa")


def test_the_other_way_round(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    """What the second chair's sensor tells reaches that chair alone."""
    desk = two.chairs["desk"]

    two.sofa(occupied=True)
    two.await_status("sofa", "break_due")

    answer = json.loads(told(capsys, "status", "--json", "--chair", "desk"))
    assert answer["state"]["status"] == "vacant"
    assert desk.edges == []
    states = [each.payload for each in two.of("desk") if each.topic.endswith("/state")]
    assert {"sitting", "break_due"}.isdisjoint(state["status"] for state in states)


def test_one_goes_and_the_other_stays(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    """A chair that was killed, and one that leaves Home Assistant, take nothing along."""
    desk = two.chairs["desk"]
    desk.end(signal.SIGKILL)

    assert main.main(["status", "--chair", "desk"]) == 1
    assert "start it: sudo systemctl start chair-sensor@desk" in capsys.readouterr().err
    assert told(capsys, "status", "--chair", "sofa").startswith("Chair sofa ")
    said = told(capsys, "homeassistant", "purge", "--yes", "--force", "--chair", "desk")
    assert said.startswith("removed chair desk (Chair desk) from broker")
    gone = {each.topic for each in two.seen.entries if each.payload == ""}
    assert gone
    assert not any("sofa" in topic for topic in gone)
    assert main.main(["homeassistant", "purge", "--yes", "--chair", "sofa"]) == 1
    assert "stop it first (sudo systemctl stop chair-sensor@sofa)" in capsys.readouterr().err
