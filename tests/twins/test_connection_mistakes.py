"""What would keep a connection from opening is refused before Ditto sees it, as far as it can be known."""

import pytest

from tests.twins.conftest import Declare, Mistakes

SOURCES = "sources: [{addresses: [a/#]}]\n"
TARGETS = "targets: [{address: a, topics: [_/_/things/twin/events]}]\n"
MAPPER = "function mapToDittoProtocolMsg() { return null; }\n"


def connection(kind: str = "mqtt-5", address: str = "service: mosquitto", rest: str = SOURCES) -> str:
    return f"kind: Connection\nid: c\ntype: {kind}\n{address}\n{rest}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            connection(address="tags: []"),
            "1: uri: a connection needs an address; write one of uri and service, not both",
            id="no address",
        ),
        pytest.param(
            connection(address="uri: tcp://h:1\nservice: mosquitto"),
            "5: uri: a connection needs an address; write one of uri and service, not both",
            id="two addresses",
        ),
        pytest.param(
            connection(address="uri: tcp://me:s3cret@h:1"),
            "5: uri: the address holds credentials; put them into a secret of the stack, and name it as"
            " `secret`",
            id="credentials in the address",
        ),
        pytest.param(
            connection(address="uri: mqtt://h:1"),
            "5: uri: the address has to start with tcp:// or ssl://; write it as tcp://host:port",
            id="another protocol's scheme",
        ),
        pytest.param(
            connection(address="uri: tcp://h"),
            "5: uri: the address lacks a port; write it as tcp://host:port",
            id="no port",
        ),
        pytest.param(
            connection(address="uri: tcp://:1"),
            "5: uri: the address lacks a host; write it as tcp://host:port",
            id="no host",
        ),
        pytest.param(
            connection(address="uri: tcp://h:99999"),
            "5: uri: this is no address with a port; write it as tcp://host:port",
            id="no such port",
        ),
        pytest.param(
            connection("kafka", "uri: tcp://h:1?a=b"),
            "5: uri: the address may hold no query, fragment or space; write it as tcp://host:port",
            id="a query",
        ),
        pytest.param(
            connection(kind="kafka"),
            "4: type: mosquitto does not speak kafka; write mqtt-5 or mqtt",
            id="a service of another protocol",
        ),
        pytest.param(
            connection().replace("id: c", "id: mosquitto-source"),
            "3: id: mosquitto-source is a connection of the platform itself; use another id",
            id="the platform's own id",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}specificConfig: {{cleanSession: true}}"),
            "7: specificConfig.cleanSession: has to be text, not true; quote it",
            id="a setting that is no text",
        ),
        pytest.param(
            connection(rest=""),
            "1: sources: a connection without sources and targets does nothing; add one",
            id="no ends",
        ),
        pytest.param(
            connection("http-push", "uri: http://h:80"),
            "6: sources: http-push only sends; use targets",
            id="a source of HTTP",
        ),
        pytest.param(
            connection("http-push", "uri: http://h:80", TARGETS),
            "6: targets[0].address: the address lacks its verb; write it as POST:/path, or PUT, PATCH,"
            " POST, GET, DELETE",
            id="no verb",
        ),
        pytest.param(
            connection("mqtt", rest=f"clientCount: 2\n{SOURCES}"),
            "6: clientCount: MQTT 3.1.1 has one client a connection; leave it out, or use mqtt-5",
            id="several clients of MQTT 3",
        ),
        pytest.param(
            connection(rest="sources: [{addresses: [a], consumerCount: 2}]"),
            "6: sources[0].consumerCount: MQTT has one consumer a source; leave it out",
            id="several consumers of MQTT",
        ),
        pytest.param(
            connection("kafka", "service: kafka", "sources: [{addresses: [a], qos: 2}]"),
            "6: sources[0].qos: Kafka has no qos 2; write 0 or 1",
            id="a quality that Kafka lacks",
        ),
        pytest.param(
            connection(rest="sources: [{addresses: [a], qos: 3}]"),
            "6: sources[0].qos: has to be 2 or less, not 3; correct it",
            id="a quality that nobody has",
        ),
        pytest.param(
            connection(rest=TARGETS.replace("address: a", "address: a/#")),
            "6: targets[0].address: MQTT sends to one topic, without + and #; write it out",
            id="a wildcard to send to",
        ),
        pytest.param(
            connection(rest=TARGETS.replace("events", "event")),
            "6: targets[0].topics[0]: there is no topic _/_/things/twin/event; do you mean"
            " _/_/things/twin/events?",
            id="an unknown topic",
        ),
        pytest.param(
            connection(rest="sources: [{addresses: [a], mappers: [Ditto, readings]}]"),
            "6: sources[0].mappers[1]: there is no mapper readings; use one of CloudEvents, Ditto,"
            " Normalized,"
            " RawMessage, UpdateTwinWithLiveResponse",
            id="a mapper that is not there",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers:\n  m: {{}}"),
            "8: mappers.m: a mapper is either javascript or of an engine; write one of the two",
            id="a mapper of nothing",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{engine: JavaScript}}}}"),
            "7: mappers.m.engine: scripts are in files of their own; write javascript and the file's name",
            id="an inline script",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{engine: Normalised}}}}"),
            "7: mappers.m.engine: there is no engine Normalised; do you mean Normalized?",
            id="an unknown engine",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: {{}}}}}}"),
            "7: mappers.m.javascript: there is no file; name one for incoming or outgoing messages",
            id="no file",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: none.js}}}}"),
            "7: mappers.m.javascript: none.js cannot be read (No such file or directory); put it beside"
            " the spec, or"
            " name the right one",
            id="a file that is not there",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: {{outgoing: m.js}}}}}}"),
            "7: mappers.m.javascript.outgoing: m.js defines no function mapFromDittoProtocolMsg, which"
            " Ditto calls;"
            " define it",
            id="a file without the function",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: large.js}}}}"),
            "7: mappers.m.javascript: large.js has 50001 bytes, Ditto takes 50000; shorten it",
            id="a file that is too large",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: latin.js}}}}"),
            "7: mappers.m.javascript: latin.js is not UTF-8; save it as UTF-8",
            id="a file in another encoding",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}mappers: {{m: {{javascript: ../outside.js}}}}"),
            "7: mappers.m.javascript: ../outside.js is outside of the specs' folder; move it there",
            id="a file elsewhere",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}secret: brocker"),
            "7: secret: no secret brocker is set; run `pulumi config set --secret --path"
            " opentwins:secrets.brocker.password`, and so for its other keys; do you mean broker?",
            id="a secret that is not set",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}secret: half"),
            "7: secret: secret half has username but no password; set both",
            id="a secret without a password",
        ),
        pytest.param(
            connection(address="uri: ssl://h:1\nsecret: certificate"),
            "6: secret: secret certificate has cert but no key; set both",
            id="a certificate without its key",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}secret: other"),
            "7: secret: secret other has none of username, password, ca, cert, key, sshUsername, sshPassword,"
            " sshPublicKey, sshPrivateKey; set those that are needed",
            id="a secret of no use",
        ),
        pytest.param(
            connection(address="uri: tcp://h:1\nsecret: tls"),
            "5: uri: secret tls has certificates, which tcp:// does not use; use TLS, or remove them",
            id="certificates without TLS",
        ),
        pytest.param(
            connection("kafka", "uri: tcp://h:1\nspecificConfig: {saslMechanism: plain}"),
            "6: specificConfig.saslMechanism: SASL needs a secret with username and password; name one"
            " that has",
            id="SASL without a password",
        ),
        pytest.param(
            connection(rest=f"{SOURCES}sshTunnel: {{uri: 'ssh://h:22'}}\nsecret: broker"),
            "7: sshTunnel: the tunnel needs a secret with sshUsername; set it",
            id="a tunnel without a user",
        ),
        pytest.param(
            connection(rest="sources: [{addresses: [a], headerMapping: {t: '${secret:token}'}}]"),
            "6: sources[0].headerMapping.t: the secret has no token; use one of password, username",
            id="a reference to what the secret lacks",
        ),
    ],
)
def test_a_connection_that_cannot_work_is_refused(text: str, told: str, mistakes: Mistakes) -> None:
    files = {
        "m.js": MAPPER,
        "large.js": MAPPER.ljust(50_001).encode(),
        "latin.js": MAPPER.encode() + b"// caf\xe9",
        "../outside.js": MAPPER,
    }
    secrets = {
        "broker": ["username", "password"],
        "half": ["username"],
        "certificate": ["cert"],
        "tls": ["ca"],
        "other": ["token"],
    }
    lines = mistakes(text, files, secrets=secrets)
    assert f"specs/spec.yaml:{told}" in lines
    assert len(lines) == len({line.split(": ")[0] for line in lines})


def test_a_service_that_the_platform_does_not_run_is_refused(mistakes: Mistakes) -> None:
    assert mistakes(connection("kafka", "service: kafka"), services=["mosquitto"]) == [
        "specs/spec.yaml:5: service: this platform runs no kafka (but mosquitto); enable it in the stack,"
        " or use uri"
    ]


def test_a_script_as_large_as_ditto_takes_is_taken(declare: Declare) -> None:
    text = connection(rest=f"{SOURCES}mappers: {{m: {{javascript: m.js}}}}")
    assert declare(text, {"m.js": MAPPER.ljust(50_000).encode()}).connections


def test_what_looks_like_a_reference_in_a_mapper_is_its_own(declare: Declare) -> None:
    text = connection(
        rest=f"{SOURCES}mappers: {{m: {{engine: ConnectionStatus, options: {{a: '${{secret:b}}'}}}}}}"
    )
    assert declare(text).connections


def test_a_secret_may_be_of_use_by_references_alone(declare: Declare) -> None:
    text = connection(
        rest="sources: [{addresses: [a], headerMapping: {t: '${secret:token}'}}]\nsecret: other"
    )
    assert declare(text, secrets={"other": ["token"]}).connections
