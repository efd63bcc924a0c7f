"""What the doctor says of settings and secrets."""

from pathlib import Path

import pytest

from sensor.doctor import configuration
from sensor.doctor.configuration import Configuration
from sensor.doctor.finding import Finding

SECRET = "hunter2-is-my-password"  # noqa: S105  (that is the point)


@pytest.fixture(autouse=True)
def credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the machine's own settings out; returns where the credential would lie."""
    path = tmp_path / "credstore" / "chair-sensor.mqtt_password"
    path.parent.mkdir()
    monkeypatch.setattr(configuration, "CREDSTORE", path.parent)
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path / "none.toml")
    return path


def looked(file: Path | None = None, *overrides: str) -> dict[str, Finding]:
    """Look at the settings."""
    found = list(Configuration(file, overrides).findings())
    assert SECRET not in str(found)
    return {finding.check: finding for finding in found}


def test_defaults() -> None:
    """Nothing set is valid, and needs no password."""
    assert {check: each.verdict for check, each in looked().items()} == {
        "settings": "ok",
        "password": "ok",
    }


def test_every_mistake() -> None:
    """Each mistake is a finding with its advice."""
    found = list(Configuration(None, ["sit_limitt=5m", "snooze=never"]).findings())

    assert [each.verdict for each in found] == ["fail", "fail"]
    assert found[0].found == "sit_limitt is not a setting (--set). Did you mean sit_limit?"


def test_unreadable(tmp_path: Path) -> None:
    """A file that is not there, or no file at all, is named."""
    for path in (tmp_path / "gone.toml", tmp_path):
        finding = looked(path)["settings"]

        assert finding.verdict == "fail"
        assert str(path) in finding.found


def test_password_for_everybody(tmp_path: Path) -> None:
    """A password in a file that everybody may read is a fault; in a closed one it is not."""
    file = tmp_path / "config.toml"
    file.write_text(f'[mqtt]\nusername = "chair"\npassword = "{SECRET}"\n')

    file.chmod(0o644)
    assert looked(file)["password"].verdict == "fail"
    file.chmod(0o600)
    assert looked(file)["password"].verdict == "ok"


def test_credential(credential: Path) -> None:
    """The unit's credential is found, used, and must be root's alone."""
    credential.write_text(f"{SECRET}\n")

    credential.chmod(0o600)
    found = Configuration(None, ["mqtt.username=chair"])
    assert found.config is not None
    assert found.config.mqtt.password == SECRET
    assert (
        looked(None, "mqtt.username=chair")["password"].found == "readable, from a file of its own"
    )
    credential.chmod(0o644)
    assert looked(None, "mqtt.username=chair")["password"].verdict == "fail"


def test_no_password() -> None:
    """A user without a password: where to put it."""
    finding = looked(None, "mqtt.username=chair")["password"]

    assert finding.verdict == "fail"
    assert "for the user chair" in finding.found
    assert "install -D -m 600" in str(finding.fix)


def test_hidden_password(credential: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only root may read is no fault, and the way to know is told."""
    credential.write_text(SECRET)
    credential.chmod(0o600)

    monkeypatch.setattr("os.access", lambda *_: False)  # the tests may be run by root

    finding = looked(None, "mqtt.username=chair")["password"]

    assert (finding.verdict, finding.fix) == ("unknown", "run this with sudo")


def test_relative_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named from the working directory stays the same file wherever the check-up goes."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(f'[mqtt]\nusername = "chair"\npassword = "{SECRET}"\n')
    Path("mine.toml").chmod(0o644)

    found = Configuration(Path("mine.toml"), [])
    monkeypatch.chdir("/")
    settings, password = found.findings()

    assert str(tmp_path / "mine.toml") in settings.found
    assert password.verdict == "fail"
