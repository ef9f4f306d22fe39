"""The real Mosquitto speaks TLS beside plain MQTT, and takes up a renewed certificate without a restart."""

import os
import shutil
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components import mosquitto_configuration
from components.mosquitto import TLS_SCRIPT
from tests.components.running import HOST, installed
from tests.services.peers.processes import Process, eventually, free_port, listens


def certificate(folder: Path, serial: int) -> None:
    """A certificate of that serial number that signs itself, as `tls.crt` and `tls.key`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, data in (("tls.key", private), ("tls.crt", made.public_bytes(serialization.Encoding.PEM))):
        (folder / f"{file}.new").write_bytes(data)
        (folder / f"{file}.new").rename(folder / file)


def shown(port: int) -> int:
    """The serial number of the certificate that the broker shows."""
    pem = ssl.get_server_certificate((HOST, port), timeout=5)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Mosquitto as the pod runs it, at a port for each."""
    plain, secure = free_port(), free_port()
    certificate(tmp_path, 1)
    for name in ("passwords", "acl"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o400)
    text = mosquitto_configuration.configuration(
        plain,
        HOST,
        f"{tmp_path}/",
        f"{tmp_path}/passwords",
        f"{tmp_path}/acl",
        tls=(secure, str(tmp_path)),
    )
    (tmp_path / "mosquitto.conf").write_text(text + "user root\n")
    (tmp_path / "tls.sh").write_text(TLS_SCRIPT)
    environment = os.environ | {
        "PATH": f"{Path(installed('mosquitto')).parent}:{os.environ['PATH']}",
        "CONFIGURATION": f"{tmp_path}/mosquitto.conf",
        "CERTIFICATE": f"{tmp_path}/tls.crt",
        "EVERY": "1",
    }
    command = [str(shutil.which("sh")), "-u", f"{tmp_path}/tls.sh"]
    program = Process(command, tmp_path / "log", lambda: listens(secure), environment)
    program.start()
    yield plain, secure
    program.stop()
    assert not listens(plain), "the broker has stopped with the script that runs it"


def test_it_takes_up_a_renewed_certificate(broker: tuple[int, int], tmp_path: Path) -> None:
    plain, secure = broker
    assert listens(plain)
    assert shown(secure) == 1

    certificate(tmp_path, 2)
    eventually(lambda: shown(secure) == 2, "the broker shows the new certificate")
    assert listens(plain)
