"""The five services of Ditto's cluster, which find each other through the Kubernetes API.

Follows the official chart (deployment/helm/ditto, 3.9.6) and
https://eclipse.dev/ditto/installation-operating.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.contents import Contents, Key
from components.model import Resources
from components.place import Place, labels
from components.pods import Container, Field, Pod
from components.probes import Probes, http
from components.scaling import Autoscaling
from components.volumes import temporary

HTTP = 8080
PORTS = {"remoting": 2551, "management": 7626, "metrics": 9095}  # Ditto looks the second up by its name
USER = (1005, 1005)

# What makes pods one cluster: Ditto asks Kubernetes for the pods of its namespace with this label.
MEMBER = {"actorSystemName": "ditto-cluster"}

_JAVA = """
-XX:ActiveProcessorCount=2 -XX:MaxRAMPercentage=50 -XX:InitialRAMPercentage=50
-Xss512k -XX:MaxMetaspaceSize=256m
-XX:+UseG1GC -XX:MaxGCPauseMillis=200 -XX:+UseStringDeduplication -XX:+ParallelRefProcEnabled
-XX:+DisableExplicitGC -XX:+ExitOnOutOfMemoryError -Djava.net.preferIPv4Stack=true
-Dio.netty.leakDetection.level=disabled
-Dpekko.management.cluster.bootstrap.contact-point-discovery.port-name=management
-Dpekko.http.client.parsing.max-chunk-size=2m
-Dpekko.cluster.failure-detector.threshold=15.0
-Dpekko.cluster.failure-detector.expected-response-after=3s
-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=7s
-Dpekko.persistence.journal-plugin-fallback.recovery-event-timeout=30s
-Dpekko.persistence.max-concurrent-recoveries=100
-Dpekko.cluster.sharding.updating-state-timeout=20s
-Dpekko.cluster.shutdown-after-unsuccessful-join-seed-nodes=180s
"""

_CLUSTER = {
    "DISCOVERY_METHOD": "kubernetes-api",
    "CLUSTER_NUMBER_OF_SHARDS": "50",
    "CLUSTER_DOWNING_STABLE_AFTER": "15s",
    "CLUSTER_DOWNING_DOWN_ALL_WHEN_UNSTABLE": "on",
    # Ditto's own default is an hour, in which a member that was lost (a killed pod, a lost node) keeps its
    # shards and singletons. Longer than a cluster takes to form.
    "DITTO_CLUSTER_SBR_AUTO_ENABLE_AFTER": "60s",
    "PROMETHEUS_PORT": str(PORTS["metrics"]),
    "TZ": "UTC",
}

# Events and snapshots are on disk before they count as written.
_JOURNALED = {
    "PEKKO_PERSISTENCE_MONGO_JOURNAL_WRITE_CONCERN": "Journaled",
    "PEKKO_PERSISTENCE_MONGO_SNAPS_WRITE_CONCERN": "Journaled",
}
# Which make the clean-up's queries cheap on MongoDB 6 and newer.
_INDEXES = {
    f"MONGODB_READ_JOURNAL_SHOULD_CREATE_ADDITIONAL_SNAPSHOT_AGGREGATION_INDEX_{index}": "true"
    for index in ("PID_ID", "PID_SN", "PID_SN_ID")
}
DATABASE: Mapping[str, str] = {**_JOURNALED, **_INDEXES}


@dataclass(frozen=True)
class Service:
    """One of the five: its name, image and size, and the environment that only it has."""

    name: str
    image: str
    resources: Resources
    replicas: int
    env: Mapping[str, str | Key]
    autoscaling: Autoscaling | None = None


def database(uri: Contents, members: int = 1, tls: bool = False) -> dict[str, str | Key]:
    """The environment of a service that keeps its state in a MongoDB with so many members."""
    found: dict[str, str | Key] = {"MONGO_DB_URI": Key(uri, "uri"), **DATABASE}
    if members > 1:
        # Written on two: what only one has is rolled back when that one is lost.
        found |= dict.fromkeys(_JOURNALED, "ReplicaAcknowledged")
    return found | ({"MONGO_DB_SSL_ENABLED": "true"} if tls else {})


def enough(pods: Sequence[int], apart: bool) -> int:
    """How many members have to see each other to form a cluster, of services with so many pods each.

    With half of them, two clusters could form; with more than there are, none does. So it is all of them, or where
    pods keep `apart`, those that are left when one of three nodes is lost, if they are a majority: without that
    node, too, all may have to start anew.
    """
    left = sum(number - -(-number // 3) for number in pods)
    return left if apart and 2 * left > sum(pods) else sum(pods)


def pod(service: Service, members: int, account: str) -> Pod:
    """The pod of a service in a cluster that forms once so many members see each other.

    All services have to be created together, and none may wait for another to be ready.
    """
    container = Container(
        service.name,
        service.image,
        service.resources,
        env={
            **_CLUSTER,
            "CLUSTER_BS_REQUIRED_CONTACTS": str(members),
            "HOSTNAME": Field("status.podIP"),
            "INSTANCE_INDEX": Field("metadata.name"),
            "JAVA_TOOL_OPTIONS": " ".join(_JAVA.split()),
            **service.env,
        },
        ports={"http": HTTP, **PORTS},
        mounts=[temporary("256Mi")],
        probes=Probes(
            # Ready means that the cluster has formed. Five Java programs that start together on two
            # processors take minutes, and Ditto ends by itself when it finds no cluster for three.
            startup=http("/ready", "management", every=10, timeout=3, failures=60),
            readiness=http("/ready", "management", every=5, timeout=3, failures=6),
            # Patient: it fails too while MongoDB is away, and a restart brings nobody's database back.
            liveness=http("/alive", "management", every=15, timeout=5, failures=12),
        ),
    )
    # A member that is told to stop hands its shards over, which takes a minute or two.
    return Pod(f"ditto-{service.name}", USER, [container], labels=MEMBER, grace=150, account=account)


def account(place: Place) -> list[pulumi.Resource]:
    """The service account `ditto`, which may look at the pods of its namespace and do nothing else."""

    def metadata() -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name="ditto", namespace=place.namespace, labels=labels("ditto"))

    who = k8s.core.v1.ServiceAccount(
        "ditto", metadata=metadata(), automount_service_account_token=False, opts=place.options()
    )
    role = k8s.rbac.v1.Role(
        "ditto",
        metadata=metadata(),
        rules=[
            k8s.rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])
        ],
        opts=place.options(),
    )
    binding = k8s.rbac.v1.RoleBinding(
        "ditto",
        metadata=metadata(),
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name="ditto"),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name="ditto", namespace=place.namespace)],
        opts=place.options([role]),
    )
    return [who, role, binding]
