"""The messages that the chair publishes, key by key: the tables of mqtt/README.md are made of them.

Every key is always there; None (`null` on the wire) means not known, or not applicable. Moments
are wall time, ISO 8601 with an offset.
"""

from typing import Literal, TypedDict

from sensor.core.coach import Kind
from sensor.core.status import Status
from sensor.core.words import EventType, Problem


class StepMessage(TypedDict):
    """One thing to do in a break."""

    id: str
    """stays the same in every language and version"""
    name: str
    """what to do"""
    kind: Kind
    """`walk`, `stretch`, `squeeze` (tighten, no load), `strength`"""
    dose: str
    """how long or how often"""
    seconds: int
    """what it takes at least, both sides together"""
    sides: Literal[1, 2]
    """1, or 2: left and right"""
    cues: str
    """how it is done well"""


class ExerciseMessage(TypedDict):
    """What to do in the break that is due or under way."""

    text: str
    """all of it in one line, 255 characters at most"""
    steps: list[StepMessage]
    """a list, one object for each thing to do"""
    safety: str
    """a word of caution"""


class SettingsMessage(TypedDict):
    """The settings that Home Assistant may change."""

    sit_limit: float
    """minutes"""
    break_min: float
    """minutes"""
    snooze: float
    """minutes"""
    pre_alert: float
    """minutes"""
    profile: str
    """the profile in force"""


class TodayMessage(TypedDict):
    """Figures since `day_starts`."""

    date: str
    """the day"""
    chair_seconds: int
    """time seated on this chair"""
    longest_bout_seconds: int
    """longest bout that ended today, whole"""
    bouts: int
    """bouts that began today, the running one included"""
    transitions: int
    """times somebody got up"""
    short_breaks: int
    """longer than `short_absence`, shorter than `break_min`"""
    full_breaks: int
    """`break_min` and longer"""
    prolonged_share: float | None
    """share, 0-1, of chair time in bouts of at least 30 min"""
    alerts: int
    """alerts"""
    alerts_heeded: int
    """of these, up within 5 min"""
    coverage_seconds: int
    """time with a working sensor"""


class WeekMessage(TypedDict):
    """Figures since Monday, today included."""

    since: str | None
    """its Monday"""
    chair_seconds: int
    """time seated on this chair"""
    longest_bout_seconds: int
    """longest bout that ended in it, whole"""
    bouts: int
    """bouts that began in it"""
    short_breaks: int
    """as in `today`"""
    full_breaks: int
    """as in `today`"""
    prolonged_share: float | None
    """share, 0-1, of chair time in bouts of at least 30 min"""
    prolonged_share_before: float | None
    """the same of the week before"""
    alerts: int
    """alerts"""
    alerts_heeded: int
    """of these, up within 5 min"""


class GoalMessage(TypedDict):
    """The goal of a day without a bout over the limit."""

    kept_today: bool | None
    """no bout over the limit, the five minutes after an alert granted; `null` on a day off the
    chair"""
    days_in_a_row: int
    """such days before today, days off left out"""


class StateMessage(TypedDict):
    """All that is true now: the topic `state`."""

    status: Status
    """see below"""
    occupied: bool | None
    """somebody sits, confirmed"""
    contact_closed: bool | None
    """the raw contact"""
    break_due: bool
    """sitting time has reached the limit"""
    level: int
    """0-4; 0 also while an alert is silent for a reason"""
    sitting_seconds: int
    """the timer"""
    bout_started_at: str | None
    """start of the running bout"""
    break_due_at: str | None
    """when the timer reaches the limit, or did"""
    break_progress: float | None
    """share, 0-1, of `break_goal` that you have been up; told each minute until it is 1"""
    vacant_since: str | None
    """when the sitter left"""
    snoozes_left: int
    """in this bout"""
    snoozed_until: str | None
    """end of the snooze"""
    buzzer: bool
    """whether it may sound: `false` by its switch, or by `buzzer_style`"""
    do_not_disturb: bool
    """on or off"""
    do_not_disturb_until: str | None
    """when it ends by itself"""
    quiet: bool
    """quiet hours now"""
    estimated: bool
    """the bout spans a time when nobody watched"""
    problem: Problem | None
    """`unplugged`, `seat_offline`, `seat_silent`, `long_occupancy`, `storage`, `seat_battery`"""
    exercise: ExerciseMessage | None
    """what to do in the break that is due or under way, see [below](#exercise)"""
    reason: str
    """one sentence: why the status is what it is"""
    settings: SettingsMessage
    """`sit_limit`, `break_min`, `snooze`, `pre_alert` in minutes, and `profile`; `null` for a
    moment where a value was refused"""
    today: TodayMessage
    """since `day_starts`, see below"""
    week: WeekMessage
    """since Monday, today included, see below"""
    goal: GoalMessage | None
    """see below; `null` unless `goals` is set"""


class EventMessage(TypedDict):
    """Something that has just happened: the topic `event`."""

    event_type: EventType
    """see below"""
    id: str
    """unique; the same event twice has the same one"""
    alert_id: str | None
    """the same in every reminder of one alert"""
    at: str
    """when it happened; for `sat_down` and `stood_up` earlier than it was confirmed"""
    level: int | None
    """of the alert, 1-4"""
    sitting_seconds: int
    """the timer"""
    quiet: bool
    """quiet hours: please make no noise"""
    message: str
    """one sentence for people"""
    exercise: ExerciseMessage | None
    """what to do now, with `break_due` and `break_overdue`; see [below](#exercise)"""
