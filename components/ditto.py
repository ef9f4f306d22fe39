"""Eclipse Ditto: the five services of its cluster, the nginx before them, and the web interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components import ditto_cluster as cluster
from components import ditto_nginx as nginx
from components.contents import Contents, Key, config_map, secret
from components.credentials import Credentials
from components.model import External, Model, Name, Replicas, Resources, resources
from components.mongodb import MongoDB
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http
from components.scaling import Autoscaling
from components.volumes import temporary
from components.workloads import deployment, service

if TYPE_CHECKING:
    from components.settings import Settings


class ExternalDitto(External):
    """A Ditto that runs elsewhere."""

    devops_secret: Name | None = None
    """entry of `opentwins:secrets` with the `username` and `password` of its operator, who manages
    connections; the one in `secret` when left out"""


class Member(Model):
    """One of the services of Ditto's cluster."""

    replicas: Replicas | None = None
    """how many pods; `ditto.replicas` when left out"""
    resources: Resources = resources("200m", "768Mi", "2", "768Mi")
    """of its container; half of the memory limit is Java's heap"""


class ScalingMember(Member):
    """One that can become more and fewer with the work there is."""

    autoscaling: Autoscaling | None = None
    """lets the number of pods follow the work; `replicas` is the least then"""


class Front(Model):
    """The nginx that checks passwords before Ditto's gateway."""

    replicas: Replicas | None = None
    """how many pods; `ditto.replicas` when left out"""
    resources: Resources = resources("50m", "32Mi", "500m", "128Mi")
    """of its container"""


class UserInterface(Model):
    """Ditto's own web interface."""

    enabled: bool = True
    """whether it runs"""
    resources: Resources = resources("10m", "32Mi", "200m", "64Mi")
    """of its container"""


class DittoSettings(Model):
    """Ditto's settings."""

    external: ExternalDitto | None = None
    """a Ditto that runs elsewhere, used instead; no other setting of `ditto` has an effect then"""
    replicas: Replicas = 1
    """pods of each service of its cluster and of its nginx, where that does not say its own number"""
    policies: Member = Member()
    """the policies service"""
    things: ScalingMember = ScalingMember()
    """the things service"""
    things_search: Member = Member()
    """the search service"""
    connectivity: ScalingMember = ScalingMember(resources=resources("200m", "1Gi", "2", "1Gi"))
    """the connectivity service, in which payload mappers run"""
    gateway: ScalingMember = ScalingMember()
    """the gateway: HTTP and WebSocket"""
    nginx: Front = Front()
    """the nginx before the gateway"""
    ui: UserInterface = UserInterface()
    """the web interface"""


class Ditto(pulumi.ComponentResource):
    """A cluster of Ditto, reached as Service `ditto`; its web interface is also Service `ditto-ui`.

    `ready` is what there has to be before Ditto is used: its nginx, which gets ready once the whole cluster
    is well. `metrics` has the address of each service's Prometheus metrics, by its name.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        mongodb: MongoDB,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Ditto", name, None, opts)
        place = place.inside(self)
        account = cluster.account(place)
        services = _services(settings, credentials, mongodb.uris["ditto"])
        apart = settings.scheduling.spread == "required"
        members = cluster.enough([one.replicas for one in services], apart)
        gateway = service(place, "ditto-gateway", {"http": cluster.HTTP})
        # Each is ready only when all are, and an engine that waits for one may not get to the others. So only
        # the gateway is waited for, once the others are on their way.
        first: list[pulumi.Resource] = [*account, *mongodb.ready]
        others: list[pulumi.Resource] = []
        for one in services[:-1]:
            pod = cluster.pod(one, members, "ditto")
            others += deployment(
                place, pod, one.replicas, after=first, awaited=False, autoscaling=one.autoscaling
            )
        last = services[-1]
        pod = cluster.pod(last, members, "ditto")
        created = deployment(place, pod, last.replicas, after=[*first, *others], autoscaling=last.autoscaling)
        self.metrics = {}
        for one in services:
            pods = f"ditto-{one.name}"
            service(place, f"{pods}-metrics", {"metrics": cluster.PORTS["metrics"]}, pods, headless=True)
            address = f"http://{pods}-metrics.{place.namespace}.svc:{cluster.PORTS['metrics']}/"
            self.metrics[one.name] = address
        created += _interface(place, settings) if settings.ditto.ui.enabled else []
        self.ready = _front(place, settings, credentials, after=[gateway, *created])
        self.register_outputs({})


def _services(settings: Settings, credentials: Credentials, uri: Contents) -> list[cluster.Service]:
    ditto, images = settings.ditto, settings.images
    external = settings.mongodb.external
    database = cluster.database(uri, settings.mongodb.members, external.tls if external else False)
    passwords: dict[str, str | Key] = {
        "ENABLE_PRE_AUTHENTICATION": "true",  # only its nginx reaches it: see network.py
        "DEVOPS_PASSWORD": Key(credentials["ditto-devops"].contents, "password"),
        "STATUS_PASSWORD": Key(credentials["ditto-status"].contents, "password"),
    }

    def one(name: str, image: str, member: Member, env: dict[str, str | Key]) -> cluster.Service:
        scaling = member.autoscaling if isinstance(member, ScalingMember) else None
        replicas = member.replicas or ditto.replicas
        return cluster.Service(name, image, member.resources, replicas, env, scaling)

    return [
        one("policies", images.ditto_policies, ditto.policies, database),
        one("things", images.ditto_things, ditto.things, database),
        one("things-search", images.ditto_things_search, ditto.things_search, database),
        one("connectivity", images.ditto_connectivity, ditto.connectivity, database),
        one("gateway", images.ditto_gateway, ditto.gateway, passwords),
    ]


def _front(
    place: Place, settings: Settings, credentials: Credentials, after: list[pulumi.Resource]
) -> list[pulumi.Resource]:
    ditto = settings.ditto
    user = credentials["ditto-api"]
    line = pulumi.Output.all(user.password, user.salt).apply(
        lambda both: nginx.password_line(user.username, *both)
    )
    passwords = secret(place, "ditto-nginx-passwords", {"htpasswd": line}, user.contents.checksum)
    domain = f"{place.namespace}.svc"
    text = nginx.configuration(
        f"ditto-gateway.{domain}:{cluster.HTTP}",
        ui=f"ditto-ui.{domain}:{nginx.PORT}" if ditto.ui.enabled else "",
    )
    pod = nginx.pod(
        settings.images.nginx,
        ditto.nginx.resources,
        config_map(place, "ditto-nginx", {"nginx.conf": text}),
        passwords,
    )
    # nginx looks the Services' addresses up once, when it starts.
    workload = deployment(place, pod, ditto.nginx.replicas or ditto.replicas, after=after)
    return [*workload, service(place, "ditto", {"http": nginx.PORT}, pods=pod.name)]


def _interface(place: Place, settings: Settings) -> list[pulumi.Resource]:
    """The web interface: files, which the browser puts to work on the API."""
    page = Container(
        "ui",
        settings.images.ditto_ui,
        settings.ditto.ui.resources,
        ports={"http": nginx.PORT},
        mounts=[temporary()],
        probes=Probes(
            startup=http("/", "http", every=2, timeout=2, failures=30),
            readiness=http("/", "http", every=10, timeout=3, failures=3),
            liveness=http("/", "http", every=20, timeout=5, failures=4),
        ),
    )
    pod = Pod("ditto-ui", nginx.USER, [page])
    return [*deployment(place, pod, 1), service(place, pod.name, {"http": nginx.PORT})]
