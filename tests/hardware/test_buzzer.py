"""The buzzer: what its pin does, and that it ends silent whatever happens."""

from contextlib import suppress

import pytest
from gpiozero.exc import PinInvalidState
from gpiozero.pins.mock import MockFactory, MockPin

from sensor.errors import HardwareError
from sensor.hardware.buzzer import Buzzer, resting
from sensor.settings.config import Pins

HIGH = Pins(buzzer=17, buzzer_active_high=True)
LOW = Pins(buzzer=17, buzzer_active_high=False)


class StubbornPin(MockPin):
    """A pin that refuses its next writes, as lgpio does when the chip is gone."""

    refusals = 0
    writes = 0

    def _set_state(self, value: float) -> None:
        if self.refusals:
            self.refusals -= 1
            message = "bad GPIO write"
            raise PinInvalidState(message)
        self.writes += 1
        super()._set_state(value)


class TestBuzzer:
    """On and off."""

    def test_on_and_off(self) -> None:
        """The pin goes high for on and low for off."""
        factory = MockFactory()

        with Buzzer(HIGH, factory) as buzzer:
            buzzer.set(True)
            buzzer.set(False)

        factory.pin(17).assert_states([False, True, False])

    def test_active_low(self) -> None:
        """A module that sounds at low level rests high."""
        factory = MockFactory()

        with Buzzer(LOW, factory) as buzzer:
            resting = factory.pin(17).state
            buzzer.set(True)

            assert resting
            assert not factory.pin(17).state

    def test_repeating_a_level_writes_nothing(self) -> None:
        """The same level again costs no write: one for opening off, one for on."""
        factory = MockFactory(pin_class=StubbornPin)

        with Buzzer(HIGH, factory) as buzzer:
            buzzer.set(False)
            buzzer.set(True)
            buzzer.set(True)

            assert factory.pin(17).writes == 2

    @pytest.mark.parametrize("pins", [HIGH, LOW])
    def test_silent_after_close(self, pins: Pins) -> None:
        """Closing turns it off first, and closing twice is harmless."""
        factory = MockFactory()
        buzzer = Buzzer(pins, factory)
        buzzer.open()
        buzzer.set(True)

        buzzer.close()
        buzzer.close()

        assert factory.pin(17).state is not pins.buzzer_active_high

    def test_silent_after_an_error(self) -> None:
        """An exception in the block leaves no sound on."""
        factory = MockFactory()

        with suppress(ZeroDivisionError), Buzzer(HIGH, factory) as buzzer:
            buzzer.set(True)
            raise ZeroDivisionError

        assert not factory.pin(17).state

    def test_off_is_written_again_after_a_failed_write(self) -> None:
        """A refused off is told and not believed: the next off is written."""
        factory = MockFactory(pin_class=StubbornPin)
        with Buzzer(HIGH, factory) as buzzer:
            buzzer.set(True)
            factory.pin(17).refusals = 1
            with pytest.raises(HardwareError, match=r"^\[pins\] buzzer = 17: bad GPIO write"):
                buzzer.set(False)

            buzzer.set(False)

            assert not factory.pin(17).state

    def test_a_pin_that_refuses_off_is_released(self) -> None:
        """If the last off fails, closing says so and still lets go of the pin."""
        factory = MockFactory(pin_class=StubbornPin)
        buzzer = Buzzer(HIGH, factory)
        buzzer.open()
        buzzer.set(True)
        factory.pin(17).refusals = 1

        with pytest.raises(HardwareError, match="bad GPIO write"):
            buzzer.close()

        assert factory.pin(17).function == "input"

    def test_a_closed_buzzer_is_off(self) -> None:
        """Without its pin it cannot be switched on; off is what it is anyway."""
        factory = MockFactory()
        buzzer = Buzzer(HIGH, factory)

        buzzer.set(False)
        with pytest.raises(HardwareError, match="switched on while not open"):
            buzzer.set(True)

        assert not factory.pins

    def test_open_twice_is_once(self) -> None:
        """Opening again neither fails nor interrupts the sound."""
        factory = MockFactory()

        with Buzzer(HIGH, factory) as buzzer:
            buzzer.set(True)
            buzzer.open()

            assert factory.pin(17).state


class TestResting:
    """How the outputs are left when the daemon is gone."""

    @pytest.mark.parametrize(("pins", "high"), [(HIGH, False), (LOW, True)])
    def test_the_buzzer_rests_silent(self, pins: Pins, high: bool) -> None:
        """Low for a transistor, high for a module that sounds at low level."""
        assert list(resting(pins)) == [("buzzer", 17, high)]

    def test_the_led_rests_dark(self) -> None:
        """Both colours of the LED go off as well, after the buzzer."""
        assert list(resting(Pins(led=(27, 22)))) == [
            ("buzzer", 17, False),
            ("led", 27, False),
            ("led", 22, False),
        ]
