"""Specs of Kafka's topics and users, feeders and watchdogs, and Unity panels: what is wrong is told with its place."""

from pathlib import Path

import pytest

from twins.load import SERVICES, SpecErrors, Specs, load

HEAD = "apiVersion: opentwins/v1\nkind: "
FIELDS = "models: [{topic: input, fields: [{thing: 'plant:press', feature: temperature}]}]"
FEEDER = f"{HEAD}Feeder\nid: line\ninput: {{service: mosquitto}}\n{FIELDS}"
WATCHDOG = FEEDER.replace("Feeder", "Watchdog")
TWIN = f"{HEAD}Policy\nid: plant:p\nentries: {{}}\n---\n{HEAD}Twin\nid: plant:press\npolicy: plant:p"
PANEL = f"{HEAD}UnityPanel\nid: press-model\ntwin: plant:press\nbuild: Build/press"


def read(
    folder: Path,
    *documents: str,
    without: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    secrets: tuple[str, ...] = (),
) -> Specs:
    (folder / "a.yaml").write_text("\n---\n".join(documents))
    services = [service for service in (*SERVICES, *also) if service not in without]
    return load(folder, services, dict.fromkeys(secrets, ("password",)))


def told(folder: Path, *documents: str, **given: tuple[str, ...]) -> str:
    with pytest.raises(SpecErrors) as raised:
        read(folder, *documents, **given)
    return str(raised.value)


def test_all_of_them_are_read(tmp_path: Path) -> None:
    topic = f"{HEAD}KafkaTopic\nid: input\npartitions: 3\nconfig: {{retention.ms: '60000'}}"
    user = f"{HEAD}KafkaUser\nid: analyst\nsubscribe: [opentwins, plant.*]"
    specs = read(tmp_path, topic, user, FEEDER, WATCHDOG, TWIN, PANEL)

    assert specs.kafka_topics["input"].spec.partitions == 3
    assert specs.kafka_users["analyst"].spec.subscribe == ["opentwins", "plant.*"]
    assert specs.feeders["line"].spec.models[0].topic == "input"
    assert specs.watchdogs["line"].spec.models[0].tolerance == 0.2
    assert specs.unity_panels["press-model"].spec.build == "Build/press"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("KafkaTopic\nid: opentwins", "a.yaml:3: id: opentwins is not for specs"),
        ("KafkaTopic\nid: __consumer_offsets", "__consumer_offsets is not for specs"),
        ("KafkaTopic\nid: a b", "letters"),
        ("KafkaTopic\nid: t\npartitions: 0", "partitions: has to be 1 or more"),
        ("KafkaUser\nid: telegraf", "telegraf is a user of the platform itself"),
        ("KafkaUser\nid: me\npublish: [opentwins]", "only Ditto publishes its events"),
        ("KafkaUser\nid: me\npublish: ['a*b']", "write a name, or the beginning of names and a *"),
    ],
)
def test_topics_and_users_that_cannot_be(tmp_path: Path, document: str, message: str) -> None:
    assert message in told(tmp_path, HEAD + document)


def test_what_needs_a_service_says_which_one(tmp_path: Path) -> None:
    topic = f"{HEAD}KafkaTopic\nid: input"
    assert "set opentwins:kafka.enabled" in told(tmp_path, topic, without=("kafka-admin",))
    assert "set opentwins:feeders.enabled" in told(tmp_path, FEEDER, without=("feeders",))
    assert "set opentwins:kafkaMl.enabled" in told(tmp_path, FEEDER, without=("kafka-ml-input",))
    assert "set opentwins:webgl" in told(tmp_path, TWIN, PANEL, without=("webgl",))
    read(tmp_path, TWIN, PANEL.replace("Build/press", "https://models.example/press"), without=("webgl",))


def test_a_feeder_reads_events_only_where_they_are_published(tmp_path: Path) -> None:
    wrong = FEEDER.replace("mosquitto", "kafka")

    assert "write mosquitto, which is this stack's broker" in told(tmp_path, wrong)


TENANT = f"{HEAD}HonoTenant\nid: plant"
OF_HONO = FEEDER.replace("service: mosquitto", "service: hono, tenant: plant")


def test_readers_that_would_each_get_a_part_of_hono_s_messages_are_refused(tmp_path: Path) -> None:
    also = ("hono-amqp",)
    message = "Hono's AMQP network hands each message of plant to one reader alone"
    assert f"{message}, and Ditto's connection hono-plant would" in told(tmp_path, TENANT, OF_HONO, also=also)
    both = told(tmp_path, OF_HONO, OF_HONO.replace("Feeder", "Watchdog"), also=also)
    assert f"{message}, and Watchdog line would" in both
    assert f"{message}, and Feeder line would" in both
    assert "write mosquitto, which has Ditto's events, or set opentwins:hono.messaging to kafka" in both
    connection = f"{HEAD}Connection\nid: mine\ntype: amqp-10\nservice: hono\nsources: [{{addresses: %s}}]"
    assert f"{message}, and Ditto's connection hono-plant would" in told(
        tmp_path, TENANT, connection % "[telemetry/plant]", also=also
    )


def test_one_reader_alone_or_a_hono_on_kafka_is_fine(tmp_path: Path) -> None:
    read(tmp_path, f"{TENANT}\nconnection: false", OF_HONO, also=("hono-amqp",))
    read(tmp_path, TENANT, OF_HONO, OF_HONO.replace("Feeder", "Watchdog"))
    read(tmp_path, TENANT, FEEDER, WATCHDOG, also=("hono-amqp",))


INFERENCE = (
    f"{HEAD}KafkaMlModel\nid: wear\ncode: model = 1\n---\n"
    f"{HEAD}KafkaMlConfiguration\nid: wears\nmodels: [wear]\n---\n"
    f"{HEAD}KafkaMlDeployment\nid: wears-1\nconfiguration: wears\ntensorflow: {{fit: {{epochs: 1}}}}\n---\n"
    f"{HEAD}KafkaMlInference\nid: now\ndeployment: wears-1\nmodel: wear\ninputTopic: input\noutputTopic: out\n"
    "inputConfig: {data_type: double, data_reshape: '1'}\n"
    "results: {thing: 'plant:press', feature: temperature, properties: [value]}"
)
IGNORING = "{service: mosquitto, ignoreOriginators: ['connection:kafka-ml-now']}"


@pytest.mark.parametrize("program", [FEEDER, WATCHDOG])
def test_a_prediction_that_would_call_for_the_next_one_is_refused(tmp_path: Path, program: str) -> None:
    wrong = told(tmp_path, TWIN, INFERENCE, program)
    assert "fields: the predictions of KafkaMlInference now are written to one of these" in wrong
    assert "add connection:kafka-ml-now to input.ignoreOriginators" in wrong
    read(tmp_path, TWIN, INFERENCE, program.replace("{service: mosquitto}", IGNORING))
    # A prediction may be what another model is fed with, or of what no device tells.
    read(tmp_path, TWIN, INFERENCE.replace("inputTopic: input", "inputTopic: other"), program)
    read(tmp_path, TWIN, INFERENCE.replace("properties: [value]", "properties: [wear]"), program)


@pytest.mark.parametrize("program", [FEEDER, WATCHDOG])
def test_a_prediction_reads_vectors_as_what_they_are(tmp_path: Path, program: str) -> None:
    fed = program.replace("{service: mosquitto}", IGNORING)
    other = fed.replace("{topic: input,", "{topic: input, dtype: float32,")
    more = INFERENCE.replace("data_reshape: '1'", "data_reshape: '2 3'")

    assert (
        "dtype: KafkaMlInference now reads double; write float64, or change its data_type to float32"
        in told(tmp_path, TWIN, INFERENCE, other)
    )
    assert (
        "fields: KafkaMlInference now reads 6 numbers (data_reshape '2 3'), and these are 1; change one of the two"
        in told(tmp_path, TWIN, more, fed)
    )
    read(tmp_path, TWIN, INFERENCE.replace("double", "float32"), other)


def test_a_feeders_secret_has_to_be_there_with_what_is_read_of_it(tmp_path: Path) -> None:
    kafka = "{kafka: {bootstrapServers: 'k:9092', topics: [t], sasl: plain}%s}"
    plain = FEEDER.replace("{service: mosquitto}", kafka % "")
    named = FEEDER.replace("{service: mosquitto}", kafka % ", secret: theirs")

    assert "name it" in told(tmp_path, plain)
    assert "the stack has no opentwins:secrets.theirs" in told(tmp_path, named)
    assert "opentwins:secrets.theirs has no username" in told(tmp_path, named, secrets=("theirs",))


def test_a_topic_has_one_feeder_and_a_watchdog_that_sends_the_same(tmp_path: Path) -> None:
    other = FEEDER.replace("id: line", "id: other")
    assert "Feeder line sends to input too" in told(tmp_path, FEEDER, other)
    unlike = WATCHDOG.replace("feature: temperature", "feature: pressure")
    assert "Feeder line makes other vectors for input" in told(tmp_path, FEEDER, unlike)


def test_a_panel_shows_what_is_declared_and_a_dashboard_has_room_for_one(tmp_path: Path) -> None:
    assert "no Twin plant:press is declared" in told(tmp_path, PANEL)
    second = PANEL.replace("press-model", "other-model")
    assert "UnityPanel press-model is on top of its dashboard already" in told(tmp_path, TWIN, PANEL, second)
    titled = [
        f"{PANEL}\ntitle: The press",
        PANEL.replace("id: press-model", "id: two") + "\ntitle: The press",
    ]
    assert "is called so, too" in told(tmp_path, TWIN, *titled)
