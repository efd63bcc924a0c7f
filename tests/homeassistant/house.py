"""A real Home Assistant as a process of its own, and what one can ask of it over its API.

States come over the WebSocket as they change; nothing is polled.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.homeassistant.diary import PATIENCE, Diary, Log
from tests.homeassistant.furniture import REFRESH_TOKEN, furnish

STARTING = 120.0
_OPTIONS = ("--skip-pip", "--log-no-color")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Change:
    """An entity got a new state, and when it reached us (monotonic)."""

    at: float
    entity_id: str
    state: str | None
    attributes: dict[str, Any]


class RefusedError(Exception):
    """Home Assistant said no."""


class House(Diary):
    """One Home Assistant; `start` and `stop` may be called again and again."""

    def __init__(
        self, environment: Path, folder: Path, broker_port: int, news: Condition | None = None
    ) -> None:
        super().__init__(news)
        self._python = environment / "bin/python"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = Log()
        self.judged = 0
        """How many lines of the log have been looked through for complaints."""
        self.states: dict[str, dict[str, Any]] = {}
        self.changes: list[Change] = []
        self.device_news: list[tuple[str, str]] = []
        """What happened to devices (create, update, remove), and which one."""
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0
        self._started = False
        self.runs = False
        furnish(folder, self.port, broker_port)

    def start(self) -> Self:
        """Run it; returns when it has started and we are connected."""
        said = len(self.log.lines)
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self._process = subprocess.Popen(
            [*(self._python, "-m", "homeassistant"), *("-c", self.folder), *_OPTIONS],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
        )
        self._reader = self.log.follow(self._process.stderr)
        try:
            self.log.await_line("Now listening on port", since=said, patience=STARTING)
            self._listen()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.runs = True
        return self

    @property
    def pid(self) -> int:
        """Its process, since the last start."""
        return self._process.pid

    def stop(self) -> None:
        """Ask it to go, as a reboot would."""
        self.runs = False
        self._socket.close()  # or it would wait 10 s for us
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(PATIENCE)
        self._listener.join(PATIENCE)

    def token(self) -> dict[str, Any]:
        """Log in; return what the frontend keeps in its local storage."""
        form = {
            "grant_type": "refresh_token",
            "client_id": f"{self.url}/",
            "refresh_token": REFRESH_TOKEN,
        }
        body = urllib.parse.urlencode(form).encode()
        with _DIRECT.open(f"{self.url}/auth/token", body, PATIENCE) as answer:
            read: dict[str, Any] = json.load(answer)
        return read | {"refresh_token": REFRESH_TOKEN}

    def _listen(self) -> None:
        address = f"ws://127.0.0.1:{self.port}/api/websocket"
        self._socket = connect(address, max_size=None, proxy=None)
        self._socket.recv(PATIENCE)
        self._access_token = self.token()["access_token"]
        self._send({"type": "auth", "access_token": self._access_token})
        assert json.loads(self._socket.recv(PATIENCE))["type"] == "auth_ok"
        self._started = False
        self._listener = Thread(target=self._hear, daemon=True)
        self._listener.start()
        self.ask("subscribe_events", event_type="homeassistant_started")
        self.ask("subscribe_events", event_type="state_changed")
        self.ask("subscribe_events", event_type="device_registry_updated")
        with suppress(RefusedError):  # since 2026.11 `http:` has to be confirmed
            self.ask("http/config/promote")
        for state in self.ask("get_states"):
            self._take(state["entity_id"], state, time.monotonic())
        if self.ask("get_config")["state"] != "RUNNING":
            self.wait(lambda: self._started or None, "Home Assistant to be running", STARTING)

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps(message))

    def _hear(self) -> None:
        with suppress(ConnectionClosed):
            for text in self._socket:
                message, now = json.loads(text), time.monotonic()
                match message:
                    case {"type": "event", "event": {"event_type": "state_changed", "data": data}}:
                        self._take(data["entity_id"], data["new_state"], now)
                    case {"type": "event", "event": {"data": {"action": action, **device}}}:
                        with self.news:
                            self.device_news.append((action, str(device["device_id"])))
                            self.news.notify_all()
                    case {"type": "event"}:
                        with self.news:
                            self._started = True
                            self.news.notify_all()
                    case {"type": "result"}:
                        with self.news:
                            self._answers[message["id"]] = message
                            self.news.notify_all()
        with self.news:
            self.states.clear()

    def _take(self, entity_id: str, state: dict[str, Any] | None, now: float) -> None:
        with self.news:
            known = self.states.get(entity_id)
            if known and state and known["last_updated"] > state["last_updated"]:
                return  # the answer to get_states was overtaken
            if state is None:
                self.states.pop(entity_id, None)
                self.changes.append(Change(now, entity_id, None, {}))
            else:
                self.states[entity_id] = state
                seen = Change(now, entity_id, state["state"], state["attributes"])
                self.changes.append(seen)
            self.news.notify_all()

    def ask(self, kind: str, **fields: Any) -> Any:
        """Send one WebSocket command; return its result. Raises RefusedError."""
        with self.news:
            self._number += 1
            number = self._number
            self._send({"id": number, "type": kind, **fields})
        answer = self.wait(lambda: self._answers.get(number), f"the answer to {kind}")
        if not answer["success"]:
            raise RefusedError(answer["error"]["message"])
        return answer.get("result")

    def call(self, service: str, entity_id: str | None = None, **data: Any) -> None:
        """Call a service, as a tap in the app does. Raises RefusedError."""
        domain, name = service.split(".")
        target = {"target": {"entity_id": entity_id}} if entity_id else {}
        self.ask("call_service", domain=domain, service=name, service_data=data, **target)

    def post(self, path: str, body: Any = None) -> Any:
        """Use the REST API. Raises RefusedError."""
        request = urllib.request.Request(  # noqa: S310  (the address is ours)
            f"{self.url}{path}",
            json.dumps({} if body is None else body).encode(),
            {"Authorization": f"Bearer {self._access_token}", "Content-Type": "application/json"},
        )
        try:
            with _DIRECT.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RefusedError(f"{error.code}: {error.read().decode()}") from None

    def enable_all(self, chair_id: str) -> None:
        """Enable the entities that are hidden at first; returns when that has reloaded MQTT.

        Home Assistant does so 30 s later, and loses the events of that moment. A reload of ours, or
        the chair's next description, shows the entities sooner, and the reload comes all the same.
        """
        entries = self.registry(chair_id).values()
        hidden = [each["entity_id"] for each in entries if each["disabled_by"]]
        said = len(self.log.lines)
        for entity_id in hidden:
            self.ask("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
        if hidden:
            self.log.await_line("Connected to MQTT server", since=said, patience=STARTING)
        entities = set(self.entities_of(chair_id).values())
        self.wait(lambda: entities <= self.states.keys() or None, "all to be enabled", STARTING)

    def shown(self, entity_id: str) -> str:
        """Return the present state of an entity, `missing` where there is none."""
        with self.news:
            state: str = self.states.get(entity_id, {}).get("state", "missing")
        return state

    def named(self, chair_id: str) -> set[str]:
        """Return the ids of the entities that have a state and bear the name of a chair."""
        name = f"Chair {chair_id}"
        with self.news:
            return {
                entity_id
                for entity_id, state in self.states.items()
                if f"{state['attributes'].get('friendly_name')} ".startswith(f"{name} ")
            }

    def strangers(self, chair_id: str, entities: Mapping[str, str]) -> list[str]:
        """List the entities that bear the name of a chair and are none of these."""
        return sorted(self.named(chair_id) - set(entities.values()))

    def await_state(
        self, entity_id: str, wanted: str | Callable[[str], bool], *, since: float = 0
    ) -> Change:
        """Wait until an entity shows this, in a change no older than `since` (monotonic)."""

        def fits(state: str | None) -> bool:
            return state is not None and (wanted(state) if callable(wanted) else state == wanted)

        def found() -> Change | None:
            for change in reversed(self.changes):
                if change.at < since:
                    return None
                if change.entity_id == entity_id:
                    return change if fits(change.state) else None
            return None

        try:
            return self.wait(found, f"{entity_id} to be {wanted}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.states.get(entity_id)}") from None

    def await_attribute(self, entity_id: str, name: str, wanted: Any) -> Change:
        """Wait until an entity has, or has had, this attribute."""

        def found() -> Change | None:
            mine = (each for each in self.changes if each.entity_id == entity_id)
            return next((each for each in mine if each.attributes.get(name) == wanted), None)

        return self.wait(found, f"{name} {wanted} of {entity_id}")

    def entities_of(self, chair_id: str) -> dict[str, str]:
        """Return the entity ids of a chair by component key, without the disabled ones."""
        return {
            key: entry["entity_id"]
            for key, entry in self.registry(chair_id).items()
            if entry["disabled_by"] is None
        }

    def registry(self, chair_id: str) -> dict[str, dict[str, Any]]:
        """List the entities of a chair, disabled ones too, by their component key."""
        mine = f"chair-sensor_{chair_id}_"
        return {
            entry["unique_id"].removeprefix(mine): entry
            for entry in self.ask("config/entity_registry/list")
            if entry["platform"] == "mqtt" and entry["unique_id"].startswith(mine)
        }

    def devices(self, chair_id: str) -> list[dict[str, Any]]:
        """List the devices that say they are this chair."""
        wanted = f"chair-sensor_{chair_id}"
        return [
            device
            for device in self.ask("config/device_registry/list")
            if any(wanted == identifier[1] for identifier in device["identifiers"])
        ]
