"""Topics and users of the platform's Kafka, beside those that the platform itself has there."""

from collections.abc import Iterator

from twins.catalogue import Catalogue
from twins.origin import Problem

ABSENT = (
    "this platform has no Kafka to order it from; set opentwins:kafka.enabled or, of one elsewhere,"
    " opentwins:kafka.external.adminSecret"
)
EVENTS = "opentwins"
OWN_TOPICS = (EVENTS, "telemetry")
OWN_USERS = ("broker", "ditto", "telegraf", "hono", "feeder", "users")


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield topics and users without a Kafka, names that are taken, and who would publish Ditto's events."""
    for key, topic in catalogue.kafka_topics.items():
        if "kafka-admin" not in catalogue.services:
            yield topic.problem(("kind",), ABSENT)
        if key in OWN_TOPICS or key.startswith("__") or key in (".", ".."):
            yield topic.problem(
                ("id",), f"{key} is not for specs: the platform or Kafka uses it; choose another"
            )
    for key, user in catalogue.kafka_users.items():
        if "kafka-admin" not in catalogue.services:
            yield user.problem(("kind",), ABSENT)
        if key in OWN_USERS:
            yield user.problem(("id",), f"{key} is a user of the platform itself; choose another name")
        if EVENTS in user.spec.publish:
            place = user.spec.publish.index(EVENTS)
            yield user.problem(("publish", place), "only Ditto publishes its events; take it out")
        if user.spec.adopt:
            yield user.problem(("adopt",), "a user cannot be taken over; leave this out")
