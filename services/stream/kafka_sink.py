"""Vectors go out to Kafka."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import confluent_kafka as ck

from services.stream.credentials import Credentials
from services.stream.kafka_client import Cluster
from services.stream.message import Record
from services.stream.transports import KafkaAccess

DELIVERED = 20.0  # seconds until a vector that is not confirmed counts as lost; within a pod's time to end


class KafkaSink:
    """Sends vectors and waits until Kafka has confirmed them."""

    def __init__(self, producer: ck.Producer, cluster: Cluster) -> None:
        self._producer = producer
        self._cluster = cluster

    def deliver(self, records: Sequence[Record]) -> None:
        """See `services.stream.pump.Sink`."""
        failed: list[str] = []

        def confirmed(topic: str, error: ck.KafkaError | None, _: ck.Message) -> None:
            if error is not None:
                failed.append(f"topic {topic} did not take a vector ({error.str()})")

        self._producer.poll(0)  # what was said meanwhile is past
        self._cluster.down = False
        for record in records:
            headers: Any = [(name, value.encode()) for name, value in record.headers]
            try:
                self._producer.produce(
                    record.topic, record.value, headers=headers, on_delivery=partial(confirmed, record.topic)
                )
            except (ck.KafkaException, BufferError) as error:
                raise self._cluster.lost("it takes no vectors", error) from None
        deadline = time.monotonic() + DELIVERED + 5
        while (left := self._producer.flush(0.5)) and not self._cluster.down and time.monotonic() < deadline:
            continue
        if failed or left:
            raise self._cluster.lost(failed[0] if failed else f"{left} vectors were not confirmed in time")


@contextmanager
def kafka_sink(access: KafkaAccess, secret: Credentials) -> Iterator[KafkaSink]:
    """A sink, once the cluster answers. Raises `LostError`."""
    cluster = Cluster("output", access, secret)
    try:
        producer = ck.Producer(
            cluster.settings
            | {
                "enable.idempotence": True,  # a retry neither doubles a vector nor changes their order
                "message.timeout.ms": int(DELIVERED * 1000),
                "topic.metadata.propagation.max.ms": 5_000,  # then a topic that is not there is named as such
                "linger.ms": 2,
            }
        )
    except ck.KafkaException as error:
        raise cluster.lost("its settings are refused", error) from None
    try:
        cluster.reach(producer, lambda: producer.poll(0))
        yield KafkaSink(producer, cluster)
    finally:
        producer.purge()  # what is not confirmed will be made again
