"""The optional services, each alone and all together: settings by the name of the option, and what is declared."""

import tempfile
from functools import cache
from pathlib import Path

from components.platform import Platform
from components.settings import Settings
from provider.declare import declare_twins, load_specs
from tests.components.declared import Program, declare_with

BUILDS = "registry.example/builds:1.0"
IMAGES = '{"feeder": "registry.example/feeder:1.0", "watchdog": "registry.example/watchdog:1.0"}'

OPTIONS: dict[str, dict[str, str]] = {
    "kafka": {"kafka": '{"enabled": true}'},
    "kafka-as-the-broker": {"broker": "kafka", "kafka": '{"replicas": 3}'},
    "rabbitmq": {"rabbitmq": '{"enabled": true}'},
    "hono": {"hono": '{"enabled": true}'},
    "kafka-ml": {"kafka": '{"enabled": true}', "kafkaMl": '{"enabled": true}'},
    "webgl": {"webgl": f'{{"image": "{BUILDS}"}}'},
    "feeders": {
        "kafka": '{"enabled": true}',
        "kafkaMl": '{"enabled": true}',
        "feeders": '{"enabled": true}',
        "images": IMAGES,
    },
    "all": {
        "broker": "kafka",
        "kafka": '{"replicas": 3}',
        "mosquitto": '{"enabled": true}',
        "rabbitmq": '{"enabled": true}',
        "hono": '{"enabled": true, "messaging": "kafka"}',
        "kafkaMl": '{"enabled": true}',
        "feeders": '{"enabled": true}',
        "webgl": f'{{"image": "{BUILDS}", "replicas": 2, "threads": true}}',
        "images": IMAGES,
    },
}


_HEAD = "apiVersion: opentwins/v1\nkind: "
_MODEL = "models: [{topic: input, fields: [{thing: 'plant:press', feature: temperature}]}]\n"
# Specs by what they need.
TWIN = f"""{_HEAD}Policy
id: plant:policy
---
{_HEAD}Twin
id: plant:press
policy: plant:policy
features: {{temperature: {{properties: {{value: 20}}}}}}
"""
IN_KAFKA = f"{_HEAD}KafkaTopic\nid: input\n---\n{_HEAD}KafkaUser\nid: analyst\nsubscribe: [opentwins]\n"
IN_HONO = f"""{_HEAD}HonoTenant
id: plant
---
{_HEAD}HonoDevice
id: plant:press
tenant: plant
credentials: [{{type: hashed-password, authId: press, secret: press}}]
"""
IN_KAFKA_ML = f"""{_HEAD}KafkaMlModel
id: wear
code: model = 1
---
{_HEAD}KafkaMlConfiguration
id: wears
models: [wear]
---
{_HEAD}KafkaMlDeployment
id: wears-1
configuration: wears
tensorflow: {{fit: {{epochs: 1}}}}
---
{_HEAD}KafkaMlInference
id: now
deployment: wears-1
model: wear
inputTopic: input
outputTopic: output
inputConfig: {{data_type: double, data_reshape: '1'}}
results: {{thing: 'plant:press', feature: wear, properties: [value]}}
"""
PANEL = f"{_HEAD}UnityPanel\nid: model\ntwin: plant:press\nbuild: Build/press\n"


def programs(broker: str) -> str:
    """A feeder and a watchdog that read Ditto's events from the broker."""
    feeder = f"{_HEAD}Feeder\nid: line\ninput: {{service: {broker}}}\n{_MODEL}"
    watchdog = feeder.replace("kind: Feeder", "kind: Watchdog").replace(
        "topic: input", "topic: input, tolerance: 2"
    )
    return f"{feeder}---\n{watchdog}"


DECLARED = {
    "kafka": [IN_KAFKA],
    "kafka-as-the-broker": [IN_KAFKA],
    "webgl": [PANEL],
    "feeders": [programs("mosquitto"), IN_KAFKA_ML],
    "hono": [IN_HONO],
    "kafka-ml": [IN_KAFKA_ML, IN_KAFKA],
    "all": [IN_KAFKA, IN_HONO, IN_KAFKA_ML, PANEL, programs("kafka")],
}
SECRETS = '{"press": {"password": "opens-the-press"}}'


@cache
def _folder(text: str) -> str:
    """A folder with specs: always the same for the same ones, as its name may be part of what is declared."""
    folder = tempfile.mkdtemp(prefix="specs-")
    (Path(folder) / "specs.yaml").write_text(text)
    return folder


def declare_whole(option: str, specs: str | None = None, **config: str) -> Program:
    """The platform with an option, or without one for "", and twins and specs on it: its own, or the given ones."""
    text = "---\n".join([TWIN, *DECLARED.get(option, [])]) if specs is None else specs
    folder = _folder(text)

    def more(settings: Settings, platform: Platform) -> None:
        declare_twins(load_specs(settings), settings, platform)

    return declare_with(more, **OPTIONS.get(option, {}) | {"specs": folder, "secrets": SECRETS} | config)
