"""A fleet as the provider's process sees it: its rule, its table, and where in the table each row stands."""

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from components.settings import Settings
from provider.errors import ProviderError
from provider.specs import load_specs
from twins.fleet.compose import row_template
from twins.fleet.index import Index
from twins.fleet.rows import path_of
from twins.fleet.store import LostError, Place, Survey
from twins.fleet.template import RowTemplate
from twins.load import SpecErrors
from twins.models import FleetSpec
from twins.origin import Origin
from twins.specs import Specs


@dataclass(frozen=True)
class Source:
    """What a fleet's twins are made of."""

    spec: FleetSpec
    origin: Origin
    template: RowTemplate
    survey: Survey

    @property
    def path(self) -> Path | None:
        """The table's file, if it has one."""
        return path_of(self.spec.rows, self.origin.path.parent)

    def shard(self, shard: int) -> dict[str, Place]:
        """Where the rows of a shard's twins stand. Raises `ProviderError` when that is not known any more."""
        try:
            return self.survey.shard(shard)
        except LostError as error:
            raise ProviderError(str(error)) from None

    def index(self, shard: int) -> Index:
        """The index of a shard. Raises as `shard` does."""
        return {id_: place.digest for id_, place in self.shard(shard).items()}

    def opened(self) -> AbstractContextManager[IO[bytes] | None]:
        """The table's file, open."""
        return self.path.open("rb") if self.path else nullcontext()


class Sources:
    """The fleets of a stack, read when the first is needed: no resource holds rows, nor says where they are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._specs: Specs | None = None
        self._sources: dict[str, Source] = {}

    def get(self, fleet: str) -> Source:
        """The fleet as its spec and its table say now. Raises `ProviderError` when they are not in order."""
        with self._lock:
            if fleet not in self._sources:
                self._sources[fleet] = self._made(fleet)
            return self._sources[fleet]

    def _made(self, fleet: str) -> Source:
        try:
            self._specs = self._specs or load_specs(self._settings)
        except SpecErrors as errors:
            raise ProviderError(str(errors)) from None
        if fleet not in self._specs.fleets:
            raise ProviderError(f"fleet {fleet} is not in the specs any more; run it again")
        declared = self._specs.fleets[fleet]
        template = row_template(declared.spec, self._specs)
        return Source(declared.spec, declared.origin, template, self._specs.surveys[fleet])
