"""A house with a broker and a real Home Assistant in it, one for all tests.

The tests run where `HOMEASSISTANT` names the environment that `install.py` has made; else they
are skipped, for an installation is 800 MB. Nothing here sleeps: everything waits for something.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.homeassistant.chairs import Chair, Ear
from tests.homeassistant.expected import wrong
from tests.homeassistant.house import House

Settled = Callable[..., None]
HOUSE_RULES = (
    "Skipping pip installation",  # we ask for that
    "zlib_ng and isal are not available",  # a web server of tests may be slow
    "'server_host'",  # deprecated since 2025.12, and still the way to stay on this machine
    "logging too frequently",  # we ask for every word
    "haffmpeg",  # nobody watches a camera here
    "libturbojpeg",  # likewise
    "Updating state for",  # took long, on a busy machine
    # Its own doing: each disabled entity of a removed device empties the topic once more
    "No device components to cleanup",
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


@pytest.fixture(scope="session")
def lasting_broker(lasting_mosquitto: Any) -> Any:
    """Run the broker."""
    return lasting_mosquitto()


@pytest.fixture(scope="session")
def ear(lasting_broker: Any) -> Iterator[Ear]:
    """Listen in."""
    with Ear(lasting_broker.port) as listening:
        yield listening


@pytest.fixture(scope="session")
def lasting_house(
    environment: Path, ear: Ear, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Run Home Assistant."""
    folder = tmp_path_factory.mktemp("house") / "config"
    running = House(environment, folder, ear.port, ear.news).start()
    yield running
    if running.runs:
        running.stop()


@pytest.fixture(scope="module")
def tolerated() -> tuple[str, ...]:
    """What Home Assistant may complain of besides; a module that breaks things says so."""
    return ()


@pytest.fixture(scope="module", autouse=True)
def peaceful_house(
    lasting_house: House, lasting_broker: Any, ear: Ear, tolerated: tuple[str, ...]
) -> Iterator[House]:
    """Have Home Assistant; in the end it forgets the module's chairs, and must not have complained.

    Both it and the broker run again, whatever a test before has done.
    """
    bring_back(lasting_broker, lasting_house)
    yield lasting_house
    ear.forget_chairs()
    new = lasting_house.log.lines[lasting_house.judged :]
    lasting_house.judged += len(new)
    complaints = [
        line
        for line in new
        if re.search(r" (WARNING|ERROR|CRITICAL) \(", line)
        and not any(text in line for text in (*HOUSE_RULES, *tolerated))
    ]
    if complaints:  # with what follows them
        print(*(line for line in new if " DEBUG (" not in line), sep="\n")  # noqa: T201
    assert not complaints, "Home Assistant complains:\n" + "\n".join(complaints)


def bring_back(*parts: Any) -> None:
    """Start what does not run."""
    for part in parts:
        if not part.runs:
            part.start()


@pytest.fixture
def broker(lasting_broker: Any) -> Any:
    """Have the broker running."""
    bring_back(lasting_broker)
    return lasting_broker


@pytest.fixture
def house(peaceful_house: House, broker: Any) -> House:
    """Have Home Assistant running."""
    bring_back(broker, peaceful_house)
    return peaceful_house


@pytest.fixture
def chair_id(request: pytest.FixtureRequest) -> str:
    """Name the test's chair after the test, so that no two tests share one."""
    return re.sub(r"[^a-z0-9]+", "_", request.node.name.removeprefix("test_").lower()).strip("_")


@pytest.fixture(scope="session")
def settled(lasting_house: House, ear: Ear) -> Settled:
    """Wait until Home Assistant shows all of a chair as its retained messages are."""

    def wait(chair_id: str, entities: Mapping[str, str] | None = None) -> None:
        house = lasting_house
        described = ear.await_description(chair_id).values()
        count = sum(each.get("enabled_by_default", True) for each in described)
        house.wait(
            lambda: len(house.named(chair_id)) >= count or None, f"{count} entities of {chair_id}"
        )
        watched = entities or house.entities_of(chair_id)
        try:
            house.wait(
                lambda: not wrong(house, ear, chair_id, watched) or None, f"the truth of {chair_id}"
            )
        except AssertionError as error:
            mistakes = wrong(house, ear, chair_id, watched)
            raise AssertionError(f"{error}; shown and wanted: {mistakes}") from None

    return wait


@pytest.fixture(scope="session")
def introduced(
    lasting_house: House, ear: Ear, settled: Settled, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, str]]:
    """Make a chair known to Home Assistant, and leave; return its entities.

    When the next daemon of this chair says something, everybody listens already: however fast
    that one is, Home Assistant has subscribed to all of its topics.
    """

    def introduce(chair_id: str, *, hidden_too: bool = False) -> dict[str, str]:
        house = lasting_house
        with Chair(chair_id, ear, tmp_path_factory.mktemp("introduced")) as chair:
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
