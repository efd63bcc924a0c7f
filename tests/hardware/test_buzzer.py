"""The buzzer: what its pin does, and that it ends silent whatever happens."""

import gc
from contextlib import suppress

import pytest
from gpiozero.exc import PinInvalidState
from gpiozero.pins.mock import MockFactory, MockPin

from sensor.config import Pins
from sensor.errors import HardwareError
from sensor.hardware.buzzer import Buzzer, silence

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


class TestSilence:
    """What systemd runs after a crash."""

    @pytest.mark.parametrize("pins", [HIGH, LOW])
    def test_the_buzzer_is_driven_inactive_and_left_so(self, pins: Pins) -> None:
        """The pin stays an output at the silent level, and no clean-up of ours floats it."""
        factory = MockFactory()

        silence(pins, factory)
        gc.collect()

        pin = factory.pin(17)
        assert (pin.function, pin.state) == ("output", not pins.buzzer_active_high)

    @pytest.mark.parametrize(("pins", "pull"), [(HIGH, "down"), (LOW, "up")])
    def test_the_pull_keeps_the_level(self, pins: Pins, pull: str) -> None:
        """A kernel that turns the pin into an input finds a pull to the silent level."""
        factory = MockFactory()

        silence(pins, factory)

        assert factory.pin(17).pull == pull

    def test_a_buzzer_that_was_left_on(self) -> None:
        """A pin that a killed daemon left sounding falls silent."""
        factory = MockFactory()
        factory.pin(17).output_with_state(True)

        silence(HIGH, factory)

        assert not factory.pin(17).state

    def test_the_led_goes_dark(self) -> None:
        """Both colours of the LED are turned off as well."""
        factory = MockFactory()
        for number in (27, 22):
            factory.pin(number).output_with_state(True)

        silence(Pins(buzzer=17, led=(27, 22)), factory)

        assert [factory.pin(number).state for number in (27, 22)] == [False, False]

    def test_a_pin_with_a_fixed_pull(self) -> None:
        """GPIO2 keeps its own pull-up and is driven low all the same."""
        factory = MockFactory()

        silence(Pins(buzzer=2), factory)

        assert (factory.pin(2).function, factory.pin(2).state) == ("output", False)

    def test_a_wrong_pin_is_told(self) -> None:
        """A pin that is not there is one line, not a traceback."""
        with pytest.raises(HardwareError, match=r"^\[pins\] buzzer = 40: no such pin"):
            silence(Pins(buzzer=40), MockFactory())
