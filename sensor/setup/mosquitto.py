"""Debian's mosquitto on this machine, with a user and a password of its own for the chair."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from sensor.core.words import Text
from sensor.errors import ChairSensorError
from sensor.mqtt.topics import Topics
from sensor.settings.chairs import units
from sensor.settings.unit import BOOTED, Unit
from sensor.setup.system import System

ETC = Path("/etc/mosquitto")
USER = "chair"
PORT, TLS_PORT = 1883, 8883
GROUP = "mosquitto"
CONFIGURATION = """\
# Written by `chair-sensor setup`. Everybody needs a user: to add one, for Home Assistant,
#   sudo mosquitto_passwd {passwords} homeassistant && sudo systemctl restart mosquitto
# Who may do what is in {rights}.
listener {port} 127.0.0.1
allow_anonymous false
password_file {passwords}
acl_file {rights}
# A single message must not fill the memory of a small machine.
message_size_limit 65536
"""
OPEN = """\
# For other machines: encrypted.
listener {port}
certfile {certificate}
keyfile {key}
"""
RIGHTS = """\
# Written by `chair-sensor setup`.
user chair
topic readwrite {base}/#
topic readwrite {discovery}
topic read {birth}
# With a seat on the broker also its topics, such as:
#topic read zigbee2mqtt/desk chair
#topic read zigbee2mqtt/bridge/state

user homeassistant
topic read {base_topic}/#
topic write {base_topic}/+/set/+
topic write {base_topic}/+/do/+
topic write {base_topic}/+/seat/set
topic readwrite {prefix}/#
"""
"""As in systemd/mosquitto.acl."""
RIGHTS_FILE = "chair-sensor.acl"
HOME_ASSISTANT = "homeassistant"
"""The other user in the rights."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def hindrance(system: System, unit: Unit | None, etc: Path = ETC) -> Text | None:
    """Return why mosquitto cannot be installed here; None: it can, by root or in a dry run.

    `unit` is the chair's. What setup has written for another chair is not written again.
    """
    if not BOOTED.exists() or which("apt-get") is None:
        return Text("this is not Debian with systemd")
    others = any(other.settings.exists() for other in units() if other != unit)
    if others and _configuration(etc).exists():
        return Text("another chair has set it up; sudo systemctl start mosquitto")
    if system.dry or os.geteuid() == 0:
        return None
    return Text("only root can install it; run this with sudo")


def install(
    system: System,
    topics: Topics,
    *,
    host: str | None = None,
    etc: Path = ETC,
) -> str:
    """Install, configure and start mosquitto; return the chair's password.

    Only this machine can connect; with `host` others can, too, encrypted and by that name. Raises
    ChairSensorError.
    """
    configuration = _configuration(etc)
    passwords, rights = etc / "chair-sensor.passwords", etc / RIGHTS_FILE
    _must_be_new(etc, configuration)
    if which("mosquitto", path=PATH) is None:
        system.run("apt-get", "install", "--yes", "--quiet", "mosquitto")
    password = secrets.token_urlsafe(18)
    _give(system, passwords, _users(system, passwords, password))
    _give(system, rights, _rights(topics))
    text = CONFIGURATION.format(port=PORT, passwords=passwords, rights=rights)
    if host is not None:
        certificate, key = certificates(etc)
        if not certificate.exists() or not key.exists():
            made, secret = _certificate(system, host)
            _give(system, key, secret)
            system.write(certificate, made, mode=0o644)
        text += OPEN.format(port=TLS_PORT, certificate=certificate, key=key)
    system.write(configuration, text)
    system.run("systemctl", "enable", "mosquitto")
    system.run("systemctl", "restart", "mosquitto")
    return password


def with_rights(user: str, rights: Sequence[str], etc: Path = ETC) -> tuple[Path, str] | None:
    """Return the file of rights that setup wrote, and its text with more rights for a user.

    None: it has them, is not there, or is not for us to read.
    """
    file = etc / RIGHTS_FILE
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    head = f"user {user}"
    if head not in lines:
        lines += ["", head]
    start = lines.index(head) + 1
    end = next((n for n, each in enumerate(lines[start:], start) if each[:5] == "user "), None)
    known = lines[start:end]
    missing = [each for each in dict.fromkeys(rights) if each not in known]
    after = max((n for n, each in enumerate(known, 1) if each.strip()), default=0)
    lines[start + after : start + after] = missing
    return (file, "\n".join([*lines, ""])) if missing else None


def _configuration(etc: Path) -> Path:
    return etc / "conf.d" / "chair-sensor.conf"


def certificates(etc: Path = ETC) -> tuple[Path, Path]:
    """Return the paths of the broker's certificate and its key."""
    return etc / "certs" / "chair-sensor.crt", etc / "certs" / "chair-sensor.key"


def _give(system: System, path: Path, text: str) -> None:
    """Write a file that only root and mosquitto can read."""
    system.write(path, text, mode=0o640)
    system.give(path, GROUP)


def _rights(topics: Topics) -> str:
    return RIGHTS.format(
        base=topics.base,
        base_topic=topics.base_topic,
        discovery=topics.discovery,
        prefix=topics.discovery_prefix,
        birth=topics.birth_topic,
    )


def _certificate(system: System, host: str) -> tuple[str, str]:
    """Make a self-signed certificate; return it and its key."""
    with TemporaryDirectory() as folder:
        certificate, key = Path(folder, "broker.crt"), Path(folder, "broker.key")
        system.run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=DNS:{host}", "-keyout", str(key)),
            *("-out", str(certificate)),
        )
        return ("", "") if system.dry else (certificate.read_text(), key.read_text())


def _must_be_new(etc: Path, ours: Path) -> None:
    """Refuse to change a broker that is already set up. Raises ChairSensorError."""
    head = CONFIGURATION.splitlines()[0]
    others = [
        path
        for path in (etc / "conf.d").glob("*.conf")
        if path != ours or not path.read_text(errors="replace").startswith(head)
    ]
    if others:
        raise ChairSensorError(
            f"mosquitto is already set up here ({others[0]})",
            fix="start it, add a user for the chair (sudo mosquitto_passwd), and run setup again "
            "with --broker localhost",
        )


def _users(system: System, passwords: Path, password: str) -> str:
    """Return the password file with the chair's entry, hashed by mosquitto; other users stay.

    The password is in no command line, which every user could see.
    """
    if system.dry:
        return ""
    lines = passwords.read_text().splitlines(keepends=True) if passwords.exists() else []
    others = "".join(line for line in lines if not line.startswith(f"{USER}:"))
    with TemporaryDirectory() as folder:
        file = Path(folder, "passwords")
        file.touch(0o600)
        file.write_text(f"{USER}:{password}\n")
        system.run("mosquitto_passwd", "-U", str(file))
        return others + file.read_text()
