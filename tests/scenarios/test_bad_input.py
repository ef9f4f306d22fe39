"""What is wrong is said before anything is made, whole, in words, on each engine; and nothing is written."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.engine.api import Result
from sandbox.engine.choose import Choice, choose
from sandbox.kubernetes import cluster as kubernetes
from sandbox.site import Site
from tests.scenarios.stack import kind, project

TWIN = "apiVersion: opentwins/v1\nkind: Twin\nid: {}\npolicy: example:raspberry_policy\n"
ENGINES: list[object] = [
    "builtin",
    pytest.param(
        "pulumi", marks=pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")
    ),
]
Run = Callable[[dict[str, str], dict[str, object]], Result]
WRONG: dict[str, dict[str, object]] = {
    "grafana": {"replicas": 2},
    "influxdb": {"external": {"secret": "theirs"}},
    "mosquitto": {"external": {"url": "ssl://mqtt.example.org:8883"}, "tls": {"hosts": ["mqtt.example.org"]}},
    "exposure": {"ditto": {"ingress": {"issuer": "ours"}}},
    "mongodb": {"storage": {"class": "standart"}},
}
TOLD = (
    "opentwins:grafana.replicas: opentwins:grafana cannot have several pods; it runs as one",
    "opentwins:influxdb.external.url: is missing",
    "opentwins:mosquitto.external.secret: is missing",
    "opentwins:mosquitto.tls: TLS needs a certificate: exactly one of tlsSecret, issuer, clusterIssuer (none given)",
    "opentwins:exposure.ditto.ingress.host: is missing",
    "opentwins:mongodb.storage.class: the cluster has no storage class standart; did you mean standard?",
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a cluster, which has the storage class `standard`."""
    folder = tmp_path_factory.mktemp("cluster")
    try:
        yield kubernetes.start(folder, lambda line: None).kubeconfig
    finally:
        kubernetes.stop(folder)


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Brings up the shipped example with more specs and settings, where there is no cluster at all.

    What a test sets as `opentwins:kubernetes` is another matter.
    """
    wanted: Choice = request.param

    def up(specs: dict[str, str], settings: dict[str, object]) -> Result:
        folder = project(tmp_path / "project")
        for name, text in specs.items():
            (folder / "twin_specs" / name).write_text(text)
        site = Site(folder, "sandbox", tmp_path / "site")
        config = yaml.safe_load(site.config.read_text())
        config["config"] |= settings
        site.config.write_text(yaml.safe_dump(config))
        nowhere = tmp_path / "kubeconfig"
        nowhere.write_text(_kubeconfig("https://127.0.0.1:9"))
        workspace = site.workspace(nowhere)
        return choose(wanted, workspace, lambda line: None).up()

    return up


def made(result: Result) -> list[str]:
    """The resources that were made, but for the stack itself."""
    return [f"{kind(step)} {step.name}" for step in result.steps if kind(step) != "Stack"]


def test_mistakes_in_specs_are_told_all_at_once_and_nothing_is_made(run: Run) -> None:
    result = run(
        {
            "unknown.yaml": TWIN.format("example:a") + "colour: red\n",
            "illegal.yaml": TWIN.format("no_namespace"),
            "syntax.yaml": "apiVersion: [\n",
            "empty.yaml": "",
        },
        {},
    )
    assert result.error is not None
    for line in (
        "twin_specs/unknown.yaml:5: colour:",
        "twin_specs/illegal.yaml:3: id:",
        "twin_specs/syntax.yaml:",
        "twin_specs/empty.yaml:",
    ):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


def test_specs_that_do_not_fit_together_are_told_all_at_once(run: Run) -> None:
    result = run(
        {
            "missing.yaml": TWIN.format("example:b") + "type: example:nothing\n",
            "twice.yaml": TWIN.format("example:raspberry"),
        },
        {},
    )
    assert result.error is not None
    assert "twin_specs/missing.yaml:5: type:" in result.error
    assert "declared at twin_specs/twice.yaml:3 already" in result.error
    assert made(result) == []


def test_mistakes_in_settings_are_told_all_at_once_and_nothing_is_made(run: Run) -> None:
    result = run({}, {"opentwins:ditto": {"replicas": 0, "colour": "red"}, "opentwins:grafanna": {"port": 1}})
    assert result.error is not None
    for line in ("opentwins:ditto.replicas:", "opentwins:ditto.colour:", "opentwins:grafanna:"):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


FEEDER = """\
apiVersion: opentwins/v1
kind: Feeder
id: {}
{}
models: [{{topic: input-of-{}, fields: [{{thing: 'example:raspberry', feature: temperature}}]}}]
"""
PROGRAMS = {"opentwins:feeders": {"enabled": True}, "opentwins:images": {"feeder": "registry.example/f:1.0"}}
HONO = {"opentwins:hono": {"enabled": True, "messaging": "kafka"}}


@pytest.mark.parametrize(
    ("settings", "programs", "lines"),
    [
        (
            HONO | {"opentwins:kafkaMl": {"enabled": True}, "opentwins:webgl": {"folder": "builds"}},
            {"blind": "", "elsewhere": "input: {service: kafka}"},
            (
                "opentwins:hono.messaging: there is no Kafka; run one with opentwins:kafka.enabled",
                "opentwins:kafkaMl: there is no Kafka; run one with opentwins:kafka.enabled",
                "opentwins:webgl.folder: an image of it has to be built, and there is no opentwins:registry",
                "opentwins:feeders.enabled: the image of the watchdog has to be built, and there is no",
                "twin_specs/blind.yaml:1: input: this key is missing",
                "twin_specs/elsewhere.yaml:4: input.service: Ditto's events are not published to kafka",
            ),
        ),
        (
            HONO,
            {"useless": "input: {service: mosquitto}", "deaf": "input: {service: hono, tenant: plant}"},
            (
                "opentwins:hono.messaging: there is no Kafka",
                "twin_specs/useless.yaml:2: kind: this platform runs no Kafka-ML; set opentwins:kafkaMl.enabled",
                "twin_specs/deaf.yaml:2: kind: this platform runs no Kafka-ML; set opentwins:kafkaMl.enabled",
            ),
        ),
    ],
    ids=[
        "Hono and Kafka-ML without Kafka, feeders without input",
        "Hono without Kafka, feeders without Kafka-ML",
    ],
)
def test_contradictions_of_settings_and_specs_are_told_in_one_error(
    run: Run, settings: dict[str, object], programs: dict[str, str], lines: tuple[str, ...]
) -> None:
    specs = {f"{name}.yaml": FEEDER.format(name, text, name) for name, text in programs.items()}
    result = run(specs, {**PROGRAMS, **settings})

    assert result.error is not None
    for line in lines:
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


@pytest.mark.parametrize("reached", [True, False])
def test_settings_that_cannot_be_are_told_together_and_so_are_classes_that_the_cluster_lacks(
    run: Run, cluster: Path, reached: bool
) -> None:
    where: dict[str, object] = {"opentwins:kubernetes": {"kubeconfig": str(cluster)}} if reached else {}
    result = run({}, {f"opentwins:{key}": value for key, value in WRONG.items()} | where)

    assert result.error is not None
    told = TOLD if reached else TOLD[:-1]  # nobody knows the classes of a cluster that does not answer
    lines = [line.strip() for line in result.error.splitlines()]
    assert f"Pulumi.sandbox.yaml has {len(told)} mistakes:" in result.error
    assert [line for line in lines if line.startswith("opentwins:")] == sorted(told, key=_as_declared)
    assert made(result) == []


def _as_declared(line: str) -> int:
    """In the order of the settings' reference; what the cluster says comes last."""
    order = ["mosquitto.external", "mosquitto.tls", "influxdb", "grafana", "exposure", "mongodb"]
    return next(place for place, key in enumerate(order) if line.startswith(f"opentwins:{key}"))


def test_a_feeder_that_would_get_a_part_of_hono_s_messages_is_refused(run: Run) -> None:
    on: dict[str, object] = {"enabled": True}
    images = {name: f"registry.example/{name}:1.0" for name in ("feeder", "watchdog")}
    services = {"kafka": on, "kafkaMl": on, "hono": on, "feeders": on, "images": images}
    result = run(
        {
            "tenant.yaml": "apiVersion: opentwins/v1\nkind: HonoTenant\nid: plant\n",
            "feeder.yaml": FEEDER.format("line", "input: {service: hono, tenant: plant}", "line"),
        },
        {f"opentwins:{name}": value for name, value in services.items()},
    )
    assert result.error is not None
    assert (
        "twin_specs/feeder.yaml:4: input.service: Hono's AMQP network hands each message of plant to one reader"
        " alone, and Ditto's connection hono-plant would get the others" in result.error
    )
    assert made(result) == []


def test_a_secret_that_is_not_set_is_named_with_its_connection(run: Run) -> None:
    result = run(
        {
            "connection.yaml": "apiVersion: opentwins/v1\nkind: Connection\nid: out\ntype: mqtt\n"
            "uri: ssl://broker.example.org:8883\nsecret: nowhere\nsources:\n  - addresses: [a]\n"
        },
        {},
    )
    assert result.error is not None
    assert "twin_specs/connection.yaml:6: secret:" in result.error
    assert "opentwins:secrets" in result.error
    assert made(result) == []


def test_a_cluster_that_cannot_be_reached_is_one_clear_error(run: Run) -> None:
    result = run({}, {})
    assert result.error is not None
    assert "127.0.0.1:9" in result.error
    assert "Traceback" not in result.error
    assert not [one for one in made(result) if one.startswith(("Deployment", "Policy", "Twin"))]


def _kubeconfig(server: str) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "nowhere",
            "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
            "clusters": [{"name": "nowhere", "cluster": {"server": server}}],
            "users": [{"name": "nobody", "user": {"token": "none"}}],
        }
    )
