"""Policies, types, twins and fleets as resources: all that ends up as policies and things in Ditto.

What the rest of the platform needs is not imported here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from provider.fleet import Fleet, FleetShard
from provider.inventory import Inventory, brief
from provider.policy import Policy
from provider.thing import Twin, Type
from twins.canonical import digest
from twins.compose import policy_document, twin_documents, type_document
from twins.fleet.compose import row_template

if TYPE_CHECKING:
    from components.platform import Platform
    from components.settings import Settings
    from twins.document import Document
    from twins.fleet.template import RowTemplate
    from twins.owner import Owner
    from twins.specs import Specs


@dataclass
class Things:
    """The resources that were declared so far, by id, for those that depend on them."""

    specs: Specs
    settings: Settings
    platform: Platform
    owner: Owner
    policies: dict[str, pulumi.Resource] = field(default_factory=dict)
    types: dict[str, pulumi.Resource] = field(default_factory=dict)
    twins: dict[str, pulumi.Resource] = field(default_factory=dict)
    fleets: dict[str, pulumi.Resource] = field(default_factory=dict)

    def things(self) -> None:
        """Declare policies, types, twins and fleets, each after what it depends on."""
        for policy_id in self.specs.policies:
            self._policy(policy_id)
        for type_id in self.specs.types:
            self._type(type_id)
        self._all_twins()

    def _policy(self, policy_id: str) -> pulumi.Resource:
        if policy_id not in self.policies:
            spec = self.specs.policies[policy_id].spec
            imported = [self._policy(other) for other in spec.imports if other in self.specs.policies]
            self.policies[policy_id] = Policy(
                policy_id, policy_document(spec, self.owner), spec.adopt, self._after("ditto", imported)
            )
        return self.policies[policy_id]

    def _type(self, type_id: str) -> pulumi.Resource:
        if type_id not in self.types:
            spec = self.specs.types[type_id].spec
            document = type_document(type_id, self.specs, self.owner)
            above = [self._type(parent) for parent in self.specs.parents.get(type_id, ())]
            needed = [*above, *self._policies_of([document])]
            self.types[type_id] = Type(type_id, document, spec.adopt, self._after("ditto", needed))
        return self.types[type_id]

    def _all_twins(self) -> None:
        things = {twin: twin_documents(twin, self.specs, self.owner) for twin in self.specs.twins}
        templates = {fleet: row_template(each.spec, self.specs) for fleet, each in self.specs.fleets.items()}
        inventory = Inventory(
            "twins",
            {twin: digest(documents) for twin, documents in things.items()},
            {
                fleet: brief(template, self.specs.surveys[fleet], self.specs.fleets[fleet].spec.retain)
                for fleet, template in templates.items()
            },
            # All twins come after the inventory: so they need not name, a thousand times, what it comes after.
            self._after("ditto", []),
        )
        waiting = [*self.specs.twins][::-1]
        while waiting:  # no recursion: a twin may be a part of a part of … as deep as anyone likes
            spec = self.specs.twins[waiting[-1]].spec
            if spec.parent and spec.parent not in self.twins:
                waiting.append(spec.parent)
                continue
            waiting.pop()
            if spec.id not in self.twins:
                self._twin(spec.id, things[spec.id], inventory)
        for fleet, template in templates.items():
            self._fleet(fleet, template, inventory)

    def _twin(self, twin_id: str, things: dict[str, Document], inventory: Inventory) -> None:
        spec = self.specs.twins[twin_id].spec
        needed = [inventory, *self._policies_of(things.values()), *self._types_of(things.values())]
        if spec.parent:
            needed.append(self.twins[spec.parent])
        after = pulumi.ResourceOptions(depends_on=needed)
        self.twins[twin_id] = Twin(twin_id, things, spec.adopt, after)

    def _fleet(self, fleet: str, template: RowTemplate, inventory: Inventory) -> None:
        spec, survey = self.specs.fleets[fleet].spec, self.specs.surveys[fleet]
        things = [thing.document for thing in template.things]
        needed = [inventory, *self._policies_of(things), *self._types_of(things)]
        if spec.twin.parent:
            needed.append(self.twins[spec.twin.parent])
        after, marker = pulumi.ResourceOptions(depends_on=needed), self.owner.mark(fleet)
        shards = [
            FleetShard(fleet, shard, template, survey, marker, spec.retain, spec.adopt, after)
            for shard in range(spec.shards)
        ]
        self.fleets[fleet] = Fleet(fleet, template, survey, shards)

    def _types_of(self, things: Iterable[Document]) -> list[pulumi.Resource]:
        named = {thing["attributes"].get("type") for thing in things}
        return [self.types[type_id] for type_id in sorted(self.types.keys() & named)]

    def _policies_of(self, things: Iterable[Document]) -> list[pulumi.Resource]:
        named = {thing["policyId"] for thing in things}
        return [self.policies[policy_id] for policy_id in sorted(self.policies.keys() & named)]

    def _after(self, service: str, resources: Iterable[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[*self.platform.ready[service], *resources])
