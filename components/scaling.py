"""Pods that become more and fewer with the work there is."""

from __future__ import annotations

from typing import Annotated

import pulumi_kubernetes as k8s
from pydantic import Field

from components.model import Model, Replicas
from components.place import Place, labels

scale = k8s.autoscaling.v2


class Autoscaling(Model):
    """How far the number of pods follows the work. `replicas` is how many there are at least.

    It needs the cluster's metrics server.
    """

    most: Replicas
    """how many pods there are at most"""
    cpu: Annotated[int, Field(ge=10, le=1000)] = 70
    """percent of the requested processor time (`resources.requests.cpu`) that they use on average when all is well:
    more than 100 where they request little and may use much"""


def autoscaler(place: Place, name: str, least: int, chosen: Autoscaling) -> scale.HorizontalPodAutoscaler:
    """The HorizontalPodAutoscaler of the Deployment of that name."""
    return scale.HorizontalPodAutoscaler(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=place.namespace, labels=labels(name)),
        spec=scale.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=scale.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=name
            ),
            min_replicas=least,
            max_replicas=chosen.most,
            metrics=[
                scale.MetricSpecArgs(
                    type="Resource",
                    resource=scale.ResourceMetricSourceArgs(
                        name="cpu",
                        target=scale.MetricTargetArgs(type="Utilization", average_utilization=chosen.cpu),
                    ),
                )
            ],
        ),
        opts=place.options(),
    )
