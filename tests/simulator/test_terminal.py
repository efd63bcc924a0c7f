"""`chair-sensor simulate` on a terminal: the screen comes, goes, and leaves nothing behind."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from select import select
from threading import Condition, Event, Lock, Thread

import pytest

from sensor.simulator.screen.driver import CONSOLE
from tests.kit import MosquittoStarter, Observe

pytestmark = pytest.mark.slow

PATIENCE = 60.0
FULL = 0.3
"""Seconds for which a terminal takes nothing, until it is believed to be full."""
ROOT = Path(__file__).parents[2]
OPENED, CLOSED, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
MOUSE_OFF = "\x1b[?1000l"
COLOUR = re.compile(r"\x1b\[(?:[\d;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")
WITHOUT_TEXTUAL = (
    "import sys; sys.modules['textual'] = None; "
    "from sensor.commands.main import main; sys.exit(main())"
)


class Terminal:
    """A process on a pseudo-terminal of 80x24."""

    def __init__(self, scratch: Path, command: list[str], environ: dict[str, str]) -> None:
        self.said = ""
        self._news = Condition()
        self._reads = Event()
        self._reads.set()
        self._turn = Lock()
        self._hung_up = False
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._before = termios.tcgetattr(self._slave)
        kept = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            command,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**kept, "TERM": "xterm-256color", "TMPDIR": str(scratch), **environ},
            cwd=ROOT,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # the last one has let go of the terminal
            while self._reads.wait() and not self._hung_up:
                with self._turn:
                    data = os.read(self._master, 65536) if self._reads.is_set() else b""
                with self._news:
                    self.said += data.decode(errors="replace")
                    self._news.notify()

    def see(self, pattern: str) -> None:
        """Wait until this has been written."""
        with self._news:
            seen = self._news.wait_for(lambda: re.search(pattern, self.said), PATIENCE)
        assert seen, self.said[-2000:]

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def stall(self) -> None:
        """Read nothing more, and fill the terminal, so that it takes nothing more."""
        self._reads.clear()
        fill = os.open(os.ttyname(self._slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            os.write(fill, b"x")  # the reader may wait for it
        with self._turn:
            while select([], [fill], [], FULL)[1]:
                with suppress(BlockingIOError):
                    os.write(fill, b"x" * 64)
        os.close(fill)

    def hang_up(self) -> None:
        """Close the terminal, as a window is closed or a connection breaks off."""
        self._hung_up = True
        os.close(self._slave)
        os.close(self._master)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        return self.process.wait(PATIENCE)

    def is_as_before(self) -> bool:
        """Whether the terminal is in the mode in which it was found."""
        return termios.tcgetattr(self._slave) == self._before

    def close(self) -> None:
        """Kill what is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self._reads.set()
        if not self._hung_up:
            os.close(self._slave)
            self._reader.join(PATIENCE)
            os.close(self._master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Start `chair-sensor simulate` on a terminal."""
    started: list[Terminal] = []

    def run(*arguments: str, program: tuple[str, ...] = ("-m", "sensor"), **env: str) -> Terminal:
        command = [sys.executable, *program, "simulate", *arguments]
        started.append(Terminal(tmp_path, command, env))
        return started[-1]

    yield run
    for each in started:
        each.close()


def quit_by_key(shown: Terminal) -> None:
    """Press q."""
    shown.type("q")


def quit_by_signal(number: int) -> Callable[[Terminal], None]:
    """Send a signal: kill, or the end of the ssh connection."""
    return lambda shown: shown.process.send_signal(number)


@pytest.mark.parametrize(
    ("leave", "by_key"),
    [
        pytest.param(quit_by_key, True, id="q"),
        pytest.param(lambda shown: shown.type("\x03"), True, id="ctrl-c"),
        pytest.param(quit_by_signal(signal.SIGTERM), False, id="sigterm"),
        pytest.param(quit_by_signal(signal.SIGHUP), False, id="sighup"),
    ],
)
def test_comes_and_goes(
    terminal: Callable[..., Terminal],
    tmp_path: Path,
    leave: Callable[[Terminal], None],
    by_key: bool,
) -> None:
    """The screen opens, and whichever way it ends, terminal and disk are as before.

    Who leaves by a key is told where to go on.
    """
    shown = terminal()
    shown.see(re.escape(OPENED))
    shown.see("the chair is online")

    leave(shown)

    assert shown.end() == 0
    assert shown.is_as_before()
    shown.see(re.escape(CLOSED))
    after = shown.said[shown.said.rindex(OPENED) :]
    assert ("next: chair-sensor report --demo" in after) is by_key
    assert CURSOR in after
    assert MOUSE_OFF in after
    assert list(tmp_path.iterdir()) == []


def test_without_colour(terminal: Callable[..., Terminal]) -> None:
    """With NO_COLOR not one colour is written; what it says is in the words."""
    shown = terminal("--speed", "600", NO_COLOR="1")
    shown.see("SITTING")
    shown.see("BREAK")
    shown.type("q")

    assert shown.end() == 0
    assert COLOUR.findall(shown.said) == []


def test_with_colour(terminal: Callable[..., Terminal]) -> None:
    """Otherwise there are colours: the test above would see them."""
    shown = terminal("--speed", "600")
    shown.see("SITTING")
    shown.type("q")

    assert shown.end() == 0
    assert COLOUR.findall(shown.said)


def test_on_a_linux_console(terminal: Callable[..., Terminal]) -> None:
    """Its fonts have blocks and lines, but no quarters, eighths or bows."""
    shown = terminal("--speed", "600", TERM="linux")
    shown.see("SITTING")
    shown.type("x")
    shown.see("what goes wrong")
    shown.type("xq")

    assert shown.end() == 0
    assert "█" in shown.said
    assert {sign for sign in shown.said if ord(sign) in CONSOLE} == set()


@pytest.mark.parametrize(
    ("arguments", "environ"), [(["--plain"], {}), ([], {"TERM": "dumb"}), (["--speed", "max"], {})]
)
def test_plain(
    terminal: Callable[..., Terminal], arguments: list[str], environ: dict[str, str]
) -> None:
    """Asked for, on a terminal that can nothing, and at full speed there are plain lines."""
    shown = terminal(*arguments, **environ)
    if environ:
        shown.see("plain lines, because TERM=dumb cannot show the screen")
    shown.see("MQTT broker on 127")
    shown.see("connected to broker")
    shown.process.send_signal(signal.SIGINT)

    assert shown.end() == 0
    assert "\x1b" not in shown.said


def test_script_alone(terminal: Callable[..., Terminal]) -> None:
    """A script without a speed is still a matter of seconds, and of plain lines."""
    shown = terminal("--script", "workday")

    assert shown.end() == 0
    assert "\x1b" not in shown.said
    assert "break_due" in shown.said


def test_without_textual(terminal: Callable[..., Terminal]) -> None:
    """Where Textual is missing one line says so, and plain lines follow."""
    shown = terminal(program=("-c", WITHOUT_TEXTUAL))
    shown.see(r"textual is missing; for the screen: [^\r\n]* install (python3-)?textual\r?\n")
    shown.see("connected to broker")
    shown.process.send_signal(signal.SIGINT)

    assert shown.end() == 0
    assert "\x1b" not in shown.said


def test_nobody_listens(terminal: Callable[..., Terminal]) -> None:
    """A broker that is not there is told in one line, before any screen."""
    shown = terminal("--broker", "127.0.0.1:1")

    assert shown.end() == 1
    assert "connection refused by 127.0.0.1:1" in shown.said
    assert "\x1b" not in shown.said


def hang_up(shown: Terminal) -> None:
    """Close the window: what is written from now on fails, and nothing can be read."""
    shown.hang_up()


def stand_still(shown: Terminal) -> None:
    """Read nothing more, as a connection that has stalled, and be told to end."""
    shown.stall()
    shown.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("arguments", [(), ("--plain",)])
@pytest.mark.parametrize("leave", [hang_up, stand_still])
def test_a_terminal_that_is_gone(
    terminal: Callable[..., Terminal],
    tmp_path: Path,
    arguments: tuple[str, ...],
    leave: Callable[[Terminal], None],
) -> None:
    """Whatever the terminal does, the simulation ends soon, with its broker and its folder."""
    shown = terminal(*arguments, "--speed", "600")
    shown.see("the chair is online|connected to broker")

    leave(shown)
    code = shown.end()

    assert code == (128 + signal.SIGTERM if leave is stand_still else 1 if arguments else 0)
    assert list(tmp_path.iterdir()) == []


def test_without_utf_8(terminal: Callable[..., Terminal]) -> None:
    """Where the locale has no pictures one line says so, and plain lines follow."""
    shown = terminal(LC_ALL="C")
    shown.see(r"plain lines, because this terminal's encoding \(ascii\) cannot show the screen")
    shown.see("connected to broker")
    shown.process.send_signal(signal.SIGINT)

    assert shown.end() == 0
    assert "\x1b" not in shown.said


@pytest.mark.parametrize(("answer", "told"), [("y", "removed chair"), ("", "to remove the device")])
def test_the_device_may_be_removed(
    terminal: Callable[..., Terminal],
    mosquitto: MosquittoStarter,
    observe: Observe,
    answer: str,
    told: str,
) -> None:
    """At a broker of one's own the simulation begins now, and asks at its end what is to stay."""
    broker = mosquitto()
    shown = terminal("--broker", f"127.0.0.1:{broker.port}", "--set", "chair.name=Try")
    shown.see(f"{datetime.now().astimezone():%Y} ")
    shown.see("the chair is online")
    shown.type("q")
    shown.see(rf"Remove chair simulated \(Try\) from broker 127.0.0.1:{broker.port}, and from Home")
    shown.type(f"{answer}\n")
    shown.see(told)

    assert shown.end() == 0
    observer = observe(broker.port)
    observer.publish("chair-sensor/simulated/last", "no more", retain=True)
    topics = set(iter(lambda: observer.next()[0], "chair-sensor/simulated/last"))
    assert ("chair-sensor/simulated/state" in topics) is (answer != "y")
