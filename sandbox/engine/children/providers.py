"""Serves a project's dynamic providers: Pulumi's own server, in the project's folder. Prints its port."""

import os
import runpy
import sys

from guard import leave_with_parent  # type: ignore[import-not-found]

if __name__ == "__main__":
    leave_with_parent()
    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python -m` has it
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
