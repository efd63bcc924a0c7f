"""What the doctor says of files that the unit's user, who is neither root nor you, must read."""

import grp
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest

from sensor.doctor import configuration, files
from sensor.doctor.configuration import Configuration
from sensor.doctor.examination import examine
from sensor.doctor.finding import Finding
from tests.kit import Stage

WELL = Finding("files", "ok", "the service can read every file that the settings name")


@pytest.fixture
def etc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the unit, with its settings in a folder that everybody may enter."""
    with TemporaryDirectory(dir="/tmp") as name:  # $TMPDIR may be closed
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "systemctl").write_text("#!/bin/sh\necho LoadState=loaded\n")
        (folder / "systemctl").chmod(0o755)
        monkeypatch.setenv("PATH", name, prepend=":")
        monkeypatch.setattr("sensor.settings.unit.BOOTED", folder)
        monkeypatch.setattr(files, "UNSEEN", (folder / "home",))
        monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", folder / "config.toml")
        yield folder


@pytest.fixture
def looked(etc: Path, stage: Stage) -> Any:
    """Look at a `[mqtt]` table."""

    def look(*lines: str, mode: int = 0o644, file: Path | None = None) -> list[Finding]:
        path = file or etc / "config.toml"
        path.write_text("\n".join(["[mqtt]", *lines, ""]))
        path.chmod(mode)
        checks = examine(Configuration(file, []), stage.factory, stage)
        until_daemon = takewhile(lambda each: each.check != "daemon", checks)
        return [each for each in until_daemon if each.check == "files"]

    return look


@pytest.fixture
def pem(etc: Path) -> Path:
    """Make a certificate's file that everybody may read."""
    path = etc / "some.pem"
    path.touch(mode=0o644)
    path.chmod(0o644)
    return path


def test_well(looked: Any, pem: Path) -> None:
    """An authority that everybody may read, as the settings themselves."""
    assert looked(f'ca_file = "{pem}"') == [WELL]


def test_settings(etc: Path, looked: Any) -> None:
    """Settings that only root may read are a fault: the service ends with exit code 2."""
    [finding] = looked(mode=0o600)

    assert finding.verdict == "fail"
    assert finding.found == f"the service cannot read {etc}/config.toml"
    assert str(finding.fix).startswith(
        f"sudo chmod o+r {etc}/config.toml, after moving any password in it"
    )


def test_settings_that_are_wrong(looked: Any) -> None:
    """That they may not be read is told even where they are wrong in other ways, too."""
    [finding] = looked("prot = 1", mode=0o600)

    assert finding.verdict == "fail"


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_authority(etc: Path, looked: Any, closed: str) -> None:
    """A file, or a folder on the way to it, that is closed: which, and how to open it."""
    path = etc / "tls/ca.pem"
    path.parent.mkdir(mode=0o755)
    path.touch()
    path.chmod(0o600 if closed == "file" else 0o644)
    path.parent.chmod(0o700 if closed == "folder" else 0o755)

    [finding] = looked(f'ca_file = "{path}"')

    found, fix = {
        "file": (f"the service cannot read {path}", f"sudo chmod o+r {path}"),
        "folder": (f"the service cannot enter {path.parent}", f"sudo chmod o+x {path.parent}"),
    }[closed]
    assert finding == Finding("files", "fail", f"mqtt.ca_file: {found}", fix)


def test_authority_at_home(etc: Path, looked: Any) -> None:
    """What lies at somebody's home is not seen by the service, whoever may read it."""
    path = etc / "home/ca.pem"
    path.parent.mkdir()
    path.touch()

    [finding] = looked(f'ca_file = "{path}"')

    assert finding.found.startswith(f"mqtt.ca_file: the service cannot see {path}: ")
    assert str(finding.fix).startswith(f"sudo install -m 644 {path} /etc/chair-sensor/, ")


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["closed", "open"])
def test_key(etc: Path, looked: Any, pem: Path, mode: int) -> None:
    """A key that the service cannot read, or that everybody may, should be a credential."""
    key = etc / "client.key"
    key.touch()
    key.chmod(mode)

    [finding] = looked(f'cert_file = "{pem}"', f'key_file = "{key}"')

    assert finding.verdict == "fail"
    stored = configuration.CREDSTORE / "chair-sensor.mqtt_key"
    assert str(finding.fix).startswith(f"sudo install -D -m 600 {key} {stored} makes it ")


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["closed", "open"])
def test_password(etc: Path, looked: Any, mode: int) -> None:
    """So should a password."""
    path = etc / "password"
    path.write_text("hunter2\n")
    path.chmod(mode)

    [finding] = looked('username = "chair"', f'password_file = "{path}"')

    assert finding.verdict == "fail"
    assert "chair-sensor.mqtt_password makes it " in str(finding.fix)


def test_group(etc: Path, looked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is in the group gpio: what that may read is readable, and no secret is out."""
    path = etc / "password"
    path.write_text("hunter2\n")
    path.chmod(0o640)
    ours = SimpleNamespace(gr_gid=path.stat().st_gid)
    monkeypatch.setattr(grp, "getgrnam", lambda _name: ours)

    assert looked('username = "chair"', f'password_file = "{path}"', mode=0o640) == [WELL]


def test_by_hand(etc: Path, looked: Any, tmp_path: Path) -> None:
    """Settings of one's own, or a machine without the unit, are nobody else's business."""
    assert looked(mode=0o600, file=tmp_path / "mine.toml") == []

    (etc / "systemctl").write_text("#!/bin/sh\necho LoadState=not-found\n")

    assert looked(mode=0o600) == []
