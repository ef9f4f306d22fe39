"""What there is in a namespace of a cluster, as the tests look at what a program declares."""

from sandbox.kubernetes.api import Api
from tests.components.declared import Declared, Manifests

KINDS = {
    "kubernetes:core/v1:ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "kubernetes:core/v1:Secret": "/api/v1/namespaces/{}/secrets",
    "kubernetes:core/v1:Service": "/api/v1/namespaces/{}/services",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "kubernetes:apps/v1:Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "kubernetes:apps/v1:StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "kubernetes:batch/v1:Job": "/apis/batch/v1/namespaces/{}/jobs",
}


def there(api: Api, namespace: str) -> Manifests:
    """What the API server holds."""
    return Manifests(
        tuple(
            Declared(kind, one["metadata"]["name"], one)
            for kind, path in KINDS.items()
            for one in api.get(path.format(namespace)).json()["items"]
        )
    )
