"""Certificates that are made once, kept as secrets, and made anew before they expire or when the config says so.

One authority signs the certificates of all parts of a service. Its own key is forgotten as soon as it has
signed them: nobody can make another certificate that the parts would believe, and a renewal makes a new
authority.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

RENEWED = 0.25  # of its lifetime: when that is left, the next run makes a new one
DECLARED = ("organization", "unit", "names", "days", "issue")


def _now() -> datetime:
    return datetime.now(UTC)


class CertificatesProvider(ResourceProvider):
    """Makes keys and certificates; it keeps none and reaches nothing."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """A part without a name could not be verified by anybody."""
        nameless = sorted(part for part, names in (news.get("names") or {}).items() if not names)
        return CheckResult(news, [CheckFailure("names", f"{part} has no name") for part in nameless])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Something else is declared, or what there is expires before long."""
        changed = any(_olds.get(key) != _news.get(key) for key in DECLARED)
        return DiffResult(changes=changed or expiring(_olds))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first ones."""
        made = _made(props)
        return CreateResult(made["fingerprint"], made)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """New ones, all of them."""
        return UpdateResult(_made(_news))


def expiring(props: Mapping[str, Any]) -> bool:
    """Whether the certificates are in the last quarter of their life."""
    end = datetime.fromisoformat(props["expires"])
    return _now() > end - timedelta(days=float(props["days"]) * RENEWED)


def _made(props: Mapping[str, Any]) -> dict[str, Any]:
    days, organization, unit = int(props["days"]), props["organization"], props["unit"]
    start = _now() - timedelta(minutes=5)  # clocks differ
    end = start + timedelta(days=days)
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = _name(organization, unit, "authority")
    ca = (
        _begun(issuer, issuer, authority, start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(authority, hashes.SHA256())
    )
    certificates, keys = {}, {}
    for part, names in sorted(props["names"].items()):
        key = ec.generate_private_key(ec.SECP256R1())
        both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = (
            _begun(_name(organization, unit, part), issuer, key, start, end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, key_agreement=True), critical=True)
            .add_extension(both, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
            )
            .sign(authority, hashes.SHA256())
        )
        certificates[part], keys[part] = _pem(certificate), _private(key)
    return {key: props[key] for key in DECLARED} | {
        "ca": _pem(ca),
        "certificates": certificates,
        "keys": keys,
        "expires": end.isoformat(),
        "fingerprint": hashlib.sha256(_pem(ca).encode()).hexdigest()[:16],
    }


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(organization: str, unit: str, part: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, part),
        ]
    )


def _usage(**used: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in every})


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode()


class Certificates(Resource, module="opentwins", name="Certificates"):
    """A key (PKCS #8) and a certificate, in PEM, for each part of a service, by the part's name.

    `names` are the DNS names that each part is reached under; a part's subject is its own name, in `unit` of
    `organization`. They hold for `days`, and another `issue` number makes all of them anew. `keys` is a
    secret. `fingerprint` changes with them and does not reveal anything.
    """

    ca: pulumi.Output[str]
    certificates: pulumi.Output[dict[str, str]]
    keys: pulumi.Output[dict[str, str]]
    expires: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        names: Mapping[str, Sequence[str]],
        organization: str,
        unit: str,
        days: int,
        issue: int = 1,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        declared = {
            "organization": organization,
            "unit": unit,
            "names": {part: list(some) for part, some in names.items()},
            "days": days,
            "issue": issue,
        }
        # Named here so that a preview, which makes none, has them as unknown outputs.
        unknown = dict.fromkeys(("ca", "certificates", "keys", "expires", "fingerprint"))
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["keys"])
        super().__init__(
            CertificatesProvider(), name, declared | unknown, pulumi.ResourceOptions.merge(hidden, opts)
        )
