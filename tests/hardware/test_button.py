"""The snooze button, driven through a mock pin."""

from gpiozero.pins.mock import MockFactory

from sensor.daemon.inbox import ButtonPressed, Inbox
from sensor.hardware.button import Button


def test_a_press_is_one_message() -> None:
    """Pressing puts one message with its moment; letting go puts none."""
    factory, inbox = MockFactory(), Inbox()

    with Button(26, factory, inbox, lambda: 3.5):
        factory.pin(26).drive_low()
        factory.pin(26).drive_high()

    assert inbox.get() == ButtonPressed(3.5)
    assert not inbox


def test_an_idle_button_is_pulled_up() -> None:
    """With nobody pressing, the pull-up holds the pin high and nothing is said."""
    factory, inbox = MockFactory(), Inbox()

    with Button(26, factory, inbox, lambda: 3.5) as button:
        assert not button.is_closed()
        assert factory.pin(26).pull == "up"

    assert not inbox


def test_a_failing_clock_does_not_reach_the_library() -> None:
    """An exception in the handler stays here, since it would end lgpio's only thread."""
    factory, inbox = MockFactory(), Inbox()

    def broken() -> float:
        raise RuntimeError

    with Button(26, factory, inbox, broken):
        factory.pin(26).drive_low()

    assert not inbox


def test_nothing_arrives_after_close() -> None:
    """A closed button is silent, and closing twice is harmless."""
    factory, inbox = MockFactory(), Inbox()
    button = Button(26, factory, inbox, lambda: 3.5)
    button.open()

    button.close()
    button.close()
    factory.pin(26).drive_low()

    assert not inbox
