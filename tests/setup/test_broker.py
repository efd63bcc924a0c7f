"""The broker is found or asked for, and tried against a real mosquitto until it takes us."""

import datetime as dt
import ipaddress
import socket
import subprocess
import tomllib
from contextlib import chdir
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sensor.daemon.inbox import Inbox
from sensor.errors import ChairSensorError, SettingsError
from sensor.languages import translation
from sensor.settings.config import Mqtt
from sensor.settings.loading import load
from sensor.setup import broker as rooms
from sensor.setup import mosquitto as installer
from sensor.setup.broker import BrokerTest
from sensor.setup.new_settings import NewSettings
from sensor.setup.system import System
from sensor.status.server import NAME_BESIDE, StatusService
from tests.kit import MosquittoStarter
from tests.setup.kit import Volunteer

SECRET = "hunter2-is-my-password"  # noqa: S105  (that is the point)
TLS = ("mqtt", "tls")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker of this machine is found, and none is offered, unless a test wants it."""
    monkeypatch.setattr(rooms, "USUAL", ())
    monkeypatch.setattr(installer, "BOOTED", Path("/nonexistent"))


@pytest.fixture
def guarded(mosquitto: MosquittoStarter, tmp_path: Path) -> int:
    """Run a broker that knows one user; return its port."""
    passwords = tmp_path / "passwords"
    passwords.write_text(f"chair:{SECRET}\n")
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
    return int(mosquitto(f"password_file {passwords}").port)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that is its own authority, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    signed = (
        x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(here, critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, plain))
    return certificate, key


def tried(person: Any, file: Path | None = None) -> tuple[bool, NewSettings]:
    """Talk about the broker."""
    settings = NewSettings(file)
    return BrokerTest(settings, person, System(person.say, dry=False)).run(), settings


def test_found(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that answers nearby is proposed, and one Enter is enough."""
    port = mosquitto().port
    monkeypatch.setattr(rooms, "USUAL", ("nosuch.invalid", f"127.0.0.1:{port}"))
    person = volunteer()

    well, settings = tried(person)

    assert well
    assert settings.changes == {("mqtt", "host"): "127.0.0.1", ("mqtt", "port"): port}
    assert f"Found a broker: 127.0.0.1:{port}." in person.said
    assert person.asked == ["broker"]


def test_user_and_password(guarded: int, volunteer: type[Volunteer]) -> None:
    """A broker that wants a user: asked for, tried, wrong, asked for again."""
    person = volunteer(
        broker=f"127.0.0.1:{guarded}", username="chair", password_file=["wrong", SECRET]
    )

    well, settings = tried(person)

    assert well
    assert settings.password == settings.config.mqtt.password == SECRET
    assert settings.changes[("mqtt", "username")] == "chair"
    assert "requires a user and a password" in person.told
    assert person.told.count("Cannot connect: wrong user or password") == 1
    assert SECRET not in person.told


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("nosuch.invalid", "unknown host 'nosuch.invalid'"),
        ("127.0.0.1:{deaf}", "connection refused by 127.0.0.1:{deaf}"),
    ],
)
def test_wrong_place(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], wrong: str, reason: str
) -> None:
    """A wrong name or port is told by its name, and asked for again."""
    port = mosquitto().port
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        deaf = silent.getsockname()[1]
        person = volunteer(broker=[wrong.format(deaf=deaf), f"127.0.0.1:{port}"])

        well, settings = tried(person)

    assert well
    assert settings.config.mqtt.port == port
    assert f"Cannot connect: {reason.format(deaf=deaf)}" in person.told


def test_tls_on_a_plain_port(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], tmp_path: Path
) -> None:
    """TLS is switched off again where the port has none."""
    port = mosquitto().port
    file = tmp_path / "config.toml"
    file.write_text(f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ntls = true\n')
    person = volunteer()

    well, settings = tried(person, file)

    assert well
    assert settings.changes[TLS] is False
    assert "does not answer in TLS" in person.told


def test_plain_on_a_tls_port(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], tmp_path: Path
) -> None:
    """TLS is proposed where the port does not speak MQTT, then its authority asked for."""
    certificate, key = self_signed(tmp_path)
    port = mosquitto(f"certfile {certificate}", f"keyfile {key}", "allow_anonymous true").port
    person = volunteer(broker=f"127.0.0.1:{port}", tls=True, ca_file=str(certificate))

    well, settings = tried(person)

    assert well
    assert settings.changes[TLS] is True
    assert settings.config.mqtt.ca_file == certificate
    assert "without an answer; is it a port for TLS" in person.told
    assert "certificate of 127.0.0.1" in person.told


@pytest.mark.parametrize("written", ["cert.pem", "~/cert.pem"])
def test_authority_of_the_unit(
    mosquitto: MosquittoStarter,
    volunteer: type[Volunteer],
    tmp_path: Path,
    settings_file: Path,
    written: str,
) -> None:
    """The unit sees neither home nor working directory: it gets the authority beside its file."""
    certificate, key = self_signed(tmp_path)
    port = mosquitto(f"certfile {certificate}", f"keyfile {key}", "allow_anonymous true").port
    person = volunteer(broker=f"127.0.0.1:{port}", tls=True, ca_file=written)

    with chdir(tmp_path):
        _, settings = tried(person)
    settings.write(System(person.say, dry=False))

    copy = settings_file.with_name("ca.pem")
    assert copy.read_text() == certificate.read_text()
    assert copy.stat().st_mode & 0o777 == 0o644
    assert tomllib.loads(settings_file.read_text())["mqtt"]["ca_file"] == str(copy)


def test_authority_of_a_daemon_by_hand(volunteer: type[Volunteer], tmp_path: Path) -> None:
    """Elsewhere the file stays where it is, and is named by its whole path."""
    (tmp_path / "ca.crt").touch()
    (tmp_path / "mine").mkdir()
    settings = NewSettings(tmp_path / "mine" / "config.toml")

    with chdir(tmp_path):
        settings.take({("mqtt", "ca_file"): "ca.crt"})
    settings.write(System(volunteer().say, dry=False))

    assert tomllib.loads(settings.file.read_text())["mqtt"]["ca_file"] == str(tmp_path / "ca.crt")


@pytest.mark.parametrize("name", ["ca_file", "cert_file"])
def test_no_text(volunteer: type[Volunteer], tmp_path: Path, name: str) -> None:
    """What cannot be handed to the unit is told in one line before anything is written."""
    certificate = tmp_path / "cert.der"
    certificate.write_bytes(b"\x30\x82\xff")
    settings = NewSettings(None)
    paths = {"ca_file"} if name == "ca_file" else {"cert_file", "key_file"}
    settings.take({("mqtt", each): "~/cert.der" for each in paths})
    settings.take_user("chair", SECRET)
    person = volunteer()

    with pytest.raises(SettingsError, match=rf"mqtt\.{name} {certificate}: is not text"):
        settings.write(System(person.say, dry=False))

    assert person.said == []


def test_usual_port(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that goes without saying is not written: it would stay when TLS is switched on."""
    port = mosquitto().port
    monkeypatch.setattr(Mqtt, "address", property(lambda mqtt: f"{mqtt.host}:{mqtt.port or port}"))

    _, settings = tried(volunteer(broker=f"127.0.0.1:{port}"))
    settings.write(System(volunteer().say, dry=False))

    assert tomllib.loads(settings.file.read_text()) == {"mqtt": {"host": "127.0.0.1"}}


def test_port_of_another_way(volunteer: type[Volunteer], tmp_path: Path) -> None:
    """The port in the file is not that of a broker that is named without one, over TLS."""
    file = tmp_path / "config.toml"
    file.write_text('[mqtt]\nhost = "old.invalid"\nport = 1883\n')
    person = volunteer(broker="new.invalid", tls=True, retry=False)
    person.knows = lambda key: key in ("broker", "tls")

    _, settings = tried(person, file)

    assert settings.config.mqtt.address == "new.invalid:8883"
    assert tomllib.loads(settings.text()[1])["mqtt"] == {"host": "new.invalid", "tls": True}


def test_none(volunteer: type[Volunteer]) -> None:
    """Who has no broker goes on without."""
    person = volunteer()

    well, settings = tried(person)

    assert well
    assert "No broker: chair and buzzer work without one" in person.told
    assert not settings.config.mqtt.wanted
    assert "install_broker" not in person.asked


@pytest.mark.parametrize("no", ["none", "no", "nein"])
def test_rather_none(volunteer: type[Volunteer], no: str) -> None:
    """Who finds out that there is no broker after all goes on without."""
    person = volunteer(translate=translation("de"), broker=["nosuch.invalid", no])

    well, settings = tried(person)

    assert well
    assert settings.changes == {("mqtt", "host"): "none"}
    assert "Kein Broker: Stuhl und Summer kommen ohne ihn aus" in person.told


def test_none_any_more(volunteer: type[Volunteer], tmp_path: Path) -> None:
    """A broker that the settings name is really given up: the daemon looks for none."""
    file = tmp_path / "config.toml"
    file.write_text('[mqtt]\nhost = "broker.invalid"\nusername = "chair"\n')
    person = volunteer(broker="none")

    _, settings = tried(person, file)
    settings.write(System(person.say, dry=False))

    assert not load(config_file=file, environ={}).mqtt.wanted
    assert tried(volunteer(), file)[1].text() == (file.read_text(), file.read_text())


def test_away_for_now(volunteer: type[Volunteer], tmp_path: Path) -> None:
    """A broker that the settings name and that does not answer is proposed, not given up."""
    file = tmp_path / "config.toml"
    file.write_text('[mqtt]\nhost = "broker.invalid"\n')

    with pytest.raises(
        ChairSensorError, match=r"unknown host 'broker.invalid'.*the settings stay as they were"
    ):
        tried(volunteer(present=False), file)


def test_password_without_a_user(guarded: int, volunteer: type[Volunteer]) -> None:
    """A password given in advance is used, with the user that is proposed."""
    person = volunteer(present=False, broker=f"127.0.0.1:{guarded}", password_file=SECRET)
    person.knows = lambda key: key == "password_file"

    _, settings = tried(person)

    assert (settings.config.mqtt.username, settings.password) == ("chair", SECRET)


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let this be a Debian that systemd runs."""
    monkeypatch.setattr(installer, "BOOTED", tmp_path)
    monkeypatch.setattr(installer, "which", lambda name, **_: name)


@pytest.mark.usefixtures("debian")
def test_a_broker_is_named(volunteer: type[Volunteer]) -> None:
    """Who names a broker, or wants none, is offered none to install."""
    person = volunteer(broker="none")
    person.knows = lambda key: key == "broker"

    tried(person)

    assert "install_broker" not in person.asked


@pytest.mark.usefixtures("debian")
def test_password_of_a_new_broker(
    volunteer: type[Volunteer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password of a broker that was installed is kept before anything else can go wrong."""
    monkeypatch.setattr(installer, "install", lambda *_, **__: SECRET)
    person = volunteer(install_broker=True, retry=False)
    settings = NewSettings(None)
    settings.take({("chair", "id"): "desk"})

    BrokerTest(settings, person, System(person.say, dry=False)).run()

    assert "mosquitto listens on port 1883 for this machine only." in person.said
    assert "\nEvery client needs a user. Home Assistant has none yet: " in person.told
    secret = tmp_path / "credstore" / "chair-sensor.mqtt_password"
    assert secret.read_text() == f"{SECRET}\n"
    assert secret.stat().st_mode & 0o777 == 0o600


def test_cannot_be_installed(volunteer: type[Volunteer]) -> None:
    """Who wants a broker installed where that is impossible is told so."""
    person = volunteer(install_broker=True)
    person.knows = lambda key: key == "install_broker"

    tried(person)

    assert "mosquitto is not installed: this is not Debian with systemd." in person.said


def test_a_dry_run_tries(guarded: int, volunteer: type[Volunteer]) -> None:
    """A dry run visits the broker all the same, for that changes nothing."""
    person = volunteer(present=False, broker=f"127.0.0.1:{guarded}", username="chair")
    person.knows = lambda key: key == "username"

    with pytest.raises(ChairSensorError, match="wrong user or password"):
        BrokerTest(NewSettings(None), person, System(person.say, dry=True)).run()


def test_given_up(volunteer: type[Volunteer]) -> None:
    """Who does not want to try again goes on without a tested broker."""
    person = volunteer(broker="nosuch.invalid", retry=False)

    assert tried(person)[0] is False


def test_another_host_where_it_asks_again(volunteer: Any) -> None:
    """A corrected host is taken where the question is whether to try again."""
    person = volunteer(broker="nosuch.invalid", retry=["not a host", "also.invalid", "No"])

    assert tried(person)[0] is False
    assert "unknown host 'also.invalid'" in person.told
    assert person.asked.count("retry") == 3


@pytest.mark.parametrize("text", ["http://broker.lan", "broker lan", "broker:port", "a:99999"])
def test_no_address(text: str, mosquitto: MosquittoStarter, volunteer: type[Volunteer]) -> None:
    """What is no address is told in one line and asked for again."""
    port = mosquitto().port
    person = volunteer(broker=[text, f"127.0.0.1:{port}"])

    assert tried(person)[0] is True


def test_unattended(guarded: int, volunteer: type[Volunteer]) -> None:
    """With nobody there, what does not work ends it, and the settings stay as they were."""
    person = volunteer(present=False, broker=f"127.0.0.1:{guarded}")

    with pytest.raises(ChairSensorError, match=r"wrong user.*the settings stay as they were"):
        tried(person)


def test_broker_that_ties_client_ids(
    mosquitto: MosquittoStarter, volunteer: type[Volunteer], tmp_path: Path
) -> None:
    """Where only the daemon's client id is taken, and no daemon runs, that id is used."""
    port = mosquitto("allow_anonymous true", "clientid_prefixes mine-").port
    file = tmp_path / "config.toml"
    file.write_text(f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\nclient_id = "mine-7"\n')

    assert tried(volunteer(), file)[0]


def test_daemon_that_is_connected(volunteer: type[Volunteer], tmp_path: Path) -> None:
    """The daemon is asked about the broker that it is connected to, instead of a visit."""
    file = tmp_path / "config.toml"
    file.write_text(f'state_dir = "{tmp_path}"\n[mqtt]\nhost = "127.0.0.1"\nport = 9\n')
    about = {"state_dir": str(tmp_path), "broker": "127.0.0.1:9", "mqtt": {"connected": True}}
    inbox = Inbox()
    with StatusService(tmp_path / NAME_BESIDE, inbox, lambda: 0, about):
        Thread(target=lambda: inbox.get(None).reply({}), daemon=True).start()  # type: ignore[typeddict-item, union-attr]

        assert tried(volunteer(), file)[0]
