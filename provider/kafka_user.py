"""Users of the platform's Kafka as resources: a password, which is in a Secret, and rights."""

from collections.abc import Iterable
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from components.kafka_parts import EVENTS
from provider.base import Provider, document, gone, own, seen
from provider.errors import Foreign, ProviderError
from provider.kafka_admin import ALLOW, DENY, DESCRIBE, GROUP, LITERAL, PREFIXED, READ, TOPIC, WRITE, Right
from twins.canonical import dumps
from twins.models import Document, KafkaUserSpec

RESOURCES = {"topic": TOPIC, "group": GROUP}
PATTERNS = {"is": LITERAL, "begins": PREFIXED}
OPERATIONS = {"read": READ, "write": WRITE, "describe": DESCRIBE}
PERMISSIONS = {"allow": ALLOW, "deny": DENY}


def user_document(spec: KafkaUserSpec) -> Document:
    """What is declared of a user: rights, as a preview is to show them."""
    found = [
        *_lines("topic", spec.publish, ("write", "describe")),
        *_lines("topic", spec.subscribe, ("read", "describe")),
        *_lines("group", spec.groups or [f"{spec.id}*"], ("read", "describe")),
    ]
    if any(_covers(name, EVENTS) for name in spec.publish):
        found.append(f"deny write topic is {EVENTS}")
    return {"rights": sorted(set(found))}


def _lines(resource: str, names: Iterable[str], operations: tuple[str, ...]) -> Iterable[str]:
    for name in names:
        pattern = f"begins {name[:-1]}" if name.endswith("*") and name != "*" else f"is {name}"
        yield from (f"allow {operation} {resource} {pattern}" for operation in operations)


def _covers(name: str, topic: str) -> bool:
    return topic.startswith(name[:-1]) if name.endswith("*") else topic == name


def right(line: str) -> Right:
    """The right that a line says, such as `allow read topic begins plant.`"""
    permission, operation, resource, pattern, name = line.split(" ", 4)
    return Right(RESOURCES[resource], name, PATTERNS[pattern], OPERATIONS[operation], PERMISSIONS[permission])


def line(one: Right) -> str:
    """A right as a line; with numbers of Kafka's for what is never declared here."""

    def word(words: dict[str, int], number: int) -> str:
        return next((word for word, its in words.items() if its == number), str(number))

    words = word(PERMISSIONS, one.permission), word(OPERATIONS, one.operation), word(RESOURCES, one.resource)
    return f"{' '.join(words)} {word(PATTERNS, one.pattern)} {one.name}"


class KafkaUserProvider(Provider):
    """Makes users; `fingerprint` stands for the password, which no property holds."""

    spec = "KafkaUser"
    compared = ("document", "secret", "fingerprint")

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused, unless it has its rights from here already."""
        with self.about(props):
            kafka = self.reach.kafka
            wanted = {right(each) for each in document(props["document"])["rights"]}
            if kafka.has_user(props["id"]) and kafka.rights(props["id"]) != wanted:
                raise Foreign(
                    f"user {props['id']} exists in Kafka already, with other rights. It was not touched."
                    " Choose another name, or delete that user first"
                )
            self._bring(props)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring the password and the rights about."""
        with self.about(_news):
            self._bring(_news)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Its rights as they are live; nobody can read its password."""
        with self.about(props):
            kafka = self.reach.kafka
            if not kafka.has_user(id_):
                return gone()
            live = sorted(line(one) for one in kafka.rights(id_))
        return seen(id_, props, document=dumps({"rights": live}))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete it with its rights."""
        if self.reach.lacks("Kafka", f"user {_id}"):
            return
        with self.about(_props):
            self.reach.kafka.delete_user(_id)

    def _bring(self, props: dict[str, Any]) -> None:
        password = self.reach.secret(props["secret"]).get("password")
        if not password:
            raise ProviderError(f"Secret {props['secret']} has no password")
        # Rights first: who is let in never meets those of somebody before.
        self.reach.kafka.set_rights(
            props["id"], [right(one) for one in document(props["document"])["rights"]]
        )
        self.reach.kafka.set_password(props["id"], password)


class KafkaUser(Resource, module="opentwins", name="KafkaUser"):
    """A user of the platform's Kafka; its password is in the Kubernetes Secret `secret`."""

    def __init__(
        self,
        user: str,
        document: Document,
        secret: str,
        fingerprint: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"id": user, "document": dumps(document), "secret": secret, "fingerprint": fingerprint}
        super().__init__(KafkaUserProvider(), user, inputs, opts)
