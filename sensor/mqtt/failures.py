"""Why there is no connection to the broker, in words that say what to look at.

Pure: exceptions and codes go in, one line for the log comes out. Never a password.
"""

import socket
import ssl
from typing import Literal

from sensor.settings.address import written
from sensor.settings.config import Mqtt

Stage = Literal["deaf", "gone", "garbled", "greeted", "ready", "confused"]
"""How far a connection has come: nothing was heard; nothing was heard of a broker that has accepted
an earlier connection; nothing that is MQTT; accepted; in use; in use until something came that is
no MQTT."""

NO_RETAIN, NO_QOS, TOO_LARGE = 0x9A, 0x9B, 0x95
"""Reason codes of MQTT 5: retained messages, QoS 1, or a message of this size are not taken."""

NOT_AUTHORISED = (
    "wrong user or password, or not authorised (mqtt.username, mqtt.password),"
    " or not with this client id (mqtt.client_id)"
)

OTHER_VERSION = "the broker does not speak this version of MQTT (mqtt.protocol)"

CODES = {
    0x84: OTHER_VERSION,
    0x85: "the broker rejects the client id '{id}' (mqtt.client_id)",
    0x86: NOT_AUTHORISED,
    0x87: NOT_AUTHORISED,
    0x88: "the broker says that it is unavailable",
    0x89: "the broker says that it is too busy",
    0x8B: "the broker is shutting down",
    TOO_LARGE: "the broker does not take a message of that size",
    NO_RETAIN: "the broker does not take retained messages; going on without",
    NO_QOS: "the broker does not take QoS 1; going on with QoS 0",
    0x8E: "session taken over: another client uses the client id '{id}' (mqtt.client_id)",
}
"""MQTT 5 reason codes that we meet; those of MQTT 3.1.1 are translated to them by paho."""

CLOSED = "the broker closed the connection"

KICKED = (
    CLOSED + " again soon after it was made;"
    " does another client use the client id '{id}' too (mqtt.client_id),"
    " or the same user at a broker that makes the user the client id?"
)

UNWANTED = (
    CLOSED + " again at our first message; does it let this user publish, and take"
    " retained messages with QoS 1? Its log may say why"
)

UNANSWERED = "the broker has not acknowledged a message for {seconds:.0f} s"

OVERSIZE = (
    "a message of {size} bytes waits on {topic}; no more than {most} are read."
    " If the broker retains it, publish an empty retained one there"
)

TLS_ALERTS = {
    "CERTIFICATE_REQUIRED": "the broker asks for a client certificate"
    " (mqtt.cert_file, mqtt.key_file)",
    "HANDSHAKE_FAILURE": "the broker refused the TLS handshake; does it ask for a client"
    " certificate (mqtt.cert_file, mqtt.key_file)?",
    "UNKNOWN_CA": "the broker does not trust our client certificate (mqtt.cert_file)",
    "CERTIFICATE_EXPIRED": "our client certificate has expired (mqtt.cert_file)",
    "PROTOCOL_VERSION": "the broker speaks no TLS as new as 1.2",
    "UNSUPPORTED_PROTOCOL": "the broker speaks no TLS as new as 1.2",
    "BAD_CERTIFICATE": "the broker rejects our client certificate (mqtt.cert_file)",
}
"""What OpenSSL calls the alerts that brokers send."""

NO_TLS = "{where} does not answer in TLS; is it a port for plain MQTT (mqtt.port, mqtt.tls)?"

NO_MQTT = "{where} does not answer in MQTT; is it a port for TLS (mqtt.tls, mqtt.port)?"

CLOCK = "; is the clock of this machine right?"

_EXPIRED, _NOT_YET_VALID = 10, 9  # what OpenSSL calls them

NO_ANSWER = (
    "{where} closed the connection without an answer; is it a port for TLS (mqtt.tls, mqtt.port),"
    " or is the broker full, going down, or against our client id, a retained last will or QoS 1?"
    " Its log may say so, {other}"
)

OTHER_PROTOCOL = {
    "3.1.1": "or its answer with mqtt.protocol = '5'",
    "5": "or a try with mqtt.protocol = '3.1.1': not every broker speaks MQTT 5",
}

NONSENSE = (
    "the broker sent something that MQTT does not know; is one of our messages too large for it?"
)
"""mosquitto 2.0 answers so, in MQTT 5, what is larger than its `message_size_limit`."""

GONE = (
    "{where} closed the connection without an answer, unlike before;"
    " is the broker starting, stopping or full? Its log may say so"
)

NO_SUBSCRIPTION = (
    "the broker accepted the connection, then closed it before it answered our subscriptions;"
    " is another node of a cluster lost, or may this user not subscribe? Its log may say why"
)

NO_GREETING = "timeout: the broker takes the connection but does not answer"

NO_TLS_GREETING = (
    "{where} closed the connection without a greeting;"
    " does it ask for another client certificate (mqtt.cert_file, mqtt.key_file)?"
)
"""After TLS. Its alert, which would have said so, is often lost: the closing overtakes it."""


class LinkError(Exception):
    """A connection could not be made or is over; the text is the reason, in plain words."""


class TooLargeForUsError(LinkError):
    """A message for us is too large to be read; `topic` is where it waits."""

    def __init__(self, topic: str, size: int, most: int) -> None:
        super().__init__(OVERSIZE.format(topic=topic, size=size, most=most))
        self.topic = topic


def refusal(code: int, name: str, client_id: str) -> str:
    """Say what a broker's reason code (and paho's name for it) means for the user."""
    return CODES.get(code, f"the broker refused: {name.lower()}").format(id=client_id)


def failure(error: OSError | ValueError | OverflowError, settings: Mqtt, port: int) -> str:
    """Say why connecting failed."""
    where = written(settings.host, port)
    match error:
        case ssl.SSLCertVerificationError():
            why = error.verify_message.rstrip(".")
            dated = error.verify_code in (_EXPIRED, _NOT_YET_VALID)
            hint = CLOCK if dated else " (mqtt.ca_file)"
            reason = f"the TLS certificate of {where} is not accepted: {why}{hint}"
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


def lost(trouble: str, settings: Mqtt, port: int, *, stage: Stage) -> str:
    """Say why an open connection ended. `trouble` is what OpenSSL said, if it said anything."""
    told = _alert(trouble)
    if told is not None:
        return told
    where = written(settings.host, port)
    match stage:
        case "confused":
            return NONSENSE
        case "ready":
            return CLOSED
        case "greeted":
            return NO_SUBSCRIPTION
        case "gone":
            return GONE.format(where=where)
        case "garbled":
            return NO_MQTT.format(where=where)
        case "deaf" if settings.tls:
            return NO_TLS_GREETING.format(where=where)
        case "deaf":
            return NO_ANSWER.format(where=where, other=OTHER_PROTOCOL[settings.protocol])


def _alert(text: str) -> str | None:
    """Find the broker's TLS alert in what OpenSSL says; None if there is none that we know."""
    return next((words for name, words in TLS_ALERTS.items() if name in text), None)
