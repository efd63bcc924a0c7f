"""The buzzer's test, with somebody who hears what the simulated pin does."""

from typing import Any

import pytest

from sensor.settings.config import Pins
from sensor.setup.buzzer import test_buzzer as try_buzzer
from tests.kit import Stage
from tests.setup.kit import Volunteer

BUZZER = 17


class Ears:
    """Hear a buzzer that sounds at a high or a low level, or never."""

    def __init__(self, stage: Stage, person: Any, sounds_at: bool | None) -> None:
        self.stage = stage
        self.sounds_at = sounds_at
        person.agree = self.agree
        self.person = person

    def agree(self, key: str, question: str, *, proposal: bool) -> bool:
        """Say what is heard; nothing is made up."""
        del question, proposal
        levels = [high for _, pin, high in self.stage.heard if pin == BUZZER]
        sounds_now = levels[-1] is self.sounds_at
        beeps = sum(high is self.sounds_at for high in levels[-6:])
        return not sounds_now if key == "silent" else beeps >= 3


@pytest.mark.parametrize(
    ("module", "now", "right"),
    [(True, True, True), (False, True, False), (True, False, True), (False, False, False)],
)
def test_polarity(
    stage: Stage, volunteer: type[Volunteer], module: bool, now: bool, right: bool
) -> None:
    """Whatever the module is and whatever the settings say, the right setting is found."""
    person = volunteer()
    Ears(stage, person, sounds_at=module)

    found = try_buzzer(Pins(buzzer_active_high=now), stage.factory(), stage, person)

    assert found is right


def test_three_tones(stage: Stage, volunteer: type[Volunteer]) -> None:
    """It is a burst as in an alert, and ends silent."""
    try_buzzer(Pins(), stage.factory(), stage, volunteer())

    edges = [(at, high) for at, pin, high in stage.heard if pin == BUZZER]
    rising = [at for at, high in edges if high]
    assert rising == pytest.approx([0, 0.4, 0.8])
    assert edges[-1][1] is False


def test_dumb(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A buzzer that nobody hears: what it may be."""
    person = volunteer()
    Ears(stage, person, sounds_at=None)

    assert try_buzzer(Pins(), stage.factory(), stage, person) is None
    assert "a passive buzzer" in person.told


def test_screams(stage: Stage, volunteer: type[Volunteer]) -> None:
    """A buzzer that sounds whatever the pin does."""
    person = volunteer(heard=True, silent=False)

    assert try_buzzer(Pins(), stage.factory(), stage, person) is None
    assert "Still wrong with buzzer_active_high = false" in person.told


def test_nobody_there(stage: Stage, volunteer: type[Volunteer]) -> None:
    """Unattended it makes no noise."""
    assert try_buzzer(Pins(), stage.factory(), stage, volunteer(present=False)) is None
    assert stage.heard == []
