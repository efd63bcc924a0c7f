"""A house with a broker and a real Home Assistant in it, one for each module.

The tests run where `HOMEASSISTANT` names the environment that `install.py` has made; else they
are skipped, for an installation is 800 MB. Nothing here sleeps: everything waits for something.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # import mode `importlib` knows no siblings

from chairs import Chair, Ear
from expected import wrong
from house import House

HOUSE_RULES = (
    "Skipping pip installation",  # we ask for that
    "zlib_ng and isal are not available",  # a web server of tests may be slow
    "'server_host'",  # deprecated since 2025.12, and still the way to stay on this machine
    "haffmpeg",  # nobody watches a camera here
)
"""Warnings that are Home Assistant's own, of being run by a test."""


@pytest.fixture(scope="session")
def environment() -> Path:
    """Where Home Assistant is installed."""
    if not os.environ.get("HOMEASSISTANT"):
        pytest.skip("needs HOMEASSISTANT=$(python tests/homeassistant/install.py)")
    folder = Path(os.environ["HOMEASSISTANT"])
    assert (folder / "ready").exists(), f"{folder} was not made by install.py, or not to the end"
    return folder


@pytest.fixture(scope="module")
def broker(lasting_mosquitto: Any) -> Any:
    """Run the broker."""
    return lasting_mosquitto()


@pytest.fixture(scope="module")
def ear(broker: Any) -> Iterator[Ear]:
    """Listen in."""
    with Ear(broker.port) as listening:
        yield listening


@pytest.fixture(scope="module")
def tolerated() -> tuple[str, ...]:
    """What Home Assistant may complain of besides; a module that breaks things says so."""
    return ()


@pytest.fixture(scope="module")
def house(
    environment: Path,
    ear: Ear,
    tolerated: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Run Home Assistant; in the end it must not have complained of anything."""
    running = House(
        environment, tmp_path_factory.mktemp("house") / "config", ear.port, ear.news
    ).start()
    yield running
    if running.runs:
        running.stop()
    complaints = [
        line
        for line in running.log.lines
        if re.search(r" (WARNING|ERROR|CRITICAL) \(", line)
        and not any(text in line for text in (*HOUSE_RULES, *tolerated))
    ]
    if complaints:
        print(*running.log.lines, sep="\n")  # noqa: T201
    assert not complaints, "Home Assistant complains:\n" + "\n".join(complaints)


@pytest.fixture
def chair_id(request: pytest.FixtureRequest) -> str:
    """Name the test's chair after the test, so that no two tests share one."""
    return re.sub(r"[^a-z0-9]+", "_", request.node.name.removeprefix("test_").lower()).strip("_")


@pytest.fixture
def settled(house: House, ear: Ear) -> Callable[..., None]:
    """Wait until Home Assistant shows all of a chair as its retained messages are."""

    def wait(chair_id: str, entities: Mapping[str, str] | None = None) -> None:
        watched = entities or house.entities_of(chair_id)
        assert watched, f"Home Assistant knows no {chair_id}"
        try:
            house.wait(
                lambda: not wrong(house, ear, chair_id, watched) or None, f"the truth of {chair_id}"
            )
        except AssertionError as error:
            mistakes = wrong(house, ear, chair_id, watched)
            raise AssertionError(f"{error}; shown and wanted: {mistakes}") from None

    return wait


@pytest.fixture
def introduced(
    house: House, ear: Ear, settled: Callable[..., None], tmp_path: Path
) -> Callable[..., dict[str, str]]:
    """Make a chair known to Home Assistant, and leave; return its entities.

    When the next daemon of this chair says something, everybody listens already: however fast
    that one is, Home Assistant has subscribed to all of its topics.
    """

    def introduce(chair_id: str, *, hidden_too: bool = False) -> dict[str, str]:
        with Chair(chair_id, ear, tmp_path / "introduced") as chair:
            ear.await_description(chair_id)
            house.wait(lambda: house.devices(chair_id) or None, "the device")
            settled(chair_id)
            if hidden_too:
                house.enable_all(chair_id)
            entities = house.entities_of(chair_id)
            settled(chair_id, entities)
            chair.do("sit")
            house.await_attribute(entities["event"], "event_type", "sat_down")
            settled(chair_id, entities)
        for entity_id in entities.values():
            house.await_state(entity_id, "unavailable")
        return entities

    return introduce


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Note a measured figure; all are printed in the end."""
    return lambda text: request.node.user_properties.append(("figure", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured."""
    figures = [
        text
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, text in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("measured")
        for line in figures:
            terminalreporter.line(line)
