"""What is told about wrong settings: everything at once, one line each, and never a secret."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sensor.errors import SettingsError
from sensor.settings import loading

OLD_NAMES = "Old names such as US/Pacific are in Debian's package tzdata-legacy."
IN_SECONDS = "Write 90s, 5m, 1h30m or a number of seconds."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of a test is."""
    return tmp_path / "chair.toml"


def complaints(
    path: Path | None = None,
    text: str | bytes | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Sequence[str] = (),
    credentials_dir: Path | None = None,
) -> list[str]:
    """Load settings that are wrong and return the lines told about them."""
    if path and text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as refused:
        loading.load(
            config_file=path,
            environ=environ or {},
            overrides=overrides,
            credentials_dir=credentials_dir,
        )
    assert refused.value.__context__ is None
    return str(refused.value).splitlines()


class TestLines:
    """One line for each mistake."""

    def test_all_at_once_with_key_value_place_and_advice(self, path: Path) -> None:
        """Wrong values, unknown keys and contradictions of all places are told together."""
        lines = complaints(
            path,
            'sit_limit = "5h"\nbogus = 1\n[pins]\nmat = 2\n',
            environ={"CHAIR_SENSOR_MQTT__PORT": "70000", "CHAIR_SENSOR_BREAK_MIN": "30s"},
            overrides=["max_snoozes=11", "mqtt.hosts=x", "short_absence=1m"],
        )

        assert lines == [
            "mqtt.hosts is not a setting (--set). Did you mean mqtt.host?",
            (
                f"bogus is not a setting ({path}, line 2). "
                "Remove it; `chair-sensor check-config --all` lists all settings."
            ),
            f"sit_limit must be 1s to 4h (got '5h', {path}).",
            "max_snoozes must be a whole number, 0 to 10 (got '11', --set).",
            (
                "pins.mat must not be GPIO2 or GPIO3, which have a fixed pull-up; GPIO3 held low "
                f"also wakes a halted Pi (got 2, {path}). Choose another pin, such as 5, 6 or 26."
            ),
            (
                "mqtt.port must be a whole number, 1 to 65535 (got '70000', environment variable "
                "CHAIR_SENSOR_MQTT__PORT)."
            ),
            (
                "break_min (30s, environment variable CHAIR_SENSOR_BREAK_MIN) must be longer than "
                "short_absence (1m, --set). Change one of them."
            ),
        ]

    @pytest.mark.parametrize(
        ("override", "what", "fix"),
        [
            ("sit_confirm=soon", "is not a duration", IN_SECONDS),
            ("sit_limit=soon", "is not a duration", "Write 90s, 5m or 1h30m."),
            ("sit_limit=50", "must have a unit", "Write 50m or 50s."),
            ("sit_limit=240", "must have a unit", "Write 240m or 240s."),
            ("sit_limit=241", "must have a unit", "Write 241s."),
            ("sit_limit=0", "must be 1s to 4h", ""),
            ("sit_confirm=61", "must be 0, or 0.1s to 1m", ""),
            ("mqtt.keepalive=10.5", "must be whole seconds", "Write 10s."),
            ("day_starts=4h", "must be a time of day, HH:MM", "For example 04:00."),
            ("quiet_hours=22-7", "must be a range HH:MM-HH:MM", "For example 22:00-07:00."),
            (
                "quiet_hours=22:00-22:00",
                "starts and ends at the same time",
                "Write 00:00-24:00 for the whole day.",
            ),
            (
                "working_hours=",
                "must not be empty",
                "Write hours like Mon-Fri 09:00-12:30, or none.",
            ),
            (
                "working_hours=Mon-Fri",
                "must be days and hours",
                "Write them like Mon-Fri 09:00-12:30.",
            ),
            (
                "working_hours=Mon 9-12",
                "must be a range HH:MM-HH:MM",
                "For example Mon-Fri 09:00-17:00.",
            ),
            (
                "working_hours=Mo 09:00-12:00",
                "has a day that is none of Mon Tue Wed Thu Fri Sat Sun",
                "",
            ),
            (
                "level_after=0,2m",
                "must be four rising durations",
                'Write ["0s", "2m", "5m", "10m"].',
            ),
            (
                "level_every=1m",
                'must be four durations or "once"',
                'Write ["once", "60s", "30s", "15s"].',
            ),
            ("chair.name=", "must have 1 to 200 bytes", "Leave the key out to have it unset."),
            ("chair.name=\t", "must be text in UTF-8 without control characters", ""),
            ("chair.name=\udcff", "must be text in UTF-8 without control characters", ""),
            ("chair.id=A", "must be 1 to 64 of a-z, 0-9, _ and -", "For example desk-1."),
            (
                "chair.timezone=Mars/Olympus",
                "is not a time zone",
                f"Write an IANA name such as Europe/Berlin. {OLD_NAMES}",
            ),
            ("mqtt.host=", "must name the broker", "Write none for no broker."),
            (
                "mqtt.host=a b",
                "must be the name or address of a host alone",
                "For example broker.lan or 192.168.1.10; the port goes in mqtt.port.",
            ),
            (
                "mqtt.base_topic=a/#",
                "must be a topic to publish to",
                "Leave out + and #, and $ at the start.",
            ),
            (
                "mqtt.base_topic=a//b",
                "must not have an empty level",
                "Leave out / at both ends, and //.",
            ),
            ("seat.seated=", "must be one word of the sensor, or several", 'For example ["sit"].'),
            (
                "state_dir=~nobody-of-that-name/x",
                "leads nowhere from here",
                "Write the whole path, from /.",
            ),
            ("buzzer_style=loud", "must be escalating, steady or off", ""),
            ("goals=many", "must be true or false", ""),
            ("max_snoozes=11", "must be a whole number, 0 to 10", ""),
            ("pins.mat=40", "must be a BCM pin number, 0 to 27", "Physical pin 40 is BCM 21."),
            ("pins.mat=99", "must be a BCM pin number, 0 to 27", "Physical pin 29 is BCM 5."),
            (
                "pins.buzzer=0",
                "must not be GPIO0 or GPIO1, which belong to the EEPROM of HATs",
                "Choose another pin.",
            ),
            ("pins.led=22,23,24", "must be one pin, or two: [green, red]", ""),
        ],
    )
    def test_each_mistake_has_a_sentence(self, override: str, what: str, fix: str) -> None:
        """What is wrong with the value, the value and its place, and the next step."""
        key, _, value = override.partition("=")

        (line,) = complaints(overrides=[override])

        assert line == f"{key} {what} (got {value!r}, --set). {fix}".rstrip()

    @pytest.mark.parametrize(
        ("line", "what", "fix"),
        [
            ("sit_limit = 50", "must have a unit (got 50, {})", "Write 50m or 50s."),
            ("sit_limit = true", "is not a duration (got true, {})", "Write 90s, 5m or 1h30m."),
            ("sit_confirm = {}", "is not a duration (got a table, {})", IN_SECONDS),
            ("chair.name = 5", "must be text (got 5, {})", "Put it in quotes."),
            (
                "buzzer_style = 1",
                "must be escalating, steady or off (got 1, {})",
                "Put the word in quotes.",
            ),
            ("mqtt.password = 5", "must be text (got (hidden), {})", "Put it in quotes."),
        ],
    )
    def test_a_wrong_type(self, path: Path, line: str, what: str, fix: str) -> None:
        """A file says what a value is by how it is written, and so does the complaint."""
        key, _, _ = line.partition(" ")

        assert complaints(path, line) == [f"{key} {what.format(path)}. {fix}"]

    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("999999999999999", "999999999999999"),
            ("1000000000000000", "a huge number"),
            (f"'{'x' * 60}'", f"'{'x' * 60}'"),
            (f"'{'x' * 61}'", f"'{'x' * 60}...'"),
            ('"pi:\\nhunter2@broker"', "'(hidden)@broker'"),
            ("[1, 'a', true, 4]", "[1, 'a', true, 4]"),
            ("[1, 2, 3, 4, 5]", "[1, 2, 3, 4, ...]"),
            ("[[1], {a = 1}]", "[a list, a table]"),
        ],
    )
    def test_what_was_written_is_shown(self, path: Path, written: str, shown: str) -> None:
        """Short, on one line, and without what stands before an @."""
        (line,) = complaints(path, f"sit_limit = {written}")

        assert f" (got {shown}, {path})" in line

    def test_a_duration_without_an_end(self) -> None:
        """More digits than a clock has are told, and not all of them repeated."""
        (line,) = complaints(overrides=[f"sit_confirm={'9' * 400}"])

        assert line == (
            f"sit_confirm is longer than a clock can run (got '{'9' * 60}...', --set). "
            "Write 90s, 5m or 1h30m."
        )

    def test_contradictions_beside_a_wrong_value(self) -> None:
        """A wrong value keeps nobody from comparing the others, those of tables, too."""
        lines = complaints(overrides=["sit_limit=never", "pins.mat=17"])

        assert [line.split(" ")[0] for line in lines] == ["sit_limit", "pins.mat"]

    def test_a_simulation_brings_its_broker(self) -> None:
        """Then it does not matter that none is named; all else does."""
        seat = ["seat.topic=z", "mqtt.host=none"]

        config = loading.load(overrides=seat, environ={}, own_broker=True)

        assert config.seat.topic == "z"
        with pytest.raises(SettingsError, match="is one pin twice"):
            loading.load(overrides=["pins.led=23,23"], environ={}, own_broker=True)

    def test_a_wrong_value_makes_no_second_complaint(self) -> None:
        """What is wrong already is not compared with its neighbours."""
        lines = complaints(overrides=["short_absence=never", "break_min=1s", "mqtt.key_file=\t"])

        assert [line.split(" ")[0] for line in lines] == ["short_absence", "mqtt.key_file"]

    @pytest.mark.parametrize(
        ("overrides", "what", "fix"),
        [
            (
                ["pre_alert=60m"],
                "pre_alert (1h, --set) must be shorter than sit_limit (1h, profile standard).",
                "Change one of them.",
            ),
            (
                ["profile=demo", "pre_alert=1m"],
                "pre_alert (1m, --set) must be shorter than sit_limit (1m, profile demo).",
                "Change one of them.",
            ),
            (
                ["pins.mat=17"],
                "pins.mat (17, --set) and pins.buzzer (17, default) share a pin.",
                "Give each wire its own.",
            ),
            (
                ["pins.mat=none"],
                "pins.mat (none, --set) leaves nothing that tells who sits.",
                "Name a pin, or the topic of a sensor as seat.topic.",
            ),
            (
                ["seat.key=contact"],
                "seat.key (contact, --set) needs seat.topic.",
                "Set it, or leave this out.",
            ),
            (
                ["seat.topic=z", "mqtt.host=none"],
                "seat.topic (z, --set) cannot be heard with mqtt.host (none, --set).",
                "Name the broker, or a pin as pins.mat.",
            ),
            (
                ["seat.topic=z", "seat.seated=1", "seat.empty=0,1"],
                "seat.seated (1, --set) and seat.empty (0, 1, --set) share a word.",
                "Each must mean one thing.",
            ),
            (
                ["seat.topic=z", "seat.availability=z"],
                "seat.topic (z, --set) is also in seat.availability (z, --set).",
                "Leave it out there.",
            ),
            (
                ["seat.topic=chair-sensor/desk/event"],
                (
                    "seat.topic (chair-sensor/desk/event, --set) is where the chair itself "
                    "speaks or listens, with mqtt.base_topic (chair-sensor, default)."
                ),
                "Name the topic of the sensor.",
            ),
            (
                ["pins.led=23,23"],
                "pins.led (23, 23, --set) is one pin twice.",
                "Give each wire its own.",
            ),
            (
                ["mqtt.password=x", "mqtt.password_file=/X"],
                "mqtt.password (set, --set) and mqtt.password_file (/X, --set) are both set.",
                "Keep one.",
            ),
            (
                ["mqtt.tls=false", "mqtt.tls_insecure=1", "mqtt.ca_file=/ca"],
                (
                    "mqtt.tls (false, --set) contradicts mqtt.ca_file (/ca, --set), "
                    "mqtt.tls_insecure (true, --set)."
                ),
                "Set mqtt.tls = true, or leave out the rest.",
            ),
        ],
    )
    def test_contradictions_cite_both_sides(
        self, overrides: list[str], what: str, fix: str
    ) -> None:
        """Settings that are right alone and wrong together are shown with both origins."""
        lines = complaints(overrides=overrides)

        assert lines[0] == f"{what} {fix}"

    @pytest.mark.parametrize(
        ("override", "expected"), [("sit_limit=90s", 7.5), ("sit_limit=10m", 300)]
    )
    def test_a_default_warning_gives_way(self, override: str, expected: float) -> None:
        """A warning that nobody asked for comes in proportion before a short limit."""
        config = loading.load(overrides=[override], environ={})

        assert expected == config.rules().pre_alert

    def test_a_seat_needs_no_mat(self) -> None:
        """With a topic the pins of the mat are free for other wires, whatever is written there."""
        config = loading.load(
            overrides=["seat.topic=z", "pins.mat=17", "pins.tamper=17", "pins.buzzer=none"],
            environ={},
        )

        assert (config.pins.mat, config.pins.tamper, config.pins.buzzer) == (None, None, None)
        assert config.seat.key is None
        assert "pins.mat = none  (seat.topic is set)" in loading.describe(config)

    def test_seat_set_has_defaults_of_its_own(self) -> None:
        """Home Assistant tells in a known shape, every five minutes; what is written wins."""
        topic = "seat.topic=chair-sensor/desk/seat/set"
        usual = loading.load(overrides=[topic], environ={}).seat
        other = loading.load(
            overrides=[topic, "seat.key=x", "seat.silent_after=1h"], environ={}
        ).seat

        base = "mqtt.base_topic=home/chairs"
        deep = loading.load(
            overrides=[base, "seat.topic=home/chairs/desk/seat/set"], environ={}
        ).seat
        strange = loading.load(overrides=[base, topic], environ={}).seat

        assert (usual.key, usual.silent_after) == ("seated", 900)
        assert (deep.key, strange.key) == ("seated", None)
        assert (other.key, other.silent_after) == ("x", 3600)

    def test_tls_false_against_files(self, path: Path) -> None:
        """Files for TLS and a plain no contradict each other."""
        (line,) = complaints(overrides=["mqtt.tls=no", f"mqtt.ca_file={path}"])

        assert line.endswith(". Set mqtt.tls = true, or leave out the rest.")

    @pytest.mark.parametrize(("name", "other"), [("cert", "key"), ("key", "cert")])
    def test_certificate_and_key_belong_together(self, path: Path, name: str, other: str) -> None:
        """Half a client certificate is refused, and the missing half named."""
        path.touch()
        (line,) = complaints(overrides=[f"mqtt.{name}_file={path}"])

        assert f"mqtt.{other}_file (not set, default)" in line
        assert line.endswith("belong together. Set both, or neither.")

    @pytest.mark.parametrize("name", ["ca_file", "password_file"])
    def test_files_must_be_readable(self, path: Path, name: str) -> None:
        """A missing file, or a directory, is told with the system's reason."""
        (missing,) = complaints(overrides=[f"mqtt.{name}={path}"])
        (directory,) = complaints(overrides=[f"mqtt.{name}={path.parent}"])

        assert missing == (
            f"mqtt.{name} ({path}, --set){':' * (name == 'password_file')} cannot be read "
            "(No such file or directory). Check the path and who may read it."
        )
        assert "Is a directory" in directory

    def test_an_override_needs_a_value(self) -> None:
        """The shape of --set is shown; the text itself might be a secret gone astray."""
        lines = complaints(overrides=["hunter2", "mqtt.password:hunter2"])

        expected = "--set needs key=value. For example --set sit_limit=45m."
        assert lines == [expected, expected]


class TestUnknownKeys:
    """A key that is none is an error with a suggestion."""

    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("sit_limt", "Did you mean sit_limit?"),
            ("sit-limit", "Did you mean sit_limit?"),
            ("SIT_LIMIT", "Did you mean sit_limit?"),
            ("host", "Did you mean mqtt.host?"),
            ("mqtt.sit_limit", "Did you mean sit_limit?"),
            ("mqtt.pasword", "Did you mean mqtt.password?"),
            ("mqqt", "Did you mean mqtt?"),
            ("pins.mat.x", "Did you mean pins.mat?"),
            ("seat.kye", "Did you mean seat.key?"),
            ("the.broker.of.this.house.keepalive", "Did you mean mqtt.keepalive?"),
            ("xyzzy", "Remove it"),
            ("mqtt", "Write mqtt.host and so on."),
        ],
    )
    def test_suggestion(self, key: str, expected: str) -> None:
        """Slips of the finger and keys in the wrong table are recognised."""
        (line,) = complaints(overrides=[f"{key}=hunter2"])

        assert line.startswith((f"{key} is not a setting (--set). ", f"{key} is a table (--set). "))
        assert expected in line
        assert "hunter2" not in line

    def test_a_long_key(self) -> None:
        """As much of it is shown as fits on a line."""
        (line,) = complaints(overrides=[f"{'x' * 81}=1"])

        assert line.startswith(f"{'x' * 80} is not a setting (--set). ")

    def test_in_the_environment(self) -> None:
        """A variable is named as it is written, and so is the suggestion; others are ignored."""
        lines = complaints(
            environ={"CHAIR_SENSOR_MQTT__HOTS": "x", "MQTT__HOST": "y", "CHAIR_SENSOR_": "z"}
        )

        where = "environment variable CHAIR_SENSOR_MQTT__HOTS"
        assert lines[0] == (
            f"mqtt.hots is not a setting ({where}). Did you mean CHAIR_SENSOR_MQTT__HOST?"
        )
        assert len(lines) == 2

    def test_appended_below_the_last_section(self, path: Path) -> None:
        """A setting without a section, written at the end of the file, is to be moved up."""
        (line,) = complaints(path, "[mqtt]\nhost = 'x'\nsit_limit = '45m'")

        assert line == (
            f"mqtt.sit_limit is not a setting ({path}, line 3). "
            "sit_limit stands under [mqtt]: move it above the first [section]."
        )

    @pytest.mark.parametrize(
        ("text", "start", "place"),
        [
            ("[mqqt]\nhost = 'x'", "mqqt is not a setting (", ", line 1"),
            ("[mqtt]\n# host\nhots = 'x'", "mqtt.hots is not a setting (", ", line 3"),
            ("mqtt.hots = 'x'", "mqtt.hots is not a setting (", ""),
            ("[[mqtt]]\nhost = 'x'", "mqtt is a table (", ", line 1"),
            ("mqtt = 5", "mqtt is a table (", ", line 1"),
            ('"mqtt.host" = "x"', "mqtt.host is not a setting (", ", line 1"),
            ('"a\\nb" = "x"', "'a\\nb' is not a setting (", ""),
            ('"" = 1', " is not a setting (", ", line 1"),
            ('[""]', " is not a setting (", ""),
        ],
    )
    def test_in_a_file(self, path: Path, text: str, start: str, place: str) -> None:
        """Unknown tables and odd keys are told in one line each, with their own in the file."""
        (line,) = complaints(path, text)

        assert line.startswith(f"{start}{path}{place}). ")


class TestFiles:
    """A file that cannot be used is one clear line."""

    def test_missing(self, path: Path) -> None:
        """A file that was named must be there."""
        assert complaints(path) == [
            (
                f"{path}: cannot be read (No such file or directory). "
                "Check the path and who may read it."
            )
        ]

    def test_the_file_in_etc_must_be_readable_if_it_exists(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A default file that is there and cannot be read is no reason to ignore it."""
        monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path)

        assert complaints() == [
            f"{tmp_path}: cannot be read (Is a directory). Check the path and who may read it."
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                b"a = 1\nsit_limit = 60m\n",
                (
                    "line 2: Expected newline or end of document after a statement. "
                    "Texts and durations need quotes."
                ),
            ),
            (b"b = [1,\n  ", "line 2: "),
            (b"b = '''\nX\n", "line 2: "),
            (b"a = 1\nb = [1,\n\n", "line 2: "),
            (b"[mqtt]\n[mqtt]\n", "line 2: "),
            (b"a = 1\na = 2\n", "line 2: "),
            (b"a = \x01\n", "line 1: "),
            (b"snooze = '\xff'\n", "byte 11 is not text in UTF-8; save the file as UTF-8"),
            ("snooze = 1".encode("utf-16-le"), "byte 2 is not text in UTF-8"),
            (b"snooze = 60m\ra = 1\r", "line 1: "),
            (b"a = 1\rsnooze = 60m\r", "line 2: "),
            (
                b"snooze = " + b"[" * 5000,
                "is nested too deeply. Lists hold plain values here.",
            ),
            (
                b"snooze = " + b"9" * 5000,
                "has a number with too many digits. Write a shorter one.",
            ),
            (b"#" * 65537, "is larger than 65536 bytes. Is it the right file?"),
        ],
    )
    def test_unreadable_text(self, path: Path, text: bytes, expected: str) -> None:
        """Syntax errors tell the line; nothing ends in a traceback."""
        (line,) = complaints(path, text)

        assert line.startswith(f"{path}: {expected}")
        assert line.isprintable()

    def test_the_largest_file(self, path: Path) -> None:
        """A file may have as many bytes as the complaint about a larger one says."""
        path.write_bytes(b"#" * 65536)

        assert loading.load(config_file=path, environ={}).explicit == {}

    def test_deep_keys(self, path: Path) -> None:
        """A thousand tables in one another are one wrong value."""
        (line,) = complaints(path, "snooze" + ".a" * 5000 + " = 1")

        assert line.startswith(f"snooze is not a duration (got a table, {path}). ")

    def test_a_file_name_stays_on_one_line(self, tmp_path: Path) -> None:
        """Even a line break in a file's name does not break the line."""
        lines = complaints(tmp_path / "a\nb.toml", "x = 1")

        assert len(lines) == 1


class TestSecrets:
    """The password is in no line, whatever is wrong."""

    @pytest.mark.parametrize(
        "text",
        [
            '[mqtt]\npassword = "hunter2"\nport = "x"',
            '[mqtt]\npassword = ["hunter2"]',
            '[mqtt]\npassword = {it = "hunter2"}',
            '[mqtt.password]\nit = "hunter2"',
            '[mqtt]\npassword = "hunter2\\u0000"',
            '[mqtt]\npassword = "hunter2"\npassword_file = "/x"',
            '[mqtt]\npasword = "hunter2"',
            "[mqtt]\npassword = hunter2",
            '[mqtt]\npassword = "hunter2',
            '[mqtt]\npassword = "hunter2"hunter2"',
            '[mqtt]\npassword = """\nhunter2',
            '[mqtt]\npassword = "hunter2\\q"',
            '[mqtt]\nhost = "mqtt://pi:hunter2@broker"',
            '[mqtt]\nhost = ["mqtt://pi:hunter2@broker"]',
            'mqtt = "mqtt://pi:hunter2@broker"',
            'password = "hunter2"',
        ],
    )
    def test_in_a_file(self, path: Path, text: str) -> None:
        """Wrong neighbours, wrong types, wrong places and wrong syntax hide it."""
        assert "hunter2" not in "\n".join(complaints(path, text))

    def test_elsewhere(self, tmp_path: Path) -> None:
        """The same in the environment, after --set, in a file of its own and in a credential."""
        (tmp_path / "mqtt_password").write_bytes(b"hunter2\x00")
        wrong = {"CHAIR_SENSOR_MQTT__PASSWORD": "hunter2\x00", "CHAIR_SENSOR_PASSWORD": "hunter2"}
        file = tmp_path / "mqtt_password"

        lines = [
            *complaints(environ=wrong),
            *complaints(overrides=["mqtt.password=hunter2\x00", "mqtt.passwort=hunter2"]),
            *complaints(overrides=[f"mqtt.password_file={file}"]),
            *complaints(credentials_dir=tmp_path),
        ]

        assert len(lines) == 6
        assert "hunter2" not in "\n".join(lines)
        assert lines[-1].startswith("systemd credential mqtt_password: byte 8 is not text in UTF-8")

    def test_a_credential_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A credential that is no file is told, not ignored."""
        (tmp_path / "mqtt_password").mkdir()

        (line,) = complaints(credentials_dir=tmp_path)

        assert line.startswith("systemd credential mqtt_password: cannot be read (Is a directory).")
