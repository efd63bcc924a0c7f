"""What the daemon says to Home Assistant, and when: upgrades, births, diagnostics.

The real session with the broker in memory, in virtual time.
"""

import heapq
import itertools
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sensor import __version__
from sensor.core import chair
from sensor.daemon.diagnostics import Diagnostics, resident_memory
from sensor.daemon.inbox import Acknowledged, Connected, Disconnected, Inbox, Received
from sensor.daemon.ports import Publication
from sensor.homeassistant.discovery import Discovery
from sensor.mqtt.gateway import DIAGNOSE_EVERY, HEARTBEAT, TIDY_PAUSE, MqttGateway
from sensor.mqtt.topics import Topics
from sensor.mqtt.traffic import Traffic
from sensor.settings.config import Config, Pins
from sensor.simulator.memory_broker import MemoryBroker
from sensor.storage.files import Announced

TOPICS = Topics(chair_id="desk")
RULES = Config().rules()
NOON = 1_772_449_200.0  # 2026-03-02T11:00:00Z


class Conversation:
    """A daemon's session and its broker, and all that was sent to it."""

    def __init__(
        self,
        folder: Path,
        *,
        discovery: bool = True,
        topics: Topics = TOPICS,
        retained: dict[str, str] | None = None,
        deaf: bool = False,
        config: Config = Config(),  # noqa: B008  (frozen)
    ) -> None:
        self.now = 0.0
        self.retained = dict(retained or {})
        self._deaf = deaf
        self.sent: list[tuple[float, str, Any]] = []
        self.broker = MemoryBroker(
            got=self._got,
            now=lambda: self.now,
            schedule=self._after,
            random=Random(1),  # noqa: S311  (jitter)
            keepalive=30,
        )
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._inbox = Inbox()
        traffic = Traffic()
        link = self.broker.connect(topics, self._inbox, traffic)
        self.measures: dict[str, Any] = {}
        self.diagnostics = Diagnostics(traffic.report, None, lambda: self.measures)
        self._session = MqttGateway(
            link=link,
            traffic=traffic,
            topics=topics,
            sensors={},
            discovery=Discovery(topics, config, str) if discovery else None,
            random=Random(1),  # noqa: S311  (jitter)
            announced=Announced(folder).load(),
            announce=Announced(folder).save,
            translate=str,
            diagnostics=self.diagnostics,
        )
        self._state = chair.start(
            contact_closed=False, loop_closed=True, now=0, wall_offset=NOON, rules=RULES
        )
        link.open()

    def live(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while True:
            while message := self._inbox.get():
                assert isinstance(message, Connected | Disconnected | Acknowledged | Received)
                if not (self._deaf and isinstance(message, Acknowledged)):
                    self._session.take(message, message.at, RULES)
            self._session.show(self._state, self.now, RULES, "standard")
            happening = self._happenings[0][0] if self._happenings else until
            following = min(self._session.next_at, happening, until)
            if following >= until:
                self.now = until
                return
            self.now = following
            if happening <= self.now:
                heapq.heappop(self._happenings)[2]()

    def birth(self) -> None:
        """Let Home Assistant say that it has started."""
        self.broker.publish(Publication(topic=TOPICS.birth_topic, payload="online"))

    def say_offline(self) -> None:
        """Let another client say that the chair is gone."""
        self.broker.publish(Publication(topic=TOPICS.availability, payload="offline", retain=True))

    def descriptions(self) -> list[tuple[float, dict[str, Any]]]:
        """Give when what components were announced."""
        return [
            (t, payload["cmps"]) for t, topic, payload in self.sent if topic == TOPICS.discovery
        ]

    def said(self, topic: str) -> list[tuple[float, Any]]:
        """Give what was sent on a topic, and when."""
        return [(t, payload) for t, sent_to, payload in self.sent if sent_to == topic]

    def _got(self, publication: Publication) -> None:
        text = publication.text
        if publication.retain and text:
            self.retained[publication.topic] = text
        elif publication.retain:
            self.retained.pop(publication.topic, None)
        payload = json.loads(text) if text.startswith("{") else text
        self.sent.append((self.now, publication.topic, payload))

    def _after(self, delay: float, happening: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (self.now + delay, next(self._number), happening))


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """Let an older version have announced one sensor more, and the buzzer as a select."""
    first = Conversation(tmp_path)
    first.live(1)
    [(_, components)] = first.descriptions()
    entities = {key: component["p"] for key, component in components.items()}
    Announced(tmp_path).save(
        {TOPICS.discovery: {**entities, "mood": "sensor", "set_buzzer": "select"}}
    )
    return tmp_path


class TestUpgrades:
    """An entity that is no more is removed, then left out; nothing else is ever sent twice."""

    def test_nothing_changed(self, tmp_path: Path) -> None:
        """A restart of the same version says everything once."""
        Conversation(tmp_path).live(1)

        again = Conversation(tmp_path)
        again.live(60)

        assert len(again.descriptions()) == 1
        assert all(len(c) > 1 for c in again.descriptions()[0][1].values())

    def test_a_buzzer_that_is_taken_away(self, tmp_path: Path) -> None:
        """Its switch and the button for its test go, and come back with it."""
        Conversation(tmp_path).live(1)
        silent = Conversation(tmp_path, config=Config(pins=Pins(buzzer=None)))
        silent.live(60)
        again = Conversation(tmp_path)
        again.live(60)

        (_, parting), (_, clean) = silent.descriptions()
        assert {key: c for key, c in parting.items() if len(c) == 1} == {
            "set_buzzer": {"p": "switch"},
            "do_test_buzzer": {"p": "button"},
        }
        [(_, all_of_it)] = again.descriptions()
        assert all_of_it.keys() - clean.keys() == {"set_buzzer", "do_test_buzzer"}

    def test_a_dropped_entity_is_removed(self, remembered: Path) -> None:
        """First by its bare platform, and at least a second later it is not mentioned."""
        upgraded = Conversation(remembered)
        upgraded.live(60)

        (began, parting), (ended, clean) = upgraded.descriptions()
        assert parting["mood"] == {"p": "sensor"}
        assert parting["set_buzzer"] == {"p": "select"}
        assert "mood" not in clean
        assert clean["set_buzzer"]["p"] == "switch"
        assert ended - began == TIDY_PAUSE
        order = [topic for _, topic, _ in upgraded.sent]
        assert order[:4] == [
            *(TOPICS.availability, TOPICS.discovery, TOPICS.state, TOPICS.diagnostics),
        ]

    def test_only_once(self, remembered: Path) -> None:
        """The next start says everything once again."""
        Conversation(remembered).live(60)

        again = Conversation(remembered)
        again.live(60)

        assert len(again.descriptions()) == 1

    def test_an_outage_in_between(self, remembered: Path) -> None:
        """What was begun is begun again when the broker is back."""
        upgraded = Conversation(remembered)
        upgraded.live(1)
        upgraded.broker.switch(up=False)
        upgraded.live(5)
        upgraded.broker.switch(up=True)
        upgraded.live(60)

        assert ["mood" in c for _, c in upgraded.descriptions()] == [True, True, False]

    def test_a_stop_in_between(self, remembered: Path) -> None:
        """The next start begins again."""
        Conversation(remembered).live(1)

        again = Conversation(remembered)
        again.live(60)

        assert ["mood" in c for _, c in again.descriptions()] == [True, False]

    @pytest.mark.parametrize("after", [0.1, 1.0, 1.9, 2.5, 10])
    def test_descriptions_keep_their_distance(self, remembered: Path, after: float) -> None:
        """Home Assistant starting just then gets all of it, but never two within a second."""
        upgraded = Conversation(remembered)
        upgraded.live(after)
        upgraded.birth()
        upgraded.live(60)

        times = [t for t, _ in upgraded.descriptions()]
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1
        assert "mood" not in upgraded.descriptions()[-1][1]
        assert times[-1] > after

    def test_without_discovery_no_description_is_remembered(self, tmp_path: Path) -> None:
        """Who switches discovery off gets no description, and no record of one."""
        quiet = Conversation(tmp_path, discovery=False)
        quiet.live(60)

        assert quiet.descriptions() == []
        assert set(Announced(tmp_path).load()) == set(TOPICS.retained)

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"x": {}}', "[" * 10_000])
    def test_a_damaged_memory_is_none(self, tmp_path: Path, text: str) -> None:
        """Then nothing is removed, and nothing breaks."""
        (tmp_path / "announced-entities.json").write_text(text)

        daemon = Conversation(tmp_path)
        daemon.live(60)

        assert len(daemon.descriptions()) == 1
        assert not daemon.said("x")
        assert Announced(tmp_path).load()[TOPICS.discovery]["occupied"] == "binary_sensor"

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        """The chair is announced all the same."""
        daemon = Conversation(tmp_path / "none")
        daemon.live(60)

        assert len(daemon.descriptions()) == 1


class TestLeftovers:
    """What was announced under other settings goes; the record of it lasts until it is gone."""

    @pytest.mark.parametrize(
        "changed", [{"chair_id": "other"}, {"discovery_prefix": "ha"}, {"base_topic": "office"}]
    )
    def test_one_chair_is_left(self, tmp_path: Path, changed: dict[str, Any]) -> None:
        """With another id, prefix or base topic the broker retains the new one alone."""
        first = Conversation(tmp_path)
        first.live(60)
        topics = TOPICS._replace(**changed)

        second = Conversation(tmp_path, topics=topics, retained=first.retained)
        second.live(60)

        assert second.retained.keys() == {topics.discovery, *topics.retained}
        assert Announced(tmp_path).load().keys() == second.retained.keys()

    def test_without_discovery(self, tmp_path: Path) -> None:
        """A description goes when discovery is switched off; the chair itself stays."""
        first = Conversation(tmp_path)
        first.live(60)

        second = Conversation(tmp_path, discovery=False, retained=first.retained)
        second.live(60)

        assert second.retained.keys() == set(TOPICS.retained)

    def test_the_old_device_goes_first(self, tmp_path: Path) -> None:
        """It owns the entity ids: the new one is described a moment later, the old state goes."""
        Conversation(tmp_path).live(60)
        topics = TOPICS._replace(chair_id="other")

        second = Conversation(tmp_path, topics=topics)
        second.live(60)

        assert second.said(TOPICS.discovery) == [(0, "")]
        assert [t for t, _ in second.said(topics.discovery)] == [TIDY_PAUSE]
        assert [second.said(topic) for topic in TOPICS.retained] == [[(TIDY_PAUSE, "")]] * 3

    def test_until_the_broker_has_acknowledged(self, tmp_path: Path) -> None:
        """An outage or a stop in between: the next connection, or start, tries again."""
        Conversation(tmp_path).live(60)
        topics = TOPICS._replace(chair_id="other")
        second = Conversation(tmp_path, topics=topics, deaf=True)
        second.live(10)
        second.broker.switch(up=False)
        second.broker.switch(up=True)
        second.live(60)
        assert len(second.said(TOPICS.discovery)) == 2
        assert TOPICS.discovery in Announced(tmp_path).load()

        third = Conversation(tmp_path, topics=topics)
        third.live(60)

        assert third.said(TOPICS.discovery) == [(0, "")]
        assert Announced(tmp_path).load().keys() == {topics.discovery, *topics.retained}


class TestAvailability:
    """What another client says of this chair is put right."""

    def test_a_late_will(self, tmp_path: Path) -> None:
        """It is contradicted at once, and the state told again."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(10)
        daemon.say_offline()
        daemon.live(10)

        assert daemon.said(TOPICS.availability) == [(0, "online"), (10, "offline"), (10, "online")]

    def test_a_stubborn_rival(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Who answers each correction is answered once a minute, no more."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(10)
        for _ in range(100):
            daemon.say_offline()
            daemon.live(1)

        said = [word for _, word in daemon.said(TOPICS.availability)]
        assert said.count("online") == 1 + 2
        assert "another client said 'offline' on chair-sensor/desk/availability" in caplog.text

    def test_a_broker_that_stops(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """It publishes the will of the chair itself, closes, and is silent: no other client."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(10)
        daemon.say_offline()
        daemon.broker.switch(up=False)
        daemon.live(1)
        daemon.broker.switch(up=True)
        daemon.live(30)

        assert "another client" not in caplog.text

        daemon.say_offline()
        daemon.live(1)
        assert daemon.said(TOPICS.availability)[-1] == (41, "online")


class TestComplaints:
    """A flood of nonsense does not flood the log."""

    def test_one_line_a_second(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The first at once, the others with their number; none is lost."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(1)
        for number in range(901):
            daemon.broker.publish(
                Publication(topic=f"{TOPICS.base}/set/snooze", payload=f"{number}h")
            )
        daemon.live(5)

        first, rest = caplog.messages
        assert first.startswith("refused set/snooze")
        assert rest.endswith("(and 899 more)")


class TestHeartbeat:
    """What is told is renewed, so that what grows old can be told from what stands still."""

    def test_a_calm_chair(self, tmp_path: Path) -> None:
        """Availability and state come again every five minutes while nothing happens."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(3 * HEARTBEAT + 1)

        beats = [beat * HEARTBEAT for beat in range(4)]
        assert [t for t, _ in daemon.said(TOPICS.state)] == beats
        assert daemon.said(TOPICS.availability) == [(t, "online") for t in beats]

    def test_a_described_chair_is_told_once_more(self, tmp_path: Path) -> None:
        """A moment after its description: Home Assistant waits for a state of new entities."""
        daemon = Conversation(tmp_path)
        daemon.live(HEARTBEAT + TIDY_PAUSE + 1)

        beats = [0, TIDY_PAUSE, HEARTBEAT]
        assert [t for t, _ in daemon.said(TOPICS.state)] == beats

    def test_without_a_broker_it_pauses(self, tmp_path: Path) -> None:
        """There is nothing to wake up for; it goes on with the next connection."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.live(10)
        daemon.broker.switch(up=False)
        daemon.live(10 * HEARTBEAT)
        assert len(daemon.said(TOPICS.state)) == 1
        daemon.broker.switch(up=True)
        daemon.live(HEARTBEAT)

        assert len(daemon.said(TOPICS.state)) >= 2


class TestDiagnostics:
    """How the daemon itself is: retained, after everything else, and seldom."""

    def test_what_is_told(self, tmp_path: Path) -> None:
        """Every key, with an offset at each time, null for what is not known."""
        daemon = Conversation(tmp_path)
        daemon.diagnostics.edges = 3
        daemon.live(1)

        [(_, told)] = daemon.said(TOPICS.diagnostics)
        assert told.pop("started_at")[-6] in "+-"
        assert told.pop("last_heard_at")[-6] in "+-"
        assert told == {
            "version": __version__,
            "edges": 3,
            "healed_edges": 0,
            "reconnects": 0,
            "memory_bytes": None,
        }

    def test_every_ten_minutes(self, tmp_path: Path) -> None:
        """Not more often, with the next message; not when Home Assistant starts: it is retained."""
        daemon = Conversation(tmp_path)
        daemon.live(1000)
        daemon.birth()
        daemon.live(2000)

        told = [t for t, _ in daemon.said(TOPICS.diagnostics)]
        assert len(told) == 5
        assert all(
            DIAGNOSE_EVERY <= later - t <= DIAGNOSE_EVERY + HEARTBEAT for t, later in pairwise(told)
        )

    def test_a_reconnect_is_counted(self, tmp_path: Path) -> None:
        """And told at once; while the broker is away there is nothing to wake up for."""
        daemon = Conversation(tmp_path)
        daemon.live(10)
        daemon.broker.switch(up=False)
        daemon.live(1000)
        assert len(daemon.said(TOPICS.diagnostics)) == 1
        daemon.broker.switch(up=True)
        daemon.live(60)

        assert [told["reconnects"] for _, told in daemon.said(TOPICS.diagnostics)] == [0, 1]

    def test_memory(self) -> None:
        """The real one is that of a Python process: some megabytes."""
        memory = resident_memory()

        assert memory is not None
        assert 2**22 < memory < 2**33

    def test_a_battery_that_is_first_heard_of(self, tmp_path: Path) -> None:
        """It is told at once, not after ten minutes; what it falls to later can wait."""
        daemon = Conversation(tmp_path, discovery=False)
        daemon.measures = {"seat_battery": None, "seat_link_quality": None}
        daemon.live(10)
        for battery in (97, 96):
            daemon.measures = {"seat_battery": battery, "seat_link_quality": None}
            daemon.live(10)

        told = daemon.said(TOPICS.diagnostics)
        assert [(t, each["seat_battery"]) for t, each in told] == [(0, None), (10, 97)]
