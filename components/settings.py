"""The stack's settings: one tree, from `Pulumi.<stack>.yaml`, checked as a whole before anything is made."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, Field, SecretStr, ValidationError

from components.contradictions import contradictions
from components.ditto import DittoSettings
from components.exposure_settings import ExposureSettings
from components.extended_api import ExtendedApiSettings
from components.feeder_settings import FeedersSettings
from components.grafana import GrafanaSettings
from components.holdings import Holder
from components.hono_settings import HonoSettings
from components.image_build import RegistrySettings
from components.images import Images
from components.influxdb import InfluxDBSettings
from components.kafka_ml_settings import KafkaMlSettings
from components.kafka_parts import KafkaSettings
from components.mistakes import NAMESPACE, SettingsError, did_you_mean, mistakes
from components.model import Model, Name
from components.mongodb import MongoDBSettings
from components.mosquitto import MosquittoSettings
from components.rabbitmq_settings import RabbitMQSettings
from components.readable import certain, unreadable, without
from components.scheduling import Scheduling
from components.telegraf import TelegrafSettings
from components.webgl.settings import WebGLSettings

__all__ = ["KEYS", "Settings", "SettingsError", "load"]


def _key(text: str) -> str:
    if not re.fullmatch(r"[-.\w]+", text, re.ASCII):
        raise ValueError("must be made of letters, digits, -, _ and .")
    return text


Key = Annotated[str, AfterValidator(_key)]


class Kubernetes(Model):
    """The cluster."""

    kubeconfig: Annotated[str | None, Field(repr=False)] = None
    """path of a kubeconfig, or its text; what `KUBECONFIG` and `~/.kube/config` say when left out"""
    context: str | None = None
    """the kubeconfig's context; its current one when left out"""


class Twins(Model):
    """How twins are rolled out."""

    max_change_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    """a plan that updates or deletes more than this share of the twins is refused, once there are ten"""
    allow_mass_change: bool = False
    """lets such a plan pass"""
    deadline: Annotated[int, Field(ge=1)] = 600
    """how many seconds to wait for a service to be healthy"""


class Settings(Model):
    """Everything that a stack may say. Each key is `opentwins:<key>` in `Pulumi.<stack>.yaml`."""

    namespace: Name = "opentwins"
    """the namespace that is made for the platform; two stacks in one cluster need two"""
    create_namespace: bool = True
    """whether the namespace is made; `false` when it is there already, by others, who look after it"""
    kubernetes: Kubernetes = Kubernetes()
    """which cluster"""
    images: Images = Images()
    """which images run"""
    mongodb: MongoDBSettings = MongoDBSettings()
    """Ditto's database"""
    ditto: DittoSettings = DittoSettings()
    """Eclipse Ditto"""
    broker: Literal["mosquitto", "kafka"] = "mosquitto"
    """what takes Ditto's events to Telegraf and to whoever else wants them"""
    mosquitto: MosquittoSettings = MosquittoSettings()
    """the MQTT broker"""
    kafka: KafkaSettings = KafkaSettings()
    """Apache Kafka"""
    rabbitmq: RabbitMQSettings = RabbitMQSettings()
    """RabbitMQ, which devices publish to over MQTT and AMQP"""
    influxdb: InfluxDBSettings = InfluxDBSettings()
    """the time series database"""
    telegraf: TelegrafSettings = TelegrafSettings()
    """from the broker to the time series"""
    grafana: GrafanaSettings = GrafanaSettings()
    """the dashboards"""
    extended_api: ExtendedApiSettings = ExtendedApiSettings()
    """the Extended API for Ditto"""
    hono: HonoSettings = HonoSettings()
    """Eclipse Hono, which devices publish to over HTTP, MQTT and AMQP"""
    kafka_ml: KafkaMlSettings = KafkaMlSettings()
    """Kafka-ML, which trains models on data streams and predicts with them"""
    scheduling: Scheduling = Scheduling()
    """where pods run"""
    exposure: ExposureSettings = ExposureSettings()
    """what is reached from outside the cluster, and how: nothing, unless it is named here"""
    feeders: FeedersSettings = FeedersSettings()
    """the programs that feed Kafka-ML with what devices send"""
    webgl: WebGLSettings = WebGLSettings()
    """the host of WebGL builds, for Unity panels"""
    registry: RegistrySettings | None = None
    """where images that are built here are pushed to"""
    secrets: Annotated[dict[Name, dict[Key, SecretStr]], Field(default_factory=dict)]
    """secrets of your own, by name and key; set them with `pulumi config set --secret --path`. Each becomes
    the Kubernetes Secret `user-<name>`"""
    keep_data: tuple[Holder, ...] = ()
    """services whose volumes, users and passwords stay while they do not run: for one that is switched off,
    or replaced by an external one, and may come back"""
    allow_data_loss: tuple[Holder | Literal["namespace"], ...] = ()
    """services whose data may go for good: a plan that takes away a volume is refused unless the service is
    named here, or in `keepData`"""
    protect: bool = False
    """whether no run deletes a volume, the namespace, or a password that a volume cannot be opened without: not
    `pulumi destroy`, nor a run that `allowDataLoss` would let. To delete them, set it to `false`, and run
    `pulumi up` first"""
    rotation: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(default_factory=dict)]
    """generated credentials to make anew, by the name of their Secret: raise the number, which begins
    at 1. These can be: `ditto-api`, `ditto-devops`, `ditto-status`, `grafana-admin`, `mongodb-ditto`,
    `mongodb-extended-api`, `mosquitto-ditto`, `mosquitto-telegraf` and `mosquitto-<name>` of each user; with
    Kafka `kafka-<user>`, but `kafka-broker` with one node alone, with RabbitMQ `rabbitmq-<user>`, with Hono
    `hono-<service>`, `hono-consumer`, `hono-registry` and `hono-mongodb`, with Kafka-ML `kafka-ml-key`"""
    reach: Literal["forward", "exposure"] = "forward"
    """how this program reaches Ditto and Grafana in the cluster: by a port-forward through the Kubernetes
    API, or at the addresses that `exposure` gives them"""
    specs: Annotated[str, Field(min_length=1)] = "twin_specs"
    """the folder of the twins' specs, relative to the project"""
    twins: Twins = Twins()
    """how twins are rolled out"""

    def keeps(self, holder: Holder) -> bool:
        """Whether the data of a service is to stay while it does not run."""
        return holder in self.keep_data

    @property
    def runs_mongodb(self) -> bool:
        """Whether MongoDB runs: for a Ditto of ours, unless there is one elsewhere."""
        return not (self.ditto.external or self.mongodb.external)

    @property
    def runs_mosquitto(self) -> bool:
        """Whether Mosquitto runs: as the broker, or beside it."""
        chosen = self.mosquitto.enabled
        if self.mosquitto.external:
            return False
        return self.broker == "mosquitto" if chosen is None else chosen

    @property
    def runs_kafka(self) -> bool:
        """Whether Kafka runs: as the broker, or beside it."""
        return not self.kafka.external and (self.kafka.enabled or self.broker == "kafka")

    @property
    def runs_rabbitmq(self) -> bool:
        """Whether RabbitMQ runs."""
        return self.rabbitmq.enabled and not self.rabbitmq.external


_SHAPES: Mapping[Any, str] = {bool: "be true or false", tuple: "be a list"}
_FIELDS = {field.alias or name: field for name, field in Settings.model_fields.items()}
KEYS = tuple(_FIELDS)


def load(config: Mapping[str, str], stack: str) -> Settings:
    """The settings in a stack's full config (`opentwins:ditto` → JSON text; other namespaces are not ours).

    Raises `SettingsError`, with a line for each mistake.
    """
    given: dict[str, Any] = {}
    wrong: list[str] = []
    left_out: set[tuple[str, ...]] = set()
    for full, text in config.items():
        name = full.removeprefix(NAMESPACE)
        if name == full or not text:
            continue
        if name not in _FIELDS:
            wrong.append(f"{full}: there is no such setting{did_you_mean(name, KEYS, NAMESPACE)}")
        elif _FIELDS[name].annotation is str or get_origin(_FIELDS[name].annotation) is Literal:
            given[name] = text
        else:
            try:
                given[name] = json.loads(text)
            except ValueError:
                kind = _FIELDS[name].annotation
                kind = get_origin(kind) or kind
                wrong.append(f"{full}: must {_SHAPES.get(kind, 'hold keys and values')}")
                left_out.add((name,))
    given = {name: value for name, value in given.items() if value is not None}
    try:
        settings = _validated(given)
    except ValidationError as error:
        wrong += mistakes(error, Settings)
        left_out |= unreadable(problem["loc"] for problem in error.errors())
        raise SettingsError(stack, wrong + _certain(given, left_out)) from None
    found = contradictions(settings, given)
    wrong += certain(found, left_out) if left_out else found
    if wrong:
        raise SettingsError(stack, wrong, settings)
    return settings


def _validated(given: Mapping[str, Any]) -> Settings:
    defaults = Settings().model_dump(mode="json", by_alias=True)
    return Settings.model_validate_json(json.dumps(_merged(defaults, given)))


def _certain(given: Mapping[str, Any], left_out: set[tuple[str, ...]]) -> list[str]:
    """The contradictions among the settings that can be read, so that they are not told only after the others."""
    rest = without(given, left_out)
    try:
        settings = _validated(rest)
    except ValidationError:
        return []
    return certain(contradictions(settings, rest), left_out)


def _merged(defaults: Any, given: Any) -> Any:
    """What is given, on top of the defaults: a user names only what differs."""
    if not (isinstance(defaults, dict) and isinstance(given, dict)):
        return given
    return defaults | {name: _merged(defaults.get(name), value) for name, value in given.items()}
