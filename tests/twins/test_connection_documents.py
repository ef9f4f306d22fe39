"""A connection's document is what Ditto keeps of it, without a secret in it."""

from typing import Any

import pytest

from tests.twins.conftest import Declare
from twins.compose import Owner, connection_document

OWNER = Owner("opentwins/dev", "nginx:ditto")
SOURCES = "sources: [{addresses: [a/#]}]"


def document(declare: Declare, text: str, uri: str, files: Any = None, **arguments: Any) -> dict[str, Any]:
    secrets = {"broker": ["username", "password", "ca", "cert", "key", "sshUsername", "sshPassword"]}
    declared = declare(text, files, secrets=secrets).connections["c"]
    return connection_document(declared.spec, OWNER, declared.origin.path.parent, uri, **arguments)


def test_the_smallest_connection_has_all_defaults_of_ditto_written_out(declare: Declare) -> None:
    text = f"kind: Connection\nid: c\ntype: mqtt-5\nservice: mosquitto\n{SOURCES}"
    assert document(declare, text, "tcp://mosquitto:1883") == {
        "name": "c",
        "connectionType": "mqtt-5",
        "connectionStatus": "open",
        "uri": "tcp://${secret:username}:${secret:password}@mosquitto:1883",
        "sources": [
            {
                "addresses": ["a/#"],
                "consumerCount": 1,
                "qos": 1,
                "authorizationContext": ["connection:c"],
                "headerMapping": {},
                "payloadMapping": ["Ditto"],
                "replyTarget": {"enabled": False},
            }
        ],
        "targets": [],
        "clientCount": 1,
        "failoverEnabled": True,
        "validateCertificates": True,
        "processorPoolSize": 1,
        "tags": ["managed-by:opentwins/dev"],
    }


def test_everything_that_can_be_said_arrives(declare: Declare) -> None:
    text = """
kind: Connection
id: c
type: amqp-10
uri: amqps://h:5671
secret: broker
open: false
clientCount: 2
failover: false
validateCertificates: false
specificConfig: {jms.prefetchPolicy.all: "10"}
tags: [mine]
sources:
- addresses: [telemetry]
  consumerCount: 3
  qos: 0
  subjects: [integration:hono]
  mappers: [m, status]
  enforcement: {input: "{{ header:device_id }}", filters: ["{{ entity:id }}"]}
  headerMapping: {a: b}
  acknowledgementRequests: {includes: [twin-persisted]}
  replyTarget: {address: "{{ header:reply-to }}", headerMapping: {c: d}}
targets:
- address: events
  topics: ["_/_/things/twin/events?extraFields=attributes"]
  qos: 1
  subjects: [nginx:ditto]
  mappers: [m]
  headerMapping: {e: f}
mappers:
  m: {javascript: {incoming: in.js, outgoing: sub/out.js}, options: {loadLongJS: true}}
  status:
    engine: ConnectionStatus
    options: {thingId: "n:t"}
    incomingConditions: {a: "fn:b"}
    outgoingConditions: {c: "fn:d"}
sshTunnel: {uri: "ssh://bastion:22", knownHosts: ["MD5:ab"]}
"""
    scripts = {"in.js": "mapToDittoProtocolMsg = 1;", "sub/out.js": "mapFromDittoProtocolMsg = 'ü';"}
    keys = ["username", "password", "ca", "cert", "key", "sshUsername", "sshPassword"]
    assert document(declare, text, "amqps://h:5671", scripts, keys=keys) == {
        "name": "c",
        "connectionType": "amqp-10",
        "connectionStatus": "closed",
        "uri": "amqps://${secret:username}:${secret:password}@h:5671",
        "sources": [
            {
                "addresses": ["telemetry"],
                "consumerCount": 3,
                "qos": 0,
                "authorizationContext": ["integration:hono"],
                "headerMapping": {"a": "b"},
                "payloadMapping": ["m", "status"],
                "enforcement": {"input": "{{ header:device_id }}", "filters": ["{{ entity:id }}"]},
                "acknowledgementRequests": {"includes": ["twin-persisted"]},
                "replyTarget": {
                    "enabled": True,
                    "address": "{{ header:reply-to }}",
                    "headerMapping": {"c": "d"},
                    "expectedResponseTypes": ["response", "error"],
                },
            }
        ],
        "targets": [
            {
                "address": "events",
                "topics": ["_/_/things/twin/events?extraFields=attributes"],
                "qos": 1,
                "authorizationContext": ["nginx:ditto"],
                "headerMapping": {"e": "f"},
                "payloadMapping": ["m"],
            }
        ],
        "clientCount": 2,
        "failoverEnabled": False,
        "validateCertificates": False,
        "processorPoolSize": 1,
        "specificConfig": {"jms.prefetchPolicy.all": "10"},
        "mappingDefinitions": {
            "m": {
                "mappingEngine": "JavaScript",
                "options": {
                    "loadLongJS": True,
                    "incomingScript": "mapToDittoProtocolMsg = 1;",
                    "outgoingScript": "mapFromDittoProtocolMsg = 'ü';",
                },
            },
            "status": {
                "mappingEngine": "ConnectionStatus",
                "options": {"thingId": "n:t"},
                "incomingConditions": {"a": "fn:b"},
                "outgoingConditions": {"c": "fn:d"},
            },
        },
        "tags": ["mine", "managed-by:opentwins/dev"],
        "ca": "${secret:ca}",
        "credentials": {"type": "client-cert", "cert": "${secret:cert}", "key": "${secret:key}"},
        "sshTunnel": {
            "enabled": True,
            "uri": "ssh://bastion:22",
            "credentials": {
                "type": "plain",
                "username": "${secret:sshUsername}",
                "password": "${secret:sshPassword}",
            },
            "validateHost": True,
            "knownHosts": ["MD5:ab"],
        },
    }


@pytest.mark.parametrize(
    ("keys", "uri", "others"),
    [
        ([], "ssl://h:1", {}),
        (["username", "password"], "ssl://${secret:username}:${secret:password}@h:1", {}),
        (["ca"], "ssl://h:1", {"ca": "${secret:ca}"}),
        (
            ["cert", "key"],
            "ssl://h:1",
            {"credentials": {"type": "client-cert", "cert": "${secret:cert}", "key": "${secret:key}"}},
        ),
    ],
)
def test_of_a_secret_what_is_in_it_is_used(
    keys: list[str], uri: str, others: dict[str, Any], declare: Declare
) -> None:
    text = f"kind: Connection\nid: c\ntype: mqtt-5\nuri: ssl://h:1\nsecret: broker\n{SOURCES}"
    made = document(declare, text, "ssl://h:1", keys=keys)
    assert made["uri"] == uri
    assert {key: made[key] for key in ("ca", "credentials") if key in made} == others


def test_kafka_finds_its_brokers_by_the_address(declare: Declare) -> None:
    text = f"kind: Connection\nid: c\ntype: kafka\nservice: kafka\n{SOURCES}"
    assert document(declare, text, "tcp://kafka:9092")["specificConfig"] == {
        "bootstrapServers": "kafka:9092",
        "saslMechanism": "scram-sha-512",
    }
    text += "\nspecificConfig: {bootstrapServers: 'a:1,b:2'}"
    assert document(declare, text, "tcp://kafka:9092")["specificConfig"]["bootstrapServers"] == "a:1,b:2"


def test_a_quality_of_service_is_only_sent_where_the_protocol_has_one(declare: Declare) -> None:
    text = f"kind: Connection\nid: c\ntype: amqp-091\nservice: rabbitmq\n{SOURCES}"
    assert "qos" not in document(declare, text, "amqp://rabbitmq:5672")["sources"][0]


def test_a_tunnel_may_be_opened_by_a_key(declare: Declare) -> None:
    text = (
        f"kind: Connection\nid: c\ntype: mqtt-5\nuri: tcp://h:1\n{SOURCES}\nsecret: broker\n"
        "sshTunnel: {uri: 'ssh://b:22'}"
    ).replace("tcp", "ssl")
    tunnel = document(declare, text, "ssl://h:1", keys=["sshUsername", "sshPublicKey", "sshPrivateKey"])[
        "sshTunnel"
    ]
    assert tunnel["credentials"] == {
        "type": "public-key",
        "username": "${secret:sshUsername}",
        "publicKey": "${secret:sshPublicKey}",
        "privateKey": "${secret:sshPrivateKey}",
    }
    assert tunnel["validateHost"] is False
