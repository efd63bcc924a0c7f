"""Debian's mosquitto on this machine, with a user and a password of its own for the chair."""

import os
import secrets
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from sensor.doctor.service import BOOTED
from sensor.errors import ChairSensorError
from sensor.setup.hands import Hands

USER = "chair"
PORT = 1883
GROUP = "mosquitto"
CONFIGURATION = """\
# Written by `chair-sensor setup`. Everybody needs a user: to add one, for Home Assistant,
#   sudo mosquitto_passwd {passwords} homeassistant && sudo systemctl restart mosquitto
listener {port}
allow_anonymous false
password_file {passwords}
"""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def hindrance(hands: Hands) -> str | None:
    """Say why it cannot be installed here; None: it can, by root or in a dry run."""
    if not BOOTED.exists() or which("apt-get") is None:
        return "this is no Debian that systemd runs"
    return None if hands.dry or os.geteuid() == 0 else "only root may; run this with sudo"


def install(hands: Hands, etc: Path = Path("/etc/mosquitto")) -> str:
    """Install, configure and start it; return the chair's password. Raises ChairSensorError."""
    configuration = etc / "conf.d" / "chair-sensor.conf"
    passwords = etc / "chair-sensor.passwords"
    _must_be_new(etc, configuration)
    if which("mosquitto", path=PATH) is None:
        hands.run("apt-get", "install", "--yes", "mosquitto")
    password = secrets.token_urlsafe(18)
    hands.write(passwords, _users(hands, passwords, password), mode=0o640)
    hands.give(passwords, GROUP)
    hands.write(configuration, CONFIGURATION.format(port=PORT, passwords=passwords))
    hands.run("systemctl", "enable", "mosquitto")
    hands.run("systemctl", "restart", "mosquitto")
    return password


def _must_be_new(etc: Path, ours: Path) -> None:
    """Refuse to meddle with a broker that somebody has set up."""
    head = CONFIGURATION.splitlines()[0]
    others = [
        path
        for path in (etc / "conf.d").glob("*.conf")
        if path != ours or not path.read_text(errors="replace").startswith(head)
    ]
    if others:
        raise ChairSensorError(
            f"mosquitto is set up here already ({others[0]}); start it, make a user for the chair "
            "(sudo mosquitto_passwd), and run setup again with --broker localhost"
        )


def _users(hands: Hands, passwords: Path, password: str) -> str:
    """Give the chair its password, hashed by mosquitto and in no command line; others stay."""
    if hands.dry:
        return ""
    lines = passwords.read_text().splitlines(keepends=True) if passwords.exists() else []
    others = "".join(line for line in lines if not line.startswith(f"{USER}:"))
    with TemporaryDirectory() as folder:
        file = Path(folder, "passwords")
        file.touch(0o600)
        file.write_text(f"{USER}:{password}\n")
        hands.run("mosquitto_passwd", "-U", str(file))
        return others + file.read_text()
