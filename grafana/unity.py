"""Unity panels as library panels of Grafana: a 3D model that shows what twins measure, and talks back.

Writes the options of the panel plugin `ertis-unity-panel` 1.0.0,
https://github.com/ertis-research/grafana-panel-unity. What the plugin has a field for but ignores when it
runs (a query to choose, filters, the type of an event's value), and files dropped into the panel, which it
cannot load, are not offered.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from grafana import queries
from grafana.panels import refs
from twins.identifiers import DashboardId, EntityId
from twins.models import Document, Model, Spec

PLUGIN = "ertis-unity-panel"
ONE_OBJECT = "Send all data to a single GameObject"
BY_ID = "Send data to GameObjects by ID column"
LINKS = "External links"
IN_VARIABLE = "Store value in Grafana variable"

LIBRARY_PANEL = 1  # Grafana's number for this kind of library element


class UnityFiles(Model):
    """The four files of a WebGL build, as the browser fetches them."""

    loader: str
    """The address of `….loader.js`."""

    data: str
    """The address of `….data`."""

    framework: str
    """The address of `….framework.js`."""

    code: str
    """The address of `….wasm`."""


class UnitySend(Model):
    """What is called in the Unity scene whenever there is new data."""

    method: Annotated[str, Field(min_length=1)]
    """The C# method; it gets one text, a JSON object whose `series` holds the data."""

    game_object: Annotated[str, Field(min_length=1)] | None = None
    """The game object that gets it all. Without one, each thing's values go to the object named as its id."""

    group_by: list[Annotated[str, Field(pattern=r"^[^;]+$")]] = Field(default_factory=list)
    """Columns by whose values the data is nested, such as `thingId`; by default it is a list of rows."""


class UnityReceive(Model):
    """An event of the Unity scene, whose value becomes that of a variable of the dashboard."""

    event: Annotated[str, Field(pattern=r"\S")]
    """The name that the scene dispatches the event with."""

    variable: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
    """The variable's name; queries write `${name}`."""


class UnityPanelSpec(Spec):
    """A Unity panel: a WebGL build, what it is sent, and what it sends back."""

    kind: Literal["UnityPanel"] = "UnityPanel"
    """What this document declares."""

    id: DashboardId
    """The library panel's uid in Grafana."""

    title: str | None = None
    """Its title; by default the id."""

    twin: EntityId | None = None
    """The declared twin whose values, and those of all things below it, are sent. Either this or `type`."""

    type: EntityId | None = None
    """The declared type all of whose twins' values are sent. Either this or `twin`."""

    build: str | None = None
    """The address of the build up to the dot, `https://host/Build/model`. Either this or `files`."""

    files: UnityFiles | None = None
    """The addresses of the four files. Either this or `build`."""

    send: UnitySend | None = None
    """What is called when there is new data."""

    receive: list[UnityReceive] = Field(default_factory=list)
    """Events that set variables."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        for one, other in (("twin", "type"), ("build", "files")):
            if (getattr(self, one) is None) == (getattr(self, other) is None):
                raise ValueError(f"write either {one} or {other}")
        variables = [each.variable for each in self.receive]
        if len(set(variables)) < len(variables):
            raise ValueError("two events set the same variable; give each its own")
        return self

    @property
    def title_shown(self) -> str:
        """What the panel is called."""
        return self.title or self.id


def unity_panel(spec: UnityPanelSpec, folder: str, datasource: str, bucket: str) -> Document:
    """The library panel as `POST /api/library-elements` of Grafana takes it, in the folder of that uid."""
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
            "options": options(spec),
        },
    }


def options(spec: UnityPanelSpec) -> Document:
    """The plugin's options, whole: its editor expects to find also those that it ignores when it runs."""
    files = spec.files or UnityFiles(
        loader=f"{spec.build}.loader.js",
        data=f"{spec.build}.data",
        framework=f"{spec.build}.framework.js",
        code=f"{spec.build}.wasm",
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
    # Without this entry nothing is called; an empty one would call a method without a name.
    return found | ({"sendData": _send(spec.send)} if spec.send else {})


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
