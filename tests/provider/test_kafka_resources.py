"""Topics and users of Kafka as resources: truthful plans, and nothing of others touched."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pytest

from provider.errors import Foreign, ProviderError, Unreachable
from provider.kafka_admin import GROUP, LITERAL, PREFIXED, READ, TOPIC, KafkaAdmin, Right, Topic
from provider.kafka_topic import KafkaTopicProvider, topic_document
from provider.kafka_user import KafkaUserProvider, line, right, user_document
from tests.provider.conftest import Stack
from twins.canonical import dumps
from twins.models import KafkaTopicSpec, KafkaUserSpec


class Kafka:
    """A cluster that remembers; tests/provider/test_kafka_admin.py has a real one."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.users: dict[str, str] = {}
        self.allowed: dict[str, set[Right]] = {}

    def topic(self, name: str) -> Topic | None:
        return self.topics.get(name)

    def create_topic(self, name: str, partitions: int, copies: int, config: Mapping[str, str]) -> bool:
        if name in self.topics:
            return False
        self.topics[name] = Topic(partitions, dict(config))
        return True

    def add_partitions(self, name: str, partitions: int) -> None:
        self.topics[name] = Topic(partitions, self.topics[name].config)

    def configure_topic(self, name: str, change: Mapping[str, str | None]) -> None:
        config = {**self.topics[name].config, **change}
        left = {key: value for key, value in config.items() if value is not None}
        self.topics[name] = Topic(self.topics[name].partitions, left)

    def delete_topic(self, name: str) -> None:
        self.topics.pop(name, None)

    def has_user(self, name: str) -> bool:
        return name in self.users

    def set_password(self, name: str, password: str) -> None:
        self.users[name] = password

    def delete_user(self, name: str) -> None:
        self.users.pop(name, None)
        self.allowed.pop(name, None)

    def rights(self, user: str) -> set[Right]:
        return self.allowed.get(user, set())

    def set_rights(self, user: str, wanted: Iterable[Right]) -> None:
        self.allowed[user] = set(wanted)


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def of_kafka(kafka: Kafka, stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = stack_of()
    stack.reach.__dict__["kafka"] = cast("KafkaAdmin", kafka)
    monkeypatch.setattr(stack.reach, "lacks", lambda service, what: False)
    stack.secrets.secrets["kafka-press"] = {"username": "press", "password": "opens"}
    return stack


@pytest.fixture
def topics(of_kafka: Stack) -> KafkaTopicProvider:
    return of_kafka.provider(KafkaTopicProvider)


@pytest.fixture
def users(of_kafka: Stack) -> KafkaUserProvider:
    return of_kafka.provider(KafkaUserProvider)


def topic(
    partitions: int = 2, copies: int | None = None, adopt: bool = False, **config: str
) -> dict[str, Any]:
    spec = KafkaTopicSpec(id="input", partitions=partitions, copies=copies, config=config)
    return {"id": "input", "document": dumps(topic_document(spec)), "adopt": adopt}


def user(mark: str = "1", **rights: list[str]) -> dict[str, Any]:
    spec = KafkaUserSpec.model_validate({"id": "press", **rights})
    document = dumps(user_document(spec))
    return {"id": "press", "document": document, "secret": "kafka-press", "fingerprint": mark}


def test_a_topic_is_made_grows_and_is_configured_anew(topics: KafkaTopicProvider, kafka: Kafka) -> None:
    first, second = topic(2, retention="1", cleanup="x"), topic(5, cleanup="y")
    topics.create(first)
    kafka.configure_topic("input", {"theirs": "kept"})
    topics.update("input", first, second)

    assert kafka.topics["input"] == Topic(5, {"cleanup": "y", "theirs": "kept"})
    topics.delete("input", second)
    assert kafka.topics == {}


def test_a_topic_that_exists_is_refused_unless_it_is_to_be_adopted(
    topics: KafkaTopicProvider, kafka: Kafka
) -> None:
    kafka.create_topic("input", 1, 1, {})
    with pytest.raises(Foreign, match="adopt: true"):
        topics.create(topic(3))
    assert kafka.topics["input"].partitions == 1
    topics.create(topic(3, adopt=True))
    assert kafka.topics["input"].partitions == 3


def test_what_kafka_never_takes_back_is_refused_in_the_preview(topics: KafkaTopicProvider) -> None:
    def failures(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
        return [failure.reason for failure in topics.check(old, new).failures]

    assert "never takes any away" in failures(topic(5), topic(2))[0]
    assert "copies counts when" in failures(topic(copies=3), topic(copies=1))[0]
    assert failures(topic(2), topic(5)) == failures({}, topic()) == []


def test_a_refresh_sees_what_has_changed_of_what_is_declared_and_nothing_else(
    topics: KafkaTopicProvider, kafka: Kafka
) -> None:
    declared = topic(2, retention="1")
    topics.create(declared)
    kafka.configure_topic("input", {"theirs": "x"})
    assert topics.read("input", declared).outs == declared
    kafka.configure_topic("input", {"retention": "2"})
    assert topics.read("input", declared).outs == topic(2, retention="2")
    kafka.delete_topic("input")
    assert topics.read("input", declared).id == ""


def test_a_users_rights_are_lines_that_a_preview_can_show() -> None:
    spec = {"id": "press", "publish": ["plant.*", "*"], "subscribe": ["opentwins"], "groups": ["mine"]}
    lines = user_document(KafkaUserSpec.model_validate(spec))["rights"]

    assert lines == [
        "allow describe group is mine",
        "allow describe topic begins plant.",
        "allow describe topic is *",
        "allow describe topic is opentwins",
        "allow read group is mine",
        "allow read topic is opentwins",
        "allow write topic begins plant.",
        "allow write topic is *",
        "deny write topic is opentwins",
    ]
    assert [line(right(each)) for each in lines] == lines


def test_a_user_gets_its_rights_and_the_password_of_its_secret(
    users: KafkaUserProvider, kafka: Kafka
) -> None:
    users.create(user(subscribe=["opentwins"]))

    assert kafka.users == {"press": "opens"}
    assert Right(TOPIC, "opentwins", LITERAL, READ) in kafka.allowed["press"]
    assert Right(GROUP, "press", PREFIXED, READ) in kafka.allowed["press"]


def test_another_password_is_a_difference_and_is_set(
    users: KafkaUserProvider, kafka: Kafka, of_kafka: Stack
) -> None:
    users.create(user())
    assert users.diff("press", user(), user(mark="2")).changes
    assert not users.diff("press", user(), user()).changes
    of_kafka.secrets.secrets["kafka-press"]["password"] = "other"
    users.update("press", user(), user(mark="2"))
    assert kafka.users == {"press": "other"}


def test_a_right_that_somebody_added_is_drift(users: KafkaUserProvider, kafka: Kafka) -> None:
    users.create(user())
    assert users.read("press", user()).outs == user()
    kafka.allowed["press"].add(Right(TOPIC, "secrets", LITERAL, READ))
    assert "allow read topic is secrets" in str(users.read("press", user()).outs)
    users.delete("press", user())
    assert users.read("press", user()).id == ""


def test_a_user_with_other_rights_is_somebody_elses(users: KafkaUserProvider, kafka: Kafka) -> None:
    kafka.set_password("press", "theirs")
    kafka.set_rights("press", {Right(TOPIC, "*", LITERAL, READ)})
    with pytest.raises(Foreign, match="exists in Kafka already"):
        users.create(user())
    assert kafka.users == {"press": "theirs"}


def test_a_secret_without_a_password_is_an_error(users: KafkaUserProvider, of_kafka: Stack) -> None:
    of_kafka.secrets.secrets["kafka-press"] = {}
    with pytest.raises(ProviderError, match="Secret kafka-press has no password"):
        users.create(user())


def test_a_stack_without_kafka_says_what_to_do(stack_of: Callable[..., Stack]) -> None:
    with pytest.raises(Unreachable, match="the stack has no Kafka any more"):
        stack_of().provider(KafkaTopicProvider).create(topic())


def test_what_was_in_a_kafka_that_the_stack_does_not_have_any_more_is_left(
    stack_of: Callable[..., Stack],
) -> None:
    made = stack_of()
    made.provider(KafkaTopicProvider).delete("vectors", topic())
    made.provider(KafkaUserProvider).delete("press", user())

    assert [line.partition(":")[0] for line in made.said] == [
        "topic vectors is not looked for",
        "user press is not looked for",
    ]
