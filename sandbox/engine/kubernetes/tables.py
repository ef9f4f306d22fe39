"""What is known of kinds without asking a cluster."""

from collections.abc import Sequence

from sandbox.engine.paths import Path, parse

# Built-in kinds that live in no namespace.
CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ComponentStatus",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)

# API groups whose kinds come with Kubernetes; all others are custom resources.
BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)

_SELECTOR = ["spec.selector"]
_POD = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
]
_CONTAINER = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
]
_VOLUME_SOURCES = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
]

# What can only be changed by making the object anew, as Pulumi's provider has it.
_REPLACES = {
    "apps/DaemonSet": _SELECTOR,
    "apps/Deployment": _SELECTOR,
    "apps/StatefulSet": [
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
    "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
    "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
    "/PersistentVolume": [f"spec.{source}" for source in _VOLUME_SOURCES],
    "/PersistentVolumeClaim": [
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ],
    "/Pod": [f"spec.{key}" for key in _POD]
    + [f"spec.{kind}[*].{key}" for kind in ("containers", "initContainers") for key in _CONTAINER],
    "/ResourceQuota": ["spec.scopes"],
    "/Service": ["spec.clusterIP"],
}
_IDENTITY = ["metadata.name", "metadata.namespace"]


def group_of(api_version: str) -> str:
    """The API group in an `apiVersion`; empty for the core group."""
    return api_version.rpartition("/")[0]


def is_namespaced(api_version: str, kind: str) -> bool:
    """Say whether objects of the kind live in namespaces; of custom kinds, that is assumed."""
    return group_of(api_version) not in BUILT_IN_GROUPS or kind not in CLUSTER_WIDE


def replacing(api_version: str, kind: str, mutable_data: bool) -> Sequence[Path]:
    """The paths that cannot be changed in place; with `mutable_data`, a ConfigMap's or Secret's data can."""
    key = f"{group_of(api_version)}/{kind}"
    paths = list(_IDENTITY)
    if key == "/Secret":
        paths += ["type"] if mutable_data else ["type", "stringData", "data"]
    elif key == "/ConfigMap":
        paths += [] if mutable_data else ["binaryData", "data"]
    else:
        paths += _REPLACES.get(key, [])
    return [parse(path) for path in paths]
