"""The core's state as text and back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.core import events
from sensor.core.events import DoNotDisturb, LoopIs, Snooze, Suspended, Void
from sensor.daemon import codec

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def stories(chair: Any) -> list[Any]:
    """Live through a day in which every kind of state comes up; return them all."""
    states = [chair.state]
    for clock, happening in (
        ("0:00", events.ContactIs(closed=True)),
        ("30:00", events.TestBuzzer()),
        ("56:00", events.StorageIs(well=False)),
        ("61:00", None),
        ("63:00", Snooze()),
        ("69:00", DoNotDisturb(on=True)),
        ("70:00", events.ContactIs(closed=False)),
        ("70:20", None),
        ("70:40", events.ContactIs(closed=True)),
        ("71:00", Suspended(10)),
        ("80:00", LoopIs(closed=False)),
        ("81:00", LoopIs(closed=True)),
        ("82:00", Void()),
        ("90:00", events.ContactIs(closed=False)),
        ("99:00", None),
    ):
        chair.at(clock, *([] if happening is None else [happening]))
        states.append(chair.state)
    states.append(chair.sit("100:00").at("110:00").restarted(20, closed=True).state)
    return states


def test_every_kind_of_state_comes_back(stopwatch: Callable[..., Any]) -> None:
    """What is read is what was written."""
    states = stories(stopwatch())

    actual = [codec.decode(codec.encode(state)) for state in states]

    kinds = {type(state.sitting).__name__ for state in states}
    assert kinds == {"Idle", "Seated", "Absent", "Resuming", "Ignored"}
    assert states == actual


def test_fields_come_and_go(stopwatch: Callable[..., Any]) -> None:
    """A field that is no more is passed over, a missing one takes its default."""
    state = stopwatch().state
    plain = json.loads(codec.encode(state))
    plain["colour"] = "blue"
    plain["day"]["weather"] = None
    del plain["serial"], plain["sitting"], plain["day"]["chair"]

    actual = codec.decode(json.dumps(plain))

    assert state == actual


def test_a_bout_that_an_older_version_counted(stopwatch: Callable[..., Any]) -> None:
    """Its counts were in day and week while it was open, and must not be added again."""
    chair = stopwatch(wall=datetime(2026, 3, 3, 3, tzinfo=UTC))
    chair.sit("0:00").at("50:00").stand("62:00").sit("62:30").at("65:00")
    expected = [chair.report()[part] for part in ("today", "week")]
    plain = json.loads(codec.encode(chair.state))
    del plain["sitting"]["bout"]["counts"], plain["day"]["carried"], plain["week"]["carried"]
    plain["day"] |= {"before": 3600, "transitions": 1, "alerts": 1, "alerts_heeded": 1}
    plain["week"] |= {"chair": 3600, "prolonged": 3600, "bouts": 1}
    plain["leap"] = {"kind": "Leap", "at": 0, "day": None}

    chair.state = codec.decode(json.dumps(plain))
    actual = [chair.report()[part] for part in ("today", "week")]
    closed = chair.stand("66:00").at("80:00").report()["today"]

    assert expected == actual
    assert [closed["chair_seconds"], closed["bouts"], closed["alerts"]] == [330, 0, 1]
    assert chair.report()["week"]["chair_seconds"] == 3930


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"State"',
        "{}",
        '{"kind": null}',
        '{"kind": []}',
        '{"kind": "Universe"}',
        '{"kind": "State"}',
        '{"kind": "Idle", "since": null}',
        '{"kind": "Hold", "until": 1, "why": "boredom"}',
        "[" * 100_000,
        '{"kind":' * 100_000,
    ],
)
def test_garbage(text: str) -> None:
    """Whatever is no state is a ValueError, never a crash."""
    with pytest.raises(ValueError):  # noqa: PT011  (json's texts are its own)
        codec.decode(text)


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("state", "wall_offset", "soon"),
        ("state", "wall_offset", None),
        ("state", "wall_offset", True),
        ("state", "serial", 1.5),
        ("state", "serial", False),
        ("state", "buzzer", 1),
        ("state", "told_problem", "toothache"),
        ("state", "sitting", {"kind": "Calm"}),
        ("state", "sitting", []),
        ("state", "day", None),
        ("contact", "occupied", "yes"),
        ("calendar", "date", 20260302),
        ("day", "bouts", "2"),
    ],
)
def test_wrong_types(stopwatch: Callable[..., Any], where: str, name: str, value: Any) -> None:
    """A value that a field cannot have is named."""
    plain = json.loads(codec.encode(stopwatch().state))
    (plain if where == "state" else plain[where])[name] = value

    with pytest.raises(ValueError, match=rf"{where.title()}\.{name} cannot be "):
        codec.decode(json.dumps(plain))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1" + "0" * 400])
def test_numbers_beyond_all_clocks(stopwatch: Callable[..., Any], number: str) -> None:
    """A moment that no clock can show is garbage, too: nothing can be worked out from it."""
    text = codec.encode(stopwatch().state)

    with pytest.raises(ValueError):  # noqa: PT011  (whatever the text)
        codec.decode(text.replace('"wall_offset":1772438400.0', f'"wall_offset":{number}'))


@settings(deadline=None)
@given(JSON)
def test_any_json(value: Any) -> None:
    """No JSON but a state's own is taken for a state."""
    with pytest.raises(ValueError):  # noqa: PT011  (whatever the text)
        codec.decode(json.dumps(value))


@settings(deadline=None)
@given(st.data())
def test_a_torn_page(data: st.DataObject) -> None:
    """A text that was cut is never half a state."""
    text = '{"kind": "Contact", "closed": true, "changed_at": 1, "at": 1, "low": 0, "high": 1}'
    cut = data.draw(st.integers(0, len(text)))

    with pytest.raises(ValueError):  # noqa: PT011  (json's texts are its own)
        codec.decode(text[:cut])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date", "2026-11-3p"),
        ("date", "2026-13-01"),
        ("date", "20261130"),
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("date", ""),
        ("strength_on", "2026-02-30"),
        ("since", "monday"),
        ("alert_id", "=1"),
        ("alert_id", ""),
        ("serial", -1),
        ("bouts", -1),
        ("level", 5),
        ("max_level", 12),
        ("high", 1.5),
        ("low", -0.1),
    ],
)
def test_impossible_values(stopwatch: Callable[..., Any], name: str, value: object) -> None:
    """A day that is none, an id of another shape, a number out of its range: refused here."""
    refused = 0
    for state in stories(stopwatch()):
        data = json.loads(codec.encode(state))
        for part in parts(data):
            if name in part:
                kept, part[name] = part[name], value
                with pytest.raises(ValueError, match=f"{name} cannot be"):
                    codec.decode(json.dumps(data))
                part[name] = kept
                refused += 1

    assert refused


def parts(data: Any) -> list[Any]:
    """List every object within an object, itself included."""
    return [
        data,
        *(part for value in data.values() if isinstance(value, dict) for part in parts(value)),
    ]
