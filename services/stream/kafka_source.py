"""Messages of Hono, or events of Ditto, come in from Kafka."""

import threading
import time
from collections import deque
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
ASSIGNED = 25.0  # seconds to wait for partitions; within a pod's time to end
CLOSED = 5.0  # seconds to wait for the library to let go
QUIET = 10.0  # seconds without a message until the cluster is asked whether it is still there

# What a consumer says of topics that nobody has made yet: they come with the first message.
_NOT_YET = (
    ck.KafkaError.UNKNOWN_TOPIC_OR_PART,
    ck.KafkaError._UNKNOWN_TOPIC,
    ck.KafkaError._UNKNOWN_PARTITION,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KafkaSource:
    """Reads topics as a member of the consumer group `client`.

    The library never gives up by itself, neither looking for the cluster nor committing: each wait has a
    bound here.
    """

    def __init__(self, source: KafkaInput, secret: Credentials, client: str) -> None:
        self._topics = source.topics
        self._cluster = Cluster("input", source, secret)
        self._assigned = False
        self._committed: list[ck.KafkaError | None] = []
        self._ahead: deque[ck.Message] = deque()  # what has come while something else was waited for
        self._heard = time.monotonic()
        settings = {
            "group.id": client,
            "group.instance.id": client,  # a program that was killed gets its partitions back at once
            "session.timeout.ms": 30_000,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "topic.metadata.refresh.interval.ms": 30_000,  # until a topic that is made later is found
            "queued.max.messages.kbytes": HELD,
            "on_commit": self._commit_answered,
        }
        try:
            self._consumer = ck.Consumer(self._cluster.settings | settings)
        except ck.KafkaException as error:
            raise self._cluster.lost("its settings are refused", error) from None

    def open(self) -> None:
        """Subscribe; return once partitions are assigned, as nothing can come before. Raises `LostError`."""
        known = self._cluster.reach(self._consumer, self._listen)
        there = [topic for topic in self._topics if topic in known]
        try:
            self._mark_the_start(
                [ck.TopicPartition(topic, number) for topic in there for number in known[topic].partitions]
            )
            self._consumer.subscribe(list(self._topics), on_assign=self._assignment)
        except ck.KafkaException as error:
            raise self._cluster.lost("the topics cannot be read", error) from None
        deadline = time.monotonic() + ASSIGNED
        while there and not self._assigned:
            self._wait("it assigns no partitions", deadline)

    def close(self) -> None:
        """Leave; what is not committed stays in the topics."""
        # With a commit under way the library waits for a cluster that is gone, for as long as it takes.
        closing = threading.Thread(target=self._consumer.close, daemon=True)
        closing.start()
        closing.join(CLOSED)

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        """See `services.stream.pump.Source`."""
        try:
            if not self._ahead and (first := self._consumer.poll(patience)):
                # With no patience, as `consume` would wait for the whole number.
                self._ahead.extend([first, *self._consumer.consume(most - 1, 0)])
        except (ck.KafkaException, RuntimeError) as error:
            raise self._cluster.lost("it cannot be read", error) from None
        found = [self._ahead.popleft() for _ in range(min(most, len(self._ahead)))]
        now = time.monotonic()
        if not found and now - self._heard > QUIET:
            self._cluster.reach(self._consumer, self._listen)
        if found or now - self._heard > QUIET:
            self._heard = now
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
        self._commit([ck.TopicPartition(*where, end) for where, end in offsets.items()])

    def _mark_the_start(self, partitions: list[ck.TopicPartition]) -> None:
        """Commit the ends of the partitions for a group that has never committed anything."""
        if not partitions:
            return
        if any(each.offset >= 0 for each in self._consumer.committed(partitions, timeout=REACHED)):
            return
        ends = []
        for each in partitions:
            marks = self._consumer.get_watermark_offsets(each, timeout=REACHED)
            ends.append(ck.TopicPartition(each.topic, each.partition, marks[1]))
        self._commit(ends)

    def _commit(self, offsets: list[ck.TopicPartition]) -> None:
        self._committed.clear()
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except ck.KafkaException as error:
            raise self._cluster.lost("it takes no acknowledgement", error) from None
        deadline = time.monotonic() + REACHED
        while not self._committed:
            self._wait("it takes no acknowledgement", deadline)
        if self._committed[0]:
            raise self._cluster.lost(f"it takes no acknowledgement ({self._committed[0].str()})")

    def _wait(self, what: str, deadline: float) -> None:
        self._listen(0.1)
        if self._cluster.down or time.monotonic() > deadline:
            raise self._cluster.lost(what)

    def _listen(self, patience: float = 0) -> None:
        """Let the library tell what it has to tell; it may hand out a message with that."""
        found = self._consumer.poll(patience)
        if found:
            self._ahead.append(found)

    def _assignment(self, _: ck.Consumer, __: Sequence[ck.TopicPartition]) -> None:
        self._assigned = True

    def _commit_answered(self, error: ck.KafkaError | None, offsets: Sequence[ck.TopicPartition]) -> None:
        wrong = [each.error for each in offsets if each.error]
        self._committed.append(error or (wrong[0] if wrong else None))


@contextmanager
def kafka_source(source: KafkaInput, secret: Credentials, client: str) -> Iterator[KafkaSource]:
    """A source, once partitions are assigned, for the consumer group `client`. Raises `LostError`.

    At its very first start the group begins with what is sent from then on. Later it goes on where it has
    ended, and reads partitions that have come meanwhile from their beginning.
    """
    found = KafkaSource(source, secret, client)
    try:
        found.open()
        yield found
    finally:
        found.close()


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
