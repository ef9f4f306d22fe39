"""``python -m review …``: which stacks a change touches, what it does to them, and the comment that says so.

``touched FILE…`` prints the stacks as a JSON list (``-`` reads names that end in NUL: ``git diff --name-only -z``);
``preview STACK --into FOLDER`` and ``offline STACK --since COMMIT --into FOLDER`` each write a plan;
``comment PLAN…`` prints the comment, and with ``--post`` puts it on the pull request that the environment names.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from review import run
from review.comment import MARKER, comment
from review.plan import Plan, PlanError
from review.post import PostError, thread
from review.store import load, save
from review.touched import stacks_of, touched


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return 0 when it was done, and the preview, if any, did not fail."""
    given = arguments(words)
    try:
        match given.action:
            case "touched":
                print(json.dumps(touched(_files(given.files), stacks_of(given.project))))
            case "preview":
                return _kept(run.preview(given.stack, given.project), given.stack, given.into)
            case "offline":
                plan = run.offline(given.stack, given.project, given.since)
                return _kept(plan, given.stack, given.into)
            case "comment":
                _comment(load(given.plans), given.post, os.environ)
    except (PlanError, PostError, run.RunError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line."""
    parser = argparse.ArgumentParser(prog="python -m review", description="Previews in words.")
    actions = parser.add_subparsers(dest="action", required=True)
    which = actions.add_parser("touched", help="print the stacks that a change of these files can touch")
    which.add_argument("files", nargs="*", metavar="FILE")
    online = actions.add_parser("preview", help="ask the Pulumi CLI what `up` would do")
    offline = actions.add_parser("offline", help="tell what is declared otherwise than at a commit")
    offline.add_argument("--since", required=True, metavar="COMMIT")
    for each in (online, offline):
        each.add_argument("stack")
        each.add_argument("--into", required=True, type=Path, metavar="FOLDER", help="where the plan goes")
    for each in (which, online, offline):
        each.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml")
    told = actions.add_parser("comment", help="tell plans in words")
    told.add_argument("plans", nargs="*", type=Path, metavar="PLAN")
    told.add_argument("--post", action="store_true", help="on the pull request, instead of printing them")
    return parser.parse_args(words)


def _files(names: Sequence[str]) -> list[str]:
    if list(names) == ["-"]:
        return [name for name in sys.stdin.buffer.read().decode(errors="replace").split("\0") if name]
    return list(names)


def _kept(plan: Plan, stack: str, folder: Path) -> int:
    save(plan, stack, folder)
    print(comment({stack: plan}))
    return 1 if plan.problems else 0


def _comment(plans: Mapping[str, Plan], post: bool, environment: Mapping[str, str]) -> None:
    text = comment(plans)
    if post:
        # A change that touches nothing is worth a comment only if an earlier push of it did.
        thread(environment).put(MARKER, text, first=bool(plans))
    else:
        print(text)


if __name__ == "__main__":
    sys.exit(main())
