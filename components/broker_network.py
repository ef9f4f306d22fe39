"""What the network lets brokers do: who gets to them, and that they get nowhere but to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components import kafka_configuration as kafka
from components import mosquitto
from components import rabbitmq_configuration as rabbitmq
from components.rule import NAME, Rule
from components.webgl import configuration as webgl

if TYPE_CHECKING:
    from components.settings import Settings

Sources = tuple[str, ...]


def rules(settings: Settings) -> list[Rule]:
    """All connections to brokers that are let in."""
    connectivity = () if settings.ditto.external else ("ditto-connectivity",)

    def clients(broker: str) -> Sources:
        return ("telegraf", *connectivity) if settings.broker == broker else connectivity

    found = []
    if settings.runs_mosquitto:
        others = settings.mosquitto.clients
        label = {NAME: "mosquitto"}
        found.append(
            Rule(
                "mosquitto",
                (mosquitto.PORT,),
                clients("mosquitto"),
                label,
                others.namespaces,
                others.networks,
            )
        )
    if settings.runs_kafka:
        label = {NAME: "kafka"}
        found += [
            Rule("kafka", (kafka.CLIENTS,), clients("kafka"), label, settings.kafka.namespaces),
            Rule("kafka-nodes", (kafka.BROKERS, kafka.CONTROLLER), ("kafka",), label),
            Rule("kafka-users", (kafka.BROKERS,), ("kafka-users",), label),
        ]
    if settings.runs_rabbitmq:
        allowed, label, ports = settings.rabbitmq.clients, {NAME: "rabbitmq"}, (rabbitmq.AMQP, rabbitmq.MQTT)
        if connectivity:
            found.append(Rule("rabbitmq", (rabbitmq.AMQP,), connectivity, label))
        if not settings.telegraf.external:
            found.append(Rule("rabbitmq-metrics", (rabbitmq.METRICS,), ("telegraf",), label))
        found.append(Rule("rabbitmq-clients", ports, (), label, allowed.namespaces, allowed.networks))
    if settings.webgl.runs:
        found.append(Rule("webgl", (webgl.PORT,), (), {NAME: "webgl"}))
    return found


def inside_only(settings: Settings) -> dict[str, Sources]:
    """The pods that may open connections to the platform's own pods alone, by the name of a policy."""
    found: dict[str, Sources] = {"kafka-inside-only": ("kafka", "kafka-users")} if settings.runs_kafka else {}
    found |= {"rabbitmq-inside-only": ("rabbitmq",)} if settings.runs_rabbitmq else {}
    return found | ({"webgl-inside-only": ("webgl",)} if settings.webgl.runs else {})
