"""What a run reads is looked at as a whole before anything is made."""

import json
from pathlib import Path

import pytest

from provider.inputs import InputError, read

PANEL = """\
apiVersion: opentwins/v1
kind: Policy
id: n:p
---
apiVersion: opentwins/v1
kind: Twin
id: n:w
policy: n:p
---
apiVersion: opentwins/v1
kind: UnityPanel
id: model
twin: n:w
build: Build/pmup
"""


def test_a_panel_that_asks_for_a_build_that_is_not_shipped_is_told_at_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grafana", "twin_specs", "models/Build"):
        (tmp_path / name).mkdir(parents=True)
    for end in ("loader.js", "data", "framework.js", "wasm"):
        (tmp_path / "models" / "Build" / f"pump.{end}").write_text("x")
    spec = tmp_path / "twin_specs" / "panel.yaml"
    monkeypatch.chdir(tmp_path)
    config = {
        "opentwins:secrets": json.dumps({"pushes": {"username": "u", "password": "p"}}),
        "opentwins:webgl": json.dumps({"folder": "models"}),
        "opentwins:registry": json.dumps({"url": "registry.example/twins", "secret": "pushes"}),
    }

    spec.write_text(PANEL)
    with pytest.raises(InputError) as raised:
        read(config, "dev")
    assert str(raised.value) == (
        "twin_specs/panel.yaml:10: build: models has no build Build/pmup; do you mean Build/pump?"
    )

    spec.write_text(PANEL.replace("pmup", "pump"))
    assert list(read(config, "dev")[1].unity_panels) == ["model"]
