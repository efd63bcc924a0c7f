"""Whatever is published has exactly the keys that its type declares, and values of their kinds."""

import json
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from sensor.commands import main
from sensor.core.messages import EventMessage, StateMessage
from sensor.core.status import STATUSES
from sensor.core.words import EVENT_TYPES
from sensor.daemon.diagnostics import DiagnosticsMessage
from sensor.mqtt.seat import SeatMeasures
from sensor.mqtt.traffic import ConnectionMessage
from tests import message_tables

LIFE = """
0:00:00 sit
1:05:00 press
1:15:00 stand
1:25:00 sit
1:30:00 publish do/void PRESS
1:40:00 stand
1:50:00 unplug
2:00:00 plug
2:30:00 sit
3:45:00 stand
3:47:00 sit
3:50:00 end
"""
"""An alert, a snooze, a bout of somebody else, a problem, a goal."""


def check(value: Any, kind: Any) -> None:
    """Compare a value that was published with its type."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        assert list(value) == list(hints)
        for key, hint in hints.items():
            check(value[key], hint)
    elif get_origin(kind) is list:
        for each in value:
            check(each, *get_args(kind))
    elif get_origin(kind) is Literal:
        assert value in get_args(kind)
    elif NoneType in get_args(kind):
        if value is not None:
            check(value, get_args(kind)[0])
    else:
        assert type(value) in ((int, float) if kind is float else (kind,))


class WholeDiagnostics(DiagnosticsMessage, ConnectionMessage):
    """The diagnostics as they are published."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Publish all that can happen."""
    folder = tmp_path_factory.mktemp("life")
    script, records = folder / "script", folder / "records"
    script.write_text(LIFE)
    where = ["--script", str(script), "--jsonl", str(records)]
    assert main.main(["simulate", *where, "--set", "goals=true"]) == 0
    return [json.loads(line) for line in records.read_text().splitlines()]


@pytest.mark.parametrize(
    ("topic", "kind"),
    [("state", StateMessage), ("event", EventMessage), ("diagnostics", WholeDiagnostics)],
)
def test_keys(life: list[dict[str, Any]], topic: str, kind: type) -> None:
    """Each message has the keys of its type, in their order."""
    told = [one["payload"] for one in life if one.get("topic", "").endswith(f"/{topic}")]

    assert len(told) > 1
    for message in told:
        check(message, kind)


@pytest.mark.parametrize(
    "kind", [StateMessage, EventMessage, DiagnosticsMessage, ConnectionMessage, SeatMeasures]
)
def test_meanings(kind: type) -> None:
    """No key is without a meaning in the documents."""
    assert message_tables.meanings(kind).keys() == get_type_hints(kind).keys()


def test_words() -> None:
    """No status and no event type is without a meaning in the documents."""
    assert all(f"| `{name}` |" in message_tables.statuses() for name in STATUSES)
    assert all(f"| `{name}` |" in message_tables.event_types() for name in EVENT_TYPES)
