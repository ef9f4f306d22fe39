"""Which images run: official ones, pinned, all in this place, each overridable from `opentwins:images`."""

import re
from typing import Annotated

from pydantic import AfterValidator

from components.model import Model


def _reference(text: str) -> str:
    if not re.fullmatch(r"[\w.:/@-]+", text):
        raise ValueError("must be an image such as registry.example/name:1.2")
    return text


Image = Annotated[str, AfterValidator(_reference)]


class Images(Model):
    """The image of each container. Override one to use a mirror, or to pin it by digest (`name@sha256:…`)."""

    mongodb: Image = "docker.io/library/mongo:8.0.29-noble"
    """8.0 is the newest line that Ditto 3.9 lists as supported"""
    ditto_policies: Image = "docker.io/eclipse/ditto-policies:3.9.6"
    """all six of Ditto's must be of one version"""
    ditto_things: Image = "docker.io/eclipse/ditto-things:3.9.6"
    """see dittoPolicies"""
    ditto_things_search: Image = "docker.io/eclipse/ditto-things-search:3.9.6"
    """see dittoPolicies"""
    ditto_connectivity: Image = "docker.io/eclipse/ditto-connectivity:3.9.6"
    """see dittoPolicies"""
    ditto_gateway: Image = "docker.io/eclipse/ditto-gateway:3.9.6"
    """see dittoPolicies"""
    ditto_ui: Image = "docker.io/eclipse/ditto-ui:3.9.6"
    """see dittoPolicies"""
    nginx: Image = "docker.io/library/nginx:1.30.4-alpine"
    """stands before Ditto's gateway and checks passwords"""
    mosquitto: Image = "docker.io/library/eclipse-mosquitto:2.1.2-alpine"
    """the broker between Ditto, Telegraf and devices"""
    kafka: Image = "docker.io/apache/kafka:3.9.1"
    """the 3.x line, for Kafka-ML"""
    rabbitmq: Image = "docker.io/library/rabbitmq:4.2.9"
    """a broker that devices publish to"""
    feeder: Image | None = None
    """the feeder of Kafka-ML; when left out, it is built from `services/`"""
    watchdog: Image | None = None
    """the watchdog of silent devices; likewise"""
    influxdb: Image = "docker.io/library/influxdb:2.9.1"
    """the 2.x line: 3.x has no Flux, which OpenTwins queries with"""
    telegraf: Image = "docker.io/library/telegraf:1.39.3-alpine"
    """takes Ditto's events from the broker to InfluxDB"""
    grafana: Image = "docker.io/grafana/grafana:12.4.10"
    """the 12.x line: 13 downloads its InfluxDB data source at start and breaks the plugins' React 18"""
    extended_api: Image = "docker.io/ertis/ditto-extended-api:latest"
    """upstream publishes no other tag, so the default is not pinned and is pulled anew at each start: pin it
    by digest, or build your own, wherever it matters"""
    hono_auth: Image = "docker.io/eclipsehono/hono-service-auth:2.7.0"
    """all six of Hono's must be of one version"""
    hono_device_registry: Image = "docker.io/eclipsehono/hono-service-device-registry-mongodb:2.7.0"
    """see honoAuth"""
    hono_command_router: Image = "docker.io/eclipsehono/hono-service-command-router-infinispan:2.7.0"
    """see honoAuth"""
    hono_http: Image = "docker.io/eclipsehono/hono-adapter-http:2.7.0"
    """see honoAuth"""
    hono_mqtt: Image = "docker.io/eclipsehono/hono-adapter-mqtt:2.7.0"
    """see honoAuth"""
    hono_amqp: Image = "docker.io/eclipsehono/hono-adapter-amqp:2.7.0"
    """see honoAuth"""
    hono_mongodb: Image = "docker.io/library/mongo:7.0.40-jammy"
    """the newest line that Hono 2.7 knows"""
    hono_router: Image = "quay.io/interconnectedcloud/qdrouterd:1.17.1"
    """Hono's own version: later ones lack the plug-in for its authentication server"""
    hono_broker: Image = "docker.io/apache/activemq-artemis:2.44.0"
    """keeps Hono's events, with AMQP messaging; the one of Hono's chart rewrites its own programs at start"""
    kafka_ml_backend: Image = "docker.io/ertis/kafka-ml-backend:v1.3"
    """all of Kafka-ML's must be of one version; of later ones, HEAD loses data sources. For amd64 only"""
    kafka_ml_frontend: Image = "docker.io/ertis/kafka-ml-frontend:v1.3"
    """see kafkaMlBackend"""
    kafka_ml_tensorflow: Image = "docker.io/ertis/kafka-ml-tfexecutor:v1.3"
    """see kafkaMlBackend"""
    kafka_ml_pytorch: Image = "docker.io/ertis/kafka-ml-pthexecutor:v1.3"
    """see kafkaMlBackend"""
    kafka_ml_logger: Image = "docker.io/ertis/kafka-ml-kafka_control_logger:v1.3"
    """see kafkaMlBackend"""
    kafka_ml_tensorflow_training: Image = "docker.io/ertis/kafka-ml-tensorflow_model_training:v1.3"
    """launched by the backend; see kafkaMlBackend"""
    kafka_ml_tensorflow_inference: Image = "docker.io/ertis/kafka-ml-tensorflow_model_inference:v1.3"
    """launched by the backend; see kafkaMlBackend"""
    kafka_ml_pytorch_training: Image = "docker.io/ertis/kafka-ml-pytorch_model_training:v1.3"
    """launched by the backend; see kafkaMlBackend"""
    kafka_ml_pytorch_inference: Image = "docker.io/ertis/kafka-ml-pytorch_model_inference:v1.3"
    """launched by the backend; see kafkaMlBackend"""


def pull_policy(image: str) -> str:
    """When a node fetches the image: a tag that moves is looked up each time, a pinned one never again."""
    name = image.rpartition("/")[2]
    moves = "@sha256:" not in name and (":" not in name or name.endswith(":latest"))
    return "Always" if moves else "IfNotPresent"
