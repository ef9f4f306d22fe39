"""What is let in: one rule of the network, from which a NetworkPolicy is made."""

from collections.abc import Mapping
from dataclasses import dataclass

NAME = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Rule:
    """A NetworkPolicy: pods of `sources` may connect to these ports of the pods with `labels`."""

    name: str
    ports: tuple[int, ...]
    sources: tuple[str, ...]
    labels: Mapping[str, str]
    namespaces: tuple[str, ...] = ()  # whose pods may do so too
    networks: tuple[str, ...] = ()  # that may do so too
