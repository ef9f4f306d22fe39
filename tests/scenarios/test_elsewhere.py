"""Each service alone is one that runs elsewhere: none of ours is left, and what used it uses that one.

Mosquitto, Telegraf, InfluxDB and Kafka are the real programs, with what the manifests on the API server say; for
Ditto and Grafana their stand-ins, or those of `OPENTWINS_DITTO_URL` and `OPENTWINS_GRAFANA_URL`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.publish as publish
import pytest
import requests
import yaml
from confluent_kafka.admin import AdminClient

from sandbox.ditto.server import application as ditto_application
from sandbox.engine.api import Result
from sandbox.grafana.server import application as grafana_application
from sandbox.standin.credentials import Fixed
from sandbox.standin.running import serving
from tests.live.conftest import binaries, database  # noqa: F401 - a fixture
from tests.live.events import topic
from tests.live.programs import TOKEN, eventually
from tests.provider import hono_registry, kafka_ml_backend
from tests.scenarios.elsewhere import comes_from_a_twin, contents, left, mosquitto, passes, running, telegraf
from tests.scenarios.stack import REAL_DITTO, Stack
from tests.services.peers import kafka as kafka_peer
from tests.services.peers import mosquitto as mosquitto_peer
from tests.services.peers.certificates import Certificates, certificates
from tests.services.peers.fetched import MissingError, jars

REAL_GRAFANA = os.environ.get("OPENTWINS_GRAFANA_URL")
EVERY_HOLDER = ["mongodb", "mosquitto", "kafka", "rabbitmq", "influxdb", "grafana", "hono", "kafkaMl"]
LOGIN = {"username": "them", "password": "open: sesame"}
OUR_INFLUXDB = r"http://influxdb\.opentwins\.svc:8086"
OUR_MOSQUITTO = r"tcp://mosquitto\.opentwins\.svc:1883"

OWN = "managed-by:opentwins/sandbox"  # the tag of the stack's dashboards

TOPIC_AND_USER = """
apiVersion: opentwins/v1
kind: KafkaTopic
id: plant.readings
partitions: 2
---
apiVersion: opentwins/v1
kind: KafkaUser
id: analyst
subscribe: [plant.*]
"""
RABBITMQ = """
apiVersion: opentwins/v1
kind: Connection
id: queue
type: amqp-091
service: rabbitmq
sources: [{addresses: [readings]}]
"""
HONO = "apiVersion: opentwins/v1\nkind: HonoTenant\nid: plant\n"
KAFKA_ML = "apiVersion: opentwins/v1\nkind: KafkaMlModel\nid: comfort\ncode: model = 1\n"
UNITY = """
apiVersion: opentwins/v1
kind: UnityPanel
id: model
twin: example:raspberry
build: /Build/raspberry
"""

ours = pytest.mark.skipif(
    bool(REAL_DITTO), reason="with OPENTWINS_DITTO_URL, Ditto is elsewhere in every scenario"
)


@pytest.fixture(autouse=True)
def _all_comes_back(stack: Stack) -> Iterator[None]:
    before = stack.site.config.read_text()
    yield
    stack.site.config.write_text(before)
    (stack.specs / "more.yaml").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    try:
        return certificates(tmp_path_factory.mktemp("certificates"))
    except MissingError as missing:
        pytest.skip(str(missing))


def alone(stack: Stack, secrets: dict[str, dict[str, str]] | None = None, **settings: Any) -> Result:
    """Bring the stack up with these settings; whatever is replaced goes with all that it has."""
    config = yaml.safe_load(stack.site.config.read_text())["config"]
    stack.set("secrets", config.get("opentwins:secrets", {}) | (secrets or {}))
    for key, value in settings.items():
        stack.set(key, value)
    stack.set("allowDataLoss", EVERY_HOLDER)
    return stack.up()


def exchanged(stack: Stack, secrets: dict[str, dict[str, str]], **settings: Any) -> None:
    """Likewise for a service that has things of the stack in it, as docs/stacks.md says: what it lacks is made."""
    alone(stack, secrets, **settings)
    assert stack.engine.refresh().error is None
    stack.up()


def connection(stack: Stack, name: str) -> Any:
    return stack.ditto("GET", f"/connections/{name}", devops=True)


def test_the_stack_comes_up(stack: Stack) -> None:
    stack.up()
    assert ("statefulsets", "mosquitto") in left(stack, "mosquitto")
    assert ("deployments", "telegraf") in left(stack, "telegraf")


def test_a_mosquitto_elsewhere_is_where_ditto_publishes_and_telegraf_reads_over_tls(
    stack: Stack,
    binaries: dict[str, Path],  # noqa: F811
    tls: Certificates,
    tmp_path: Path,
) -> None:
    broker = mosquitto_peer.mosquitto(tmp_path, tls)
    url = broker.secured.replace("mqtts://", "ssl://")
    login = {"username": mosquitto_peer.USER, "password": mosquitto_peer.PASSWORD, "ca": tls.ca.read_text()}
    with running(broker.process), database(binaries, tmp_path) as (_, influxdb):
        alone(stack, {"theirs": login}, mosquitto={"external": {"url": url, "secret": "theirs"}})

        assert left(stack, "mosquitto") == set()
        for name in ("mosquitto-source", "mosquitto-target", "raspberry"):
            found = connection(stack, name)
            assert found["uri"] == url.replace("//", f"//{login['username']}:{login['password']}@")
            assert found["ca"] == login["ca"]
        agent = telegraf(stack, binaries["telegraf"], tmp_path, {OUR_INFLUXDB: influxdb.address})
        with running(agent):
            assert passes(influxdb, lambda each: broker.send(topic("a"), [each]))
            comes_from_a_twin(stack, influxdb)


def test_a_kafka_elsewhere_carries_events_and_takes_the_topics_and_users_of_specs(
    stack: Stack,
    binaries: dict[str, Path],  # noqa: F811
    tls: Certificates,
    tmp_path: Path,
) -> None:
    try:
        broker = kafka_peer.kafka(tmp_path, jars("kafka"), tls, rights=True)
    except MissingError as missing:
        pytest.skip(str(missing))
    url = f"ssl://{broker.secured}"
    login = {"username": kafka_peer.USER, "password": kafka_peer.PASSWORD, "ca": tls.ca.read_text()}
    external = {"url": url, "secret": "theirs", "adminSecret": "theirs"}
    assert broker.process
    with running(broker.process), database(binaries, tmp_path) as (_, influxdb):
        broker.topics("opentwins", "telemetry")
        stack.write("more.yaml", TOPIC_AND_USER)
        alone(
            stack,
            {"theirs": login},
            broker="kafka",
            kafka={"external": external},
            mosquitto={"enabled": True, "clients": {"networks": ["127.0.0.0/8"]}},
        )

        assert left(stack, "kafka") == {("secrets", "kafka-analyst")}
        found = connection(stack, "kafka-target")
        assert found["uri"] == url.replace("//", f"//{login['username']}:{login['password']}@")
        assert (found["ca"], found["specificConfig"]["saslMechanism"]) == (login["ca"], "scram-sha-512")
        agent = telegraf(stack, binaries["telegraf"], tmp_path, {OUR_INFLUXDB: influxdb.address})
        with running(agent):
            assert passes(influxdb, lambda each: broker.send("opentwins", [each]))
            comes_from_a_twin(stack, influxdb)

        analyst = contents(stack, "secrets", "kafka-analyst")
        seen = AdminClient(
            {
                "bootstrap.servers": broker.secured,
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "SCRAM-SHA-512",
                "sasl.username": analyst["username"],
                "sasl.password": analyst["password"],
                "ssl.ca.location": str(tls.ca),
            }
        ).list_topics(timeout=30)
        assert {name: len(one.partitions) for name, one in seen.topics.items()} == {"plant.readings": 2}

        (stack.specs / "more.yaml").unlink()
        stack.up()
        every = AdminClient({"bootstrap.servers": broker.bootstrap})
        eventually(lambda: "plant.readings" not in every.list_topics(timeout=30).topics, "the topic is gone")


def test_an_influxdb_elsewhere_is_written_and_read_with_the_tokens_that_are_given(
    stack: Stack,
    binaries: dict[str, Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    with database(binaries, tmp_path) as (_, influxdb):
        external = {"url": influxdb.address, "secret": "writes", "readSecret": "reads"}
        secrets = {"writes": {"token": TOKEN}, "reads": {"token": "which-reads"}}
        alone(stack, secrets, influxdb={"external": external})

        assert left(stack, "influxdb") == set()
        assert f"url: {influxdb.address}" in contents(stack, "configmaps", "grafana")["datasources.yaml"]
        broker, port = mosquitto(stack, binaries["mosquitto"], tmp_path)
        agent = telegraf(stack, binaries["telegraf"], tmp_path, {OUR_MOSQUITTO: f"tcp://127.0.0.1:{port}"})
        login = contents(stack, "secrets", "mosquitto-ditto")
        with running(broker, agent):
            assert passes(
                influxdb,
                lambda each: publish.single(topic("a"), each, 1, hostname="127.0.0.1", port=port, auth=login),  # type: ignore[arg-type]
            )


def test_a_telegraf_elsewhere_has_its_configuration_and_its_user_from_the_stack(
    stack: Stack,
    binaries: dict[str, Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    result = alone(stack, telegraf={"external": {"url": "https://telegraf.example"}})

    assert left(stack, "telegraf") == {("configmaps", "telegraf")}
    assert result.outputs["endpoints"]["telegraf"] == "https://telegraf.example"
    assert "get secret mosquitto-telegraf" in result.outputs["credentials"]["mosquitto-telegraf"]
    broker, port = mosquitto(stack, binaries["mosquitto"], tmp_path)
    login = contents(stack, "secrets", "mosquitto-ditto")
    with database(binaries, tmp_path) as (_, influxdb):
        places = {OUR_MOSQUITTO: f"tcp://127.0.0.1:{port}", OUR_INFLUXDB: influxdb.address}
        agent = telegraf(stack, binaries["telegraf"], tmp_path, places, elsewhere=True)
        with running(broker, agent):
            assert passes(
                influxdb,
                lambda each: publish.single(topic("a"), each, 1, hostname="127.0.0.1", port=port, auth=login),  # type: ignore[arg-type]
            )


@ours
def test_a_mongodb_elsewhere_is_in_the_addresses_that_ditto_has(stack: Stack) -> None:
    external = {"uri": "mongodb+srv://db.example/twins", "secret": "theirs"}
    alone(stack, {"theirs": LOGIN}, mongodb={"external": external})

    assert left(stack, "mongodb") == {
        ("secrets", f"mongodb-{user}-uri") for user in ("ditto", "extended-api")
    }
    for user in ("ditto", "extended-api"):
        uri = contents(stack, "secrets", f"mongodb-{user}-uri")["uri"]
        assert uri.startswith("mongodb+srv://them:open%3A%20sesame@db.example/")


@ours
def test_a_ditto_elsewhere_gets_the_twins_and_reaches_the_broker_by_its_door(stack: Stack) -> None:
    logins = {"api": {"them": "of their api"}, "devops": {"devops": "of devops"}}
    with serving(ditto_application(Fixed(**logins))) as url:
        secrets = {
            name: {"username": user, "password": password}
            for name, group in logins.items()
            for user, password in group.items()
        }
        door = {"loadBalancer": {"host": "mqtt.example.org"}}
        exchanged(
            stack,
            secrets,
            ditto={"external": {"url": url, "secret": "api", "devopsSecret": "devops"}},
            mosquitto={"tls": {"hosts": ["mqtt.example.org"], "tlsSecret": "theirs"}},
            exposure={"mosquitto": door},
        )

        assert left(stack, "ditto") | left(stack, "mongodb") == set()
        things = requests.get(f"{url}/api/2/things", auth=("them", "of their api"), timeout=10).json()
        assert {"example:raspberry", "example:raspberry:DHT22_1"} <= {thing["thingId"] for thing in things}
        target = f"{url}/api/2/connections/mosquitto-target"
        found = requests.get(target, auth=("devops", "of devops"), timeout=10).json()
        password = contents(stack, "secrets", "mosquitto-ditto")["password"]
        assert found["uri"] == f"ssl://ditto:{password}@mqtt.example.org:8883"


def test_a_grafana_elsewhere_gets_data_source_folders_and_dashboards(stack: Stack) -> None:
    login = {
        "username": os.environ.get("OPENTWINS_GRAFANA_USER", "admin"),
        "password": os.environ.get("OPENTWINS_GRAFANA_PASSWORD", "admin"),
    }
    stand_in = grafana_application(Fixed(admin={login["username"]: login["password"]}))
    with serving(stand_in) as address:
        url = (REAL_GRAFANA or address).rstrip("/")
        source = {"url": "https://influxdb.example", "secret": "reads"}
        external = {"url": url, "secret": "theirs", "dataSource": source}
        secrets = {"theirs": login, "reads": {"token": "which-reads"}}
        exchanged(stack, secrets, grafana={"external": external})

        who = login["username"], login["password"]

        def ask(path: str) -> Any:
            answer = requests.get(url + path, auth=who, timeout=10)
            answer.raise_for_status()
            return answer.json()

        assert left(stack, "grafana") == set()
        assert ask("/api/datasources/uid/opentwins-influxdb")["url"] == "https://influxdb.example"
        made = [one["uid"] for one in ask("/api/search?type=dash-db") if OWN in one["tags"]]
        assert {"raspberry", "opentwins-health"} <= {*made}
        for path in (*(f"dashboards/uid/{uid}" for uid in made), "datasources/uid/opentwins-influxdb"):
            requests.delete(f"{url}/api/{path}", auth=who, timeout=10).raise_for_status()


def test_a_rabbitmq_elsewhere_is_what_connections_mean_by_the_service(
    stack: Stack, tls: Certificates
) -> None:
    if REAL_DITTO:
        pytest.skip("a real Ditto would have to open connections to it")
    external = {"url": "amqps://rabbitmq.example:5671/plant", "secret": "theirs"}
    stack.write("more.yaml", RABBITMQ)
    login = LOGIN | {"ca": tls.ca.read_text()}
    alone(stack, {"theirs": login}, rabbitmq={"external": external})

    assert left(stack, "rabbitmq") == set()
    for name in ("rabbitmq-source", "queue"):
        found = connection(stack, name)
        assert found["uri"] == "amqps://them:open%3A%20sesame@rabbitmq.example:5671/plant"
        assert found["ca"] == login["ca"]


def test_a_hono_elsewhere_has_its_tenants_made_and_its_messages_read(stack: Stack) -> None:
    if REAL_DITTO:
        pytest.skip("a real Ditto would have to open connections to it")
    app = hono_registry.application(lambda: LOGIN)
    with serving(app) as url:
        external = {"url": url, "secret": "theirs", "messages": "amqps://hono.example:5671"}
        stack.write("more.yaml", HONO)
        alone(stack, {"theirs": LOGIN}, hono={"external": external})

        assert left(stack, "hono") == set()
        assert app[hono_registry.STATE].tenants.keys() == {"plant"}
        assert connection(stack, "hono-plant")["uri"] == "amqps://them:open%3A%20sesame@hono.example:5671"
        (stack.specs / "more.yaml").unlink()
        stack.up()
        assert not app[hono_registry.STATE].tenants


def test_a_kafka_ml_elsewhere_has_its_models_made(stack: Stack) -> None:
    app = kafka_ml_backend.application()
    with serving(app) as url:
        stack.write("more.yaml", KAFKA_ML)
        alone(stack, kafkaMl={"external": {"url": url, "brokers": "kafka.example:9092"}})

        assert left(stack, "kafka-ml") == set()
        backend = app[kafka_ml_backend.BACKEND]
        assert [model["name"] for model in backend.models.values()] == ["comfort"]
        (stack.specs / "more.yaml").unlink()
        stack.up()
        assert not backend.models


def test_a_host_of_webgl_builds_elsewhere_is_where_unity_panels_fetch_their_models(stack: Stack) -> None:
    stack.write("more.yaml", UNITY)
    result = alone(stack, webgl={"url": "https://models.example/builds/"})

    assert left(stack, "webgl") == set()
    assert result.outputs["endpoints"]["webgl"] == "https://models.example/builds/"
    login = contents(stack, "secrets", "grafana-admin")
    page = stack.pages["grafana"].removesuffix("/sandbox/")
    answer = stack.session.get(
        f"{page}/api/library-elements?perPage=100", auth=(login["username"], login["password"]), timeout=10
    )
    assert "https://models.example/builds/Build/raspberry.loader.js" in answer.text
