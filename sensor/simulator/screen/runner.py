"""The screen of a simulation: a thread for the simulation, a client of the broker to listen in."""

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from random import Random
from secrets import token_hex
from threading import Thread
from typing import TextIO

from sensor.daemon.ports import Publication
from sensor.mqtt.client import PahoLink
from sensor.mqtt.topics import Topics
from sensor.simulator.screen.app import SimulatorApp
from sensor.simulator.screen.feed import Feed, News
from sensor.simulator.simulation import World


class Runner:
    """A simulation with a screen."""

    def __init__(self, world: World, feed: Feed, news: News) -> None:
        self.app = SimulatorApp(world, feed, news)
        self._world = world
        self._news = news

    def play(self) -> str | None:
        """Show the simulation to its end; return `quit`, `again`, or None if a signal ended it."""
        with self.running():
            return self.app.run()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the simulation in its thread, and let the screen listen to the broker."""
        listener = _listener(self._world, self._news)
        end: Future[None] = Future()
        thread = Thread(target=self._turn, args=(end,), name="world")
        listener.open()
        thread.start()
        try:
            yield
        finally:
            self._world.finish()
            thread.join()
            listener.close()
        end.result()

    def _turn(self, end: Future[None]) -> None:
        """Run the simulation; this is its thread. An error is raised when the screen is gone."""
        try:
            self._world.run()
            end.set_result(None)
        except BaseException as error:  # noqa: BLE001  (kept for the thread that shows it)
            end.set_exception(error)
        finally:
            self._world.over = True


@contextmanager
def on_screen(world: World, records_to: TextIO | None) -> Iterator[Runner]:
    """Yield the screen; meanwhile the log is shown on it and nowhere else."""
    world.records = feed = Feed(records_to, lambda: world.t)
    world.observers.append(feed)
    world.endless = True
    news = News()
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, [news.handler]
    try:
        yield Runner(world, feed, news)
    finally:
        root.handlers = handlers


def _listener(world: World, news: News) -> PahoLink:
    """Return a client of its own: the screen shows only messages that the broker has sent."""
    mqtt = world.config.mqtt
    topics = Topics.of(mqtt, str(world.config.chair.id))
    return PahoLink(
        settings=mqtt,
        client_id=f"chair-sensor-screen-{token_hex(4)}",
        will=Publication(topic=f"{mqtt.base_topic}/screen", payload=""),
        subscriptions=(
            *(f"{topics.base}/#", topics.discovery, topics.birth_topic),
            *(
                topic
                for topic in world.config.seat.topics
                if not topic.startswith(f"{topics.base}/")
            ),
        ),
        inbox=news,
        now=world.machine.wall,
        random=Random(),  # noqa: S311  (jitter)
    )
