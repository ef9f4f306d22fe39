"""The OpenTwins platform: its namespace and every service in it, wired by their endpoints."""

import pulumi
import pulumi_kubernetes as k8s

from components.credentials import Credentials
from components.ditto import Ditto
from components.doors import doors
from components.endpoint import Endpoint
from components.endpoints import Endpoints, endpoints
from components.exposure import Exposure
from components.extended_api import ExtendedApi
from components.grafana import Grafana
from components.holdings import Kept, kept, volumes
from components.hono import Hono
from components.influxdb import InfluxDB
from components.kafka import Kafka
from components.kafka_ml import KafkaMl
from components.mongodb import MongoDB
from components.mosquitto import Mosquitto
from components.network import Network
from components.place import Place
from components.rabbitmq import RabbitMQ
from components.rabbitmq import metrics as rabbitmq_metrics
from components.settings import Kubernetes, Settings
from components.telegraf import Telegraf
from components.webgl.component import WebGL
from provider.volumes import Volumes


class Platform(pulumi.ComponentResource):
    """Everything that twins live on.

    `addresses` says where each service is (name → text), `credentials` how to get what opens it (name → a
    kubectl command). `ready` holds what a resource that talks to a service has to depend on (ditto, grafana,
    mosquitto, …); of one that runs elsewhere, that is what opens it. `fingerprints` maps the name of a Kubernetes
    Secret to a text that changes when its values do and reveals nothing. `kubernetes` is the cluster's
    provider. `issued`, `place` and `inside` are for what specs add to it: its credentials, and where its
    resources go.
    """

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("opentwins:Platform", name, None, opts)
        where = endpoints(settings)
        self.kubernetes = _cluster(settings.kubernetes, self)
        inside = pulumi.ResourceOptions(parent=self, providers=[self.kubernetes])
        place = self._place(settings)

        Network("network", settings, place, inside)
        Exposure("exposure", settings, place, inside)
        credentials = Credentials("credentials", settings, place, inside)
        influxdb = InfluxDB("influxdb", settings, credentials, place, inside)
        self.ready: dict[str, list[pulumi.Resource]] = {
            "influxdb": influxdb.ready,
            "ditto": [],
            "grafana": [],
            **{name: [] for name in ("mosquitto", "kafka", "rabbitmq") if getattr(settings, name).external},
        }
        if settings.runs_mosquitto:
            mosquitto = Mosquitto("mosquitto", settings, credentials, place, inside)
            self.ready["mosquitto"] = mosquitto.ready
        if settings.runs_kafka:
            self.ready["kafka"] = Kafka("kafka", settings, credentials, place, inside).ready

        if settings.runs_rabbitmq:
            self.ready["rabbitmq"] = RabbitMQ("rabbitmq", settings, credentials, place, inside).ready

        metrics: dict[str, str] = {}
        policies = None
        if not settings.ditto.external:
            mongodb = MongoDB("mongodb", settings, credentials, place, inside)
            ditto = Ditto("ditto", settings, credentials, mongodb, place, inside)
            metrics, policies = ditto.metrics, mongodb.uris["extended-api"]
            self.ready |= {"mongodb": mongodb.ready, "ditto": ditto.ready}

        ready = self.ready["ditto"]
        extended_api = ExtendedApi("extended-api", settings, credentials, policies, ready, place, inside)
        self.ready["extended-api"] = extended_api.ready
        scraped = metrics | rabbitmq_metrics(settings)
        telegraf = Telegraf("telegraf", settings, credentials, influxdb, scraped, place, inside)
        if not settings.telegraf.external:
            self.ready["telegraf"] = telegraf.ready
        if not settings.grafana.external:
            grafana = Grafana("grafana", settings, credentials, influxdb, place, inside)
            self.ready["grafana"] = grafana.ready

        kafka = self.ready.get("kafka", [])
        self.ready |= {"hono": [], "kafka-ml": []}
        fingerprints: dict[str, pulumi.Output[str]] = {}
        if settings.hono.runs:
            hono = Hono("hono", settings, credentials, kafka, place, inside)
            self.ready["hono"], fingerprints = hono.ready, hono.fingerprints
        if settings.kafka_ml.runs:
            kafka_ml = KafkaMl("kafka-ml", settings, credentials, kafka, place, inside)
            self.ready["kafka-ml"] = kafka_ml.ready

        for holder in kept(settings):
            if holder != "influxdb" and not (holder == "mongodb" and not settings.ditto.external):
                Kept(holder, settings, place, inside)

        # Who talks to a service needs what opens it, up to the last request of a destroy.
        opened = {
            "ditto": (where.ditto, where.ditto_devops),
            "grafana": (where.grafana,),
            "mosquitto": (where.mosquitto,),
            "kafka": (where.kafka, where.kafka_admin),
            "rabbitmq": (where.rabbitmq,),
            "hono": (where.hono, where.hono_registry),
            "kafka-ml": (where.kafka_ml,),
        }
        for service in self.ready.keys() & opened.keys():
            names = {one.secret for one in opened[service] if one and one.secret}
            self.ready[service] = [*self.ready[service], *credentials.resources(names)]

        if settings.webgl.runs:
            self.ready["webgl"] = WebGL("webgl", settings, credentials, place, inside).ready

        kubectl, shown = _kubectl(settings), _shown(where, settings)
        outside = {door.key: door.address for door in doors(settings) if door.address}
        self.addresses = {one.name: _address(one, kubectl) for one in shown}
        self.addresses |= {
            name: f"{address}, or {self.addresses[name]}" if name in self.addresses else address
            for name, address in outside.items()
        }
        if settings.webgl.url:
            self.addresses["webgl"] = settings.webgl.url
        if settings.telegraf.external:
            self.addresses["telegraf"] = settings.telegraf.external.url
        self.credentials = {
            one.name: _command(one.secret, kubectl) for one in shown if one.secret and one.service
        }
        broker_is_here = settings.runs_kafka if settings.broker == "kafka" else settings.runs_mosquitto
        if settings.telegraf.external and broker_is_here:
            reader = f"{settings.broker}-telegraf"
            self.credentials[reader] = _command(reader, kubectl)
        for user in settings.mosquitto.users if settings.runs_mosquitto else ():
            self.credentials[f"mosquitto-{user}"] = _command(f"mosquitto-{user}", kubectl)
        for user in settings.rabbitmq.users if settings.runs_rabbitmq else ():
            self.credentials[f"rabbitmq-{user}"] = _command(f"rabbitmq-{user}", kubectl)
        self.fingerprints = credentials.fingerprints | fingerprints
        self.place, self.inside, self.issued = place, inside, credentials
        self.register_outputs({})

    def _place(self, settings: Settings) -> Place:
        """Where everything is made: after the namespace, and only if no volume is lost without leave."""
        made = settings.namespace if settings.create_namespace else ""
        brief = {
            f"{settings.namespace}/{volume.claim}": {
                "holder": volume.holder,
                "size": volume.storage.size,
                "class": volume.storage.storage_class or "",
            }
            for volume in volumes(settings)
        }
        kept = pulumi.ResourceOptions(parent=self, protect=settings.protect or None)
        guard = Volumes("volumes", brief, made, kept)
        first: list[pulumi.Resource] = [guard]
        if settings.create_namespace:
            first.append(_namespace(settings, self, self.kubernetes))
        return Place(settings.namespace, self, tuple(first), settings.scheduling, settings.protect)


def _cluster(kubernetes: Kubernetes, parent: pulumi.Resource) -> k8s.Provider:
    text = kubernetes.kubeconfig
    inline = text is not None and ("\n" in text or text.lstrip().startswith("{"))
    return k8s.Provider(
        "kubernetes",
        kubeconfig=pulumi.Output.secret(text) if inline else text,
        context=kubernetes.context,
        # A ConfigMap or a Secret that changes is changed in place; see contents.py.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _namespace(settings: Settings, parent: pulumi.Resource, provider: k8s.Provider) -> k8s.core.v1.Namespace:
    """The namespace, in which no pod may run that does not meet the `restricted` standard."""
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return k8s.core.v1.Namespace(
        settings.namespace,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=settings.namespace, labels=levels),
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, protect=settings.protect or None),
    )


def _shown(where: Endpoints, settings: Settings) -> list[Endpoint]:
    """The services that people and devices use themselves."""
    always = [where.ditto, where.ditto_devops, where.grafana, where.influxdb]
    brokers = [
        where.mosquitto if settings.runs_mosquitto or settings.mosquitto.external else None,
        where.kafka,
        where.rabbitmq,
    ]
    optional = [*brokers, where.hono, where.hono_registry, where.kafka_ml]
    return [*always, *(one for one in optional if one)]


def _kubectl(settings: Settings) -> str:
    context = settings.kubernetes.context
    return f"kubectl{f' --context {context}' if context else ''} -n {settings.namespace}"


def _address(endpoint: Endpoint, kubectl: str) -> str:
    if endpoint.service is None:
        return endpoint.address
    service = endpoint.service
    return f"{endpoint.address}, or {kubectl} port-forward service/{service.name} {service.port}"


def _command(secret: str, kubectl: str) -> str:
    """How to get a user and password."""
    template = r'{{.data.username | base64decode}} {{.data.password | base64decode}}{{"\n"}}'
    return f"{kubectl} get secret {secret} -o go-template='{template}'"
