"""Every setting: its default, the edges of what is accepted, and what is refused just outside."""

from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from sensor.core.rules import PROFILES, ClockRange, Rules, WorkingHours, spoken
from sensor.errors import SettingsError
from sensor.settings import loading
from sensor.settings.config import Chair, Config, Mqtt, Pins, Seat
from sensor.settings.values import SETTINGS

WEEK = WorkingHours(frozenset(range(5)), ClockRange(time(9), time(12, 30)))
WEEKEND = WorkingHours(frozenset({5, 6}), ClockRange(time(10), time(12)))
SEAT = {"seat.topic": "z"}


class Row(NamedTuple):
    """One setting; `needs` are the neighbours that an edge value would contradict."""

    key: str
    default: Any
    accepted: Mapping[str, Any]
    refused: tuple[str, ...]
    needs: Mapping[str, str] = {}


ROWS = [
    Row("sit_confirm", 3, {"0": 0, "0.1s": 0.1, "60s": 60}, ("0.09s", "60.1s", "-1", "3 s")),
    Row("leave_confirm", 10, {"0s": 0, "0.1": 0.1, "5m": 300}, ("0.05", "301", "")),
    Row("buzzer_release", 1, {"0": 0, "0.5s": 0.5, "10s": 10}, ("10.1s", "soon")),
    Row("short_absence", 60, {"0": 0, "10m": 600}, ("601s", "-1s"), {"break_min": "1h"}),
    Row(
        "break_min", 300, {"1s": 1, "60m": 3600}, ("0.9s", "0", "6", "3601"), {"short_absence": "0"}
    ),
    Row(
        "break_credit",
        "proportional",
        {"proportional": "proportional", "None": "none"},
        ("", "half"),
    ),
    Row("break_goal", 600, {"5m": 300, "1h": 3600}, ("0", "10", "61m")),
    Row("break_chirp", False, {"true": True, "Off": False, "0": False}, ("", "soft")),
    Row(
        "exercises",
        "office",
        {"office": "office", "Floor": "floor", "none": "none"},
        ("", "home"),
    ),
    Row("sit_limit", 3600, {"1s": 1, "4h": 14400}, ("0.5s", "0", "50", "241m"), {"pre_alert": "0"}),
    Row("pre_alert", 300, {"0": 0, "60m": 3600}, ("3601", "5", "-1"), {"sit_limit": "4h"}),
    Row("realert_every", 300, {"1s": 1, "60m": 3600}, ("0", "5", "61m")),
    Row(
        "level_after",
        (0, 120, 300, 600),
        {"0,2m,5m,10m": (0, 120, 300, 600), '["1s", "2s", "3s", "4h"]': (1, 2, 3, 14400)},
        (
            "0,1s,2s",
            "0,1s,2s,3s,4s",
            "0,2s,2s,3s",
            "3s,2s,1s,0",
            "0,1m,2m,5h",
            "0,2,5,10",
            "none",
            "",
        ),
    ),
    Row(
        "level_every",
        (None, 60, 30, 15),
        {"once,60,30,15": (None, 60, 30, 15), "2s,Once,once,4h": (2, None, None, 14400)},
        ("once,60,30", "once,60,30,1.9", "once,60,30,0", "once,60,30,5h", "never,1,2,3", ""),
    ),
    Row("return_grace", 60, {"0": 0, "10m": 600}, ("601",)),
    Row("snooze", 300, {"1s": 1, "1h": 3600}, ("0", "5", "3601s")),
    Row("max_snoozes", 2, {"0": 0, "10": 10}, ("-1", "11", "2.0", "2s", "", "9" * 5000)),
    Row("dnd_expires", 3600, {"1s": 1, "720m": 43200}, ("0", "60", "12h1s")),
    Row("self_check", False, {"true": True, "no": False}, ("", "monthly")),
    Row("goals", False, {"yes": True, "false": False}, ("", "many")),
    Row(
        "quiet_hours",
        ClockRange(time(22), time(7)),
        {
            "none": None,
            "21:30-06:00": ClockRange(time(21, 30), time(6)),
            "00:00-24:00": ClockRange(time(0), time(0)),
        },
        ("", "22-7", "22:00-22:00", "off"),
    ),
    Row(
        "working_hours",
        (),
        {
            "none": (),
            "Mon-Fri 09:00-12:30": (WEEK,),
            "Mon-Fri 09:00-12:30, Sat,Sun 10:00-12:00": (WEEK, WEEKEND),
            '["Mon-Fri 09:00-12:30", "Sat,Sun 10:00-12:00"]': (WEEK, WEEKEND),
        },
        ("", "Mon-Fri", "09:00-17:00", "Xyz 09:00-17:00", "Mon 09:00-12:30, 13:00-14:00"),
    ),
    Row("day_starts", time(4), {"00:00": time(0), "23:59": time(23, 59)}, ("24:00", "4h", "")),
    Row(
        "suspicious_after",
        14400,
        {"3s": 3, "24h": 86400, "none": None},
        ("0", "0.5s", "4", "25h", "never"),
        {"sit_limit": "1s", "level_after": "0,0.1s,0.2s,0.3s", "pre_alert": "0"},
    ),
    Row("fatigue_after", 1800, {"1s": 1, "240m": 14400}, ("0", "30", "241m")),
    Row(
        "buzzer_style",
        "escalating",
        {"escalating": "escalating", "steady": "steady", "OFF": "off"},
        ("", "loud", "false"),
    ),
    Row("profile", "standard", {name: name for name in PROFILES}, ("", "default")),
    Row("language", "en", {"en": "en", "DE": "de"}, ("", "english", "C.UTF-8")),
    Row(
        "state_dir",
        None,
        {
            "/var/lib/x": Path("/var/lib/x"),
            "~/x": Path("~/x").expanduser(),
            "/" + "x" * 4095: Path("/" + "x" * 4095),
        },
        ("", "a\tb", "~nobody-of-that-name/x", "/" + "x" * 4096),
    ),
    Row("keep_days", None, {"7": 7, "36500": 36500, "none": None}, ("", "6", "36501", "1y")),
    Row(
        "log_level",
        "info",
        {"debug": "debug", "info": "info", "warning": "warning", "ERROR": "error"},
        ("", "trace"),
    ),
    Row("chair.id", None, {"a": "a", "d_-9" * 16: "d_-9" * 16}, ("", "A", "é", "a" * 65, "a/b")),
    Row("chair.name", "Desk chair", {"Schreibtisch 🪑": "Schreibtisch 🪑"}, ("", "a\nb", "\x7f")),
    Row(
        "chair.area",
        None,
        {"Office": "Office", "Büro 2": "Büro 2"},
        ("", "a\nb", "\x7f", "\u2028", "\u2029"),
    ),
    Row(
        "chair.timezone",
        None,
        {"Europe/Berlin": "Europe/Berlin", "UTC": "UTC"},
        ("", "Mars/Olympus", "../etc/passwd", "Europe"),
    ),
    Row("pins.mat", 5, {"4": 4, "27": 27}, ("0", "1", "2", "3", "28", "-1", "none", "GPIO5")),
    Row("pins.tamper", None, {"4": 4, "27": 27, "none": None}, ("0", "1", "2", "3", "28", "5")),
    Row("pins.buzzer", 17, {"2": 2, "27": 27, "none": None}, ("0", "1", "28", "5")),
    Row("pins.buzzer_active_high", True, {"false": False, "on": True}, ("", "2", "high")),
    Row(
        "pins.led",
        None,
        {"2": 2, "27": 27, "23,24": (23, 24), "[23, 24]": (23, 24), "none": None},
        ("1", "28", "5", "17,18", "23,23", "22,23,24", "", "red"),
    ),
    Row("pins.button", None, {"4": 4, "27": 27, "None": None}, ("1", "2", "3", "28", "17")),
    Row("pins.chip", None, {"0": 0, "255": 255}, ("-1", "256", "gpiochip0")),
    Row(
        "seat.topic",
        None,
        {
            "zigbee2mqtt/desk chair": "zigbee2mqtt/desk chair",
            "chair-sensor/desk/seat/set": "chair-sensor/desk/seat/set",
        },
        (
            *("", "zigbee2mqtt/+", "zigbee2mqtt/#", "$SYS/x", "/a", "a/", "x" * 201),
            *("chair-sensor/desk/state", "chair-sensor/desk/set/snooze", "homeassistant/status"),
        ),
    ),
    Row("seat.key", None, {"contact": "contact", "a.b": "a.b"}, ("", "a\nb"), SEAT),
    Row(
        "seat.seated",
        ("true", "on", "1"),
        {"sit,sedentary": ("sit", "sedentary"), "0": ("0",), "ON": ("on",)},
        ("", "x" * 61),
        SEAT,
    ),
    Row("seat.empty", None, {"false": ("false",), "2,3": ("2", "3")}, ("", "true"), SEAT),
    Row(
        "seat.availability",
        (),
        {"zigbee2mqtt/bridge/state, b": ("zigbee2mqtt/bridge/state", "b")},
        ("a/#", "chair-sensor/desk/availability", "z"),
        SEAT,
    ),
    Row(
        "seat.silent_after",
        93600,
        {"1s": 1, "30m": 1800, "720h": 2592000, "none": None},
        ("0", "26", "721h"),
        SEAT,
    ),
    Row(
        "mqtt.host",
        "localhost",
        {
            host: host
            for host in (
                "broker",
                "a_b.lan",
                "192.168.1.10",
                "::1",
                "fe80::1%eth0",
                "bücher.example",
                "x" * 63 + ".lan",
                "example.org.",
                "none",
            )
        }
        | {"None": "none"},
        (
            "",
            "a b",
            "-a",
            "a..b",
            ".a",
            "x" * 64,
            "192.168.1.300",
            "1234",
            "[::1]",
            "host:1883",
            "mqtt://host",
            "user@host",
            "a" * 254,
            ":::",
            "fe80::1%" + "x" * 70,
            "�",
        ),
    ),
    Row("mqtt.port", None, {"1": 1, "65535": 65535}, ("0", "65536", "x", "1883.0")),
    Row("mqtt.username", None, {"pi": "pi", "é" * 100: "é" * 100}, ("", "a\x01b", "x" * 16385)),
    Row(
        "mqtt.password",
        None,
        {"p w=\"'": "p w=\"'", "x\n": "x", "X \r\n": "X ", "X\n": "X", "x" * 16384: "x" * 16384},
        ("", "a\x00b", "x" * 16385),
    ),
    Row("mqtt.client_id", None, {"desk": "desk", "x" * 200: "x" * 200}, ("", "x" * 201, "a\nb")),
    Row("mqtt.protocol", "3.1.1", {"3.1.1": "3.1.1", "5": "5"}, ("", "3.1", "4", "5.0")),
    Row("mqtt.keepalive", 30, {"10": 10, "10m": 600}, ("9", "601", "10.5", "0")),
    Row("mqtt.tls", False, {"true": True, "no": False}, ("", "maybe")),
    Row("mqtt.tls_insecure", False, {"true": True, "false": False}, ("", "2")),
    Row(
        "mqtt.base_topic",
        "chair-sensor",
        {"a": "a", "home/desk chairs": "home/desk chairs"},
        ("", "a/#", "+", "/a", "a/", "a//b", "$SYS", "a\x00", "x" * 201),
    ),
    Row("mqtt.discovery", True, {"off": False, "1": True}, ("", "none")),
    Row("mqtt.discovery_prefix", "homeassistant", {"ha/x": "ha/x"}, ("", "a/+/b", "ha/")),
    Row("mqtt.birth_topic", "homeassistant/status", {"ha": "ha"}, ("", "#", "/", "a\x85")),
]
ACCEPTED = [(row, text) for row in ROWS for text in row.accepted]
REFUSED = [(row, text) for row in ROWS for text in row.refused]
FILES = ("ca_file", "cert_file", "key_file", "password_file")

Loader = Callable[[Mapping[str, str]], Config]


def toml(text: str) -> str:
    """Write a text as a TOML string; what TOML cannot hold becomes a question mark."""
    signs = (
        sign if sign.isprintable() and sign not in '"\\' else ascii_escape(sign) for sign in text
    )
    return f'"{"".join(signs)}"'


def ascii_escape(sign: str) -> str:
    """Escape one sign for a TOML string."""
    return "?" if "\ud800" <= sign <= "\udfff" else f"\\u{ord(sign):04x}"


@pytest.fixture(params=["file", "environment", "--set"])
def load(request: pytest.FixtureRequest, tmp_path: Path) -> Loader:
    """Load dotted keys from one of the three places."""

    def from_file(values: Mapping[str, str]) -> Config:
        path = tmp_path / "chair.toml"
        lines = [f"{key} = {toml(text)}\n" for key, text in values.items()]
        path.write_text("".join(lines), encoding="utf-8")
        return loading.load(config_file=path, environ={})

    def from_environment(values: Mapping[str, str]) -> Config:
        names = {key: f"CHAIR_SENSOR_{key.replace('.', '__').upper()}" for key in values}
        return loading.load(environ={names[key]: text for key, text in values.items()})

    def from_overrides(values: Mapping[str, str]) -> Config:
        return loading.load(environ={}, overrides=[f"{k}={v}" for k, v in values.items()])

    loaders = {"file": from_file, "environment": from_environment, "--set": from_overrides}
    return loaders[request.param]


def value_of(config: Config, key: str) -> Any:
    """Find the effective value of a dotted key."""
    table, _, name = key.rpartition(".")
    if table:
        return getattr(getattr(config, table), name)
    return getattr(config if hasattr(config, name) else config.rules(), name)


def label(value: object) -> str:
    """Name a case by its key and the start of its text."""
    return value.key if isinstance(value, Row) else ascii(value)[:30]


class TestEverySetting:
    """The table above."""

    def test_the_table_is_complete(self) -> None:
        """No setting is left out."""
        listed = {row.key for row in ROWS} | {f"mqtt.{name}" for name in FILES}

        assert listed == {".".join(key) for key in SETTINGS}

    def test_every_rule_and_field_can_be_set(self) -> None:
        """Whatever the daemon knows as a setting can be written."""
        known = {".".join(key) for key in SETTINGS}
        fields = {name for name in Rules.__dataclass_fields__ if name != "timezone"}
        for table, kind in (("chair", Chair), ("pins", Pins), ("seat", Seat), ("mqtt", Mqtt)):
            fields |= {f"{table}.{name}" for name in kind.__dataclass_fields__}

        assert fields <= known

    @pytest.mark.parametrize("row", ROWS, ids=label)
    def test_default(self, row: Row) -> None:
        """Without a word from the user the default holds."""
        assert value_of(loading.load(environ={}), row.key) == row.default

    @pytest.mark.parametrize(("row", "text"), ACCEPTED, ids=label)
    def test_accepted(self, row: Row, text: str, load: Loader) -> None:
        """Edge values are accepted from every place."""
        config = load({**row.needs, row.key: text})

        assert value_of(config, row.key) == row.accepted[text]
        assert type(value_of(config, row.key)) is not int or row.key.startswith(
            ("pins", "mqtt", "max", "keep")
        )

    def test_the_zone_is_a_rule(self) -> None:
        """The clock of the rules is that of the chair."""
        config = loading.load(environ={}, overrides=["chair.timezone=Asia/Kolkata"])

        assert config.rules().timezone == ZoneInfo("Asia/Kolkata")

    @pytest.mark.parametrize(("row", "text"), REFUSED, ids=label)
    def test_refused(self, row: Row, text: str, load: Loader) -> None:
        """Values just outside are refused from every place, in one line that names the key."""
        with pytest.raises(SettingsError) as refused:
            load({**row.needs, row.key: text})

        (line,) = str(refused.value).splitlines()
        assert f"{row.key} " in line
        assert line.isprintable()


class TestTomlValues:
    """A TOML file may hold numbers, switches, lists and times as such."""

    @pytest.mark.parametrize(
        ("line", "key", "expected"),
        [
            ("return_grace = 90", "return_grace", 90.0),
            ("sit_confirm = 0.5", "sit_confirm", 0.5),
            ("max_snoozes = 3", "max_snoozes", 3),
            ("day_starts = 05:30:00", "day_starts", time(5, 30)),
            ('level_after = [0, "1m", "90.5s", "1h"]', "level_after", (0, 60, 90.5, 3600)),
            ('level_every = ["once", 5, "3s", 2]', "level_every", (None, 5, 3, 2)),
            ("working_hours = []", "working_hours", ()),
            ('working_hours = ["Mon-Fri 09:00-12:30"]', "working_hours", (WEEK,)),
            ("pins.led = [23, 24]", "pins.led", (23, 24)),
            ("pins.led = [23]", "pins.led", 23),
            ("pins.led = 23", "pins.led", 23),
            ("pins.buzzer_active_high = false", "pins.buzzer_active_high", False),
            ("mqtt.keepalive = 60.0", "mqtt.keepalive", 60),
            (
                "seat = {topic = 'z', seated = ['Sit', 2, true]}",
                "seat.seated",
                ("sit", "2", "true"),
            ),
        ],
    )
    def test_accepted(self, tmp_path: Path, line: str, key: str, expected: object) -> None:
        """Each plain TOML type is read as what it is."""
        path = tmp_path / "chair.toml"
        path.write_text(line)

        assert value_of(loading.load(config_file=path, environ={}), key) == expected

    @pytest.mark.parametrize(
        "line",
        [
            "sit_limit = true",
            "sit_limit = nan",
            "sit_limit = inf",
            "sit_limit = [60]",
            "sit_limit = {minutes = 60}",
            "sit_limit = 0x" + "f" * 9000,
            "max_snoozes = true",
            "max_snoozes = 2.0",
            "pins.mat = true",
            "pins.mat = {}",
            "pins.led = [[1, 2], 3]",
            "pins.led = []",
            "level_after = [[0], 1, 2, 3]",
            "level_every = [true, true, true, true]",
            "working_hours = [5]",
            "working_hours = 5",
            "quiet_hours = 22:00:00",
            "quiet_hours = false",
            "day_starts = 04:00:01",
            "day_starts = 04:00:00.5",
            "day_starts = 4",
            "day_starts = 2026-01-01",
            "buzzer_style = false",
            "mqtt.tls = 1",
            "mqtt.host = 5",
            "mqtt.protocol = 5",
            "mqtt.port = 1883.5",
            "state_dir = 5",
            "chair.id = 7",
            "chair.timezone = 1",
        ],
    )
    def test_refused(self, tmp_path: Path, line: str) -> None:
        """A wrong type is told in one short line, however large the value."""
        path = tmp_path / "chair.toml"
        path.write_text(line)

        with pytest.raises(SettingsError) as refused:
            loading.load(config_file=path, environ={})

        (text,) = str(refused.value).splitlines()
        assert text.startswith(f"{line.split(' = ', maxsplit=1)[0]} ")
        assert str(path) in text
        assert len(text) < 400


class TestPrecedence:
    """Command line > environment > file > profile > default."""

    def test_the_stronger_place_wins(self, tmp_path: Path) -> None:
        """Each layer is seen where the stronger ones are silent."""
        path = tmp_path / "chair.toml"
        path.write_text('profile = "demo"\nsnooze = "1s"\nsit_limit = "101s"\nreturn_grace = 3\n')
        environ = {"CHAIR_SENSOR_SNOOZE": "2s", "CHAIR_SENSOR_SIT_LIMIT": "102s", "SNOOZE": "9"}

        config = loading.load(config_file=path, environ=environ, overrides=["snooze=3s"])

        rules = config.rules()
        assert (rules.snooze, rules.sit_limit, rules.return_grace) == (3, 102, 3)
        assert (rules.break_min, rules.break_goal) == (10, 600)

    def test_explicit_holds_what_was_written_alone(self, tmp_path: Path) -> None:
        """What the profile sets is not explicit, so that a profile chosen later can change it."""
        path = tmp_path / "chair.toml"
        path.write_text('profile = "hourly"\nlog_level = "debug"\nquiet_hours = "none"\n')

        config = loading.load(config_file=path, environ={}, overrides=["sit_limit=60m"])

        assert config.explicit == {"quiet_hours": None, "sit_limit": 3600.0}
        assert (config.profile, config.log_level) == ("hourly", "debug")

    def test_tables_are_laid_key_by_key(self, tmp_path: Path) -> None:
        """A key of [mqtt] on the command line leaves the others of the file alone."""
        path = tmp_path / "chair.toml"
        path.write_text('[mqtt]\nhost = "broker.lan"\nport = 1884\n')

        config = loading.load(config_file=path, environ={}, overrides=["mqtt.port=1885"])

        assert config.mqtt == Mqtt(host="broker.lan", port=1885)

    def test_the_last_of_two_overrides_wins(self) -> None:
        """A repeated --set replaces the one before."""
        config = loading.load(environ={}, overrides=["snooze=1s", "snooze=2s"])

        assert config.explicit == {"snooze": 2}

    @pytest.mark.parametrize("name", sorted(PROFILES))
    def test_every_profile_is_legal(self, name: str, load: Loader) -> None:
        """Whatever a profile sets could also be written by hand, and the result holds together."""
        config = load({"profile": name})
        by_hand = loading.load(
            environ={}, overrides=[f"{key}={words(value)}" for key, value in PROFILES[name].items()]
        )

        assert by_hand.rules() == config.rules()

    def test_nothing_written_is_the_plain_config(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a file and in a bare environment all is default; os.environ counts."""
        monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", Path("/nowhere/at/all.toml"))
        assert loading.load(environ={}) == Config()

        monkeypatch.setenv("CHAIR_SENSOR_SNOOZE", "77s")
        assert loading.load().explicit == {"snooze": 77}

    def test_the_file_in_etc_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No file named: the one in /etc counts."""
        path = tmp_path / "config.toml"
        path.write_text("snooze = '42s'\n")
        monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", path)

        assert loading.load(environ={}).explicit == {"snooze": 42}

    def test_paths_in_a_file_start_where_it_is(self, tmp_path: Path) -> None:
        """A relative path means the same wherever the daemon is started."""
        path = tmp_path / "chair.toml"
        path.write_text('state_dir = "state"\n')

        assert loading.load(config_file=path, environ={}).state_dir == tmp_path / "state"

    def test_paths_elsewhere_start_here(self) -> None:
        """On the command line a relative path is the shell's."""
        config = loading.load(environ={}, overrides=["state_dir=state"])

        assert config.state_dir == Path.cwd() / "state"

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        """Files from Windows editors are read."""
        path = tmp_path / "chair.toml"
        path.write_bytes(b"\xef\xbb\xbfsnooze = '42s'\r\n")

        assert loading.load(config_file=path, environ={}).explicit == {"snooze": 42}


def words(value: object) -> str:
    """Write a rule value as a person would."""
    if isinstance(value, tuple):
        return ",".join("once" if item is None else words(item) for item in value)
    return spoken(value) if isinstance(value, float) else str(value)


class TestPassword:
    """Four places for one secret."""

    @pytest.fixture
    def credentials(self, tmp_path: Path) -> Path:
        """Make a directory as systemd does."""
        directory = tmp_path / "credentials"
        directory.mkdir()
        (directory / "mqtt_password").write_text("from systemd\n")
        return directory

    @pytest.fixture
    def secret(self, tmp_path: Path) -> Path:
        """Make a file with a password in it."""
        path = tmp_path / "secret"
        path.write_text("from file\n")
        return path

    def test_credential(self, credentials: Path) -> None:
        """The credential of systemd is used when nothing else is set, without its newline."""
        environ = {"CREDENTIALS_DIRECTORY": str(credentials)}

        assert loading.load(environ=environ).mqtt.password == "from systemd"  # noqa: S105
        assert (
            loading.load(environ={}, credentials_dir=credentials).mqtt.password == "from systemd"  # noqa: S105
        )

    @pytest.mark.parametrize(("text", "password"), [(" \n", " "), ("X\r\n", "X")])
    def test_only_the_newline_goes(self, credentials: Path, text: str, password: str) -> None:
        """A blank is a password."""
        (credentials / "mqtt_password").write_text(text)

        assert loading.load(environ={}, credentials_dir=credentials).mqtt.password == password

    def test_no_credential(self, tmp_path: Path, credentials: Path) -> None:
        """A missing or empty credential is no password."""
        assert loading.load(environ={}, credentials_dir=tmp_path).mqtt.password is None

        (credentials / "mqtt_password").write_text("\n")
        assert loading.load(environ={}, credentials_dir=credentials).mqtt.password is None

    def test_password_file(self, secret: Path, credentials: Path) -> None:
        """A file beats the credential, and its trailing newline goes."""
        overrides = [f"mqtt.password_file={secret}"]
        config = loading.load(environ={}, overrides=overrides, credentials_dir=credentials)

        assert config.mqtt.password == "from file"  # noqa: S105

    def test_the_stronger_place_decides(self, tmp_path: Path, secret: Path) -> None:
        """A password file in the environment replaces a password in the file, and so on up."""
        path = tmp_path / "chair.toml"
        path.write_text('mqtt.password = "in toml"\n')
        environ = {"CHAIR_SENSOR_MQTT__PASSWORD_FILE": str(secret)}

        middle = loading.load(config_file=path, environ=environ)
        top = loading.load(config_file=path, environ=environ, overrides=["mqtt.password=a=b"])

        assert middle.mqtt.password == "from file"  # noqa: S105
        assert top.mqtt.password == "a=b"  # noqa: S105

    def test_it_is_in_no_repr(self) -> None:
        """Neither the configuration nor its listing shows the password; they show all else."""
        given = ["mqtt.username=chair-7", "mqtt.password=hunter2"]
        loaded = loading.load_with_origins(environ={}, overrides=given)

        shown = repr(loaded) + "\n".join(loading.describe(loaded.config, loaded.origins))
        assert "hunter2" not in shown
        assert "mqtt.password = (set)  (--set)" in shown
        assert "username='chair-7'" in repr(loaded)


class TestTls:
    """Files imply TLS."""

    @pytest.fixture
    def pem(self, tmp_path: Path) -> Path:
        """Make a file that can be read."""
        path = tmp_path / "some.pem"
        path.write_text("-----BEGIN-----\n")
        return path

    def test_a_file_switches_it_on(self, pem: Path, load: Loader) -> None:
        """Whoever names a certificate authority wants TLS."""
        assert load({"mqtt.ca_file": str(pem)}).mqtt == Mqtt(tls=True, ca_file=pem)

    def test_client_certificate(self, pem: Path, load: Loader) -> None:
        """Certificate and key come together."""
        config = load({"mqtt.cert_file": str(pem), "mqtt.key_file": str(pem)})

        assert config.mqtt == Mqtt(tls=True, cert_file=pem, key_file=pem)

    def test_credentials(self, tmp_path: Path, pem: Path) -> None:
        """Certificate and key may come from systemd, which a setting of the same kind beats."""
        for name in ("mqtt_cert", "mqtt_key"):
            (tmp_path / name).write_text("-----BEGIN-----\n")

        config, origins, _ = loading.load_with_origins(
            environ={}, overrides=[f"mqtt.cert_file={pem}"], credentials_dir=tmp_path
        )

        assert config.mqtt == Mqtt(tls=True, cert_file=pem, key_file=tmp_path / "mqtt_key")
        assert origins["mqtt.key_file"] == "systemd credential mqtt_key"

    def test_no_credentials(self, tmp_path: Path) -> None:
        """What the unit hands over where nobody has put anything is no certificate and no key."""
        for name in ("mqtt_cert", "mqtt_key"):
            (tmp_path / name).write_text("\n")

        config = loading.load(environ={}, credentials_dir=tmp_path)

        assert (config.mqtt.cert_file, config.mqtt.key_file, config.mqtt.tls) == (None, None, False)

    def test_half_of_the_credentials(self, tmp_path: Path) -> None:
        """A key without a certificate is a mistake, and the line names the credential."""
        (tmp_path / "mqtt_key").write_text("-----BEGIN-----\n")

        with pytest.raises(SettingsError, match=r"systemd credential mqtt_key.*belong together"):
            loading.load(environ={}, credentials_dir=tmp_path)

    def test_insecure_switches_it_on(self) -> None:
        """Whoever waives the check of the certificate wants TLS."""
        config = loading.load(environ={}, overrides=["mqtt.tls_insecure=true"])

        assert config.mqtt == Mqtt(tls=True, tls_insecure=True)


class TestDescribe:
    """The listing of `check-config`."""

    def test_every_setting_has_a_line(self) -> None:
        """One `key = value` a line, and no marks when all is default."""
        lines = loading.describe(Config())

        keys = [line.partition(" = ")[0] for line in lines]
        assert set(keys) == {".".join(key) for key in SETTINGS}
        assert not [line for line in lines if "  (" in line]
        assert "level_every = once, 1m, 30s, 15s" in lines
        assert "working_hours = none" in lines
        assert "mqtt.password = (not set)" in lines

    def test_origins_are_told(self, tmp_path: Path) -> None:
        """What differs says where it came from."""
        path = tmp_path / "chair.toml"
        path.write_text(
            'profile = "demo"\nworking_hours = ["Sat,Sun 10:00-12:00"]\npins.led = [2, 3]\n'
        )
        loaded = loading.load_with_origins(
            config_file=path,
            environ={"CHAIR_SENSOR_MQTT__TLS": "yes"},
            overrides=["sit_limit=90s", "suspicious_after=none", "state_dir=/X"],
        )

        lines = loading.describe(loaded.config, loaded.origins)

        assert f"profile = demo  ({path})" in lines
        assert f"working_hours = Sat,Sun 10:00-12:00  ({path})" in lines
        assert f"pins.led = 2, 3  ({path})" in lines
        assert "mqtt.tls = true  (environment variable CHAIR_SENSOR_MQTT__TLS)" in lines
        assert "sit_limit = 1m30s  (--set)" in lines
        assert "suspicious_after = none  (--set)" in lines
        assert "state_dir = /X  (--set)" in lines
        assert "break_min = 10s  (profile demo)" in lines

    def test_without_origins(self) -> None:
        """A configuration alone still marks what differs."""
        lines = loading.describe(Config(mqtt=Mqtt(host="broker"), explicit={"snooze": 77}))

        assert "mqtt.host = broker  (set)" in lines
        assert "snooze = 1m17s  (set)" in lines
