"""The files that a person's first hour with Home Assistant would have left in its folder.

One user, one refresh token, the broker, nothing that reaches out into the network.
"""

import json
from pathlib import Path
from typing import Any

REFRESH_TOKEN = "of-the-tests" * 8
_CONFIGURATION = """\
homeassistant:
  name: Home
  latitude: 52.5
  longitude: 13.4
  elevation: 40
  unit_system: metric
  currency: EUR
  country: DE
  language: en
  time_zone: UTC
  internal_url: http://127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: warning
  logs:
    homeassistant.components.http: info
    homeassistant.components.mqtt: debug
recorder:
  commit_interval: 1
conversation:
frontend:
config:
history:
mobile_app:
automation: !include automations.yaml
"""


def furnish(folder: Path, port: int, broker_port: int) -> None:
    """Write the files of a new Home Assistant that serves at `port`."""
    url = f"http://127.0.0.1:{port}"
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(_CONFIGURATION.format(port=port))
    (folder / "automations.yaml").write_text("[]\n")
    token = {
        "id": "token",
        "user_id": "resident",
        "client_id": f"{url}/",
        "client_name": None,
        "client_icon": None,
        "token_type": "normal",
        "created_at": "2026-01-01T00:00:00+00:00",
        "access_token_expiration": 86_400.0,
        "token": REFRESH_TOKEN,
        "jwt_key": REFRESH_TOKEN,
    }
    user = {
        "id": "resident",
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Resident",
        "system_generated": False,
        "local_only": False,
    }
    groups = [{"id": "system-admin", "name": "Administrators"}]
    entry = {
        "entry_id": "mqtt",
        "version": 1,
        "minor_version": 1,
        "domain": "mqtt",
        "title": "Broker",
        "source": "user",
        "data": {"broker": "127.0.0.1", "port": broker_port},
    }
    steps = ["user", "core_config", "analytics", "integration"]
    files: dict[str, tuple[int, Any]] = {
        "auth": (
            1,
            {"users": [user], "groups": groups, "credentials": [], "refresh_tokens": [token]},
        ),
        "core.config_entries": (1, {"entries": [entry]}),
        "onboarding": (4, {"done": steps}),
    }
    for key, (version, data) in files.items():
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (storage / key).write_text(json.dumps(content))
