"""The mat's test, with a sitter on a simulated mat: sound, worn and broken ones."""

from collections.abc import Callable
from typing import Any

import pytest

from sensor.core.rules import Rules
from sensor.settings.config import Pins
from sensor.setup.mat import MatTest
from tests.kit import Stage
from tests.setup.kit import Volunteer

MAT, TAMPER = 5, 6
RULES = Rules()


def watched(stage: Stage, person: Any, pins: Pins | None = None) -> Any:
    """Test the mat on the stage."""
    return MatTest(pins or Pins(), stage.factory(), stage, person).run(RULES)


def sitter(stage: Stage, person: Any, *, closes: bool = True) -> Any:
    """Let the person sit down and get up as asked, on a mat that closes, or opens, under them."""
    stage.wires.pull(MAT, closes)
    person.deeds["Now sit down."] = lambda: stage.pull(MAT, closes, after=2)
    person.deeds["Now get up."] = lambda: stage.pull(MAT, not closes, after=2)
    return person


def flicker(stage: Stage, moments: list[tuple[float, bool]]) -> Callable[[], None]:
    """Make a deed: from now on the contact takes these levels."""

    def deed() -> None:
        for after, closed in moments:
            stage.pull(MAT, closed, after=after)

    return deed


def test_sound(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A clean mat needs no other settings; it was shown live."""
    person = sitter(stage, volunteer())

    assert watched(stage, person) == {}
    assert "The mat works. Longest release while seated: 0.0 s" in person.told
    assert any("PRESSED" in line for line in person.shown)
    assert any("free" in line for line in person.shown)
    assert "retry" not in person.asked


def test_fidgeting(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A contact that lets go for 5 s while somebody sits: three times as long is proposed."""
    person = sitter(stage, volunteer())
    person.deeds["The mat detects you."] = flicker(stage, [(1, False), (6, True)])

    assert watched(stage, person) == {"leave_confirm": 15}
    assert "Set leave_confirm to 15s (now 10s)" in person.told


def test_proposal_declined(stage: Stage, volunteer: type[Volunteer]) -> None:
    """Who does not want it, keeps what there is."""
    person = sitter(stage, volunteer(leave_confirm=False))
    person.deeds["The mat detects you."] = flicker(stage, [(1, False), (6, True)])

    assert watched(stage, person) == {}


def test_slow_foam(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A cushion that presses on an empty chair asks for more patience."""
    person = sitter(stage, volunteer())
    person.deeds["Get off the chair"] = flicker(stage, [(0.5, True), (2.2, False)])

    assert watched(stage, person) == {"sit_confirm": 6}


def test_dead(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A mat that never closes: what it may be, and the pin's number."""
    person = volunteer(retry=[True, False])
    stage.wires.pull(MAT, True)

    assert watched(stage, person) is None
    assert person.told.count("GPIO5 did not close when you sat down") == 2
    assert stage.now() == pytest.approx(2 * 33, abs=1)


def test_second_try(stage: Stage, volunteer: type[Volunteer]) -> None:
    """The wire is plugged in after the first try: the second one is good."""
    person = volunteer()
    stage.wires.pull(MAT, True)
    person.deeds["Try the mat again?"] = lambda: sitter(stage, person)

    assert watched(stage, person) == {}


def test_wrong_polarity(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A mat that opens under the sitter is told of as such."""
    person = sitter(stage, volunteer(retry=False), closes=False)

    assert watched(stage, person) is None
    assert "Wrong polarity" in person.told


def test_squashed(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A mat that is always closed."""
    stage.wires.pull(MAT, False)
    person = volunteer(retry=False)

    assert watched(stage, person) is None
    assert "GPIO5 is closed whether you sit or not" in person.told


def test_stays_pressed(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A mat that does not open when the sitter gets up."""
    person = sitter(stage, volunteer(retry=False))
    del person.deeds["Now get up."]

    assert watched(stage, person) is None
    assert "GPIO5 is closed whether you sit or not" in person.told


@pytest.mark.parametrize("moment", ["Get off the chair", "The mat detects you."])
def test_floating(stage: Stage, volunteer: type[Volunteer], moment: str) -> None:
    """A pin that follows the mains, with or without a sitter."""
    person = sitter(stage, volunteer(retry=False))
    hum = [(half_wave / 100, half_wave % 2 == 0) for half_wave in range(1000)]
    person.deeds[moment] = flicker(stage, hum)

    assert watched(stage, person) is None
    assert "The contact changes all the time" in person.told


def test_unplugged(stage: Stage, volunteer: type[Volunteer]) -> None:
    """An open tamper loop is told first."""
    person = volunteer(retry=False)

    assert watched(stage, person, Pins(tamper=TAMPER)) is None
    assert "The tamper loop is open" in person.told


def test_nobody_there(stage: Stage, volunteer: type[Volunteer]) -> None:
    """Unattended the mat is only looked at."""
    person = volunteer(present=False)
    stage.wires.pull(MAT, False)

    assert watched(stage, person) == {}
    assert person.said == ["The mat is pressed; the test with a sitter was left out."]
