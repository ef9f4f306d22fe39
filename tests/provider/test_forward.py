"""The provider's ordinary way, on a real API server: Secrets from it, port-forwards to pods through it."""

import base64
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kubernetes import client, config

from components.settings import load
from provider.cluster import Cluster
from provider.errors import Unreachable
from provider.reach import Reach
from sandbox.kubernetes import cluster as sandbox
from tests.provider.conftest import LOGINS, Ditto
from tests.provider.documents import OWNER, policy

NAMESPACE = "opentwins"
SECRETS = ("ditto-api", "ditto-devops")


@pytest.fixture(scope="module")
def kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    started = sandbox.start(directory)
    prepare(core(started))
    yield started
    sandbox.stop(directory)


def core(cluster: sandbox.Cluster) -> Any:
    return client.CoreV1Api(config.new_client_from_config(str(cluster.kubeconfig)))


def prepare(api: Any) -> None:
    """The namespace with its Secrets, and a Service whose port leads to a pod's port of another number."""
    api.create_namespace({"metadata": {"name": NAMESPACE}})
    for name in SECRETS:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in LOGINS.items()}
        api.create_namespaced_secret(NAMESPACE, {"metadata": {"name": name}, "data": data})
    port = {"name": "http", "port": 8080, "targetPort": 80}
    api.create_namespaced_service(
        NAMESPACE, {"metadata": {"name": "ditto"}, "spec": {"selector": {"app": "ditto"}, "ports": [port]}}
    )
    eventually(lambda: api.list_namespaced_service_account(NAMESPACE).items)


def eventually(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def pod(kubernetes: sandbox.Cluster) -> Iterator[Callable[[str], None]]:
    """Starts a pod of that name behind the Service; at the end all are gone."""
    api = core(kubernetes)

    def start(name: str) -> None:
        containers = [{"name": "main", "image": "example/nothing:1.0"}]
        api.create_namespaced_pod(
            NAMESPACE,
            {"metadata": {"name": name, "labels": {"app": "ditto"}}, "spec": {"containers": containers}},
        )
        eventually(lambda: name in ready(api))

    yield start
    api.delete_collection_namespaced_pod(NAMESPACE, grace_period_seconds=0)
    eventually(lambda: not ready(api))


def ready(api: Any) -> set[str]:
    discovery: Any = client.DiscoveryV1Api(api.api_client)
    slices = discovery.list_namespaced_endpoint_slice(NAMESPACE).items
    return {
        endpoint.target_ref.name
        for piece in slices
        for endpoint in piece.endpoints or []
        if endpoint.conditions.ready
    }


@pytest.fixture
def reach(kubernetes: sandbox.Cluster, ditto: Ditto) -> Reach:
    kubernetes.route(NAMESPACE, {80: ditto.url.removeprefix("http://")})
    settings = load(
        {
            "opentwins:kubernetes": f'{{"kubeconfig": "{kubernetes.kubeconfig}"}}',
            "opentwins:twins": '{"deadline": 20}',
        },
        "test",
    )
    return Reach(settings, say=lambda line: None)


def test_things_and_connections_are_written_through_the_kubernetes_api(
    reach: Reach, pod: Callable[[str], None], ditto: Ditto
) -> None:
    pod("one")
    assert reach.ditto.create_policy("my:policy", policy("my:policy", OWNER))
    with ThreadPoolExecutor(8) as threads:
        made = threads.map(
            lambda number: reach.ditto.create_thing(f"my:thing{number}", {"policyId": "my:policy"}), range(40)
        )
        assert all(made)
    assert reach.connections.connection("robot") is None
    assert len(ditto.writes()) == 41


def test_when_a_pod_goes_another_one_is_used(
    reach: Reach, pod: Callable[[str], None], kubernetes: sandbox.Cluster
) -> None:
    pod("one")
    assert reach.ditto.thing("my:thing") is None
    api = core(kubernetes)
    api.delete_namespaced_pod("one", NAMESPACE, grace_period_seconds=0)
    pod("two")
    eventually(lambda: "one" not in ready(api))
    assert reach.ditto.thing("my:thing") is None


def test_a_service_without_a_ready_pod_is_waited_for(reach: Reach, pod: Callable[[str], None]) -> None:
    looks = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        pod("late")

    reach.pause = pause
    assert reach.ditto.thing("my:thing") is None
    assert len(looks) == 1


def test_a_service_that_never_gets_a_ready_pod_is_one_clear_line(reach: Reach) -> None:
    moments = iter(range(1000))
    reach.now, reach.pause = lambda: float(next(moments)), lambda seconds: None
    with pytest.raises(Unreachable) as failure:
        reach.ditto.thing("my:thing")
    assert str(failure.value) == (
        "Ditto (Service opentwins/ditto) was not healthy within 20 s (opentwins:twins.deadline): no pod is"
        " ready behind Service opentwins/ditto"
    )


@pytest.mark.parametrize(
    ("namespace", "name", "words"),
    [
        (
            NAMESPACE,
            "nothing",
            "Secret opentwins/nothing cannot be read from the Kubernetes API at https://127.0.0.1:",
        ),
        ("nowhere", "ditto-api", "Secret nowhere/ditto-api cannot be read"),
    ],
)
def test_a_secret_that_is_not_there_is_named(
    kubernetes: sandbox.Cluster, namespace: str, name: str, words: str
) -> None:
    with pytest.raises(Unreachable, match=words):
        Cluster(str(kubernetes.kubeconfig)).secret(namespace, name)


def test_a_kubeconfig_may_be_given_as_its_text(kubernetes: sandbox.Cluster) -> None:
    assert Cluster(kubernetes.kubeconfig.read_text()).secret(NAMESPACE, "ditto-api") == LOGINS
