"""A certificate authority of our own, so that TLS is real and its certificates are checked by every client."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 30


@dataclass(slots=True)
class Authority:
    """Signs a certificate for every host that is asked for. Files stand in ``folder``."""

    folder: Path
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)

    @property
    def bundle(self) -> Path:
        """What a client has to trust: our root, among the real ones, so that loading it costs what it costs."""
        path = self.folder / "bundle.pem"
        if not path.exists():
            import certifi

            real = Path(certifi.where()).read_text(encoding="utf-8")
            path.write_text(real + "\n" + self._certificate_file().read_text(encoding="utf-8"), encoding="utf-8")
        return path

    def context(self, host: str) -> ssl.SSLContext:
        """A server's context for one host; made once."""
        if host not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._signed(host))
            self._contexts[host] = context
        return self._contexts[host]

    def _certificate_file(self) -> Path:
        path = self.folder / "root.pem"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            key = ec.generate_private_key(ec.SECP256R1())
            name = _name("benchmark authority")
            certificate = (
                _draft(name, name, key.public_key())
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                .add_extension(_usage(signs_certificates=True), critical=True)
                .sign(key, hashes.SHA256())
            )
            (self.folder / "root.key").write_bytes(_private(key))
            path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _signed(self, host: str) -> Path:
        path = self.folder / f"host-{host.replace(':', '_')[:120]}.pem"
        if not path.exists():
            root = x509.load_pem_x509_certificate(self._certificate_file().read_bytes())
            signer = serialization.load_pem_private_key((self.folder / "root.key").read_bytes(), None)
            assert isinstance(signer, ec.EllipticCurvePrivateKey)
            key = ec.generate_private_key(ec.SECP256R1())
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
            certificate = (
                _draft(_name(host[:60]), root.subject, key.public_key())
                .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(authority, critical=False)
                .add_extension(_usage(signs_certificates=False), critical=True)
                .sign(signer, hashes.SHA256())
            )
            path.write_bytes(_private(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _draft(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
