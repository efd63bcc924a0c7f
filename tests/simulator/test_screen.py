"""The screen, through Textual's pilot: keys, mouse, sizes, and what can be read on it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot

from sensor.settings.loading import load
from sensor.simulator.real_broker import go_live
from sensor.simulator.screen.app import SimulatorApp
from sensor.simulator.screen.guide import LINGER, SLOW
from sensor.simulator.screen.keys import KEYS, OF_THE_LIST
from sensor.simulator.screen.menu import FAULTS, OF_THE_SENSOR
from sensor.simulator.screen.runner import on_screen
from sensor.simulator.script import read
from sensor.simulator.sensor import SimulatedSensor
from sensor.simulator.simulate import Options
from sensor.simulator.simulation import World

pytestmark = pytest.mark.slow

PATIENCE = 60.0
SEAT = ("seat.topic=zigbee2mqtt/desk chair", "seat.key=contact", "seat.availability=bridge/state")
SETTINGS = ("chair.id=test", "chair.timezone=UTC", "pins.tamper=6", "pins.button=26")


class Show:
    """A screen that somebody plays with."""

    def __init__(self, app: SimulatorApp, world: World, pilot: Pilot[str]) -> None:
        self.app = app
        self.world = world
        self.pilot = pilot

    def text(self) -> str:
        """What can be read, line by line."""
        # All that a screenshot shows; the picture around it would take ten times as long.
        painted = self.app.screen._compositor.render_update(
            full=True, screen_stack=self.app._background_screens
        )
        assert isinstance(painted, LayoutUpdate)
        return "\n".join("".join(strip.text for strip in line) for line in painted.strips)

    async def see(self, *words: str) -> None:
        """Wait until all of this can be read."""
        await self.until(lambda: all(word in self.text() for word in words), words)

    async def until(self, holds: Callable[[], bool], what: object = "") -> None:
        """Wait until something holds."""
        until = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < until, f"{what} not in\n{self.text()}"
            await self.pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def click(self, word: str) -> None:
        """Click on a word."""
        rows = self.text().splitlines()
        row = max(number for number, line in enumerate(rows) if word in line)
        await self.pilot.click(offset=(rows[row].index(word) + 1, row))


@asynccontextmanager
async def show(
    folder: Path,
    *,
    script: str,
    speed: float,
    size: tuple[int, int],
    settings: tuple[str, ...],
    guided: bool,
) -> AsyncIterator[Show]:
    """Put a world with its own broker on a screen."""
    config = load(overrides=[*SETTINGS, *settings], environ={})
    with ExitStack() as stack:
        world = World(
            config=config,
            steps=read(script, "the script of this test"),
            wall_start=1_772_438_400.0,
            state_dir=folder,
        )
        stack.callback(world.abandon)
        world.sensor = SimulatedSensor(world) if config.seat.topic else None
        stage = stack.enter_context(on_screen(world, None))
        stack.enter_context(go_live(world, config, Options(script="-", speed=speed)))
        stack.enter_context(stage.running())
        stage.app.is_guided = guided
        async with stage.app.run_test(size=size) as pilot:
            yield Show(stage.app, world, pilot)


Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Play:
    """Play a scene on a screen."""
    caplog.set_level(logging.INFO)

    def run(
        scene: Callable[[Show], Awaitable[None]],
        *settings: str,
        script: str = "23:00:00 end",
        speed: float = 60,
        size: tuple[int, int] = (80, 24),
        guided: bool = False,
    ) -> None:
        async def perform() -> None:
            async with show(
                tmp_path, script=script, speed=speed, size=size, settings=settings, guided=guided
            ) as shown:
                await scene(shown)

        asyncio.run(perform())

    return run


def test_sit_and_get_up(play: Play) -> None:
    """Space sits down and gets up; the daemon's confirmed answer is what is shown."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT", "space sit down")
        await shown.press("m", "space")
        await shown.see("SITTING", "break due in 5", "space stand up", "contact_closed true")
        await shown.press("space")
        await shown.see("AWAY", "full break in", "stood_up: ")

    play(scene)


def test_an_alert_from_the_quiet_word_to_the_break(play: Play) -> None:
    """Sitting through a minute-long hour shows each stage in words, level and buzzer too."""

    async def scene(shown: Show) -> None:
        await shown.press("m", "space")
        await shown.see("SITTING")
        await shown.see("break_soon: ")
        await shown.see("BREAK DUE", "get up!", "BEEP")
        await shown.press("s")
        await shown.see("SNOOZED", "snoozed for 0:")
        await shown.see("4 of 4")
        await shown.press("space")
        await shown.see("stood_up: ")

    play(scene, "profile=demo", "snooze=60s", speed=10)


def test_keys_of_the_chair(play: Play) -> None:
    """Do not disturb, not me, unplug and fidget act on the chair, and back again."""

    async def scene(shown: Show) -> None:
        await shown.press("m", "space")
        await shown.see("SITTING")
        await shown.press("d")
        await shown.see("do_not_disturb true", "silent   do not disturb")
        await shown.press("d")
        await shown.see("do_not_disturb false")
        await shown.press("v")
        await shown.see("NOT ME")
        await shown.press("u")
        await shown.see("UNPLUGGED", "! mat unplugged", "u plug in")
        await shown.press("u")
        await shown.see("u unplug")
        beginning = len(shown.app._feed.past)
        await shown.press("space", "f")
        await shown.until(lambda: len(shown.app._feed.past) > beginning)

    play(scene)


def test_broker_and_crash(play: Play) -> None:
    """The broker goes and comes back; a killed daemon is told, and starts again."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("m", "b")
        await shown.see("! broker away", "b mend broker")
        await shown.press("b")
        await shown.see("b cut broker", "availability online")
        await shown.press("c")
        await shown.see("DAEMON DOWN", "nobody watches the chair")
        await shown.see("status starting", "VACANT")

    play(scene, speed=10)


def test_pause_and_speed(play: Play) -> None:
    """Time stands still and goes on, faster and slower, also while it stands."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT", "60x")
        await shown.press("p")
        await shown.see("paused", "p go on")
        stopped = shown.world.seconds()
        await shown.press("space")
        await shown.until(lambda: shown.world.chair.pressed)
        assert shown.world.seconds() == stopped
        await shown.press("p")
        await shown.see("60x", "SITTING")
        await shown.press("+", "+", "-")
        await shown.see("120x")
        await shown.press(*"=" * 5)
        await shown.see("3600x")
        await shown.press(*"-" * 10)
        await shown.see(" 1x")

    play(scene)


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("1", "! mat stuck closed"),
        ("2", "! mat stuck open"),
        ("3", "! broker slow"),
        ("4", "! password refused"),
        ("5", "Home Assistant restarts"),
        ("6", "DAEMON DOWN"),
        ("7", "ASLEEP"),
        ("8", "09:0"),
        ("9", "07:0"),
        ("w", "! disk full"),
        ("l", "TOO BUSY"),
    ],
)
def test_faults(play: Play, key: str, seen: str) -> None:
    """Each fault of the menu comes about, and `m` mends what does not end by itself."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("x")
        await shown.see("what goes wrong", "mend everything")
        await shown.press(key)
        await shown.see(seen)
        await shown.press("x", "m")
        await shown.until(lambda: shown.world.troubles() == [])

    play(scene, speed=120 if key == "7" else 20)


def test_faults_of_a_seat_on_the_broker(play: Play) -> None:
    """Its faults are in the same menu; the sitter sits on it, and its messages are shown."""
    faults = {
        "o": "the sensor misses its next change",
        "t": "the sensor tells its next change 120 s late",
        "r": "the sensor's last message comes again",
        "s": "the bridge repeats what the sensor told 108000 s ago",
        "n": "the broker retains nothing of the sensor",
        "b": "battery low",
        "u": "sensor silent",
        "d": "bridge away",
    }

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        for key, seen in faults.items():
            await shown.press("x")
            await shown.see("what goes wrong", "mend everything")
            await shown.press(key)
            await shown.see(seen)
        await shown.see("UNPLUGGED   the seat is not heard")
        await shown.press("x", "m")
        await shown.until(lambda: shown.world.troubles() == [])
        await shown.press("m", "space")
        await shown.see('zigbee2mqtt/desk chair {"contact":true,"battery":100}')
        await shown.see("SITTING")
        await shown.press("b", "space")
        await shown.see("broker away")
        await shown.press("b")  # the bridge tells what it heard meanwhile
        await shown.see("AWAY   full break in")

    play(scene, *SEAT, speed=20)


def test_menu_is_closed(play: Play) -> None:
    """Escape closes the menu, and nothing has happened."""

    async def scene(shown: Show) -> None:
        await shown.press("x")
        await shown.see("what goes wrong")
        await shown.press("escape")
        await shown.see("VACANT", "space sit down")
        assert shown.world.troubles() == []

    play(scene)


def test_mouse(play: Play) -> None:
    """A click on a key's label does what the key does, in the menu too."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT", "space sit down")
        await shown.click("sit down")
        await shown.see("SITTING")
        await shown.click("cause faults")
        await shown.see("what goes wrong")
        await shown.click("the disk is full")
        await shown.see("! disk full")

    play(scene)


def test_sizes(play: Play) -> None:
    """Every key and every fact fits in 80x24; the screen follows a resize, down to a tiny one."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        for width, height in ((120, 40), (40, 10), (20, 4), (80, 24)):
            await shown.pilot.resize_terminal(width, height)
            await shown.pilot.pause(0.2)
        labels = {"unplug": "unplug", "pause": "pause"}
        await shown.see(*(f"{key} {labels.get(label, label)}" for key, label, *_ in KEYS))
        await shown.see("Nobody on the chair since 08:00.", "limit 1:00:00", "in time 0", "08:00")

    play(scene, size=(120, 40))


def test_messages_are_cut_anew(play: Play) -> None:
    """A message that was cut off in a narrow window can be read in a wide one."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("m")
        await shown.see("to watch: mosq", "…")
        assert "simulated/#'" not in shown.text()
        await shown.pilot.resize_terminal(160, 40)
        await shown.see("-t 'chair-sensor/test/#'")

    play(scene, size=(80, 40))


def test_script_gives_way(play: Play) -> None:
    """A script plays until somebody takes the chair, and the simulation goes on without it."""

    async def scene(shown: Show) -> None:
        await shown.see("SITTING")
        await shown.press("space")
        await shown.see("the script ends here")
        await shown.see("VACANT")
        assert not shown.world.over

    script = "0:01 sit\n9:00 stand\n14:00 sit\n16:00 end\n"
    play(scene, script=script, speed=100)


def test_the_end_of_a_script_is_not_the_end(play: Play) -> None:
    """After the last line the chair is there to be played with."""

    async def scene(shown: Show) -> None:
        await shown.see("the script ends here", "the script is over")
        await shown.press("space")
        await shown.see("space sit down")
        await shown.press("space")
        await shown.see("SITTING")

    play(scene, script="0:01 stand\n0:20 end\n")


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_quit(play: Play, key: str) -> None:
    """Three keys end it."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press(key)
        await shown.until(lambda: not shown.app.is_running)

    play(scene)


def test_bell(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's bell rings with the buzzer, once it is switched on."""
    rung: list[float] = []
    monkeypatch.setattr(SimulatorApp, "bell", lambda _app: rung.append(monotonic()))

    async def scene(shown: Show) -> None:
        await shown.press("space")
        await shown.see("BEEP")
        assert rung == []
        await shown.press("a")
        await shown.see("mute bell")
        await shown.until(lambda: rung != [])

    play(scene, "profile=demo", speed=10)


def test_the_tour(play: Play) -> None:
    """It hurries until shortly before the alert, slows down for it, and a key takes over."""

    async def scene(shown: Show) -> None:
        await shown.see("900x", "SITTING")
        await shown.see(" 60x", "BREAK SOON")
        await shown.see(" 5x", "BREAK DUE")
        await shown.press("+")
        await shown.see("10x")

    play(scene, script="0:01 sit\n1:01:00 stand\n2:00:00 end", guided=True)


def test_what_happens_in_words(play: Play) -> None:
    """The list says what happened; `m` shows the messages instead, Enter opens a line whole."""

    async def scene(shown: Show) -> None:
        await shown.see("what happens", "the chair is online", "VACANT")
        await shown.press("space")
        await shown.see("Somebody sat down.")
        await shown.press("d")
        await shown.see("asked for: do not disturb ON")
        await shown.press("p")  # the list shall stay as it is
        assert "event_type" not in shown.text()
        assert "contact_closed" not in shown.text()
        await shown.press("m")
        await shown.see("sat_down: Somebody sat down.", "m use words")
        await shown.press("m")
        await shown.see("what happens", "m show MQTT")
        await shown.click("Somebody sat down.")
        await shown.see("chair-sensor/test/event", '"event_type": "sat_down"')
        await shown.press("escape")
        await shown.press("end", "enter")
        await shown.see("set/do_not_disturb", "escape closes")
        await shown.press("escape")
        await shown.see("what happens")

    play(scene)


def test_what_is_renewed_is_told_once(play: Play) -> None:
    """State and availability are renewed every five minutes, which is not worth a line."""

    async def scene(shown: Show) -> None:
        await shown.until(lambda: shown.world.seconds() > 30 * 60)
        await shown.see("VACANT")
        assert shown.text().count("the chair is online") == 1

    play(scene, speed=1200, size=(80, 50))


def test_help(play: Play) -> None:
    """`?` explains every key, colour and sign in 80x24, without scrolling."""
    meanings = [*((each.key, each.meaning) for each in KEYS), *OF_THE_LIST]

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("question_mark")
        await shown.see("escape closes", *(f"{key} " for key, _ in meanings))
        await shown.see(*(meaning for _, meaning in meanings))
        await shown.see("break soon", "program down", "as long as a break is due.")
        await shown.press("escape")
        await shown.see("VACANT", "space sit down")

    play(scene)


def test_cards_in_a_small_terminal(play: Play) -> None:
    """A narrow terminal has the help in one column, and the menu of faults whole."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("question_mark")
        await shown.see(*(f"{each.key:<9}{each.meaning}" for each in KEYS[:12]))
        await shown.press("escape", "x")
        await shown.see(*(f"{label:<32}{line}" for _, label, line in FAULTS), "escape closes")

    play(scene, size=(60, 15))


def test_the_longer_menu(play: Play) -> None:
    """The smallest terminal with a screen has the menu of a seat on the broker whole."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT")
        await shown.press("x")
        lines = [f"{label:<32}{line}" for _, label, line in (*FAULTS, *OF_THE_SENSOR)]
        await shown.see(*lines, "mend everything", "escape closes")

    play(scene, *SEAT)


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (60, 15)])
def test_too_small(play: Play, size: tuple[int, int]) -> None:
    """Below 80x24 a card says the essence and what to do; a larger window brings the screen."""

    async def scene(shown: Show) -> None:
        await shown.see("VACANT", "needs 80x24", f"{size[0]}x{size[1]}")
        await shown.press("space")
        await shown.see("SITTING", "break due in")
        await shown.pilot.resize_terminal(80, 24)
        await shown.see("space stand up", "what happens")

    play(scene, size=size)


DAY = "0:01 sit\n3:00 stand\n12:00 sit\n13:20 stand\n26:00 end\n"
"""With `profile=demo`: two alerts, each obeyed within five minutes."""


def test_the_end_card(play: Play) -> None:
    """At the end of a script time stands still; the day is summed up, reported, and handed over."""

    async def scene(shown: Show) -> None:
        await shown.see("the script is over", "You sat on the chair for 4 min.", "Alerts: 2.")
        await shown.see("You got up within five minutes after 2 of 2.", "paused")
        stopped = shown.world.seconds()
        await shown.press("r")
        await shown.see("this day's report", "Chair time")
        await shown.press("escape")
        await shown.see("the script is over")
        assert shown.world.seconds() == stopped
        await shown.press("a")  # was not offered
        await shown.see("the script is over")
        assert "play it again" not in shown.text()
        await shown.press("y")
        await shown.see("VACANT", "what happens")
        await shown.until(lambda: shown.world.seconds() > stopped)

    play(scene, "profile=demo", script=DAY, speed=600)


@pytest.mark.parametrize(("key", "left"), [("a", "again"), ("q", "quit"), ("enter", "again")])
def test_leaving_by_the_end_card(play: Play, key: str, left: str) -> None:
    """The end card leads to the start again, or out."""

    async def scene(shown: Show) -> None:
        shown.app.may_repeat = True
        await shown.see("play it again")
        await shown.press(key)
        await shown.until(lambda: not shown.app.is_running)
        assert shown.app.return_value == left

    play(scene, script="0:05 end")


def test_an_alert_waits_for_its_reader(play: Play) -> None:
    """While a card hides the alert, time does not go on at full speed; afterwards it does."""

    async def scene(shown: Show) -> None:
        await shown.see(" 5x", "BREAK DUE")
        await shown.press("question_mark")
        await shown.see("escape closes")
        assert shown.app._guide.alert_at is not None
        shown.app._guide.alert_at -= LINGER
        await shown.pilot.pause(0.3)
        assert shown.app._speed == SLOW
        await shown.press("escape")
        await shown.see(" 60x")

    play(scene, script="0:01 sit\n2:00:00 end", guided=True)
