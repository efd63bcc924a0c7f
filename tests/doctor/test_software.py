"""Versions and the clock, as the doctor sees them."""

from importlib import metadata
from typing import Any

import pytest

from sensor.doctor import software


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


def test_clock(stage: Any) -> None:
    """A clock that nobody has set is a fault, with what to do."""
    [well] = software.clock(stage)
    stage.set = False
    [wrong] = software.clock(stage)

    assert (well.verdict, wrong.verdict) == ("ok", "fail")
    assert "not synchronised" in wrong.found
    assert "timedatectl" in str(wrong.fix)
