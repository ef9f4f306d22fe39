"""Messages of Hono, or events of Ditto, come in from Kafka."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import confluent_kafka as ck

from services.stream.credentials import Credentials
from services.stream.kafka_client import REACHED, Cluster
from services.stream.message import Message
from services.stream.transports import KafkaInput

HELD = 16_384  # KiB of messages that are fetched ahead, for each partition

# What a consumer says of topics that nobody has made yet: they come with the first message.
_NOT_YET = (
    ck.KafkaError.UNKNOWN_TOPIC_OR_PART,
    ck.KafkaError._UNKNOWN_TOPIC,
    ck.KafkaError._UNKNOWN_PARTITION,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KafkaSource:
    """Reads topics as a member of a consumer group."""

    def __init__(self, consumer: ck.Consumer, cluster: Cluster) -> None:
        self._consumer = consumer
        self._cluster = cluster

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        """See `services.stream.pump.Source`."""
        try:
            first = self._consumer.poll(patience)
            # With no patience, as `consume` would wait for the whole number.
            found = [first, *self._consumer.consume(most - 1, 0)] if first else []
        except (ck.KafkaException, RuntimeError) as error:
            raise self._cluster.lost("it cannot be read", error) from None
        if self._cluster.down:
            raise self._cluster.lost("the connection is lost")
        for each in found:
            wrong = each.error()
            if wrong and wrong.code() not in _NOT_YET:
                raise self._cluster.lost(f"it cannot be read ({wrong.str()})")
        return [_message(each) for each in found if not each.error()]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """See `services.stream.pump.Source`."""
        offsets: dict[tuple[str, int], int] = {}
        for message in messages:
            topic, partition, offset = message.receipt
            offsets[topic, partition] = offset + 1
        try:
            _commit(self._consumer, [ck.TopicPartition(*where, end) for where, end in offsets.items()])
        except ck.KafkaException as error:
            raise self._cluster.lost("it takes no acknowledgement", error) from None


@contextmanager
def kafka_source(source: KafkaInput, secret: Credentials, client: str) -> Iterator[KafkaSource]:
    """A source, once the cluster answers, for the consumer group `client`. Raises `LostError`.

    At its very first start the group begins with what is sent from then on. Later it goes on where it has
    ended, and reads partitions that have come meanwhile from their beginning.
    """
    cluster = Cluster("input", source, secret)
    try:
        consumer = ck.Consumer(
            cluster.settings
            | {
                "group.id": client,
                "group.instance.id": client,  # a program that was killed gets its partitions back at once
                "session.timeout.ms": 30_000,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "topic.metadata.refresh.interval.ms": 30_000,  # until a topic that is made later is found
                "queued.max.messages.kbytes": HELD,
            }
        )
    except ck.KafkaException as error:
        raise cluster.lost("its settings are refused", error) from None
    try:
        cluster.reach(consumer)
        try:
            _mark_the_start(consumer, source.topics)
            consumer.subscribe(source.topics)
        except ck.KafkaException as error:
            raise cluster.lost("the topics cannot be read", error) from None
        yield KafkaSource(consumer, cluster)
    finally:
        consumer.close()


def _mark_the_start(consumer: ck.Consumer, topics: Sequence[str]) -> None:
    """Commit the ends of the topics for a group that has never committed anything."""
    known = consumer.list_topics(timeout=REACHED).topics
    partitions = [
        ck.TopicPartition(topic, number)
        for topic in topics
        if topic in known
        for number in known[topic].partitions
    ]
    if not partitions or any(each.offset >= 0 for each in consumer.committed(partitions, timeout=REACHED)):
        return
    ends = []
    for each in partitions:
        marks = consumer.get_watermark_offsets(each, timeout=REACHED)
        ends.append(ck.TopicPartition(each.topic, each.partition, marks[1]))
    _commit(consumer, ends)


def _commit(consumer: ck.Consumer, offsets: list[ck.TopicPartition]) -> None:
    for done in consumer.commit(offsets=offsets, asynchronous=False):
        if done.error:
            raise ck.KafkaException(done.error)


def _message(found: ck.Message) -> Message:
    headers: dict[str, Any] = dict(found.headers() or [])
    kind, stamp = found.timestamp()
    created = _text(headers.get("creation-time"))
    if created.isdecimal():
        kind, stamp = ck.TIMESTAMP_CREATE_TIME, int(created)
    receipt = (found.topic(), found.partition(), found.offset())
    return Message(
        body=found.value() or b"",
        where=f"{receipt[0]}[{receipt[1]}]@{receipt[2]}",
        device=_text(headers.get("device_id")) or None,
        sent=None if kind == ck.TIMESTAMP_NOT_AVAILABLE else _moment(stamp),
        content_type=_text(headers.get("content-type")),
        receipt=receipt,
    )


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")


def _moment(milliseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
