"""``python -m review STACK=PREVIEW.json … [--post]``: tell previews in words; with --post, on the pull request."""

import argparse
import os
import sys
from pathlib import Path

from review.plan import PlanError, read
from review.post import PostError, thread
from review.words import comment, marker


def main() -> int:
    """Print each stack's comment, or put it on the pull request that the CI job's environment names."""
    parser = argparse.ArgumentParser(prog="python -m review", description="Previews in words.")
    parser.add_argument(
        "previews", nargs="+", metavar="STACK=FILE", help="what `pulumi preview --json` printed"
    )
    parser.add_argument("--post", action="store_true", help="comment on the pull request instead of printing")
    arguments = parser.parse_args()
    try:
        for stack, _, file in (given.partition("=") for given in arguments.previews):
            text = comment(read(Path(file).read_text(encoding="utf-8")), stack)
            if arguments.post:
                thread(os.environ).put(marker(stack), text)
            else:
                print(text)
    except (PlanError, PostError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
