"""From the folder of specs to resources: the one place where the twins' half of the program touches disk and engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.platform import Platform
from components.settings import Settings
from grafana.dashboards import dashboard
from provider.connection import Connection
from provider.dashboard import Dashboard
from provider.folder import Folder, folder_uid
from provider.inventory import Inventory
from provider.policy import Policy
from provider.thing import Twin, Type
from twins.canonical import digest, dumps
from twins.load import Declared, load
