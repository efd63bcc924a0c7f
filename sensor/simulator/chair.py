"""The simulated chair: the mat with its sitter, the tamper loop, the button and the buzzer."""

from collections.abc import Callable

from sensor.hardware.buzzer import resting
from sensor.settings.config import Pins
from sensor.simulator.wires import Wires


class SimulatedChair:
    """The parts on the pins; it reports each change of the mat's contact and of the buzzer."""

    def __init__(
        self,
        pins: Pins,
        contact_changed: Callable[[bool], None],
        buzzer_changed: Callable[[bool], None],
    ) -> None:
        self.wires = Wires(self._output_changed)
        self.pressed = False
        """Whether the sitter is on the mat, whatever its contact says."""
        self.stuck: bool | None = None
        """The level at which the contact is stuck (True: closed); None: it works."""
        self.unplugged = False
        self.closed = False
        """Whether the mat's contact is closed."""
        self.sounds = False
        self._pins = pins
        self._contact_changed = contact_changed
        self._buzzer_changed = buzzer_changed
        self._pull("mat", closed=False)
        self._pull("tamper", closed=True)
        self._pull("button", closed=False)

    def sit(self, pressed: bool) -> None:
        """Press the mat or let go; a stuck contact does not change."""
        self.pressed = pressed
        closed = pressed if self.stuck is None else self.stuck
        if closed is not self.closed:
            self.closed = closed
            self._contact_changed(closed)
            self._pull("mat", closed=closed)

    def stick(self, closed: bool | None) -> None:
        """Let the contact be stuck, closed or open; None: let it work again."""
        self.stuck = closed
        self.sit(self.pressed)

    def plug(self, closed: bool) -> None:
        """Push the mat's plug in (the tamper loop closes) or pull it."""
        self.unplugged = not closed
        self._pull("tamper", closed=closed)

    def press(self, held: bool) -> None:
        """Press the button or let go."""
        self._pull("button", closed=held)

    def silence(self) -> None:
        """Drive the outputs to rest, as systemd's ExecStopPost= does without a daemon."""
        for _key, number, high in resting(self._pins):
            self.wires.drive(None, number, high)

    def _pull(self, wire: str, *, closed: bool) -> None:
        """Close or open a contact to ground."""
        number = getattr(self._pins, wire)
        if number is not None:
            self.wires.pull(number, not closed)

    def _output_changed(self, number: int, high: bool | None) -> None:
        # A pin that floats (None) is silent, because of the resistor at the transistor.
        sounds = high is self._pins.buzzer_active_high
        if number == self._pins.buzzer and sounds is not self.sounds:
            self.sounds = sounds
            self._buzzer_changed(sounds)
