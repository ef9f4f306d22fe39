"""What a stack may say about Kafka-ML."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from components.model import Model, Name, Resources, Storage, Url, resources


def _brokers(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+:\d+(,[\w.-]+:\d+)*", text, re.ASCII):
        raise ValueError("must be addresses such as kafka.example.org:9092, with commas between them")
    return text


Brokers = Annotated[str, AfterValidator(_brokers)]


class ExternalKafkaMl(Model):
    """A Kafka-ML that runs elsewhere."""

    url: Url
    """its backend's address, without credentials, as this machine reaches it"""
    secret: Name | None = None
    """entry of `opentwins:secrets` with the `username` and `password` that something before it asks for;
    Kafka-ML itself asks nobody"""
    brokers: Brokers
    """its Kafka, from which Ditto reads the results: `host:port`"""


class Worker(Model):
    """One of Kafka-ML's services."""

    resources: Resources
    """of its container"""


class Backend(Worker):
    """The backend: models, configurations, deployments and results."""

    resources: Resources = resources("100m", "384Mi", "1", "1Gi")
    """of its container"""
    storage: Storage = Storage(size="10Gi")
    """where its database and the trained models are"""


class Jobs(Model):
    """The pods in which models are trained, and those in which they predict."""

    resources: Resources = resources("500m", "1Gi", "2", "4Gi")
    """of each such pod"""
    runtime_class: Annotated[str | None, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")] = None
    """RuntimeClass of pods that are given a GPU, such as `nvidia`; none when left out"""


class KafkaMlSettings(Model):
    """Kafka-ML's settings."""

    enabled: bool = False
    """whether it runs; it needs a Kafka"""
    external: ExternalKafkaMl | None = None
    """a Kafka-ML that runs elsewhere, used instead; no other setting of `kafkaMl` has an effect then"""
    brokers: Brokers | None = None
    """a Kafka 3.x that lets it in without a password and without TLS, of which it knows neither, instead of
    the platform's: `host:port`, with commas between several"""
    backend: Backend = Backend()
    """the backend"""
    frontend: Worker = Worker(resources=resources("10m", "32Mi", "200m", "64Mi"))
    """the web interface"""
    tensorflow: Worker = Worker(resources=resources("100m", "768Mi", "1", "1536Mi"))
    """the executor that checks and builds TensorFlow models"""
    pytorch: Worker = Worker(resources=resources("100m", "512Mi", "1", "1536Mi"))
    """the executor that checks and builds PyTorch models"""
    logger: Worker = Worker(resources=resources("20m", "64Mi", "200m", "128Mi"))
    """the logger of the control topic"""
    jobs: Jobs = Jobs()
    """the pods that it launches"""

    @property
    def runs(self) -> bool:
        """Whether this program runs it."""
        return self.enabled and not self.external

    @property
    def needs_kafka(self) -> bool:
        """Whether it needs the platform's Kafka, and there a way in without a password."""
        return self.runs and not self.brokers

    @property
    def used(self) -> bool:
        """Whether there is one at all."""
        return self.enabled or self.external is not None
