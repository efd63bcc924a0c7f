"""The whole check-up: a daemon in a process of its own, and a real broker with passwords."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.daemon.inbox import Inbox
from sensor.daemon.ports import Publication
from sensor.doctor import configuration
from sensor.doctor.configuration import Configuration
from sensor.doctor.examination import examine
from sensor.doctor.finding import Finding
from sensor.doctor.network import network
from sensor.mqtt import probe
from sensor.mqtt.topics import Topics
from sensor.settings.config import Mqtt
from sensor.settings.loading import load
from sensor.setup.new_settings import NewSettings
from sensor.setup.prompts import TerminalPrompts
from sensor.setup.system import System
from sensor.setup.wizard import NOT_TESTED, Wizard
from sensor.status import client
from sensor.status.server import StatusService
from sensor.storage.identity import known_id
from tests.endtoend.kit import Chair
from tests.kit import MosquittoStarter, Stage
from tests.mqtt import difficult
from tests.mqtt.difficult import Difficult

pytestmark = pytest.mark.slow

SECRET = "hunter2-is-my-password"  # noqa: S105  (that is the point)
CLOSED = 9
"""A port where no broker listens."""


@pytest.fixture(autouse=True)
def _this_chair_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever is installed on this machine stays out of it."""
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run")
    monkeypatch.setattr(configuration, "CREDSTORE", tmp_path / "no-credentials")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr(probe, "LISTEN", 0.3)


@pytest.fixture
def port(mosquitto: MosquittoStarter, tmp_path: Path) -> int:
    """Run a broker that knows one user."""
    passwords = tmp_path / "passwords"
    passwords.write_text(f"chair:{SECRET}\n")
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
    return int(mosquitto(f"password_file {passwords}").port)


def looked(stage: Stage, tmp_path: Path, port: int, **changed: str) -> dict[str, Finding]:
    """Make the check-up."""
    settings = {
        "profile": "demo",
        "sit_limit": "1h",
        "break_min": "5m",
        "chair.id": "test",
        "chair.timezone": "UTC",
        "pins.button": "26",
        "pins.tamper": "6",
        "mqtt.host": "127.0.0.1",
        "mqtt.port": str(port),
        "mqtt.username": "chair",
        "mqtt.password": SECRET,
        "state_dir": str(tmp_path),
    }
    chosen = settings | {key.replace("__", "."): value for key, value in changed.items()}
    found = examine(
        Configuration(None, [f"{key}={value}" for key, value in chosen.items() if value]),
        stage.factory,
        stage,
    )
    return {finding.check: finding for finding in found}


def test_beside_a_daemon(stage: Stage, chair: type[Chair], port: int, tmp_path: Path) -> None:
    """All is well: the daemon is asked, its pins are left to it, Home Assistant was heard."""
    user = {"mqtt.username": "chair", "mqtt.password": SECRET}
    with chair(tmp_path, port, sit_limit="1h", break_min="5m", **user) as daemon:
        daemon.ready().await_log("connected to broker")
        home = Mqtt(host="127.0.0.1", port=port, username="chair", password=SECRET)
        with probe.Probe(home, purpose="test") as guest:
            guest.send([Publication(topic="homeassistant/status", payload="online")])
        daemon.do("sit")
        daemon.await_log("sitting: ")

        found = looked(stage, tmp_path, port)

    assert found["daemon"].found.startswith("sitting: Sitting; break due at ")
    assert f"held by the running daemon (process {daemon.process.pid})" in found["pins"].found
    assert found["mat"].found == "pressed (GPIO5); 1 change in the last minute"
    assert found["broker"].found == f"connected to 127.0.0.1:{port} as chair"
    assert found["discovery"].found == "up to date; the chair is online"
    assert found["Home Assistant"].found == "says that it is online"
    assert stage.heard == []
    tried = ("daemon", "pins", "mat", "buzzer", "database", "broker", "discovery", "Home Assistant")
    assert {found[check].verdict for check in tried} == {"ok"}


def test_without_a_daemon(stage: Stage, port: int, tmp_path: Path) -> None:
    """Nothing runs: pins and broker are tried all the same, and the device is missing."""
    found = looked(stage, tmp_path, port, pins__tamper="none")

    assert found["daemon"].verdict == "unknown"
    assert found["mat"].verdict == found["broker"].verdict == "ok"
    assert (found["discovery"].verdict, found["discovery"].fix) == ("fail", "start the daemon")
    assert found["Home Assistant"].verdict == "unknown"


def test_no_broker_wanted(stage: Stage, port: int, tmp_path: Path) -> None:
    """A chair that is to stay alone is well without a broker."""
    found = looked(stage, tmp_path, port, mqtt__host="none")

    assert found["broker"].verdict == "ok"
    assert found["broker"].found == "none wanted: mqtt.host = none"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mqtt__password": "wrong"}, "wrong user or password"),
        ({"mqtt__username": "", "mqtt__password": ""}, "wrong user or password"),
        ({"mqtt__tls": "true"}, "does not answer in TLS"),
        ({"mqtt__host": "nosuch.invalid"}, "unknown host 'nosuch.invalid'"),
    ],
)
def test_broker_trouble(
    stage: Stage, port: int, tmp_path: Path, changed: dict[str, str], reason: str
) -> None:
    """Each kind of trouble with the broker is told by its name, with what to do."""
    found = looked(stage, tmp_path, port, **changed)

    assert found["broker"].verdict == "fail"
    assert reason in found["broker"].found
    assert found["broker"].fix
    assert SECRET not in str(found)
    assert "discovery" not in found


def test_no_broker(stage: Stage, tmp_path: Path) -> None:
    """Nobody listens there."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        found = looked(stage, tmp_path, deaf.getsockname()[1])

    assert found["broker"].found.startswith("connection refused by 127.0.0.1:")
    assert found["broker"].fix == "is the broker running?"


def test_daemon_with_old_settings(
    stage: Stage, chair: type[Chair], port: int, tmp_path: Path
) -> None:
    """The settings were mended since the daemon started: it says so, and what to do."""
    with chair(tmp_path, port) as daemon:
        daemon.ready().await_log("broker away: wrong user")

        found = looked(stage, tmp_path, port, pins__mat="13", chair__name="Sofa")

    assert found["broker"].found.startswith(
        "accepts the doctor, but the daemon reports: wrong user"
    )
    assert "restart chair-sensor" in str(found["broker"].fix)
    assert found["pins"].fix == "sudo systemctl restart chair-sensor"


def test_renamed_chair(stage: Stage, chair: type[Chair], port: int, tmp_path: Path) -> None:
    """Home Assistant was told of another name than is set now."""
    user = {"mqtt.username": "chair", "mqtt.password": SECRET}
    with chair(tmp_path, port, **user) as daemon:
        daemon.ready().await_log("connected to broker")

        found = looked(stage, tmp_path, port, chair__name="Sofa")

    assert found["discovery"].verdict == "fail"
    assert found["discovery"].fix == "sudo systemctl restart chair-sensor"


def test_daemon_that_tells_others(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that answers members of the group gpio only is no fault; sudo is the way to know."""
    monkeypatch.setattr(StatusService, "_may_know", lambda *_: False)  # root is told everything
    with StatusService(tmp_path / "chair-sensor.status", Inbox(), stage.now, {}):
        found = looked(stage, tmp_path, CLOSED)

    assert (found["daemon"].verdict, found["daemon"].fix) == ("unknown", "run this with sudo")
    assert "members of the group gpio are told" in found["daemon"].found
    assert found["pins"].verdict == "unknown"
    assert stage.heard == []


def test_broken_settings(stage: Stage, port: int, tmp_path: Path) -> None:
    """With settings that cannot be used, the mistakes are told, and what needs none is done."""
    found = looked(stage, tmp_path, port, snooze="never")

    assert found["settings"].verdict == "fail"
    assert {"software", "clock", "unit"} <= found.keys()
    assert "broker" not in found


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each check, then how many failed, and exit 1; here there are no pins."""
    if list(Path("/dev").glob("gpiochip*")):
        pytest.skip("this machine has pins")
    where = ["--set", f"state_dir={tmp_path}", "--set", "mqtt.host=nosuch.invalid"]

    code = main.main(["doctor", *where])

    said = capsys.readouterr()
    assert code == 1
    assert "FAIL  GPIO chip       [pins] chip: no /dev/gpiochip* here" in said.out
    assert said.err.endswith(" checks failed\n")


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` is the same for programs."""
    where = ["--set", f"state_dir={tmp_path}", "--set", "mqtt.host=nosuch.invalid"]

    assert main.main(["doctor", "--json", *where]) == 1

    told = json.loads(capsys.readouterr().out)
    assert told["well"] is False
    broker = next(each for each in told["checks"] if each["check"] == "broker")
    assert broker["found"] == "unknown host 'nosuch.invalid' (mqtt.host)"


def test_setup_leaves_the_pins_to_a_daemon(
    stage: Stage, chair: type[Chair], port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`chair-sensor setup` does not disturb a daemon that was started by hand."""
    file = tmp_path / "mine.toml"
    file.write_text(f'state_dir = "{tmp_path}"\n')
    with chair(tmp_path, port) as daemon:
        daemon.ready().await_log("starting: ")
        person = TerminalPrompts({}, unattended=True)
        wizard = Wizard(
            NewSettings(file), person, System(person.say, dry=True), stage, stage.factory
        )
        wizard.run(("mat", "buzzer"))

    assert (
        f"A daemon holds the pins (process {daemon.process.pid}, Desk chair)"
        in capsys.readouterr().out
    )
    assert wizard.left == [NOT_TESTED]
    assert stage.heard == []


USER = {"mqtt.username": "chair", "mqtt.password": SECRET}


@pytest.fixture
def limited(mosquitto: MosquittoStarter, tmp_path: Path) -> Any:
    """Run a broker that knows one user, with these options and this ACL; returns its port."""

    def start(*options: str, acl: str = "topic readwrite #") -> int:
        passwords, rights = tmp_path / "passwords", tmp_path / "acl"
        passwords.write_text(f"chair:{SECRET}\n")
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
        rights.write_text(f"user chair\n{acl}\n")
        for file in (passwords, rights):
            file.chmod(0o600)
        return int(mosquitto(f"password_file {passwords}", f"acl_file {rights}", *options).port)

    return start


BASE = "chair-sensor/test"
ALL_BUT_STATE = "\n".join(
    f"topic readwrite {topic}"
    for topic in (f"{BASE}/availability", f"{BASE}/diagnostics", f"{BASE}/do/+", "homeassistant/#")
)
NO_COMMANDS = "\n".join(
    f"topic readwrite {topic}"
    for topic in (f"{BASE}/availability", f"{BASE}/diagnostics", f"{BASE}/state", "homeassistant/#")
)


@pytest.mark.parametrize(
    "case",
    [
        (
            "topic readwrite #",
            "ok",
            "a command reached the daemon, and its answer reached the broker",
        ),
        (ALL_BUT_STATE, "fail", f"the broker retains nothing on {BASE}/state"),
        (NO_COMMANDS, "unknown", f"a command sent to {BASE}/do/ got no answer"),
    ],
    ids=["all", "no state", "no commands"],
)
def test_rights(
    stage: Stage, chair: type[Chair], limited: Any, tmp_path: Path, case: tuple[str, str, str]
) -> None:
    """What an ACL swallows without a word is missed: the state is read back, a command tried."""
    acl, *expected = case
    port = limited(acl=acl)
    with chair(tmp_path, port, sit_limit="1h", break_min="5m", **USER) as daemon:
        daemon.ready().await_log("connected to broker")
        daemon.await_log("starting: ")

        looked(stage, tmp_path, port)  # the state that follows a connection is over by then
        seen = looked(stage, tmp_path, port)

    assert [seen["state"].verdict, seen["state"].found] == expected


def test_client_id_of_the_daemon(
    stage: Stage, chair: type[Chair], limited: Any, tmp_path: Path
) -> None:
    """A broker with rules for client ids: the daemon is asked, or its id used without one."""
    port = limited("clientid_prefixes mine-")
    own = {"mqtt.client_id": "mine-7"}
    with chair(tmp_path, port, sit_limit="1h", break_min="5m", **USER, **own) as daemon:
        daemon.ready().await_log("connected to broker")

        beside = looked(stage, tmp_path, port, **own)
    alone = looked(stage, tmp_path, port, pins__tamper="none", **own)

    assert beside["broker"].found == f"the daemon is connected to 127.0.0.1:{port}"
    assert alone["broker"].found == f"connected to 127.0.0.1:{port} as chair"


def test_user_as_client_id(stage: Stage, chair: type[Chair], limited: Any, tmp_path: Path) -> None:
    """A daemon that a probe pushes off its broker is told of; with a client id none is made."""
    port = limited("use_username_as_clientid true")
    with chair(tmp_path, port, sit_limit="1h", break_min="5m", **USER) as daemon:
        daemon.ready().await_log("connected to broker")

        pushed = looked(stage, tmp_path, port)
    own = {"mqtt.client_id": "chair"}
    with chair(tmp_path, port, sit_limit="1h", break_min="5m", **USER, **own) as daemon:
        daemon.ready().await_log("connected to broker")
        asked = looked(stage, tmp_path, port, **own)
        log = list(daemon.log.entries)

    assert "pushed the daemon off for a moment" in pushed["broker"].found
    assert asked["broker"].found == f"the daemon is connected to 127.0.0.1:{port}"
    assert not any("broker away" in line for line in log)


def test_daemon_back_first(tmp_path: Path) -> None:
    """Where the daemon's reconnect pushes the probe off in turn, the same is told."""
    with Difficult(closes_at=frozenset({difficult.SUBSCRIBE})) as broker:
        config = load(
            overrides=[
                "mqtt.host=127.0.0.1",
                f"mqtt.port={broker.port}",
                f"state_dir={tmp_path}",
                "chair.id=test",
            ]
        )
        answers: Iterator[Any] = iter(
            {
                "broker": config.mqtt.address,
                "mqtt": {"connected": True, "home_assistant": None},
                "diagnostics": {"reconnects": count},
            }
            for count in (3, 4)
        )
        found = [
            *network(
                config,
                Topics.of(config.mqtt, known_id(config)),
                lambda: next(answers),
                password_hidden=False,
                daemon_hides=False,
            )
        ]

    assert [finding.verdict for finding in found] == ["unknown"]
    assert "pushed the daemon off for a moment" in found[0].found


def test_changed_from_home_assistant(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was changed from Home Assistant is told by check-up and `check-config`, with origin."""
    (tmp_path / "changed-settings.json").write_text('{"break_min": 1200}')
    found = looked(stage, tmp_path, CLOSED, profile="")

    main.main(["check-config", "--set", f"state_dir={tmp_path}"])

    assert found["changes"].found.startswith("break_min = 20m: changed from Home Assistant")
    assert "break_min = 20m  (changed from Home Assistant)\n" in capsys.readouterr().out
