"""Certificates are made once, verify each other, and are made anew in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from provider import certificates
from provider.certificates import CertificatesProvider

INPUTS: dict[str, Any] = {
    "organization": "OpenTwins",
    "unit": "Hono",
    "names": {
        "hono-auth": ["hono-auth.opentwins.svc", "hono-auth"],
        "hono-http": ["hono-http.opentwins.svc"],
    },
    "days": 100.0,  # as the engine hands numbers over
    "issue": 1.0,
}


@pytest.fixture
def made() -> dict[str, Any]:
    outs = CertificatesProvider().create(dict(INPUTS)).outs
    assert outs is not None
    return outs


def certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def verify(made: dict[str, Any], part: str, name: str, ca: str = "") -> None:
    store = Store([certificate(ca or made["ca"])])
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name))
    verifier.verify(certificate(made["certificates"][part]), [])


def test_a_part_is_believed_under_its_names_and_no_others(made: dict[str, Any]) -> None:
    verify(made, "hono-auth", "hono-auth.opentwins.svc")
    with pytest.raises(VerificationError):
        verify(made, "hono-auth", "hono-http.opentwins.svc")


def test_a_part_is_not_believed_by_who_trusts_another_authority(made: dict[str, Any]) -> None:
    other = CertificatesProvider().create(dict(INPUTS)).outs or {}
    with pytest.raises(VerificationError):
        verify(made, "hono-auth", "hono-auth.opentwins.svc", ca=other["ca"])


def test_each_part_has_a_key_of_its_own_that_fits_its_certificate(made: dict[str, Any]) -> None:
    keys = set()
    for part, pem in made["keys"].items():
        assert pem.startswith("-----BEGIN PRIVATE KEY-----")  # PKCS #8, which Hono wants
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert certificate(made["certificates"][part]).public_key() == key.public_key()
        keys.add(pem)
    assert len(keys) == 2


def test_its_subject_is_what_the_dispatch_router_knows_hono_by(made: dict[str, Any]) -> None:
    subject = certificate(made["certificates"]["hono-http"]).subject.rfc4514_string()
    assert subject == "CN=hono-http,OU=Hono,O=OpenTwins"


def test_the_key_of_the_authority_is_kept_nowhere(made: dict[str, Any]) -> None:
    authority = certificate(made["ca"]).public_key()
    for pem in made["keys"].values():
        assert serialization.load_pem_private_key(pem.encode(), None).public_key() != authority
    assert set(made) - set(INPUTS) == {"ca", "certificates", "keys", "expires", "fingerprint"}


def test_they_stay_the_same_from_run_to_run(made: dict[str, Any]) -> None:
    assert not CertificatesProvider().diff("id", made, dict(INPUTS)).changes


@pytest.mark.parametrize("change", [{"issue": 2.0}, {"days": 200.0}, {"names": {"hono-auth": ["x"]}}])
def test_what_is_declared_anew_makes_new_ones(made: dict[str, Any], change: dict[str, Any]) -> None:
    news = INPUTS | change
    assert CertificatesProvider().diff("id", made, news).changes
    again = CertificatesProvider().update("id", made, news).outs or {}
    assert again["fingerprint"] != made["fingerprint"]
    assert not CertificatesProvider().diff("id", again, news).changes


@pytest.mark.parametrize(("days_later", "renewed"), [(74, False), (76, True), (200, True)])
def test_they_are_made_anew_in_the_last_quarter_of_their_life(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch, days_later: int, renewed: bool
) -> None:
    later = datetime.now(UTC) + timedelta(days=days_later)
    monkeypatch.setattr(certificates, "_now", lambda: later)
    assert CertificatesProvider().diff("id", made, dict(INPUTS)).changes is renewed


def test_a_part_without_a_name_is_refused() -> None:
    failures = CertificatesProvider().check({}, {**INPUTS, "names": {"hono-auth": []}}).failures
    assert [failure.reason for failure in failures] == ["hono-auth has no name"]
