"""The script that everybody writes first: gpiozero, paho, and nothing else.

It counts nothing, alerts nobody, and forgets everything when it stops.
"""

import sys
from signal import pause

from gpiozero import Buzzer, Device, DigitalInputDevice
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

MAT = 5
BUZZER = 17


def main() -> None:
    """Publish the mat until SIGTERM."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.loop_start()
    mat = DigitalInputDevice(MAT, pull_up=True)
    mat.when_activated = lambda: client.publish("bare/mat", "ON", qos=1)
    mat.when_deactivated = lambda: client.publish("bare/mat", "OFF", qos=1)
    if "beeping" in sys.argv:
        Buzzer(BUZZER).beep(0.5, 0.5)
    if "driven" in sys.argv:
        from tests.bench.guests.driver import listen  # noqa: PLC0415

        pin = Device.pin_factory.pin(MAT)
        listen(lambda closed: pin.drive_low() if closed else pin.drive_high())
    client.publish("bare/availability", "online", qos=1, retain=True)
    pause()


if __name__ == "__main__":
    main()
