"""``python -m sandbox up|preview|down``: the stack on this machine, without any cluster."""

import argparse
import json
import sys
from pathlib import Path

from sandbox import offline
from sandbox.engine.api import EngineError, Result
from sandbox.engine.choose import Choice
from sandbox.engine.preview_json import document
from sandbox.kubernetes.build import BuildError
from sandbox.kubernetes.cluster import ClusterError
from sandbox.site import Site
from sandbox.standins import StandInError
from sandbox.summary import places, summary

PROJECT = Path(__file__).parent.parent


def main() -> int:
    """Do what the command line asks; return 0 when it was done."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The platform on this machine.")
    parser.add_argument("action", choices=["up", "preview", "down"])
    parser.add_argument("--engine", choices=["auto", "builtin", "pulumi"], default="auto")
    parser.add_argument("--stack", default="sandbox", help="the stack whose settings are used")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what a preview finds here, too")
    parser.add_argument(
        "--offline",
        type=Path,
        metavar="PROJECT",
        help="preview what the project in this folder declares, without a cluster, a state or secrets",
    )
    arguments = parser.parse_args()
    if arguments.action != "preview" and (arguments.json or arguments.offline):
        parser.error("--json and --offline go with preview")
    site = Site(PROJECT, arguments.stack, PROJECT / ".sandbox")
    try:
        if arguments.offline:
            return told(offline.preview(arguments.offline, arguments.stack, say), arguments.json)
        if arguments.action == "preview":
            return preview(site, arguments.engine, arguments.json)
        return {"up": up, "down": down}[arguments.action](site, arguments.engine)
    except (BuildError, ClusterError, StandInError, EngineError) as error:
        print(error, file=sys.stderr)
        return 1


def up(site: Site, wanted: Choice) -> int:
    """Bring the stack up, and say where it is and what was made; ``no changes`` at the end if so."""
    cluster, pages = site.start(say)
    result = site.engine(wanted, cluster, say).up()
    if result.error is None:
        show(*places(result.outputs, pages, str(cluster.kubeconfig)))
    show(*summary(result))
    return _ended(result.error)


def preview(site: Site, wanted: Choice, file: Path | None) -> int:
    """Say what ``up`` would change."""
    cluster, _ = site.start(say)
    return told(site.engine(wanted, cluster, say).preview(), file)


def told(result: Result, file: Path | None) -> int:
    """Say what a preview has found, and write it to the file, if one is given, as the Pulumi CLI does."""
    if file is not None:
        file.write_text(json.dumps(document(result), ensure_ascii=False), encoding="utf-8")
    show(*summary(result, planned=True))
    return _ended(result.error)


def down(site: Site, wanted: Choice) -> int:
    """Destroy the stack and stop everything."""
    if not site.exists:
        show("nothing is up")
        return 0
    cluster, _ = site.start(say)
    result = site.engine(wanted, cluster, say).destroy()
    if result.error is None:
        site.stop()
        site.forget()
        show(*summary(result), "everything is stopped")
    return _ended(result.error)


def say(line: str) -> None:
    """Show progress as it happens."""
    print(line, flush=True)


def show(*lines: str) -> None:
    """Show what a command ends with."""
    print(*lines, sep="\n", flush=True)


def _ended(error: str | None) -> int:
    if error is None:
        return 0
    print("it failed; what is wrong stands above", file=sys.stderr)  # told when it happened
    return 1


if __name__ == "__main__":
    sys.exit(main())
