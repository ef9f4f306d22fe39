"""What the specs declare of policies and things, without the platform around it."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pulumi
from pulumi.runtime.config import get_config_env

from components.settings import load as load_settings
from provider.declare_things import Things
from provider.owner import owner_of
from provider.specs import load_specs

settings = load_settings(get_config_env(), pulumi.get_stack())
nowhere: Any = SimpleNamespace(ready=defaultdict(list), fingerprints=defaultdict(str))
Things(load_specs(settings), settings, nowhere, owner_of(settings)).things()
