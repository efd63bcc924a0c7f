"""One parser and one way of writing for the address of a broker."""

import pytest

from sensor.errors import SettingsError
from sensor.settings.address import Address, read, written
from sensor.settings.config import Mqtt
from sensor.settings.loading import load


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("broker.lan", ("broker.lan", None, None)),
        ("BOX.lan", ("BOX.lan", None, None)),
        (" broker.lan:1884 ", ("broker.lan", 1884, None)),
        ("192.168.1.5:1883", ("192.168.1.5", 1883, None)),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}ro.lan:1", ("b\xfcro.lan", 1, None)),
        ("::1", ("::1", None, None)),
        ("fe80::1", ("fe80::1", None, None)),
        ("[::1]", ("::1", None, None)),
        ("[::1]:1884", ("::1", 1884, None)),
        ("[fe80::1%eth0]:1884", ("fe80::1%eth0", 1884, None)),
        ("fe80::1%eth0", ("fe80::1%eth0", None, None)),
        ("2001:db8:0:0:0:0:0:1:1884", ("2001:db8:0:0:0:0:0:1", 1884, None)),
        ("mqtt://broker.lan", ("broker.lan", None, False)),
        ("MQTTS://broker.lan:8884/", ("broker.lan", 8884, True)),
        ("mqtt://[fe80::1%25eth0]:1884", ("fe80::1%eth0", 1884, False)),
    ],
)
def test_read(text: str, address: tuple[str, int | None, bool | None]) -> None:
    """Names, addresses of both kinds, ports, zones and URLs are understood."""
    assert read(text, "--broker") == Address(*address)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"--broker must be HOST\[:PORT\] \(got ''\)"),
        (":1883", r"must be HOST\[:PORT\]"),
        ("[]:1883", r"must be HOST\[:PORT\]"),
        ("[::1", r"--broker must be HOST\[:PORT\] \(got '\[::1'\)"),
        ("mqtt://", r"must be HOST\[:PORT\]"),
        ("broker.lan:", r"must be HOST\[:PORT\]"),
        ("broker.lan:x", r"must be HOST\[:PORT\]"),
        ("[::1]:x", r"must be HOST\[:PORT\]"),
        ("broker.lan:\N{ARABIC-INDIC DIGIT ONE}", r"must be HOST\[:PORT\]"),
        ("broker.lan:1883/topic", r"must be HOST\[:PORT\]"),
        ("::1:1884", r"end in a port \(got '::1:1884'\)\. Write \[::1\]:1884 or \[::1:1884\]\."),
        ("fe80::1%eth0:1884", "may or may not end in a port"),
        (
            "http://broker.lan:8123",
            (
                r"^--broker must be the address of a broker \(got 'http://broker\.lan:8123'\)\. "
                r"Write HOST:PORT or mqtt://HOST:PORT\.$"
            ),
        ),
        ("mqtt://mqtt://broker.lan", "must be the address of a broker"),
        ("a:x", r"\(got 'a:x'\)\. Write 192\.168\.1\.5:1883 or \[fd00::5\]:1883\.$"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What is no address, or could be two, is told in one line with what to write."""
    with pytest.raises(SettingsError, match=reason):
        read(text, "--broker")


def test_password_in_a_url() -> None:
    """A user and a password in a URL are refused, and not shown."""
    with pytest.raises(SettingsError) as caught:
        read("mqtt://chair:\nhunter2@broker.lan", "--broker")

    assert str(caught.value) == (
        "--broker must not hold a user (got '(hidden)@broker.lan'). "
        "Set mqtt.username and a password apart."
    )


@pytest.mark.parametrize("host", ["broker.lan", "192.168.1.5", "::1", "fe80::1%eth0"])
@pytest.mark.parametrize("port", [None, 1884])
def test_written_is_read(host: str, port: int | None) -> None:
    """What is written is read as the same address."""
    assert read(written(host, port), "--broker") == (host, port, None)


@pytest.mark.parametrize("host", ["[::1", "[::1]", "[broker.lan]", "two words", "::1%", "1.2.3"])
def test_no_host(host: str) -> None:
    """What the resolver could not even try is refused as a setting."""
    with pytest.raises(
        SettingsError, match=r"mqtt\.host must be the name or address of a host alone \(got"
    ):
        load(overrides=[f"mqtt.host={host}"], environ={})


def test_setting() -> None:
    """`mqtt.host` has no brackets, and is shown in them where a port follows."""
    mqtt = load(overrides=["mqtt.host=::1", "mqtt.tls=true"], environ={}).mqtt

    assert mqtt.address == "[::1]:8883"
    assert Mqtt(host="broker.lan", port=1).address == "broker.lan:1"
