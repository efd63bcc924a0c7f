"""The screen itself: it looks at the simulation ten times a second, and asks it to carry out keys.

The simulation runs in a thread of its own. A key is an action of a script, so everything on this
screen could be written down and played again.
"""

from datetime import datetime
from functools import partial
from os import environ
from pathlib import Path
from time import monotonic
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from sensor.daemon.answer import Now
from sensor.mqtt.topics import Topics
from sensor.settings.timezones import timezone
from sensor.simulator import script
from sensor.simulator.screen import drawing, keys, panels
from sensor.simulator.screen.cards import Card, legend
from sensor.simulator.screen.feed import Feed, News
from sensor.simulator.screen.guide import Guide
from sensor.simulator.screen.menu import MENDED, MENDED_OF_THE_SENSOR, of_faults, of_the_end
from sensor.simulator.screen.messages import Messages
from sensor.simulator.screen.panels import BROKEN, FACTS, LEAST, Panel
from sensor.simulator.screen.view import GREY, View
from sensor.simulator.simulation import World
from sensor.simulator.speed import Stride
from sensor.storage.paths import DATABASE

try:
    from sensor.simulator.screen.driver import HungUpDriver
except ImportError:  # on Windows, where Textual brings a driver of its own
    HungUpDriver = None  # type: ignore[assignment, misc]

LOOK_EVERY = 0.1
"""Real seconds between two looks at the simulation."""
SOUND_LASTS = 0.6
"""Real seconds that a beep can be seen, however short it was."""
SPEEDS = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Virtual seconds per second, for the keys + and -."""
TALL = 30
"""Lines of a terminal that has room to spare, or more."""
STRIP_EVERY = 0.5
"""Real seconds between two drawings of the day."""


class SimulatorApp(App[str]):
    """The screen: a simulated chair, its messages, and the keys."""

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
    App:ansi OptionList > .option-list--option-highlighted { text-style: bold underline; }
    Panel { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    #reason, #keys { text-wrap: wrap; }
    """
    BINDINGS: ClassVar = [*keys.BINDINGS]

    def __init__(self, world: World, feed: Feed, news: News) -> None:
        super().__init__(HungUpDriver, ansi_color="NO_COLOR" in environ or None)
        self._world = world
        self._feed = feed
        self._news = news
        mqtt = world.config.mqtt
        self._topics = Topics.of(mqtt, str(world.config.chair.id))
        self._zone = timezone(world.config.chair.timezone)
        self._panels: dict[str, Panel] = {}
        self._messages: Messages
        self._view: View | None = None
        self._actions = 0
        self._beeps = 0
        self._beeped_at = 0.0
        self._strip_at = 0.0
        self._bell = False
        self._speed = 0.0
        self._paused = False
        self._guide = Guide()
        self.is_guided = False
        """Whether the speed changes by itself, so that alerts come soon and can be read."""
        self.may_repeat = False
        """Whether a script that is over can be played again."""
        self._has_ended = False

    def compose(self) -> ComposeResult:
        """Lay the panels out."""
        names = ("title", "chair", *FACTS, "strip", "keys", "small")
        each = self._panels = {name: Panel(id=name) for name in names}
        self._messages = Messages(self._topics, self._zone)
        yield each["small"]
        yield each["title"]
        with Horizontal(id="top"):
            yield each["chair"]
            with Vertical(id="facts"):
                yield from (each[name] for name in FACTS)
        yield each["strip"]
        yield self._messages
        yield each["keys"]

    def on_mount(self) -> None:
        """Start the looks."""
        self._speed = self._pace.speed
        self._messages.focus()
        self.set_interval(LOOK_EVERY, self._look)

    # --- looking ----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show the present state, and ask the daemon for the next one."""
        if self._world.over:
            self.exit()
            return
        if self._feed.beeps != self._beeps:
            self._beeps, self._beeped_at = self._feed.beeps, monotonic()
            if self._bell:
                self.bell()
        if self._world.played and not self._has_ended and self._view is not None:
            self._has_ended = True
            self._show_end()
        if self.is_guided and self._view is not None and not self._paused:
            hidden = len(self.screen_stack) > 1
            speed = self._guide.speed(self._view, monotonic(), hidden=hidden)
            if speed != self._speed:
                self._speed = speed
                self._go()
        self._read_news()
        self._show_title()
        self._show_facts()
        self._show_keys()
        self._show_small()
        if monotonic() >= self._strip_at:
            self._show_strip()
        self._world.look(self._see)

    def on_resize(self, _event: Resize) -> None:
        """Draw the day at once in the new width; the rest follows by itself."""
        self._strip_at = 0

    def on_hang_up(self) -> None:
        """End the simulation: its terminal is gone."""
        self._world.finish()

    def _see(self, told: Now) -> None:
        """Take the daemon's answer; called in the simulation's thread."""
        self._view = View(self._world.machine.wall(), told)

    def _show_title(self) -> None:
        world = self._world
        now = datetime.fromtimestamp(world.machine.wall(), self._zone)
        speed = "paused" if self._paused else f"{self._speed:g}x"
        self._panels["title"].show(panels.title(world.config, now, speed, self.size.width - 2))

    def _show_small(self) -> None:
        """Show a card instead if the terminal is too small."""
        width, height = self.size
        small = width < LEAST[0] or height < LEAST[1]
        self.set_class(small, "small")
        if small:
            self._panels["small"].show(panels.too_small(self._view, width, height))

    def _show_facts(self) -> None:
        view, tall = self._view, self.size.height >= TALL
        beeps = self._feed.sounds or monotonic() < self._beeped_at + SOUND_LASTS
        self._panels["chair"].show(
            drawing.chair(
                sitting=self._world.chair.pressed,
                standing=view is not None and view.state["status"] == "away",
                sounds=beeps,
                colour=view.colour if view else GREY,
            )
        )
        if view is None:
            return
        self.set_class(tall, "tall")
        width, troubles = self._panels["gauge"].size.width, self._world.troubles()
        texts = panels.facts(view, troubles, width, sounds=beeps, tall=tall)
        for name, text in texts.items():
            self._panels[name].show(text)

    def _show_strip(self) -> None:
        self._strip_at = monotonic() + STRIP_EVERY
        panel = self._panels["strip"]
        past, t = list(self._feed.past), self._world.seconds()
        width, wall = panel.size.width - 2, self._world.machine.wall()
        panel.show(drawing.strip(past, now=t, wall=wall, zone=self._zone, width=width))

    def _show_keys(self) -> None:
        troubles = self._world.troubles()
        labels = {
            "sit down": "stand up" if self._world.chair.pressed else "sit down",
            "cut broker": "mend broker" if BROKEN & set(troubles) else "cut broker",
            "do not disturb": "do disturb" if self._is_undisturbed else "do not disturb",
            "unplug": "plug in" if self._world.chair.unplugged else "unplug",
            "pause": "go on" if self._paused else "pause",
            "ring bell": "mute bell" if self._bell else "ring bell",
            "show MQTT": "use words" if self._messages.is_raw else "show MQTT",
        }
        self._panels["keys"].show(keys.rows(labels, self.size.width))

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
        """Carry out an action, written as in a script."""
        self._actions += 1
        [step] = script.read(f"0:00 {line}", "the screen")
        self._world.ask(partial(self._world.do, step._replace(line=-self._actions)))

    def action_sit_or_stand(self) -> None:
        """Sit down or get up; this ends the script."""
        self._world.ask(self._world.drop_script)
        self.action_do("stand" if self._world.chair.pressed else "sit")

    def action_fidget(self) -> None:
        """Fidget for a minute."""
        self._world.ask(self._world.drop_script)
        self.action_do("chatter 60s 70%")

    def action_disturb(self) -> None:
        """Turn do not disturb on or off, as Home Assistant does it."""
        self.action_do(f"publish set/do_not_disturb {'OFF' if self._is_undisturbed else 'ON'}")

    @property
    def _is_undisturbed(self) -> bool:
        return self._view is not None and self._view.state["do_not_disturb"]

    def action_broker(self) -> None:
        """Cut the connection to the broker, or mend it, whatever its fault."""
        well = BROKEN.isdisjoint(self._world.troubles())
        self.action_do("broker down" if well else "broker up")

    def action_unplug(self) -> None:
        """Pull the mat's plug, or push it in."""
        self.action_do("plug" if self._world.chair.unplugged else "unplug")

    def action_faults(self) -> None:
        """Ask for a fault in a menu, and cause it."""

        def chosen(line: str | None) -> None:
            for each in mended if line == "mend" else [line] if line else []:
                self.action_do(each)

        has_sensor = self._world.sensor is not None
        mended = MENDED + (MENDED_OF_THE_SENSOR if has_sensor else ())
        self.push_screen(of_faults(has_sensor=has_sensor), chosen)

    def action_faster(self) -> None:
        """Raise the speed to the next step."""
        self._change_speed(next((one for one in SPEEDS if one > self._speed), self._speed))

    def action_slower(self) -> None:
        """Lower the speed to the next step."""
        slower = (one for one in reversed(SPEEDS) if one < self._speed)
        self._change_speed(next(slower, self._speed))

    def action_pause(self) -> None:
        """Stop the time, or let it go on."""
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
        """Show the help: keys, colours and the strip."""
        self.push_screen(Card("keys, colours, signs", legend(self.size.width)))

    async def action_quit(self) -> None:
        """End the screen."""
        self.exit("quit")

    def _show_report(self) -> None:
        """Show the report of the simulated day; the end card comes again after it."""
        from sensor.report.kept import compiled_from  # noqa: PLC0415  (when asked for only)
        from sensor.report.terminal import TextReport  # noqa: PLC0415

        world = self._world
        database = partial(Path, world.state_dir, DATABASE)
        report = compiled_from(world.config, "today", database, world.machine.wall())
        lines = TextReport(min(self.size.width, 120) - 6, str, colour=False).lines(report)
        card = Card("this day's report", Text("\n".join(lines)))
        self.push_screen(card, lambda _closed: self._show_end())

    def _show_end(self) -> None:
        """Stop the time, sum the script's day up, and ask what comes next."""
        assert self._view is not None  # noqa: S101  (it is shown after the daemon's answer only)
        if not self._paused:
            self.action_pause()

        def chosen(choice: str | None) -> None:
            if choice == "turn":
                self.action_pause()
            elif choice == "report":
                self._show_report()
            else:
                self.exit(choice)

        today = self._view.state["today"]
        self.push_screen(of_the_end(today, may_repeat=self.may_repeat), chosen)

    def _go(self) -> None:
        self._world.ask(partial(setattr, self._pace, "speed", 0 if self._paused else self._speed))

    def action_sound(self) -> None:
        """Switch the terminal's bell on or off; it rings with the buzzer."""
        self._bell = not self._bell
