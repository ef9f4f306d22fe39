"""Tenants and devices as Hono's device registry keeps them, and Ditto's connection that follows from a tenant.

What is empty is left out, as the registry does. Which are ours, their `ext` says.
"""

from typing import Any

from twins.models import (
    Acknowledgements,
    ConnectionSpec,
    Document,
    Enforcement,
    HonoCredential,
    HonoDeviceSpec,
    HonoTenantSpec,
    MapperSpec,
    ReplyTarget,
    SourceSpec,
    TargetSpec,
)
from twins.models.connection import JavaScript
from twins.owner import Owner

MARKER = "managedBy"  # in `ext`
DITTO = "application/vnd.eclipse.ditto+json"
CONTENT_TYPE = "{{ header:content-type }}"
CORRELATION = "{{ header:correlation-id }}"
SUBJECT = "{{ header:subject | fn:default(topic:action-subject) }}"


def tenant_document(spec: HonoTenantSpec, owner: Owner) -> Document:
    """The tenant's JSON."""
    adapters = [
        {
            "type": f"hono-{name}",
            "enabled": rule.enabled,
            "device-authentication-required": rule.authentication,
        }
        for name, rule in sorted(spec.adapters.items())
    ]
    return {"enabled": spec.enabled, "ext": spec.ext | {MARKER: owner.mark(spec.id)}} | _given(
        {
            "alias": spec.alias,
            "adapters": adapters,
            "defaults": spec.defaults,
            "minimum-message-size": spec.minimum_message_size,
            "resource-limits": spec.resource_limits,
            "registration-limits": spec.registration_limits,
            "tracing": spec.tracing,
            "trusted-ca": spec.trusted_ca,
            "trust-anchor-group": spec.trust_anchor_group,
        }
    )


def device_document(spec: HonoDeviceSpec, owner: Owner) -> Document:
    """The device's JSON, without its credentials."""
    return {"enabled": spec.enabled, "ext": spec.ext | {MARKER: owner.mark(spec.id)}} | _given(
        {
            "via": spec.via,
            "viaGroups": spec.via_groups,
            "memberOf": spec.member_of,
            "authorities": sorted(spec.authorities),
            "defaults": spec.defaults,
            "downstream-message-mapper": spec.downstream_message_mapper,
            "upstream-message-mapper": spec.upstream_message_mapper,
            "command-endpoint": spec.command_endpoint,
        }
    )


def credential_documents(spec: HonoDeviceSpec) -> list[Document]:
    """The device's credentials, each with the name of what its secret is in: `secret` is none of Hono's words."""
    return [_credential(each) for each in spec.credentials]


def _credential(credential: HonoCredential) -> Document:
    return {"type": credential.type, "auth-id": credential.auth_id, "enabled": credential.enabled} | _given(
        {"ext": credential.ext, "secret": credential.secret}
    )


def _given(values: dict[str, Any]) -> Document:
    return {key: value for key, value in values.items() if value}


def connection_id(tenant: str) -> str:
    """The id of Ditto's connection to a tenant: dots are not allowed in it."""
    return f"hono-{tenant.replace('.', '_')}"


def tenant_connection(spec: HonoTenantSpec, speaks: str) -> ConnectionSpec | None:
    """Ditto's connection to the tenant, with Hono's AMQP or Kafka messaging.

    As https://eclipse.dev/hono/docs/ and the packages of Eclipse IoT's cloud2edge have it: telemetry and
    events come in, commands and messages to things go out, and their answers come in.
    """
    if not spec.connection:
        return None
    mappers = {}
    if spec.connection.mapper:
        mappers["payload"] = MapperSpec(javascript=JavaScript(incoming=spec.connection.mapper))
    ends = _over_kafka if speaks == "kafka" else _over_amqp
    subjects = spec.connection.subjects or [f"connection:{connection_id(spec.id)}"]
    sources, targets = ends(spec.id, subjects, list(mappers))
    return ConnectionSpec(
        id=connection_id(spec.id),
        type="kafka" if speaks == "kafka" else "amqp-10",
        service="hono",
        specific_config={"groupId": f"ditto-{connection_id(spec.id)}"} if speaks == "kafka" else {},
        sources=sources,
        targets=targets,
        mappers=mappers,
        adopt=spec.adopt,
    )


Ends = tuple[list[SourceSpec], list[TargetSpec]]
OWN_THING = Enforcement(input="{{ header:device_id }}", filters=["{{ entity:id }}"])


def _over_amqp(tenant: str, subjects: list[str], mappers: list[str]) -> Ends:
    answers = f"command_response/{tenant}/replies"
    reply = {
        "to": f"command/{tenant}/{{{{ header:hono-device-id }}}}",
        "subject": "{{ header:subject | fn:default(topic:action-subject) | fn:default(topic:criterion) }}"
        "-response",
        "correlation-id": CORRELATION,
        "content-type": f"{{{{ header:content-type | fn:default('{DITTO}') }}}}",
    }
    incoming = SourceSpec(
        addresses=[f"telemetry/{tenant}", f"event/{tenant}"],
        subjects=subjects,
        mappers=mappers,
        enforcement=OWN_THING,
        header_mapping={"hono-device-id": "{{ header:device_id }}", "content-type": CONTENT_TYPE},
        reply_target=ReplyTarget(address="{{ header:reply-to }}", header_mapping=reply),
        # An event is kept by the broker until Ditto has stored what it says.
        acknowledgement_requests=Acknowledgements(filter="fn:filter(header:qos,'eq','1')"),
    )
    answered = SourceSpec(
        addresses=[answers],
        subjects=subjects,
        header_mapping={
            "content-type": CONTENT_TYPE,
            "correlation-id": CORRELATION,
            "status": "{{ header:status }}",
        },
    )
    asked = f"fn:default('{answers}') | fn:filter(header:response-required,'ne','false')"
    outgoing = TargetSpec(
        address=f"command/{tenant}",
        topics=["_/_/things/live/commands", "_/_/things/live/messages"],
        subjects=subjects,
        header_mapping={
            "to": f"command/{tenant}/{{{{ thing:id }}}}",
            "subject": SUBJECT,
            "content-type": f"{{{{ header:content-type | fn:default('{DITTO}') }}}}",
            "correlation-id": CORRELATION,
            "reply-to": f"{{{{ {asked} }}}}",
        },
    )
    return [incoming, answered], [outgoing]


def _over_kafka(tenant: str, subjects: list[str], mappers: list[str]) -> Ends:
    command = f"hono.command.{tenant}/{{{{ thing:id }}}}"
    reply = {
        "device_id": "{{ thing:id }}",
        "subject": "{{ header:subject | fn:default(topic:action-subject) | fn:default(topic:criterion) }}"
        "-response",
        "correlation-id": CORRELATION,
    }

    def source(topic: str, qos: int, **more: Any) -> SourceSpec:
        return SourceSpec(
            addresses=[f"hono.{topic}.{tenant}"], qos=qos, subjects=subjects, enforcement=OWN_THING, **more
        )

    answered = source(
        "command_response",
        0,
        header_mapping={"correlation-id": CORRELATION, "status": "{{ header:status }}"},
        acknowledgement_requests=Acknowledgements(filter="fn:delete()"),
    )
    target = ReplyTarget(address=command, header_mapping=reply)
    telemetry = source(
        "telemetry",
        0,
        mappers=mappers,
        reply_target=target,
        acknowledgement_requests=Acknowledgements(filter="fn:delete()"),
    )
    event = source(
        "event", 1, mappers=mappers, reply_target=target, acknowledgement_requests=Acknowledgements()
    )
    outgoing = TargetSpec(
        address=command,
        topics=["_/_/things/live/commands", "_/_/things/live/messages"],
        subjects=subjects,
        header_mapping={
            "device_id": "{{ thing:id }}",
            "subject": SUBJECT,
            "correlation-id": CORRELATION,
            "response-required": "{{ header:response-required }}",
        },
    )
    return [telemetry, event, answered], [outgoing]
