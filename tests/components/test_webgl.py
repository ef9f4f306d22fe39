"""The host of WebGL builds: whose pages it is for, and what it is made of."""

import json
from pathlib import Path

import pytest

from components.mistakes import SettingsError
from components.settings import Settings, load
from components.webgl.settings import address, check, origins
from tests.components.declared import declare

REGISTRY = {"url": "registry.example/plant", "secret": "pushes"}
SECRETS = {"pushes": {"username": "us", "password": "open-sesame", "token": "sesame-too"}}


def settings(**config: object) -> Settings:
    return load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "dev")


def builds(folder: Path) -> str:
    for name in ("pump.loader.js", "pump.data", "pump.framework.js", "pump.wasm"):
        (folder / name).write_text("x")
    return str(folder)


def test_without_a_setting_nothing_of_it_is_there() -> None:
    assert "webgl" not in declare().workloads
    assert address(settings()) is None


def test_grafanas_origin_may_read_builds_and_no_other_but_those_named() -> None:
    host = {"image": "registry.example/builds:1.0"}
    assert origins(settings(webgl=host)) == ["http://localhost:3000"]
    source = {"url": "https://influxdb.example", "secret": "pushes"}
    theirs = {"url": "https://Grafana.example/path", "secret": "pushes", "dataSource": source}
    named = host | {"origins": ["https://other.example"]}
    assert origins(settings(webgl=named, secrets=SECRETS, grafana={"external": theirs})) == [
        "https://grafana.example",
        "https://other.example",
    ]


def test_the_address_is_that_of_a_host_elsewhere_or_of_a_port_forward() -> None:
    assert address(settings(webgl={"url": "https://models.example/x/"})) == "https://models.example/x"
    assert address(settings(webgl={"image": "registry.example/builds:1.0"})) == "http://localhost:8081"


def test_an_image_is_built_of_the_folder_and_pushed_with_the_secret_hidden(tmp_path: Path) -> None:
    program = declare(
        webgl=json.dumps({"folder": builds(tmp_path)}),
        registry=json.dumps(REGISTRY),
        secrets=json.dumps(SECRETS),
    )
    (image,) = [one for one in program.resources if one.type == "docker:index/image:Image"]
    (container,) = program.workloads["webgl"].containers

    assert image.inputs["imageName"] == container["image"]
    assert container["image"].startswith("registry.example/plant/webgl:")
    assert Path(image.inputs["build"]["context"]).resolve() == tmp_path
    assert image.inputs["build"]["dockerfile"] == "components/webgl/Dockerfile"
    assert image.inputs["build"]["args"] == {"NGINX": settings().images.nginx}
    assert image.inputs["registry"]["server"] == "registry.example"
    assert "registry" in image.hidden or "password" in str(image.hidden)


def test_a_folder_that_is_not_in_order_is_told_at_preview_with_all_that_is_wrong(tmp_path: Path) -> None:
    builds(tmp_path)
    (tmp_path / "pump.wasm").unlink()
    (tmp_path / "pump.data").unlink()
    with pytest.raises(SettingsError) as raised:
        check(settings(webgl={"folder": str(tmp_path)}, registry=REGISTRY, secrets=SECRETS), "dev")

    assert [line.partition(": ")[0] for line in raised.value.mistakes] == ["opentwins:webgl.folder"] * 2
    assert "pump.data is missing" in raised.value.mistakes[0]


def test_the_package_of_docker_is_never_needed() -> None:
    files = [*Path("components").rglob("*.py"), *Path("provider").rglob("*.py")]

    assert not [file for file in files if "import pulumi_docker" in file.read_text()]
