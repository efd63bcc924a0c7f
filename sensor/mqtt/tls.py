"""The TLS context for the broker, from the settings."""

import ssl
from contextlib import suppress
from pathlib import Path

from sensor.mqtt.failures import NO_CA_FILE, NO_CERTIFICATE, LinkError
from sensor.settings.config import Mqtt


class TidySocket(ssl.SSLSocket):
    """A TLS socket that closes itself when the handshake fails; paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, or close and raise."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def tls_context(settings: Mqtt) -> ssl.SSLContext:
    """Read the certificates anew for each connection. Raises LinkError with the file at fault."""
    context = _trust(settings.ca_file)
    context.sslsocket_class = TidySocket
    if settings.tls_insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert_file is not None:
        _show(context, settings.cert_file, settings.key_file)
    return context


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError, for a file without a certificate, is one too
        why = _reason(error, ca_file)
        raise LinkError(NO_CA_FILE, ca_file=ca_file, why=why) from error
    if ca_file is not None:
        # Python 3.13 checks the form of certificates so strictly that most home-made authorities
        # fail (no "key usage"). Signature, dates and host name are checked as ever.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _show(context: ssl.SSLContext, cert_file: Path, key_file: Path | None) -> None:
    try:
        # An empty password, lest OpenSSL ask for one on the terminal and wait for ever.
        context.load_cert_chain(cert_file, key_file, password="")
    except OSError as error:
        why = _reason(error, cert_file, key_file)
        raise LinkError(NO_CERTIFICATE, cert_file=cert_file, key_file=key_file, why=why) from error


def _reason(error: OSError, *paths: Path | None) -> str | None:
    """Say what is wrong with the files, as far as can be seen; OpenSSL does not say which one."""
    for path in filter(None, paths):
        with suppress(OSError):
            if b"-----BEGIN " not in path.read_bytes():
                return f"{path.name} is not PEM, a text with -----BEGIN in UTF-8; save it as that"
    return error.strerror
