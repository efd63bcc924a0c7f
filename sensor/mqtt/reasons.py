"""Why there is no connection to the broker, in words that say what to look at.

Pure: exceptions and codes go in, one line for the log comes out. Never a password.
"""

import socket
import ssl

from sensor.address import written
from sensor.config import Mqtt

NOT_AUTHORISED = "wrong user or password, or not authorised (mqtt.username, mqtt.password)"

CODES = {
    0x84: "the broker does not speak this version of MQTT (mqtt.protocol)",
    0x85: "the broker rejects the client id '{id}' (mqtt.client_id)",
    0x86: NOT_AUTHORISED,
    0x87: NOT_AUTHORISED,
    0x88: "the broker says that it is unavailable",
    0x89: "the broker says that it is too busy",
    0x8B: "the broker is shutting down",
    0x8E: "session taken over: another client uses the client id '{id}' (mqtt.client_id)",
}
"""MQTT 5 reason codes that we meet; those of MQTT 3.1.1 are translated to them by paho."""

CLOSED = "the broker closed the connection"

KICKED = (
    CLOSED + " again right after it was made;"
    " does another client use the client id '{id}' too (mqtt.client_id)?"
)

TLS_ALERTS = {
    "CERTIFICATE_REQUIRED": "the broker asks for a client certificate"
    " (mqtt.cert_file, mqtt.key_file)",
    "HANDSHAKE_FAILURE": "the broker refused the TLS handshake; does it ask for a client"
    " certificate (mqtt.cert_file, mqtt.key_file)?",
    "UNKNOWN_CA": "the broker does not trust our client certificate (mqtt.cert_file)",
    "CERTIFICATE_EXPIRED": "our client certificate has expired (mqtt.cert_file)",
    "BAD_CERTIFICATE": "the broker rejects our client certificate (mqtt.cert_file)",
}
"""What OpenSSL calls the alerts that brokers send."""

NO_TLS = "{where} does not answer in TLS; is it a port for plain MQTT (mqtt.port, mqtt.tls)?"

NO_MQTT = "{where} does not answer in MQTT; is it a port for TLS (mqtt.tls, mqtt.port)?"

NO_GREETING = (
    "{where} closed the connection without a greeting;"
    " does it ask for another client certificate (mqtt.cert_file, mqtt.key_file)?"
)
"""After TLS. Its alert, which would have said so, is often lost: the closing overtakes it."""


class LinkError(Exception):
    """A connection could not be made or is over; the text is the reason, in plain words."""


def refusal(code: int, name: str, client_id: str) -> str:
    """Say what a broker's reason code (and paho's name for it) means for the user."""
    return CODES.get(code, f"the broker refused: {name.lower()}").format(id=client_id)


def failure(error: OSError | ValueError | OverflowError, settings: Mqtt, port: int) -> str:
    """Say why connecting failed."""
    where = written(settings.host, port)
    match error:
        case ssl.SSLCertVerificationError():
            why = error.verify_message.rstrip(".")
            reason = f"the TLS certificate of {where} is not accepted: {why} (mqtt.ca_file)"
        case ssl.SSLError():
            reason = _alert(str(error)) or NO_TLS.format(where=where)
        case socket.gaierror(errno=socket.EAI_NONAME):
            reason = f"unknown host '{settings.host}' (mqtt.host)"
        case socket.gaierror():
            reason = f"cannot look up host '{settings.host}': {error.strerror}"
        case ConnectionRefusedError():
            reason = f"connection refused by {where}; is the broker running?"
        case TimeoutError():
            reason = f"timeout: no answer from {where}"
        case ConnectionError() if settings.tls:
            reason = NO_TLS.format(where=where)
        case OSError():
            reason = f"cannot reach {where}: {error.strerror or error}"
        case _:  # a name that cannot be one (UnicodeError), a port beyond 65535 (OverflowError)
            reason = f"'{where}' is not an address (mqtt.host, mqtt.port)"
    return reason


def lost(trouble: str, settings: Mqtt, port: int, *, greeted: bool) -> str:
    """Say why an open connection ended. `trouble` is what OpenSSL said, if it said anything."""
    told = _alert(trouble)
    if told is not None or greeted:
        return told or CLOSED
    where = written(settings.host, port)
    return (NO_GREETING if settings.tls else NO_MQTT).format(where=where)


def _alert(text: str) -> str | None:
    """Find the broker's TLS alert in what OpenSSL says; None if there is none that we know."""
    return next((words for name, words in TLS_ALERTS.items() if name in text), None)
