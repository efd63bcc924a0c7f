"""How the doctor sums up what it has found, and when it ends with 0."""

import json
from collections.abc import Callable

import pytest

from sensor.commands import main
from sensor.doctor import examination
from sensor.doctor.finding import Finding, fail, ok, unknown

WELL = ok("clock", "synchronised")
HIDDEN = unknown("password", "only root may look for it", "run this with sudo")
SILENT = unknown("Home Assistant", "has not been heard", "restart it to see")
BROKEN = fail("unit", "not installed")


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the check-up find this."""
    return lambda *found: monkeypatch.setattr(examination, "examine", lambda *_: iter(found))


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        ([WELL, WELL], 0, "all is well"),
        (
            [WELL, SILENT],
            0,
            "nothing failed; 1 of 2 could not be checked: each ? names the next step",
        ),
        (
            [SILENT, HIDDEN, WELL],
            1,
            "nothing failed; 2 of 3 could not be checked: run this with sudo",
        ),
        ([BROKEN, HIDDEN, WELL], 1, "1 of 3 checks failed"),
    ],
    ids=["well", "untold", "hidden", "failed"],
)
def test_summary(
    finding: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    found: list[Finding],
    code: int,
    told: str,
) -> None:
    """It is 0 only if no check failed, and none is open to root alone."""
    finding(*found)

    assert main.main(["doctor"]) == code

    said = capsys.readouterr()
    last = (said.out + said.err).splitlines()[-1]
    assert last.removeprefix("chair-sensor: ") == told


@pytest.mark.parametrize(
    ("found", "well"), [(WELL, True), (SILENT, True), (HIDDEN, False), (BROKEN, False)]
)
def test_json(
    finding: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    found: Finding,
    well: bool,
) -> None:
    """Programs are told the same."""
    finding(found)

    code = main.main(["doctor", "--json"])

    assert (code == 0) is json.loads(capsys.readouterr().out)["well"] is well
