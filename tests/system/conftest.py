"""Machines to install on: a folder with a Debian in it (`root.sh`), and a virtual Pi (`run`)."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.guest import PASSWORD, ROOT, Guest
from tests.system.kit import Root

BROKER = "listener 1883 127.0.0.1\\npassword_file /etc/mosquitto/passwd\\n"


@pytest.fixture(scope="session")
def root() -> Root:
    """Give the folder that `.ci/run installation` has made, the checkout in /root/chair-sensor."""
    folder = os.environ.get("CHAIR_SENSOR_ROOT")
    if not folder:
        pytest.skip("needs a Debian in a folder: .ci/run installation makes one")
    return Root(Path(folder))


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Switch a machine on that has this checkout and a broker, and nothing of the product."""
    image = os.environ.get("CHAIR_SENSOR_GUEST")
    if not image:
        pytest.skip("NOT RUN: needs a virtual Pi, by hand: tests/system/run")
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.split(b"\0")
    with Guest(Path(image), tmp_path_factory.mktemp("guest")) as guest:
        guest.put([ROOT / os.fsdecode(file) for file in files if file], ROOT)
        guest.succeed(f"""
            printf '{BROKER}' >/etc/mosquitto/conf.d/test.conf
            cd /etc/mosquitto && touch passwd && mosquitto_passwd -b passwd chair {PASSWORD}
            chown mosquitto passwd && chmod 600 passwd && systemctl restart mosquitto""")
        guest.mat(pressed=False)
        yield guest
