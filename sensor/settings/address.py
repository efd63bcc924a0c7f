"""The address of a broker, HOST or HOST:PORT: read and written in one way everywhere."""

import ipaddress
import re
from typing import NamedTuple

from sensor.errors import SettingsError
from sensor.settings.bad_value import BadValueError

SCHEMES = {"mqtt": False, "tcp": False, "mqtts": True, "ssl": True}
"""How a URL of a broker may begin, and whether that asks for TLS."""
LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"


class Address(NamedTuple):
    """Where a broker listens."""

    host: str
    port: int | None = None
    """None: the usual one."""
    tls: bool | None = None
    """What a URL says about TLS; None: nothing."""


def written(host: str, port: int | None = None) -> str:
    """Write an address as `read` takes it: an IPv6 address in brackets."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def read(text: str, name: str) -> Address:
    """Take apart HOST, HOST:PORT or a URL such as mqtts://HOST:PORT; `name` is its option.

    Host and port are checked as the settings that they become. Raises SettingsError, which shows
    neither a user nor a password of a URL.
    """
    try:
        return _read(text.strip())
    except BadValueError as error:
        shown = re.sub(r".*@", "(hidden)@", text, flags=re.DOTALL)
        raise SettingsError(error.about(name, f"got {shown!r}")) from None


def _read(text: str) -> Address:
    scheme, separator, rest = text.rpartition("://")
    tls = None
    if separator:
        tls = SCHEMES.get(scheme.lower())
        if tls is None:
            raise BadValueError(
                "must be the address of a broker", "Write HOST:PORT or mqtt://HOST:PORT."
            )
        text = rest.removesuffix("/").replace("%25", "%")
    if "@" in text:
        raise BadValueError("must not hold a user", "Set mqtt.username and a password apart.")
    name, port = _split(text)
    if (
        not name
        or set(name) & set("[]")
        or (port is not None and not re.fullmatch("[0-9]{1,9}", port))
    ):
        raise BadValueError("must be HOST[:PORT]", "Write 192.168.1.5:1883 or [fd00::5]:1883.")
    return Address(name, None if port is None else int(port), tls)


def _split(text: str) -> tuple[str, str | None]:
    if bracketed := re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", text):
        return bracketed[1], bracketed[2]
    head, colon, tail = text.rpartition(":")
    if not _is_ip(text):
        return (head, tail) if colon else (text, None)
    if _is_ip(head) and re.fullmatch("[0-9]+", tail):
        raise BadValueError("may or may not end in a port", f"Write [{head}]:{tail} or [{text}].")
    return text, None


def host(text: str) -> str:
    """Check a host alone, a name or an address. Raises BadValueError.

    What is refused here the resolver would answer with UnicodeError, which ends paho's thread.
    """
    try:
        name = text.encode("idna").decode().lower()
        if not re.fullmatch(rf"({LABEL}\.)*(?![0-9]+\.?$){LABEL}\.?", name):
            ipaddress.ip_address(text)
    except ValueError:
        raise BadValueError(
            "must be the name or address of a host alone",
            "For example broker.lan or 192.168.1.10; the port goes in mqtt.port.",
        ) from None
    return text


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
