"""What goes over the connection, counted: for the diagnostics and for `status`.

To add a sensor about the connection: here its key with type and sentence, its field, set where it
is counted, and its value in `report`. Home Assistant shows it as an attribute of *Started at*.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypedDict


class ConnectionMessage(TypedDict):
    """The part of the diagnostics that is about the connection."""

    reconnects: int
    """times the broker came back"""
    last_heard_at: str | None
    """last sign of life of the broker"""


class Traffic:
    """Outlives the connections. Written by the network thread, read by the daemon's."""

    def __init__(self) -> None:
        self.connections = 0
        """How often a connection was made."""
        self.last_heard: float | None = None
        """When the broker last sent anything, by the daemon's clock; None: never."""
        self.refused: Mapping[str, str] = MappingProxyType({})
        """Topics that the broker does not take, each with the reason."""

    def connected(self, now: float) -> None:
        """Count a connection that was made."""
        self.connections += 1
        self.heard(now)

    def heard(self, now: float) -> None:
        """Note that the broker has sent something; `now` is of the daemon's clock."""
        self.last_heard = now

    @property
    def reconnects(self) -> int:
        """How often a connection was made anew after the first one."""
        return max(0, self.connections - 1)

    def report(self, label: Callable[[float | None], str | None]) -> ConnectionMessage:
        """Return that part of the diagnostics; `label` writes a moment of the daemon's clock."""
        return {"reconnects": self.reconnects, "last_heard_at": label(self.last_heard)}
