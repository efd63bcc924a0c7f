"""Ten thousand wild configuration files, and wild texts elsewhere: a Config or clear lines."""

import random
from pathlib import Path
from tomllib import loads
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensor.errors import SettingsError
from sensor.settings import loading
from sensor.settings.bad_value import BadValueError
from sensor.settings.config import Config
from sensor.settings.model import checked
from sensor.settings.values import SETTINGS, Given, Key, strongest

SEED = 20260302
VALID = """\
profile = "metabolic"
sit_limit = "45m"
level_after = [0, "2m", 300, 600.5]
level_every = ["once", 60, "30s", 15]
quiet_hours = "22:00-07:00"
working_hours = ["Mon-Fri 09:00-12:30", "Sat,Sun 10:00-12:00"]
day_starts = 04:00:00
suspicious_after = "none"
max_snoozes = 3
[chair]
id = "desk-1"
name = "Chair"
timezone = "Europe/Berlin"
[pins]
mat = 5
led = [23, 24]
buzzer_active_high = false
[mqtt]
host = "broker.lan"
port = 1883
username = "pi"
password = "hunter2-hunter2"
base_topic = "home/chair"
"""
SECRET = "hunter2"  # noqa: S105
PIECES = [
    *"\"=[]{}.,#\n\r\t-+:_\\'0",
    *("nan", "inf", "-1", "1e999", "0x" + "f" * 300, "9" * 4400, "[" * 400, '"""', "true", "\x00"),
    *("5m", "1h30m", "none", "once", "é", "\ud7ff", "\U0001f4a9", "2026-01-01T00:00:00+99:99"),
    *("24:00:00", "[mqtt]\n", "[[pins]]\n", "[a.b.c]\n", "x.y.z = 1\n", "\ufeff", "\x85", "\u2028"),
]
KEYS = [".".join(key) for key in SETTINGS] + ["mqtt", "pins", "bogus", '"a b"', "mqtt.x", '""']
VALUES = [
    *("1", "-1", "0", "0.5", "nan", "-inf", "true", "[]", "{}", "[1, 2, 3, 4]", '["once"]', '""'),
    *('"90s"', '"none"', '"x"', '"/"', '"/etc"', '"a#b"', "1979-05-27", "07:32:00", "[[[[1]]]]"),
    *("{a = {b = {c = 1}}}", "1e400", "0x" + "f" * 400, '"\\u0000"', '"\\u2028"', '"1.2.3.4"'),
    *('"::1"', '"Mon-Fri 09:00-12:30"', '"22:00-07:00"', '"' + "y" * 300 + '"', '"a\\nb"', "''"),
]

READ = [loads(f"x = {text}")["x"] for text in VALUES]


def mutated(rng: random.Random) -> bytes:
    """Damage the valid file in a few places."""
    text = VALID
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(text) + 1)
        until = min(len(text), at + rng.choice((0, 1, 1, 5, 40)))
        text = text[:at] + rng.choice((rng.choice(PIECES), "", text[at:until] * 2)) + text[until:]
    data = bytearray(text.encode())
    if rng.random() < 0.1:
        data.insert(rng.randrange(len(data) + 1), rng.randrange(256))
    return bytes(data)


def composed(rng: random.Random) -> bytes:
    """Write random values to random keys, in valid TOML for the most part."""
    keys = rng.sample(KEYS, rng.randint(0, 8))
    return "".join(f"{key} = {rng.choice(VALUES)}\n" for key in keys).encode()


def assert_lines(error: SettingsError) -> None:
    """Each complaint is one full line without a secret."""
    lines = str(error).split("\n")
    assert all(line.strip() and line.isprintable() for line in lines), lines
    assert SECRET not in str(error)


class TestFuzz:
    """Nothing but a Config or a SettingsError comes out."""

    @pytest.mark.slow
    @pytest.mark.parametrize("quarter", range(4))  # so that no core waits for another
    def test_ten_thousand_files(self, tmp_path: Path, quarter: int) -> None:
        """Whatever a file holds, it is read or refused in clear lines."""
        rng = random.Random(SEED + quarter)  # noqa: S311 - repeatable, not secret
        path = tmp_path / "chair.toml"
        good = 0
        for number in range(2_500):
            path.write_bytes((mutated if number % 2 else composed)(rng))
            try:
                config = loading.load(config_file=path, environ={})
            except SettingsError as error:
                assert_lines(error)
            else:
                assert isinstance(config, Config)
                assert loading.describe(config)
                good += 1
        assert 125 < good < 2_375

    @given(
        overrides=st.lists(
            st.one_of(
                st.text(max_size=30),
                st.builds(
                    "{}={}".format,
                    st.sampled_from(KEYS),
                    st.one_of(st.text(max_size=30), st.sampled_from(VALUES)),
                ),
            ),
            max_size=4,
        ),
        environ=st.dictionaries(
            st.builds("CHAIR_SENSOR_{}".format, st.one_of(st.text(), st.sampled_from(KEYS))),
            st.text(st.characters(), max_size=30),
            max_size=3,
        ),
    )
    @example(overrides=["mqtt.ca_file=\ud7fc"], environ={})
    def test_any_text_elsewhere(self, overrides: list[str], environ: dict[str, str]) -> None:
        """Whatever stands in the environment or after --set, it is read or refused."""
        try:
            loading.load(overrides=overrides, environ=environ)
        except SettingsError as error:
            assert_lines(error)

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(list(SETTINGS)),
                st.one_of(
                    st.sampled_from([loads(f"x = {text}")["x"] for text in VALUES]), st.text()
                ),
                max_size=4,
            ),
            max_size=4,
        )
    )
    @example([{("sit_limit",): "45m"}, {("sit_limit",): "x", ("pins", "mat"): 6}])
    def test_both_ways_to_check(self, written: list[dict[Key, Any]]) -> None:
        """Settings without a mistake are read without pydantic, and as with it."""
        layers = [
            {key: Given(value, f"layer {number}") for key, value in layer.items()}
            for number, layer in enumerate(written)
        ]
        right, wrong = checked(layers)

        if wrong:
            with pytest.raises(BadValueError):
                strongest(layers)
        else:
            assert strongest(layers) == right

    @pytest.mark.parametrize("depth", [10, 100, 250, 255, 300, 400, 1000, 20_000])
    def test_any_depth(self, tmp_path: Path, depth: int) -> None:
        """No depth of nesting ends in a traceback, wherever a limit is hit."""
        path = tmp_path / "chair.toml"
        for text in ("[" * depth + "]" * depth, "{a=" * depth + "1" + "}" * depth):
            path.write_text(f"snooze = {text}")
            with pytest.raises(SettingsError):
                loading.load(config_file=path, environ={})
