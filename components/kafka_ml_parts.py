"""Kafka-ML's parts by name, and their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.endpoints import endpoints

if TYPE_CHECKING:
    from components.settings import Settings

BACKEND, FRONTEND, LOGGER = "kafka-ml-backend", "kafka-ml-frontend", "kafka-ml-logger"
TENSORFLOW, PYTORCH = "kafka-ml-tensorflow", "kafka-ml-pytorch"
JOBS = "kafka-ml-jobs"  # the label of the pods that the backend launches
PORTS = {BACKEND: 8000, FRONTEND: 8085, TENSORFLOW: 8001, PYTORCH: 8002}
CONTROL_TOPIC = "KAFKA_ML_CONTROL_TOPIC"


def brokers(settings: Settings) -> str:
    """The Kafka that Kafka-ML itself uses, as `host:port`; empty without one."""
    if settings.kafka_ml.brokers:
        return settings.kafka_ml.brokers
    kafka = endpoints(settings).kafka_plain
    return kafka.address.partition("://")[2] if kafka else ""
