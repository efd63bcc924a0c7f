"""The screen itself: it looks at the world ten times a second, and asks it for what keys mean.

The world turns in a thread of its own. What a key does is an action of a script, so everything
on this screen could be written down and played again.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from os import environ
from pathlib import Path
from time import monotonic
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Static

from sensor.daemon.answer import Now
from sensor.mqtt.topics import Topics
from sensor.settings.timezones import timezone
from sensor.simulator import script
from sensor.simulator.screen import drawing
from sensor.simulator.screen.cards import Card, EndCard, legend
from sensor.simulator.screen.feed import News, Onlooker
from sensor.simulator.screen.menu import MENDED, FaultMenu
from sensor.simulator.screen.messages import Messages
from sensor.simulator.screen.view import AMBER, GREY, RED, Sight
from sensor.simulator.simulation import World
from sensor.simulator.speed import Stride
from sensor.storage.paths import DATABASE

try:
    from sensor.simulator.screen.driver import HungUpDriver
except ImportError:  # on Windows, where Textual brings a driver of its own
    HungUpDriver = None  # type: ignore[assignment, misc]

LOOK_EVERY = 0.1
"""Seconds between two looks at the world."""
SOUND_LASTS = 0.6
"""Seconds that a beep can be seen, however short it was."""
LINGER = 8.0
"""Seconds that an alert is shown slowly, at least, so that it can be read."""
HURRY, STROLL, SLOW = 600.0, 60.0, 5.0
"""Virtual seconds per second: until shortly before the first alert, then, and in an alert."""
SPEEDS = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Virtual seconds per second, for the keys + and -."""
LEAST = (80, 24)
"""Columns and lines that the screen needs; a smaller terminal shows a card instead."""
TALL = 30
"""Lines of a terminal with room to spare."""
STRIP_EVERY = 0.5
"""Seconds between two drawings of the day."""

FACTS = ("headline", "gauge", "limit", "alert", "reason", "today", "troubles")
UNHEARD = ("daemon down", "asleep", "too busy")
"""Troubles with which nobody watches the chair."""
NO_WAY = {"broker away", "password refused"}
BROKEN = {*NO_WAY, "broker slow"}
"""Troubles that `broker up` mends."""

KEYS = (
    ("space", "sit down", "sit_or_stand"),
    ("s", "snooze", "do('press')"),
    ("d", "do not disturb", "disturb"),
    ("v", "say not me", "do('publish do/void PRESS')"),
    ("b", "cut broker", "broker"),
    ("c", "crash", "do('crash 30s')"),
    ("u", "unplug", "unplug"),
    ("f", "fidget", "fidget"),
    ("x", "cause faults", "faults"),
    ("+", "speed up", "faster"),
    ("-", "slow down", "slower"),
    ("p", "pause", "pause"),
    ("a", "ring bell", "sound"),
    ("m", "show MQTT", "messages"),
    ("?", "explain", "explain"),
    ("q", "quit", "quit"),
)
"""Key, label, and what both the key and a click on the label do."""
_NAMES = {"+": "plus,equals_sign", "-": "minus", "?": "question_mark"}
"""What Textual calls a key; the + is also taken without shift."""


class Panel(Static):
    """A piece of the screen that is drawn again only when it has changed."""

    def show(self, content: Text | str) -> None:
        """Show this."""
        if content != getattr(self, "_shown", None):
            self._shown = content
            self.update(content)


class SimulatorApp(App[str]):
    """A simulated chair, its messages, and what one can do to it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: $background; overflow: hidden; }
    #title { height: 1; background: $panel; padding: 0 1; }
    #top { height: 10; }
    #chair { width: 22; padding-left: 1; }
    #facts { padding-right: 1; }
    #alert { margin-top: 1; }
    #reason { height: auto; max-height: 3; }
    #strip { padding: 0 1; }
    #small { display: none; height: 1fr; padding: 0 1; text-wrap: wrap; }
    .small #small { display: block; }
    .small #title, .small #top, .small #strip, .small #messages, .small #keys { display: none; }
    .tall #top { height: 13; padding: 1 0; }
    .tall #facts { padding: 1 1 0 0; }
    .tall #strip { padding: 1; }
    #messages { padding: 0 1; background: $background;
                border-title-color: $foreground 70%;
                border-subtitle-color: $foreground 70%; height: 1fr; max-height: 1fr;
                background-tint: $foreground 0%; overflow-x: hidden; scrollbar-size-vertical: 1; }
    #messages, #messages:focus { border: none; border-top: solid $foreground 30%; }
    #messages { text-wrap: nowrap; text-overflow: ellipsis; }
    #messages > .option-list--option { padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
    #keys { height: auto; padding: 0 1; background: $panel; link-style: none;
            link-background: $panel; link-color: $foreground; link-color-hover: $text; }
    Panel { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    #reason, #keys { text-wrap: wrap; }
    """
    BINDINGS: ClassVar = [
        *(Binding(_NAMES.get(key, key), action) for key, _label, action in KEYS),
        Binding("ctrl+c,ctrl+q", "quit", priority=True),
    ]

    def __init__(self, world: World, onlooker: Onlooker, news: News) -> None:
        super().__init__(HungUpDriver, ansi_color="NO_COLOR" in environ or None)
        self._world = world
        self._onlooker = onlooker
        self._news = news
        mqtt = world.config.mqtt
        self._topics = Topics.of(mqtt, str(world.config.chair.id))
        self._zone = timezone(world.config.chair.timezone)
        self._panels: dict[str, Panel] = {}
        self._messages: Messages
        self._sight: Sight | None = None
        self._actions = 0
        self._beeps = 0
        self._beeped_at = 0.0
        self._strip_at = 0.0
        self._bell = False
        self._speed = 0.0
        self._paused = False
        self.is_guided = False
        """Whether the speed changes by itself, so that alerts come soon and can be read."""
        self.may_repeat = False
        """Whether a script that is over can be played again."""
        self._has_ended = False
        self._alert_at: float | None = None
        """When the last alert was first seen, on the real clock; None: none was."""
        self._was_due = False

    def compose(self) -> ComposeResult:
        """Lay it out."""
        panels, self._messages = self._panels, Messages(self._topics, self._zone)
        panels.update(
            {name: Panel(id=name) for name in ("title", "chair", *FACTS, "strip", "keys", "small")}
        )
        yield panels["small"]
        yield panels["title"]
        with Horizontal(id="top"):
            yield panels["chair"]
            with Vertical(id="facts"):
                yield from (panels[name] for name in FACTS)
        yield panels["strip"]
        yield self._messages
        yield panels["keys"]

    def on_mount(self) -> None:
        """Begin to look."""
        self._speed = self._pace.speed
        self._messages.focus()
        self.set_interval(LOOK_EVERY, self._look)

    # --- looking ----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show what is true now, and ask for what will be true next time."""
        if self._world.over:
            self.exit()
            return
        if self._onlooker.beeps != self._beeps:
            self._beeps, self._beeped_at = self._onlooker.beeps, monotonic()
            if self._bell:
                self.bell()
        if self._world.played and not self._has_ended and self._sight is not None:
            self._has_ended = True
            self._show_end()
        if self.is_guided and self._sight is not None and not self._paused:
            self._guide(self._sight)
        self._read_news()
        self._show_title()
        self._show_facts()
        self._show_keys()
        self._show_small()
        if monotonic() >= self._strip_at:
            self._show_strip()
        self._world.look(self._see)

    def _guide(self, sight: Sight) -> None:
        """Hurry to the first alert, slow down in each one, and stroll in between."""
        state, now = sight.state, monotonic()
        due = state["status"] == "break_due"
        if due and not self._was_due:
            self._alert_at = now
        self._was_due, seen = due, self._alert_at
        if seen is None:
            wanted = HURRY if state["status"] == "sitting" else STROLL
        else:
            reads = len(self.screen_stack) > 1  # a card hides the alert
            wanted = SLOW if due and (reads or now < seen + LINGER) else STROLL
        if wanted != self._speed:
            self._speed = wanted
            self._go()

    def on_resize(self, _event: Resize) -> None:
        """Another width: draw the day at once; the rest follows by itself."""
        self._strip_at = 0

    def on_hang_up(self) -> None:
        """End the simulation: its terminal is gone."""
        self._world.finish()

    def _see(self, told: Now) -> None:
        """Take the daemon's answer; called in the world's thread."""
        self._sight = Sight(self._world.machine.wall(), told)

    def _show_title(self) -> None:
        world = self._world
        now = datetime.fromtimestamp(world.machine.wall(), self._zone)
        mqtt = world.config.mqtt
        left = Text.assemble(
            (f"{world.config.chair.name}", "bold"), f"   {now:%a} {now.day} {now:%b %Y  %H:%M:%S}"
        )
        speed = "paused" if self._paused else f"{self._speed:g}x"
        right = Text.assemble((speed, f"bold {AMBER}"), f"   broker {mqtt.address}")
        self._panels["title"].show(_apart(left, right, self.size.width - 2))

    def _show_small(self) -> None:
        """Show a card where the terminal is too small: the essence, and what to do about it."""
        width, height = self.size
        small = width < LEAST[0] or height < LEAST[1]
        self.set_class(small, "small")
        if not small:
            return
        sight, text = self._sight, Text()
        if sight is not None:
            text.append(f" {sight.word} ", f"bold reverse {sight.colour}")
            text.append(f" {sight.countdown()}\n\n")
        needed = f"{LEAST[0]}x{LEAST[1]}"
        text.append(f"The screen needs {needed}, this terminal has {width}x{height}. ")
        text.append("Make it larger, or quit with q and add --plain.")
        self._panels["small"].show(text)

    def _show_facts(self) -> None:
        sight, troubles = self._sight, self._world.troubles()
        beeps = self._onlooker.sounds or monotonic() < self._beeped_at + SOUND_LASTS
        colour = sight.colour if sight else GREY
        self._panels["chair"].show(
            drawing.chair(
                sitting=self._world.chair.pressed,
                standing=sight is not None and sight.state["status"] == "away",
                sounds=beeps,
                colour=colour,
            )
        )
        if sight is None:
            return
        width = self._panels["gauge"].size.width
        if not (sight.told["mqtt"]["connected"] or NO_WAY & set(troubles)):
            troubles.append(f"no connection to the broker: {sight.told['mqtt']['trouble']}")
        word, countdown = sight.word, sight.countdown()
        silence = next((one for one in troubles if one in UNHEARD), None)
        if silence:
            word, countdown, colour = silence.upper(), "nobody watches the chair", RED
        show = {name: self._panels[name].show for name in FACTS}
        show["headline"](Text.assemble((f" {word} ", f"bold reverse {colour}"), "  ", countdown))
        bar = drawing.gauge(sight.filled, sight.warned_at, width, colour)
        tall = self.size.height >= TALL
        self.set_class(tall, "tall")
        show["gauge"](Text.assemble(bar, "\n", bar) if tall else bar)
        show["limit"](_apart(*sight.sat(), width))
        show["alert"](sight.alert(sounds=beeps))
        show["reason"](sight.reason())
        show["today"](sight.today())
        show["troubles"](Text(f"! {', '.join(troubles)}" if troubles else "", f"bold {RED}"))

    def _show_strip(self) -> None:
        self._strip_at = monotonic() + STRIP_EVERY
        panel = self._panels["strip"]
        past, t = list(self._onlooker.past), self._world.seconds()
        width, wall = panel.size.width - 2, self._world.machine.wall()
        panel.show(drawing.strip(past, now=t, wall=wall, zone=self._zone, width=width))

    def _show_keys(self) -> None:
        troubles = self._world.troubles()
        labels = {
            "sit down": "stand up" if self._world.chair.pressed else "sit down",
            "cut broker": "mend broker" if BROKEN & set(troubles) else "cut broker",
            "unplug": "plug in" if "mat unplugged" in troubles else "unplug",
            "pause": "go on" if self._paused else "pause",
            "ring bell": "mute bell" if self._bell else "ring bell",
            "show MQTT": "use words" if self._messages.is_raw else "show MQTT",
        }
        rows, room = list[list[str]](), 0
        for key, label, action in KEYS:
            words = labels.get(label, label)
            needed = len(f"  {key} {words}")
            if needed > room:  # Textual would also break the line between a key and its label
                rows, room = [*rows, []], self.size.width
            room -= needed
            rows[-1].append(f"[@click=app.{action}][bold $warning]{key}[/] {words}[/]")
        self._panels["keys"].show("\n".join(map("  ".join, rows)))

    def _read_news(self) -> None:
        while (piece := self._news.next()) is not None:
            self._messages.add(piece)

    # --- keys -------------------------------------------------------------------------------------

    @property
    def _pace(self) -> Stride:
        pace = self._world.pace
        assert isinstance(pace, Stride)  # noqa: S101  (what is as fast as it can is not shown)
        return pace

    def action_do(self, line: str) -> None:
        """Do what a script's action says."""
        self._actions += 1
        [step] = script.read(f"0:00 {line}", "the screen")
        self._world.ask(partial(self._world.do, replace(step, line=-self._actions)))

    def action_sit_or_stand(self) -> None:
        """Sit down or get up; from now on the script leaves the chair to whoever does this."""
        self._world.ask(self._world.drop_script)
        self.action_do("stand" if self._world.chair.pressed else "sit")

    def action_fidget(self) -> None:
        """Fidget for a minute."""
        self._world.ask(self._world.drop_script)
        self.action_do("chatter 60s 70%")

    def action_disturb(self) -> None:
        """Turn do not disturb on or off, as Home Assistant does it."""
        on = self._sight is not None and self._sight.state["do_not_disturb"]
        self.action_do(f"publish set/do_not_disturb {'OFF' if on else 'ON'}")

    def action_broker(self) -> None:
        """Cut the way to the broker, or mend it, whatever is wrong with it."""
        well = BROKEN.isdisjoint(self._world.troubles())
        self.action_do("broker down" if well else "broker up")

    def action_unplug(self) -> None:
        """Pull the mat's plug, or push it in."""
        self.action_do("plug" if "mat unplugged" in self._world.troubles() else "unplug")

    def action_faults(self) -> None:
        """Ask what is to go wrong."""

        def chosen(line: str | None) -> None:
            for each in MENDED if line == "mend" else [line] if line else []:
                self.action_do(each)

        self.push_screen(FaultMenu(), chosen)

    def action_faster(self) -> None:
        """Let time pass faster."""
        self._change_speed(next((one for one in SPEEDS if one > self._speed), self._speed))

    def action_slower(self) -> None:
        """Let time pass more slowly."""
        slower = (one for one in reversed(SPEEDS) if one < self._speed)
        self._change_speed(next(slower, self._speed))

    def action_pause(self) -> None:
        """Let time stand still, or go on."""
        self._paused = not self._paused
        self._go()

    def _change_speed(self, speed: float) -> None:
        self.is_guided = False
        self._speed, self._paused = speed, False
        self._go()

    def action_messages(self) -> None:
        """Show the MQTT messages instead of words, or words again."""
        self._messages.toggle()

    def action_explain(self) -> None:
        """Explain keys, colours and the strip."""
        self.push_screen(Card("keys, colours, signs", legend()))

    async def action_quit(self) -> None:
        """Leave."""
        self.exit("quit")

    def _show_report(self) -> None:
        """Show the report of the simulated day; the choice comes again after it."""
        from sensor.report.kept import compiled_from  # noqa: PLC0415  (when asked for only)
        from sensor.report.terminal import TextReport  # noqa: PLC0415

        world = self._world
        database = partial(Path, world.state_dir, DATABASE)
        report = compiled_from(world.config, "today", database, world.machine.wall())
        lines = TextReport(min(self.size.width, 120) - 6, str, colour=False).lines(report)
        card = Card("this day's report", Text("\n".join(lines)))
        self.push_screen(card, lambda _closed: self._show_end())

    def _show_end(self) -> None:
        """Let time stand still, sum the script's day up, and ask what comes next."""
        assert self._sight is not None  # noqa: S101  (it is shown after the daemon's answer only)
        if not self._paused:
            self.action_pause()

        def chosen(choice: str | None) -> None:
            if choice == "turn":
                self.action_pause()
            elif choice == "report":
                self._show_report()
            else:
                self.exit(choice)

        self.push_screen(EndCard(self._sight.state["today"], may_repeat=self.may_repeat), chosen)

    def _go(self) -> None:
        self._world.ask(partial(setattr, self._pace, "speed", 0 if self._paused else self._speed))

    def action_sound(self) -> None:
        """Let the terminal's bell ring with the buzzer, or not."""
        self._bell = not self._bell


def _apart(left: Text, right: Text, width: int) -> Text:
    """Put one text at the left end of a line and one at the right."""
    gap = max(1, width - left.cell_len - right.cell_len)
    return Text.assemble(left, " " * gap, right, no_wrap=True, overflow="ellipsis")
