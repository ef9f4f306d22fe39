"""Specs of Kafka, feeders and Unity panels become resources, each beside and after what it needs."""

import json

import pytest

from provider.declare import declare_twins, load_specs
from tests.components.declared import Declared, Program, declare_with
from tests.components.options import OPTIONS

SPECS = """
apiVersion: opentwins/v1
kind: Policy
id: plant:policy
entries: {}
---
apiVersion: opentwins/v1
kind: Twin
id: plant:press
policy: plant:policy
features: {temperature: {properties: {value: 20}}}
---
apiVersion: opentwins/v1
kind: UnityPanel
id: press-model
title: The press
twin: plant:press
build: Build/press
compression: br
receive: [{event: Clicked, variable: part}]
---
apiVersion: opentwins/v1
kind: KafkaTopic
id: input
---
apiVersion: opentwins/v1
kind: KafkaUser
id: analyst
subscribe: [opentwins]
---
apiVersion: opentwins/v1
kind: Feeder
id: line
input: {service: kafka}
models: [{topic: input, fields: [{thing: "plant:press", feature: temperature}]}]
---
apiVersion: opentwins/v1
kind: Connection
id: predictions
type: kafka
service: kafka
sources: [{addresses: [output]}]
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("specs")
    (folder / "all.yaml").write_text(SPECS)
    return declare_with(
        lambda settings, platform: declare_twins(load_specs(settings), settings, platform),
        specs=str(folder),
        **OPTIONS["all"],
    )


def one(program: Program, kind: str, name: str) -> Declared:
    return program.kind(kind)[name]


def test_a_unity_panel_is_a_library_panel_in_its_twins_folder_of_the_stacks_own_host(
    program: Program,
) -> None:
    panel = json.loads(one(program, "LibraryPanel", "press-model").inputs["document"])

    assert panel["folderUid"] == "opentwins"
    assert panel["model"]["description"] == "(managed-by:opentwins/test)"
    files = panel["model"]["options"]["unityModel"]["unityFiles"]
    assert files == {
        "loaderUrl": "http://localhost:8081/Build/press.loader.js",
        "dataUrl": "http://localhost:8081/Build/press.data.br",
        "frameworkUrl": "http://localhost:8081/Build/press.framework.js.br",
        "codeUrl": "http://localhost:8081/Build/press.wasm.br",
    }


def test_the_dashboard_of_its_twin_has_it_on_top_with_its_variables(program: Program) -> None:
    documents = [json.loads(each.inputs["document"]) for each in program.kind("Dashboard").values()]
    (shown,) = [each for each in documents if each["panels"] and "libraryPanel" in each["panels"][0]]

    assert shown["panels"][0]["libraryPanel"] == {"uid": "press-model", "name": "The press"}
    assert "part" in [variable["name"] for variable in shown["templating"]["list"]]


def test_topics_and_users_are_resources_and_a_users_password_is_in_a_secret_alone(program: Program) -> None:
    topic, user = one(program, "KafkaTopic", "input"), one(program, "KafkaUser", "analyst")
    password = one(program, "Secret", "kafka-analyst").files["password"]

    assert json.loads(topic.inputs["document"]) == {"partitions": 1, "copies": -1, "config": {}}
    assert user.inputs["secret"] == "kafka-analyst"
    assert password
    assert password not in str(user.inputs)


def test_a_feeder_and_a_connection_by_the_name_of_a_service_are_there(program: Program) -> None:
    assert "feeder-line" in program.workloads
    connection = json.loads(one(program, "Connection", "predictions").inputs["document"])
    assert connection["specificConfig"]["saslMechanism"] == "scram-sha-512"
    assert one(program, "Connection", "predictions").inputs["secret"] == "kafka-ditto"


def test_the_platforms_connections_are_those_of_its_brokers(program: Program) -> None:
    assert program.kind("Connection").keys() >= {
        "mosquitto-source",
        "kafka-source",
        "rabbitmq-source",
        "kafka-target",
    }
    assert "mosquitto-target" not in program.kind("Connection")
