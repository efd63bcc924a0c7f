"""mqtt-io as it is, but with a mat that the benchmark can move. Runs on mqtt-io's interpreter."""

from gpiozero import Device
from mqtt_io.__main__ import main

from tests.bench.guests.driver import listen

MAT = 5


def _pull(closed: bool) -> None:
    pin = Device.pin_factory.pin(MAT)
    (pin.drive_low if closed else pin.drive_high)()


if __name__ == "__main__":
    listen(_pull)
    main()
