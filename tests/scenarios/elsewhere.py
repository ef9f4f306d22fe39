"""Real programs that run as the stack's manifests on the API server say, beside those that are "elsewhere"."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grafana.queries import history
from tests.live import programs
from tests.live.events import event
from tests.live.programs import BUCKET, TOKEN, InfluxDB, Program, eventually
from tests.scenarios.stack import REAL_DITTO, Stack
from tests.services.peers.processes import free_port, listens

VALUE = "/features/temperature/properties/value"
KINDS = (
    "apis/apps/v1/{}/deployments",
    "apis/apps/v1/{}/statefulsets",
    "apis/batch/v1/{}/jobs",
    "apis/networking.k8s.io/v1/{}/networkpolicies",
    "apis/networking.k8s.io/v1/{}/ingresses",
    "apis/policy/v1/{}/poddisruptionbudgets",
    "api/v1/{}/services",
    "api/v1/{}/configmaps",
    "api/v1/{}/secrets",
    "api/v1/{}/persistentvolumeclaims",
)


def objects(stack: Stack, path: str) -> list[dict[str, Any]]:
    """All objects of a kind in the stack's namespace; `path` has `{}` in the place of that."""
    answer = stack.cluster.api.get("/" + path.format(f"namespaces/{stack.site.namespace}"))
    answer.raise_for_status()
    return list(answer.json()["items"])


def left(stack: Stack, service: str) -> set[tuple[str, str]]:
    """What the cluster has of a service: kinds, and names that begin with its own."""
    return {
        (path.rpartition("/")[2], name)
        for path in KINDS
        for one in objects(stack, path)
        if re.match(rf"(data-)?{service}(-|$)", name := one["metadata"]["name"])
    }


def contents(stack: Stack, kind: str, name: str) -> dict[str, str]:
    """The files of a ConfigMap or a Secret."""
    (found,) = [one for one in objects(stack, f"api/v1/{{}}/{kind}") if one["metadata"]["name"] == name]
    data: dict[str, str] = found["data"]
    return (
        data if kind == "configmaps" else {key: base64.b64decode(text).decode() for key, text in data.items()}
    )


def _pod(stack: Stack, path: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in objects(stack, path) if one["metadata"]["name"] == name]
    pod: dict[str, Any] = found["spec"]["template"]["spec"]
    return pod


def _mounted(stack: Stack, pod: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Write what the containers of a pod mount of Secrets below a folder; the paths there, by those in the pod."""
    volumes = {one["name"]: one["secret"] for one in pod["volumes"] if "secret" in one}
    moved = {}
    for mount in (mount for container in pod["containers"] for mount in container["volumeMounts"]):
        if mount["name"] not in volumes:
            continue
        secret = volumes[mount["name"]]
        files = contents(stack, "secrets", secret["secretName"])
        names = {item["key"]: item["path"] for item in secret.get("items", [])} or dict.fromkeys(files)
        here = folder / mount["mountPath"].strip("/").replace("/", "-")
        here.mkdir(exist_ok=True)
        for key, path in names.items():
            (here / (path or key)).write_text(files[key])
        moved[mount["mountPath"]] = str(here)
    return moved


def telegraf(
    stack: Stack, binary: Path, folder: Path, places: Mapping[str, str], elsewhere: bool = False
) -> Program:
    """Telegraf with the configuration, the login and the token that the stack's manifests give it.

    `places` leads addresses inside the cluster, as regular expressions, to programs here; all others are taken
    as they are. One that runs `elsewhere` gets just the ConfigMap, and the user that the stack has for it.
    """
    health = f"http://127.0.0.1:{free_port()}"
    text = contents(stack, "configmaps", "telegraf")["telegraf.conf"]
    text = programs.moved(text, {r"http://:8080": health, **places})
    token = TOKEN
    if elsewhere:
        reader = contents(stack, "secrets", "mosquitto-telegraf")
        return programs.telegraf_with(binary, folder, text, (reader["username"], reader["password"]), health)
    pod = _pod(stack, "apis/apps/v1/{}/deployments", "telegraf")
    for there, here in _mounted(stack, pod, folder).items():
        text = text.replace(f"{there}/", f"{here}/")
        if there == "/run/influxdb":
            token = (Path(here) / "token").read_text()
    environment = {
        one["name"]: contents(stack, "secrets", one["valueFrom"]["secretKeyRef"]["name"])[
            one["valueFrom"]["secretKeyRef"]["key"]
        ]
        for container in pod["containers"]
        for one in container["env"]
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    login = environment["MQTT_USERNAME"], environment["MQTT_PASSWORD"]
    return programs.telegraf_with(binary, folder, text, login, health, token)


def mosquitto(stack: Stack, binary: Path, folder: Path) -> tuple[Program, int]:
    """The stack's own Mosquitto, with the files of its manifests, at a port here."""
    port = free_port()
    for name, text in contents(stack, "secrets", "mosquitto-users").items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    text = programs.moved(
        contents(stack, "configmaps", "mosquitto")["mosquitto.conf"],
        {
            r"listener 1883": f"listener {port} 127.0.0.1",
            r"/mosquitto/secrets/": f"{folder}/",
            r"/mosquitto/data/": f"{folder}/",
        },
    )
    (folder / "own.conf").write_text(text + "user root\n")  # see tests/live/programs.py
    command = [str(binary), "-c", str(folder / "own.conf")]
    return Program(command, folder / "own-mosquitto.log", lambda: listens(port)), port


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    try:
        for program in programs:
            program.start()
        yield
    finally:
        for program in reversed(programs):
            program.stop()


def passes(influxdb: InfluxDB, send: Callable[[bytes], None]) -> bool:
    """Whether an event that is sent is stored; it is sent until then, as the way may not be open yet."""

    def stored() -> bool:
        send(event("a", VALUE, 21.5).encode())
        return bool(
            influxdb.query(history(BUCKET, "live:a", "value_temperature_properties_value"), window="1s")
        )

    return bool(eventually(stored, "an event is stored"))


def comes_from_a_twin(stack: Stack, influxdb: InfluxDB) -> None:
    """With a real Ditto, what a twin is set to goes the whole way, by the connections that are declared."""
    if not REAL_DITTO:
        return
    sensor = "example:raspberry:DHT22_1"

    def stored() -> bool:
        stack.ditto("PUT", f"/things/{sensor}{VALUE}", json=22.5)
        query, now = history(BUCKET, sensor, "value_temperature_properties_value"), datetime.now(UTC)
        start, stop = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 1))
        return bool(influxdb.query(query, start, stop, window="1s"))

    eventually(stored, "the value of a twin is stored")
