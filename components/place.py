"""Where a service's resources go: namespace, parent and what has to be there before them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pulumi

from components.scheduling import Scheduling

PART_OF = {"app.kubernetes.io/part-of": "opentwins"}  # what everything of the platform is labelled with


@dataclass(frozen=True)
class Place:
    """A namespace, and the component whose resources are put in it."""

    namespace: str
    component: pulumi.Resource
    needs: tuple[pulumi.Resource, ...] = ()
    scheduling: Scheduling = field(default_factory=Scheduling)
    protect: bool = False  # whether no run may delete its volumes

    def options(
        self,
        after: Sequence[pulumi.Resource] = (),
        ignore: Sequence[str] = (),
        minutes: int | None = None,
        protect: bool = False,
    ) -> pulumi.ResourceOptions:
        """Options of a resource here: made after `after` too, blind to later changes of `ignore`.

        `minutes` is how long Pulumi waits for it to be ready, where its own ten do not fit. One to `protect` is
        deleted by no run.
        """
        patience = pulumi.CustomTimeouts(create=f"{minutes}m", update=f"{minutes}m") if minutes else None
        return pulumi.ResourceOptions(
            parent=self.component,
            depends_on=[*self.needs, *after],
            ignore_changes=list(ignore),
            custom_timeouts=patience,
            protect=protect or None,
        )

    def inside(self, component: pulumi.Resource) -> "Place":
        """The same place for the resources of another component."""
        return replace(self, component=component)


def labels(name: str) -> dict[str, str]:
    """The labels of everything that belongs to a service; `app.kubernetes.io/name` tells services apart."""
    return {"app.kubernetes.io/name": name, **PART_OF}
