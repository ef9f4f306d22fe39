"""What specs declare in the platform's Kafka, and the programs that feed Kafka-ML.

What depends on what (deletion goes the other way):

    topics, users → feeders and watchdogs → Ditto's connections to Kafka
"""

import pulumi

from components.credentials import Generated
from components.feeder import Feeders
from components.platform import Platform
from components.settings import Settings
from provider.kafka_topic import KafkaTopic, topic_document
from provider.kafka_user import KafkaUser, user_document
from twins.specs import Specs


def declare_kafka(specs: Specs, platform: Platform) -> list[pulumi.Resource]:
    """Declare topics and users; what has to be there before they are used."""
    found: list[pulumi.Resource] = []
    ready = platform.ready.get("kafka", [])
    for topic in specs.kafka_topics.values():
        spec = topic.spec
        found.append(KafkaTopic(spec.id, topic_document(spec), spec.adopt, _after(ready)))
    for user in specs.kafka_users.values():
        secret = f"kafka-{user.spec.id}"
        contents = platform.issued.add(Generated(secret, user.spec.id), user.spec.rotation).contents
        after = _after([*ready, contents.resource])
        found.append(KafkaUser(user.spec.id, user_document(user.spec), secret, contents.checksum, after))
    return found


def declare_feeders(
    specs: Specs, settings: Settings, platform: Platform, topics: list[pulumi.Resource]
) -> None:
    """Declare the feeders and watchdogs."""
    feeders = [declared.spec for declared in specs.feeders.values()]
    watchdogs = [declared.spec for declared in specs.watchdogs.values()]
    if not (feeders or watchdogs):
        return
    ready = platform.ready
    after = [*topics, *(one for name in ("kafka", "mosquitto", "hono") for one in ready.get(name, ()))]
    Feeders(
        "feeders", [*feeders, *watchdogs], settings, platform.issued, platform.place, after, platform.inside
    )


def _after(resources: list[pulumi.Resource]) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(depends_on=resources)
