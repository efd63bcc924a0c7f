"""The process of the daemon on the simulated machine: started, stopped, killed."""

from contextlib import ExitStack
from hashlib import sha256
from typing import TYPE_CHECKING

from sensor.app import LIFE_BYTES, assembled
from sensor.daemon.inbox import Inbox, StopAsked
from sensor.daemon.ports import Clock, Link, Scratch
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.simulator.faults import SlowLink
from sensor.simulator.wires import SimulatedFactory

if TYPE_CHECKING:
    from sensor.simulator.simulation import World


class Memory(Scratch):
    """The machine's memory: a killed process leaves its line, a power cut none."""

    line = ""

    def write(self, line: str) -> bool:
        """Put a line in the place of the last one."""
        self.line = line
        return True

    def read(self) -> str:
        """Return the last line."""
        return self.line


class Process:
    """The daemon with all that ends with its process: inbox, pins, connection."""

    def __init__(self, world: "World", seed: int) -> None:
        self.inbox = Inbox()
        self._world = world

        def make_link(topics: Topics, inbox: Inbox, traffic: Traffic) -> Link:
            return SlowLink(world.broker.connect(topics, inbox, traffic), world.way)

        self.stack = ExitStack()
        """All that is closed with the process, the newest first."""
        self.daemon = self.stack.enter_context(
            assembled(
                world.config,
                state_dir=world.state_dir,
                clock=world.machine,
                inbox=self.inbox,
                factory=SimulatedFactory(world.chair.wires),
                make_link=make_link,
                observers=[*world.observers, *([world.recording] if world.recording else [])],
                connect=world.disk.connect,
                replace=world.disk.replace,
                seed=seed,
                life=world.next_life or _name_of_life(world.machine),
                disk=world.disk_jobs(),
                scratch=world.scratch,
            )
        )

    def stop(self, why: str) -> None:
        """End it as SIGTERM does."""
        with self.stack:
            self.daemon.turn(StopAsked(why, self._world.machine.now()))
            self.daemon.stop()
        self._world.chair.wires.attach(None)

    def cut_off(self) -> None:
        """Disconnect the daemon's pins from the chair."""
        self._world.chair.wires.attach(None)

    def close(self) -> None:
        """Close what the daemon has left open."""
        self.stack.close()


def _name_of_life(clock: Clock) -> str:
    """Return a name that no other life of this simulation has: the same in each run of it."""
    return sha256(f"{clock.boot_id} {clock.now()}".encode()).hexdigest()[: 2 * LIFE_BYTES]
