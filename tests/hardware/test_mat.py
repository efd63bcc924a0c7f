"""The mat and its tamper loop, driven through mock pins."""

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from sensor.daemon.inbox import ContactRead, Inbox, LoopRead, Message
from sensor.errors import HardwareError
from sensor.hardware.mat import Mat
from sensor.settings.config import Pins

PINS = Pins(mat=5, tamper=6)


def messages(inbox: Inbox) -> list[Message]:
    """Everything that waits in the inbox."""
    found = []
    while (message := inbox.get()) is not None:
        found.append(message)
    return found


class TestEdges:
    """What arrives in the inbox."""

    def test_each_edge_of_the_mat_is_one_message(self) -> None:
        """A press and a release are two messages, each with the moment it happened."""
        factory, inbox, moments = MockFactory(), Inbox(), iter([7.5, 9.0])

        with Mat(PINS, factory, inbox, lambda: next(moments)):
            factory.pin(5).drive_low()
            factory.pin(5).drive_high()

        assert messages(inbox) == [ContactRead(True, 7.5), ContactRead(False, 9.0)]

    def test_the_tamper_loop_speaks_for_itself(self) -> None:
        """The loop closes low and opens high, and is never taken for the mat."""
        factory, inbox = MockFactory(), Inbox()

        with Mat(PINS, factory, inbox, lambda: 1.0):
            factory.pin(6).drive_low()
            factory.pin(6).drive_high()

        assert messages(inbox) == [LoopRead(True, 1.0), LoopRead(False, 1.0)]

    def test_bounce_is_passed_on(self) -> None:
        """Fast edges all arrive: what they mean is the core's business."""
        factory, inbox = MockFactory(), Inbox()

        with Mat(PINS, factory, inbox, lambda: 1.0):
            for _ in range(3):
                factory.pin(5).drive_low()
                factory.pin(5).drive_high()

        assert messages(inbox) == [ContactRead(closed, 1.0) for closed in (True, False)] * 3
        assert factory.pin(5).bounce is None

    def test_a_failing_clock_does_not_reach_the_library(self) -> None:
        """An exception in a handler stays here, since it would end lgpio's only thread."""
        factory, inbox, moments = MockFactory(), Inbox(), iter([1.0])
        with Mat(PINS, factory, inbox, lambda: next(moments)):
            factory.pin(5).drive_low()

            factory.pin(5).drive_high()

        assert messages(inbox) == [ContactRead(True, 1.0)]

    def test_nothing_arrives_after_close(self) -> None:
        """A closed mat is silent, however its pin moves."""
        factory, inbox = MockFactory(), Inbox()
        mat = Mat(PINS, factory, inbox, lambda: 1.0)
        mat.open()
        mat.close()

        factory.pin(5).drive_low()

        assert not inbox


class TestLevels:
    """What the pins say now."""

    def test_pressed_before_the_start(self) -> None:
        """A mat that is pressed when the daemon starts gives no edge, but reads closed."""

        class PressedPin(MockPin):
            """A pin with someone on the mat: the pull-up does not lift it."""

            def _set_pull(self, value: str) -> None:
                self._pull = value

        factory, inbox = MockFactory(pin_class=PressedPin), Inbox()

        with Mat(PINS, factory, inbox, lambda: 1.0) as mat:
            closed = mat.contact_closed()

        assert closed
        assert not inbox

    def test_the_level_is_right_after_a_lost_edge(self) -> None:
        """The pin itself is read, not the memory of the last edge."""
        factory = MockFactory()
        with Mat(PINS, factory, Inbox(), lambda: 1.0) as mat:
            factory.pin(5).edges = "none"
            factory.pin(5).drive_low()

            assert mat.contact_closed()

    def test_an_open_mat_reads_open(self) -> None:
        """With nobody on it the pull-up holds the pin high: open."""
        factory = MockFactory()

        with Mat(PINS, factory, Inbox(), lambda: 1.0) as mat:
            assert not mat.contact_closed()
            assert factory.pin(5).pull == "up"

    def test_the_loop_is_read_at_its_own_pin(self) -> None:
        """The loop is closed while the mat is plugged in, whatever the contact does."""
        factory = MockFactory()

        with Mat(PINS, factory, Inbox(), lambda: 1.0) as mat:
            unplugged = mat.loop_closed()
            factory.pin(6).drive_low()

            assert not unplugged
            assert mat.loop_closed()

    def test_without_a_loop_it_counts_as_closed(self) -> None:
        """A two-wire mat is never reported as unplugged, and no second pin is taken."""
        factory = MockFactory()

        with Mat(Pins(mat=5), factory, Inbox(), lambda: 1.0) as mat:
            assert mat.loop_closed()
            assert [pin.info.name for pin in factory.pins.values()] == ["GPIO5"]

    def test_a_closed_mat_cannot_be_read(self) -> None:
        """Reading before open() or after close() says so in one line."""
        mat = Mat(PINS, MockFactory(), Inbox(), lambda: 1.0)

        with pytest.raises(HardwareError, match=r"^\[pins\] mat = 5: read while not open$"):
            mat.contact_closed()


class TestLife:
    """open() and close()."""

    def test_the_constructor_takes_no_pin(self) -> None:
        """Building a mat touches nothing."""
        factory = MockFactory()

        Mat(PINS, factory, Inbox(), lambda: 1.0)

        assert not factory.pins

    def test_open_and_close_may_be_repeated(self) -> None:
        """Twice is once, and a closed mat opens again."""
        factory, inbox = MockFactory(), Inbox()
        mat = Mat(PINS, factory, inbox, lambda: 1.0)

        mat.open()
        mat.open()
        factory.pin(5).drive_low()
        mat.close()
        mat.close()
        mat.open()
        factory.pin(5).drive_low()
        mat.close()

        assert messages(inbox) == [ContactRead(True, 1.0)] * 2

    def test_a_loop_that_fails_gives_the_mat_back(self) -> None:
        """If the second pin is taken the first one is released, and the error names the second."""
        factory = MockFactory()

        with pytest.raises(HardwareError, match=r"^\[pins\] tamper = 5: another wire"):
            Mat(Pins(mat=5, tamper=5), factory, Inbox(), lambda: 1.0).open()

        with Mat(Pins(mat=5), factory, Inbox(), lambda: 1.0) as mat:
            assert not mat.contact_closed()
