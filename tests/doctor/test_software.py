"""Versions and the clock, as the doctor sees them."""

from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest

from sensor.daemon.answer import Answer
from sensor.doctor import software
from sensor.settings import timezones
from sensor.settings.config import Chair, Config
from tests.kit import Stage


def test_this_machine() -> None:
    """Everything that the tests need is new enough, and named with its version."""
    [finding] = software.software()

    assert finding.verdict == "ok"
    assert f"paho-mqtt {metadata.version('paho-mqtt')}" in finding.found


def test_too_old_or_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too old, or not there, is named; what only a Pi needs may be missing."""
    needs = [
        "gpiozero>=99.0",
        "nosuchlibrary>=1",
        'lgpio-of-nobody>=0.2.2; extra == "pi"',
        'hypothesis>=999; extra == "dev"',
    ]
    monkeypatch.setattr(metadata, "requires", lambda _name: needs)

    [finding] = software.software()

    assert finding.verdict == "fail"
    here = metadata.version("gpiozero")
    assert finding.found == f"gpiozero {here} is older than 99.0; nosuchlibrary is missing"


def test_not_installed_by_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a record of what is needed the versions are named all the same."""

    def unknown(name: str) -> Any:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", unknown)

    [finding] = software.software()

    assert "pydantic-settings " in finding.found


def test_clock(stage: Stage) -> None:
    """A clock that nobody has set is a fault, with what to do."""
    [well] = software.clock(stage)
    stage.set = False
    [wrong] = software.clock(stage)

    assert (well.verdict, wrong.verdict) == ("ok", "fail")
    assert "not synchronised" in wrong.found
    assert "timedatectl" in str(wrong.fix)


@pytest.mark.parametrize(
    ("told", "verdict", "found"),
    [
        (True, "ok", "synchronised"),
        (False, "fail", "synchronised, which the daemon does not know yet"),
        (None, "fail", "the daemon cannot tell whether it is synchronised"),
    ],
)
def test_the_daemons_clock(stage: Stage, told: bool | None, verdict: str, found: str) -> None:
    """What counts is what the daemon knows, which the unit may forbid to look."""
    [finding] = software.clock(stage, None, cast("Answer", {"clock": {"synchronised": told}}))

    assert finding.verdict == verdict
    assert found in finding.found


def test_dangling_zone(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone that an upgrade of the system took away is a fault, unless the settings have one."""
    localtime = tmp_path / "localtime"
    localtime.symlink_to("/usr/share/zoneinfo/US/Nowhere")
    monkeypatch.setattr(timezones, "LOCALTIME", localtime)
    monkeypatch.delenv("TZ", raising=False)

    [finding] = software.clock(stage)
    [with_own] = software.clock(stage, Config(chair=Chair(timezone="UTC")))

    assert finding.verdict == "fail"
    assert "leads to /usr/share/zoneinfo/US/Nowhere, which is not there: UTC" in finding.found
    assert "tzdata-legacy" in str(finding.fix)
    assert with_own.verdict == "ok"
