"""A slow, obvious chair, written from the description of behaviour alone, for comparison.

It shares nothing with the product and knows no deadlines: it looks ten times a second at what is
so, and what follows from it. Time is counted in whole tenths of a second, and what reaches the
chair does so at whole seconds. Clock times are UTC. A moment that is no whole tenth is noticed
with the next one.
"""

from copy import copy
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

S = 10
"""Tenths in a second."""
HEEDED = 300 * S
FATIGUE_EVERY = 300 * S
PROLONGED = 1800 * S


@dataclass(kw_only=True)
class Settings:
    """What this chair is set to; durations in seconds, clock times in seconds since midnight."""

    sit_confirm: int = 2
    leave_confirm: int = 4
    buzzer_release: int = 1
    short_absence: int = 5
    break_min: int = 13
    proportional: bool = True
    sit_limit: int = 30
    pre_alert: int = 8
    realert_every: int = 7
    level_after: tuple[int, ...] = (0, 6, 12, 20)
    level_every: tuple[int, ...] = (0, 5, 4, 3)
    return_grace: int = 5
    snooze: int = 10
    max_snoozes: int = 2
    dnd_expires: int = 40
    quiet_hours: tuple[int, int] | None = None
    working_hours: tuple[int, int] | None = None
    day_starts: int = 4 * 3600
    suspicious_after: int | None = 120
    fatigue_after: int = 15
    style: str = "escalating"


class Filter:
    """The charge of the contact filter, between 0 and `full`."""

    def __init__(self, settings: Settings, charge: int, now: int) -> None:
        self._up, self._down = settings.leave_confirm, settings.sit_confirm
        self._full = settings.sit_confirm * settings.leave_confirm * S
        self.charge = charge * self._full
        self.left_bottom = self.left_top = now

    def tick(self, closed: bool, now: int) -> None:
        """Charge or discharge for the tenth that ends now."""
        if closed:
            if self.charge == 0:
                self.left_bottom = now - 1
            self.charge = min(self._full, self.charge + self._up)
        else:
            if self.charge == self._full:
                self.left_top = now - 1
            self.charge = max(0, self.charge - self._down)

    @property
    def is_full(self) -> bool:
        """Whether it has reached the upper rail."""
        return self.charge == self._full

    @property
    def is_empty(self) -> bool:
        """Whether it has reached the lower rail."""
        return self.charge == 0


@dataclass
class Bout:
    """A sedentary bout."""

    seated: int = 0
    today: int = 0
    """What of `seated` fell on the present day."""
    snoozes: int = 0
    transitions: int = 0
    alerts: int = 0
    heeded: int = 0
    estimated: bool = False
    begun_today: bool = True
    voided: bool = False


@dataclass
class Alert:
    """A break that is due."""

    number: int
    phase: str
    """`rings`, `grace`, `snooze`, `muted` or `gone`."""
    since: int = 0
    """When the ladder's level 1 began."""
    until: int = 0
    """When grace or snooze are over."""
    snoozed_until: int = 0
    """When the last snooze is over, unless level 1 began since."""
    told_level: int = 0
    told_at: int = 0
    rang_at: int | None = None
    left: bool = False


@dataclass
class Event:
    """What the world is told."""

    kind: str
    at: int
    """Unix time in tenths."""
    sitting: float
    level: int | None
    alert: int | None
    quiet: bool


@dataclass
class Today:
    """The day's figures over closed bouts; seconds are tenths here."""

    chair: int = 0
    longest: int = 0
    bouts: int = 0
    transitions: int = 0
    short_breaks: int = 0
    full_breaks: int = 0
    alerts: int = 0
    heeded: int = 0
    coverage: int = 0


class Reference:
    """The chair: `tick` lets a tenth of a second pass, everything else happens now."""

    def __init__(self, settings: Settings, wall: int) -> None:
        self.settings = settings
        self.now = 0
        self.wall = wall * S
        self.closed = False
        self.unplugged = False
        self.buzzer = True
        self.events: list[Event] = []
        self.today = Today()
        self.sounds: list[tuple[int, bool]] = []
        self._sounding = False
        self.up = True
        self._asleep = self._slept_seated = self._slept_closed = False
        self._slept_at = 0
        self._alerts = 0
        self._tested: int | None = None
        self._pressed = -100 * S
        self._opened = 0
        self.alert: Alert | None = None
        self._soon = False
        self.dnd_until: int | None = None
        self.suspicious = False
        self._problem: str | None = None
        self._told_seated = False
        self.who = "nobody"
        """`nobody`, `seated`, `away`, `ignored`, or `resuming`: unknown since a restart."""
        self.timer = Fraction(0)
        """Sitting time, as of the leave while somebody is away."""
        self.bout: Bout | None = None
        self._left: int = 0
        """Since when somebody is away, or might be."""
        self._left_seen = True
        self._reset_away_since: int | None = None
        """Since when somebody is away whose break a reset has cut off."""
        self._lost: int | None = None
        """Since when it cannot be known whether they still are, if it cannot."""
        self._stopped = self._started = 0
        self._date = self._day()
        self._leap: tuple[str, Today, Bout | None, Bout | None] | None = None
        """The day before the clock was set to another one: its figures, and the bout as it was."""
        self._watch_anew()

    # --- time and levels ------------------------------------------------------------------------

    def tick(self) -> None:
        """Let a tenth of a second pass."""
        self.now += 1
        if not self.up or self._asleep:
            return
        if not self.unplugged:
            self.today.coverage += 1
            for charge in self._filters:
                charge.tick(self.closed, self.now)
        if self.who == "seated":
            self._sit(1)
        self.settle()

    def sit(self, closed: bool) -> None:
        """Close or open the contact."""
        if self.closed and not closed:
            self._opened = self.now
        self.closed = closed
        if self.up and not self._asleep:
            self.settle()

    def settle(self) -> None:
        """Draw all conclusions from what is so now; doing it twice changes nothing."""
        self._look_at_the_clock()
        if not self.unplugged:
            self._confirm()
            self._be_away()
        self._suspect()
        self._alert()
        self._tell_problem()
        self._sound()

    def _watch_anew(self) -> None:
        """Start the filter over; until both of them agree nobody knows what is true."""
        self._filters = [Filter(self.settings, charge, self.now) for charge in (0, 1)]
        self.seat: bool | None = None
        self._watched_since = self.now
        self._found_closed = self.closed

    def _confirm(self) -> None:
        low, high = self._filters
        if low.is_full and self.seat is not True:
            self.seat = True
            self._filters[1] = copy(low)
            self._sat_down(low.left_bottom)
        elif high.is_empty and self.seat is not False:
            self.seat = False
            self._filters[0] = copy(high)
            self._stood_up(high.left_top)

    # --- who sits -------------------------------------------------------------------------------

    def _sit(self, tenths: int) -> None:
        assert self.bout is not None
        self.timer += tenths
        self.bout.seated += tenths
        self.bout.today += tenths

    def _begin(self, at: int, timer: Fraction, *, estimated: bool = False) -> None:
        self.who, self.timer = "seated", timer
        self.bout = Bout(estimated=estimated, begun_today=self._is_today(at))
        self.today.bouts += self.bout.begun_today
        self._soon = False
        self._sit(self.now - at)
        self.bout.today = min(self.bout.today, self._since_day_began())

    def _close(self, *, voided: bool = False) -> None:
        """Let the bout be over, and count it unless it was somebody else's."""
        bout, self.bout = self.bout, None
        if bout is None:
            return
        bout.voided = voided
        if voided:
            self.today.bouts -= bout.begun_today
            self.today.transitions -= bout.transitions
            self.today.alerts -= bout.alerts
            self.today.heeded -= bout.heeded
            return
        self.today.chair += bout.today
        ended = {"away": self._left, "resuming": self._stopped}.get(self.who, self.now)
        if self._is_today(ended):
            self.today.longest = max(self.today.longest, bout.seated)

    def _sat_down(self, at: int) -> None:
        goes_on = False
        match self.who:
            case "nobody" if self._reset_away_since is not None:
                since = self._reset_away_since
                self._count_break(since, at)
                self._begin(max(at, since), Fraction(0))
            case "nobody":
                found_there = self._found_closed and at == self._watched_since
                self._begin(at, Fraction(0), estimated=found_there)
            case "away":
                goes_on = self._return(at)
            case "resuming":
                goes_on = self._resume(at)
            case "ignored":
                goes_on = self._told_seated
        self._reset_away_since = None
        if not goes_on:
            self._tell("sat_down", at=at)
        self._told_seated = True

    def _return(self, at: int) -> bool:
        """Be back from an absence; says whether the bout goes on as if nobody had been away."""
        away = at - self._left
        timer = self.timer * (1 - self._credit(away))
        self._lost = None
        if away >= self.settings.break_min * S:
            if self._left_seen:
                self._complete(at)
            else:
                self._end_alert()
            self._close()
            self._begin(at, Fraction(0))
            return False
        merged = away <= self.settings.short_absence * S
        if merged:
            self.who = "seated"
            self._sit(self.now - at)
        else:
            self._close()
            if self._left_seen:
                self._count_break(self._left, at)
            self._begin(at, timer)
        if timer >= self.settings.sit_limit * S:
            self._grace(at + self.settings.return_grace * S)
        else:
            self._end_alert()
        return merged and not self._left_seen

    def _resume(self, at: int) -> bool:
        """Be seated after a restart as before it, and mind the time between."""
        assert self.bout is not None
        if at - self._stopped >= self.settings.break_min * S:
            self._end_alert()
            self._close()
            self._begin(at, Fraction(0), estimated=True)
            return False
        self.who = "seated"
        self.bout.estimated = True
        self._sit(self.now - self._stopped)
        if self.alert is None and self.timer >= self.settings.sit_limit * S:
            self._grace(self._started + self.settings.return_grace * S)
        return True

    def _stood_up(self, at: int) -> None:
        alert = self.alert.number if self.alert else None
        match self.who:
            case "seated":
                assert self.bout is not None
                at = max(at, self.now - self.bout.seated)  # not before a reset
                self._sit(at - self.now)
                if self._leap is not None and self._leap[2] is self.bout and self._leap[3]:
                    was = self._leap[3]  # what was not sat may be of the day that the clock left
                    was.today = max(0, was.today + min(0, self.bout.today))
                self.bout.today = max(0, self.bout.today)
                self._leave(at, seen=True)
            case "away":
                at = self._left
                self._lost = None
                if not self._left_seen:
                    self._leave(at, seen=True)
                elif self.alert is not None:
                    self.alert.phase = "gone"
            case "resuming":
                self._end_alert()
                self._close()
                self.who = "nobody"
            case "ignored":
                self.who = "nobody"
            case "nobody":
                self._reset_away_since = None
        if self._told_seated:
            self._tell("stood_up", at=at, alert=alert)
        self._told_seated = False

    def _leave(self, at: int, *, seen: bool) -> None:
        """Be off the chair since then; `seen`: it is known, else only nothing is known."""
        self.who, self._left, self._left_seen = "away", at, seen
        self._lost = None if seen else at
        if not seen:
            return
        if self.bout is not None and self._is_today(at):
            self.today.transitions += 1
            self.bout.transitions += 1
        if self.alert is not None:
            if self.alert.rang_at is not None and not self.alert.left:
                self.alert.left = True
                rang_today = self._is_today(self.alert.rang_at)
                if at - self.alert.rang_at <= HEEDED and rang_today:
                    self.today.heeded += 1
                    if self.bout is not None:
                        self.bout.heeded += 1
            self.alert.phase = "gone"

    def _credit(self, away: int) -> Fraction:
        """Return the share of the sitting time that is forgiven after so many tenths."""
        if away >= self.settings.break_min * S:
            return Fraction(1)
        if not self.settings.proportional:
            return Fraction(0)
        short = self.settings.short_absence * S
        return max(Fraction(0), Fraction(away - short, self.settings.break_min * S - short))

    def _be_away(self) -> None:
        """Let an absence last. While the contact may yet prove a return, nothing is decided."""
        if self.who != "away" or self.seat is not False:
            return
        away = self.now - self._left
        limit = self.settings.sit_limit * S
        if self._filters[0].is_empty and not self.closed:
            longer = away > self.settings.short_absence * S
            if longer:
                self._close()
            if (longer and self.sitting_time() <= limit) or self.timer < limit:
                self._end_alert()
        if away >= self.settings.break_min * S and not self.closed:
            self._complete(self.now)
            self._close()
            self.who, self.timer = "nobody", Fraction(0)

    def _count_break(self, left: int, back: int) -> None:
        """Count what an absence has come to, for the day on which it began."""
        full = back - left >= self.settings.break_min * S
        if self._is_today(left):
            self.today.full_breaks += full
            self.today.short_breaks += not full and back - left > self.settings.short_absence * S

    def _complete(self, back: int) -> None:
        alert = self.alert.number if self.alert else None
        self._end_alert()
        self._count_break(self._left, back)
        if not self._is_muted():
            self._tell("break_complete", sitting=float(self.timer), alert=alert)

    def sitting_time(self) -> Fraction:
        """Return the timer, in tenths."""
        if self.who == "away":
            until = self.now if self._lost is None else self._lost
            return self.timer * (1 - self._credit(until - self._left))
        return self.timer if self.who in ("seated", "resuming") else Fraction(0)

    # --- the clock on the wall ------------------------------------------------------------------

    def _local(self) -> datetime:
        return datetime.fromtimestamp((self.wall + self.now) // S, UTC)

    def _day(self) -> str:
        return (self._local() - timedelta(seconds=self.settings.day_starts)).date().isoformat()

    def _since_day_began(self) -> int:
        """Return the tenths since today began; after the clock was set back, enough for all."""
        if self._day() < self._date:
            return 10 * 86400 * S
        return (self.wall + self.now - self.settings.day_starts * S) % (86400 * S)

    def _is_today(self, at: int) -> bool:
        return self.now - at <= self._since_day_began()

    def _is_within(self, hours: tuple[int, int]) -> bool:
        local = self._local()
        second = local.hour * 3600 + local.minute * 60 + local.second
        start, end = hours
        return start <= second < end if start <= end else second >= start or second < end

    def is_quiet(self) -> bool:
        """Whether it is quiet hours."""
        return self.settings.quiet_hours is not None and self._is_within(self.settings.quiet_hours)

    def _is_muted(self) -> bool:
        hours = self.settings.working_hours
        off = hours is not None and not self._is_within(hours)
        return self.dnd_until is not None or off or self.suspicious

    def _look_at_the_clock(self) -> None:
        if self.dnd_until is not None and self.now >= self.dnd_until:
            self.dnd_until = None
        if self._day() > self._date:
            self._begin_day()

    def _begin_day(self) -> None:
        self._date = self._day()
        self.today = Today()
        if self.bout is not None:
            self.bout.today = self.bout.alerts = self.bout.heeded = 0
            self.bout.transitions = 0
            self.bout.begun_today = False

    def _suspect(self) -> None:
        after = self.settings.suspicious_after
        if self.who == "resuming" and self.suspicious:
            return
        self.suspicious = (
            self.who == "seated"
            and self.bout is not None
            and after is not None
            and self.bout.seated >= after * S
        )

    # --- the ladder -----------------------------------------------------------------------------

    def _alert(self) -> None:
        """Begin, climb, hold back, end."""
        limit = self.settings.sit_limit * S
        soon = limit - self.settings.pre_alert * S
        seated = self.who == "seated"
        over = self.unplugged or self.who in ("nobody", "ignored")
        if over or (seated and self.timer < limit):
            self._end_alert()
        if over or (seated and self.timer < soon) or (self.who == "away" and self.bout is None):
            self._soon = False
        if not seated:
            return
        if self.alert is None and self.closed:
            if self.timer >= limit:
                self._new_alert("muted" if self._is_muted() else "rings")
            elif self.timer >= soon and not self._soon:
                self._soon = True
                if not self._is_muted():
                    self._tell("break_soon")
        if self.alert is not None:
            self._keep_alerting(self.alert)

    def _new_alert(self, phase: str) -> None:
        self._alerts += 1
        self._soon = False
        self.alert = Alert(self._alerts, phase, since=self.now)

    def _end_alert(self) -> None:
        if self.alert is not None:
            self.alert, self._soon = None, False

    def _grace(self, until: int) -> None:
        if self.alert is None:
            self._new_alert("grace")
        assert self.alert is not None
        if self.alert.snoozed_until > until:
            self.alert.phase, self.alert.until = "snooze", self.alert.snoozed_until
        else:
            self.alert.phase, self.alert.until = "grace", until

    def _keep_alerting(self, alert: Alert) -> None:
        waits = alert.phase in ("grace", "snooze")
        if waits and self.closed and self.now >= alert.until:
            alert.phase = "muted"
        if alert.phase == "muted" and self.closed and not self._is_muted():
            alert.phase, alert.since, alert.told_level = "rings", self.now, 0
            alert.snoozed_until = 0
        if alert.phase != "rings":
            return
        if self._is_muted():
            alert.phase = "muted"
            return
        level = self.level()
        again = self.now >= alert.told_at + self.settings.realert_every * S
        if self.closed and (level > alert.told_level or again):
            kind = "break_overdue" if alert.told_level else "break_due"
            if alert.rang_at is None:
                alert.rang_at = self.now
                self.today.alerts += 1
                assert self.bout is not None
                self.bout.alerts += 1
            alert.told_level, alert.told_at = level, self.now
            self._tell(kind, level=level, alert=alert.number)

    def level(self) -> int:
        """Return the level of the ladder that runs, or 0."""
        if self.alert is None or self.alert.phase != "rings":
            return 0
        so_far = self.now - self.alert.since
        return sum(so_far >= after * S for after in self.settings.level_after)

    # --- what is heard --------------------------------------------------------------------------

    def _sound(self) -> None:
        on = self._alert_sounds() or self._test_sounds()
        if on is not self._sounding:
            self._sounding = on
            self.sounds.append((self.now, on))

    def _test_sounds(self) -> bool:
        return self.buzzer and self._tested is not None and self.now - self._tested in (0, 2)

    def _alert_sounds(self) -> bool:
        level = self.level()
        if not level or not self.buzzer or self.is_quiet() or self.settings.style == "off":
            return False
        if not self.closed and self.now >= self._opened + self.settings.buzzer_release * S:
            return False
        assert self.alert is not None
        so_far = self.now - self.alert.since - self.settings.level_after[level - 1] * S
        fatigue = self.settings.fatigue_after * S
        if level == 4 and so_far >= fatigue:
            within = (so_far - fatigue) % FATIGUE_EVERY
            return within == 0 and self._had_begun(within)
        if self.settings.style == "steady":
            within = self.now - self.alert.since
            return within % 10 < 5 and self._had_begun(within)
        if level == 1:
            return so_far in (0, 2) and self._had_begun(so_far)
        within = so_far % (self.settings.level_every[level - 1] * S)
        return within in (0, 1, 4, 5, 8, 9) and self._had_begun(within)

    def _had_begun(self, ago: int) -> bool:
        """Whether a sound that began so long ago did so before the contact opened, if it did."""
        return self.closed or self.now - ago < self._opened

    def _tell(
        self,
        kind: str,
        *,
        at: int | None = None,
        level: int | None = None,
        alert: int | None = None,
        sitting: float | None = None,
    ) -> None:
        moment = self.now if at is None else at
        time = float(self.sitting_time()) if sitting is None else sitting
        self.events.append(Event(kind, moment + self.wall, time / S, level, alert, self.is_quiet()))

    def _tell_problem(self) -> None:
        problem = "unplugged" if self.unplugged else "long_occupancy" if self.suspicious else None
        if problem != self._problem:
            self._problem = problem
            self._tell("problem" if problem else "problem_solved")

    # --- what is asked for ----------------------------------------------------------------------

    def snooze(self) -> None:
        """Press snooze."""
        if self.now - self._pressed <= S or self.alert is None or self.who != "seated":
            return
        assert self.bout is not None
        if self.alert.phase == "muted" or self.bout.snoozes >= self.settings.max_snoozes:
            return
        self._pressed = self.now
        self.bout.snoozes += 1
        self.alert.phase = "snooze"
        self.alert.until = self.alert.snoozed_until = self.now + self.settings.snooze * S
        self._tell("snoozed", alert=self.alert.number)
        self.settle()

    def do_not_disturb(self, on: bool) -> None:
        """Switch do not disturb; on again, it lasts from now on."""
        self.dnd_until = self.now + self.settings.dnd_expires * S if on else None
        self.settle()

    def void(self) -> None:
        """Say that it was somebody else."""
        if self.bout is None:
            return
        time = float(self.sitting_time())
        alert = self.alert.number if self.alert else None
        self._end_alert()
        self._close(voided=True)
        gone = self.who == "away" and self._left_seen
        self.who, self.timer = "nobody" if gone else "ignored", Fraction(0)
        self._tell("voided", sitting=time, alert=alert)
        self.settle()

    def reset(self) -> None:
        """Begin from zero."""
        self._end_alert()
        self._close()
        if self.who in ("seated", "ignored") and self.seat and not self.unplugged:
            self._begin(self.now, Fraction(0))
        else:
            if self.who == "away":
                self._reset_away_since = self._left if self._left_seen else None
            self.who = "nobody"
        self._soon = False
        self.timer = Fraction(0)
        self.settle()

    def test(self) -> None:
        """Test the buzzer: not while it is switched off, and once in 5 s."""
        if self.buzzer and (self._tested is None or self.now >= self._tested + 5 * S):
            self._tested = self.now
        self.settle()

    def switch(self, on: bool) -> None:
        """Switch the buzzer; where there is no sound by the style, a test alone is heard."""
        self.buzzer = on
        self.settle()

    def limit(self, seconds: int) -> None:
        """Change the limit."""
        self.settings.sit_limit = seconds
        self.settle()

    # --- what goes wrong ------------------------------------------------------------------------

    def plug(self, closed: bool) -> None:
        """Close or open the tamper loop."""
        if closed is not self.unplugged:
            return
        self.unplugged = not closed
        if closed:
            self._watch_anew()
        else:
            self._lose_sight()
        self.settle()

    def _lose_sight(self) -> None:
        if self.who == "seated":
            self._leave(self.now, seen=False)
        elif self.who == "away" and self._lost is None:
            self._lost = self.now
        elif self.who == "resuming":
            self._leave(self._stopped, seen=False)

    def set_clock(self, by: int) -> None:
        """Let the wall clock jump."""
        self.wall += by * S
        day, before = self._day(), self._date
        if self._leap is not None and day == self._leap[0]:
            self._rejoin(*self._leap)
            self._leap = None
        elif day > before:
            leap = (before, self.today, self.bout, copy(self.bout))
            self._begin_day()
            self._leap = leap
        elif date.fromisoformat(before) - date.fromisoformat(day) > timedelta(days=1):
            self._date = day
            self._leap = (before, Today(), None, None)
        self.settle()

    def _rejoin(self, day: str, past: Today, bout: Bout | None, was: Bout | None) -> None:
        """Be back on a day that the clock had left."""
        self._date = day
        for figure in fields(Today):
            both = (getattr(past, figure.name), getattr(self.today, figure.name))
            setattr(self.today, figure.name, max(both) if figure.name == "longest" else sum(both))
        if bout is None or was is None:
            return
        if bout is self.bout:
            bout.today += was.today
            bout.transitions += was.transitions
            bout.alerts += was.alerts
            bout.heeded += was.heeded
            bout.begun_today = was.begun_today
        elif bout.voided:
            self.today.bouts -= was.begun_today
            self.today.transitions -= was.transitions
            self.today.alerts -= was.alerts
            self.today.heeded -= was.heeded
        else:
            self.today.chair += was.today

    def fall_asleep(self) -> None:
        """Be suspended; what sounds goes on, and nobody watches."""
        self._asleep = True
        self._slept_at, self._slept_closed = self.now, self.closed
        self._slept_seated = self.who == "seated"
        if self._slept_seated:
            self._leave(self.now, seen=False)
            if self.alert is not None:
                self.alert.phase = "gone"

    def wake_up(self) -> None:
        """Be resumed: what was between is not known."""
        self._asleep = False
        if self.now - self._slept_at >= self.settings.break_min * S:
            if self._slept_seated:
                self._close()
                self.who, self.timer = "nobody", Fraction(0)
            elif self.who == "ignored":
                self.who = "nobody"
        self._watch_anew()
        self._found_closed = self._slept_closed  # a change is heard of now, and counts as seen
        self.settle()

    def stop(self) -> None:
        """End; somebody may get up or sit down before `start`."""
        self.up = False
        if self.who != "resuming":  # else it is still not known since when
            self._stopped = self.now
        if self._sounding:
            self._sounding = False
            self.sounds.append((self.now, False))

    def start(self) -> None:
        """Begin again, with what was remembered."""
        self.up = True
        self._started = self.now
        self._tested = None
        self._watch_anew()
        if self.unplugged:
            self._problem = None  # it is told again
        if self.who == "seated":
            self.who = "resuming"
            if self.alert is not None:
                self._grace(self.now + self.settings.return_grace * S)
        elif self.who == "ignored" and self.now - self._stopped >= self.settings.break_min * S:
            self.who = "nobody"
        self.settle()

    # --- what can be seen -----------------------------------------------------------------------

    def status(self) -> str:
        """Say it in a word."""
        if self.unplugged:
            return "unplugged"
        if self.who == "ignored":
            return "ignored"
        if self.seat is None:
            return "starting"
        if self.who == "away":
            return "away"
        if self.who != "seated":
            return "vacant"
        if self.alert is None:
            return "break_soon" if self._soon else "sitting"
        return "snoozed" if self.alert.phase == "snooze" else "break_due"

    def shown(self) -> dict[str, Any]:
        """Return what the state message has to say, as far as it is modelled."""
        open_bout = self.bout.today if self.bout else 0
        snoozes = self.bout.snoozes if self.bout else 0
        return {
            "status": self.status(),
            "break_due": self.alert is not None,
            "level": self.level(),
            "sitting_seconds": float(self.sitting_time()) / S,
            "snoozes_left": self.settings.max_snoozes - snoozes,
            "buzzer": self.buzzer and self.settings.style != "off",
            "do_not_disturb": self.dnd_until is not None,
            "quiet": self.is_quiet(),
            "estimated": bool(self.bout and self.bout.estimated),
            "problem": self._problem,
            "date": self._date,
            "chair_seconds": (self.today.chair + max(0, open_bout)) / S,
            "longest_bout_seconds": self.today.longest / S,
            "bouts": self.today.bouts,
            "transitions": self.today.transitions,
            "short_breaks": self.today.short_breaks,
            "full_breaks": self.today.full_breaks,
            "alerts": self.today.alerts,
            "alerts_heeded": self.today.heeded,
            "coverage_seconds": self.today.coverage / S,
        }
