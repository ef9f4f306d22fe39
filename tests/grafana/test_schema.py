"""Generated dashboards are what the pinned Grafana's own types say that dashboards are."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from components.images import Images
from grafana.dashboards import dashboards, health_dashboard, twin_dashboard
from grafana.frame import SCHEMA_VERSION
from sandbox.kubernetes.build import CACHE
from sandbox.kubernetes.files import exclusive
from tests.grafana.conftest import PUMPS, Declare
from tests.grafana.reading import panels
from twins.load import Specs
from twins.models import Document, UnityPanelSpec

SCHEMA = Path(__file__).parent / "schema"
VERSION = json.loads((SCHEMA / "package.json").read_text())["dependencies"]["@grafana/schema"]

EVERY_KIND_OF_PANEL = """
---
kind: Dashboard
id: declared
twin: plant:pump_1
panels:
  - {feature: speed, child: motor_1, kind: gauge}
  - {feature: speed, child: motor_1, kind: stat}
  - {feature: speed, child: motor_1, kind: state}
  - {feature: speed, child: motor_1, kind: timeseries}
"""


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with Grafana's types and TypeScript, fetched once."""
    if not shutil.which("node"):
        pytest.skip("needs node, to run TypeScript")
    folder = CACHE / f"grafana-schema-{VERSION}"
    with exclusive(CACHE / "grafana-schema.lock"):
        if not (folder / "node_modules").exists():
            if not shutil.which("npm"):
                pytest.skip("needs npm, to fetch the package @grafana/schema")
            draft = folder.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SCHEMA / name, draft)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=draft, capture_output=True, text=True, timeout=300)
            if done.returncode:
                pytest.skip(f"npm could not fetch @grafana/schema: {done.stderr[-300:]}")
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
    return folder


def mistakes(documents: list[Document], packages: Path, tmp_path: Path) -> str:
    """What the compiler says of the documents; nothing when all is well."""
    lines = [(SCHEMA / "check.ts").read_text()]
    for number, document in enumerate(documents):
        lines.append(f"export const dashboard{number}: Json = {json.dumps(document)};")
        for place, panel in enumerate(each for each in panels(document) if "libraryPanel" not in each):
            shown = {
                "type": panel["type"],
                "options": panel["options"],
                "custom": panel.get("fieldConfig", {}).get("defaults", {}).get("custom"),
            }
            text = json.dumps(shown).replace('"custom": null', '"custom": undefined')
            lines.append(f"export const panel{number}_{place}: Panels = {text};")
    source = tmp_path / "check.ts"
    source.write_text("\n".join(lines))
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]
    options += ["--module", "nodenext", "--moduleResolution", "nodenext"]
    compiler = packages / "node_modules" / "typescript" / "bin" / "tsc"
    command = ["node", str(compiler), *options, str(source)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


def test_all_kinds_of_dashboards_and_panels_are_of_grafanas_types(
    declare: Declare, packages: Path, tmp_path: Path
) -> None:
    specs = declare(PUMPS)
    all_made = [*dashboards(specs, "source", "bucket")]
    all_made += dashboards(declare(PUMPS + EVERY_KIND_OF_PANEL), "source", "bucket")
    documents = [made.document for made in all_made]

    scene = UnityPanelSpec.model_validate(
        {"id": "u", "twin": "plant:pump_1", "build": "b", "receive": [{"event": "e", "variable": "v"}]}
    )
    documents.append(twin_dashboard("plant:pump_1", specs, "source", "bucket", unity=scene))
    documents.append(health_dashboard("source", "bucket", ["kafka", "rabbitmq"]))

    assert {each["type"] for document in documents for each in panels(document)} == {
        "bargauge",
        "gauge",
        "library-panel-ref",
        "stat",
        "state-timeline",
        "table",
        "timeseries",
    }
    assert mistakes(documents, packages, tmp_path) == ""


def test_the_check_finds_mistakes(pumps: Specs, packages: Path, tmp_path: Path) -> None:
    document = dashboards(pumps, "source", "bucket")[0].document
    document["panels"][1]["options"]["legend"]["placement"] = "somewhere"
    document["panels"][1]["fieldConfig"]["defaults"]["thresholds"]["mode"] = "wrong"
    document["links"] = [{"title": "a link without its other parts"}]

    said = mistakes([document], packages, tmp_path)

    for part in ("somewhere", "wrong", "asDropdown"):
        assert part in said


def test_the_types_are_those_of_the_grafana_that_runs(packages: Path) -> None:
    assert Images().grafana.endswith(f":{VERSION}")
    types = packages / "node_modules/@grafana/schema/dist/esm/raw/dashboard/x/types.gen.mjs"
    assert f"schemaVersion: {SCHEMA_VERSION}," in types.read_text()
