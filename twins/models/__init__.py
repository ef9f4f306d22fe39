"""The models of specs: what may be written in YAML, with its defaults and its description for editors."""

from twins.models.base import Document, Model, Spec
from twins.models.connection import (
    Acknowledgements,
    ConnectionSpec,
    Enforcement,
    JavaScript,
    MapperSpec,
    ReplyTarget,
    Service,
    SourceSpec,
    SshTunnel,
    TargetSpec,
)
from twins.models.dashboard import DashboardSpec, PanelSpec
from twins.models.fleet import FleetSpec, RowsSpec, RowTwin
from twins.models.hono import (
    AdapterRule,
    HonoCredential,
    HonoDeviceSpec,
    HonoTenantSpec,
    TenantConnection,
)
from twins.models.kafka import KafkaTopicSpec, KafkaUserSpec
from twins.models.kafka_ml import (
    Incremental,
    KafkaMlConfigurationSpec,
    KafkaMlDeploymentSpec,
    KafkaMlInferenceSpec,
    KafkaMlModelSpec,
    Results,
    Training,
)
from twins.models.policy import Entry, Import, PolicySpec, Rights, Subject
from twins.models.things import ChildSpec, Display, FeatureSpec, Threshold, TwinSpec, TypeSpec
from twins.models.unity import UnityFiles, UnityPanelSpec, UnityReceive, UnitySend

__all__ = [
    "Acknowledgements",
    "AdapterRule",
    "ChildSpec",
    "ConnectionSpec",
    "DashboardSpec",
    "Display",
    "Document",
    "Enforcement",
    "Entry",
    "FeatureSpec",
    "FleetSpec",
    "HonoCredential",
    "HonoDeviceSpec",
    "HonoTenantSpec",
    "Import",
    "Incremental",
    "JavaScript",
    "KafkaMlConfigurationSpec",
    "KafkaMlDeploymentSpec",
    "KafkaMlInferenceSpec",
    "KafkaMlModelSpec",
    "KafkaTopicSpec",
    "KafkaUserSpec",
    "MapperSpec",
    "Model",
    "PanelSpec",
    "PolicySpec",
    "ReplyTarget",
    "Results",
    "Rights",
    "RowTwin",
    "RowsSpec",
    "Service",
    "SourceSpec",
    "Spec",
    "SshTunnel",
    "Subject",
    "TargetSpec",
    "TenantConnection",
    "Threshold",
    "Training",
    "TwinSpec",
    "TypeSpec",
    "UnityFiles",
    "UnityPanelSpec",
    "UnityReceive",
    "UnitySend",
]
