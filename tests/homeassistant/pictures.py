"""Takes the README's pictures of a real Home Assistant: `python -m tests.homeassistant.pictures`.

Needs chromium and mosquitto; takes the Home Assistant that `HOMEASSISTANT` names, as the tests do,
or the one that `install.py` finds or installs. A simulated day is lived through at a thousand
times the speed and then held still, so that what one sees is what Home Assistant makes of a real
day. Its database is stretched to the day's own pace meanwhile.
"""

import json
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from tests.homeassistant.browser import Browser
from tests.homeassistant.chairs import ROOT, Ear, command, simulate
from tests.homeassistant.house import House
from tests.homeassistant.install import install
from tests.homeassistant.phone import paired, served
from tests.kit import Mosquitto

IMAGES = ROOT / ".github/images"
CHAIR = "desk"
SPEED = 1000
SCRIPT = """\
0:05:00 sit
1:01:10 stand
1:07:30 sit
1:50:00 stand
1:53:00 sit
3:10:00 stand
3:52:00 sit
4:59:00 stand
5:05:00 sit
6:00:00 stand
6:12:30 sit
12:00:00 end
"""
NAME = {"chair.name": "Office chair"}
DASHBOARD = """\
lovelace:
  dashboards:
    chair-view:
      mode: yaml
      title: Chair
      filename: chair.yaml
"""
HELD_AT = timedelta(hours=6, minutes=49)
WEEK = (5.2, 5.9, 4.8, 5.6, 5.3, 5.5, 5.75)
"""Hours of chair time on the days before, weekends apart, for the dashboard's week."""
BREAKS = (7, 9, 6, 8, 8, 7, 9)
"""Breaks on these days."""
NOTIFICATION = """\
<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 24px; background: #e8ecf1; font: 15px/1.45 Roboto, sans-serif; }}
.card {{ background: #fff; border-radius: 18px; padding: 16px 20px; width: 420px; }}
.app {{ color: #667; font-size: 13px; }} h1 {{ font-size: 16px; margin: 6px 0 2px; }}
.actions {{ color: #0386b8; font-weight: 500; margin-top: 12px; }}
.actions span {{ margin-right: 28px; }}
pre {{ margin: 16px 0 0; font: 12px/1.5 "DejaVu Sans Mono", monospace; color: #334;
  white-space: pre-wrap; }}
</style><div class="card"><div class="app">Home Assistant</div><h1>{title}</h1>{message}
<div class="actions">{actions}</div></div><pre>{payload}</pre>
"""


@contextmanager
def broker(folder: Path) -> Iterator[Any]:
    """Run the mosquitto that the tests run."""
    running = Mosquitto(folder, "allow_anonymous true").start()
    try:
        yield running
    finally:
        running.stop()


def main() -> None:
    """Live through the day, and look."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with broker(folder) as mosquitto, Ear(mosquitto.port) as ear:
            environment = Path(os.environ.get("HOMEASSISTANT") or install())
            house = House(environment, folder / "config", ear.port, ear.news).start()
            try:
                with paired(house) as phone:
                    push = reminder(house, ear, phone)
                day(house, ear, push)
            finally:
                if house.runs:
                    house.stop()


def reminder(house: House, ear: Ear, phone: Any) -> dict[str, Any]:
    """Return what the phone gets in an alert, which is held still; of a chair that goes again."""
    with simulate(
        "other", ear, SCRIPT, speed=str(SPEED), mqtt__keepalive="600", chair__name="Other"
    ) as simulation:
        ear.await_description("other")
        house.wait(lambda: house.devices("other") or None, "the device")
        notify(house, phone, "other")
        ear.await_state("other", since=len(ear.heard), status="break_due")
        os.kill(simulation.pid, signal.SIGSTOP)
        try:
            push: dict[str, Any] = phone.await_push(title="Time for a break")
        finally:
            os.kill(simulation.pid, signal.SIGCONT)
    ear.forget_chairs()
    return push


def day(house: House, ear: Ear, push: dict[str, Any]) -> None:
    """Let the day pass, hold it still, take all pictures."""
    start = datetime.now(UTC) - HELD_AT
    began = time.time()
    with simulate(
        CHAIR,
        ear,
        SCRIPT,
        speed=str(SPEED),
        start=start.isoformat(timespec="seconds"),
        mqtt__keepalive="600",
        **NAME,
    ) as simulation:
        ear.await_description(CHAIR)
        house.wait(lambda: house.devices(CHAIR) or None, "the device")
        ear.wait(lambda: far_enough(ear.state(CHAIR)) or None, "the present", patience=120)
        os.kill(simulation.pid, signal.SIGSTOP)
        try:
            house.stop()
            hang_up_dashboard(house, ear)
            stretch(house.folder / "home-assistant_v2.db", began)
            house.start()
            remember(house)
            look(house, push)
        finally:
            os.kill(simulation.pid, signal.SIGCONT)


def far_enough(state: dict[str, Any]) -> bool:
    """Whether the sitter is well into the last bout of the day."""
    return state["today"]["bouts"] == 6 and state["sitting_seconds"] > 36 * 60


def notify(house: House, phone: Any, chair_id: str) -> None:
    """Make the automation of the blueprint, as a person would."""
    text = (ROOT / "sensor/homeassistant/blueprints/break_notification.yaml").read_text()
    path = "chair-sensor/break_notification.yaml"
    house.ask("blueprint/save", domain="automation", path=path, yaml=text)
    (device,) = house.devices(chair_id)
    inputs = {"chair": device["id"], "phones": [phone.device_id]}
    body = {"alias": "Chair", "use_blueprint": {"path": path, "input": inputs}}
    house.post("/api/config/automation/config/chair", body)
    house.await_state("automation.chair", "on")


def hang_up_dashboard(house: House, ear: Ear) -> None:
    """Put the shipped dashboard into Home Assistant's folder."""
    text = command("homeassistant", "dashboard", chair_id=CHAIR, broker=ear, **NAME)
    (house.folder / "chair.yaml").write_text(text)
    with (house.folder / "configuration.yaml").open("a") as configuration:
        configuration.write(DASHBOARD)


def stretch(database: Path, began: float) -> None:
    """Give what Home Assistant has recorded the day's own pace; Home Assistant has ended."""
    columns = ("last_updated_ts", "last_changed_ts", "last_reported_ts")
    with closing(sqlite3.connect(database)) as rows:
        (ended,) = rows.execute("SELECT max(last_updated_ts) FROM states").fetchone()
        for column in columns:
            rows.execute(
                f"UPDATE states SET {column} = :end - (:end - {column}) * :speed "  # noqa: S608
                f"WHERE {column} > :began",
                {"end": ended, "speed": SPEED, "began": began},
            )
        rows.commit()


def remember(house: House) -> None:
    """Give the week before its statistics, which a Home Assistant of an hour cannot have."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    mine = house.entities_of(CHAIR)
    for key, unit, a_day in ("chair_time", "h", WEEK), ("breaks", None, BREAKS):
        rows, total = [], 0.0
        for back, amount in zip(range(len(a_day), 0, -1), a_day, strict=True):
            for hour in range(24):
                moment = midnight - timedelta(days=back) + timedelta(hours=hour)
                works = moment.weekday() < 5 and 8 <= hour < 16
                total += amount / 8 if works else 0
                rows.append({"start": moment.isoformat(), "sum": total, "state": total})
        metadata = {
            "source": "recorder",
            "statistic_id": mine[key],
            "name": None,
            "unit_of_measurement": unit,
            "has_mean": False,
            "has_sum": True,
        }
        house.ask("recorder/import_statistics", metadata=metadata, stats=rows)


def look(house: House, push: dict[str, Any]) -> None:
    """Take the pictures."""
    (device,) = house.devices(CHAIR)
    payload = {key: push[key] for key in ("title", "message", "data")}
    card = NOTIFICATION.format(
        title=escape(push["title"]),
        message=escape(push["message"]),
        actions="".join(f"<span>{escape(e['title'])}</span>" for e in push["data"]["actions"]),
        payload=escape(json.dumps(payload, indent=2, ensure_ascii=False)),
    )
    with Browser(house) as browser, served(card, kind="text/html") as notification:
        for address, name, wanted, size in (
            (
                f"{house.url}/config/devices/device/{device['id']}",
                "device",
                ("Sit limit",),
                (900, 1420),
            ),
            (
                f"{house.url}/chair-view/chair",
                "dashboard",
                ("Sit limit", "This week"),
                (1440, 880),
            ),
            (notification, "notification", ("Time for a break",), (580, 860)),
        ):
            browser.shoot(address, IMAGES / f"homeassistant-{name}.png", *wanted, size=size)


if __name__ == "__main__":
    main()
