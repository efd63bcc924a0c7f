"""The levels of the mat's contact and tamper loop; `core/contact.py` decides who sits."""

from collections.abc import Callable

from sensor.daemon.inbox import ContactRead, Inbox, LoopRead
from sensor.daemon.ports import ContactSource
from sensor.hardware.library import Factory
from sensor.hardware.pins import InputPin, PinGroup
from sensor.settings.config import Pins


class Mat(PinGroup, ContactSource):
    """Puts each change of the mat's contact and tamper loop into the inbox.

    Connect one lead of the mat to `[pins] mat` (GPIO5), the other to ground: pressed reads low.
    A mat with four leads has a tamper loop, closed while it is plugged in: one lead to
    `[pins] tamper`, the other to ground.
    """

    def __init__(
        self, pins: Pins, factory: Factory, inbox: Inbox, now: Callable[[], float]
    ) -> None:
        assert pins.mat is not None  # noqa: S101  (for mypy: `loading.py` wants it, or a seat)
        self.name = f"GPIO{pins.mat}"
        self._inbox = inbox
        self._now = now
        self._contact = InputPin("mat", pins.mat, factory, self._contact_changed)
        self._loop = (
            None
            if pins.tamper is None
            else InputPin("tamper", pins.tamper, factory, self._loop_changed)
        )
        super().__init__(self._contact, *([self._loop] if self._loop else []))

    def contact_closed(self) -> bool:
        """Read the level of the mat's pin now."""
        return self._contact.is_closed()

    def loop_closed(self) -> bool:
        """Read the tamper loop now; True where there is none."""
        return self._loop is None or self._loop.is_closed()

    def _contact_changed(self, closed: bool) -> None:
        self._inbox.put(ContactRead(closed, self._now()))

    def _loop_changed(self, closed: bool) -> None:
        self._inbox.put(LoopRead(closed, self._now()))
