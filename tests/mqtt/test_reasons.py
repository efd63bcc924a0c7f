"""The words for what OpenSSL, the resolver and the broker say."""

import errno
import socket
import ssl

import pytest

from sensor.mqtt.failures import LinkError, failure, lost, refusal
from sensor.settings.config import Mqtt

PLAIN, TLS = Mqtt(host="box"), Mqtt(host="box", tls=True)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x85, "the broker rejects the client id 'me' (mqtt.client_id)"),
        (0x88, "the broker says that it is unavailable"),
        (0x8B, "the broker is shutting down"),
        (0x8E, "session taken over: another client uses the client id 'me' (mqtt.client_id)"),
        (0x97, "the broker refused: quota exceeded"),
    ],
)
def test_refusals(code: int, words: str) -> None:
    """Reason codes become words that say what to look at; a rare one keeps its name."""
    assert str(refusal(code, "Quota exceeded", "me")) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "timeout: no answer from box:1883"),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            "cannot look up host 'box': Temporary failure in name resolution",
        ),
        (
            OSError(errno.EHOSTUNREACH, "No route to host"),
            "cannot reach box:1883: No route to host",
        ),
        (ConnectionResetError(104, "reset"), "cannot reach box:1883: reset"),
        (OSError("odd"), "cannot reach box:1883: odd"),
        (OverflowError(), "'box:1883' is not an address (mqtt.host, mqtt.port)"),
    ],
)
def test_failures(error: OSError | OverflowError, words: str) -> None:
    """An exception on connecting becomes one line without jargon."""
    assert str(failure(error, PLAIN, 1883)) == words


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]")]
)
def test_no_tls(error: OSError) -> None:
    """A server that is at a loss in the handshake probably speaks plain MQTT."""
    expected = "box:8883 does not answer in TLS; is it a port for plain MQTT"
    assert str(failure(error, TLS, 8883)) == f"{expected} (mqtt.port, mqtt.tls)?"


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]", "the broker asks for a client certificate"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA]", "the broker does not trust our client certificate"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED]", "our client certificate has expired"),
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION]", "the broker does not speak TLS 1.2 or newer"),
        ("[SSL: UNSUPPORTED_PROTOCOL]", "the broker does not speak TLS 1.2 or newer"),
    ],
)
def test_alerts(alert: str, words: str) -> None:
    """An alert of the broker's says more than that the connection is gone."""
    assert str(lost(f"failed to receive: {alert}", TLS, 8883, stage="deaf")).startswith(words)
    assert str(failure(ssl.SSLError(1, alert), TLS, 8883)).startswith(words)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (9, "certificate is not yet valid; is the clock of this machine right?"),
        (18, "self-signed certificate (mqtt.ca_file)"),
    ],
)
def test_certificates(code: int, words: str) -> None:
    """A date that does not fit is as often the fault of our own clock."""
    error = ssl.SSLCertVerificationError()
    error.verify_code = code
    error.verify_message = words.partition(";")[0].removesuffix(" (mqtt.ca_file)")

    assert str(failure(error, TLS, 8883)).endswith(f"is not accepted: {words}")


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (refusal(0x85, "", "me"), {"mqtt.client_id"}),
        (refusal(0x86, "", "me"), {"mqtt.username", "mqtt.password", "mqtt.client_id"}),
        (failure(ConnectionResetError(), TLS, 8883), {"mqtt.port", "mqtt.tls"}),
        (lost("", PLAIN, 1883, stage="deaf"), {"mqtt.port", "mqtt.tls"}),
        (lost("", PLAIN, 1883, stage="ready"), set()),
    ],
)
def test_parts(error: LinkError, about: set[str]) -> None:
    """The settings to look at are a part of the error, and are named in its sentence."""
    assert set(error.about) == about
    assert all(key in str(error) for key in about)
    assert str(error) == "; ".join(filter(None, (error.what, error.fix)))


def test_lost_after_the_greeting() -> None:
    """Without any hint the broker simply closed the connection."""
    assert str(lost("", PLAIN, 1883, stage="ready")) == "the broker closed the connection"
