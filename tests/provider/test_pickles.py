"""The engine keeps a pickle of the provider with every resource: it has to be small and always the same."""

import base64
import subprocess
import sys
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from provider.certificates import CertificatesProvider
from provider.connection import ConnectionProvider
from provider.credential import CredentialProvider
from provider.dashboard import DashboardProvider
from provider.folder import FolderProvider
from provider.grafana_settings import AppProvider, DataSourceProvider
from provider.hono_device import HonoDeviceProvider
from provider.hono_tenant import HonoTenantProvider
from provider.inventory import InventoryProvider
from provider.kafka_topic import KafkaTopicProvider
from provider.kafka_user import KafkaUserProvider
from provider.library_panel import LibraryPanelProvider
from provider.ml_named import KafkaMlConfigurationProvider, KafkaMlModelProvider
from provider.ml_run import KafkaMlDeploymentProvider, KafkaMlInferenceProvider
from provider.policy import PolicyProvider
from provider.thing import Twin, TwinProvider, TypeProvider
from provider.volumes import VolumesProvider
from tests.provider.documents import thing

KINDS: list[type[ResourceProvider]] = [
    CertificatesProvider,
    ConnectionProvider,
    CredentialProvider,
    AppProvider,
    DashboardProvider,
    DataSourceProvider,
    FolderProvider,
    HonoDeviceProvider,
    HonoTenantProvider,
    InventoryProvider,
    KafkaTopicProvider,
    KafkaUserProvider,
    LibraryPanelProvider,
    KafkaMlConfigurationProvider,
    KafkaMlDeploymentProvider,
    KafkaMlInferenceProvider,
    KafkaMlModelProvider,
    PolicyProvider,
    TwinProvider,
    TypeProvider,
    VolumesProvider,
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_is_pickled_by_reference_in_less_than_100_bytes(kind: type[ResourceProvider]) -> None:
    pickled = serialize_provider(kind())
    assert len(pickled) < 100
    assert base64.b64decode(pickled).find(kind.__name__.encode()) > 0
    assert pickled == serialize_provider(kind())
    assert kind.serialize_as_secret_always is False


def test_a_provider_is_found_again_in_another_process() -> None:
    program = "import sys, base64, dill; print([type(dill.loads(base64.b64decode(x))) for x in sys.argv[1:]])"
    pickled = [serialize_provider(kind()) for kind in KINDS]
    found = subprocess.run(
        [sys.executable, "-c", program, *pickled], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == str(KINDS)


class Mocks(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.providers: set[str] = set()
        self.count = 0

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.providers.add(args.inputs["__provider"])
        self.count += 1
        return args.name, dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"nothing is to be called, but {args.token} is")


def test_fifteen_hundred_resources_can_be_declared() -> None:
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def declare() -> None:
        for number in range(1500):
            name = f"my:twin{number}"
            Twin(name, {name: thing(name)})

    declare()
    assert mocks.count == 1500
    assert len(mocks.providers) == 1
