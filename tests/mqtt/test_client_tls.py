"""TLS to a broker whose certificates are made on the fly."""

import datetime as dt
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sensor.daemon.inbox import Connected, Disconnected, Received
from sensor.daemon.ports import Publication
from tests.kit import MosquittoStarter
from tests.mqtt.kit import Opener

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority in a folder, as plain as one made by hand: without key usage."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        self.ca_file = folder / "ca.pem"
        extension = x509.BasicConstraints(ca=True, path_length=None)
        self._sign(self.ca_file, self._name, self._key.public_key(), extension, NOW + DAY)

    def issue(
        self, name: str, *, until: dt.datetime = NOW + DAY, password: bytes | None = None
    ) -> tuple[Path, Path]:
        """Make a certificate and a key for `name` (and 127.0.0.1 if that is localhost)."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        cert_file, key_file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        extension = x509.SubjectAlternativeName(names)
        self._sign(cert_file, subject, key.public_key(), extension, until)
        hidden = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        key_file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
        )
        return cert_file, key_file

    def _sign(
        self,
        file: Path,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        extension: x509.ExtensionType,
        until: dt.datetime,
    ) -> None:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(until)
            .add_extension(extension, critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Give the authority that the broker's certificate comes from."""
    return Authority(tmp_path / "authority")


@pytest.fixture
def secure(mosquitto: MosquittoStarter, authority: Authority) -> Any:
    """Start a mosquitto with TLS, on a certificate for this name."""

    def start(name: str = "localhost", *options: str, **more: Any) -> Any:
        cert_file, key_file = authority.issue(name, **more)
        files = [f"certfile {cert_file}", f"keyfile {key_file}", f"cafile {authority.ca_file}"]
        return mosquitto("allow_anonymous true", *files, *options)

    return start


def reason_of(link: Any) -> str:
    """Wait for the first failure."""
    return str(link.await_message(Disconnected).reason)


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_trusted_broker(secure: Any, authority: Authority, connect: Opener, protocol: str) -> None:
    """With the right authority the link connects and talks, in both versions of MQTT."""
    link = connect(secure().port, tls=True, ca_file=authority.ca_file, protocol=protocol)
    link.await_message(Connected)

    for number in range(200):
        link.publish(Publication(topic="chair/set/x", payload=str(number)))

    assert link.flush(10)
    assert [link.await_message(Received).payload for _ in range(200)] == [
        b"%d" % n for n in range(200)
    ]


def test_wrong_authority(secure: Any, connect: Opener, tmp_path: Path) -> None:
    """A broker of another authority is not trusted."""
    other = Authority(tmp_path / "other")
    port = secure().port

    reason = reason_of(connect(port, tls=True, ca_file=other.ca_file))

    assert reason.startswith(f"the TLS certificate of 127.0.0.1:{port} is not accepted: ")
    assert "self-signed certificate in certificate chain" in reason


def test_system_authorities(secure: Any, connect: Opener) -> None:
    """Without a CA file the system's authorities count; ours is none of them."""
    assert "is not accepted" in reason_of(connect(secure().port, tls=True))


def test_wrong_host(secure: Any, authority: Authority, connect: Opener) -> None:
    """A certificate for another host is not accepted."""
    port = secure("other.example").port

    reason = reason_of(connect(port, host="localhost", tls=True, ca_file=authority.ca_file))

    assert "mismatch, certificate is not valid for 'localhost'" in reason


def test_expired(secure: Any, authority: Authority, connect: Opener) -> None:
    """An expired certificate is not accepted; it may be our clock that is wrong."""
    port = secure(until=NOW - DAY).port

    reason = reason_of(connect(port, tls=True, ca_file=authority.ca_file))

    expected = "is not accepted: certificate has expired; is the clock of this machine right?"
    assert expected in reason


def test_insecure(secure: Any, connect: Opener) -> None:
    """With tls_insecure any certificate will do, and any name on it."""
    port = secure("other.example", until=NOW - DAY).port

    assert connect(port, tls=True, tls_insecure=True).await_message(Connected)


def test_client_certificate(secure: Any, authority: Authority, connect: Opener) -> None:
    """A broker that wants to see a certificate is shown ours; without one it says so."""
    port = secure("localhost", "require_certificate true").port
    cert_file, key_file = authority.issue("chair")
    ours = {"tls": True, "ca_file": authority.ca_file}

    reason = reason_of(connect(port, **ours))
    link = connect(port, **ours, cert_file=cert_file, key_file=key_file)

    assert link.await_message(Connected)
    assert "client certificate (mqtt.cert_file" in reason


def test_strange_client_certificate(
    secure: Any, authority: Authority, connect: Opener, tmp_path: Path
) -> None:
    """A client certificate of another authority is rejected, and the reason points to it."""
    port = secure("localhost", "require_certificate true").port
    cert_file, key_file = Authority(tmp_path / "other").issue("chair")

    link = connect(
        port, tls=True, ca_file=authority.ca_file, cert_file=cert_file, key_file=key_file
    )

    assert "client certificate (mqtt.cert_file" in reason_of(link)


def test_plain_broker(mosquitto: MosquittoStarter, connect: Opener) -> None:
    """TLS to a broker that speaks plain MQTT is told from a bad certificate."""
    port = mosquitto().port

    reason = reason_of(connect(port, tls=True))

    expected = f"127.0.0.1:{port} does not answer in TLS; is it a port for plain MQTT"
    assert reason == f"{expected} (mqtt.port, mqtt.tls)?"


def test_plain_client(secure: Any, connect: Opener) -> None:
    """Plain MQTT to a TLS port is told in words."""
    port = secure().port

    reason = reason_of(connect(port))

    expected = f"127.0.0.1:{port} closed the connection without an answer; is it a port for TLS"
    assert reason.startswith(f"{expected} (mqtt.tls, mqtt.port)")


def test_missing_ca_file(connect: Opener, tmp_path: Path) -> None:
    """A CA file that is not there is named; the link goes on trying."""
    link = connect(1, tls=True, ca_file=tmp_path / "nothing.pem")

    expected = f"cannot use mqtt.ca_file {tmp_path / 'nothing.pem'}: No such file or directory"
    assert reason_of(link) == expected
    assert reason_of(link) == expected


def test_locked_key(connect: Opener, authority: Authority) -> None:
    """A key with a password is refused in words, and nobody is asked on the terminal."""
    cert_file, key_file = authority.issue("chair", password=b"secret")

    reason = reason_of(connect(1, tls=True, cert_file=cert_file, key_file=key_file))

    assert reason.startswith(f"cannot use mqtt.cert_file {cert_file} with mqtt.key_file")


@pytest.mark.parametrize("spoilt", ["ca_file", "cert_file", "key_file"])
def test_no_pem(connect: Opener, authority: Authority, spoilt: str) -> None:
    """A certificate in UTF-16, as from a Windows editor, is named with what it should be."""
    cert_file, key_file = authority.issue("chair")
    files = {"ca_file": authority.ca_file, "cert_file": cert_file, "key_file": key_file}
    files[spoilt].write_text(files[spoilt].read_text(), encoding="utf-16")

    reason = reason_of(connect(1, tls=True, **files))

    assert f"{files[spoilt].name} is not PEM, a text with -----BEGIN in UTF-8" in reason


def test_renewed_certificate(secure: Any, authority: Authority, connect: Opener) -> None:
    """A CA file that is put right later counts at the next attempt, without a restart."""
    text = authority.ca_file.read_text()
    port = secure().port
    authority.ca_file.write_text("")
    link = connect(port, tls=True, ca_file=authority.ca_file)
    assert "cannot use mqtt.ca_file" in reason_of(link)

    authority.ca_file.write_text(text)

    assert link.await_message(Connected)


def test_several_messages_in_one_piece(authority: Authority, connect: Opener) -> None:
    """What TLS decrypts in one go is all read at once, though the socket looks idle."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("localhost"))
    accepted, message = b"\x20\x02\x00\x00", b"\x30\x04\x00\x01xy"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        link = connect(port, subscriptions=[], tls=True, ca_file=authority.ca_file)
        with context.wrap_socket(listening.accept()[0], server_side=True) as broker:
            assert broker.recv(1000)

            broker.sendall(accepted + 3 * message)

            assert [type(link.inbox.get(5)) for _ in range(4)] == [Connected, *[Received] * 3]
            link.close()


def test_close_during_the_handshake(
    connect: Opener, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake that hangs does not hold up `close`; the thread ends when it does."""
    monkeypatch.setattr("sensor.mqtt.client.FAREWELL_TIMEOUT", -0.9)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        link = connect(listening.getsockname()[1], tls=True, ca_file=authority.ca_file)
        other, _ = listening.accept()
        with other:
            assert other.recv(1)

            link.close()

            assert link.thread.is_alive()
    link.thread.join(10)
    assert not link.thread.is_alive()
