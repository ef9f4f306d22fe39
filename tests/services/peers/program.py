"""A feeder or a watchdog, started as its image starts it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.services.peers.processes import PATIENCE, Process, eventually

ROOT = Path(__file__).parents[3]


@dataclass
class Program:
    """One program with a folder for its configuration, secrets, state and log."""

    name: str
    python: Path
    folder: Path
    configuration: Mapping[str, Any]
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        for side in ("input", "output"):
            (self.folder / "secrets" / side).mkdir(parents=True)
        (self.folder / "state").mkdir()
        file = self.folder / f"{self.name}.yaml"
        file.write_text(yaml.safe_dump(dict(self.configuration)))
        command = [str(self.python), "-m", f"services.{self.name}", "--address", "127.0.0.1", "--port", "0"]
        command += ["--config", str(file)]
        command += ["--secrets", str(self.folder / "secrets"), "--state", str(self.folder / "state")]
        self.process = Process(command, self.folder / "log", self._answers, folder=ROOT)

    def secret(self, side: str, **values: str) -> None:
        """Mount a Secret, as one that changes is mounted anew."""
        for name, value in values.items():
            (self.folder / "secrets" / side / name).write_text(value)

    def start(self, ready: bool = True) -> None:
        """Return once it serves; with `ready`, once it says that input and output are there."""
        (self.folder / "log").write_text("")
        self.process.start()
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        eventually(lambda: self.get("/readyz").status_code == 200, f"{self.name} is ready; {self.log()}")

    def get(self, path: str) -> requests.Response:
        running = self.process.process
        assert running, f"{self.name} is not started"
        assert running.poll() is None, f"{self.name} has ended:\n{self.log()}"
        return requests.get(f"http://127.0.0.1:{self._port()}{path}", timeout=10)

    def metric(self, name: str) -> float:
        """A metric's value; its labels are part of the name."""
        lines = self.get("/metrics").text.splitlines()
        found = [line for line in lines if line.rpartition(" ")[0] == name]
        assert found, "\n".join(lines)
        return float(found[0].rpartition(" ")[2])

    def wait_for_metric(self, name: str, value: float, patience: float = PATIENCE) -> None:
        eventually(lambda: self.metric(name) >= value, f"{name} is {value}; {self.log()}", patience)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def lines(self) -> list[dict[str, Any]]:
        """Its log; every line is JSON."""
        return [json.loads(line) for line in self.log().splitlines()]

    def _port(self) -> int:
        ports = [json.loads(line).get("port") for line in self.log().splitlines() if '"port"' in line]
        return int(ports[-1])

    def _answers(self) -> bool:
        return '"port"' in self.log() and self.get("/healthz").status_code == 200
