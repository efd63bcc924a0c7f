"""The guide: chooses the speed, so that the first alert comes soon and each one can be read."""

from sensor.simulator.screen.view import View

LINGER = 8.0
"""Real seconds that an alert is shown slowly, at least, so that it can be read."""
HURRY, STROLL, SLOW = 900.0, 60.0, 5.0
"""Virtual seconds per second: until shortly before the first alert, then, and in an alert."""


class Guide:
    """Chooses the speed while nobody else does."""

    def __init__(self) -> None:
        self.alert_at: float | None = None
        """When the last alert was first seen, on the real clock; None: none was."""
        self._was_due = False

    def speed(self, view: View, now: float, *, hidden: bool) -> float:
        """Return the speed that suits; `now` is the real clock, `hidden`: a card hides the alert.

        It notes an alert that has just begun.
        """
        due = view.state["status"] == "break_due"
        if due and not self._was_due:
            self.alert_at = now
        self._was_due = due
        if self.alert_at is None:
            return HURRY if view.state["status"] == "sitting" else STROLL
        return SLOW if due and (hidden or now < self.alert_at + LINGER) else STROLL
