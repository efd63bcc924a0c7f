"""The link of a chair without a broker (`mqtt.host = "none"`): it never connects."""

import logging

from sensor.daemon.ports import Link, Publication

log = logging.getLogger(__name__)


class NoLink(Link):
    """A link without another end: nothing is sent, nothing retried."""

    def open(self) -> None:
        """Say in the log that this is as it should be."""
        log.info("no broker is wanted (mqtt.host = none): alerts stay here")

    def publish(self, *publications: Publication) -> None:
        """Drop them, as any link does without a connection."""

    def alive(self) -> bool:
        """Tell that there is no machinery that could fail."""
        return True

    def close(self, farewell: Publication | None = None) -> None:
        """Do nothing: no connection was made."""
