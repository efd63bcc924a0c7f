"""Choosing the GPIO chip, and each failure as one line of advice.

A folder stands in for /dev and one function for the kernel's answer; the library's own errors come
from a stand-in for lgpio, and from lgpio itself where it is installed.
"""

import fcntl
import grp
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from gpiozero.exc import PinUnknownPi
from gpiozero.pins.mock import MockFactory, MockPin

from sensor.errors import HardwareError
from sensor.hardware import chips as chips_file
from sensor.hardware.advice import advised
from sensor.hardware.chips import chips, real_factory
from sensor.hardware.pins import InputPin, OutputPin


class LgpioError(Exception):
    """As lgpio.error: its text comes out in quotes."""

    def __str__(self) -> str:
        return repr(self.args[0])


class Lgpio(ModuleType):
    """As much of lgpio as gpiozero imports and a factory opens."""

    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
    error = LgpioError

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.opened: list[int] = []
        self.busy = False

    def gpio_claim_input(self, _handle: int, _number: int, _flags: int) -> None:
        """Refuse a line that is busy."""
        if self.busy:
            raise LgpioError("GPIO busy")

    def gpiochip_close(self, handle: int) -> None:
        """Forget which chip was open."""
        del self.opened[handle]

    def gpiochip_open(self, chip: int) -> int:
        """Note which chip is asked for."""
        self.opened.append(chip)
        return 0


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lgpio]:
    """Put the stand-in where `import lgpio` finds it, for gpiozero too."""
    module = Lgpio()
    monkeypatch.setitem(sys.modules, "lgpio", module)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    yield module
    sys.modules.pop("gpiozero.pins.lgpio", None)  # it holds on to the stand-in


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty /dev; a file gpiochipN in it is a chip, its content the label."""

    def chip_info(descriptor: int, _request: int, info: bytes) -> bytes:
        return (b"gpiochip".ljust(32, b"\0") + os.read(descriptor, 32)).ljust(len(info), b"\0")

    monkeypatch.setattr(chips_file, "DEVICES", tmp_path)
    monkeypatch.setattr(fcntl, "ioctl", chip_info)
    return tmp_path


def failure(chip: int | None = None) -> str:
    """Open the real factory in vain, and return the line it ends with."""
    with pytest.raises(HardwareError) as caught:
        real_factory(chip)
    return str(caught.value)


class TestChip:
    """Which chip is opened."""

    @pytest.mark.parametrize(
        ("labels", "header"),
        [
            ({0: "pinctrl-bcm2835", 1: "raspberrypi-exp-gpio"}, 0),
            ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
            ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
            ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
            ({2: "gpio-brcmstb@107d508500", 10: "pinctrl-rp1"}, 10),
        ],
    )
    def test_the_header_is_found_by_its_label(
        self, labels: dict[int, str], header: int, dev: Path, lgpio: Lgpio
    ) -> None:
        """On every model and kernel the 40-pin header's chip is opened, with each gpiozero."""
        for number, label in labels.items():
            (dev / f"gpiochip{number}").write_text(label)

        factory = real_factory(None)

        assert lgpio.opened == [header]
        assert factory.chip == header

    def test_a_chosen_chip_is_taken(self, dev: Path, lgpio: Lgpio) -> None:
        """`chip = 1` opens that chip, whatever its label; gpiozero 2.0 would have ignored it."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")
        (dev / "gpiochip1").write_text("something else")

        real_factory(1)

        assert lgpio.opened == [1]

    def test_a_busy_line_is_closed(
        self, dev: Path, lgpio: Lgpio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The library's thread may be looking at a line that is let go: no reason for a bad end."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")
        factory = real_factory(None)
        monkeypatch.setattr(factory, "_get_revision", lambda: 0xC03114)
        factory.pin("GPIO5")
        lgpio.busy = True

        factory.close()

        assert lgpio.opened == []

    def test_the_chips_are_listed(self, dev: Path) -> None:
        """The doctor gets each chip's label, in the order of the numbers."""
        (dev / "gpiochip10").write_text("gpio-brcmstb@107d508500")
        (dev / "gpiochip4").write_text("pinctrl-rp1")
        (dev / "gpiomem").write_text("no chip")

        assert list(chips().items()) == [(4, "pinctrl-rp1"), (10, "gpio-brcmstb@107d508500")]


@pytest.mark.usefixtures("dev")
class TestFactoryAdvice:
    """What is said when there is no way to the pins."""

    def test_no_chip_at_all(self, dev: Path) -> None:
        """A laptop is told to use the simulator."""
        assert failure() == (
            f"[pins] chip: no {dev}/gpiochip* here: this machine is not a Raspberry Pi; "
            "`chair-sensor simulate` runs anywhere, "
            "as a seat without a wire does (`chair-sensor setup`)"
        )

    def test_no_known_header(self, dev: Path) -> None:
        """Another board's chips are listed, so that one can be chosen."""
        (dev / "gpiochip0").write_text("gpio-mockup-A")

        assert failure() == (
            "[pins] chip: none of gpiochip0 (gpio-mockup-A) is known as the 40-pin header; "
            "if one of them is, set its number, else see what `dmesg | grep pinctrl` says "
            "(see hardware.md)"
        )

    def test_a_chip_that_is_not_there(self, dev: Path) -> None:
        """A wrong number is named with its file."""
        assert failure(7) == (
            f"[pins] chip = 7: {dev}/gpiochip7: no such chip; leave `chip` out, or see what "
            "`gpioinfo` lists (see hardware.md)"
        )

    def test_no_permission(self, dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A user outside the group gpio is told how to join it."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")

        def refuse(path: Path, _flags: int) -> int:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(os, "open", refuse)  # root may open anything
        monkeypatch.setattr(grp, "getgrnam", {}.__getitem__)  # of plain Debian

        line = failure()

        assert "there is no such group yet: first sudo groupadd --system gpio" in line
        assert "/etc/udev/rules.d/60-gpio.rules" in line
        assert line.startswith(f"[pins] chip: {dev}/gpiochip0: permission denied; join the group")
        assert "`sudo usermod -aG gpio $USER`" in line

    def test_no_lgpio(self, dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the library the line says what to install, and that a venv must see it."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")
        monkeypatch.setitem(sys.modules, "lgpio", None)

        assert failure() == (
            "the lgpio library is missing or an empty shell; `sudo apt install python3-lgpio`, "
            "and make the virtual environment with --system-site-packages (see hardware.md)"
        )

    def test_the_empty_lgpio(self, dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The empty file that pip may take for lgpio (0.0.0.2) gets the same advice."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")
        monkeypatch.setitem(sys.modules, "lgpio", ModuleType("lgpio"))
        monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)

        assert failure().startswith("the lgpio library is missing or an empty shell; ")

    def test_the_chip_goes_away(
        self, dev: Path, lgpio: Lgpio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What lgpio itself says is passed on without its quotes."""
        (dev / "gpiochip0").write_text("pinctrl-bcm2711")

        def refuse(_chip: int) -> int:
            raise LgpioError("can not open gpiochip")

        monkeypatch.setattr(lgpio, "gpiochip_open", refuse)

        assert failure() == "[pins] chip: can not open gpiochip (see hardware.md)"


@pytest.mark.skipif(importlib.util.find_spec("lgpio") is None, reason="lgpio is not installed")
def test_a_working_directory_without_a_fifo() -> None:
    """The real lgpio where nobody can write: the line says where to start instead."""
    code = (
        "from sensor.hardware import chips\n"
        "try: chips._lgpio_factory(0)\n"
        "except chips.HardwareError as error: print(error)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/proc",
        env={**os.environ, "PYTHONPATH": str(Path(chips_file.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == (
        "lgpio cannot make its FIFO in /proc; start in a directory of your own, a unit with "
        "RuntimeDirectory= and WorkingDirectory= (see hardware.md)\n"
    )


@pytest.mark.skipif(importlib.util.find_spec("lgpio") is None, reason="lgpio is not installed")
def test_the_working_directory_stays_clean(tmp_path: Path) -> None:
    """The real lgpio leaves no FIFO where it was started, and still has its own."""
    code = (
        "from sensor.hardware import chips\n"
        "try: chips._lgpio_factory(0)\n"
        "except Exception as error: print(error)\n"
        "import lgpio; print(lgpio._notify_thread.is_alive())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(chips_file.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "True"
    assert list(tmp_path.iterdir()) == []


class TestPinAdvice:
    """What is said about one pin."""

    def test_a_pin_that_does_not_exist(self) -> None:
        """A number off the header is named with its key."""
        with pytest.raises(HardwareError) as caught:
            OutputPin("buzzer", 40, MockFactory()).open()

        assert str(caught.value) == (
            "[pins] buzzer = 40: no such pin on the 40-pin header; BCM numbers go from 0 to 27 "
            "(see hardware.md)"
        )

    def test_two_wires_on_one_pin(self) -> None:
        """Mat and button on the same pin are a mistake of the settings, not a busy pin."""
        factory = MockFactory()
        with InputPin("mat", 5, factory, print), pytest.raises(HardwareError) as caught:
            InputPin("button", 5, factory, print).open()

        assert str(caught.value) == (
            "[pins] button = 5: another wire of chair-sensor has this pin; give each its own "
            "number (see hardware.md)"
        )

    def test_a_fixed_pull(self) -> None:
        """A pin whose pull cannot be changed is told by number."""
        factory = MockFactory()

        with (
            pytest.raises(HardwareError, match=r"^\[pins\] led = 2: this pin has a fixed pull-up"),
            advised("led", 2),
        ):
            factory.pin(2).pull = "down"

    @pytest.mark.usefixtures("lgpio")
    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("GPIO busy", "taken by another program or an overlay (1-Wire has GPIO 4,"),
            ("bad GPIO number", "the chip has no such line; set the chip of the 40-pin header"),
            ("unexpected error", "unexpected error (see hardware.md)"),
        ],
    )
    def test_what_lgpio_refuses(self, text: str, advice: str) -> None:
        """What lgpio says in two words becomes a reason and a fix; the unknown is passed on."""

        class RefusedPin(MockPin):
            """A pin that cannot be claimed."""

            def __init__(self, *_: object) -> None:
                raise LgpioError(text)

        with pytest.raises(HardwareError) as caught:
            InputPin("mat", 5, MockFactory(pin_class=RefusedPin), print).open()

        assert str(caught.value).startswith(f"[pins] mat = 5: {advice}")
        assert "\n" not in str(caught.value)

    def test_not_a_pi(self) -> None:
        """A board that gpiozero does not know is told to use the simulator."""

        class StrangeFactory(MockFactory):
            """A factory on a machine without a Pi's revision."""

            def _get_revision(self) -> int:
                message = "unable to locate Pi revision"
                raise PinUnknownPi(message)

        with pytest.raises(HardwareError, match="simulate` runs anywhere"):
            InputPin("mat", 5, StrangeFactory(), print).open()

    def test_other_errors_pass(self) -> None:
        """A bug of ours is not dressed up as a wiring problem."""
        with pytest.raises(ZeroDivisionError), advised("mat", 5):
            raise ZeroDivisionError
