"""A preview as one JSON document, in the shape of what `pulumi preview --json` prints.

https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/: `steps`, each with its operation, the resource's
URN, and its inputs in `oldState` and `newState`; `diagnostics`; and how many there are of each operation.
"""

from collections import Counter
from typing import Any

from sandbox.engine.api import Result, Step

_WARNING = "warning: "


def document(result: Result) -> dict[str, Any]:
    """The preview's result in that shape. Secrets are `[secret]` in it."""
    diagnostics = [_said(text) for text in result.messages]
    if result.error is not None:
        diagnostics.append({"message": f"error: {result.error}", "severity": "error"})
    return {
        "steps": [_step(step) for step in result.steps if step.op != "same"],
        "diagnostics": diagnostics,
        "changeSummary": dict(Counter(step.op for step in result.steps)),
    }


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"op": step.op, "urn": step.urn}
    for key, inputs in (("oldState", step.old), ("newState", step.new)):
        if inputs is not None:
            told[key] = {"urn": step.urn, "type": step.type, "inputs": dict(inputs)}
    return told


def _said(text: str) -> dict[str, str]:
    return {"message": text, "severity": "warning" if text.startswith(_WARNING) else "info"}
