"""Runs a project's program against the engine whose address it is given, as Pulumi's own language host does.

It takes one argument: a JSON object with project, stack, organization, engine, dryRun, parallel, program.
Ends with 0 when the program did; its errors go to the engine, as messages.
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from guard import leave_with_parent  # type: ignore[import-not-found]


def run(task: dict[str, Any]) -> int:
    """Run the program to its end, and tell whether it ended well."""
    import pulumi
    from pulumi import runtime

    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    runtime.configure(
        runtime.Settings(
            project=task["project"],
            stack=task["stack"],
            organization=task["organization"],
            root_directory=os.getcwd(),  # noqa: PTH109
            monitor=task["engine"],
            engine=task["engine"],
            parallel=task["parallel"],
            dry_run=task["dryRun"],
        )
    )
    # The runtime sends some ten debug messages for each resource, and nobody would see them.
    pulumi.log.debug = lambda *_args, **_options: None
    # What fails is told by the engine; asyncio would add that nobody looked at what depended on it.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor(max_workers=task["parallel"]) as threads:
        loop.set_default_executor(threads)
        try:
            loop.run_until_complete(runtime.run_in_stack(lambda: _program(task["program"])))
        except pulumi.RunError as error:
            pulumi.log.error(str(error))
            return 1
        except Exception as error:
            pulumi.log.error("Program failed with an unhandled exception:\n" + _trace(error, task["program"]))
            return 1
    return 0


def _program(path: str) -> None:
    runpy.run_path(path, run_name="__main__")


def _trace(error: BaseException, program: str) -> str:
    """The traceback from the program's first frame on: what called it is of no use to its author."""
    frames = traceback.extract_tb(error.__traceback__)
    main = os.path.join(program, "__main__.py") if os.path.isdir(program) else program  # noqa: PTH112, PTH118
    first = next((place for place, frame in enumerate(frames) if frame.filename == main), 0)
    limit = first - len(frames)
    return "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=limit)).rstrip()


if __name__ == "__main__":
    leave_with_parent()
    sys.path.pop(0)
    code = run(json.loads(sys.argv.pop(1)))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # not held up by threads that wait for what will not come
