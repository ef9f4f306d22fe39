"""What a stack may say about the programs that feed Kafka-ML: feeders, and the watchdogs that stand in for devices."""

from components.model import Model, Resources, Storage, resources


class FeedersSettings(Model):
    """Settings of all feeders and watchdogs; each of them is a spec of its own."""

    enabled: bool = False
    """whether specs may declare them; their images are built and pushed to `opentwins:registry`, unless
    `images.feeder` and `images.watchdog` name some"""
    resources: Resources = resources("50m", "96Mi", "500m", "256Mi")
    """of the container of each"""
    storage: Storage = Storage(size="64Mi")
    """where each keeps last values and rhythms"""
