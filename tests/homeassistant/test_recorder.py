"""What a day costs in Home Assistant's database: rows, counted where they are."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homeassistant.chairs import ROOT, Ear, simulate
from tests.homeassistant.house import House

DAYS = ("workday", "forgetful", "fidgety")
SCRIPTS = ROOT / "sensor/simulator/scripts"
MOST = 1000
STATISTICS_A_DAY = 24 * 12 + 24
"""Rows for each entity with a state class: one every five minutes, and one an hour."""

_STATES = """
SELECT states_meta.entity_id, count(*) FROM states JOIN states_meta USING (metadata_id)
WHERE last_updated_ts > :began AND states_meta.entity_id LIKE :mine GROUP BY states_meta.entity_id
"""
_ATTRIBUTES = """
SELECT count(DISTINCT attributes_id) FROM states JOIN states_meta USING (metadata_id)
WHERE last_updated_ts > :began AND states_meta.entity_id LIKE :mine AND attributes_id NOT IN (
    SELECT attributes_id FROM states WHERE last_updated_ts <= :began AND attributes_id NOT NULL)
"""


def rows_since(database: Path, began: float, chair_id: str) -> tuple[Counter[str], int]:
    """Count a chair's states, by entity, and their new attributes; Home Assistant has ended."""
    which = {"began": began, "mine": f"%{chair_id}%"}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
        states = Counter(dict(rows.execute(_STATES, which)))
        (attributes,) = rows.execute(_ATTRIBUTES, which).fetchone()
    return states, attributes


@dataclass(frozen=True)
class Count:
    """What a chair's day has left in the database."""

    states: Counter[str]
    attributes: int
    statistics: int

    @property
    def rows(self) -> int:
        """All rows of that day."""
        return self.states.total() + self.attributes + self.statistics * STATISTICS_A_DAY


@pytest.fixture(scope="module")
def counted(
    peaceful_house: House, ear: Ear, introduced: Callable[[str], dict[str, str]]
) -> dict[str, Count]:
    """Live through all the days, and count what each has left when Home Assistant has ended."""
    house, began, statistics = peaceful_house, {}, {}
    for day in DAYS:
        event = introduced(chair_of(day))["event"]
        began[day], said, at = time.time(), len(ear.heard), time.monotonic()
        script = (SCRIPTS / f"{day}.txt").read_text()
        with simulate(chair_of(day), ear, script, speed="max") as simulation:
            simulation.wait()
            ear.await_farewell(chair_of(day), said)
            last = ear.on(chair_of(day), "event", said)[-1].payload
            house.await_attribute(event, "id", last["id"])
            house.await_state(event, "unavailable", since=at)
        mine = set(house.entities_of(chair_of(day)).values())
        listed = house.ask("recorder/list_statistic_ids")
        statistics[day] = sum(each["statistic_id"] in mine for each in listed)
    house.stop()
    database = house.folder / "home-assistant_v2.db"
    return {
        day: Count(*rows_since(database, began[day], chair_of(day)), statistics[day])
        for day in DAYS
    }


def chair_of(day: str) -> str:
    """Name the chair on which a day is lived."""
    return f"recorded_{day}"


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_sitting_is_few_rows(
    *, day: str, counted: dict[str, Count], figure: Callable[[str], None]
) -> None:
    """No more than 1,000: states, their attributes, and 24 hours of statistics."""
    count = counted[day]

    biggest = ", ".join(
        f"{entity_id.split(chair_of(day))[-1].strip('_') or 'chair'} {number}"
        for entity_id, number in count.states.most_common(6)
    )
    figure(
        f"{day}: {count.rows} rows = {count.states.total()} states + {count.attributes} attributes"
        f" + {count.statistics} x {STATISTICS_A_DAY} statistics; most: {biggest}"
    )
    assert count.rows <= MOST
