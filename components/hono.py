"""Eclipse Hono: adapters for devices that speak HTTP, MQTT or AMQP, and what they need behind them.

See https://eclipse.dev/hono/docs/architecture/component-view/. All its services speak TLS with each other,
with certificates that are made here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import hono_configuration as configuration
from components import hono_messaging as messaging
from components import hono_parts as parts
from components.contents import Contents, Key, config_map, digest, secret
from components.credentials import Credentials
from components.endpoints import endpoints, user_secret
from components.hono_database import database
from components.hono_kafka import USER_SECRET, client
from components.hono_tls import Tls
from components.model import Resources
from components.place import Place, labels
from components.pods import Container, Field, Pod
from components.probes import Probes, http, tcp
from components.scaling import Autoscaling
from components.volumes import TMP, Mount, data, folder, scratch, temporary
from components.workloads import claim, claim_name, deployment, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

USER = (1000, 1000)  # the images are made for root, but only read what is in them
JAVA = {"JDK_JAVA_OPTIONS": "-XX:MinRAMPercentage=75 -XX:MaxRAMPercentage=75", "HOME": TMP}
WARNING = (
    "Eclipse Hono does not scale correctly when messages are frequent. It is not recommended then: let devices"
    " publish to Mosquitto, RabbitMQ or Kafka instead, which Ditto is connected to directly"
)


class Hono(pulumi.ComponentResource):
    """All of Hono. `ready` is what there has to be before it is used.

    `fingerprints` has those of its Secrets that Ditto's connections are opened with.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        kafka: list[pulumi.Resource],
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Hono", name, None, opts)
        self._settings, self._credentials = settings, credentials
        self._place = place = place.inside(self)
        self._domain = f"{place.namespace}.svc"
        self._tls = Tls(settings, place)
        pulumi.log.warn(WARNING, self)
        first = [*self._auth(), *database(settings, credentials, place), *kafka]
        if settings.hono.messaging == "amqp":
            first += [*self._broker(), *self._router()]
        first += self._registry(first)
        first += self._commands(first)
        account = self._account("hono-adapter", ["get"])
        self.ready = [*first, *account]
        for protocol in settings.hono.adapters:
            self.ready += self._adapter(protocol, [*first, *account])
        self.fingerprints = self._ditto()
        self.register_outputs({})

    def _auth(self) -> list[pulumi.Resource]:
        roles = parts.users(self._settings)
        issued = {name: self._credentials[name] for name in roles}
        text = pulumi.Output.all(**{name: one.password for name, one in issued.items()}).apply(
            lambda passwords: configuration.permissions(passwords, roles)
        )
        marks = pulumi.Output.all(*(one.contents.checksum for one in issued.values()))
        checksum = marks.apply(lambda several: digest(json.dumps([roles, *several])))
        users = secret(self._place, "hono-permissions", {"permissions.json": text}, checksum)
        return self._service(
            parts.AUTH,
            self._settings.images.hono_auth,
            self._settings.hono.auth.resources,
            {"application.yml": configuration.auth()},
            ports={"amqps": parts.AMQPS, "health": parts.HEALTH},
            mounts=[folder("/opt/hono/permissions", users)],
        )

    def _registry(self, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        login = self._credentials["hono-mongodb"].contents
        env: dict[str, str | Key] = {"MONGODB_PASSWORD": Key(login, "password")}
        made, tree = self._messaging(parts.REGISTRY)
        return self._service(
            parts.REGISTRY,
            self._settings.images.hono_device_registry,
            self._settings.hono.registry.resources,
            {"application.yml": configuration.registry(self._domain, tree)},
            ports={"amqps": parts.AMQPS, "http": parts.REGISTRY_HTTP, "health": parts.HEALTH},
            env=env | made,
            after=after,
        )

    def _commands(self, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        made, tree = self._messaging(parts.COMMANDS)
        account = self._account(parts.COMMANDS, ["list", "watch"])
        return self._service(
            parts.COMMANDS,
            self._settings.images.hono_command_router,
            self._settings.hono.command_router.resources,
            {
                "application.yml": configuration.command_router(self._domain, tree),
                "cache-config.xml": configuration.CACHE,
            },
            ports={"amqps": parts.AMQPS, "health": parts.HEALTH},
            env=self._password(parts.COMMANDS) | made,
            account=parts.COMMANDS,
            after=[*after, *account],
        )

    def _adapter(self, protocol: str, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        hono, name = self._settings.hono, parts.adapter(protocol)
        made, tree = self._messaging(name)
        images = self._settings.images
        image = {"http": images.hono_http, "mqtt": images.hono_mqtt, "amqp": images.hono_amqp}[protocol]
        text = configuration.adapter(protocol, self._domain, tree, hono.plaintext, hono.max_payload)
        own = self._credentials.contents(user_secret(hono.certificate)) if hono.certificate else None
        return self._service(
            name,
            image,
            hono.adapters[protocol].resources,
            {"application.yml": text},
            ports={**parts.ports(self._settings, protocol), "health": parts.HEALTH},
            env=self._password(name) | made,
            mounts=[self._tls.front(name, own)],
            account="hono-adapter",
            replicas=hono.adapters[protocol].replicas,
            after=after,
            autoscaling=hono.adapters[protocol].autoscaling,
        )

    def _service(
        self,
        name: str,
        image: str,
        resources: Resources,
        files: Mapping[str, str],
        ports: Mapping[str, int],
        env: Mapping[str, str | Key] | None = None,
        mounts: list[Mount] | None = None,
        account: str | None = None,
        replicas: int = 1,
        after: list[pulumi.Resource] | None = None,
        autoscaling: Autoscaling | None = None,
    ) -> list[pulumi.Resource]:
        """One of Hono's own services: they are all started, watched and reached in the same way."""
        container = Container(
            name.removeprefix("hono-"),
            image,
            resources,
            env={**JAVA, "KUBERNETES_NAMESPACE": Field("metadata.namespace"), **(env or {})},
            ports=ports,
            mounts=[
                temporary("128Mi"),
                folder(configuration.CONFIG, config_map(self._place, f"{name}-config", files)),
                self._tls.between(name),
                *(mounts or []),
            ],
            probes=Probes(
                startup=http("/started", "health", every=5, timeout=3, failures=60),
                readiness=http("/readiness", "health", every=10, timeout=3, failures=3),
                liveness=http("/liveness", "health", every=15, timeout=5, failures=4),
            ),
        )
        pod = Pod(name, USER, [container], account=account)
        # The authentication server's public keys are at its health port; of the others nobody needs that.
        shown = {port: number for port, number in ports.items() if port != "health" or name == parts.AUTH}
        # Only its command router and registry must not run twice, even for a moment: they keep what others ask.
        alone = name in (parts.COMMANDS, parts.REGISTRY)
        workload = deployment(
            self._place, pod, replicas, after=after or (), alone=alone, autoscaling=autoscaling
        )
        return [*workload, service(self._place, name, shown)]

    def _password(self, name: str) -> dict[str, str | Key]:
        return {"HONO_PASSWORD": Key(self._credentials[name].contents, "password")}

    def _messaging(self, name: str) -> tuple[dict[str, str | Key], configuration.Tree]:
        """How a service takes messages on: the environment and the configuration that it needs for it."""
        if self._settings.hono.messaging == "amqp":
            return {}, configuration.over_amqp(self._domain, name)
        kafka = endpoints(self._settings).kafka
        assert kafka is not None  # noqa: S101 - contradictions.py has seen to that
        # The user of its own on the platform's Kafka; on another one, who the settings say.
        login = self._credentials[USER_SECRET if kafka.service else kafka.secret]
        env: dict[str, str | Key] = {"KAFKA_PASSWORD": Key(login.contents, "password")}
        return env, configuration.over_kafka(client(kafka, login.username, "${KAFKA_PASSWORD}"))

    def _account(self, name: str, verbs: list[str]) -> list[pulumi.Resource]:
        """A service account that may look at pods: Hono finds out from them which adapters are gone."""
        metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self._place.namespace, labels=labels(name))
        options = self._place.options()
        account = k8s.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=options
        )
        rule = k8s.rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=verbs)
        role = k8s.rbac.v1.Role(name, metadata=metadata, rules=[rule], opts=options)
        binding = k8s.rbac.v1.RoleBinding(
            name,
            metadata=metadata,
            role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name),
            subjects=[
                k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=name, namespace=self._place.namespace)
            ],
            opts=options,
        )
        return [account, role, binding]

    def _router(self) -> list[pulumi.Resource]:
        images, hono = self._settings.images, self._settings.hono
        text = messaging.router(self._domain)
        password = self._credentials[parts.BROKER].contents
        container = Container(
            "router",
            images.hono_router,
            hono.router.resources,
            command=["/sbin/qdrouterd", "-c", f"{configuration.CONFIG}/qdrouterd.json"],
            env={"HOME": TMP},
            ports={"amqps": parts.AMQPS, "internal": parts.INTERNAL, "health": parts.HEALTH},
            mounts=[
                temporary(),
                folder(
                    configuration.CONFIG,
                    config_map(self._place, f"{parts.ROUTER}-config", {"qdrouterd.json": text}),
                ),
                folder("/secrets/broker", password, only={"password": "password"}),
                self._tls.between(parts.ROUTER),
            ],
            probes=Probes(
                startup=tcp("amqps", every=2, timeout=2, failures=60),
                readiness=http("/healthz", "health", every=10, timeout=3, failures=3),
                liveness=http("/healthz", "health", every=20, timeout=5, failures=4),
            ),
        )
        pod = Pod(parts.ROUTER, USER, [container])
        front = service(self._place, parts.ROUTER, {"amqps": parts.AMQPS, "internal": parts.INTERNAL})
        # One: a second router would not know what is sent to the first one.
        return [*deployment(self._place, pod, 1, after=[front], alone=True), front]

    def _broker(self) -> list[pulumi.Resource]:
        images, hono = self._settings.images, self._settings.hono
        files = {
            "broker.xml": messaging.BROKER,
            "login.config": messaging.LOGIN,
            "artemis-roles.properties": messaging.ROLES,
            "store.pemcfg": messaging.PEM_STORE,
            "log4j2.properties": messaging.LOGGING,
        }
        password = Key(self._credentials[parts.BROKER].contents, "password")
        container = Container(
            "broker",
            images.hono_broker,
            hono.broker.resources,
            command=["sh", "-ec", messaging.START],
            env={
                "HOME": TMP,
                "BROKER_PASSWORD": password,
                "JAVA_ARGS_APPEND": messaging.heap(hono.broker.resources),
            },
            ports={"amqps": parts.AMQPS},
            mounts=[
                temporary(),
                scratch("/var/lib/artemis-instance", "instance", "64Mi", memory=True),
                data("/var/lib/artemis-data", claim_name(parts.BROKER)),
                folder("/config", config_map(self._place, f"{parts.BROKER}-config", files)),
                self._tls.between(parts.BROKER),
            ],
            probes=Probes(
                startup=tcp("amqps", every=5, timeout=3, failures=60),
                readiness=tcp("amqps", every=10, timeout=3, failures=3),
                liveness=tcp("amqps", every=20, timeout=5, failures=6),
            ),
        )
        pod = Pod(parts.BROKER, (1001, 1001), [container], grace=60)
        volume = claim(self._place, parts.BROKER, hono.broker.storage)
        front = service(self._place, parts.BROKER, {"amqps": parts.AMQPS})
        return [*stateful_set(self._place, pod, after=[front, volume]), front]

    def _ditto(self) -> dict[str, pulumi.Output[str]]:
        """What Ditto's connections are opened with, in AMQP messaging: a login, and whom to believe."""
        where = endpoints(self._settings).hono
        if self._settings.hono.messaging != "amqp" or where is None or where.secret is None:
            return {}
        user = self._credentials["hono-consumer"]
        values: dict[str, pulumi.Input[str]] = {
            "username": user.username,
            "password": user.password,
            "ca": self._tls.ca,
        }
        checksum = pulumi.Output.all(user.contents.checksum, self._tls.fingerprint).apply(
            lambda both: digest(json.dumps(both))
        )
        made: Contents = secret(self._place, where.secret, values, checksum)
        return {made.name: checksum}
