"""What the description of the services says is so: its specs are right, its keys are there, no value is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from components.credentials import catalogue
from components.settings import KEYS, Settings
from components.settings import load as load_settings
from tests.components.options import OPTIONS
from twins.load import load
from twins.schema import KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "services.md").read_text(encoding="utf-8")
SPECS = [text for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.M | re.S) if "kind:" in text]
TABLE = re.findall(r"^\| (.+) \| (.+) \|$", TEXT[TEXT.index("## What the official chart") :], re.M)[2:]

# What the examples speak of.
BESIDE = """\
apiVersion: opentwins/v1
kind: Policy
id: plant:policy
---
apiVersion: opentwins/v1
kind: Twin
id: plant:press
policy: plant:policy
"""

# Every value of the chart OpenTwins 0.6.1, and of its subcharts those that it sets.
CHART = re.findall(
    r"\S+",
    """
example.enabled persistentVolumes.grafana persistentVolumes.hono persistentVolumes.influxdb2
connections.ditto.source.hono.enabled connections.ditto.source.hono.tenantName
connections.ditto.source.hono.username connections.ditto.source.hono.password
connections.ditto.source.mosquitto.enabled connections.ditto.source.mosquitto.address
connections.ditto.target.mosquitto.enabled connections.ditto.target.mosquitto.address
connections.ditto.target.kafka.enabled connections.ditto.target.kafka.topic
connections.telegraf.source.mosquitto.enabled connections.telegraf.target.influxdb2.enabled
externalInfluxdb2 externalMosquitto ditto.enabled ditto.cleanupStaleConnections *.nameOverride
ditto.global.basicAuthUsers ditto.global.hashedBasicAuthUsers ditto.nginx.service ditto.swaggerui.enabled
ditto.dittoui.enabled ditto.mongodb.enabled ditto.dbconfig.uriSecret
ditto.gateway.config.authentication.enablePreAuthentication .devopsPassword .statusPassword
mosquitto.enabled mosquitto.service mosquitto.configuration.authentication mosquitto.configuration.ssl
kafka.enabled kafka.autoCreateTopicsEnable telegraf.* influxdb2.adminUser.organization
influxdb2.adminUser.bucket influxdb2.adminUser.user influxdb2.adminUser.password influxdb2.adminUser.token
influxdb2.image.pullPolicy influxdb2.persistence grafana.adminUser grafana.adminPassword grafana.plugins
grafana.extraInitContainers grafana.grafana.ini grafana.sidecar grafana.persistence mongodb.enabled
mongodb.auth.enabled mongodb.persistence mongodb.volumePermissions hono.enabled hono.nameHonoTenant
hono.messagingNetworkTypes hono.amqpMessagingNetworkExample.enabled hono.kafkaMessagingClusterExample.enabled
hono.deviceRegistryExample.type hono.adapters.http.enabled hono.adapters.mqtt.enabled
hono.adapters.amqp.enabled hono.useLoadBalancer extendedAPI.enabled extendedAPI.image .service .allLogs
extendedAPI.ditto.uri extendedAPI.ditto.credentials .mongodb.uri tags
""",
)


@pytest.mark.parametrize("text", SPECS, ids=[re.findall(r"^kind: (\w+)", text, re.M)[0] for text in SPECS])
def test_its_examples_of_specs_are_taken(text: str, tmp_path: Path) -> None:
    head = "" if text.startswith("apiVersion") else "apiVersion: opentwins/v1\n"
    (tmp_path / "example.yaml").write_text(head + text)
    (tmp_path / "beside.yaml").write_text(BESIDE)
    specs = load(tmp_path, secrets={"robot": {"password"}})
    assert any(getattr(specs, name) for name in {*specs.__dataclass_fields__} - {"policies", "twins"})


def test_every_value_of_the_official_chart_is_in_the_table() -> None:
    there = {name for value, _ in TABLE for code in spans(value) for name in alternatives(code)}

    assert [name for name in CHART if name not in there] == []


def test_every_value_has_a_key_of_ours_or_a_reason() -> None:
    assert [value for value, here in TABLE if len(here) < 12 and not settings_in(here)] == []
    assert len(TABLE) > 50


def test_every_setting_that_it_names_is_there() -> None:
    ours = TEXT[: TEXT.index("## What the official chart")] + "".join(here for _, here in TABLE)
    named = {name for code in spans(ours) for name in settings_in(f"`{code}`")}

    assert [name for name in sorted(named) if not exists(name.split("."))] == []
    assert len(named) > 35


def test_every_credential_that_it_names_is_made() -> None:
    known = {name for config in ({}, *OPTIONS.values()) for name in catalogue(settings(config))}
    named = re.findall(r"generated (?:credentials )?\((`[^)]+`)\)", TEXT)

    assert [name for group in named for name in spans(group) if name not in known] == []
    assert len(named) > 3


def test_every_kind_of_spec_that_it_names_is_there() -> None:
    named = re.findall(r"specs? `([A-Z]\w+)`", TEXT)

    assert [name for name in named if name not in KINDS] == []
    assert len(named) > 3


def settings(config: dict[str, str]) -> Settings:
    return load_settings({f"opentwins:{key}": value for key, value in config.items()}, "dev")


def spans(text: str) -> list[str]:
    """What is written as code."""
    return re.findall(r"`([^`]+)`", text)


def alternatives(code: str) -> Iterator[str]:
    """`a.{b,c}.d` is `a.b.d` and `a.c.d`."""
    found = re.match(r"(.*?)\{([^}]*)\}(.*)", code)
    if not found:
        yield code
        return
    before, inside, after = found.groups()
    for each in inside.split(","):
        yield from alternatives(f"{before}{each}{after}")


def settings_in(text: str) -> list[str]:
    """Settings of ours that are named as code: `opentwins:x`, `x.y`, `x.y: value`."""
    found = []
    for code in spans(text):
        key, _, _ = code.removeprefix("opentwins:").partition(":")
        for name in alternatives(key.strip()):
            dotted = "." in name or code.startswith("opentwins:")
            if dotted and name.split(".")[0] in KEYS and re.fullmatch(r"[\w.<>]+", name):
                found.append(name)
    return found


def exists(path: list[str]) -> bool:
    """Whether the settings have such a key; `<name>` is a name of the user's."""
    model: Any = Settings
    for part in path:
        if model is None:
            return False
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return part.startswith("<") or path[0] in ("secrets", "rotation")
        if part.startswith("<"):
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part not in fields:
            return False
        model = inner(fields[part].annotation)
    return True


def inner(annotation: Any) -> Any:
    """The model inside an annotation, or the annotation of a map's values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := inner(part))), None)
