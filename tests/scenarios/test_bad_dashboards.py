"""What dashboards and Unity panels cannot be is told before anything is made, all at once, on each engine."""

from tests.scenarios.test_bad_input import Run, made, run

__all__ = ["run"]  # the fixture

HEAD = "apiVersion: opentwins/v1\n"
HINTS = f"""\
{HEAD}kind: Type
id: example:press
policy: example:raspberry_policy
features:
  load:
    properties: {{value: 1.5, mode: fast, on: true}}
    display:
      value: {{min: 10, max: 5, thresholds: [{{value: 3, colour: red}}, {{value: 3, colour: green}}]}}
      mode: {{thresholds: [{{value: 3, colour: red}}]}}
      on: {{decimals: 2}}
"""
NAMES = f"""\
{HEAD}kind: Type
id: example:names
policy: example:raspberry_policy
features: {{load: {{properties: {{a_b: 1, a: {{b: 1}}}}}}}}
"""
COLOUR = NAMES.replace("example:names", "example:colours").replace(
    "{a_b: 1, a: {b: 1}}}", "{a: 1}, display: {a: {thresholds: [{colour: grey}]}}}"
)
UNITY = f"""\
{HEAD}kind: UnityPanel
id: scene
type: example:press
build: https://models.example/Build/press
compression: zip
setFilesMode: Drag and drop (not recommended)
send: {{method: OnData, mode: Send all}}
"""


def test_what_dashboards_cannot_be_is_told_at_once_and_nothing_is_made(run: Run) -> None:
    result = run({"hints.yaml": HINTS, "names.yaml": NAMES}, {})

    assert result.error is not None
    for line in (
        "twin_specs/hints.yaml:9: features.load.display.value.max: 5 is not above min, 10",
        "twin_specs/hints.yaml:9: features.load.display.value.thresholds[1]: there is a threshold at 3 already",
        "twin_specs/hints.yaml:10: features.load.display.mode.thresholds: the property's value is a text",
        "twin_specs/hints.yaml:11: features.load.display.on.decimals: the property's value is a boolean",
        "twin_specs/names.yaml:5: features.load: load/properties/a_b would be stored under the same name as",
    ):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


def test_options_that_a_panel_or_grafana_does_not_have_are_named(run: Run) -> None:
    result = run({"colour.yaml": COLOUR, "unity.yaml": UNITY}, {})

    assert result.error is not None
    for line in (
        "twin_specs/colour.yaml:5: features.load.display.a.thresholds[0].colour: 'grey' is not allowed",
        "twin_specs/unity.yaml:6: compression: has to be gz, br or unityweb, not the text 'zip'",
        "twin_specs/unity.yaml:7: setFilesMode: this key is unknown",
        "twin_specs/unity.yaml:8: send.mode: this key is unknown",
    ):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []
