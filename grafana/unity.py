"""Unity panels as library panels of Grafana: a 3D model that shows what twins measure, and talks back.

Writes the options of the panel plugin `ertis-unity-panel` 1.0.0,
https://github.com/ertis-research/grafana-panel-unity. What the plugin has a field for but ignores when it
runs (a query to choose, filters, the type of an event's value), and files dropped into the panel, which it
cannot load, are not offered.
"""

from typing import Any

from grafana import queries
from grafana.panels import refs
from twins.models import Document, UnityFiles, UnityPanelSpec, UnitySend

PLUGIN = "ertis-unity-panel"
ONE_OBJECT = "Send all data to a single GameObject"
BY_ID = "Send data to GameObjects by ID column"
LINKS = "External links"
IN_VARIABLE = "Store value in Grafana variable"

LIBRARY_PANEL = 1  # Grafana's number for this kind of library element


def unity_panel(spec: UnityPanelSpec, folder: str, datasource: str, bucket: str, host: str = "") -> Document:
    """The library panel as `POST /api/library-elements` of Grafana takes it, in the folder of that uid.

    `host` is the address that a build's path starts from.
    """
    return {
        "uid": spec.id,
        "name": spec.title_shown,
        "kind": LIBRARY_PANEL,
        "folderUid": folder,
        "model": {
            "type": PLUGIN,
            "title": spec.title_shown,
            "description": "",
            "datasource": {"type": "influxdb", "uid": datasource},
            "targets": _targets(spec, datasource, bucket),
            "fieldConfig": {"defaults": {}, "overrides": []},
            "options": options(spec, host),
        },
    }


def options(spec: UnityPanelSpec, host: str = "") -> Document:
    """The plugin's options, whole: its editor expects to find also those that it ignores when it runs."""
    build = spec.build or ""
    base = build if "://" in build else f"{host}/{build.lstrip('/')}"
    end = f".{spec.compression}" if spec.compression else ""
    files = spec.files or UnityFiles(
        loader=f"{base}.loader.js",
        data=f"{base}.data{end}",
        framework=f"{base}.framework.js{end}",
        code=f"{base}.wasm{end}",
    )
    found: Document = {
        "unityModel": {
            "setFilesMode": LINKS,
            "unityFiles": {
                "loaderUrl": files.loader,
                "dataUrl": files.data,
                "frameworkUrl": files.framework,
                "codeUrl": files.code,
            },
        },
        "receiveData": [
            {
                "nameEvent": each.event,
                "type": "Text",
                "mode": IN_VARIABLE,
                "config": {"varId": each.variable},
            }
            for each in spec.receive
        ],
    }
    # With null, nothing is called; of an entry that is missing, Grafana makes the plugin's default one, which
    # calls a method without a name.
    return found | {"sendData": _send(spec.send) if spec.send else None}


def _send(send: UnitySend) -> Document:
    config: dict[str, Any] = (
        {"recvGameObj": send.game_object} if send.game_object else {"idColumn": "thingId"}
    )
    found: Document = {
        "mode": ONE_OBJECT if send.game_object else BY_ID,
        "unityFunc": send.method,
        "grafanaQuery": "",
        "config": config,
        "filter": {"dashboardVars": [], "columns": []},
    }
    return found | ({"groupBy": ";".join(send.group_by)} if send.group_by else {})


def _targets(spec: UnityPanelSpec, datasource: str, bucket: str) -> list[Document]:
    """A query for each type of value: columns of different types cannot be in one table of Flux."""
    return [
        {
            "refId": ref,
            "datasource": {"type": "influxdb", "uid": datasource},
            "query": queries.state(bucket, measurement, thing=spec.twin, type_id=spec.type),
        }
        for ref, measurement in zip(refs(len(queries.ALL)), queries.ALL, strict=True)
    ]
