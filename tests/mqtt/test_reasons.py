"""The words for what OpenSSL, the resolver and the broker say."""

import errno
import socket
import ssl

import pytest

from sensor.mqtt.failures import failure, lost, refusal
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
    assert refusal(code, "Quota exceeded", "me") == words


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
    assert failure(error, PLAIN, 1883) == words


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]")]
)
def test_no_tls(error: OSError) -> None:
    """A server that is at a loss in the handshake probably speaks plain MQTT."""
    expected = "box:8883 does not answer in TLS; is it a port for plain MQTT"
    assert failure(error, TLS, 8883) == f"{expected} (mqtt.port, mqtt.tls)?"


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]", "the broker asks for a client certificate"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA]", "the broker does not trust our client certificate"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED]", "our client certificate has expired"),
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION]", "the broker speaks no TLS as new as 1.2"),
        ("[SSL: UNSUPPORTED_PROTOCOL]", "the broker speaks no TLS as new as 1.2"),
    ],
)
def test_alerts(alert: str, words: str) -> None:
    """An alert of the broker's says more than that the connection is gone."""
    assert lost(f"failed to receive: {alert}", TLS, 8883, stage="deaf").startswith(words)
    assert failure(ssl.SSLError(1, alert), TLS, 8883).startswith(words)


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

    assert failure(error, TLS, 8883).endswith(f"is not accepted: {words}")


def test_lost_after_the_greeting() -> None:
    """Without any hint the broker simply closed the connection."""
    assert lost("", PLAIN, 1883, stage="ready") == "the broker closed the connection"
