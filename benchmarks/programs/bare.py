"""A thousand dynamic resources that do nothing, of the size of a small twin."""

import pulumi
from bare_provider import Bare  # type: ignore[import-not-found] # laid beside this program

for number in range(int(pulumi.Config().require("count"))):
    Bare(f"bare-{number}", {"id": f"bare:{number}", "things": {f"bare:{number}": "x" * 200}, "adopt": False})
