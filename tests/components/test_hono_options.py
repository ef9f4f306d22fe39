"""Hono's and its router's configuration files say only what the programs' own documentation knows, of its type.

Neither program can be had from a package registry. The names are those of https://eclipse.dev/hono/docs/admin-guide/
(2.7) and https://qpid.apache.org/releases/qpid-dispatch-1.17.1/man/qdrouterd.conf.html.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.components.declared import Program, declare


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TLS = names(
    "trustStorePath trustStorePassword keyStorePath keyStorePassword certPath keyPath secureProtocols"
    " supportedCipherSuites"
)
SERVER = TLS | names(
    "bindAddress port securePortEnabled nativeTlsRequired insecurePortEnabled insecurePortBindAddress insecurePort"
    " sni maxPayloadSize networkDebugLoggingEnabled waitForDownstreamConnectionEnabled receiverLinkCredit"
    " corsAllowedOrigin sendTimeOut deviceIdPattern tenantIdPattern eventLoopBlockedCheckTimeout"
)
ADAPTER = SERVER | names(
    "authenticationRequired jmsVendorPropsEnabled defaultsEnabled maxConnections tenantIdleTimeout"
    " gcHeapPercentage idleTimeout realm sendMessageToDeviceTimeout"
)
CLIENT = TLS | names(
    "host port username password credentialsPath hostnameVerificationRequired tlsEnabled name amqpHostname"
    " flowLatency linkEstablishmentTimeout initialCredits sendMessageTimeout requestTimeout reconnectAttempts"
    " reconnectMinDelay reconnectMaxDelay reconnectDelayIncrement connectTimeout idleTimeout"
    " useLegacyTraceContextFormat"
)
CACHED_CLIENT = CLIENT | names("responseCacheMinSize responseCacheMaxSize responseCacheDefaultTimeout")
HONO = {
    "app": names("maxInstances amqpMessagingDisabled kafkaMessagingDisabled pubSubMessagingDisabled"),
    **dict.fromkeys(("http", "mqtt", "amqp"), ADAPTER),
    **dict.fromkeys(("messaging", "command"), CLIENT),
    **dict.fromkeys(("tenant", "registration", "credentials"), CACHED_CLIENT),
    "kafka.commonClientConfig": names(
        "bootstrap.servers security.protocol sasl.mechanism sasl.jaas.config ssl.truststore.type"
        " ssl.truststore.location"
    ),
    "mongodb": names(
        "host port dbName username password connectionString serverSelectionTimeout connectTimeout"
    ),
    "registry.amqp": SERVER,
    "registry.http": SERVER | names("authenticationRequired realm idleTimeout"),
    "registry.http.auth": names(
        "collectionName saltStyle hashAlgorithm saltField usernameField passwordField"
    ),
    "commandRouter.amqp": SERVER,
    "commandRouter.cache.embedded": names("configurationFile"),
    "auth.amqp": SERVER,
    "auth.svc": names("permissionsPath supportedSaslMechanisms"),
    "auth.svc.signing": names("sharedSecret keyPath tokenExpiration certPath issuer audience"),
}
# Of the authentication server and the command router there are clients too.
CLIENTS = {
    "auth": CLIENT | names("jwksEndpointPort jwksEndpointUri jwksEndpointTlsEnabled jwksPollingInterval"),
    "commandRouter": CACHED_CLIENT,
}
ROUTER = {
    "router": names("id mode workerThreads"),
    "sslProfile": names("name protocols caCertFile certFile privateKeyFile uidFormat ciphers password"),
    "authServicePlugin": names("name host port realm sslProfile"),
    "listener": names(
        "name host port role authenticatePeer requireSsl sslProfile saslMechanisms saslPlugin http linkCapacity"
        " idleTimeoutSeconds maxFrameSize maxSessions"
    ),
    "connector": names(
        "name host port role sslProfile saslMechanisms saslUsername saslPassword verifyHostname idleTimeoutSeconds"
    ),
    "linkRoute": names("name prefix pattern direction connection containerId distribution"),
    "address": names("name prefix pattern distribution waypoint priority ingressPhase egressPhase"),
    "policy": names("maxConnections maxMessageSize enableVhostPolicy defaultVhost"),
    "vhost": names(
        "hostname maxConnections maxConnectionsPerUser maxConnectionsPerHost maxMessageSize allowUnknownUser groups"
    ),
    "log": names("module enable includeTimestamp includeSource outputFile"),
}
GROUP = names(
    "users remoteHosts maxConnectionsPerUser maxConnectionsPerHost maxFrameSize maxMessageSize maxSessions"
    " maxSessionWindow maxSenders maxReceivers allowDynamicSource allowAnonymousSender allowUserIdProxy"
    " allowWaypointLinks sources targets"
)
CHOICES = {
    ("router", "mode"): names("standalone interior edge"),
    ("connector", "role"): names("normal inter-router route-container edge"),
    ("linkRoute", "direction"): names("in out"),
    ("address", "distribution"): names("multicast closest balanced unavailable"),
}

PROGRAMS = {
    "AMQP": declare(hono='{"enabled": true, "plaintext": true}'),
    "Kafka": declare(hono='{"enabled": true, "messaging": "kafka"}', kafka='{"enabled": true}'),
}


def sections(document: Any, path: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every section of a configuration, and the options that stand in it themselves."""
    own = {key for key, value in document.items() if not isinstance(value, dict)}
    if own:
        yield path, frozenset(own)
    for key, value in document.items():
        if isinstance(value, dict):
            yield from sections(value, f"{path}.{key}".lstrip("."))


@pytest.mark.parametrize("messaging", PROGRAMS)
def test_every_option_of_a_service_is_one_of_hono_s(messaging: str) -> None:
    found = 0
    for name, one in PROGRAMS[messaging].kind("ConfigMap").items():
        if "application.yml" not in one.files:
            continue
        document = yaml.safe_load(one.files["application.yml"])
        known = HONO if name == "hono-auth-config" else HONO | CLIENTS
        for path, options in sections(document["hono"]):
            assert options <= known.get(path, frozenset()), f"{name}: hono.{path}"
            found += len(options)
    assert found > 90


def router(program: Program) -> list[tuple[str, dict[str, Any]]]:
    return [
        tuple(one)
        for one in json.loads(program.kind("ConfigMap")["hono-router-config"].files["qdrouterd.json"])
    ]


def test_every_attribute_of_the_router_is_one_of_its_entity_s() -> None:
    entities = router(PROGRAMS["AMQP"])
    for entity, attributes in entities:
        assert attributes.keys() <= ROUTER[entity], entity
        for name, value in attributes.items():
            assert value in CHOICES.get((entity, name), {value}) if isinstance(value, str) else True
        for group in attributes.get("groups", {}).values():
            assert group.keys() <= GROUP
    profiles = {attributes["name"] for entity, attributes in entities if entity == "sslProfile"}
    assert {attributes.get("sslProfile") for _, attributes in entities} - {None} == profiles


def test_a_telemetry_message_has_one_reader_and_a_notification_reaches_all() -> None:
    spread = {
        attributes["prefix"]: attributes["distribution"]
        for entity, attributes in router(PROGRAMS["AMQP"])
        if entity == "address"
    }
    assert spread == {"telemetry/": "balanced", "event/": "balanced", "notification/": "multicast"}
