"""What a day costs in Home Assistant's database: rows, counted where they are."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from chairs import ROOT, Ear, simulate
from house import House

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


@pytest.mark.parametrize("day", ["workday", "forgetful", "fidgety"])
def test_a_day_of_sitting_is_few_rows(
    *,
    day: str,
    house: House,
    ear: Ear,
    chair_id: str,
    introduced: Callable[[str], dict[str, str]],
    figure: Callable[[str], None],
) -> None:
    """No more than 1,000: states, their attributes, and 24 hours of statistics."""
    if not house.runs:
        house.start()
    event = introduced(chair_id)["event"]
    began, said, at = time.time(), len(ear.heard), time.monotonic()

    with simulate(chair_id, ear, (SCRIPTS / f"{day}.txt").read_text(), speed="max") as simulation:
        simulation.wait()
        house.await_attribute(event, "id", ear.on(chair_id, "event", said)[-1].payload["id"])
        house.await_state(event, "unavailable", since=at)
    mine = set(house.entities_of(chair_id).values())
    listed = house.ask("recorder/list_statistic_ids")
    statistics = sum(each["statistic_id"] in mine for each in listed)
    house.stop()

    states, attributes = rows_since(house.folder / "home-assistant_v2.db", began, chair_id)
    counted = states.total() + attributes + statistics * STATISTICS_A_DAY
    biggest = ", ".join(
        f"{entity_id.split(chair_id)[-1].strip('_') or 'chair'} {count}"
        for entity_id, count in states.most_common(6)
    )
    figure(
        f"{day}: {counted} rows = {states.total()} states + {attributes} attributes + "
        f"{statistics} x {STATISTICS_A_DAY} statistics; most: {biggest}"
    )
    assert counted <= MOST
