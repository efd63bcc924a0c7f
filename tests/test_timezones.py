"""The machine's own zone: from TZ, else from its file, else UTC; and what is told without one."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sensor.errors import SettingsError
from sensor.settings import loading, timezones

ZONES = Path("/usr/share/zoneinfo")
NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001  (a zone is asked about its own time)
pytestmark = pytest.mark.skipif(not ZONES.exists(), reason="no zones in /usr/share/zoneinfo")


@pytest.fixture
def localtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name the zone file of another machine, which is not there yet."""
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(timezones, "LOCALTIME", tmp_path / "localtime")
    return timezones.LOCALTIME


def ahead() -> float:
    """Return how many hours the machine's own zone is ahead of UTC."""
    offset = timezones.timezone(None).utcoffset(NEW_YEAR)
    assert offset is not None
    return offset / timedelta(hours=1)


def test_the_file(localtime: Path) -> None:
    """The file counts, and another one as soon as it is there; without one it is UTC."""
    without = ahead()
    localtime.symlink_to(ZONES / "Asia/Kolkata")
    before = ahead()
    localtime.unlink()
    localtime.symlink_to(ZONES / "Asia/Tokyo")

    assert [without, before, ahead()] == [0, 5.5, 9]
    assert timezones.local_trouble() is None


@pytest.mark.parametrize("setting", ["Asia/Tokyo", ":Asia/Tokyo"])
@pytest.mark.parametrize("file", ["Asia/Kolkata", "Nowhere"])
def test_the_variable(
    localtime: Path, monkeypatch: pytest.MonkeyPatch, setting: str, file: str
) -> None:
    """A name in TZ beats the file, even one that leads nowhere."""
    localtime.symlink_to(ZONES / file)
    monkeypatch.setenv("TZ", setting)

    assert ahead() == 9
    assert timezones.local_trouble() is None


def test_a_rule(localtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A POSIX rule in TZ is not a name: the file counts."""
    localtime.symlink_to(ZONES / "Asia/Kolkata")
    monkeypatch.setenv("TZ", "CET-1CEST")

    assert ahead() == 5.5


def test_a_damaged_file(localtime: Path) -> None:
    """UTC is taken, and what to do is told."""
    localtime.write_text("no zone")

    trouble = timezones.local_trouble()

    assert ahead() == 0
    assert str(trouble).startswith(f"{localtime} cannot be read (")
    assert str(trouble).endswith(
        "): UTC is taken for local time; sudo apt install tzdata tzdata-legacy, "
        "or set a zone: sudo timedatectl set-timezone Europe/Berlin"
    )


def test_no_zones_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even the example is known, the name is not to blame."""
    monkeypatch.setattr(timezones, "EXAMPLE", "Europe/Nowhere")

    with pytest.raises(SettingsError) as refused:
        loading.load(environ={}, overrides=["chair.timezone=Asia/Nowhere"])

    assert str(refused.value) == (
        "chair.timezone is not known: no time zone is installed here (got 'Asia/Nowhere', --set). "
        "sudo apt install tzdata"
    )


def test_the_zone_of_the_machine(localtime: Path) -> None:
    """The one that a daemon keeps is whichever the machine has when it is asked."""
    zone = timezones.SystemZone()
    before = datetime.fromtimestamp(0, zone).isoformat()
    localtime.symlink_to(ZONES / "Europe/Berlin")
    summer = datetime(2026, 7, 1, 12, tzinfo=zone)

    assert before == "1970-01-01T00:00:00+00:00"
    assert datetime.fromtimestamp(0, zone).isoformat() == "1970-01-01T01:00:00+01:00"
    assert datetime.fromtimestamp(0, zone).tzinfo is zone
    assert [summer.tzname(), summer.dst()] == ["CEST", timedelta(hours=1)]


@pytest.mark.parametrize(
    ("setting", "file", "name"),
    [
        (None, "Asia/Kolkata", "Asia/Kolkata"),
        (":Asia/Tokyo", "Asia/Kolkata", "Asia/Tokyo"),
        (f"{ZONES}/Asia/Tokyo", "Asia/Kolkata", "Asia/Tokyo"),
        ("CET-1CEST", "Asia/Kolkata", "Asia/Kolkata"),
        (None, None, None),
    ],
)
def test_its_name(
    localtime: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str | None,
    file: str | None,
    name: str | None,
) -> None:
    """What others would call the zone; a rule and a file of its own have no name."""
    if setting:
        monkeypatch.setenv("TZ", setting)
    if file:
        localtime.symlink_to(ZONES / file)

    assert timezones.local_name() == name
