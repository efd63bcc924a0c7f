"""A phone with Home Assistant's app, as far as Home Assistant can tell: it gets the real pushes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.homeassistant.diary import Diary
from tests.homeassistant.house import House

_LIMITS = {"successful": 1, "errors": 0, "maximum": 150, "resetsAt": "2030-01-01T00:00:00.000Z"}


class Phone(Diary):
    """What the push service would have passed on."""

    def __init__(self) -> None:
        super().__init__()
        self.pushed: list[dict[str, Any]] = []
        self.device_id = ""

    def await_push(self, *, since: int = 0, **wanted: Any) -> dict[str, Any]:
        """Wait for a notification with these fields."""
        return self.wait(
            lambda: next(
                (each for each in self.pushed[since:] if wanted.items() <= each.items()), None
            ),
            f"a push with {wanted}",
        )


class _Service(BaseHTTPRequestHandler):
    """Serves one text by GET, and takes pushes by POST."""

    def __init__(self, phone: Phone, text: str, kind: str, *rest: Any) -> None:
        self._phone = phone
        self._text = text
        self._kind = kind
        super().__init__(*rest)

    def do_GET(self) -> None:
        """Give the text."""
        self._answer(200, f"{self._kind}; charset=utf-8", self._text)

    def do_POST(self) -> None:
        """Take a push."""
        push = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self._phone.news:
            self._phone.pushed.append(push)
            self._phone.news.notify_all()
        self._answer(201, "application/json", json.dumps({"rateLimits": _LIMITS}))

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(
    text: str = "", *, kind: str = "text/plain", phone: Phone | None = None
) -> Iterator[str]:
    """Serve a text, and a phone's push service; yield the address."""
    handler = partial(_Service, phone or Phone(), text, kind)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def paired(house: House) -> Iterator[Phone]:
    """Register a phone with Home Assistant as the app does, for as long as the block lasts."""
    phone = Phone()
    with served(phone=phone) as address:
        registration = {
            "app_id": "tests",
            "app_name": "Tests",
            "app_version": "1",
            "app_data": {"push_url": f"{address}/push", "push_token": "token"},
            "device_id": "phone",
            "device_name": "My phone",
            "manufacturer": "Nobody",
            "model": "None",
            "os_name": "None",
            "os_version": "1",
            "supports_encryption": False,
        }
        house.post("/api/mobile_app/registrations", registration)

        def found() -> str | None:
            devices = house.ask("config/device_registry/list")
            mine = (each for each in devices if each["name"] == "My phone")
            return next((str(each["id"]) for each in mine), None)

        phone.device_id = house.wait(found, "the phone")
        house.wait(
            lambda: "mobile_app_my_phone" in house.ask("get_services")["notify"] or None,
            "the phone to be reachable",
        )
        yield phone
