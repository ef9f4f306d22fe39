"""Mosquitto on loopback, with sessions that outlive its restart."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.publish as publish

from tests.services.peers.certificates import Certificates
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import Process, free_port, listens

USER, PASSWORD = "feeder", "opens-mosquitto"


@dataclass(frozen=True)
class Mqtt:
    """A broker, not started yet; `secured` is its address with TLS."""

    port: int
    process: Process
    secured: str

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def send(self, topic: str, bodies: Sequence[bytes], qos: int = 1) -> None:
        """Return once the broker has confirmed all of them."""
        messages = [(topic, body, qos, False) for body in bodies]
        login = {"username": USER, "password": PASSWORD}
        publish.multiple(messages, "127.0.0.1", self.port, auth=login)  # type: ignore[arg-type]


def mosquitto(folder: Path, certificates: Certificates | None) -> Mqtt:
    """Raises `MissingError` where Mosquitto is not installed."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    maker = shutil.which("mosquitto_passwd")
    if binary is None or maker is None:
        raise MissingError("Mosquitto is needed, and there is no 'mosquitto' on PATH")
    port, secured = free_port(), free_port()
    passwords = folder / "passwords"
    subprocess.run([maker, "-b", "-c", str(passwords), USER, PASSWORD], check=True, capture_output=True)
    passwords.chmod(0o600)
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {passwords}",
        "persistence true",
        f"persistence_location {folder}/",
        "max_queued_messages 100000",
        # Started by root, it would go on as another user, who may not read the folders of a test.
        "user root",
    ]
    if certificates:
        lines += [
            f"listener {secured} 127.0.0.1",
            f"certfile {certificates.certificate}",
            f"keyfile {certificates.key}",
        ]
    file = folder / "mosquitto.conf"
    file.write_text("\n".join(lines) + "\n")
    process = Process([binary, "-c", str(file)], folder / "mosquitto.log", lambda: listens(port))
    return Mqtt(port, process, f"mqtts://localhost:{secured}" if certificates else "")
