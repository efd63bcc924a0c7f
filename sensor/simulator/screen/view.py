"""The state as the screen shows it: a colour, a gauge and a countdown. Pure."""

from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from sensor.core.messages import StateMessage
from sensor.daemon.answer import Now

GREEN, AMBER, RED, BLUE, GREY = "#57ab5a", "#e3b341", "#f47067", "#6cb6ff", "#768390"

COLOURS = {
    "sitting": GREEN,
    "break_soon": AMBER,
    "snoozed": AMBER,
    "break_due": RED,
    "away": BLUE,
    "vacant": BLUE,
    "unplugged": RED,
    "down": RED,
}
"""The colour of each status; the others are grey. Words tell the same as colours."""
WORDS = {"ignored": "not me", "down": "program down"}
"""Statuses with other names on this screen."""


@dataclass(frozen=True, slots=True)
class View:
    """The daemon's last answer."""

    wall: float
    """Unix time of the simulated machine's clock at the answer."""
    told: Now
    """The answer, as `chair-sensor status` gets it."""

    @property
    def state(self) -> StateMessage:
        """The state message."""
        return self.told["state"]

    @property
    def colour(self) -> str:
        """The colour of the status."""
        return COLOURS.get(self.state["status"], GREY)

    @property
    def word(self) -> str:
        """The status in capitals."""
        return words(self.state["status"]).upper()

    @property
    def limit(self) -> float:
        """Seconds of sitting until a break is due."""
        return float(self.state["settings"]["sit_limit"]) * 60

    @property
    def filled(self) -> float:
        """How full the gauge is, 0-1."""
        return min(1.0, float(self.state["sitting_seconds"]) / self.limit)

    @property
    def warned_at(self) -> float:
        """Where on the gauge the first quiet hint comes, 0-1."""
        return max(0.0, 1 - float(self.state["settings"]["pre_alert"]) * 60 / self.limit)

    def sat(self) -> tuple[Text, Text]:
        """Return the sitting time and the limit."""
        sat = clock(self.state["sitting_seconds"])
        estimated = " (estimated)" if self.state["estimated"] else ""
        return Text(f"{sat}{estimated}"), Text(f"limit {clock(self.limit)}", GREY)

    def alert(self, *, sounds: bool) -> Text:
        """Return the level of the alert and the state of the buzzer."""
        level = self.state["level"]
        bars = ("▂", "▄", "▆", "█")
        rising = "".join(bars[:level]) + "·" * (4 - level)
        buzzer, colour = "silent", GREY
        if sounds:
            buzzer, colour = "♪ BEEP ♪", f"bold {RED}"
        elif not self.state["buzzer"]:
            buzzer = "switched off"
        elif self.state["quiet"]:
            buzzer = "quiet hours"
        held = "   do not disturb" if self.state["do_not_disturb"] else ""
        return Text.assemble(
            "level ",
            (rising, f"bold {RED}" if level else GREY),
            f" {level} of 4   buzzer ",
            (buzzer, colour),
            (held, AMBER),
        )

    def reason(self) -> Text:
        """Return the reason of the status, and the exercise if a break is due."""
        exercise = self.state["exercise"]
        return Text.assemble(
            (self.state["reason"], GREY), f" {exercise['text']}" if exercise else ""
        )

    def today(self) -> Text:
        """Return the sums of the day."""
        today = self.state["today"]
        hours, minutes = divmod(today["chair_seconds"] // 60, 60)
        return Text(
            f"today {hours}:{minutes:02} · "
            f"breaks {today['full_breaks']} full, {today['short_breaks']} short · "
            f"alerts {today['alerts']}, in time {today['alerts_heeded']}"
        )

    def countdown(self) -> str:
        """Return the next event of the chair, and the time until then."""
        state = self.state
        match state["status"]:
            case "sitting" | "break_soon":
                return f"break due in {clock(self._until(state['break_due_at']))}"
            case "break_due":
                return f"overdue for {clock(-self._until(state['break_due_at']))}: get up!"
            case "snoozed":
                return f"snoozed for {clock(self._until(state['snoozed_until']))}"
            case "away":
                rest = self._until(state["vacant_since"]) + state["settings"]["break_min"] * 60
                return f"full break in {clock(rest)}"
            case "vacant":
                return "sit down, the clock starts then"
            case "ignored":
                return "somebody else is on the chair"
            case "unplugged":
                return (
                    "the seat is not heard" if "seat" in self.told["contact"] else "plug the mat in"
                )
            case _:
                return "one moment"

    def _until(self, label: str | None) -> float:
        """Return the seconds until a moment; 0: none is known."""
        return datetime.fromisoformat(label).timestamp() - self.wall if label else 0.0


def words(status: str) -> str:
    """Return the name of a status on this screen."""
    return WORDS.get(status, status.replace("_", " "))


def clock(seconds: float) -> str:
    """Write a duration as on a clock: 4:05, 1:00:00."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
