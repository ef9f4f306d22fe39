"""Connections: what is stored of them, what Ditto adds, how they say how they are."""

import socket
from typing import Any

import pytest

from tests.contract.client import Ditto, eventually, refusal

SOURCE = {"addresses": ["contract/#"], "qos": 1, "authorizationContext": ["nginx:ditto"]}
TARGET = {
    "address": "contract/{{ thing:id }}",
    "topics": ["_/_/things/twin/events?extraFields=attributes"],
    "qos": 0,
    "authorizationContext": ["nginx:ditto"],
}


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mqtt(**parts: Any) -> dict[str, Any]:
    return {
        "connectionType": "mqtt-5",
        "connectionStatus": "closed",
        "uri": "tcp://user:pass-word@127.0.0.1:1",
        "sources": [SOURCE],
        "targets": [TARGET],
    } | parts


def passed(*headers: str) -> dict[str, str]:
    return {header: f"{{{{header:{header}}}}}" for header in headers}


def test_a_new_connection_comes_back_with_what_ditto_adds(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.connection_path(), mqtt())
    assert answer.status_code == 201
    assert "ETag" not in answer.headers
    stored = answer.json()
    assert stored["id"] == ditto.connection_path().rpartition("/")[2]
    assert stored["uri"] == "tcp://user:pass-word@127.0.0.1:1"
    expected = {
        "clientCount": 1,
        "failoverEnabled": True,
        "validateCertificates": True,
        "processorPoolSize": 1,
        "tags": [],
    }
    assert {key: stored[key] for key in expected} == expected
    source, target = stored["sources"][0], stored["targets"][0]
    assert SOURCE.items() <= source.items()
    assert source["consumerCount"] == 1
    assert source["headerMapping"] == passed("reply-to", "content-type", "correlation-id")
    assert source["replyTarget"] == {
        "address": "{{header:reply-to}}",
        "headerMapping": passed("content-type", "correlation-id"),
        "expectedResponseTypes": ["response", "error"],
        "enabled": True,
    }
    assert target == TARGET | {"headerMapping": {}}
    assert ditto.send("GET", ditto.connection_path()).json() == stored


@pytest.mark.parametrize(
    ("parts", "source"),
    [
        (
            {"connectionType": "mqtt"},
            {
                "headerMapping": {},
                "replyTarget": {
                    "address": "{{header:reply-to}}",
                    "headerMapping": {},
                    "expectedResponseTypes": ["response", "error"],
                    "enabled": True,
                },
            },
        ),
        (
            {"sources": [SOURCE | {"replyTarget": {"enabled": False}}]},
            {"headerMapping": {}, "replyTarget": {"enabled": False}},
        ),
        (
            {"sources": [SOURCE | {"replyTarget": {"address": "answers"}}]},
            {
                "headerMapping": {},
                "replyTarget": {
                    "address": "answers",
                    "headerMapping": {},
                    "expectedResponseTypes": ["response", "error"],
                    "enabled": True,
                },
            },
        ),
        (
            {"sources": [SOURCE | {"headerMapping": {"a": "b"}}]},
            {"headerMapping": {"a": "b"} | passed("reply-to", "content-type", "correlation-id")},
        ),
        ({"sources": [SOURCE | {"payloadMapping": ["Ditto"]}]}, {"payloadMapping": ["Ditto"]}),
    ],
    ids=["mqtt", "no reply", "own reply", "own header", "mapper"],
)
def test_what_ditto_adds_to_a_source_depends_on_its_answers(
    ditto: Ditto, parts: dict[str, Any], source: dict[str, Any]
) -> None:
    stored = ditto.send("PUT", ditto.connection_path(), mqtt(**parts)).json()["sources"][0]
    assert {key: stored[key] for key in source} == source


def test_specific_settings_become_texts(ditto: Ditto) -> None:
    body = mqtt(specificConfig={"clientId": "x", "keepAlive": 5, "cleanSession": True, "other": ""})
    stored = ditto.send("PUT", ditto.connection_path(), body).json()["specificConfig"]
    assert stored == {"clientId": "x", "keepAlive": "5", "cleanSession": "true", "other": ""}


def test_passwords_come_back_in_clear(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    assert "pass-word" in ditto.send("GET", ditto.connection_path()).json()["uri"]
    listed = ditto.send("GET", "/api/2/connections").json()
    mine = ditto.connection_path().rpartition("/")[2]
    assert "pass-word" in next(found["uri"] for found in listed if found["id"] == mine)
    assert mine in ditto.send("GET", "/api/2/connections?ids-only=true").json()


def test_a_connection_has_a_revision_and_conditions(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    read = ditto.send("GET", ditto.connection_path("connection", "?fields=id,_revision"))
    assert read.headers["ETag"] == f'"rev:{read.json()["_revision"]}"'
    for headers in ({"If-None-Match": "*"}, {"If-Match": '"rev:99"'}):
        answer = ditto.send("PUT", ditto.connection_path(), mqtt(), headers=headers)
        assert refusal(answer) == (412, "connectivity:precondition.failed")
        assert answer.headers["ETag"] == read.headers["ETag"]
    changed = ditto.send("PUT", ditto.connection_path(), mqtt(tags=["new"]))
    assert (changed.status_code, changed.headers["entity-revision"]) == (204, "2")
    assert "ETag" not in changed.headers
    assert ditto.send("GET", ditto.connection_path()).json()["tags"] == ["new"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"uri": "nonsense"}, "connectivity:connection.uri.invalid"),
        ({"uri": "http://127.0.0.1:1"}, "connectivity:connection.uri.invalid"),
        ({"connectionType": "pigeon"}, "json.invalid"),
        ({"uri": ...}, "json.field.missing"),
        ({"connectionStatus": ...}, "json.field.missing"),
        ({"sources": [], "targets": []}, "connectivity:connection.configuration.invalid"),
        (
            {"sources": [SOURCE | {"authorizationContext": []}]},
            "connectivity:connection.configuration.invalid",
        ),
        (
            {"sources": [{"addresses": ["a"], "authorizationContext": ["nginx:ditto"]}]},
            "connectivity:connection.configuration.invalid",
        ),
        (
            {"sources": [SOURCE | {"payloadMapping": ["none"]}]},
            "connectivity:connection.configuration.invalid",
        ),
        ({"ca": "-----BEGIN CERTIFICATE-----"}, "connectivity:connection.configuration.invalid"),
        (
            {"credentials": {"type": "client-cert", "cert": "", "key": ""}},
            "connectivity:connection.configuration.invalid",
        ),
        ({"credentials": {"type": "handshake"}}, "json.invalid"),
        ({"targets": [TARGET | {"topics": ["nonsense"]}]}, "connectivity:topic.invalid"),
        ({"targets": [TARGET | {"address": "a/#"}]}, "connectivity:connection.configuration.invalid"),
        ({"targets": [TARGET | {"address": ""}]}, "connectivity:connection.configuration.invalid"),
        ({"targets": [TARGET | {"address": "{{ a:b }}"}]}, "connectivity:connection.configuration.invalid"),
        ({"specificConfig": {"lastWillTopic": ""}}, "connectivity:connection.configuration.invalid"),
        ({"mappingDefinitions": {"js": {"mappingEngine": "JavaScript"}}}, "json.field.missing"),
        ({"connectionType": "kafka", "targets": []}, "connectivity:connection.configuration.invalid"),
        (
            {"connectionType": "http-push", "uri": "http://127.0.0.1:1", "targets": []},
            "connectivity:connection.configuration.invalid",
        ),
    ],
    ids=[
        "uri",
        "scheme",
        "type",
        "no uri",
        "no status",
        "no ends",
        "no subject",
        "no qos",
        "mapper",
        "ca",
        "certificate",
        "credentials",
        "topic",
        "wildcard",
        "no address",
        "placeholder",
        "last will",
        "no options",
        "kafka without servers",
        "http source",
    ],
)
def test_a_connection_that_cannot_work_is_refused(ditto: Ditto, parts: dict[str, Any], expected: str) -> None:
    body = {key: value for key, value in mqtt(**parts).items() if value is not ...}
    status, code = refusal(ditto.send("PUT", ditto.connection_path(), body))
    assert (status, code[: len(expected)]) == (400, expected)
    assert ditto.send("GET", ditto.connection_path()).status_code == 404


@pytest.mark.parametrize("name", ["a b", "\u00fc", "a.b", "%25", "@", "x" * 101])
def test_these_ids_of_connections_are_refused(ditto: Ditto, name: str) -> None:
    answer = ditto.send("PUT", f"/api/2/connections/{name}", mqtt())
    assert refusal(answer) == (400, "connectivity:connection.id.invalid")


@pytest.mark.parametrize("name", ["a:b", "a_b-c", "1"])
def test_these_ids_of_connections_are_taken(ditto: Ditto, name: str) -> None:
    assert ditto.send("PUT", ditto.connection_path(name), mqtt()).status_code == 201


def test_the_id_is_in_the_path(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.connection_path(), mqtt(id="another"))
    assert refusal(answer) == (400, "connectivity:id.notsettable")
    assert refusal(ditto.send("POST", "/api/2/connections", mqtt(id="x"))) == (
        400,
        "connectivity:id.notsettable",
    )


def test_a_posted_connection_gets_an_id_and_may_leave_open_whether_it_is_open(ditto: Ditto) -> None:
    body = {key: value for key, value in mqtt().items() if key != "connectionStatus"}
    answer = ditto.send("POST", "/api/2/connections", body)
    assert answer.status_code == 201
    assert len(answer.json()["id"]) == 36
    assert answer.json()["connectionStatus"] == "unknown"


def test_a_script_may_not_be_larger_than_50_000_bytes(ditto: Ditto) -> None:
    for size, status in ((40_000, 201), (60_000, 400)):
        script = "// " + "x" * size
        definition = {"mappingEngine": "JavaScript", "options": {"incomingScript": script}}
        body = mqtt(mappingDefinitions={"js": definition}, sources=[SOURCE | {"payloadMapping": ["js"]}])
        assert ditto.send("PUT", ditto.connection_path(f"c{size}"), body).status_code == status


def test_connections_are_not_patched(ditto: Ditto) -> None:
    answer = ditto.send("PATCH", ditto.connection_path(), {})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "PUT, GET, DELETE"


def test_a_missing_connection_is_not_found(ditto: Ditto) -> None:
    for method, part in (("GET", ""), ("DELETE", ""), ("GET", "/status")):
        answer = ditto.send(method, ditto.connection_path("connection", part))
        assert refusal(answer) == (404, "connectivity:connection.notfound"), method


def test_a_deleted_connection_is_gone(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    assert ditto.send("DELETE", ditto.connection_path()).status_code == 204
    assert refusal(ditto.send("DELETE", ditto.connection_path())) == (404, "connectivity:connection.notfound")


def test_a_dry_run_tries_and_stores_nothing(ditto: Ditto) -> None:
    port = closed_port()
    before = ditto.send("GET", "/api/2/connections?ids-only=true").json()
    body = mqtt(uri=f"tcp://127.0.0.1:{port}", connectionStatus="open")
    answer = ditto.send("POST", "/api/2/connections?dry-run=true", body)
    assert refusal(answer) == (504, "connectivity:connection.failed")
    assert f"Could not establish a connection on '127.0.0.1:{port}'" in answer.json()["description"]
    assert ditto.send("GET", "/api/2/connections?ids-only=true").json() == before


def test_a_dry_run_of_a_put_is_none(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.connection_path("connection", "?dry-run=true"), mqtt())
    assert answer.status_code == 201
    assert ditto.send("GET", ditto.connection_path()).status_code == 200


def status(ditto: Ditto) -> dict[str, Any]:
    answer = ditto.send("GET", ditto.connection_path("connection", "/status"))
    assert answer.status_code == 200
    return answer.json()  # type: ignore[no-any-return]


def test_a_closed_connection_says_so(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    seen = eventually(lambda: status(ditto), lambda seen: seen["liveStatus"] == "closed")
    assert (seen["connectionStatus"], seen["liveStatus"], seen["recoveryStatus"]) == (
        "closed",
        "closed",
        "unknown",
    )
    assert "connection is closed" in seen["clientStatus"][0]["statusDetails"]
    assert not seen.get("sourceStatus")


def test_a_broker_that_is_not_there_is_seen_in_the_status_only(ditto: Ditto) -> None:
    port = closed_port()
    body = mqtt(uri=f"tcp://127.0.0.1:{port}", connectionStatus="open")
    assert ditto.send("PUT", ditto.connection_path(), body).status_code == 201
    seen = eventually(lambda: status(ditto), lambda seen: seen["liveStatus"] == "misconfigured")
    assert (seen["connectionStatus"], seen["liveStatus"]) == ("open", "misconfigured")
    details = seen["clientStatus"][0]["statusDetails"]
    assert f"Could not establish a connection on '127.0.0.1:{port}'" in details


def test_a_change_is_stored_though_its_answer_says_that_the_broker_is_away(ditto: Ditto) -> None:
    port = closed_port()
    body = mqtt(uri=f"tcp://127.0.0.1:{port}", connectionStatus="open")
    ditto.send("PUT", ditto.connection_path(), body)
    eventually(lambda: status(ditto), lambda seen: seen["liveStatus"] == "misconfigured")
    answer = ditto.send("PUT", ditto.connection_path(), body | {"tags": ["changed"]})
    assert refusal(answer) == (504, "connectivity:connection.failed")
    assert f"Could not establish a connection on '127.0.0.1:{port}'" in answer.json()["description"]
    assert ditto.send("GET", ditto.connection_path()).json()["tags"] == ["changed"]


def test_a_command_leaves_the_tag_alone(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    command = ditto.connection_path("connection", "/command")
    answer = ditto.send("POST", command, "connectivity.commands:closeConnection", content_type="text/plain")
    assert answer.headers["entity-revision"] == "2"
    assert ditto.send("GET", ditto.connection_path()).headers["ETag"] == '"rev:1"'


def test_a_command_changes_what_is_wanted(ditto: Ditto) -> None:
    body = mqtt(uri=f"tcp://127.0.0.1:{closed_port()}", connectionStatus="open")
    ditto.send("PUT", ditto.connection_path(), body)
    command = ditto.connection_path("connection", "/command")
    answer = ditto.send("POST", command, "connectivity.commands:closeConnection", content_type="text/plain")
    assert (answer.status_code, answer.text) == (200, "")
    seen = eventually(lambda: status(ditto), lambda seen: seen["liveStatus"] == "closed")
    assert (seen["connectionStatus"], seen["liveStatus"]) == ("closed", "closed")
    nonsense = ditto.send("POST", command, "nonsense", content_type="text/plain")
    assert refusal(nonsense) == (400, "connectivity:command.invalid")
    assert ditto.send("POST", command, "{}", content_type="application/json").status_code == 415


def test_logs_and_metrics_are_there(ditto: Ditto) -> None:
    ditto.send("PUT", ditto.connection_path(), mqtt())
    for part in ("/logs", "/metrics"):
        answer = ditto.send("GET", ditto.connection_path("connection", part))
        assert answer.status_code == 200
        assert answer.json()["connectionId"] == ditto.connection_path().rpartition("/")[2]
