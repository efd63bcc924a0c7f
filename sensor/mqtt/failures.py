"""Kinds of failure of the connection, with meaning and what to look at; never a password."""

import socket
from typing import Literal, NamedTuple

from sensor.errors import ChairSensorError
from sensor.settings.address import written
from sensor.settings.config import Mqtt

Stage = Literal["deaf", "gone", "garbled", "greeted", "ready", "confused"]
"""How far a connection has come: nothing was heard; nothing was heard of a broker that has accepted
an earlier connection; nothing that is MQTT; accepted; in use; in use until something came that is
not MQTT."""

NO_RETAIN, NO_QOS, TOO_LARGE = 0x9A, 0x9B, 0x95
"""Reason codes of MQTT 5: retained messages, QoS 1, or a message of this size are not taken."""


class Kind(NamedTuple):
    """A kind of failure, compared by identity: its sentence may change, what follows from it not.

    Texts have gaps for `str.format`; `{about}` is the settings by their dotted keys.
    """

    what: str
    fix: str | None = None
    about: tuple[str, ...] = ()
    """Settings to look at."""


OTHER_VERSION = Kind(
    "the broker does not speak this version of MQTT ({about})", about=("mqtt.protocol",)
)
NOT_AUTHORISED = Kind(
    "wrong user or password, or not authorised with this client id ({about})",
    about=("mqtt.username", "mqtt.password", "mqtt.client_id"),
)
CLIENT_ID_REJECTED = Kind(
    "the broker rejects the client id '{id}' ({about})", about=("mqtt.client_id",)
)
TAKEN_OVER = Kind(
    "session taken over: another client uses the client id '{id}' ({about})",
    about=("mqtt.client_id",),
)
REFUSED = Kind("the broker refused: {name}")

CODES = {
    0x84: OTHER_VERSION,
    0x85: CLIENT_ID_REJECTED,
    0x86: NOT_AUTHORISED,
    0x87: NOT_AUTHORISED,
    0x88: Kind("the broker says that it is unavailable"),
    0x89: Kind("the broker says that it is too busy"),
    0x8B: Kind("the broker is shutting down"),
    0x8E: TAKEN_OVER,
    TOO_LARGE: Kind("the broker does not take a message of that size"),
    NO_RETAIN: Kind("the broker does not take retained messages; going on without"),
    NO_QOS: Kind("the broker does not take QoS 1; going on with QoS 0"),
}
"""MQTT 5 reason codes that we meet; those of MQTT 3.1.1 are translated to them by paho."""

CLOSED = Kind("the broker closed the connection")
KICKED = Kind(
    "the broker closed the connection again soon after it was made",
    "does another client use the client id '{id}' too ({about}),"
    " or the same user at a broker that makes the user the client id?",
    ("mqtt.client_id",),
)
UNWANTED = Kind(
    "the broker closed the connection again at our first message",
    "does it let this user publish, and take retained messages with QoS 1? Its log may say why",
)
UNANSWERED = "the broker has not acknowledged a message for {seconds:.0f} s"
UNACKNOWLEDGED = Kind("the broker has not acknowledged {count} messages")
SILENT = Kind("no sign of life from the broker for {seconds} s")
OVERSIZE = Kind(
    "a message of {size} bytes waits on {topic}",
    "no more than {most} are read. If the broker retains it, publish an empty retained one there",
)

_CERTIFICATE = ("mqtt.cert_file", "mqtt.key_file")
_TOO_OLD = Kind("the broker does not speak TLS 1.2 or newer")
TLS_ALERTS = {
    "CERTIFICATE_REQUIRED": Kind(
        "the broker asks for a client certificate ({about})", about=_CERTIFICATE
    ),
    "HANDSHAKE_FAILURE": Kind(
        "the broker refused the TLS handshake",
        "does it ask for a client certificate ({about})?",
        _CERTIFICATE,
    ),
    "UNKNOWN_CA": Kind(
        "the broker does not trust our client certificate ({about})", about=_CERTIFICATE[:1]
    ),
    "CERTIFICATE_EXPIRED": Kind(
        "our client certificate has expired ({about})", about=_CERTIFICATE[:1]
    ),
    "PROTOCOL_VERSION": _TOO_OLD,
    "UNSUPPORTED_PROTOCOL": _TOO_OLD,
    "BAD_CERTIFICATE": Kind(
        "the broker rejects our client certificate ({about})", about=_CERTIFICATE[:1]
    ),
}
"""What OpenSSL calls the alerts that brokers send."""

UNTRUSTED = Kind(
    "the TLS certificate of {where} is not accepted: {why} ({about})", about=("mqtt.ca_file",)
)
UNTRUSTED_NOW = Kind(
    "the TLS certificate of {where} is not accepted: {why}",
    "is the clock of this machine right?",
)
NO_CA_FILE = Kind("cannot use {about} {ca_file}: {why}", about=("mqtt.ca_file",))
NO_CERTIFICATE = Kind(
    "cannot use mqtt.cert_file {cert_file} with mqtt.key_file {key_file}: {why}",
    about=_CERTIFICATE,
)
NO_TLS = Kind(
    "{where} does not answer in TLS",
    "is it a port for plain MQTT ({about})?",
    ("mqtt.port", "mqtt.tls"),
)
NO_MQTT = Kind(
    "{where} does not answer in MQTT",
    "is it a port for TLS ({about})?",
    ("mqtt.tls", "mqtt.port"),
)
NO_ANSWER = Kind(
    "{where} closed the connection without an answer",
    "is it a port for TLS ({about}), or is the broker full, going down, or against our client id,"
    " a retained last will or QoS 1? Its log may say so, {other}",
    ("mqtt.tls", "mqtt.port"),
)
OTHER_PROTOCOL = {
    "3.1.1": "or its answer with mqtt.protocol = '5'",
    "5": "or a try with mqtt.protocol = '3.1.1': not every broker speaks MQTT 5",
}
NONSENSE = Kind(
    "the broker sent something that MQTT does not know",
    "is one of our messages too large for it?",
)
"""mosquitto 2.0 answers so, in MQTT 5, what is larger than its `message_size_limit`."""
GONE = Kind(
    "{where} closed the connection without an answer, unlike before",
    "is the broker starting, stopping or full? Its log may say so",
)
NO_SUBSCRIPTION = Kind(
    "the broker accepted the connection, then closed it before it answered our subscriptions",
    "is another node of a cluster lost, or may this user not subscribe? Its log may say why",
)
NO_GREETING = Kind("timeout: the broker takes the connection but does not answer")
NO_TLS_GREETING = Kind(
    "{where} closed the connection without a greeting",
    "does it ask for another client certificate ({about})?",
    _CERTIFICATE,
)
"""After TLS. Its alert, which would have said so, is often lost: the closing overtakes it."""

UNKNOWN_HOST = Kind("unknown host '{host}' ({about})", about=("mqtt.host",))
NO_LOOKUP = Kind("cannot look up host '{host}': {why}")
NOTHING_LISTENS = Kind("connection refused by {where}", "is the broker running?")
TIMEOUT = Kind("timeout: no answer from {where}")
UNREACHABLE = Kind("cannot reach {where}: {why}")
NO_ADDRESS = Kind("'{where}' is not an address ({about})", about=("mqtt.host", "mqtt.port"))
NO_BROKER_WANTED = Kind("no broker is wanted ({about} = none)", about=("mqtt.host",))
BROKE_OFF = Kind("broker {where}: the connection broke", "run this again")
UNEXPECTED = Kind("{why}")

_EXPIRED, _NOT_YET_VALID = 10, 9  # what OpenSSL calls them


class LinkError(ChairSensorError):
    """A connection could not be made or is over; `kind` says why, the text in plain words."""

    def __init__(self, kind: Kind, **gaps: object) -> None:
        gaps["about"] = ", ".join(kind.about)
        super().__init__(
            kind.what.format(**gaps), fix=kind.fix and kind.fix.format(**gaps), about=kind.about
        )
        self.kind = kind


class TooLargeForUsError(LinkError):
    """A message for us is too large to be read; `topic` is where it waits."""

    def __init__(self, topic: str, size: int, most: int) -> None:
        super().__init__(OVERSIZE, topic=topic, size=size, most=most)
        self.topic = topic


def refusal(code: int, name: str, client_id: str) -> LinkError:
    """Say what a broker's reason code (and paho's name for it) means for the user."""
    return LinkError(CODES.get(code, REFUSED), name=name.lower(), id=client_id)


def failure(error: OSError | ValueError | OverflowError, settings: Mqtt, port: int) -> LinkError:
    """Say why connecting failed."""
    where = written(settings.host, port)
    if settings.tls and (untrusted := _tls_failure(error, where)):
        return untrusted
    match error:
        case socket.gaierror(errno=socket.EAI_NONAME):
            return LinkError(UNKNOWN_HOST, host=settings.host)
        case socket.gaierror():
            return LinkError(NO_LOOKUP, host=settings.host, why=error.strerror)
        case ConnectionRefusedError():
            return LinkError(NOTHING_LISTENS, where=where)
        case TimeoutError():
            return LinkError(TIMEOUT, where=where)
        case ConnectionError() if settings.tls:
            return LinkError(NO_TLS, where=where)
        case OSError():
            return LinkError(UNREACHABLE, where=where, why=error.strerror or error)
        case _:  # a name that cannot be one (UnicodeError), a port beyond 65535 (OverflowError)
            return LinkError(NO_ADDRESS, where=where)


def _tls_failure(error: Exception, where: str) -> LinkError | None:
    import ssl  # noqa: PLC0415  (OpenSSL takes 4 MB, and few brokers at home have TLS)

    match error:
        case ssl.SSLCertVerificationError():
            dated = error.verify_code in (_EXPIRED, _NOT_YET_VALID)
            kind = UNTRUSTED_NOW if dated else UNTRUSTED
            return LinkError(kind, where=where, why=error.verify_message.rstrip("."))
        case ssl.SSLError():
            return LinkError(_alert(str(error)) or NO_TLS, where=where)
        case _:
            return None


def lost(trouble: str, settings: Mqtt, port: int, *, stage: Stage) -> LinkError:
    """Say why an open connection ended. `trouble` is what OpenSSL said, if it said anything."""
    where, other = written(settings.host, port), OTHER_PROTOCOL[settings.protocol]
    kinds = {
        "confused": NONSENSE,
        "ready": CLOSED,
        "greeted": NO_SUBSCRIPTION,
        "gone": GONE,
        "garbled": NO_MQTT,
        "deaf": NO_TLS_GREETING if settings.tls else NO_ANSWER,
    }
    return LinkError(_alert(trouble) or kinds[stage], where=where, other=other)


def _alert(text: str) -> Kind | None:
    """Find the broker's TLS alert in what OpenSSL says; None if there is none that we know."""
    return next((kind for name, kind in TLS_ALERTS.items() if name in text), None)
