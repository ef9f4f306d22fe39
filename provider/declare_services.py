"""What specs declare in Hono and in Kafka-ML, and the connections of Ditto that follow from it.

What depends on what (deletion goes the other way):

    tenants → devices → Ditto's connection to the tenant
    models → configurations → deployments → inferences → Ditto's connection to their results
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.endpoints import user_secret
from components.platform import Platform
from components.settings import Settings
from provider.hono_device import HonoDevice
from provider.hono_tenant import HonoTenant
from provider.ml_named import KafkaMlConfiguration, KafkaMlModel
from provider.ml_run import KafkaMlDeployment, KafkaMlInference
from twins.hono import credential_documents, device_document, tenant_connection, tenant_document
from twins.kafka_ml import (
    configuration_document,
    deployment_document,
    inference_document,
    mark,
    model_document,
    results_connection,
)
from twins.models import ConnectionSpec
from twins.owner import Owner
from twins.specs import Specs


@dataclass(frozen=True)
class Follows:
    """A connection that follows from other specs: its mapper's folder, and what has to be there before it."""

    connection: ConnectionSpec
    folder: Path
    after: list[pulumi.Resource]


def declare_services(specs: Specs, settings: Settings, platform: Platform, owner: Owner) -> Iterator[Follows]:
    """Declare all resources of Hono and Kafka-ML; the connections that follow are for the caller to declare."""
    yield from _hono(specs, settings, platform, owner)
    yield from _kafka_ml(specs, settings, platform, owner)


def _hono(specs: Specs, settings: Settings, platform: Platform, owner: Owner) -> Iterator[Follows]:
    devices: dict[str, list[pulumi.Resource]] = {}
    after = _after(platform.ready.get("hono", []))
    for tenant, declared in specs.hono_tenants.items():
        made = HonoTenant(tenant, tenant_document(declared.spec, owner), declared.spec.adopt, after)
        devices[tenant] = [made]
    for device in specs.hono_devices.values():
        spec = device.spec
        secrets = {user_secret(each.secret) for each in spec.credentials if each.secret}
        credentials = [
            each | ({"secret": user_secret(each["secret"])} if "secret" in each else {})
            for each in credential_documents(spec)
        ]
        made_device = HonoDevice(
            spec.id,
            spec.tenant,
            device_document(spec, owner),
            credentials,
            {name: platform.fingerprints[name] for name in sorted(secrets)},
            spec.adopt,
            _after(devices[spec.tenant][:1]),
        )
        devices[spec.tenant].append(made_device)
    for tenant, declared in specs.hono_tenants.items():
        connection = tenant_connection(declared.spec, settings.hono.speaks)
        if connection:
            yield Follows(connection, declared.origin.path.parent, devices[tenant])


def _kafka_ml(specs: Specs, settings: Settings, platform: Platform, owner: Owner) -> Iterator[Follows]:
    ready = platform.ready.get("kafka-ml", [])
    models: dict[str, pulumi.Resource] = {}

    def model(name: str) -> pulumi.Resource:
        """A model, after the one that it sends on to."""
        if name not in models:
            spec = specs.kafka_ml_models[name].spec
            father = [model(spec.father)] if spec.father else []
            models[name] = KafkaMlModel(name, model_document(spec), spec.adopt, _after([*ready, *father]))
        return models[name]

    for name in specs.kafka_ml_models:
        model(name)
    configurations = {
        name: KafkaMlConfiguration(
            name,
            configuration_document(declared.spec),
            declared.spec.adopt,
            _after([*ready, *(models[each] for each in declared.spec.models)]),
        )
        for name, declared in specs.kafka_ml_configurations.items()
    }
    documents = {
        name: deployment_document(declared.spec, owner)
        for name, declared in specs.kafka_ml_deployments.items()
    }
    deployments = {
        name: KafkaMlDeployment(
            name,
            documents[name],
            _after([*ready, configurations[declared.spec.configuration]]),
        )
        for name, declared in specs.kafka_ml_deployments.items()
    }
    brokers = settings.kafka_ml.external.brokers if settings.kafka_ml.external else settings.kafka_ml.brokers
    for name, each in specs.kafka_ml_inferences.items():
        deployment = each.spec.deployment
        inference = KafkaMlInference(
            name,
            inference_document(each.spec, owner, mark(documents[deployment])),
            specs.kafka_ml_deployments[deployment].spec.configuration,
            _after([*ready, deployments[deployment]]),
        )
        connection = results_connection(each.spec, brokers or "")
        if connection:
            yield Follows(connection, each.origin.path.parent, [inference])


def _after(resources: list[pulumi.Resource]) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(depends_on=resources)
