"""The inbox: who comes first, and what finds no room."""

from sensor.daemon.inbox import (
    BACKLOG,
    ButtonPressed,
    Connected,
    ContactRead,
    Done,
    Inbox,
    Message,
    Received,
    StopAsked,
)


def command(number: int) -> Received:
    """Make a command that can be told from others."""
    return Received(topic="set/snooze", payload=b"%d" % number, retained=False, at=0)


def drained(inbox: Inbox) -> list[object]:
    """Take all that is there, nudges left out."""
    found = []
    while inbox:
        found.append(inbox.get())
    return [message for message in found if message is not None]


def test_edges_button_and_stop_overtake_commands() -> None:
    """Whatever is not news of the network comes first, each kind in its own order."""
    inbox = Inbox()
    urgent: list[Message] = [
        ContactRead(False, 1),
        ButtonPressed(2),
        Done(print, 3),
        StopAsked("", 4),
    ]
    for message in (Connected(0), command(1), *urgent, command(2)):
        inbox.put(message)

    assert inbox.has_urgent
    assert drained(inbox) == [*urgent, Connected(0), command(1), command(2)]
    assert not inbox.has_urgent


def test_the_oldest_commands_are_dropped() -> None:
    """Of more commands than the backlog holds the newest stay, and so does everything else."""
    inbox = Inbox()
    inbox.put(Connected(0))
    for number in range(BACKLOG + 5):
        inbox.put(command(number))
    inbox.put(ContactRead(True, 1))

    found = drained(inbox)

    assert found[:2] == [ContactRead(True, 1), Connected(0)]
    assert found[2:] == [command(number) for number in range(6, BACKLOG + 5)]
    assert inbox.dropped == 6


def test_who_sits_is_not_dropped_for_commands() -> None:
    """A seat on the broker is heard in a flood; a flood of its own has the same bound."""
    inbox, seat = Inbox(), Received(topic="z/chair", payload=b"", retained=False, at=0)
    inbox.spared = {"z/chair"}
    inbox.put(seat)
    for number in range(2 * BACKLOG):
        inbox.put(command(number))
    assert drained(inbox)[0] == seat

    for _ in range(2 * BACKLOG):
        inbox.put(seat)
    assert drained(inbox) == [seat] * BACKLOG


def test_a_nudge_is_no_message() -> None:
    """A nudge wakes the one who waits, and leaves the messages where they are."""
    inbox = Inbox()
    inbox.nudge()

    assert inbox
    assert inbox.get(timeout=1) is None
    assert not inbox
