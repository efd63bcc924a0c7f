"""Takes the README's pictures of the screen, from the screen itself: `python tests/screenshots.py`.

A simulated morning passes quickly, then time stands still and the picture is taken.
`tests/test_readme.py` fails when the pictures no longer show what the screen says.
"""

import asyncio
import html
import re
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor.settings.config import Chair, Config, Pins
from sensor.simulator.dates import started_at
from sensor.simulator.real_broker import go_live
from sensor.simulator.screen.app import SimulatorApp
from sensor.simulator.screen.runner import on_screen
from sensor.simulator.simulate import Options, read_script
from sensor.simulator.simulation import World

FOLDER = Path(__file__).parents[1] / ".github/images"
PICTURES = {"screen": (80, 24), "screen-large": (120, 40)}
"""Name of the file, and columns and lines of the terminal."""
HURRY, STROLL, TOLD = 1800, 120, 60
"""Speeds: until shortly before, then, so that messages come in order; and the one in the title."""
MOMENT = 9435.1
"""Seconds of the script: in the second burst of level 3, while the buzzer sounds."""


def taken() -> dict[str, str]:
    """Take the pictures; return them by name."""
    chair = Chair(id="simulated", name="Simulated chair", timezone="UTC")
    config = Config(chair=chair, pins=Pins(tamper=6, button=26))
    options = Options(script="workday", speed=HURRY)
    with ExitStack() as stack:
        world = World(
            config=config,
            steps=read_script("workday"),
            wall_start=started_at(None, "UTC"),
            state_dir=Path(stack.enter_context(TemporaryDirectory())),
        )
        stage = stack.enter_context(on_screen(world, None))
        stack.enter_context(go_live(world, config, options))
        world.at(MOMENT - 240, partial(setattr, world.pace, "speed", STROLL))
        world.at(MOMENT, partial(setattr, world.pace, "speed", 0))
        stack.enter_context(stage.running())
        return asyncio.run(_photographed(stage.app, world))


def words(picture: str) -> list[str]:
    """List what can be read in a picture, but for the messages and the broker's port."""
    pieces = re.findall(r'-line-(\d+)\)"[^>]*>([^<\n]+)<', picture)
    lines = [text for line, text in pieces if not 12 <= int(line) <= 20]
    return [re.sub(r"127.0.0.1:\d+", "", html.unescape(line)).strip("\xa0") for line in lines]


async def _photographed(app: SimulatorApp, world: World) -> dict[str, str]:
    pictures = {}
    async with app.run_test(size=PICTURES["screen"]) as pilot:
        app._speed = TOLD
        while world.seconds() < MOMENT:
            await pilot.pause(0.1)
        for name, size in PICTURES.items():
            await pilot.resize_terminal(*size)
            await pilot.pause(1)
            while app._view is None or app._view.wall < world.machine.wall():
                await pilot.pause(0.1)  # a busy machine: the screen shows an earlier second
            app._strip_at = 0
            app._look()
            await pilot.pause()
            picture = app.export_screenshot(title="chair-sensor simulate")
            # A page is not to fetch fonts from elsewhere; any monospaced one will do.
            pictures[name] = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return pictures


if __name__ == "__main__":
    for name, picture in taken().items():
        (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")
