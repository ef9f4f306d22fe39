"""Orders to a Kafka cluster: topics, users, and what these may do.

The versions of the requests are such as Kafka 3 and 4 both know, and the oldest of those, whose form is the
plainest. See https://kafka.apache.org/protocol.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from provider import kafka_wire as wire
from provider.errors import ProviderError
from provider.kafka_login import Mechanism, log_in
from provider.kafka_wire import Answer, Connection, Socket, array, boolean, int8, int16, int32, text

EXISTS, MISSING = 36, 3
NO_SUCH_USER = 91
PASSING = {5, 6, 7, 8, 15, 41}  # the cluster is electing, or on its way up
ATTEMPTS = 20
TIMEOUT = 30_000  # milliseconds that the cluster takes for an order at most

REASONS = {
    17: "its name is not allowed",
    29: "it may not do that",
    37: "the number of partitions is not allowed",
    38: "there are not so many nodes as it is to have copies",
    40: "its config is not allowed",
    42: "the request is not allowed",
    44: "a policy of the cluster does not allow it",
}

TOPIC, GROUP = 2, 3
ANY, LITERAL, PREFIXED = 1, 3, 4
READ, WRITE, DESCRIBE = 3, 4, 8
DENY, ALLOW = 2, 3
SCRAM_SHA_512, ROUNDS = 2, 8192
OF_TOPIC = 1  # a config that was set on the topic itself


@dataclass(frozen=True, order=True)
class Right:
    """What a user may do, or with `DENY` may not: an operation on topics or groups of a name or beginning."""

    resource: int
    name: str
    pattern: int
    operation: int
    permission: int = ALLOW


@dataclass(frozen=True)
class Topic:
    """A topic as it is: how many partitions, and the config that was set on it."""

    partitions: int
    config: Mapping[str, str]


class KafkaAdmin:
    """A cluster, as its administrator. Each call raises `ProviderError`, or OSError when nothing answers."""

    def __init__(
        self,
        dial: Callable[[], Socket],
        login: tuple[str, str],
        pause: Callable[[float], None],
        mechanism: Mechanism = "PLAIN",
    ) -> None:
        self._dial = dial
        self._login = login
        self._mechanism: Mechanism = mechanism
        self._pause = pause

    def open(self) -> Connection:
        """A connection of somebody who is let in. Raises OSError or `ProviderError`."""
        connection = Connection(self._dial())
        try:
            log_in(connection, self._login, self._mechanism)
        except BaseException:
            connection.__exit__()
            raise
        return connection

    def topic(self, name: str) -> Topic | None:
        """A topic, or None when there is none."""
        with self.open() as connection:
            answer = connection.ask(3, 8, array([text(name)]) + boolean(False) * 3)
            partitions = _partitions(answer)
            if partitions is None:
                return None
            request = array([int8(TOPIC) + text(name) + array(None)]) + boolean(False)
            return Topic(partitions, _config(connection.ask(32, 2, request)))

    def create_topic(self, name: str, partitions: int, copies: int, config: Mapping[str, str]) -> bool:
        """Make a topic; False when there is one. `copies` is -1 for the cluster's own number."""
        settings = array([text(key) + text(value) for key, value in sorted(config.items())])
        order = array([text(name) + int32(partitions) + int16(copies) + array([]) + settings])
        code = self._order(f"topic {name}", 19, 4, order + int32(TIMEOUT) + boolean(False), _named, {EXISTS})
        return code != EXISTS

    def add_partitions(self, name: str, partitions: int) -> None:
        """Let a topic have so many partitions, which is more than it has."""
        order = array([text(name) + int32(partitions) + array(None)])
        self._order(f"topic {name}", 37, 1, order + int32(TIMEOUT) + boolean(False), _named)

    def configure_topic(self, name: str, change: Mapping[str, str | None]) -> None:
        """Set parts of a topic's config; those that are None are the cluster's own again."""
        parts = [text(key) + int8(int(value is None)) + text(value) for key, value in sorted(change.items())]
        order = array([int8(TOPIC) + text(name) + array(parts)]) + boolean(False)
        self._order(f"topic {name}", 44, 0, order, _plain)

    def delete_topic(self, name: str) -> None:
        """Delete a topic with all that is in it, if there is one."""
        order = array([text(name)]) + int32(TIMEOUT)
        self._order(
            f"topic {name}", 20, 3, order, lambda answer: (answer.text(), answer.int16(), None), {MISSING}
        )

    def has_user(self, name: str) -> bool:
        """Whether there is a user with a password for SCRAM-SHA-512."""
        with self.open() as connection:
            request = wire.compact_array([wire.compact(name) + wire.TAGS]) + wire.TAGS
            answer = connection.ask(50, 0, request, flexible=True)
        answer.int32()
        _accepted(f"user {name}", answer.int16(), answer.compact())
        users = answer.compact_array(lambda: _user(answer))
        return any(code == 0 and SCRAM_SHA_512 in kinds for code, kinds in users)

    def set_password(self, name: str, password: str) -> None:
        """Make a user, or give it another password."""
        salt = os.urandom(24)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
        parts = [wire.compact(name), int8(SCRAM_SHA_512), int32(ROUNDS)]
        parts += [wire.compact(salt), wire.compact(salted), wire.TAGS]
        self._scram(name, wire.compact_array([]) + wire.compact_array([b"".join(parts)]))

    def delete_user(self, name: str) -> None:
        """Delete a user with its rights, if there is one."""
        self.set_rights(name, ())
        gone = wire.compact_array([wire.compact(name) + int8(SCRAM_SHA_512) + wire.TAGS])
        self._scram(name, gone + wire.compact_array([]), {NO_SUCH_USER})

    def rights(self, user: str) -> set[Right]:
        """All that is said about what a user may do."""
        with self.open() as connection:
            answer = connection.ask(29, 1, _filter(user))
        answer.int32()
        _accepted(f"user {user}", answer.int16(), answer.text())
        found: set[Right] = set()

        def resource() -> None:
            kind, name, pattern = answer.int8(), answer.text() or "", answer.int8()
            rules = answer.array(lambda: (answer.text(), answer.text(), answer.int8(), answer.int8()))
            found.update(Right(kind, name, pattern, rule[2], rule[3]) for rule in rules)

        answer.array(resource)
        return found

    def set_rights(self, user: str, wanted: Iterable[Right]) -> None:
        """Let a user have just these rights: the new ones first, so that nothing it keeps is ever missing."""
        there, wanted = self.rights(user), set(wanted)
        if new := sorted(wanted - there):
            order = array([_right(user, right) for right in new])
            self._order(f"user {user}", 30, 1, order, lambda answer: (None, answer.int16(), answer.text()))
        if old := sorted(there - wanted):
            order = array([_right(user, right) for right in old])
            self._order(f"user {user}", 31, 1, order, _matches)

    def _scram(self, name: str, body: bytes, fine: Iterable[int] = ()) -> None:
        def result(answer: Answer) -> tuple[str | None, int, str | None]:
            found = answer.compact(), answer.int16(), answer.compact()
            answer.tags()
            return found

        self._order(f"user {name}", 51, 0, body + wire.TAGS, result, fine, flexible=True)

    def _order(
        self,
        what: str,
        key: int,
        version: int,
        body: bytes,
        result: Callable[[Answer], tuple[str | None, int, str | None]],
        fine: Iterable[int] = (),
        flexible: bool = False,
    ) -> int:
        """Give an order until the cluster has taken it; the code of the last thing that it was about."""
        for attempt in range(ATTEMPTS):
            with self.open() as connection:
                answer = connection.ask(key, version, body, flexible)
            answer.int32()
            each = answer.compact_array if flexible else answer.array
            results = each(lambda: result(answer))  # noqa: B023 - called before the next turn
            if attempt == ATTEMPTS - 1 or not any(code in PASSING for _, code, _ in results):
                break
            self._pause(0.5)
        for _, code, message in results:
            if code not in fine:
                _accepted(what, code, message)
        return results[-1][1] if results else 0


def _accepted(what: str, code: int, message: str | None) -> None:
    if code:
        reason = message or REASONS.get(code, f"code {code} of its protocol")
        raise ProviderError(f"{what}: Kafka refuses it: {reason}")


def _named(answer: Answer) -> tuple[str | None, int, str | None]:
    return answer.text(), answer.int16(), answer.text()


def _plain(answer: Answer) -> tuple[str | None, int, str | None]:
    code, message = answer.int16(), answer.text()
    answer.int8()
    return answer.text(), code, message


def _matches(answer: Answer) -> tuple[str | None, int, str | None]:
    code, message = answer.int16(), answer.text()

    def match() -> tuple[int, str | None]:
        found = answer.int16(), answer.text()
        (
            answer.int8(),
            answer.text(),
            answer.int8(),
            answer.text(),
            answer.text(),
            answer.int8(),
            answer.int8(),
        )
        return found

    wrong = [one for one in answer.array(match) if one[0]]
    return (None, *wrong[0]) if wrong else (None, code, message)


def _partitions(answer: Answer) -> int | None:
    """How many partitions the one topic of a Metadata answer has; None when there is no such topic."""
    answer.int32()
    answer.array(lambda: (answer.int32(), answer.text(), answer.int32(), answer.text()))
    answer.text(), answer.int32()
    found: list[tuple[int, int]] = []

    def partition() -> None:
        answer.take(2 + 4 * 3)
        for _ in range(3):
            answer.array(answer.int32)

    def topic() -> None:
        code, _ = answer.int16(), answer.text()
        answer.int8()
        found.append((code, len(answer.array(partition))))
        answer.int32()

    answer.array(topic)
    code, partitions = found[0]
    if code == MISSING:
        return None
    _accepted("a topic", code, None)
    return partitions


def _config(answer: Answer) -> dict[str, str]:
    """What was set on the one topic of a DescribeConfigs answer."""
    answer.int32()
    found: dict[str, str] = {}

    def setting() -> None:
        name, value, _, source, _ = (
            answer.text(),
            answer.text(),
            answer.int8(),
            answer.int8(),
            answer.int8(),
        )
        answer.array(lambda: (answer.text(), answer.text(), answer.int8()))
        if source == OF_TOPIC and name is not None:
            found[name] = value or ""

    def resource() -> None:
        _accepted("a topic's config", answer.int16(), answer.text())
        answer.int8(), answer.text()
        answer.array(setting)

    answer.array(resource)
    return found


def _user(answer: Answer) -> tuple[int, list[int]]:
    answer.compact()
    code, _ = answer.int16(), answer.compact()

    def kind() -> int:
        found = answer.int8()
        answer.int32()
        answer.tags()
        return found

    kinds = answer.compact_array(kind)
    answer.tags()
    return code, kinds


def _right(user: str, right: Right) -> bytes:
    """A right as CreateAcls and, as its own filter, DeleteAcls take it."""
    resource = int8(right.resource) + text(right.name) + int8(right.pattern)
    return resource + text(f"User:{user}") + text("*") + int8(right.operation) + int8(right.permission)


def _filter(user: str) -> bytes:
    resource = int8(ANY) + text(None) + int8(ANY)
    return resource + text(f"User:{user}") + text(None) + int8(ANY) + int8(ANY)
