"""How Kubernetes finds out how a container does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_kubernetes as k8s

core = k8s.core.v1


@dataclass(frozen=True)
class Probes:
    """When a container has started, takes requests, and is beyond help."""

    startup: core.ProbeArgs
    readiness: core.ProbeArgs
    liveness: core.ProbeArgs


def http(path: str, port: str, every: int, timeout: int, failures: int) -> core.ProbeArgs:
    """A GET of `path` every so many seconds, with a timeout in seconds; `failures` in a row count."""
    action = core.HTTPGetActionArgs(path=path, port=port)
    return core.ProbeArgs(
        http_get=action, period_seconds=every, timeout_seconds=timeout, failure_threshold=failures
    )


def tcp(port: str, every: int, timeout: int, failures: int) -> core.ProbeArgs:
    """A connection to `port`; the numbers are as in `http`."""
    action = core.TCPSocketActionArgs(port=port)
    return core.ProbeArgs(
        tcp_socket=action, period_seconds=every, timeout_seconds=timeout, failure_threshold=failures
    )


def command(words: Sequence[str], every: int, timeout: int, failures: int) -> core.ProbeArgs:
    """A command that ends with 0; the numbers are as in `http`."""
    return core.ProbeArgs(
        exec_=core.ExecActionArgs(command=list(words)),
        period_seconds=every,
        timeout_seconds=timeout,
        failure_threshold=failures,
    )
