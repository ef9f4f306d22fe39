"""Unity panels: a WebGL build, what it is sent, and what it sends back."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from twins.identifiers import DashboardId, EntityId
from twins.models.base import Model, Spec


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

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {"oneOf": [{"required": ["twin"]}, {"required": ["type"]}]},
                {"oneOf": [{"required": ["build"]}, {"required": ["files"]}]},
            ]
        }
    )

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
    """The build up to the dot: its address, `https://host/Build/model`, or its path at the stack's own host of
    WebGL builds, `Build/model`. Either this or `files`."""

    compression: Literal["gz", "br", "unityweb"] | None = None
    """Beside `build`: what its data, framework and code are compressed with, as their names end."""

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
        if self.compression and not self.build:
            raise ValueError("compression goes with build; the addresses in files say it themselves")
        variables = [each.variable for each in self.receive]
        if len(set(variables)) < len(variables):
            raise ValueError("two events set the same variable; give each its own")
        return self

    @property
    def title_shown(self) -> str:
        """What the panel is called."""
        return self.title or self.id
