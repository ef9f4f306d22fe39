"""A certificate for loopback, and the authority that has signed it."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.services.peers.fetched import MissingError

STORE_PASSWORD = "of-the-store"


@dataclass(frozen=True)
class Certificates:
    """Files in PEM; `both` is key and certificate in one, `store` the same as PKCS 12."""

    ca: Path
    key: Path
    certificate: Path
    both: Path
    store: Path


def certificates(folder: Path) -> Certificates:
    """Make them in a folder. Raises `MissingError` without openssl."""
    if shutil.which("openssl") is None:
        raise MissingError("openssl is needed, and it is not on PATH")
    made = Certificates(
        *(folder / name for name in ("ca.pem", "server.key", "server.pem", "both.pem", "server.p12"))
    )
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for line in (
        f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests -keyout ca.key -out {made.ca}",
        f"req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {made.key} -out server.csr",
        f"x509 -req -in server.csr -days 2 -CA {made.ca} -CAkey ca.key -CAcreateserial -extfile {names}"
        f" -out {made.certificate}",
        f"pkcs12 -export -in {made.certificate} -inkey {made.key} -out {made.store}"
        f" -passout pass:{STORE_PASSWORD}",
    ):
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)
    made.both.write_text(made.key.read_text() + made.certificate.read_text())
    return made
