"""What is told about wrong settings: everything at once, one line each, and never a secret."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sensor.errors import SettingsError
from sensor.settings import loading


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

    def test_a_wrong_value_makes_no_second_complaint(self) -> None:
        """What is wrong already is not compared with its neighbours."""
        lines = complaints(overrides=["short_absence=never", "break_min=1s", "mqtt.key_file=\t"])

        assert [line.split(" ")[0] for line in lines] == ["short_absence", "mqtt.key_file"]

    @pytest.mark.parametrize(
        ("overrides", "expected"),
        [
            (
                ["pre_alert=60m"],
                "pre_alert (1h, --set) must be shorter than sit_limit (1h, profile standard).",
            ),
            (
                ["profile=demo", "pre_alert=1m"],
                "pre_alert (1m, --set) must be shorter than sit_limit (1m, profile demo).",
            ),
            (["pins.mat=17"], "pins.mat (17, --set) and pins.buzzer (17, default) share a pin."),
            (["pins.mat=none"], "pins.mat (none, --set) leaves nothing that tells who sits."),
            (["seat.key=contact"], "seat.key (contact, --set) needs seat.topic."),
            (
                ["seat.topic=z", "mqtt.host=none"],
                "seat.topic (z, --set) cannot be heard with mqtt.host (none, --set).",
            ),
            (
                ["seat.topic=z", "seat.seated=1", "seat.empty=0,1"],
                "seat.seated (1, --set) and seat.empty (0, 1, --set) share a word.",
            ),
            (
                ["seat.topic=z", "seat.availability=z"],
                "seat.topic (z, --set) is also in seat.availability (z, --set).",
            ),
            (
                ["seat.topic=chair-sensor/desk/event"],
                "seat.topic (chair-sensor/desk/event, --set) is where the chair itself speaks",
            ),
            (["pins.led=23,23"], "pins.led (23, 23, --set) is one pin twice."),
            (
                ["mqtt.password=x", "mqtt.password_file=/x"],
                "mqtt.password (set, --set) and mqtt.password_file (/x, --set) are both set.",
            ),
            (
                ["mqtt.tls=false", "mqtt.tls_insecure=1"],
                "mqtt.tls (false, --set) contradicts mqtt.tls_insecure (true, --set).",
            ),
        ],
    )
    def test_contradictions_cite_both_sides(self, overrides: list[str], expected: str) -> None:
        """Settings that are right alone and wrong together are shown with both origins."""
        lines = complaints(overrides=overrides)

        assert lines[0].startswith(expected)

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

        assert (usual.key, usual.silent_after) == ("seated", 900)
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
            (b"a = 1\nsit_limit = 60m\n", "line 2: "),
            (b"a = 1\nb = [1,\n\n", "line 2: "),
            (b"[mqtt]\n[mqtt]\n", "line 2: "),
            (b"a = 1\na = 2\n", "line 2: "),
            (b"a = \x01\n", "line 1: "),
            (b"snooze = '\xff'\n", "byte 11 is not text in UTF-8; save the file as UTF-8"),
            ("snooze = 1".encode("utf-16-le"), "byte 2 is not text in UTF-8"),
            (b"snooze = 60m\ra = 1\r", "line 1: "),
            (b"a = 1\rsnooze = 60m\r", "line 2: "),
            (b"snooze = " + b"[" * 5000, "is nested too deeply"),
            (b"snooze = " + b"9" * 5000, "has a number with too many digits"),
            (b"# " + b"x" * 70000, "is larger than 65536 bytes"),
        ],
    )
    def test_unreadable_text(self, path: Path, text: bytes, expected: str) -> None:
        """Syntax errors tell the line; nothing ends in a traceback."""
        (line,) = complaints(path, text)

        assert line.startswith(f"{path}: {expected}")
        assert line.isprintable()

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
