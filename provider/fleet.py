"""A fleet as resources: some shards, each a part of its twins, and one that says what becomes of the whole.

Why so: the engine writes its whole state at every step, so a resource for each of 100,000 twins would take days.
A shard holds the twins whose ids' hashes fall to it: rows that come or go touch only their own shards. Its state
is an index of ids and digests (`twins.fleet.index`) and the template that the twins were made by; the rows stay
in their file. In the preview, `diff` compares indexes, and `Fleet`, which comes after the shards, adds up.

A shard whose rows failed succeeds, with an index of what stands and the failures as an output: a dynamic provider
that raises an error would lose what it did. `Fleet` depends on these outputs and raises the error for all; the
next run finds shards whose index is not what it should be, and does what is left.
"""

import base64
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    UpdateResult,
)

from provider.base import Provider, own
from provider.errors import ProviderError, together
from provider.fleet_rows import Means, Outcome, Work
from provider.fleet_source import Source, Sources
from provider.reach import Reach
from twins.fleet.index import Index, compare, fingerprint, pack, unpack
from twins.fleet.store import Survey
from twins.fleet.template import RowTemplate
from twins.fleet.template import read as read_template
