"""The two connections that the platform itself needs, declared as users do: from its broker, and to it.

`mosquitto-source` takes Ditto Protocol messages from `telemetry/#`. It acts as a subject of its own, so that
a policy says whether what devices publish there may change a thing: `connection:mosquitto-source`.

`mosquitto-target` publishes every event of every twin below `opentwins/`, which Telegraf stores. It reads as
our user, whom each policy of ours lets read everything.
"""

from twins.models import ConnectionSpec, SourceSpec, TargetSpec

# What Telegraf stores beside the event's own values: whose it is, and what to group it by.
EXTRA = ("thingId", "attributes/_parents", "attributes/type", "features/idSimulationRun/properties/value")


def platform_connections(subject: str) -> list[ConnectionSpec]:
    """Both connections; `subject` is our user's in Ditto's policies, such as `nginx:ditto`."""
    return [
        ConnectionSpec(
            id="mosquitto-source",
            type="mqtt-5",
            service="mosquitto",
            sources=[SourceSpec(addresses=["telemetry/#"])],
        ),
        ConnectionSpec(
            id="mosquitto-target",
            type="mqtt-5",
            service="mosquitto",
            targets=[
                TargetSpec(
                    address="opentwins/{{ topic:channel }}/{{ topic:criterion }}"
                    "/{{ thing:namespace }}/{{ thing:name }}",
                    topics=[f"_/_/things/twin/events?extraFields={','.join(EXTRA)}"],
                    subjects=[subject],
                )
            ],
        ),
    ]
