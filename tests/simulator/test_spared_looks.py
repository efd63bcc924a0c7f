"""Looks at pins and clocks that a simulation spares the daemon: nobody notices."""

from functools import partial
from pathlib import Path

from sensor.daemon.ports import Observer
from tests.play import Player

SCRIPT = """
0:00:20 sit
1:01:10 stand
1:30:00 clock +3h
2:10:00 stall 95s
2:40:00 sit
2:50:00 suspend 20m
3:20:00 crash 45s
3:41:00 reboot 90s unsynced
3:50:00 clock +90s
5:00:00 stand
9:00:00 end
"""
MAT, LOST_AT = 5, 7 * 3600 + 11.25


class Turns(Observer):
    """Hears of each turn, so that none is spared."""

    heard = 0

    def turned(self, _at: float) -> None:
        """Count it."""
        self.heard += 1


def test_the_records_are_the_same(play: Player, tmp_path: Path) -> None:
    """Also a lost edge is found at the very look that would have found it."""
    turns, records = Turns(), []
    for observers in ([], [turns]):
        game = play(SCRIPT)
        game.world.state_dir = tmp_path / str(len(observers))
        game.world.state_dir.mkdir()
        game.world.observers += observers
        game.at(LOST_AT, partial(game.lose_edge, MAT, high=False))
        records.append(game.run().jsonl)

    assert records[0] == records[1]
    assert [game.state(t)["occupied"] for t in (LOST_AT, LOST_AT + 60)] == [False, True]
    assert turns.heard > 9 * 120
